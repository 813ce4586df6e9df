#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs or removes a configuration file without losing the owner's changes:
#   conf-file.sh install FILE DEST    a DEST that differs stays, FILE becomes DEST.new
#   conf-file.sh remove FILE DEST     a DEST that differs stays
#   conf-file.sh place FILE DEST      DEST becomes FILE, for all to read
# @bindir@, @sysconfdir@ and @active@ in FILE become those of the environment. To
# switch a plugin on or off ("active = ...") is no change of its file.
set -eu
verb=$1 file=$2 dest=$3
tmp=$(mktemp)
trap 'rm -f "$tmp" "$tmp.1" "$tmp.2"' EXIT
sed "s,@bindir@,${bindir:-/usr/bin},g; s,@sysconfdir@,${sysconfdir:-/etc},g
	s,@active@,${active:-no},g" "$file" >"$tmp"

unchanged() {
	sed '/^active *=/d' "$tmp" >"$tmp.1"
	sed '/^active *=/d' "$dest" >"$tmp.2"
	cmp -s "$tmp.1" "$tmp.2"
}

case $verb in
install)
	mkdir -p "$(dirname "$dest")"
	if [ -e "$dest" ] && unchanged; then
		exit 0
	elif [ -e "$dest" ]; then
		echo "$dest has been changed: it stays, the new one is $dest.new"
		dest=$dest.new
	fi
	install -m 640 "$tmp" "$dest"
	;;
remove)
	rm -f "$dest.new"
	if [ -e "$dest" ] && unchanged; then
		rm -f "$dest"
	elif [ -e "$dest" ]; then
		echo "$dest has been changed: it stays"
	fi
	;;
place)
	mkdir -p "$(dirname "$dest")"
	install -m 644 "$tmp" "$dest"
	;;
esac
