/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cmd/cmd.h"
#include "cmd/completion.h"

static const struct cmd commands[] = {
	{ "analyze", "LOG...", "read audit logs, store and print findings", cmd_analyze },
	{ "plugin", "", "the same live, started by auditd", cmd_plugin },
	{ "findings", "", "list what was found, or count it", cmd_findings },
	{ "show", "ID...", "findings whole: process, evidence, what to do next",
	  cmd_show },
	{ "tree", "", "draw who started whom", cmd_tree },
	{ "report", "-o FILE.html", "write what was found as one HTML file", cmd_report },
	{ "export", "--to FORMAT", "write findings for other programs", cmd_export },
	{ "manifest", "record|show|verify|diff ...", "record images, look into manifests",
	  cmd_manifest },
	{ "intel", "import|list|remove|match ...",
	  "take lists of indicators in, hold them against findings", cmd_intel },
	{ "learn", "LOG...", "propose exceptions from honest days", cmd_learn },
	{ "rules", "", "print the audit rules that the detectors need", cmd_rules },
	{ "doctor", "LOG... | --live", "tell what the detectors cannot see, and why",
	  cmd_doctor },
};

static void usage(FILE *to)
{
	fputs("usage: auspex COMMAND [OPTION]... [ARGUMENT]...\n\ncommands:\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-9s %-29s %s\n", commands[i].name, commands[i].args,
			commands[i].summary);
	fputs("\n'auspex COMMAND --help' tells more; auspex(1) tells all.\n", to);
}

/* getopt(3) begins its messages with argv[0]. */
static int run(const struct cmd *cmd, int argc, char **argv)
{
	char whole[32];

	snprintf(whole, sizeof(whole), "auspex: %s", cmd->name);
	argv[0] = whole;
	return cmd->run(argc, argv);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	char help[] = "--help";

	/* Only what can be shown: numbers and order stay as in any other place. */
	setlocale(LC_CTYPE, "");
	/* "help analyze" is "analyze --help". */
	if (strcmp(name, "help") == 0 && argc > 2) {
		argv[1] = argv[2];
		argv[2] = help;
		name = argv[1];
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
	    strcmp(name, "help") == 0) {
		usage(stdout);
		return STATUS_OK;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 ||
	    strcmp(name, "version") == 0) {
		puts(PACKAGE_STRING);
		return STATUS_OK;
	}
	/* For make install, and who installs it by hand. */
	if (strcmp(name, "completion") == 0)
		return completion_print(argc == 3 ? argv[2] : NULL, commands,
					ARRAY_SIZE(commands));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	}
	if (*name)
		fprintf(stderr, "auspex: \"%s\" is no command\n", name);
	usage(stderr);
	return STATUS_USAGE;
}
