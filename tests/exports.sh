#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exports of the bundled incident have what their formats require.
set -eu
src=${TEST_SRC:-$(dirname "$0")}
auspex=${AUSPEX:-../src/auspex}
for need in python3 xz; do
	command -v $need >/dev/null || { echo "skipped: $need is not installed"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for file in audit.log image.mtree; do
	xz -dc "$src/data/incident/$file.xz" >"$dir/$file"
done
"$auspex" analyze -q -d "$dir/db" -m "$dir/image.mtree" "$dir/audit.log" >"$dir/table"
for to in ocsf ecs navigator dot; do
	"$auspex" export -d "$dir/db" --to $to -o "$dir/$to"
done
if command -v dot >/dev/null; then
	dot -Tsvg "$dir/dot" -o "$dir/svg"
else
	echo "graphviz is not installed: the graph was not drawn"
fi
exec python3 "$src/exports.py" "$dir"
