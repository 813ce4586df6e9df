# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# To be sourced: a folder $dir that goes away at the end, with the log, the
# manifest and the database (incident.db) of the bundled incident. Skips where
# what unpacks and looks at them is not installed.
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
