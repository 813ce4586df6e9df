/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex doctor: what the detectors can see, and what would open their eyes. */
#include <getopt.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit/names.h"
#include "base/compiler.h"
#include "cmd/auditd_conf.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "config/config.h"
#include "engine/doctor.h"

static const char usage[] =
	"usage: auspex doctor [OPTION]... LOG...\n"
	"       auspex doctor [OPTION]... --live\n"
	"\n"
	"Tells for each detector whether it sees, sees in part or is blind: by what the\n"
	"logs hold, or by the audit rules that are loaded in the kernel and the settings\n"
	"of auditd. Then the rules that are missing. In a log, what did not happen\n"
	"cannot be told from what was not audited.\n"
	"\n"
	"  -l, --live                 look at this machine; needs root\n"
	"      --auditd DIR           auditd's settings are here (default: /etc/audit)\n"
	"  -m, --manifest             take it that a manifest will be given\n"
	"  -i, --intel                take it that indicators will be given\n"
	"  -c, --config FILE          read settings from FILE (default: " SETTINGS_FILE
	")\n"
	"  -h, --help                 print this help\n"
	"\n"
	"exit status: 0 all detectors see; 1 some do not, or not all; 2 wrong usage;\n"
	"3 the logs, or the kernel's rules, could not be read\n";

struct doctor {
	const char *config_path, *auditd_dir;
	bool live, manifest, intel;
	uint32_t arch;
	struct doctor_view view;
	struct doctor_kernel kernel;
	bool wanted[SENSE_MAX]; /* some detector lacks it */
	unsigned poor;          /* detectors that do not see all, other troubles */
};

enum { OPT_AUDITD = 256 };

static const struct option options[] = {
	{ "live", no_argument, NULL, 'l' },
	{ "auditd", required_argument, NULL, OPT_AUDITD },
	{ "manifest", no_argument, NULL, 'm' },
	{ "intel", no_argument, NULL, 'i' },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* 0: go on; 1: done (help); -1: wrong. */
static int parse(struct doctor *d, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "lmic:h", options, NULL)) != -1) {
		switch (opt) {
		case 'l': d->live = true; break;
		case OPT_AUDITD: d->auditd_dir = optarg; break;
		case 'm': d->manifest = true; break;
		case 'i': d->intel = true; break;
		case 'c': d->config_path = optarg; break;
		case 'h': fputs(usage, stdout); return 1;
		default: return -1;
		}
	}
	if (d->live == (optind < argc)) {
		complain(d->live ? "doctor: give logs or --live, not both"
				 : "doctor: give a log, or --live");
		return -1;
	}
	return 0;
}

/* What stands in the settings goes for the plugin, and is there. */
static void read_settings(struct doctor *d)
{
	const char *path = d->config_path ? d->config_path : SETTINGS_FILE;
	struct config config;
	struct err err;

	config_init(&config);
	if ((d->config_path || access(path, F_OK) == 0) &&
	    config_load(&config, path, &err) != 0) {
		complain("%s", err.msg);
		d->poor++;
	}
	d->view.manifest = d->manifest || config.plugin_manifests.count > 0;
	d->view.intel = d->intel || config.intel.count > 0;
	config_fini(&config);
}

static void print_lacks(struct doctor *d, const struct doctor_lack *lacks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		printf("%s%s%.*s", i ? ", " : "", lacks[i].part ? "partly " : "",
		       SLICE_FMT(lacks[i].word));
		if (lacks[i].sense != SENSE_MAX)
			d->wanted[lacks[i].sense] = true;
	}
	putchar('\n');
}

static void print_detectors(struct doctor *d)
{
	static const char *const sights[] = { "blind", "partly", "sees" };
	int width = 0;

	for (size_t i = 0; i < DETECTOR_MAX; i++) {
		int len = (int)strlen(detector_info((enum detector_id)i)->id);

		width = len > width ? len : width;
	}
	printf("%-*s %-7s %s\n", width, "DETECTOR", "SIGHT", "WHAT IS MISSING");
	for (size_t i = 0; i < DETECTOR_MAX; i++) {
		const struct detector_info *info = detector_info((enum detector_id)i);
		struct doctor_lack lacks[DOCTOR_LACKS_MAX];
		enum doctor_sight sight;
		size_t n;

		sight = doctor_look(info, &d->view, lacks, &n);
		printf("%-*s %-7s ", width, info->id, sights[sight]);
		print_lacks(d, lacks, n);
		d->poor += sight != SIGHT_SEES;
	}
}

