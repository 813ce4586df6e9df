#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every program that ran is put into the right container, or none.
set -eu
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
exec python3 "${TEST_SRC:-$(dirname "$0")}/containers.py"
