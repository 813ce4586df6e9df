#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our reader and libauparse agree on every log that the project carries.
# Other logs: tests/differential/differential LOG...
set -eu
src=${TEST_SRC:-$(dirname "$0")}
set -- "$src"/data/logs/*.log "$src"/data/logs/*.log.xz
exec "${DIFFERENTIAL:-differential/differential}" "$@"
