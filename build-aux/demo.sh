#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is needed, builds auspex in build/ and shows what it finds in the
# bundled incident (tests/data/incident). May be run again.
set -eu
cd "$(dirname "$0")/.."
top=$(pwd)

step() { printf '\n== %s\n' "$*"; }
# Prints a command as one would type it, and runs it.
try() {
	printf '\n$ %s\n' "$*"
	"$@"
}

step "What is needed"
build-aux/packages.sh build

step "Building in build/ (its messages: build/demo.log)"
mkdir -p build/demo
{
	[ -x configure ] || ./autogen.sh
	cd build
	[ -f config.status ] || ../configure
	make -j"$(nproc)"
} >build/demo.log 2>&1 || {
	tail -n 20 "$top/build/demo.log"
	exit 1
}

cd "$top/build/demo"
PATH=$top/build/src:$PATH
for file in audit.log image.mtree; do
	xz -dc "$top/tests/data/incident/$file.xz" >$file
done
rm -f auspex.db*

step "The incident: a web application on the host web1 is abused"
try auspex analyze -m image.mtree audit.log
shell=$(auspex findings --detector reverse_shell -f jsonl | sed -n 's/^{"id":\([0-9]*\),.*/\1/p' | head -n 1)

step "One finding whole"
try auspex show "$shell"

step "What led to it, and what it started"
try auspex tree --finding "$shell"

step "The database answers SQL"
sql="SELECT severity, title, exe, path, remote_addr, remote_port FROM v_findings"
printf '\n$ sqlite3 -box auspex.db "%s"\n' "$sql"
sqlite3 -box auspex.db "$sql"

step "The same as one HTML file, for a browser, a printer or a ticket"
try auspex report -o report.html

step "Go on"
cat <<END
The program is build/src/auspex, the database build/demo/auspex.db, the report
build/demo/report.html. Your own logs:
  build/src/auspex analyze -d my.db /var/log/audit
END
