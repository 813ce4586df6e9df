#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# packages.sh build|test: installs the Debian packages that are missing, as root
# or with sudo. Says so and stops where that cannot be done.
set -eu

build="autoconf automake make gcc libc6-dev pkg-config
	libaudit-dev libauparse-dev libsqlite3-dev libyaml-dev libarchive-dev libssl-dev
	libpcre2-dev libjansson-dev libcap-ng-dev libzstd-dev check sqlite3 xz-utils"
test="$build debootstrap clang libclang-rt-dev llvm clang-format clang-tidy cppcheck shellcheck mandoc python3
	chromium chromium-driver fish zsh auditd strace runc nodejs graphviz
	libarchive-tools mtree-netbsd golang-go golang-github-vbatts-go-mtree-dev git zstd"

case ${1-} in
build) wanted=$build ;;
test) wanted=$test ;;
*)
	echo "usage: packages.sh build|test" >&2
	exit 2
	;;
esac

if ! command -v apt-get >/dev/null; then
	echo "packages.sh: there is no apt-get here; ./configure names what is missing" >&2
	exit 0
fi
missing=
for package in $wanted; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	*" installed") ;;
	*) missing="$missing $package" ;;
	esac
done
if [ -z "$missing" ]; then
	exit 0
fi

root=
if [ "$(id -u)" != 0 ]; then
	root=sudo
	if ! command -v sudo >/dev/null; then
		echo "packages.sh: these packages are missing, and there is no sudo: run as root" >&2
		echo "  apt-get install$missing" >&2
		exit 1
	fi
fi
echo "Installing:$missing"
# RUNLEVEL=1: nothing that comes along is started (invoke-rc.d(8)); the tests start
# an auditd of their own.
# The names are meant to split.
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 sh -c \
	'apt-get -qq update && apt-get -qq install --no-install-recommends "$@" >/dev/null' sh $missing
