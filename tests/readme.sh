#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The transcripts of README.md are what the program prints. readme.sh --write
# writes them again.
set -eu
command -v python3 >/dev/null || exit 77 # skipped, and make check says so
src=${TEST_SRC:-$(dirname "$0")}
exec python3 "$src/readme.py" "$src/../README.md" "$src" "$@"
