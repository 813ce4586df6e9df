# SPDX-License-Identifier: GPL-2.0-or-later
# Puts the text files that are its arguments into a table of C strings:
#   awk -f build-aux/embed.awk FILE... >src/detect/builtin_rules.c

# Letter by letter: what gsub() makes of backslashes differs from awk to awk.
function escaped(text,    i, c, out)
{
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (c == "\\" || c == "\"" ? "\\" : "") c
	}
	return out
}

BEGIN {
	print "/* Made by build-aux/embed.awk. */"
	print "#include \"detect/builtin_rules.h\"\n"
	print "#include \"base/compiler.h\"\n"
	print "const struct builtin_rule builtin_rules[] = {"
}

FNR == 1 {
	if (open)
		print "\t},"
	name = FILENAME
	sub(/^.*\//, "", name)
	printf "\t{\n\t\t\"rules/%s\",\n", name
	open = 1
}

{
	printf "\t\t\"%s\\n\"\n", escaped($0)
}

END {
	if (open)
		print "\t},"
	print "};\n"
	print "const size_t builtin_rules_count = ARRAY_SIZE(builtin_rules);"
}
