/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/text.h"

/* So many different values of a kind are told apart; the rest is one line. */
enum { VALUES_MAX = 1000 };

struct count {
	char *name; /* escaped */
	char *text; /* behind it; NULL: nothing */
	enum severity worst;
	uint64_t n;
};

/* The values of one kind. */
struct tally {
	struct map *by_name;
	struct count *list[VALUES_MAX];
	size_t n;
	uint64_t others;
};

enum kind { BY_DETECTOR, BY_TECHNIQUE, BY_CONTAINER, BY_HOST, KIND_MAX };

static const char *const headings[KIND_MAX] = {
	[BY_DETECTOR] = "Detectors",
	[BY_TECHNIQUE] = "ATT&CK techniques",
	[BY_CONTAINER] = "Containers",
	[BY_HOST] = "Hosts",
};

struct summary {
	uint64_t total, severities[SEV_MAX];
	stamp_ms first, last;
	struct tally tallies[KIND_MAX];
};

struct summary *summary_new(void)
{
	struct summary *summary = xcalloc(1, sizeof(*summary));

	for (size_t i = 0; i < KIND_MAX; i++)
		summary->tallies[i].by_name = map_new();
	return summary;
}

void summary_free(struct summary **summary)
{
	if (!*summary)
		return;
	for (size_t i = 0; i < KIND_MAX; i++) {
		struct tally *tally = &(*summary)->tallies[i];

		for (size_t j = 0; j < tally->n; j++) {
			free(tally->list[j]->name);
			free(tally->list[j]->text);
			free(tally->list[j]);
		}
		map_free(&tally->by_name);
	}
	free(*summary);
	*summary = NULL;
}

static char *shown(const char *str)
{
	struct strbuf sb;
	char *copy;

	strbuf_init(&sb);
	text_add(&sb, str);
	copy = xstrdup(strbuf_str(&sb));
	strbuf_fini(&sb);
	return copy;
}

static void add(struct tally *tally, const char *name, const char *text,
		enum severity severity)
{
	struct count *count;

	if (!name)
		return;
	count = map_get(tally->by_name, slice_str(name));
	if (!count && tally->n == VALUES_MAX) {
		tally->others++;
		return;
	}
	if (!count) {
		count = xcalloc(1, sizeof(*count));
		count->name = shown(name);
		count->text = text ? shown(text) : NULL;
		tally->list[tally->n++] = count;
		map_put(tally->by_name, slice_str(name), count);
	}
	if (severity > count->worst)
		count->worst = severity;
	count->n++;
}

void summary_add(struct summary *summary, const struct finding *f)
{
	struct tally *tallies = summary->tallies;

	summary->total++;
	summary->severities[f->severity]++;
	if (f->first_seen != 0 && (summary->first == 0 || f->first_seen < summary->first))
		summary->first = f->first_seen;
	if (f->last_seen > summary->last)
		summary->last = f->last_seen;
	add(&tallies[BY_DETECTOR], f->detector->id, f->detector->title, f->severity);
	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);

		add(&tallies[BY_TECHNIQUE], t->id, t->name, f->severity);
	}
	if (f->container)
		add(&tallies[BY_CONTAINER],
		    f->container->name ? f->container->name : f->container->id,
		    f->container->image, f->severity);
	add(&tallies[BY_HOST], f->host, NULL, f->severity);
}

/* Gravest first, then most, then by name. */
static int by_weight(const void *a, const void *b)
{
	const struct count *x = *(struct count *const *)a, *y = *(struct count *const *)b;

	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void print_tally(const struct tally *tally, const char *heading, FILE *out,
			const struct report_options *look)
{
	struct count *sorted[VALUES_MAX];
	size_t width = 0;

	if (tally->n == 0)
		return;
	memcpy(sorted, tally->list, tally->n * sizeof(*sorted));
	qsort(sorted, tally->n, sizeof(*sorted), by_weight);
	for (size_t i = 0; i < tally->n; i++) {
		size_t columns = text_width(slice_str(sorted[i]->name));

		width = columns > width ? columns : width;
	}
	fprintf(out, "\n%s%s%s\n", style_on(look, STYLE_BOLD), heading, style_off(look));
	for (size_t i = 0; i < tally->n; i++) {
		const struct count *c = sorted[i];
		int pad = (int)(width - text_width(slice_str(c->name)));

		fprintf(out, "%7llu  %s%-8s%s  %s%*s%s%s\n", (unsigned long long)c->n,
			style_on(look, severity_style(c->worst)), severity_name(c->worst),
			style_off(look), c->name, c->text ? pad : 0, "",
			c->text ? "  " : "", c->text ? c->text : "");
	}
	if (tally->others > 0)
		fprintf(out, "%7llu  of others\n", (unsigned long long)tally->others);
}

void summary_print(const struct summary *summary, FILE *out,
		   const struct report_options *look)
{
	char first[STAMP_MAX], last[STAMP_MAX];

	fprintf(out, "%s%llu finding%s%s", style_on(look, STYLE_BOLD),
		(unsigned long long)summary->total, summary->total == 1 ? "" : "s",
		style_off(look));
	if (summary->first != 0) {
		stamp_short(summary->first, first);
		stamp_short(summary->last, last);
		fprintf(out, " from %s to %s (UTC)", first, last);
	}
	fputs("\n\n", out);
	for (int i = SEV_MAX - 1; i >= 0; i--)
		fprintf(out, "%7llu  %s%s%s\n",
			(unsigned long long)summary->severities[i],
			style_on(look, severity_style((enum severity)i)),
			severity_name((enum severity)i), style_off(look));
	for (size_t i = 0; i < KIND_MAX; i++)
		print_tally(&summary->tallies[i], headings[i], out, look);
}
