#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# auspex-db(5): its views have the columns that it names, and each of its
# questions has an answer in the incident where it promises one.
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
python3 "$src/sql.py" "$dir/db" "$src/../man/auspex-db.5"
