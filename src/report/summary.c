/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/stamp.h"
#include "base/xalloc.h"
#include "report/text.h"

/* Where texts begin: number, severity, blanks; the widest name comes before. */
enum { TEXT_COLUMN = 7 + 2 + 8 + 2 + 2 };

/* The values of one kind. */
struct tally {
	struct map *by_name;
	struct summary_row *list[SUMMARY_ROWS_MAX];
	size_t n;
	uint64_t others;
};

static const char *const headings[SUMMARY_KINDS] = {
	[SUMMARY_DETECTOR] = "Detectors",
	[SUMMARY_TECHNIQUE] = "ATT&CK techniques",
	[SUMMARY_CONTAINER] = "Containers",
	[SUMMARY_HOST] = "Hosts",
};

struct summary {
	uint64_t total, severities[SEV_MAX];
	stamp_ms first, last;
	struct tally tallies[SUMMARY_KINDS];
};

struct summary *summary_new(void)
{
	struct summary *summary = xcalloc(1, sizeof(*summary));

	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		summary->tallies[i].by_name = map_new();
	return summary;
}

void summary_free(struct summary **summary)
{
	if (!*summary)
		return;
	for (size_t i = 0; i < SUMMARY_KINDS; i++) {
		struct tally *tally = &(*summary)->tallies[i];

		for (size_t j = 0; j < tally->n; j++) {
			free((char *)tally->list[j]->name);
			free((char *)tally->list[j]->text);
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
	struct summary_row *count;

	if (!name)
		return;
	count = map_get(tally->by_name, slice_str(name));
	if (!count && tally->n == SUMMARY_ROWS_MAX) {
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
	add(&tallies[SUMMARY_DETECTOR], f->detector->id, f->detector->title, f->severity);
	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);

		add(&tallies[SUMMARY_TECHNIQUE], t->id, t->name, f->severity);
	}
	if (f->container)
		add(&tallies[SUMMARY_CONTAINER],
		    f->container->name ? f->container->name : f->container->id,
		    f->container->image, f->severity);
	add(&tallies[SUMMARY_HOST], f->host, NULL, f->severity);
}

uint64_t summary_severity(const struct summary *summary, enum severity severity)
{
	return summary->severities[severity];
}

void summary_times(const struct summary *summary, stamp_ms *first, stamp_ms *last)
{
	*first = summary->first;
	*last = summary->last;
}

/* Gravest first, then most, then by name. */
static int by_weight(const void *a, const void *b)
{
	const struct summary_row *x = a, *y = b;

	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->name, y->name);
}

size_t summary_rows(const struct summary *summary, enum summary_kind kind,
		    struct summary_row out[SUMMARY_ROWS_MAX], uint64_t *others)
{
	const struct tally *tally = &summary->tallies[kind];

	for (size_t i = 0; i < tally->n; i++)
		out[i] = *tally->list[i];
	qsort(out, tally->n, sizeof(*out), by_weight);
	if (others)
		*others = tally->others;
	return tally->n;
}

static void print_tally(const struct summary *summary, enum summary_kind kind, FILE *out,
			const struct report_options *look)
{
	struct summary_row rows[SUMMARY_ROWS_MAX];
	uint64_t others;
	size_t n = summary_rows(summary, kind, rows, &others), width = 0;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		size_t columns = text_width(slice_str(rows[i].name));

		width = columns > width ? columns : width;
	}
	fprintf(out, "\n%s%s%s\n", style_on(look, STYLE_BOLD), headings[kind],
		style_off(look));
	for (size_t i = 0; i < n; i++) {
		const struct summary_row *c = &rows[i];
		int pad = (int)(width - text_width(slice_str(c->name)));

		fprintf(out, "%7llu  %s%-8s%s  %s%*s%s", (unsigned long long)c->n,
			style_on(look, severity_style(c->worst)), severity_name(c->worst),
			style_off(look), c->name, c->text ? pad : 0, "",
			c->text ? "  " : "");
		text_wrap(out, slice_str(c->text ? c->text : ""), look->width,
			  TEXT_COLUMN + (unsigned)width, TEXT_COLUMN + (unsigned)width);
	}
	if (others > 0)
		fprintf(out, "%7llu  of others\n", (unsigned long long)others);
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
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		print_tally(summary, (enum summary_kind)i, out, look);
}
