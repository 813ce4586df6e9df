#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac. A release tarball has it already.
set -e
cd "$(dirname "$0")"
if ! command -v autoreconf >/dev/null 2>&1; then
	echo "autogen.sh: autoreconf was not found: install autoconf, automake and pkg-config" >&2
	exit 1
fi
exec autoreconf --install --force --warnings=all,no-obsolete
