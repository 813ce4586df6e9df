#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# auspex analyze --follow on a log that grows, is rotated in both ways and is
# stopped by both signals: in the end the database tells what one run over all
# of it tells.
set -u
src=$(cd "${TEST_SRC:-$(dirname "$0")}" && pwd) || exit 1
auspex=${AUSPEX:-auspex}
tmp=$(mktemp -d) || exit 1
pid=
failed=0
passed=0
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
xz -dc "$src/data/incident/audit.log.xz" >whole.log
lines=$(wc -l <whole.log)
mkdir log
: >log/audit.log
done=0

# check WHAT COMMAND...: one test.
check() {
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "$what: failed"
		failed=$((failed + 1))
	fi
}

# The log grows up to line $1, its last line torn for a while.
grow() {
	sed -n "$((done + 1)),$1p" whole.log >piece
	head -c 50 piece >>log/audit.log
	tail -c +51 piece >>log/audit.log
	done=$1
}

# Until the program has stored $1 records; it commits each second.
await() {
	for _ in $(seq 600); do
		got=$(sqlite3 -readonly follow.db 'SELECT sum(records) FROM sources' 2>/dev/null)
		[ "${got:-0}" -ge "$1" ] && return 0
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

start() {
	"$auspex" analyze -q --threads 2 --follow -f jsonl -d follow.db log >>printed 2>>errors &
	pid=$!
}

# end SIGNAL: it ends by itself and says that all is well.
end() {
	kill -"$1" "$pid"
	wait "$pid"
	status=$?
	pid=
	[ "$status" = 0 ]
}

# Everything but the numbers of rows and the time that it was printed.
told() { "$auspex" findings -f jsonl -d "$1" | sed 's/^{"id":[0-9]*,//' | sort; }

start
grow $((lines / 8))
check "what is there at first" await "$done"
grow $((lines / 4))
check "what is added" await "$done"
mv log/audit.log log/audit.log.1
grow $((lines / 4 + 5))
check "a log that was renamed" await "$done"
grow $((lines / 3))
check "the log that took its place" await "$done"
cp log/audit.log log/copy && mv log/audit.log.1 log/audit.log.2 &&
	mv log/copy log/audit.log.1 && : >log/audit.log
grow $((lines / 2))
check "a log that was copied and cut off" await "$done"
check "SIGTERM" end TERM
"$auspex" analyze -q --threads 1 -d so_far.db log >/dev/null
told follow.db >follow.told
told so_far.db >so_far.told
check "as much as a run over what there was" cmp follow.told so_far.told

grow $((lines / 2 + 100))
gzip log/audit.log.2
start
check "what came while it was away" await "$done"
grow "$lines"
check "the rest" await "$done"
check "SIGINT" end INT
"$auspex" analyze -q --threads 1 -d single.db whole.log >/dev/null
told follow.db >follow.told
told single.db >single.told
check "as much as one run over all of it" cmp follow.told single.told
"$auspex" analyze -q -d follow.db log >/dev/null
told follow.db >follow.told
check "nothing is left to read" cmp follow.told single.told
sed 's/^{"id":[0-9]*,"uid":"\([^"]*\)".*/\1/' printed | sort -u >uids
"$auspex" findings -f jsonl -d single.db | sed 's/^{"id":[0-9]*,"uid":"\([^"]*\)".*/\1/' |
	sort -u >uids.single
check "all findings were printed" cmp uids uids.single
check "no complaint" test ! -s errors
[ "$failed" = 0 ] || cat errors
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
