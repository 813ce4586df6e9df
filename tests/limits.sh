#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A log that asks for more than the world model keeps: what had to be
# forgotten is counted, and stands in the database's health table.
set -eu
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
exec python3 "${TEST_SRC:-$(dirname "$0")}/limits.py"
