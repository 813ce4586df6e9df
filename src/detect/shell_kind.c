/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/shell_kind.h"

#include <string.h>

#include "base/compiler.h"

/* A trailing digit in the program's name is a version: python3.11, lua5.3. */
static const struct {
	const char *name;
	enum shell_kind kind;
	const char *command; /* the option that a program text follows */
	const char *valued;  /* other one-letter options that take a value */
} programs[] = {
	{ "sh", SHELL_SHELL, "-c", "oO" },
	{ "bash", SHELL_SHELL, "-c", "oO" },
	{ "rbash", SHELL_SHELL, "-c", "oO" },
	{ "dash", SHELL_SHELL, "-c", "o" },
	{ "ash", SHELL_SHELL, "-c", "o" },
	{ "hush", SHELL_SHELL, "-c", "" },
	{ "zsh", SHELL_SHELL, "-c", "o" },
	{ "ksh", SHELL_SHELL, "-c", "o" },
	{ "ksh93", SHELL_SHELL, "-c", "o" },
	{ "mksh", SHELL_SHELL, "-c", "o" },
	{ "lksh", SHELL_SHELL, "-c", "o" },
	{ "pdksh", SHELL_SHELL, "-c", "o" },
	{ "yash", SHELL_SHELL, "-c", "o" },
	{ "csh", SHELL_SHELL, "-c", "" },
	{ "tcsh", SHELL_SHELL, "-c", "" },
	{ "fish", SHELL_SHELL, "-c", "C" },
	{ "pwsh", SHELL_SHELL, "-c", "" },
	{ "python", SHELL_INTERPRETER, "-c", "mWX" },
	{ "perl", SHELL_INTERPRETER, "-e", "I" },
	{ "ruby", SHELL_INTERPRETER, "-e", "IrC" },
	{ "php", SHELL_INTERPRETER, "-r", "cdzt" },
	{ "lua", SHELL_INTERPRETER, "-e", "l" },
	{ "node", SHELL_INTERPRETER, "-e", "r" },
	{ "nodejs", SHELL_INTERPRETER, "-e", "r" },
	{ "tclsh", SHELL_INTERPRETER, "-c", "" },
};

static struct slice program_name(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));

	if (slice_eq_str(name, "busybox") && image->argc) {
		name = slice_basename(slice_str(image->argv[0]));
		if (slice_eq_str(name, "busybox") && image->argc > 1)
			name = slice_basename(slice_str(image->argv[1]));
	}
	return name;
}

/* "python3.11", "bash5", "bash-static" are python, bash, bash. */
static bool matches(struct slice name, const char *program)
{
	struct slice want = slice_str(program);
	struct slice rest;

	if (!slice_starts(name, want))
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

/* The index of the first argument that is the program's own. */
static uint32_t first_arg(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->argv[0]));

	return slice_eq_str(name, "busybox") ? 2 : 1;
}

/* Options may be joined: "-xc" is "-x -c". */
static bool has_letter(const char *option, char letter)
{
	return option[0] == '-' && option[1] != '-' && strchr(option + 1, letter);
}

static enum shell_input scan(const struct image *image, size_t row, uint32_t *at)
{
	char command = programs[row].command[1];

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
		if (has_letter(arg, command)) {
			*at = i + 1;
			return SHELL_COMMAND;
		}
		if (programs[row].kind == SHELL_SHELL && has_letter(arg, 's'))
			return SHELL_READS_STDIN;
		if (arg[0] == '-' && arg[1] && !arg[2] &&
		    strchr(programs[row].valued, arg[1]))
			i++;
		if (strcmp(arg, "--rcfile") == 0 || strcmp(arg, "--init-file") == 0)
			i++;
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
