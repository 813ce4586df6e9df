/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/completion.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cmd/complain.h"
#include "report/report.h"
#include "store/query.h"

/* They have lines of their own; what stands between two @ is put in. */
/* clang-format off */

static const char bash[] =
	"# auspex(1) completion; auspex completion bash prints it.\n"
	"_auspex()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal words= command=${COMP_WORDS[1]}\n"
	"\n"
	"\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	"\t\twords=\"@commands@ --help --version\"\n"
	"\telse\n"
	"\t\tcase $command:$prev in\n"
	"\t\t*:-f | *:--format | *:--to | export:-t) words=\"@formats@\" ;;\n"
	"\t\t*:--severity | *:--fail-on | findings:-s | report:-s) words=\"@severities@\" ;;\n"
	"\t\tfindings:--sort) words=\"@orders@\" ;;\n"
	"\t\t*:-D | *:--detector) words=\"@detectors@\" ;;\n"
	"\t\trules:-p | *:--profile) words=\"minimal standard full\" ;;\n"
	"\t\trules:--arch) words=\"x86_64 aarch64\" ;;\n"
	"\t\tmanifest:manifest) words=\"record show verify diff\" ;;\n"
	"\t\tintel:intel) words=\"import list remove match\" ;;\n"
	"\t\t*)\n"
	"\t\t\tcase $cur in\n"
	"\t\t\t-*) words=$(\"${COMP_WORDS[0]}\" \"$command\" --help 2>/dev/null |\n"
	"\t\t\t\tsed -n 's/^ *\\(-[A-Za-z],\\)\\{0,1\\} *\\(--[a-z0-9-]*\\).*/\\2/p') ;;\n"
	"\t\t\tesac ;;\n"
	"\t\tesac\n"
	"\tfi\n"
	"\t# The words have no blanks in them.\n"
	"\t# shellcheck disable=SC2207\n"
	"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"}\n"
	"complete -o default -F _auspex auspex\n";

static const char zsh[] =
	"#compdef auspex\n"
	"# auspex(1) completion; auspex completion zsh prints it.\n"
	"_auspex()\n"
	"{\n"
	"\tlocal -a commands list\n"
	"\tlocal prev=${words[CURRENT-1]} command=${words[2]}\n"
	"\n"
	"\tcommands=(\n"
	"@described@\n"
	"\t)\n"
	"\tif (( CURRENT == 2 )); then\n"
	"\t\t_describe command commands\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase $command:$prev in\n"
	"\t*:-f | *:--format | *:--to | export:-t) list=(@formats@) ;;\n"
	"\t*:--severity | *:--fail-on | findings:-s | report:-s) list=(@severities@) ;;\n"
	"\tfindings:--sort) list=(@orders@) ;;\n"
	"\t*:-D | *:--detector) list=(@detectors@) ;;\n"
	"\trules:-p | *:--profile) list=(minimal standard full) ;;\n"
	"\trules:--arch) list=(x86_64 aarch64) ;;\n"
	"\tmanifest:manifest) list=(record show verify diff) ;;\n"
	"\tintel:intel) list=(import list remove match) ;;\n"
	"\t*)\n"
	"\t\tif [[ ${words[CURRENT]} == -* ]]; then\n"
	"\t\t\tlist=(${(f)\"$(${words[1]} $command --help 2>/dev/null |\n"
	"\t\t\t\tsed -n 's/^ *\\(-[A-Za-z],\\)\\{0,1\\} *\\(--[a-z0-9-]*\\).*/\\2/p')\"})\n"
	"\t\tfi ;;\n"
	"\tesac\n"
	"\tif (( $#list )); then\n"
	"\t\tcompadd -a list\n"
	"\telse\n"
	"\t\t_files\n"
	"\tfi\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _auspex ]; then\n"
	"\t_auspex \"$@\"\n"
	"elif (( $+functions[compdef] )); then\n"
	"\tcompdef _auspex auspex\n"
	"fi\n";

