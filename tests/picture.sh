#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# picture.sh [FILE]: the picture of the report that README.md shows, made of the
# bundled incident by Chromium. AUSPEX names the program.
set -eu
TEST_SRC=$(cd "$(dirname "$0")" && pwd)
out=${1:-$TEST_SRC/data/incident/report.png}
command -v chromium >/dev/null || { echo "picture.sh: chromium is not installed" >&2; exit 1; }
# shellcheck source=tests/incident.sh
. "$TEST_SRC/incident.sh"
cd "$dir"
"$auspex" report -d incident.db -o report.html
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$dir/profile" \
	--window-size=1100,1240 --screenshot="$dir/report.png" "file://$dir/report.html" 2>/dev/null
cp report.png "$out"