static void print_rules(const struct doctor *d)
{
	struct strbuf text;

	strbuf_init(&text);
	for (size_t s = 0; s < SENSE_MAX; s++) {
		if (!d->wanted[s])
			continue;
		strbuf_printf(&text, "\n# %s\n", sense_info((enum sense)s)->text);
		rules_add_sense(&text, d->arch, (enum sense)s);
	}
	if (text.len)
		printf("\nRules to add (all of them: auspex rules):\n%s",
		       strbuf_str(&text));
	strbuf_fini(&text);
}

static void say(struct doctor *d, const char *what)
{
	printf("  ! %s\n", what);
	d->poor++;
}

/* One line each for what is wrong with the kernel's side. */
static void print_kernel(struct doctor *d)
{
	const struct kernel_audit *k = &d->kernel.status;
	const struct {
		bool wrong;
		const char *what;
	} checks[] = {
		{ k->enabled == 0, "audit is switched off: auditctl -e 1" },
		{ d->kernel.off,
		  "a rule \"never,task\" keeps all from being audited: take it out of "
		  "/etc/audit/rules.d (10-no-audit.rules)" },
		{ k->pid == 0, "no auditd takes the records" },
		{ k->lost != 0, "the kernel has lost records since it was booted" },
		{ k->backlog_limit < 8192,
		  "the kernel's queue is short: put \"-b 65536\" into the rules" },
		{ k->rate_limit != 0,
		  "single records are dropped above a rate: auditctl -r 0" },
		{ k->failure == 2, "the kernel panics when it loses a record (-f 2)" },
	};

	printf("\nkernel: enabled %u, lost %u, backlog %u of %u, rate limit %u\n",
	       k->enabled, k->lost, k->backlog, k->backlog_limit, k->rate_limit);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (checks[i].wrong)
			say(d, checks[i].what);
	}
	if (d->kernel.excluded) {
		const char *type = record_type_name((uint16_t)d->kernel.excluded);

		printf("  ! a rule keeps all %s records out: take \"exclude -F "
		       "msgtype=%s\" away\n",
		       type, type);
		d->poor++;
	}
}

static void print_advice(struct doctor *d, const struct auditd_advice *advice, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (advice[i].note)
			printf("  - %s\n", advice[i].text);
		else
			say(d, advice[i].text);
	}
}

static void print_auditd(struct doctor *d)
{
	struct auditd_advice advice[AUDITD_ADVICE_MAX];
	char version[16] = "";
	size_t n;

	if (auditd_version(version, sizeof(version)))
		printf("\nauditd %s (%s/auditd.conf):\n", version, d->auditd_dir);
	else
		printf("\nauditd (%s/auditd.conf):\n", d->auditd_dir);
	n = auditd_conf_check(d->auditd_dir, version, advice);
	print_advice(d, advice, n);
	if (n == 0)
		puts("  the settings are as they should be");
	n = auditd_version_check(version, auditd_is_raw(d->auditd_dir), advice);
	print_advice(d, advice, n);
	if (d->kernel.status.pid && !auditd_runs_plugin((pid_t)d->kernel.status.pid))
		say(d,
		    "auditd runs, and auspex is not below it: pkill -HUP -x auditd, or "
		    "see its log");
}

static int look(struct doctor *d, const char *const *logs, size_t nlogs)
{
	struct utsname here;
	struct err err = { "" };

	uname(&here);
	if (!rules_machine_parse(here.machine, &d->arch))
		d->arch = AUDIT_ARCH_X86_64;
	read_settings(d);
	d->view.live = d->live;
	if ((d->live ? doctor_ask_kernel(&d->view, d->arch, &d->kernel, &err)
		     : doctor_read_logs(logs, nlogs, &d->view, &err)) != 0) {
		complain("%s", err.msg);
		return STATUS_INPUT;
	}
	print_detectors(d);
	if (d->live) {
		print_kernel(d);
		print_auditd(d);
	}
	print_rules(d);
	return d->poor ? STATUS_FOUND : STATUS_OK;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor doctor = { .auditd_dir = "/etc/audit" };
	int rc = parse(&doctor, argc, argv);

	if (rc < 0)
		fputs("auspex: doctor: see 'auspex doctor --help'\n", stderr);
	if (rc != 0)
		return rc < 0 ? STATUS_USAGE : STATUS_OK;
	return look(&doctor, (const char *const *)argv + optind, (size_t)(argc - optind));
}
