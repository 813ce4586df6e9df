/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/operand.h"

#include <string.h>

#include "base/compiler.h"
#include "detect/honest.h"
#include "detect/program.h"
#include "detect/shell_kind.h"

/* ---- the dynamic loader ---- */

/* Options of ld.so, elf/rtld.c of glibc; of musl's, ldso/dynlink.c. */
static const struct {
	const char *name;
	enum { TAKES_NOTHING, TAKES_VALUE, RUNS_NOTHING } kind;
} loader_options[] = {
	{ "--list", RUNS_NOTHING },
	{ "--verify", RUNS_NOTHING },
	{ "--help", RUNS_NOTHING },
	{ "--version", RUNS_NOTHING },
	{ "--list-tunables", RUNS_NOTHING },
	{ "--list-diagnostics", RUNS_NOTHING },
	{ "--library-path", TAKES_VALUE },
	{ "--inhibit-rpath", TAKES_VALUE },
	{ "--audit", TAKES_VALUE },
	{ "--preload", TAKES_VALUE },
	{ "--argv0", TAKES_VALUE },
	{ "--glibc-hwcaps-prepend", TAKES_VALUE },
	{ "--glibc-hwcaps-mask", TAKES_VALUE },
	{ "--inhibit-cache", TAKES_NOTHING },
	{ "--", TAKES_NOTHING },
};

/* "ld-linux-x86-64.so.2", "ld-2.31.so", "ld.so", "ld64.so.2", "ld-musl-x86_64.so.1" */
bool operand_is_loader(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));

	return slice_starts(name, SLICE_LIT("ld-linux")) ||
	       slice_starts(name, SLICE_LIT("ld-musl-")) ||
	       slice_starts(name, SLICE_LIT("ld64.so")) || slice_eq_str(name, "ld.so") ||
	       slice_eq_str(name, "ld.so.1") ||
	       (slice_starts(name, SLICE_LIT("ld-2.")) &&
		slice_ends(name, SLICE_LIT(".so")));
}

const char *operand_loaded(const struct image *image)
{
	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i];
		size_t k;

		if (strncmp(arg, "--", 2) != 0)
			return arg;
		for (k = 0; k < ARRAY_SIZE(loader_options); k++) {
			if (strcmp(arg, loader_options[k].name) == 0)
				break;
		}
		if (k == ARRAY_SIZE(loader_options))
			continue; /* --library-path=... and what is newer than this */
		if (loader_options[k].kind == RUNS_NOTHING)
			return NULL;
		i += loader_options[k].kind == TAKES_VALUE;
	}
	return NULL;
}

bool operand_is_ldd(const struct image *image)
{
	const char *script = image ? image_script(image) : NULL;

	return script && honest_place(script) &&
	       slice_eq_str(slice_basename(slice_str(script)), "ldd");
}

/* ---- interpreters ---- */

/* Those that shell_kind() does not know: the first argument that is no option. */
static const char *const others[] = { "expect", "wish",  "Rscript",
				      "guile",  "julia", "escript" };

/* Options behind which a further text stands, in the manuals of the programs. */
static const struct {
	const char *program, *option;
} options[] = {
	{ "awk", "-f" },
	{ "awk", "--file" },
	{ "gawk", "-f" },
	{ "gawk", "--file" },
	{ "gawk", "-i" },
	{ "gawk", "--include" },
	{ "mawk", "-f" },
	{ "nawk", "-f" },
	{ "original-awk", "-f" },
	{ "java", "-jar" },
	{ "bash", "--rcfile" },
	{ "bash", "--init-file" },
	{ "node", "-r" },
	{ "node", "--require" },
	{ "node", "--import" },
	{ "nodejs", "-r" },
	{ "nodejs", "--require" },
	{ "nodejs", "--import" },
	{ "gdb", "-x" },
	{ "gdb", "--command" },
	{ "gdb", "-command" },
	{ "vim", "-S" },
	{ "ex", "-S" },
	{ "nvim", "-S" },
	{ "sqlite", "-init" },
	{ "R", "-f" },
	{ "R", "--file" },
	{ "octave", "--eval-file" },
};

/* "vim.tiny", "python3.11", "gawk-5.2.1" are vim, python, gawk. */
static bool is_program(struct slice name, const char *want)
{
	struct slice rest = slice_skip(name, strlen(want));

	if (!slice_starts(name, slice_str(want)))
		return false;
	return rest.len == 0 || rest.ptr[0] == '.' || rest.ptr[0] == '-' ||
	       (rest.ptr[0] >= '0' && rest.ptr[0] <= '9');
}

static const char *other_operand(const struct image *image)
{
	struct slice name = program_name(image);
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		known |= is_program(name, others[i]);
	for (uint32_t i = 1; known && i < image->argc; i++) {
		if (image->argv[i][0] != '-')
			return image->argv[i];
	}
	return NULL;
}

/* "-f x", "-fx", "--file x", "--file=x"; NULL: it is not that option. */
static const char *value_of(const struct image *image, uint32_t i, const char *option)
{
	const char *arg = image->argv[i];
	size_t len = strlen(option);

	if (strncmp(arg, option, len) != 0)
		return NULL;
	if (!arg[len])
		return i + 1 < image->argc ? image->argv[i + 1] : NULL;
	if (arg[len] == '=')
		return arg + len + 1;
	return len == 2 ? arg + len : NULL;
}

const char *operand_option(const struct image *image)
{
	struct slice name = program_name(image);
	bool words = false; /* what follows may be arguments of the script */

	for (uint32_t i = 1; i < image->argc && !words; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(options); k++) {
			const char *value =
				is_program(name, options[k].program)
					? value_of(image, i, options[k].option)
					: NULL;

			if (value)
				return value;
		}
		/* Else it may be the value of the option before it. */
		words = image->argv[i][0] != '-' && image->argv[i - 1][0] != '-';
	}
	return NULL;
}

bool operand_is_module(const struct image *image, const char *operand)
{
	if (!is_program(program_name(image), "python") &&
	    !is_program(program_name(image), "pypy"))
		return false;
	for (uint32_t i = 2; i < image->argc; i++) {
		if (image->argv[i] == operand) {
			struct slice before = slice_str(image->argv[i - 1]);

			return slice_starts(before, SLICE_LIT("-")) &&
			       slice_ends(before, SLICE_LIT("m"));
		}
	}
	return false;
}

const char *operand_script(const struct image *image, bool *from_stdin)
{
	enum shell_kind kind = shell_kind(image);
	enum shell_input input = shell_input(image, kind);
	const char *operand = other_operand(image);

	*from_stdin = !operand && kind != SHELL_NONE && image->argc &&
		      input == SHELL_READS_STDIN;
	if (!operand && kind != SHELL_NONE && input == SHELL_SCRIPT)
		operand = shell_argument(image, kind);
	return operand;
}
