#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is needed and runs every test that there is. May be run again.
# Builds below build/test/, where each step leaves its messages in STEP.log.
# The last line is "N passed, N failed"; the exit status is 0 when none failed.
#
#   tests/run.sh [STEP...]    only these steps
set -u
cd "$(dirname "$0")/.." || exit 1
top=$PWD
out=$top/build/test
fuzz_seconds=${FUZZ_SECONDS:-10}
jobs=$(nproc)
passed=0
failed=0

# configured NAME [ARGUMENT...]: stands in the build folder NAME, configured.
configured() {
	local name=$1
	shift
	mkdir -p "$out/$name" && cd "$out/$name" || return 1
	if [ ! -f config.status ]; then
		"$top/configure" "$@" || return 1
	fi
}

# Builds and runs make check; its scripts' logs tell how much was tested.
check() {
	configured "$@" && make -j"$jobs" && make -j"$jobs" check
}

step_gcc() { check gcc CC=gcc --enable-werror; }
step_clang() { check clang CC=clang --enable-werror; }
step_sanitizers() {
	ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 \
		UBSAN_OPTIONS=print_stacktrace=1 \
		check sanitizers CC=gcc --enable-werror --enable-sanitizers
}
step_fuzz() {
	configured fuzz CC=clang --enable-werror --enable-fuzzing &&
		make -j"$jobs" -C src &&
		FUZZ_RECORDS=10000000 make -j"$jobs" -C tests fuzz FUZZ_SECONDS="$fuzz_seconds"
}
step_install() {
	configured gcc CC=gcc --enable-werror && make -j"$jobs" || return 1
	mkdir -p "$out/install/tests"
	"$top/tests/install.sh" . "$out" | tee "$out/install/tests/install.sh.log"
	return "${PIPESTATUS[0]}"
}
step_distcheck() { configured gcc CC=gcc --enable-werror && make -j"$jobs" distcheck; }
step_format() { configured gcc CC=gcc --enable-werror && make check-format; }
step_analyze() { configured gcc CC=gcc --enable-werror && make analyze; }
step_scripts() {
	# The names have no spaces.
	# shellcheck disable=SC2046
	shellcheck autogen.sh .ci/run $(find build-aux tests -name '*.sh')
}
step_manual() { mandoc -T lint -W warning man/*.[0-9]; }

# Adds to the totals what the step NAME tells in its logs; at least itself.
count() {
	local name=$1 status=$2 log checks faults good bad
	good=0
	bad=0
	for log in "$out/$name"/tests/unit/run_unit.log "$out/$name"/tests/*.sh.log; do
		[ -f "$log" ] || continue
		case $log in
		*/run_unit.log)
			read -r checks faults < <(sed -n \
				's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2+\3/p' "$log")
			;;
		*)
			read -r checks faults < <(sed -n \
				-e 's/^detected \([0-9]*\) of \([0-9]*\), quiet on \([0-9]*\) of \([0-9]*\)$/\2+\4 \2+\4-\1-\3/p' \
				-e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1+\2 \2/p' "$log")
			;;
		esac
		if [ -z "${checks:-}" ]; then continue; fi
		good=$((good + (checks) - (faults)))
		bad=$((bad + (faults)))
		checks=
	done
	# A step that counts nothing itself, or failed elsewhere, is one test.
	if [ "$status" = 0 ] && [ $((good + bad)) = 0 ]; then good=1; fi
	if [ "$status" != 0 ] && [ $bad = 0 ]; then bad=1; fi
	passed=$((passed + good))
	failed=$((failed + bad))
	echo "$good passed, $bad failed"
}

# What the tests of the step NAME that failed had to say.
failed_logs() {
	grep -lsE '^:test-result: (FAIL|ERROR)' \
		"$out/$1"/tests/*.trs "$out/$1"/tests/unit/*.trs |
		while read -r trs; do
			echo "--- the end of ${trs%.trs}.log"
			tail -n 40 "${trs%.trs}.log"
		done
}

run_step() {
	local name=$1 status=0 start=$SECONDS log=$out/$1.log
	rm -f "$out/$name"/tests/*.log "$out/$name"/tests/unit/*.log
	printf '%-11s ' "$name"
	("step_$name") >"$log" 2>&1 || status=$?
	if [ $status = 77 ]; then
		tail -n 1 "$log"
		return
	fi
	count "$name" "$status" >"$out/count"
	# count ran in this shell, so that its sums stay.
	printf '%s (%s s)\n' "$(cat "$out/count")" $((SECONDS - start))
	if [ $status != 0 ]; then
		echo "--- the end of $log"
		grep -E '^(FAIL|ERROR)|: (error|warning|fatal)|^[^ ]*:[0-9]+:[EF]:' "$log" | head -n 20
		tail -n 10 "$log"
		failed_logs "$name"
		echo "---"
	fi
}

main() {
	local steps=("$@")
	if [ ${#steps[@]} = 0 ]; then
		steps=(gcc clang sanitizers fuzz install distcheck format analyze scripts manual)
	fi
	mkdir -p "$out"
	build-aux/packages.sh test || exit 1
	if [ ! -x configure ]; then
		./autogen.sh >"$out/autogen.log" 2>&1 || {
			cat "$out/autogen.log"
			exit 1
		}
	fi
	for step in "${steps[@]}"; do
		run_step "$step"
	done
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}

main "$@"
