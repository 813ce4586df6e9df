#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Image archives of real tools are recorded alike; hostile ones get one clear line,
# status 3, and leave nothing behind. (Those that are small are in unit/test_image.c.)
set -u
auspex=${AUSPEX:-../src/auspex}
src=${TEST_SRC:-$(dirname "$0")}
for need in python3 xz zstd; do
	command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

result() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		shift
		echo "$@"
	fi
}

# ---- the same image ----
text() { grep -v '^# auspex: ' "$1"; }
mkdir "$dir/forms" "$dir/out" "$dir/packed"
for file in "$src"/data/forms/*.tar.xz; do
	name=$(basename "$file" .tar.xz)
	xz -dc "$file" >"$dir/forms/$name.tar"
	gzip -c "$dir/forms/$name.tar" >"$dir/packed/$name.tar.gz"
	zstd -q -c "$dir/forms/$name.tar" >"$dir/packed/$name.tar.zst"
done
tar -C "$dir/forms" -xf "$dir/forms/podman-oci-dir.tar" && rm "$dir"/*/podman-oci-dir.tar*
"$auspex" manifest record "$dir/forms/docker.tar" -o "$dir/first"
result "$([ "$(grep -c sha256digest= "$dir/first")" = 7 ]; echo $?)" "the files of the image"
for form in "$dir"/forms/* "$dir"/packed/*; do
	"$auspex" manifest record "$form" -o "$dir/second"
	cmp <(text "$dir/first") <(text "$dir/second")
	result $? "$(basename "$form") is recorded otherwise"
done

# ---- the hostile ones ----

# refused NAME FILE WORDS
refused() {
	local status
	timeout 120 "$auspex" manifest record "$2" -o "$dir/out/m" 2>"$dir/err"
	status=$?
	rm -f "$2"
	[ $status = 3 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -q "$3" "$dir/err" &&
		[ -z "$(ls -A "$dir/out")" ]
	result $? "$1: status $status: $(head -n 3 "$dir/err")"
}

# A tar with one member of 10 GB of zeros.
zeros() {
	python3 - <<'P'
import sys, tarfile
info = tarfile.TarInfo('zeros')
info.size = 10_000_000_000
out = sys.stdout.buffer
out.write(info.tobuf(tarfile.GNU_FORMAT))
block = bytes(1 << 20)
for _ in range((info.size >> 20) + 1):
    out.write(block)
P
}
zeros | zstd -q -1 >"$dir/zeros.zst"
refused "10 GB of zeros" "$dir/zeros.zst" "decompression bomb"

# entries COUNT: a tar with that many empty files, each of its own name.
entries() {
	python3 - "$1" <<'P'
import sys
out = sys.stdout.buffer
head = b'\0' * 92 + b'0000644\0' + b'0000000\0' * 2 + b'00000000000\0' + b'00000000000\0'
tail = b'0' + b'\0' * 100 + b'ustar\x0000' + b'\0' * 247
fixed = sum(head + tail) + 8 * 32
for i in range(int(sys.argv[1])):
    name = b'%08x' % i
    out.write(b'%b%b%06o\0 %b' % (name, head, fixed + sum(name), tail))
out.write(bytes(1024))
P
}
entries 1000000 >"$dir/entries.tar"
refused "a million entries" "$dir/entries.tar" "more than 800000 files"

for cut in 10 3000 9000; do
	head -c $cut "$dir/forms/docker.tar" >"$dir/cut.tar"
	refused "cut after $cut bytes" "$dir/cut.tar" "cut.tar: "
done
sed 's/hello again/hullo again/' "$dir/forms/docker.tar" >"$dir/changed.tar"
refused "a changed file" "$dir/changed.tar" "the archive is damaged"
sed 's/hello again/hullo again/' "$dir/forms/podman-docker.tar" >"$dir/changed.tar"
refused "a changed file of podman's" "$dir/changed.tar" "the archive is damaged"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
