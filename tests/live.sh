#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# auspex below a real auditd; live/live.py says why where it must skip.
src=$(cd "${TEST_SRC:-$(dirname "$0")}" && pwd) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec python3 "$src/live/live.py" "$@"
