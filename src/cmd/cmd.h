/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands: the only place that prints results or decides exit statuses. */
#ifndef AUSPEX_CMD_CMD_H
#define AUSPEX_CMD_CMD_H

enum exit_status {
	STATUS_OK = 0,
	STATUS_FOUND = 1, /* findings at or above --fail-on, or "different" */
	STATUS_USAGE = 2, /* usage or configuration */
	STATUS_INPUT = 3, /* some input could not be read */
	STATUS_DATABASE = 4,
};

struct cmd {
	const char *name, *args, *summary;
	/* argv[0] is "auspex: NAME", for messages. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

int cmd_analyze(int argc, char **argv);
int cmd_findings(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_tree(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_manifest(int argc, char **argv);
int cmd_intel(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_plugin(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

#endif
