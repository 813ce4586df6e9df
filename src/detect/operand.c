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

/* Those that shell_kind() does not know, and how they are given a script. */
static const struct {
	const char *program;
	const char *option; /* NULL: the first argument that is no option */
} others[] = {
	{ "awk", "-f" },    { "gawk", "-f" },  { "mawk", "-f" },    { "nawk", "-f" },
	{ "expect", NULL }, { "wish", NULL },  { "java", "-jar" },  { "Rscript", NULL },
	{ "guile", NULL },  { "julia", NULL }, { "escript", NULL }, { "php", "-f" },
};

static const char *other_operand(const struct image *image)
{
	struct slice name = program_name(image);
	size_t row;

	for (row = 0; row < ARRAY_SIZE(others); row++) {
		if (slice_starts(name, slice_str(others[row].program)))
			break;
	}
	if (row == ARRAY_SIZE(others))
		return NULL;
	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i], *option = others[row].option;

		if (!option && arg[0] != '-')
			return arg;
		if (option && strcmp(arg, option) == 0)
			return i + 1 < image->argc ? image->argv[i + 1] : NULL;
	}
	return NULL;
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
