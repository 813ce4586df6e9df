#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cli.sh [NAME]    runs the cases of cli/cases.txt, or the one of that name.
set -u
src=$(cd "${TEST_SRC:-$(dirname "$0")}" && pwd) || exit 1
only=${1-}
TEST_SRC=$src
PATH=$(dirname "$AUSPEX"):$PATH
LC_ALL=C.UTF-8
export TEST_SRC PATH LC_ALL
passed=0
failed=0
skipped=0
tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$tmp"; rm -rf "$tmp"' EXIT

# Files that every case finds in its folder, and commands in its path.
lay_out() {
	mkdir -p "$tmp/files/folder" "$tmp/files/nologs" "$tmp/files/disk" "$tmp/bin"
	xz -dc "$src/data/incident/image.mtree.xz" >"$tmp/files/image.mtree"
	cd "$tmp/files" || exit 1
	xz -dc "$src/data/incident/audit.log.xz" >incident.log
	head -c 1000000 incident.log >cut.log
	head -n 1000 incident.log >quiet.log
	sed -n '1,3000p' incident.log >folder/audit.log.2
	sed -n '3001,6000p' incident.log >folder/audit.log.1
	sed -n '6001,$p' incident.log >folder/audit.log
	# comm "bash" becomes ESC [ 3 1 m, DEL and CSI in hex, as the kernel writes it.
	sed 's/comm="bash"/comm=1B5B33316D7FC29B/; s/comm="dash"/comm=0D0A1B5D303B78/' \
		incident.log >hostile.log
	head -c 100000 image.mtree | tr '0-9a-z' '\000-\043' >binary.log
	: >empty.log
	echo hello >notes.txt
	echo hello >nologs/notes.txt
	cp incident.log secret.log
	chmod 0 secret.log

	# Root reads everything unless it has laid that right down.
	cat >"$tmp/bin/unprivileged" <<'END'
#!/bin/sh
[ "$(id -u)" = 0 ] || exec "$@"
exec setpriv --bounding-set -dac_override,-dac_read_search "$@"
END
	# mounted OPTIONS DIR COMMAND...: with a small file system on DIR; exits with 77
	# where that is not allowed.
	cat >"$tmp/bin/mounted" <<'END'
#!/bin/sh
options=$1 dir=$2
shift 2
map=
[ "$(id -u)" = 0 ] || map=-r
unshare $map -m true 2>/dev/null || exit 77
exec unshare $map -m sh -c 'mount -t tmpfs none "$1" && mount -o "remount,$0" "$1" || exit 77
shift; exec "$@"' "$options" "$dir" "$@"
END
	# first DETECTOR: the number of its first finding.
	cat >"$tmp/bin/first" <<'END'
#!/bin/sh
auspex findings -D "$1" -f jsonl | sed -n 's/^{"id":\([0-9]*\),.*/\1/p' | head -n 1
END
	chmod +x "$tmp/bin"/*
	PATH=$tmp/bin:$PATH
}

# matches WHAT FILE PATTERN: complains where FILE is not as it should be.
matches() {
	case $3 in
	"") return 0 ;;
	-) [ ! -s "$2" ] && return 0 ;;
	*) grep -Eq -e "$3" "$2" && return 0 ;;
	esac
	echo "$name: $1 does not match '$3':"
	head -n 20 "$2"
	return 1
}

run_case() {
	rm -rf "$tmp/case"
	cp -a "$tmp/files" "$tmp/case"
	cd "$tmp/case" || exit 1
	sh -c "$command" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	if [ "$got" = 77 ]; then
		echo "$name: skipped, not allowed here"
		skipped=$((skipped + 1))
		return
	fi
	good=yes
	if [ "$got" != "$status" ]; then
		echo "$name: exit status $got, not $status"
		head -n 5 "$tmp/err"
		good=no
	fi
	matches "standard output" "$tmp/out" "$out" || good=no
	matches "standard error" "$tmp/err" "$err" || good=no
	if [ $good = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# Cuts the next field off $rest, into $field.
cut_field() {
	field=${rest%%" ::"*}
	field=${field# }
	rest=${rest#*" ::"}
}

split() {
	rest="$1 ::"
	cut_field && name=$field
	cut_field && command=$field
	cut_field && status=$field
	cut_field && out=$field
	cut_field && err=$field
}

lay_out
while IFS= read -r line; do
	case $line in
	"" | "#"*) continue ;;
	esac
	split "$line"
	if [ -n "$only" ] && [ "$only" != "$name" ]; then
		continue
	fi
	run_case
done <"$src/cli/cases.txt"
if [ $skipped != 0 ]; then
	echo "$skipped skipped"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
