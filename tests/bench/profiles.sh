#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# profiles.sh [ROUNDS]: what each profile of audit rules costs. A session builds 60
# C files with make -j2 and then works in a shell (300 pipelines, files, finds);
# rules of auspex see this session alone. Each round runs it without rules and with
# those of each profile, and of the standard one without PROCTITLE records, below a
# private auditd without plugins. Prints medians of CPU times, as the machine may be
# busy; the kernel's are what the session's system time grows by, and those of its
# thread kauditd.
#
#   AUSPEX=src/auspex flock LOCK tests/bench/profiles.sh 3
# What lab.sh sets, and what the session expands.
# shellcheck disable=SC2154,SC2016
set -u
src=$(cd "$(dirname "$0")/.." && pwd)
auspex=${AUSPEX:-src/auspex}
rounds=${1:-3}
export LAB_FORMAT=RAW
# shellcheck source=/dev/null
. "$src/lab.sh"
tmp=$(mktemp -d)
trap 'lab_down; rm -rf "$tmp"' EXIT
lab_possible || { echo "not here: $lab_why"; exit 77; }

mkdir "$tmp/build"
for n in $(seq 60); do
	echo "#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int f$n(int a) { char b[64]; snprintf(b, sizeof(b), \"%d\", a); return atoi(b) + (int)strlen(b); }"
done | split -l 4 -d -a 3 --additional-suffix=.c - "$tmp/build/f"
cat >"$tmp/build/Makefile" <<'END'
objects = $(patsubst %.c,%.o,$(wildcard *.c))
lib.so: $(objects)
	cc -shared -o $@ $^
%.o: %.c
	cc -O2 -fPIC -c -o $@ $<
END
cat >"$tmp/work.sh" <<'END'
cd "$1/build" && rm -f *.o lib.so && make -s -j2
for n in $(seq 300); do
	echo "$n" | tr 0-9 a-j | cat >"$1/out"
	grep -c f "$1/out" >/dev/null
	mv "$1/out" "$1/out.$((n % 7))"
done
find /usr/share/doc -maxdepth 2 -name copyright | head -n 500 | xargs cat | sort | uniq -c | wc -l
ls -lR /usr/lib/python3* >/dev/null
END

# CPU of a process and all that it has waited for, or of a kernel thread; in ms.
cpu() {
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' \
		"/proc/$1/stat"
}
kauditd=$(pgrep -x kauditd)

# One run with the rules of a profile, or none: a line for the table.
run() {
	local profile=$1 before after
	auditctl -D >/dev/null
	if [ "$profile" != none ]; then
		"$auspex" rules -p "$profile" --exe /bin/true >"$tmp/rules"
		lab_rules "$tmp/rules" || exit 1
	fi
	if [ "$2" ]; then auditctl -a always,exclude -F "msgtype=$2" >/dev/null; fi
	lab_settle
	before="$(cpu "$lab_auditd") $(cpu "$kauditd") $(wc -l <"$lab/log/audit.log")"
	lab_session 4200 env TIMEFORMAT='%R %U %S' bash -c 'time sh "$0/work.sh" "$0" >/dev/null' \
		"$tmp" 2>"$tmp/time"
	lab_settle
	after="$(cpu "$lab_auditd") $(cpu "$kauditd") $(wc -l <"$lab/log/audit.log")"
	echo "$profile${2:+,no_$2} $(tail -n 1 "$tmp/time") $before $after $(stat -c %s "$lab/log/audit.log")"
}

lab_up "$tmp/lab" || { echo "not here: $lab_why"; exit 77; }
for _ in $(seq "$rounds"); do
	for profile in none minimal standard full; do
		run $profile ""
	done
	run standard PROCTITLE
done >"$tmp/runs"
echo "lost: $(lab_lost)"
lab_down

python3 - "$tmp/runs" <<'END'
import statistics
import sys

runs = {}
for line in open(sys.argv[1], encoding='utf-8'):
    profile, *rest = line.split()
    (seconds, user, system, auditd0, kauditd0, lines0, auditd1, kauditd1, lines1,
     _) = map(float, rest)
    runs.setdefault(profile, []).append(
        {'seconds': seconds, 'user': user, 'system': system, 'records': lines1 - lines0,
         'auditd': (auditd1 - auditd0) / 1000, 'kauditd': (kauditd1 - kauditd0) / 1000})
medians = {profile: {key: statistics.median(run[key] for run in each) for key in each[0]}
           for profile, each in runs.items()}
alone = medians['none']
own = alone['user'] + alone['system']
print(f"The session: {own:.2f} s of CPU time without rules.\n")
print('| profile | records | for a CPU second of the session | kernel, CPU s | auditd, CPU s |')
print('|---|---|---|---|---|')
for profile, m in medians.items():
    kernel = m['system'] - alone['system'] + m['kauditd']
    print(f"| {profile} | {m['records']:,.0f} | {m['records'] / own:,.0f} | {kernel:.2f}"
          f" | {m['auditd']:.2f} |")
END
