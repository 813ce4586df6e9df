#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that count for themselves: pid namespaces, with and without a
# runtime, nested, and entered from outside.
set -eu
unshare --pid --fork --mount-proc sh -c 'id | cat; (sh -c "true; true"); ls /proc | wc -l' >/dev/null
unshare --pid --fork sh -c 'unshare --pid --fork sh -c "echo deep | cat; true"; true' >/dev/null
unshare --pid --fork sleep 5 &
unshare=$!
inner=
for _ in $(seq 50); do
	read -r inner <"/proc/$unshare/task/$unshare/children" || true
	if [ -n "$inner" ]; then break; fi
	sleep 0.02
done
nsenter -t "$inner" -p sh -c 'echo in | cat; true' >/dev/null
kill "$inner"
wait || true
