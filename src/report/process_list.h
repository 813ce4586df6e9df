/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a query, read whole. */
#ifndef AUSPEX_REPORT_PROCESS_LIST_H
#define AUSPEX_REPORT_PROCESS_LIST_H

#include "store/query.h"

struct process_list {
	struct arena arena; /* of the items' strings */
	struct process_item *items;
	size_t n, cap;
};

/* Empty, to be ended by process_list_fini() in any case. */
void process_list_init(struct process_list *list);
void process_list_fini(struct process_list *list);
/* Adds all that the filter lets through. 0, or -1 with err. */
int process_list_read(struct process_list *list, struct store *store,
		      const struct process_filter *filter, struct err *err);

#endif
