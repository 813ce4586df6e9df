#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz.sh                   replays the inputs in fuzz/corpus, as make check does
# fuzz.sh SECONDS [TARGET]  fuzzes each target, or one, for so long; the build
#                           must be configured with --enable-fuzzing
# Stands in the tests folder of the build; the sources are in $TEST_SRC.
set -u
src=${TEST_SRC:-$(dirname "$0")}
seconds=${1-}
only=${2-}
passed=0
failed=0

# What is found lands in fuzz/found: inputs that reach new code in a folder, what
# breaks the target beside it.
fuzz() {
	found=fuzz/found/$1
	mkdir -p "$found"
	"fuzz/fuzz_$1" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 \
		-print_final_stats=1 -artifact_prefix="$found-" "$found" "$src/fuzz/corpus/$1" \
		>"$found.log" 2>&1
	status=$?
	grep -E '^(stat::number_of_executed|==.*ERROR|SUMMARY)|runtime error' "$found.log"
	return $status
}

for target in fuzz/fuzz_*; do
	name=${target#fuzz/fuzz_}
	case $name in
	*.*) continue ;; # an object file
	esac
	if [ -n "$only" ] && [ "$only" != "$name" ]; then
		continue
	fi
	echo "$name"
	if [ -n "$seconds" ]; then
		fuzz "$name"
	else
		"$target" "$src/fuzz/corpus/$name"/* >/dev/null
	fi
	# shellcheck disable=SC2181 # of either branch
	if [ $? = 0 ]; then
		passed=$((passed + 1))
	else
		echo "$target failed"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
