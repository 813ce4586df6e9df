# SPDX-License-Identifier: GPL-2.0-or-later
# Proves the layering of src/ from its #include lines:
#   awk -f build-aux/layers.awk $(find src -name '*.[ch]')    (from the top)
# A folder may include only itself and the folders to its left in `order`, and
# a fenced header may be included only where `fence` allows it. Prints
# FILE:LINE and the reason for each breach; exits 1 if there was one.

function complain(text)
{
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad++
}

BEGIN {
	order = "base keeper finding config audit manifest intel sigma state store report detect engine cmd"
	n = split(order, room, " ")
	for (i = 1; i <= n; i++)
		rank[room[i]] = i

	# header (regular expression) -> files (regular expression)
	fence["^sqlite3\\.h$"] = "^(store/|intel/db(_[a-z]+\\.[ch]|\\.c)$|manifest/record_rpm\\.c$)"
	fence["^libaudit\\.h$"] = "^audit/(names|kernel)\\.c$"
	fence["^auparse(-defs)?\\.h$"] = "^audit/interp\\.c$"
	fence["^yaml\\.h$"] = "^base/yaml\\.c$"
	fence["^archive(_entry)?\\.h$"] = "^(manifest/|intel/feed\\.c$|audit/source)"
	fence["^openssl/"] = "^base/digest\\.c$"
	fence["^jansson\\.h$"] = "^(manifest|intel|state|store|report)/"
	fence["^pcre2\\.h$"] = "^sigma/"
	fence["^cap-ng\\.h$"] = "^engine/"
	fence["^config\\.h$"] = "^$" # the build includes it
	fence["^check\\.h$"] = "^$"  # tests only
}

/^[ \t]*#[ \t]*include/ {
	file = FILENAME
	sub(/^src\//, "", file)
	name = $0
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*$/, "", name)

	for (header in fence)
		if (name ~ header && file !~ fence[header])
			complain("<" name "> is fenced: only " fence[header] " may include it")

	if ($0 !~ /"/)
		next
	mine = file
	sub(/\/.*$/, "", mine)
	theirs = name
	if (!sub(/\/.*$/, "", theirs)) {
		complain("\"" name "\": write it from src/, as \"" mine "/" name "\"")
		next
	}
	if (!(mine in rank))
		complain(mine "/ is not in the list of layers")
	else if (!(theirs in rank))
		complain("\"" name "\": " theirs "/ is not in the list of layers")
	else if (rank[theirs] > rank[mine])
		complain(mine "/ may not include " theirs "/, which is to its right")
}

END { exit bad > 0 }
