#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests that need an auditd, below that of another release of Debian: by hand,
# as it fetches some 100 MB. auspex is that of this machine; auditd and auditctl are
# the other release's, with its libraries.
#
#   tests/auditd4.sh RELEASE [SCRIPT [ARGUMENT]...]
#
#   RELEASE    trixie (auditd 4.0.2), forky (4.1.2), sid (4.2.1 and later)
#   SCRIPT     live.sh (the default), rules.sh, truth.sh, containers.sh
#   AUSPEX     the program; default: build/test/gcc/src/auspex
#   CACHE      where releases are kept; default: build/test
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
release=${1:?which release? trixie, forky or sid}
script=${2:-live.sh}
root=$(realpath -m "${CACHE:-$top/build/test}")/auditd-$release
export AUSPEX=${AUSPEX:-$top/build/test/gcc/src/auspex}
AUSPEX=$(realpath "$AUSPEX")
export TEST_SRC=$top/tests TEST_BIN=${TEST_BIN:-$(dirname "$AUSPEX")/../tests}

fetch() {
	rm -rf "$root.new"
	# That script does for all of them, and older debootstraps do not know the latest.
	debootstrap --variant=minbase --include=auditd "$release" "$root.new" \
		http://deb.debian.org/debian /usr/share/debootstrap/scripts/sid >"$root.log" ||
		{ tail -n 5 "$root.log" && exit 1; }
	mv "$root.new" "$root"
}

# In a mount namespace: whoever calls auditd here gets the other one.
replace() {
	local name=$1 here libraries
	here=$(command -v "$name")
	libraries=$(dirname "$(ls "$root"/usr/lib/*/libaudit.so.1)")
	# No setup of its own may be in the way of a program that is run so.
	printf '#!/bin/sh\nexec %s --argv0 %s --library-path %s %s "$@"\n' \
		"$root/usr/bin/ld.so" "$name" "$libraries" "$root/usr/sbin/$name" >"$root/run/$name"
	chmod 755 "$root/run/$name"
	mount --bind "$root/run/$name" "$here"
}

if [ -z "${AUDITD_SPACE:-}" ]; then
	if [ ! -d "$root" ]; then fetch; fi
	AUDITD_SPACE=own exec unshare --mount --propagation private "$0" "$@"
fi
for name in auditd auditctl; do replace "$name"; done
auditctl -v
shift $(($# > 1 ? 2 : 1))
exec bash "$TEST_SRC/$script" "$@"
