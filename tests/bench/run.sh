#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Times our reader beside others on one log: tests/bench/run.sh LOG [TIMES]
# Programs: make -C tests bench/bench_reader bench/bench_auparse
# BENCH_DIR is where they are. The others are taken where they are installed;
# those that need minutes run once. Rounds go through all programs in turn, so
# that a busy machine is busy for all of them; what is printed is the median
# of elapsed and of processor seconds.
set -u
log=${1:?usage: run.sh LOG [TIMES]}
rounds=${2:-5}
dir=${BENCH_DIR:-$(dirname "$0")}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
TIMEFORMAT='%R %U %S'

# laurel wants a configuration, and a file in a folder of its own.
mkdir "$tmp/laurel"
mknod "$tmp/laurel/audit.log" c 1 3 # laurel changes the mode of what it writes
cat >"$tmp/laurel.toml" <<END
directory = "$tmp/laurel"
[auditlog]
file = "audit.log"
size = 5000000000
generations = 0
END

reader() { "$dir/bench_reader" "$log"; }
auparse() { "$dir/bench_auparse" "$log"; }
wc_l() { wc -l "$log"; }
laurel_all() { laurel --config "$tmp/laurel.toml" <"$log"; }
ausearch_execve() { ausearch -if "$log" -m EXECVE --format raw; }
analyze_one() { "$AUSPEX" analyze --threads 1 -d "$tmp/db" "$log" && rm -f "$tmp"/db*; }
analyze_two() { "$AUSPEX" analyze --threads 2 -d "$tmp/db" "$log" && rm -f "$tmp"/db*; }
analyze_manifest() {
	"$AUSPEX" analyze --threads 1 -m "$MANIFEST" -d "$tmp/db" "$log" && rm -f "$tmp"/db*
}

names="wc_l reader auparse"
command -v laurel >/dev/null && names="$names laurel_all"
[ -n "${AUSPEX:-}" ] && names="$names analyze_one analyze_two"
[ -n "${AUSPEX:-}" ] && [ -n "${MANIFEST:-}" ] && names="$names analyze_manifest"

once() {
	{ time "$1" >/dev/null 2>"$tmp/err" || touch "$tmp/failed"; } 2>"$tmp/time"
	awk '{ print $1, $2 + $3 }' "$tmp/time" >>"$tmp/$1"
	[ ! -e "$tmp/failed" ] || { echo "$1 failed:" >&2; cat "$tmp/err" >&2; exit 1; }
}

for _ in $(seq "$rounds"); do
	for name in $names; do
		once "$name"
	done
done
if command -v ausearch >/dev/null && [ -z "${SKIP_AUSEARCH:-}" ]; then
	names="$names ausearch_execve"
	once ausearch_execve
fi

bytes=$(stat -c %s "$log")
printf '%-16s %10s %10s %10s %6s\n' program "elapsed s" "cpu s" "MB/s" runs
for name in $names; do
	for column in 1 2; do
		sort -n -k $column,$column "$tmp/$name" |
			awk -v c=$column '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
	done | tr '\n' ' ' | awk -v n="$name" -v b="$bytes" -v r="$(wc -l <"$tmp/$name")" \
		'{ printf "%-16s %10.3f %10.3f %10.0f %6d\n", n, $1, $2, b / 1e6 / ($2 > 0 ? $2 : 0.001), r }'
done