static const char fish[] =
	"# auspex(1) completion; auspex completion fish prints it.\n"
	"function __auspex_options\n"
	"\tset -l words (commandline -opc)\n"
	"\ttest (count $words) -ge 2; or return\n"
	"\t$words[1] $words[2] --help 2>/dev/null |\n"
	"\t\tsed -n 's/^ *\\(-[A-Za-z],\\)\\{0,1\\} *\\(--[a-z0-9-]*\\).*/\\2/p'\n"
	"end\n"
	"function __auspex_after\n"
	"\tcontains -- (commandline -opc)[-1] $argv\n"
	"end\n"
	"@fish@\n"
	"complete -c auspex -n 'string match -q -- \"-*\" (commandline -ct)' -a '(__auspex_options)'\n"
	"complete -c auspex -f -n '__auspex_after -f --format --to' -a '@formats@'\n"
	"complete -c auspex -f -n '__auspex_after --severity --fail-on' -a '@severities@'\n"
	"complete -c auspex -f -n '__auspex_after --sort' -a '@orders@'\n"
	"complete -c auspex -f -n '__auspex_after -D --detector' -a '@detectors@'\n"
	"complete -c auspex -f -n '__auspex_after -p --profile' -a 'minimal standard full'\n"
	"complete -c auspex -f -n '__auspex_after --arch' -a 'x86_64 aarch64'\n"
	"complete -c auspex -f -n '__auspex_after manifest' -a 'record show verify diff'\n"
	"complete -c auspex -f -n '__auspex_after intel' -a 'import list remove match'\n";

/* clang-format on */

struct tables {
	const struct cmd *commands;
	size_t n;
};

/* None of the names and summaries has a quote in it. */
static void put_commands(const struct tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		printf("%s%s", i ? " " : "", t->commands[i].name);
}

static void put_described(const struct tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		printf("%s\t\t'%s:%s'", i ? "\n" : "", t->commands[i].name,
		       t->commands[i].summary);
}

static void put_fish(const struct tables *t)
{
	for (size_t i = 0; i < t->n; i++)
		printf("%scomplete -c auspex -f -n __fish_use_subcommand -a %s -d '%s'",
		       i ? "\n" : "", t->commands[i].name, t->commands[i].summary);
}

static void put_formats(const struct tables *t UNUSED)
{
	for (const struct report_format *f = report_formats(); f->name; f++)
		printf("%s%s", f == report_formats() ? "" : " ", f->name);
}

static void put_severities(const struct tables *t UNUSED)
{
	for (int i = 0; i < SEV_MAX; i++)
		printf("%s%s", i ? " " : "", severity_name((enum severity)i));
}

static void put_orders(const struct tables *t UNUSED)
{
	for (int i = 0; i < ORDERS; i++)
		printf("%s%s", i ? " " : "", finding_order_name((enum finding_order)i));
}

static void put_detectors(const struct tables *t UNUSED)
{
	for (int i = 0; i < DETECTOR_MAX; i++)
		printf("%s%s", i ? " " : "", detector_info((enum detector_id)i)->id);
}

static const struct {
	const char *name;
	void (*put)(const struct tables *t);
} parts[] = {
	{ "commands@", put_commands },
	{ "described@", put_described },
	{ "fish@", put_fish },
	{ "formats@", put_formats },
	{ "severities@", put_severities },
	{ "detectors@", put_detectors },
	{ "orders@", put_orders },
};

/* The length of the part that text names, printed; 0: it names none. */
static size_t put_part(const char *text, const struct tables *tables)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i].name);

		if (strncmp(text, parts[i].name, len) != 0)
			continue;
		parts[i].put(tables);
		return len;
	}
	return 0;
}

int completion_print(const char *shell, const struct cmd *commands, size_t n)
{
	static const struct {
		const char *name, *script;
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	struct tables tables = { .commands = commands, .n = n };
	const char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (shell && strcmp(shell, shells[i].name) == 0)
			text = shells[i].script;
	}
	if (!text) {
		complain("completion: say for which shell: bash, zsh or fish");
		return STATUS_USAGE;
	}
	while (*text) {
		size_t len = *text == '@' ? put_part(text + 1, &tables) : 0;

		if (len == 0)
			putchar(*text);
		text += len + 1;
	}
	return fflush(stdout) == 0 ? STATUS_OK : STATUS_INPUT;
}
