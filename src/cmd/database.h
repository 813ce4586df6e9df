/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that read a database have in common. */
#ifndef AUSPEX_CMD_DATABASE_H
#define AUSPEX_CMD_DATABASE_H

#include <stdio.h>

#include "report/report.h"
#include "store/store.h"

/*
 * The database to read: given (-d) if it is not NULL, else $AUSPEX_DB, else
 * auspex.db in the current folder if there is one, else that of the plugin.
 */
const char *database_path(const char *given);
/* Opened for reading; NULL after a complaint. */
struct store *database_open(const char *given);

/*
 * Sends standard output through $PAGER (less -FRX where it is not set) when
 * it is a terminal. Ask report_options_for before: a pipe is no terminal.
 */
struct pager {
	int pid; /* 0: none */
};

void pager_start(struct pager *pager);
/*
 * Waits until the reader has read enough. -1 with err when what was printed
 * could not be written; who leaves the pager early makes no error.
 */
int pager_end(struct pager *pager, struct err *err);

#endif
