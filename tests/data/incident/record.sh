#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the incident again: audit.log.xz and image.mtree.xz beside this script
# or in the folder that is given.
#
#   record.sh [FOLDER]
#
# Needs Debian, root, a kernel with audit whose rules may be set (not -e 2), no
# auditd that runs, the packages auditd curl gcc procps python3 xz-utils, and
# auspex: $AUSPEX, or the one in build/, or the one in the path. The image that the victim lives in is a folder with the
# files of a few Debian packages, entered by chroot; the attacker is on
# 127.0.0.1 too. The rules are those of conf/auspex.rules, narrowed to the login
# uids 4301 to 4303 so that nothing else on the machine is recorded, and they
# are taken away at the end.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here}" && pwd)
lab=$(mktemp -d)
image=$lab/image
auspex=$(realpath "${AUSPEX:-$here/../../../build/src/auspex}")
if [ ! -x "$auspex" ]; then auspex=auspex; fi
auditd=
app=
enabled=$(auditctl -s | sed -n 's/^enabled //p')

finish() {
	if [ -n "$app" ]; then kill "$app" 2>/dev/null || true; fi
	auditctl -D >/dev/null 2>&1 || true
	if [ -n "$auditd" ]; then
		kill "$auditd" 2>/dev/null || true
		wait "$auditd" 2>/dev/null || true
	fi
	auditctl -e "$enabled" >/dev/null 2>&1 || true
	umount "$image/proc" 2>/dev/null || true
	rm -rf "$lab"
}

refuse() {
	echo "record.sh: $1" >&2
	exit 1
}

preflight() {
	local tool
	[ "$(id -u)" = 0 ] || refuse "run it as root"
	for tool in auditctl auditd "$auspex" curl gcc python3 setpriv xz; do
		[ -n "$(command -v "$tool")" ] || refuse "$tool is missing: see the top of this script"
	done
	[ "$(auditctl -s | sed -n 's/^pid //p')" = 0 ] || refuse "an auditd runs: stop it first"
	[ "$(auditctl -l)" = "No rules" ] || refuse "there are audit rules: take them away first"
}

# put FILE...: files of this machine into the image, symbolic links as such and
# what they point to, with the libraries that they need.
put() {
	local file real
	for file; do
		[ -e "$file" ] || refuse "$file is missing"
		# /bin/x is /usr/bin/x on a machine with merged /usr.
		file=$(realpath "$(dirname "$file")")/$(basename "$file")
		[ -e "$image$file" ] && continue
		mkdir -p "$image$(dirname "$file")"
		cp -a "$file" "$image$file"
		real=$(realpath "$file")
		if [ "$real" != "$file" ]; then put "$real"; fi
		if head -c 4 "$real" | grep -q ELF; then
			# The loader's line has no "=>".
			# shellcheck disable=SC2046
			put $(ldd "$real" 2>/dev/null | grep -o '/[^ ]*' || true)
		fi
	done
}

make_image() {
	local dir python
	mkdir -p "$image"/{dev,etc/cron.hourly,proc,root,run,srv/www,tmp,usr/bin,usr/sbin,var/log/www,var/lib/report}
	for dir in bin sbin lib lib64; do
		if [ -L /$dir ]; then
			cp -a /$dir "$image/$dir"
			mkdir -p "$image/usr/$dir"
		fi
	done
	for dir in bash basename cat chmod curl date df dirname find getent gzip head id ls ps \
		python3 run-parts setpriv sh sleep sort tail uname uniq wc; do
		put "$(command -v $dir)"
	done
	put /lib/x86_64-linux-gnu/libnss_files.so.2
	python=$(basename "$(realpath "$(command -v python3)")")
	dpkg -L "lib$python-minimal" "lib$python-stdlib" | grep "^/usr/lib/$python/" |
		while read -r file; do
			if [ -f "$file" ]; then put "$file"; fi
		done
	chmod 1777 "$image/tmp"
	mknod -m 666 "$image/dev/null" c 1 3
	printf '%s\n' root:x:0:0:root:/root:/bin/bash \
		www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin >"$image/etc/passwd"
	printf '%s\n' root:x:0: www-data:x:33: >"$image/etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' >"$image/etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$image/etc/hosts"
	cp "$here/app.py" "$image/srv/www/app.py"
	cp "$here/report.sh" "$image/etc/cron.hourly/report"
	chmod 755 "$image/etc/cron.hourly/report"
	chown 33:33 "$image/var/log/www"
	ldconfig -r "$image"
}

