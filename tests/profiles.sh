#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the doctor says of each profile of rules, tried on logs of attacks.
set -eu
for tool in python3 ausyscall; do
	if ! command -v $tool >/dev/null; then
		echo "skipped: $tool is not installed"
		exit 77
	fi
done
src=${TEST_SRC:-$(dirname "$0")}
PYTHONDONTWRITEBYTECODE=1 exec python3 "$src/profiles.py" "$src/corpus/labels.jsonl"
