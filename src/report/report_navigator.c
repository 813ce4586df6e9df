/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ATT&CK Navigator layer, format 4.5: how often each technique was seen. */
#include <stdlib.h>

#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/formats.h"
#include "report/json_put.h"

struct layer {
	uint64_t counts[TECHNIQUE_MAX];
	enum severity worst[TECHNIQUE_MAX];
	stamp_ms first, last;
};

void navigator_begin(struct report *report)
{
	report->state = xcalloc(1, sizeof(struct layer));
}

void navigator_finding(struct report *report, int64_t id, const struct finding *f)
{
	struct layer *layer = report->state;

	(void)id;
	for (size_t i = 0; i < f->ntechniques; i++) {
		enum technique t = f->techniques[i];

		layer->counts[t]++;
		if (f->severity > layer->worst[t])
			layer->worst[t] = f->severity;
	}
	if (layer->first == 0 || f->first_seen < layer->first)
		layer->first = f->first_seen;
	if (f->last_seen > layer->last)
		layer->last = f->last_seen;
}

static json_t *techniques(const struct layer *layer, uint64_t *most)
{
	json_t *list = json_array();
	char comment[96];

	for (size_t t = 0; t < TECHNIQUE_MAX; t++) {
		json_t *o;

		if (layer->counts[t] == 0)
			continue;
		if (layer->counts[t] > *most)
			*most = layer->counts[t];
		o = json_object();
		json_put_text(o, "techniqueID", technique_info((enum technique)t)->id);
		json_put(o, "score", json_integer((json_int_t)layer->counts[t]));
		snprintf(comment, sizeof(comment), "%llu findings, at most %s",
			 (unsigned long long)layer->counts[t],
			 severity_name(layer->worst[t]));
		json_put_text(o, "comment", comment);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *document(const struct layer *layer)
{
	json_t *o = json_object(), *list;
	char first[STAMP_MAX] = "", last[STAMP_MAX] = "", text[2 * STAMP_MAX + 16];
	uint64_t most = 1;

	list = techniques(layer, &most);
	if (layer->first)
		stamp_iso(layer->first, first);
	if (layer->last)
		stamp_iso(layer->last, last);
	snprintf(text, sizeof(text), "findings %s to %s", first, last);
	json_put_text(o, "name", PACKAGE_NAME " findings");
	json_put(o, "versions",
		 json_pack("{ssssss}", "attack", "19", "navigator", "5.1.0", "layer",
			   "4.5"));
	json_put_text(o, "domain", "enterprise-attack");
	json_put_text(o, "description", text);
	json_put(o, "filters", json_pack("{s[s]}", "platforms", "Linux"));
	json_put(o, "sorting", json_integer(3));
	json_put(o, "techniques", list);
	json_put(o, "gradient",
		 json_pack("{s[ss]sisI}", "colors", "#ffffff", "#ff6666", "minValue", 0,
			   "maxValue", (json_int_t)most));
	return o;
}

void navigator_end(struct report *report)
{
	json_t *o = document(report->state);

	json_dumpf(o, report->out, JSON_INDENT(1));
	fputc('\n', report->out);
	json_decref(o);
	free(report->state);
	report->state = NULL;
}
