#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Logs that grow and are rotated, read on at thousands of random points: the
# database is that of a single pass. RESUME_POINTS=N asks for more of them,
# RESUME_SEED=N for others.
set -eu
src=${TEST_SRC:-$(dirname "$0")}
bin=${TEST_BIN:-.}
exec "$bin/resume/resume_points" "${RESUME_POINTS:-2000}" "${RESUME_SEED:-1}" \
	"$src"/corpus/*.log.xz "$src"/containers/*.log.xz
