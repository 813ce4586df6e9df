#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fuzz.sh                   replays the inputs in fuzz/corpus, as make check does
# fuzz.sh SECONDS [TARGET]  fuzzes each target, or one, for so long, two at a time;
#                           the build must be configured with --enable-fuzzing.
#                           FUZZ_RECORDS=N: so many mutated records at least, for
#                           which record may take FUZZ_LONG times as long
# The random numbers are the same each time; FUZZ_SEED=0 takes others.
# Stands in the tests folder of the build; the sources are in $TEST_SRC.
set -u
src=${TEST_SRC:-$(dirname "$0")}
seconds=${1-}
only=${2-}
passed=0
failed=0

names=
for target in fuzz/fuzz_*; do
	case $target in
	*.*) continue ;; # an object file
	esac
	name=${target#fuzz/fuzz_}
	if [ -z "$only" ] || [ "$only" = "$name" ]; then
		names="$names $name"
	fi
done

# Records of real logs, 32 to a file; for argv the bodies of EXECVE records.
seed() {
	rm -rf "fuzz/found/seeds/$1"
	mkdir -p "fuzz/found/seeds/$1"
	for log in "$src"/corpus/b*.log.xz "$src"/data/logs/*.log; do
		case $log in
		*.xz) xz -dc "$log" ;;
		*) cat "$log" ;;
		esac
	done | if [ "$1" = argv ]; then
		sed -n 's/^.*type=EXECVE msg=audit([^)]*): //p'
	else
		cat
	fi | head -n 8000 | split -l 32 -a 4 - "fuzz/found/seeds/$1/"
}

# What is found lands in fuzz/found: inputs that reach new code in a folder, what
# breaks the target beside it.
fuzz() {
	found=fuzz/found/$1
	time=$seconds
	runs=-1
	seeds=
	mkdir -p "$found"
	if [ "$1" = record ] && [ "${FUZZ_RECORDS:-0}" -gt 0 ]; then
		time=$((seconds * ${FUZZ_LONG:-15}))
		runs=$((FUZZ_RECORDS / 20)) # an execution has 24 records or so
	fi
	case $1 in
	record | assemble | argv)
		seed "$1"
		seeds=fuzz/found/seeds/$1
		;;
	esac
	# shellcheck disable=SC2086 # no folder or one
	"fuzz/fuzz_$1" -max_total_time="$time" -runs="$runs" -rss_limit_mb=2048 -timeout=20 \
		-seed="${FUZZ_SEED:-1}" -max_len=16384 -print_final_stats=1 -artifact_prefix="$found-" \
		"$found" "$src/fuzz/corpus/$1" $seeds >"$found.log" 2>&1
	echo $? >"$found.status"
}

# count NAME LOG...: the sum of a statistic
count() {
	sed -n "s/^stat::$1: *//p" "$2" | awk '{ sum += $1 } END { print sum + 0 }'
}

if [ -n "$seconds" ]; then
	running=
	# The long one first, so that it is not left at the end.
	for name in record $names; do
		case " $running " in *" $name "*) continue ;; esac
		case " $names " in *" $name "*) ;; *) continue ;; esac
		while [ "$(jobs -p | wc -l)" -ge 2 ]; do
			sleep 0.2
			jobs >/dev/null
		done
		fuzz "$name" &
		running="$running $name"
	done
	wait
fi
executions=0
records=0
for name in $names; do
	if [ -z "$seconds" ]; then
		"fuzz/fuzz_$name" "$src/fuzz/corpus/$name"/* >/dev/null
		status=$?
		echo "$name"
	else
		log=fuzz/found/$name.log
		status=$(cat "fuzz/found/$name.status")
		n=$(count number_of_executed_units "$log")
		r=$(count records_mutated "$log")
		echo "$name: $n executions, $r mutated records"
		grep -E '^(==.*ERROR|SUMMARY)|runtime error' "$log"
		executions=$((executions + n))
		records=$((records + r))
	fi
	if [ "$status" = 0 ]; then
		passed=$((passed + 1))
	else
		echo "fuzz/fuzz_$name failed"
		failed=$((failed + 1))
	fi
done
if [ -n "$seconds" ]; then
	echo "$executions executions, $records mutated records"
	if [ "$records" -lt "${FUZZ_RECORDS:-0}" ]; then
		echo "fewer than $FUZZ_RECORDS records: give it more time (FUZZ_LONG)"
		failed=$((failed + 1))
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
