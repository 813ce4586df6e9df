/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/shell_kind.h"

#include <string.h>

#include "base/compiler.h"

/*
 * A trailing digit in the program's name is a version: python3.11, lua5.3.
 * The letters of its short options that matter, as its manual page has them.
 */
static const struct {
	const char *name;
	enum shell_kind kind;
	const char *text;    /* the program's text comes next */
	const char *program; /* the program's name (a file, a module) does */
	const char *value;   /* another value does: of shells in the next argument, of
			      * interpreters in the rest of this one if there is one */
	const char *rest;    /* the rest of this argument is its value, if any */
	const char *words;   /* long options like text, a space around each */
} programs[] = {
	{ "sh", SHELL_SHELL, "c", "", "oO", "", "" },
	{ "bash", SHELL_SHELL, "c", "", "oO", "", "" },
	{ "rbash", SHELL_SHELL, "c", "", "oO", "", "" },
	{ "dash", SHELL_SHELL, "c", "", "o", "", "" },
	{ "ash", SHELL_SHELL, "c", "", "o", "", "" },
	{ "hush", SHELL_SHELL, "c", "", "", "", "" },
	{ "zsh", SHELL_SHELL, "c", "", "o", "", "" },
	{ "ksh", SHELL_SHELL, "c", "", "o", "", "" },
	{ "ksh93", SHELL_SHELL, "c", "", "o", "", "" },
	{ "mksh", SHELL_SHELL, "c", "", "o", "", "" },
	{ "lksh", SHELL_SHELL, "c", "", "o", "", "" },
	{ "pdksh", SHELL_SHELL, "c", "", "o", "", "" },
	{ "yash", SHELL_SHELL, "c", "", "o", "", "" },
	{ "csh", SHELL_SHELL, "c", "", "", "", "" },
	{ "tcsh", SHELL_SHELL, "c", "", "", "", "" },
	{ "fish", SHELL_SHELL, "c", "", "Cdo", "", " --command " },
	{ "pwsh", SHELL_SHELL, "", "", "", "",
	  " -c -command -e -ec -enc -encodedcommand " },
	{ "python", SHELL_INTERPRETER, "c", "m", "WXQ", "", "" },
	{ "pypy", SHELL_INTERPRETER, "c", "m", "WXQ", "", "" },
	{ "perl", SHELL_INTERPRETER, "eE", "", "I", "MmiFCdDlVx0", "" },
	{ "ruby", SHELL_INTERPRETER, "e", "", "IrCE", "FKTWxi0", "" },
	{ "php", SHELL_INTERPRETER, "rBRE", "fFS", "cdztg", "", " --run " },
	{ "lua", SHELL_INTERPRETER, "e", "", "l", "", "" },
	{ "node", SHELL_INTERPRETER, "ep", "", "rC", "", " --eval --print " },
	{ "nodejs", SHELL_INTERPRETER, "ep", "", "rC", "", " --eval --print " },
	{ "tclsh", SHELL_INTERPRETER, "", "", "", "", "" },
};

static struct slice program_name(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));

	if (slice_eq_str(name, "busybox") && image->argc) {
		name = slice_basename(slice_str(image->argv[0]));
		if (slice_starts(name, SLICE_LIT("busybox")) && image->argc > 1)
			name = slice_basename(slice_str(image->argv[1]));
	}
	return name;
}

/* "python3.11", "bash5", "bash-static" are python, bash, bash. */
static bool matches(struct slice name, const char *program)
{
	struct slice want = slice_str(program);
	struct slice rest;

	if (name.len == 0 || name.ptr[0] != program[0] || !slice_starts(name, want))
		return false;
	rest = slice_skip(name, want.len);
	if (slice_eq_str(rest, "-static"))
		return true;
	for (size_t i = 0; i < rest.len; i++) {
		if ((rest.ptr[i] < '0' || rest.ptr[i] > '9') && rest.ptr[i] != '.')
			return false;
	}
	return true;
}

static size_t row_of(const struct image *image)
{
	struct slice name = program_name(image);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		if (matches(name, programs[i].name))
			break;
	}
	return i;
}

enum shell_kind shell_kind(const struct image *image)
{
	size_t row = image->exe ? row_of(image) : ARRAY_SIZE(programs);

	return row < ARRAY_SIZE(programs) ? programs[row].kind : SHELL_NONE;
}

/*
 * The index of the first argument that is the program's own: under any name
 * that begins with busybox the applet's comes before (libbb/appletlib.c).
 */
