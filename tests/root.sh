#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# analyze --root: what ran is held against the manifest by what a copy of the
# host's file system holds. The log is of a chroot in which dd changes a byte of
# uname, which then runs.
set -u
auspex=${AUSPEX:-../src/auspex}
src=${TEST_SRC:-$(dirname "$0")}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
image=/srv/img/d21dd7d2/root
passed=0
failed=0

xz -dc "$src/corpus/drift-mod-dd-notrunc.log.xz" >"$dir/log" || exit 1
as_recorded=$(echo as recorded | sha256sum | cut -c 1-64)
xz -dc "$src/corpus/min.mtree.xz" | sed -E \
	"/^.\/usr\/bin\/(dd|uname|bash) /s/sha256digest=.*/sha256digest=$as_recorded/" >"$dir/mtree"

# put NAME TEXT [WHEN]: a file of the copy, last written long ago or WHEN.
put() {
	mkdir -p "$dir/root$image/usr/bin"
	rm -f "$dir/root$image/usr/bin/$1"
	echo "$2" >"$dir/root$image/usr/bin/$1"
	touch -d "${3:-2020-01-01}" "$dir/root$image/usr/bin/$1"
}

# found NAME WANTED: what is found, as "detector path sha256 confidence" lines.
found() {
	rm -f "$dir/db"
	timeout 60 "$auspex" analyze -q -d "$dir/db" -f jsonl -m "$image=$dir/mtree" \
		--root "$dir/root" "$dir/log" >"$dir/json" || echo "analyze failed" >>"$dir/json"
	python3 -c 'import json, sys
for line in sys.stdin:
    f = json.loads(line)
    t = f.get("target", {})
    print(f["detector"], t.get("path"), t.get("sha256", "-")[:8], f["confidence"])' <"$dir/json" 2>&1 |
		sort >"$dir/found"
	if [ "$(cat "$dir/found")" = "$2" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "$1:"
	cat "$dir/found"
}

short() { echo "$1" | sha256sum | cut -c 1-8; }
modified=modified_binary_executed

mkdir "$dir/root"
found "an empty copy" "$modified /usr/bin/uname - high"
put uname trojan
found "the content is another" "$modified /usr/bin/uname $(short trojan) high"
put uname "as recorded"
found "the content is as it was recorded" ""
sqlite3 "$dir/db" 'SELECT suppressed FROM findings' >"$dir/why"
if [ "$(cat "$dir/why")" = "its content was what the image holds" ]; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
	cat "$dir/why"
fi
put dd trojan
found "a change that the records do not show" \
	"$modified /usr/bin/dd $(short trojan) medium"
put dd trojan 2100-01-01
found "a file that was put there later" ""
put dd trojan
ln -sf "$dir/elsewhere" "$dir/root$image/usr/bin/dd"
echo trojan >"$dir/elsewhere"
found "a link that leads out" ""
rm "$dir/root$image/usr/bin/dd"
mkfifo "$dir/root$image/usr/bin/dd"
found "a pipe" ""
rm "$dir/root$image/usr/bin/dd"
truncate -s 2G "$dir/root$image/usr/bin/dd"
touch -d 2020-01-01 "$dir/root$image/usr/bin/dd"
found "a huge file" ""
rm -rf "${dir:?}/root/srv/img"
ln -s / "$dir/root/srv/img"
found "a directory that is a link" "$modified /usr/bin/uname - high"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
