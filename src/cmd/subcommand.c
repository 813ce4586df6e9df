/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/subcommand.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/complain.h"

enum { TEXT_COLUMN = 26 }; /* of an option's text in the help */

static void print_usage(const struct subcommands *subs, FILE *to)
{
	int width = 0;

	for (size_t i = 0; i < subs->n; i++) {
		int len = (int)strlen(subs->list[i].args);

		width = len > width ? len : width;
	}
	fprintf(to, "usage: auspex %s COMMAND [OPTION]... [ARGUMENT]...\n\n",
		subs->command);
	for (size_t i = 0; i < subs->n; i++)
		fprintf(to, "  %-7s %-*s  %s\n", subs->list[i].name, width,
			subs->list[i].args, subs->list[i].summary);
	fprintf(to, "\n%s'auspex %s COMMAND --help' tells the options.\n", subs->more,
		subs->command);
}

static void print_option(const struct sub_option *option)
{
	const char *text = option->text, *rest = strchr(text, '\n');
	int len = rest ? (int)(rest - text) : (int)strlen(text);
	char name[TEXT_COLUMN];

	snprintf(name, sizeof(name), "%s%s%s", option->name, option->arg ? " " : "",
		 option->arg ? option->arg : "");
	printf("  -%c, --%-*s %.*s\n", option->letter, TEXT_COLUMN - 9, name, len, text);
	if (rest)
		printf("%*s%s\n", TEXT_COLUMN, "", rest + 1);
}

static void print_help(const struct subcommands *subs, const struct subcommand *sub)
{
	printf("usage: auspex %s %s [OPTION]...%s%s\n\n%s\n\n", subs->command, sub->name,
	       *sub->args ? " " : "", sub->args, sub->summary);
	for (size_t i = 0; i < subs->noptions; i++) {
		if (strchr(subs->options[i].subs, sub->name[0]))
			print_option(&subs->options[i]);
	}
}

static int usage_error(const struct subcommands *subs, const struct subcommand *sub,
		       const char *what, const char *word)
{
	complain("%s %s: %s %s: see auspex %s %s --help", subs->command, sub->name, what,
		 word, subs->command, sub->name);
	return STATUS_USAGE;
}

/* The table in the form that getopt_long wants. */
static void make_getopt(const struct subcommands *subs, const struct subcommand *sub,
			struct option *longs, char *shorts)
{
	assert(subs->noptions <= SUB_OPTIONS_MAX);
	*shorts++ = ':';
	for (size_t i = 0; i < subs->noptions; i++) {
		const struct sub_option *option = &subs->options[i];

		if (!strchr(option->subs, sub->name[0]))
			continue;
		*longs++ = (struct option){ option->name,
					    option->arg ? required_argument : no_argument,
					    NULL, option->letter };
		*shorts++ = option->letter;
		if (option->arg)
			*shorts++ = ':';
	}
	*longs = (struct option){ 0 };
	*shorts = '\0';
}

static int run(const struct subcommands *subs, const struct subcommand *sub, void *args,
	       int argc, char **argv)
{
	struct option longs[SUB_OPTIONS_MAX + 1];
	char shorts[2 * SUB_OPTIONS_MAX + 2];
	int letter, n;

	make_getopt(subs, sub, longs, shorts);
	optind = 0;
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (letter == 'h') {
			print_help(subs, sub);
			return STATUS_OK;
		}
		if (letter == ':')
			return usage_error(subs, sub, "no value for", word);
		if (letter == '?')
			return usage_error(subs, sub, "no such option:", word);
		if (!subs->take(args, letter))
			return usage_error(subs, sub,
					   "no such value, or too many of them:", word);
	}
	n = argc - optind;
	if (n > sub->names_max && sub->names_max == 0)
		return usage_error(subs, sub, "takes no argument:", argv[optind]);
	if (n < sub->names_min || n > sub->names_max)
		return usage_error(subs, sub, "give", sub->args);
	subs->take_names(args, argv + optind, n);
	return sub->run(args);
}

int subcommands_run(const struct subcommands *subs, void *args, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_usage(subs, stdout);
		return STATUS_OK;
	}
	for (size_t i = 0; i < subs->n; i++) {
		if (strcmp(name, subs->list[i].name) == 0)
			return run(subs, &subs->list[i], args, argc - 1, argv + 1);
	}
	if (*name)
		complain("%s: \"%s\" is no command", subs->command, name);
	print_usage(subs, stderr);
	return STATUS_USAGE;
}
