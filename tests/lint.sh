#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Layering and shape of the sources, after a look at whether the two lints
# still find what is planted for them.
set -u
top=$(cd "${TEST_SRC:-$(dirname "$0")}/.." && pwd) || exit 1
awk=${AWK:-awk}
failed=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# planted LINT FILE LINES: the lint must complain about exactly LINES of FILE.
planted() {
	got=$(cd "$tmp" && "$awk" -f "$top/build-aux/$1" "$2" |
	      sed 's/^[^:]*:\([0-9]*\):.*/\1/' | tr '\n' ' ')
	if [ "$got" != "${3:+$3 }" ]; then
		echo "$1 on planted $2: complained about lines '$got', not '$3'"
		failed=1
	fi
}

mkdir -p "$tmp/src/audit" "$tmp/src/base" "$tmp/src/store"
cat >"$tmp/src/audit/a.c" <<'END'
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <sqlite3.h>
#include "base/err.h"
#include "audit/b.h"
#include "state/proc.h"
#include "b.h"
#include "nowhere/b.h"
#include <auparse.h>
END
planted layers.awk src/audit/a.c "3 6 7 8 9"
echo '#include <sqlite3.h>' >"$tmp/src/store/s.c"
planted layers.awk src/store/s.c ""
cat >"$tmp/src/base/f.c" <<'END'
// no licence
int f(char *a)
{
	/* T ** */ int x; /* strcpy(a, b) and
	   sprintf(a) in a comment */
	const char *s = "atoi(a)";
	strcpy(a, s);
	x->exit(0);
	printf(s);
	snprintf(a, 1, s);
}
END
planted shape.awk src/base/f.c "1 7 9"
{
	echo '/* SPDX-License-Identifier: GPL-2.0-or-later */'
	echo '{'
	yes '	x;' | head -n 101
	echo '}'
	yes '' | head -n 100
} >"$tmp/src/base/f.h"
planted shape.awk src/base/f.h "2 204"

cd "$top" || exit 1
# The names have no spaces; the lists are meant to split.
# shellcheck disable=SC2046
"$awk" -f build-aux/layers.awk $(find src -name '*.[ch]') || failed=1
# shellcheck disable=SC2046
"$awk" -f build-aux/shape.awk $(find src tests -name '*.[ch]' -o -name '*.def') || failed=1

# The keeper is linked with the C library alone, and nothing of it allocates.
objects=${TEST_BIN:-.}/../src/keeper
if [ -f "$objects/keeper.o" ] && command -v nm >/dev/null; then
	if nm -u "$objects"/*.o |
	   grep -E ' U (x?[mc]alloc|x?realloc|x?strdup|v?asprintf|fopen|sqlite3_|archive_|EVP_|json_|yaml_|audit_|auparse_|capng_|pcre2_)'; then
		echo "the keeper uses what it must not"
		failed=1
	fi
	# Sanitizers bring libraries of their own.
	if readelf -d "$objects/../auspex-keeper" 2>/dev/null | grep NEEDED |
	   grep -vE '\[(libc\.|ld-linux|lib(a|ub|t)san\.)'; then
		echo "the keeper is linked with more than the C library"
		failed=1
	fi
fi
exit $failed
