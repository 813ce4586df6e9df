#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel takes the rules of every profile, and the doctor reads them back. They
# are narrowed to login uids that no user has, so that nothing is recorded.
set -u
src=${TEST_SRC:-$(dirname "$0")}
auspex=${AUSPEX:-../src/auspex}
# shellcheck source=/dev/null
. "$src/lab.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# The lab's own reason, or one of ours.
skip() {
	echo "skipped: $*"
	exit 77
}
# shellcheck disable=SC2154
lab_possible || skip "$lab_why"
exec 9>"${LAB_LOCK:-${TMPDIR:-/tmp}/auditd.lock}"
flock 9
if [ "$(auditctl -s | sed -n 's/^pid //p')" != 0 ]; then
	skip "an auditd runs"
fi
if [ "$(auditctl -l)" != "No rules" ]; then
	skip "there are audit rules already"
fi
if ! "$auspex" rules >/dev/null; then
	skip "no rules are known for this machine"
fi

# Those that need no rules see anyway.
"$auspex" doctor --live -im | sed '/^$/q' | awk '$2 == "sees" { print $1 }' >"$tmp/anyway"

for profile in minimal standard full; do
	"$auspex" rules --profile $profile --exe /bin/true >"$tmp/$profile"
	trap 'auditctl -D >/dev/null; rm -rf "$tmp"' EXIT
	{
		printf '%s\n' -D '-b 65536' '-f 0' '--backlog_wait_time 0'
		sed 's/^\(-a always.*\) -k /\1 -F auid>=4200 -F auid<=4999 -k /' "$tmp/$profile"
	} >"$tmp/narrow"
	if ! auditctl -R "$tmp/narrow" >/dev/null 2>"$tmp/err"; then
		echo "$profile: auditctl: $(cat "$tmp/err")"
		failed=1
	fi
	wanted=$(grep -c '^-[aA]' "$tmp/$profile")
	loaded=$(auditctl -l | grep -c '^-')
	if [ "$wanted" != "$loaded" ]; then
		echo "$profile: $loaded rules of $wanted were loaded"
		failed=1
	fi
	if ! auditctl -l | sed -n 1,2p | grep -c -- '-a never,exit.*exe=/bin/true' | grep -qx 2; then
		echo "$profile: the rules that spare auspex are not the first"
		failed=1
	fi
	"$auspex" doctor --live -im >"$tmp/doctor"
	if [ $? != 1 ]; then
		echo "$profile: doctor: exit status $?, not 1"
		failed=1
	fi
	# Narrowed rules cover in part at best.
	if sed '/^$/q' "$tmp/doctor" | grep ' sees ' | grep -vwFf "$tmp/anyway"; then
		echo "$profile: a detector sees with rules for some processes"
		failed=1
	fi
	blind=$(sed '/^$/q' "$tmp/doctor" | grep -c ' blind ')
	case $profile:$blind in
	minimal:0 | standard:[1-9]* | full:[1-9]*)
		echo "$profile: $blind detectors are blind"
		grep ' blind ' "$tmp/doctor"
		failed=1
		;;
	esac
	echo "$profile: $loaded rules, $blind detectors blind"
	auditctl -D >/dev/null
done
exit $failed
