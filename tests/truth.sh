#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The world model held against the truth: workloads are recorded by a private
# auditd while the kernel's process connector (which disturbs nobody) or
# strace (which also knows what stands at each descriptor) watches them.
# Once with rules that record all that the model follows, and once with those
# that are shipped: what they leave out may be unknown, but never wrong.
# Skipped, with the reason, where that cannot be done.
#
#   truth.sh [WORKLOAD...]    those below truth/workloads; default: all
#   KEEP=FOLDER               keeps what was recorded
set -u
here=$(cd "${TEST_SRC:-$(dirname "$0")}" && pwd)
bin=${TEST_BIN:-$PWD}/truth
passed=0
failed=0
# shellcheck source=tests/lab.sh
. "$here/lab.sh"

skip() {
	echo "skipped: $1"
	exit 77
}

finish() {
	lab_down
	if [ -z "${KEEP:-}" ]; then rm -rf "$tmp"; fi
}

# command_of WORKLOAD: makes ${command[@]}; 1 where what it needs is not there.
command_of() {
	command=("$here/truth/workloads/$1")
	case $1 in
	*.js) command=("$(command -v node || command -v nodejs)" "${command[@]}") && [ -n "${command[0]}" ] ;;
	container.sh) [ -n "$(command -v runc)" ] ;;
	make.sh) [ -n "$(command -v make)" ] && [ -n "$(command -v cc)" ] ;;
	esac
}

# watched NAME HOW COMMAND...: records the command, run by HOW, in its folder.
watched() {
	local how=$2
	dir=$tmp/$set-$1-$how
	rm -rf "$dir"
	shift 2
	uid=$((uid + 1))
	mkdir "$dir"
	lab_mark
	(
		cd "$dir" || exit 1
		case $how in
		connector) lab_session $uid "$bin/watch_procs" events "$@" ;;
		strace) lab_session $uid strace -ff -yy -v -s 100000 -ttt -T --decode-pids=pidns \
			-e trace=%process,%desc,%network -e signal=none -o t "$@" ;;
		esac </dev/null >out 2>&1
	)
	status=$?
	lab_cut $uid "$dir/log"
	"$bin/dump_state" "$dir/log" >"$dir/model"
}

# report NAME STATUS: the comparison's own lines are in $dir/result.
report() {
	sed "s/^/$1: /" "$dir/result"
	if [ "$2" = 0 ] && [ "$status" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: FAILED; the workload ended with $status: $(tail -n 1 "$dir/out")"
	fi
}

# compared NAME HOW: records and compares; the comparison's status.
compared() {
	watched "$1" "$2" "${command[@]}"
	if [ "$status" = 77 ]; then return 0; fi
	if [ "$2" = connector ]; then
		python3 "$here/truth/compare_tree.py" "$dir/model" "$dir/events" >"$dir/result"
	else
		python3 "$here/truth/compare.py" "$set" "$dir/model" "$dir"/t.* >"$dir/result"
	fi
}

# held NAME HOW: a difference counts.
held() {
	local result
	compared "$1" "$2"
	result=$?
	if [ "$status" = 77 ]; then
		echo "$1: skipped: $(cat "$dir/out")"
	else
		report "$set, $1, $2" $result
	fi
}

compare() {
	held "$1" connector
	held "$1" strace
}

# compare_all SET RULES WORKLOAD...
compare_all() {
	local name
	set=$1
	lab_rules "$2" || skip "the rules could not be loaded"
	shift 2
	for name; do
		if command_of "$name"; then
			compare "$name"
		else
			echo "$name: skipped: what it runs is not installed"
		fi
	done
}

lab_possible || skip "$lab_why"
for tool in strace python3; do
	[ -n "$(command -v $tool)" ] || skip "$tool is not installed"
done
tmp=${KEEP:-$(mktemp -d)}
trap finish EXIT
trap 'exit 1' HUP INT TERM
lab_up "$tmp" || skip "$lab_why"
lost=$(lab_lost)
uid=4799
if [ $# = 0 ]; then
	cd "$here/truth/workloads" || exit 1
	set -- *.*
	cd "$OLDPWD" || exit 1
fi
compare_all whole "$here/truth/all.rules" "$@"
compare_all shipped "$here/../conf/auspex.rules" "$@"
if [ "$(lab_lost)" != "$lost" ]; then
	skip "the kernel lost $(($(lab_lost) - lost)) records: nothing can be said"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
