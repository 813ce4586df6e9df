# SPDX-License-Identifier: GPL-2.0-or-later
# Holds the sources to their shape:
#   awk -f build-aux/shape.awk FILE...    (from the top, as src/... and tests/...)
# an SPDX line first, .c files of at most 800 lines and .h files of at most
# 200, functions of at most 100 lines, no call of a function that cannot be
# used safely, and printing and leaving the program only in cmd/. Prints
# FILE:LINE and the reason for each breach; exits 1 if there was one.

function complain(line, text)
{
	printf "%s:%d: %s\n", file, line, text
	bad++
}

function without_comments(text,  start, end)
{
	if (in_comment) {
		end = index(text, "*/")
		if (!end)
			return ""
		text = substr(text, end + 2)
		in_comment = 0
	}
	while ((start = index(text, "/*"))) {
		end = index(substr(text, start + 2), "*/")
		if (!end) {
			in_comment = 1
			return substr(text, 1, start - 1)
		}
		text = substr(text, 1, start - 1) " " substr(text, start + end + 3)
	}
	sub(/\/\/.*$/, "", text)
	return text
}

function finish(  limit)
{
	limit = file ~ /\.h$/ ? 200 : 800
	if (file ~ /\.[ch]$/ && lines > limit)
		complain(lines, "longer than " limit " lines: split it")
}

BEGIN {
	unsafe = "(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|" \
		"atoi|atol|atoll|atof|sscanf|gmtime|localtime|ctime|asctime|" \
		"alloca|system|popen|tmpnam|mktemp)"
	loud = "(printf|vprintf|puts|putchar|perror|exit|_exit|err|errx|warn|warnx)"
}

FNR == 1 {
	if (file != "")
		finish()
	file = FILENAME
	opened = 0
	in_comment = 0
	if ($0 !~ /SPDX-License-Identifier: GPL-2\.0-or-later/)
		complain(1, "the first line is not the SPDX line")
}

{
	lines = FNR
	code = $0
}

# Only code is looked at: strings and comments are taken out.
{
	gsub(/\\./, "", code)
	gsub(/"[^"]*"/, "\"\"", code)
	code = without_comments(code)
}

code ~ "(^|[^A-Za-z0-9_>.])" unsafe "[ \t]*\\(" {
	complain(FNR, "calls a function that cannot be used safely: " $0)
}

file ~ /^src\// && file !~ /^src\/(cmd\/|keeper\/(main|keeper)\.c$)/ &&
code ~ "(^|[^A-Za-z0-9_>.])" loud "[ \t]*\\(" {
	complain(FNR, "prints or leaves the program outside of cmd/ and the keeper: " $0)
}

/^\{/ { opened = FNR }
/^\}/ && opened {
	if (FNR - opened > 100)
		complain(opened, "a function of " FNR - opened " lines: split it")
	opened = 0
}

END {
	if (file != "")
		finish()
	exit bad > 0
}
