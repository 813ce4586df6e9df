#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A million SHA-256: import, memory, look-ups: tests/bench/intel.sh [TIMES]
# Programs: make -C tests bench/bench_intel; BENCH_DIR is where it is. AUSPEX is
# the program, else the one in the path.
set -u
rounds=${1:-5}
auspex=${AUSPEX:-auspex}
dir=${BENCH_DIR:-$(dirname "$0")}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
TIMEFORMAT='%R %U %S'

python3 -c 'import hashlib
for i in range(1000000):
    print(hashlib.sha256(str(i).encode()).hexdigest())' >"$tmp/million.txt" || exit 1
echo 'a.example.com' >"$tmp/small.txt"

# median FILE: of the elapsed and of the processor seconds in it.
median() {
	awk '{ print $1 }' "$1" | sort -n | awk '{ a[NR] = $1 } END { printf "%.3f ", a[int((NR + 1) / 2)] }'
	awk '{ print $2 + $3 }' "$1" | sort -n | awk '{ a[NR] = $1 } END { printf "%.3f\n", a[int((NR + 1) / 2)] }'
}

for ((i = 0; i < rounds; i++)); do
	rm -f "$tmp/intel.db"
	{ time "$auspex" intel import -q -i "$tmp/intel.db" "$tmp/million.txt"; } 2>>"$tmp/t.import"
	{ time "$auspex" intel import -q -i "$tmp/intel.db" "$tmp/small.txt"; } 2>>"$tmp/t.update"
done
echo "what elapsed processor"
echo "import_million $(median "$tmp/t.import")"
echo "import_one_more $(median "$tmp/t.update")"
stat -c 'file %s bytes' "$tmp/intel.db"
if command -v /usr/bin/time >/dev/null; then
	rm -f "$tmp/other.db"
	/usr/bin/time -o "$tmp/peak" -f 'import_million peak %M KB' \
		"$auspex" intel import -q -i "$tmp/other.db" "$tmp/million.txt"
	cat "$tmp/peak"
	/usr/bin/time -o "$tmp/peak" -f 'look_up peak %M KB' \
		"$dir/bench_intel" "$tmp/intel.db" 1000000
	cat "$tmp/peak"
else
	"$dir/bench_intel" "$tmp/intel.db" 1000000
fi
