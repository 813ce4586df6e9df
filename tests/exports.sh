#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Exports of the bundled incident have what their formats require.
set -eu
# shellcheck source=tests/incident.sh
. "${TEST_SRC:-$(dirname "$0")}/incident.sh"
python3 "$src/exports.py" "$auspex" "$dir"
