#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our reader gives what go-libaudit's own tests expect of its reader.
set -eu
command -v python3 >/dev/null || exit 77 # skipped, and make check says so
src=${TEST_SRC:-$(dirname "$0")}
exec python3 "$src/golibaudit.py" "${DUMP_EVENTS:-differential/dump_events}" \
	"$src/data/logs" "$src/data/golibaudit"
