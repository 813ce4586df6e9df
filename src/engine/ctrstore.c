/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/ctrstore.h"

#include "base/compiler.h"
#include "detect/choice.h"
#include "detect/describe.h"
#include "state/container.h"

int ctrstore_put(struct store *store, struct state *state, struct err *err)
{
	const struct container *c;
	int rc = 0;

	while ((c = state_next_container(state))) {
		struct finding_container row = describe_container(c);

		if (!c->id || !c->entered)
			continue;
		if (rc == 0)
			rc = store_put_container(store,
						 c->host->node[0] ? c->host->node : NULL,
						 &row, err);
	}
	return rc;
}

int ctrstore_put_health(struct store *store, const struct state *state,
			const struct manifest_set *manifests, stamp_ms first,
			stamp_ms last, struct err *err)
{
	uint64_t unknown = 0, unjudged = 0;
	struct health_row rows[] = {
		{ .kind = "unknown_containers",
		  .detail = "containers whose id no record told" },
		{ .kind = "unjudged_containers",
		  .detail = "containers that none of the manifests speaks for" },
	};

	for (size_t i = 0; i < state_containers(state); i++) {
		const struct container *c = state_container(state, i);

		if (!c->entered || c->same)
			continue;
		unknown += !c->id;
		unjudged += !choice_for_container(manifests, c).manifest;
	}
	rows[0].count = unknown;
	rows[1].count = manifest_set_empty(manifests) ? 0 : unjudged;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].first = first;
		rows[i].last = last;
		if (rows[i].count && store_put_health(store, &rows[i], err) != 0)
			return -1;
	}
	return 0;
}
