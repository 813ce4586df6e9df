#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Other programs read the manifests that `auspex manifest record` writes, of each
# kind of source, and it reads theirs: bsdtar (libarchive), NetBSD's mtree, and
# go-mtree where Go is there.
set -u
auspex=${AUSPEX:-../src/auspex}
src=${TEST_SRC:-$(dirname "$0")}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

# check NAME COMMAND...: it must succeed and say nothing.
check() {
	local name=$1
	shift
	if "$@" >"$dir/out" 2>&1 && [ ! -s "$dir/out" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "$name:"
	head -n 10 "$dir/out"
}

have() {
	command -v "$1" >/dev/null && return
	echo "$1 is not there: what needs it is left out"
	return 1
}

# A root with what is hard to write down: odd names, links of both kinds,
# modes, empty and deep folders, and a database of dpkg.
make_root() {
	umask 022
	mkdir -p usr/bin usr/lib/x/y/z 'opt/a b' etc/empty var/lib/dpkg/info
	echo ls >usr/bin/ls
	ln usr/bin/ls usr/bin/dir
	ln usr/bin/ls aaa
	ln -s usr/bin bin
	ln -s '../a b#' "opt/a b/link"
	printf x >"opt/a b/#=\\*?[]é"
	: >usr/lib/x/y/z/empty
	chmod 4711 usr/bin/ls
	chmod 1777 opt
	head -c 300000 /dev/zero >usr/lib/x/large
	mkfifo opt/pipe
	echo edited >etc/conf
	{
		echo /.
		find . -mindepth 1 -path ./var -prune -o -mindepth 1 -print | sed 's/^\.//'
	} >var/lib/dpkg/info/all.list
	md5sum usr/bin/ls usr/lib/x/large >var/lib/dpkg/info/all.md5sums
	printf '%s  etc/conf\n' "$(echo original | md5sum | cut -c 1-32)" >>var/lib/dpkg/info/all.md5sums
	touch var/lib/dpkg/status
}

mkdir "$dir/root"
(cd "$dir/root" && make_root) || exit 1
tar -C "$dir/root" -cf "$dir/root.tar" . || exit 1
record() { "$auspex" manifest record "$@"; }
check "record a directory" record "$dir/root" -o "$dir/dir.mtree"
check "record a tar" record "tar:$dir/root.tar" -o "$dir/tar.mtree"
"$auspex" manifest record "dpkg:$dir/root" -o "$dir/dpkg.mtree" 2>/dev/null
check "the directory and the tar are the same" \
	"$auspex" manifest diff "$dir/dir.mtree" "$dir/tar.mtree"
check "each file has its digest" \
	test "$("$auspex" manifest show "$dir/tar.mtree" | grep -c '^f .* [0-9a-f]\{64\} ')" = \
	"$(find "$dir/root" -type f | wc -l)"

if have bsdtar; then
	# bsdtar tells nothing of the root itself; and strips "./" of whole paths.
	names() { sed -e 's/^\.\///' -e '/^\.$/d' | sort; }
	(cd "$dir/root" && bsdtar -cf - . | bsdtar -tf - | sed 's/\/$//' | names) >"$dir/names"
	for kind in dir tar; do
		bsdtar -tf "$dir/$kind.mtree" | sed 's/\/$//' | names >"$dir/names.$kind"
		check "bsdtar lists $kind" cmp "$dir/names" "$dir/names.$kind"
	done
	for form in mtree mtree-classic; do
		bsdtar -cf "$dir/theirs" --format=$form \
			--options='!all,type,mode,size,link,sha256' -C "$dir/root" .
		check "bsdtar's $form is the same" \
			"$auspex" manifest diff "$dir/theirs" "$dir/dir.mtree"
	done
fi
if have mtree; then
	for kind in dir tar; do
		check "mtree finds $kind as it is" mtree -f "$dir/$kind.mtree" -p "$dir/root"
	done
	# It tells what it was not asked for, and etc/conf, which was edited.
	mtree -e -f "$dir/dpkg.mtree" -p "$dir/root" >"$dir/changed"
	check "mtree finds what was edited" \
		test "$(grep -c md5 "$dir/changed") $(grep -c ^etc/conf: "$dir/changed")" = '1 1'
	mtree -c -k type,mode,size,link,sha256 -p "$dir/root" >"$dir/theirs"
	check "mtree's is the same" "$auspex" manifest diff "$dir/theirs" "$dir/dir.mtree"
fi
if have go && [ -d /usr/share/gocode/src/github.com/vbatts/go-mtree ]; then
	GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$dir/cache GOFLAGS=-p=1 \
		go build -o "$dir/gomtree" "$src/readers/gomtree.go" || failed=$((failed + 1))
	for kind in dir tar; do
		check "go-mtree finds $kind as it is" \
			"$dir/gomtree" "$dir/$kind.mtree" "$dir/root"
	done
	"$dir/gomtree" "$dir/dpkg.mtree" "$dir/root" | grep -v '^"var' >"$dir/changed"
	check "go-mtree finds what was edited" \
		test "$(wc -l <"$dir/changed") $(grep -c '^"etc/conf":' "$dir/changed")" = '1 1'
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
