#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Pipelines, subshells, process substitution and redirections.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
seq 1 50 | sort -r | head -3 | tee "$tmp/out" | wc -l >/dev/null
(
	cd /
	printf 'a\nb\n' | cat >/dev/null
	(id -u | cat) >"$tmp/id" 2>&1
)
cat <(echo one) <(seq 3) >"$tmp/both" </dev/null
sort > >(cat >"$tmp/sorted") <"$tmp/out"
exec 7>"$tmp/seven"
echo text >&7
env true 7>&-
exec 7>&-
for i in 1 2 3; do
	sh -c "true; exit $i" || true
done
{ sleep 0.05; date; } >"$tmp/late" &
x=$(printf '%s' "$(echo inner | tr '[:lower:]' '[:upper:]')")
test "$x" = INNER
bash -c 'exec env -i nice sh -c "exec true"' <"$tmp/out"
while read -r line; do
	echo "$line" | grep -q . || true
done <"$tmp/out"
find "$tmp" -type f -print0 | xargs -0 -n 1 -P 2 cat >/dev/null
coproc cat
echo hello >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
eval "exec ${COPROC[1]}>&-"
timeout 5 cat <<<"here $line" >/dev/null
mkfifo "$tmp/fifo"
cat "$tmp/fifo" >"$tmp/through" &
seq 5 >"$tmp/fifo"
wait
