#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Real captures in, findings out: see golden.py.
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
PYTHONDONTWRITEBYTECODE=1 exec python3 "${TEST_SRC:-$(dirname "$0")}/golden.py" "$@"
