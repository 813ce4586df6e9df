#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exports of the bundled incident have what their formats require.
set -eu
# shellcheck source=tests/incident.sh
. "${TEST_SRC:-$(dirname "$0")}/incident.sh"
for to in ocsf ecs navigator dot; do
	"$auspex" export -d "$dir/incident.db" --to $to -o "$dir/$to"
done
if command -v dot >/dev/null; then
	dot -Tsvg "$dir/dot" -o "$dir/svg"
else
	echo "graphviz is not installed: the graph was not drawn"
fi
exec python3 "$src/exports.py" "$dir"
