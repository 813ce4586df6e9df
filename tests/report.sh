#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The HTML report: what it holds, that no name in it comes alive, and that it
# works in a browser (Chromium through its driver; without it that is skipped).
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
"$auspex" analyze -q -d "$dir/incident.db" -m "$dir/image.mtree" "$dir/audit.log" >"$dir/table"
python3 "$src/report.py" "$auspex" "$dir"