static uint32_t first_arg(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->argv[0]));

	return slice_starts(name, SLICE_LIT("busybox")) ? 2 : 1;
}

/* Is word one of the list's, in whatever case? */
static bool in_words(const char *list, struct slice word)
{
	size_t len = strlen(list);

	for (size_t i = 0; i + word.len + 2 <= len; i++) {
		if (list[i] == ' ' &&
		    strncasecmp(list + i + 1, word.ptr, word.len) == 0 &&
		    list[i + 1 + word.len] == ' ')
			return true;
	}
	return false;
}

/* What an option does to the arguments behind it. */
enum effect { EFFECT_NONE, EFFECT_VALUE, EFFECT_TEXT, EFFECT_PROGRAM, EFFECT_STDIN };

/* "--command=..." and the like; -Command of PowerShell. */
static enum effect long_option(const char *arg, size_t row)
{
	static const char valued[] = " --rcfile --init-file --emulate --import --require "
				     "--loader -file -workingdirectory -executionpolicy "
				     "-inputformat -outputformat -windowstyle ";
	struct slice word = { arg, strcspn(arg, "=") };

	if (in_words(programs[row].words, word))
		return EFFECT_TEXT;
	if (in_words(" -file ", word))
		return EFFECT_PROGRAM;
	return !arg[word.len] && in_words(valued, word) ? EFFECT_VALUE : EFFECT_NONE;
}

/* Letters may be joined: "-xc" is "-x -c". */
static enum effect letters(const char *arg, size_t row)
{
	bool shell = programs[row].kind == SHELL_SHELL;
	enum effect effect = EFFECT_NONE;

	for (const char *at = arg + 1; *at; at++) {
		if (*arg == '-' && strchr(programs[row].text, *at))
			return EFFECT_TEXT;
		if (*arg == '-' && strchr(programs[row].program, *at))
			return EFFECT_PROGRAM;
		if (shell && *arg == '-' && *at == 's')
			effect = EFFECT_STDIN;
		if (strchr(programs[row].rest, *at))
			return EFFECT_NONE;
		if (!strchr(programs[row].value, *at))
			continue;
		if (!shell)
			return at[1] ? EFFECT_NONE : EFFECT_VALUE;
		effect = EFFECT_VALUE;
	}
	return effect;
}

static enum effect effect_of(const struct image *image, uint32_t i, size_t row)
{
	const char *arg = image->argv[i];
	bool dashed = strcmp(programs[row].name, "pwsh") == 0; /* has only long ones */
	enum effect effect;

	if (!dashed && strncmp(arg, "--", 2) != 0)
		return letters(arg, row);
	effect = long_option(arg, row);
	/* "-Command -": the text comes from the input */
	if (dashed && effect == EFFECT_TEXT && i + 1 < image->argc &&
	    strcmp(image->argv[i + 1], "-") == 0)
		return EFFECT_STDIN;
	return effect;
}

/* at: the index of the text or of the program's name. */
static enum shell_input scan(const struct image *image, size_t row, uint32_t *at)
{
	for (uint32_t i = first_arg(image); i < image->argc; i++) {
		const char *arg = image->argv[i];

		*at = i;
		if (strcmp(arg, "-") == 0)
			continue;
		if (arg[0] != '-' && arg[0] != '+')
			return SHELL_SCRIPT;
		if (strcmp(arg, "--") == 0) {
			*at = i + 1;
			return i + 1 < image->argc ? SHELL_SCRIPT : SHELL_READS_STDIN;
		}
		switch (effect_of(image, i, row)) {
		case EFFECT_TEXT: *at = i + 1; return SHELL_COMMAND;
		case EFFECT_PROGRAM: *at = i + 1; return SHELL_SCRIPT;
		case EFFECT_STDIN: return SHELL_READS_STDIN;
		case EFFECT_VALUE: i++; break;
		default: break;
		}
	}
	return SHELL_READS_STDIN;
}

enum shell_input shell_input(const struct image *image, enum shell_kind kind)
{
	uint32_t at = 0;

	if (kind == SHELL_NONE || image->argc == 0)
		return SHELL_READS_STDIN;
	return scan(image, row_of(image), &at);
}

const char *shell_argument(const struct image *image, enum shell_kind kind)
{
	uint32_t at = 0;

	if (kind == SHELL_NONE || image->argc == 0 ||
	    scan(image, row_of(image), &at) == SHELL_READS_STDIN || at >= image->argc)
		return NULL;
	return image->argv[at];
}
