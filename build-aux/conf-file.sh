#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs or removes a configuration file without losing the owner's changes:
#   conf-file.sh install FILE DEST    a DEST that differs stays, FILE becomes DEST.new
#   conf-file.sh remove FILE DEST     a DEST that differs stays
# @bindir@ in FILE becomes $bindir.
set -eu
verb=$1 file=$2 dest=$3
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
sed "s,@bindir@,${bindir:-/usr/bin}," "$file" >"$tmp"

case $verb in
install)
	mkdir -p "$(dirname "$dest")"
	if [ -e "$dest" ] && ! cmp -s "$tmp" "$dest"; then
		echo "$dest has been changed: it stays, the new one is $dest.new"
		dest=$dest.new
	fi
	install -m 640 "$tmp" "$dest"
	;;
remove)
	rm -f "$dest.new"
	if cmp -s "$tmp" "$dest"; then
		rm -f "$dest"
	elif [ -e "$dest" ]; then
		echo "$dest has been changed: it stays"
	fi
	;;
esac
