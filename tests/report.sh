#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The HTML report: what it holds, that no name in it comes alive, and that it
# works in a browser (Chromium through its driver; without it that is skipped).
set -eu
# shellcheck source=tests/incident.sh
. "${TEST_SRC:-$(dirname "$0")}/incident.sh"
python3 "$src/report.py" "$auspex" "$dir"
