#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# auspex-db(5): its views have the columns that it names, and each of its
# questions has an answer in the incident where it promises one. Readers
# change nothing, and neither wait for a writer nor make one wait.
set -eu
# shellcheck source=tests/incident.sh
. "${TEST_SRC:-$(dirname "$0")}/incident.sh"
python3 "$src/sql.py" "$dir" "$auspex" "$src/../man/auspex-db.5"
