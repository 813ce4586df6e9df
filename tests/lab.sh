# SPDX-License-Identifier: GPL-2.0-or-later
#
# A private auditd for tests that need the kernel's own records; sourced by
# bash scripts. Nothing else on the machine is recorded: the rules see login
# uids 4200 to 4999 only, which no user has, and are taken away at the end.
#
#   lab_possible          0, or 1 with the reason in $lab_why
#   lab_up FOLDER         auditd with its log in FOLDER/log/audit.log; waits for
#                         other labs of this machine to end
#   lab_rules FILE        loads rules like conf/auspex.rules, narrowed
#   lab_mark              from here on: what lab_cut looks at
#   lab_session UID CMD   runs CMD as a login session with that login uid
#   lab_cut UID FILE      what was recorded of it, once all of it is written
#   lab_lost              how many records the kernel has lost
#   lab_down              puts everything back
# The one who sources this reads $lab_why.
# shellcheck shell=bash disable=SC2034
LAB_FORMAT=${LAB_FORMAT:-RAW}
lab=
lab_why=
lab_auditd=
lab_from=1

# lab_await WHAT COMMAND...: until it succeeds. A machine whose disk is full, say,
# shall fail a test, not hold it for ever.
lab_await() {
	local what=$1 end=$((SECONDS + 120))
	shift
	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			lab_why="waited two minutes for $what"
			echo "$lab_why" >&2
			return 1
		fi
		sleep 0.05
	done
}

lab_possible() {
	local tool
	if [ "$(id -u)" != 0 ]; then
		lab_why="root is needed for audit rules"
		return 1
	fi
	for tool in auditd auditctl flock; do
		if [ -z "$(command -v "$tool")" ]; then
			lab_why="$tool is not installed"
			return 1
		fi
	done
	if ! auditctl -s >/dev/null 2>&1; then
		lab_why="the kernel's audit cannot be asked"
		return 1
	fi
	if auditctl -s | grep -qx 'enabled 2'; then
		lab_why="the audit rules are locked (-e 2)"
		return 1
	fi
}

# auditd has the kernel's records, or has given up.
lab_decided() {
	auditctl -s | grep -q "^pid $lab_auditd\$" || ! kill -0 "$lab_auditd" 2>/dev/null
}

lab_up() {
	lab=$1
	exec 9>"${LAB_LOCK:-${TMPDIR:-/tmp}/auditd.lock}"
	flock 9
	if [ "$(auditctl -s | sed -n 's/^pid //p')" != 0 ]; then
		lab_why="another auditd runs"
		return 1
	fi
	if [ "$(auditctl -l)" != "No rules" ]; then
		lab_why="there are audit rules already"
		return 1
	fi
	lab_enabled=$(auditctl -s | sed -n 's/^enabled //p')
	mkdir -p "$lab/etc/plugins.d" "$lab/log"
	chmod 700 "$lab/log"
	printf '%s\n' 'local_events = yes' 'write_logs = yes' "log_file = $lab/log/audit.log" \
		'log_group = root' "log_format = $LAB_FORMAT" 'flush = INCREMENTAL_ASYNC' \
		'freq = 500' 'max_log_file = 4000' 'num_logs = 2' 'priority_boost = 0' \
		'name_format = NONE' 'max_log_file_action = KEEP_LOGS' 'space_left = 75' \
		'space_left_action = IGNORE' 'admin_space_left = 50' \
		'admin_space_left_action = IGNORE' 'disk_full_action = IGNORE' \
		'disk_error_action = IGNORE' "plugin_dir = $lab/etc/plugins.d" \
		>"$lab/etc/auditd.conf"
	chmod 640 "$lab/etc/auditd.conf"
	auditd -n -c "$lab/etc" >"$lab/auditd.out" 2>&1 9>&- &
	lab_auditd=$!
	if ! lab_await "auditd" lab_decided || ! kill -0 "$lab_auditd" 2>/dev/null; then
		lab_why="auditd: $(cat "$lab/auditd.out")"
		return 1
	fi
}

lab_rules() {
	{
		printf '%s\n' -D '-b 65536' '-f 0' '--backlog_wait_time 0'
		sed -n 's/-k /-F auid>=4200 -F auid<=4999 -k /p' "$1"
	} >"$lab/rules"
	auditctl -R "$lab/rules" >/dev/null
}

lab_session() {
	local uid=$1
	shift
	# The variables are the inner shell's.
	# shellcheck disable=SC2016
	sh -c 'echo "$0" >/proc/self/loginuid && exec "$@"' "$uid" "$@" 9>&-
}

# What the kernel has queued comes before a record that is sent now.
lab_settle() {
	local mark="lab-$$-$RANDOM-$RANDOM"
	auditctl -m "$mark"
	lab_await "records in $lab/log" grep -q "$mark" "$lab/log/audit.log"
}

lab_mark() {
	lab_from=$(($(stat -c %s "$lab/log/audit.log") + 1))
}

lab_cut() {
	lab_settle || return 1
	tail -c "+$lab_from" "$lab/log/audit.log" >"$2.all"
	awk -v uid="$1" '
		NR == FNR { if (index($0, " auid=" uid " ")) want[$2] = 1; next }
		$2 in want' "$2.all" "$2.all" >"$2"
	rm -f "$2.all"
}

lab_lost() {
	auditctl -s | sed -n 's/^lost //p'
}

lab_down() {
	if [ -z "$lab_auditd" ]; then return; fi
	auditctl -D >/dev/null 2>&1
	kill "$lab_auditd" 2>/dev/null
	wait "$lab_auditd" 2>/dev/null
	auditctl -e "$lab_enabled" >/dev/null 2>&1
	lab_auditd=
	exec 9>&-
}
