#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Labelled captures and the bundled incident: every attack is found, every
# honest log stays quiet.
set -eu
command -v python3 >/dev/null || exit 77 # skipped, and make check says so
src=${TEST_SRC:-$(dirname "$0")}
exec python3 "$src/score.py" "$src/corpus/labels.jsonl" "$src/data/incident/expected.jsonl"
