#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Times `auspex manifest` beside bsdtar: tests/bench/manifest.sh [TIMES]
# 10,000 files of 100 KB, a gigabyte, recorded with SHA-256 by both in turn; then
# the load of a manifest of 500,000 files. Needs 1.2 GB below $TMPDIR.
# AUSPEX is the program, else the one in the path.
set -u
rounds=${1:-5}
auspex=${AUSPEX:-auspex}
files=10000
entries=500000
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
TIMEFORMAT='%R %U %S'

make_tree() {
	head -c 100000 /dev/urandom >"$tmp/block"
	for ((i = 0; i < files; i++)); do
		((i % 100)) || mkdir -p "$tmp/tree/$((i / 100))"
		# Each content is different, and none is a hole.
		{ echo "$i"; cat "$tmp/block"; } >"$tmp/tree/$((i / 100))/$i"
	done
}

record_ours() { "$auspex" manifest record "$tmp/tree" -o "$tmp/ours"; }
record_bsdtar() {
	bsdtar -cf "$tmp/theirs" --format=mtree \
		--options='!all,type,mode,size,link,sha256' -C "$tmp/tree" .
}

make_manifest() {
	awk -v n=$entries 'BEGIN {
		print "#mtree\n. mode=755 type=dir"
		for (i = 0; i < n; i++)
			printf "./usr/share/package-%d/folder/of/files/name-%d.data mode=644 " \
			       "type=file size=%d sha256digest=%064x\n", i / 100, i, i, i
	}' >"$tmp/large"
}

# median FILE: of the elapsed and of the processor seconds in it.
median() {
	awk '{ print $1 }' "$1" | sort -n | awk '{ a[NR] = $1 } END { printf "%.3f ", a[int((NR + 1) / 2)] }'
	awk '{ print $2 + $3 }' "$1" | sort -n | awk '{ a[NR] = $1 } END { printf "%.3f\n", a[int((NR + 1) / 2)] }'
}

make_tree
record_ours && record_bsdtar || exit 1 # also brings the files into memory
if ! "$auspex" manifest diff -q "$tmp/ours" "$tmp/theirs"; then
	echo "the two manifests are different"
	exit 1
fi
for ((i = 0; i < rounds; i++)); do
	{ time record_ours; } 2>>"$tmp/t.ours"
	{ time record_bsdtar; } 2>>"$tmp/t.bsdtar"
done
echo "program elapsed processor"
for program in ours bsdtar; do
	echo "$program $(median "$tmp/t.$program")"
done
make_manifest
for ((i = 0; i < rounds; i++)); do
	{ time "$auspex" manifest show "$tmp/large" / >/dev/null; } 2>>"$tmp/t.load"
done
echo "load_500000 $(median "$tmp/t.load")"
if command -v /usr/bin/time >/dev/null; then
	/usr/bin/time -o "$tmp/peak" -f 'load_500000 peak %M KB' \
		"$auspex" manifest show "$tmp/large" / >/dev/null
	cat "$tmp/peak"
fi