start_audit() {
	mkdir -p "$lab/etc/plugins.d" "$lab/log"
	chmod 700 "$lab/log"
	cat >"$lab/etc/auditd.conf" <<END
local_events = yes
write_logs = yes
log_file = $lab/log/audit.log
log_group = root
log_format = ENRICHED
flush = INCREMENTAL_ASYNC
freq = 50
max_log_file = 100
num_logs = 2
max_log_file_action = KEEP_LOGS
name_format = USER
name = web1
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = $lab/etc/plugins.d
END
	chmod 640 "$lab/etc/auditd.conf"
	auditd -n -c "$lab/etc" >"$lab/auditd.out" 2>&1 &
	auditd=$!
	until auditctl -s | grep -q "^pid $auditd\$"; do
		kill -0 "$auditd" 2>/dev/null || refuse "auditd: $(cat "$lab/auditd.out")"
		sleep 0.1
	done
	{
		printf '%s\n' -D '-b 65536' '-f 0' '--backlog_wait_time 0'
		sed 's/-k auspex/-F auid>=4301 -F auid<=4303 -k auspex/' "$here/../../../conf/auspex.rules"
	} >"$lab/rules"
	auditctl -R "$lab/rules" >/dev/null
}

# session LOGIN-UID COMMAND...: makes ${session[@]} a command in the image.
session() {
	# The variables are the inner shell's.
	# shellcheck disable=SC2016
	session=(env -i PATH=/usr/bin:/usr/sbin LANG=C.UTF-8 chroot "$image" /bin/sh -c
		'echo "$0" >/proc/self/loginuid && exec "$@"' "$@")
}

# The honest job that runs every hour.
hourly() {
	session 4302 run-parts /etc/cron.hourly
	"${session[@]}"
}

# Waits until auditd has written what the kernel has queued.
settle() {
	local before=-1 now=0
	while [ "$before" != "$now" ]; do
		before=$now
		sleep 1
		now=$(stat -c %s "$lab/log/audit.log")
	done
}

incident() {
	mkdir "$lab/loot"
	gcc -O2 -o "$lab/loot/kworkerd" "$here/kworkerd.c"
	gcc -O2 -shared -fPIC -o "$lab/loot/x.so" "$here/hook.c"

	# The service, an honest visitor, the hourly job.
	session 4301 setpriv --reuid 33 --regid 33 --clear-groups python3 /srv/www/app.py
	"${session[@]}" &
	app=$!
	until curl -sf http://127.0.0.1:8080/ >/dev/null; do
		kill -0 "$app" || refuse "the web application did not start"
		sleep 0.2
	done
	curl -sf 'http://127.0.0.1:8080/lookup?host=localhost' >/dev/null
	hourly
	sleep 2

	python3 "$here/attacker.py" "$lab/loot"

	sleep 2

	# The job again, and somebody who looks after the machine.
	hourly
	session 4303 bash -c 'ls -l /srv/www; tail -n 3 /var/log/www/access.log; ps -ef | sort | head; df /'
	"${session[@]}" >/dev/null
	kill "$app"
	wait "$app" || true
	app=
}

preflight
trap finish EXIT
make_image
# Of the image as it was built, before anything ran in it.
(cd "$lab" && "$auspex" manifest record image -o image.mtree)
xz -9e <"$lab/image.mtree" >"$out/image.mtree.xz"
mount -t proc proc "$image/proc"
start_audit
incident
settle
auditctl -s | grep -qx 'lost 0' || refuse "the kernel lost records: try again"
xz -9e <"$lab/log/audit.log" >"$out/audit.log.xz"
ls -l "$out"/*.xz
