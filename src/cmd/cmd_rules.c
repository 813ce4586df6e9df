/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex rules: the audit rules that the detectors need. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "audit/names.h"
#include "audit/rules.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"

static const char usage[] =
	"usage: auspex rules [OPTION]...\n"
	"\n"
	"Prints the audit rules that auspex needs, for /etc/audit/rules.d/. minimal sees\n"
	"programs, sockets and copied descriptors; standard also sees processes, pipes,\n"
	"code that is loaded and files that change; full also sees every file that is\n"
	"opened.\n"
	"\n"
	"  -p, --profile PROFILE      minimal, standard (default) or full\n"
	"      --arch MACHINE         x86_64 or aarch64 (default: this machine)\n"
	"      --exe PATH             the program that is not audited: auspex itself\n"
	"                             (default: " PROGRAM_FILE ")\n"
	"      --io-uring             rules for io_uring too, which auditctl knows from\n"
	"                             version 3.1 on (default: if it does here, and\n"
	"                             --arch is not given)\n"
	"      --no-proctitle         leave PROCTITLE records out, which auspex does not\n"
	"                             need: of all rules, whoever made them\n"
	"  -h, --help                 print this help\n"
	"\n"
	"exit status: 0 done; 2 wrong usage\n";

enum { OPT_ARCH = 256, OPT_EXE, OPT_IO_URING, OPT_NO_PROCTITLE };

static const struct option options[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "exe", required_argument, NULL, OPT_EXE },
	{ "io-uring", no_argument, NULL, OPT_IO_URING },
	{ "no-proctitle", no_argument, NULL, OPT_NO_PROCTITLE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(struct rules_options *rules, const char **machine, int opt)
{
	switch (opt) {
	case 'p':
		if (rules_profile_parse(optarg, &rules->profile))
			return 0;
		complain("rules: \"%s\" is no profile: use minimal, standard or full",
			 optarg);
		return -1;
	case OPT_ARCH: *machine = optarg; return 0;
	case OPT_EXE: rules->exe = optarg; return 0;
	case OPT_IO_URING: rules->io_uring = true; return 0;
	case OPT_NO_PROCTITLE: rules->no_titles = true; return 0;
	default: return -1;
	}
}

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct rules_options *rules, int argc, char **argv)
{
	const char *machine = NULL;
	struct utsname here;
	int opt;

	uname(&here);
	while ((opt = getopt_long(argc, argv, "p:h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return 1;
		}
		if (take_option(rules, &machine, opt) != 0)
			return -1;
	}
	if (optind < argc) {
		complain("rules: \"%s\" is too much", argv[optind]);
		return -1;
	}
	if (!machine)
		rules->io_uring = rules->io_uring || knows_io_uring_rules();
	if (rules_machine_parse(machine ? machine : here.machine, &rules->arch))
		return 0;
	complain("rules: no rules are known for \"%s\": use --arch x86_64 or aarch64",
		 machine ? machine : here.machine);
	return -1;
}

int cmd_rules(int argc, char **argv)
{
	struct rules_options rules = { .profile = RULES_STANDARD, .exe = PROGRAM_FILE };
	struct strbuf text;
	int rc = parse(&rules, argc, argv);

	if (rc < 0)
		fputs("auspex: rules: see 'auspex rules --help'\n", stderr);
	if (rc != 0)
		return rc < 0 ? STATUS_USAGE : STATUS_OK;
	strbuf_init(&text);
	rules_add(&text, &rules);
	fputs(strbuf_str(&text), stdout);
	strbuf_fini(&text);
	return STATUS_OK;
}
