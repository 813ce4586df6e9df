/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/process_list.h"

#include <stdlib.h>

#include "base/xalloc.h"

void process_list_init(struct process_list *list)
{
	*list = (struct process_list){ 0 };
	arena_init(&list->arena);
}

void process_list_fini(struct process_list *list)
{
	arena_fini(&list->arena);
	free(list->items);
	list->items = NULL;
	list->n = list->cap = 0;
}

int process_list_read(struct process_list *list, struct store *store,
		      const struct process_filter *filter, struct err *err)
{
	struct process_cursor *cursor;
	int rc;

	if (store_processes(store, filter, &cursor, err) != 0)
		return -1;
	do {
		if (list->n == list->cap) {
			list->cap = list->cap ? 2 * list->cap : 64;
			list->items = xreallocarray(list->items, list->cap,
						    sizeof(*list->items));
		}
		rc = process_cursor_next(cursor, &list->arena, &list->items[list->n],
					 err);
		if (rc > 0)
			list->n++;
	} while (rc > 0);
	process_cursor_close(&cursor);
	return rc;
}
