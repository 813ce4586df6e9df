#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes rpmdb.sqlite.xz anew: two packages, built and installed by rpm (Debian:
# apt install rpm) into a root of their own. Writes only here.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for name in filesystem hello; do
	rpmbuild --quiet --define "_topdir $tmp" --define "_db_backend sqlite" \
		-bb "$name.spec"
done
mkdir "$tmp/root"
rpm --root "$tmp/root" --dbpath /var/lib/rpm --define "_db_backend sqlite" --nodeps \
	-i "$tmp"/RPMS/noarch/*.rpm
xz -9c "$tmp/root/var/lib/rpm/rpmdb.sqlite" >rpmdb.sqlite.xz
