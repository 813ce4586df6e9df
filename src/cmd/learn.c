/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/learn.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/escape.h"
#include "base/stamp.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "cmd/learn_path.h"

enum { SAMPLES = 3 };

/* A finding, or several that one exception would cover. */
struct item {
	const struct detector_info *detector;
	const char *writer, *exe, *image, *remote; /* NULL: does not matter */
	const char *path;                          /* a pattern, or NULL */
	const char *container;                     /* of an image that is not known */
	enum severity severity;
	uint64_t findings, times;
	stamp_ms first, last;
	const char *example;          /* a summary */
	const char *samples[SAMPLES]; /* paths */
};

struct learn {
	struct arena arena;
	struct item *items;
	size_t count, cap;
	uint64_t listed; /* on lists of indicators: never proposed */
	uint64_t beyond; /* the limit */
};

struct learn *learn_new(void)
{
	struct learn *learn = xcalloc(1, sizeof(*learn));

	arena_init(&learn->arena);
	return learn;
}

void learn_free(struct learn **learn)
{
	if (!*learn)
		return;
	arena_fini(&(*learn)->arena);
	free((*learn)->items);
	free(*learn);
	*learn = NULL;
}

/* A text as a pattern that is like it alone. */
static const char *literal(struct learn *learn, const char *text)
{
	return text ? learn_path_literal(text, &learn->arena) : NULL;
}

void learn_add(struct learn *learn, const struct finding *f)
{
	const struct finding_target *t = f->target;
	const struct finding_container *c = f->container;
	struct item *item;

	if (f->indicator) {
		learn->listed++;
		return;
	}
	if (learn->count == LIMIT_LEARNT) {
		learn->beyond++;
		return;
	}
	if (learn->count == learn->cap) {
		learn->cap = learn->cap ? 2 * learn->cap : 64;
		learn->items =
			xreallocarray(learn->items, learn->cap, sizeof(*learn->items));
	}
	item = &learn->items[learn->count++];
	*item = (struct item){ .detector = f->detector,
			       .severity = f->severity,
			       .findings = 1,
			       .times = f->count,
			       .first = f->first_seen,
			       .last = f->last_seen };
	item->example = f->summary ? arena_strdup(&learn->arena, f->summary) : "";
	if (t && t->path) {
		item->path = literal(learn, t->path);
		item->samples[0] = arena_strdup(&learn->arena, t->path);
		item->writer = t->writer ? literal(learn, t->writer->exe) : NULL;
	} else {
		item->exe = f->process ? literal(learn, f->process->exe) : NULL;
	}
	if (f->network && f->network->remote_addr)
		item->remote = arena_strdup(&learn->arena, f->network->remote_addr);
	item->image = c ? literal(learn, c->image) : NULL;
	if (c && !c->image && (c->name || c->id))
		item->container = arena_strdup(&learn->arena, c->name ? c->name : c->id);
}

/* ---- what belongs together ---- */

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* Everything but the path. */
static int compare_points(const struct item *a, const struct item *b)
{
	int diff = strcmp(a->detector->id, b->detector->id);

	diff = diff ? diff : compare_text(a->image, b->image);
	diff = diff ? diff : compare_text(a->writer, b->writer);
	diff = diff ? diff : compare_text(a->exe, b->exe);
	diff = diff ? diff : compare_text(a->remote, b->remote);
	return diff ? diff : compare_text(a->container, b->container);
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int diff = compare_points(x, y);

	return diff ? diff : compare_text(x->path, y->path);
}

static void join(struct item *to, const struct item *from)
{
	to->findings += from->findings;
	to->times += from->times;
	to->severity = from->severity > to->severity ? from->severity : to->severity;
	to->first = from->first < to->first ? from->first : to->first;
	to->last = from->last > to->last ? from->last : to->last;
	for (size_t i = 0, k = 0; i < SAMPLES && k < SAMPLES && from->samples[k]; i++) {
		if (!to->samples[i])
			to->samples[i] = from->samples[k++];
	}
}

/* A changed file of the image is worth an exception of its own. */
static bool may_be_pattern(const struct item *item)
{
	return item->path && strncmp(item->detector->id, "modified", 8) != 0;
}

/* Joins what make_pattern makes one of; returns how many there are then. */
static size_t join_paths(struct learn *learn, struct item *items, size_t n,
			 const char *(*pattern)(const char *const *paths, size_t n,
						size_t *used, struct arena *arena))
{
	const char **paths = xcalloc(n, sizeof(*paths));
	size_t kept = 0, i = 0;

	for (size_t k = 0; k < n; k++)
		paths[k] = items[k].path;
	while (i < n) {
		size_t used = 1;
		const char *joined = pattern(paths + i, n - i, &used, &learn->arena);
		struct item whole = items[i];

		for (size_t k = 1; k < used; k++)
			join(&whole, &items[i + k]);
		if (joined)
			whole.path = joined;
		items[kept++] = whole;
		i += used;
	}
	free(paths);
	return kept;
}

/* One run of items that differ in their paths only, and are sorted by them. */
static size_t join_run(struct learn *learn, struct item *items, size_t n)
{
	size_t kept = 1;

	if (!may_be_pattern(items)) {
		for (size_t i = 1; i < n; i++) {
			if (compare_text(items[i].path, items[kept - 1].path) == 0)
				join(&items[kept - 1], &items[i]);
			else
				items[kept++] = items[i];
		}
		return kept;
	}
	n = join_paths(learn, items, n, learn_path_alike);
	n = join_paths(learn, items, n, learn_path_folder);
	return join_paths(learn, items, n, learn_path_below);
}

static void join_all(struct learn *learn)
{
	size_t kept = 0;

	if (learn->count)
		qsort(learn->items, learn->count, sizeof(*learn->items), compare_items);
	for (size_t i = 0; i < learn->count;) {
		size_t n = 1, left;

		while (i + n < learn->count &&
		       compare_points(&learn->items[i], &learn->items[i + n]) == 0)
			n++;
		left = join_run(learn, &learn->items[i], n);
		memmove(&learn->items[kept], &learn->items[i],
			left * sizeof(*learn->items));
		kept += left;
		i += n;
	}
	learn->count = kept;
}

/* ---- YAML ---- */

/* Shells on sockets: what is honest there is rare, and what is not is grave. */
static bool is_shell(const struct detector_info *detector)
{
	static const enum detector_id shells[] = {
		DETECT_REVERSE_SHELL,           DETECT_BIND_SHELL,
		DETECT_RELAYED_SHELL,           DETECT_REMOTE_COMMAND_EXECUTION,
		DETECT_UNEXPECTED_CHILD_SHELL,  DETECT_SOCAT_REVERSE_SHELL,
		DETECT_NETCAT_REMOTE_EXECUTION, DETECT_PIPED_ENCODED_EXECUTION,
		DETECT_PIPED_ENCODED_DOWNLOAD,  DETECT_DOWNLOADED_CODE_PIPED,
	};

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (detector == detector_info(shells[i]))
			return true;
	}
	return false;
}

/* In a comment: on one line, nothing that acts. */
static void put_safe(FILE *out, const char *text)
{
	struct strbuf safe;

	strbuf_init(&safe);
	escape_add(&safe, slice_str(text));
	fputs(strbuf_str(&safe), out);
	strbuf_fini(&safe);
}

/* In double quotes (YAML 1.2, 5.7); bytes that are no text become a pattern. */
static void put_quoted(FILE *out, const char *text)
{
	struct slice rest = slice_str(text);

	fputc('"', out);
	while (rest.len) {
		unsigned number;
		size_t n = utf8_scan(rest, &number);

		if (n == 0) {
			fputc('?', out);
			n = 1;
		} else if (number == '"' || number == '\\') {
			fprintf(out, "\\%c", (char)number);
		} else if (number < ' ' || (number >= 0x7f && number < 0xa0)) {
			fprintf(out, "\\x%02x", number);
		} else if (!escape_is_plain(slice_make(rest.ptr, n))) {
			fprintf(out, number > 0xffff ? "\\U%08x" : "\\u%04x", number);
		} else {
			fwrite(rest.ptr, 1, n, out);
		}
		rest = slice_skip(rest, n);
	}
	fputc('"', out);
}

static void put_point(FILE *out, const char *lead, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(out, "%s%s: ", lead, key);
	put_quoted(out, value);
	fputc('\n', out);
}

static void put_what_it_hides(FILE *out, const struct item *item)
{
	fprintf(out, "  # CAREFUL: this would hide every %s", item->detector->title);
	if (item->exe) {
		fputs(" of ", out);
		put_safe(out, item->exe);
	}
	if (item->path) {
		fputs(" of ", out);
		put_safe(out, item->path);
	}
	if (item->remote) {
		fputs(" with ", out);
		put_safe(out, item->remote);
	}
	fputs(item->image ? " in containers of that image,\n" : ",\n", out);
	fputs("  # whoever caused it and whatever was done with it.\n", out);
}

static void put_head(FILE *out, const struct item *item)
{
	char first[STAMP_MAX], last[STAMP_MAX];

	stamp_short(item->first, first);
	stamp_short(item->last, last);
	fprintf(out, "\n  # %s: %llu finding%s, %llu time%s, up to %s,\n  # %s to %s\n",
		item->detector->title, (unsigned long long)item->findings,
		item->findings == 1 ? "" : "s", (unsigned long long)item->times,
		item->times == 1 ? "" : "s", severity_name(item->severity), first, last);
	if (item->container) {
		fputs("  # in the container ", out);
		put_safe(out, item->container);
		fputs(", whose image is not known: it would hold everywhere\n", out);
	}
	fputs("  # such as: ", out);
	put_safe(out, item->example);
	fputc('\n', out);
	for (size_t i = 0; item->findings > 1 && i < SAMPLES && item->samples[i]; i++) {
		fputs("  #   ", out);
		put_safe(out, item->samples[i]);
		fputc('\n', out);
	}
}

/* The settings refuse an exception that names nothing but a detector. */
static bool says_something(const struct item *item)
{
	return item->path || item->writer || item->exe || item->image || item->remote;
}

static void put_item(FILE *out, const struct item *item)
{
	bool shell = is_shell(item->detector);
	bool quiet = shell || item->severity >= SEV_HIGH;
	const char *lead = quiet ? "  #   " : "    ";

	put_head(out, item);
	if (!says_something(item)) {
		fputs("  # nothing is known that an exception could name\n", out);
		return;
	}
	if (quiet)
		put_what_it_hides(out, item);
	fprintf(out, "%s- detector: %s\n", quiet ? "  # " : "  ", item->detector->id);
	put_point(out, lead, "path", item->path);
	put_point(out, lead, "writer", item->writer);
	put_point(out, lead, "exe", item->exe);
	put_point(out, lead, "image", item->image);
	put_point(out, lead, "remote", item->remote);
	fprintf(out, "%sreason: \"learnt, not reviewed: say why this is honest\"\n",
		lead);
}

static bool is_active(const struct item *item)
{
	return !is_shell(item->detector) && item->severity < SEV_HIGH &&
	       says_something(item);
}

void learn_print(struct learn *learn, FILE *out)
{
	uint64_t findings = 0;
	size_t active = 0;

	join_all(learn);
	for (size_t i = 0; i < learn->count; i++) {
		findings += learn->items[i].findings;
		active += is_active(&learn->items[i]);
	}
	fprintf(out,
		"# %zu exceptions, proposed from %llu findings. Read what each would hide,\n"
		"# change or remove it, and move what remains to auspex.yaml. Those that are\n"
		"# comments would hide what is grave: a day that holds it may not have been\n"
		"# an honest one.\n",
		learn->count, (unsigned long long)findings);
	if (learn->listed)
		fprintf(out,
			"# %llu findings of what is on lists of indicators are left out.\n",
			(unsigned long long)learn->listed);
	if (learn->beyond)
		fprintf(out, "# %llu more findings were not looked at.\n",
			(unsigned long long)learn->beyond);
	fprintf(out, "exceptions:%s\n",
		active ? "" : " [] # without these brackets once something is below");
	/* What holds as it stands comes first. */
	for (int hold = 1; hold >= 0; hold--) {
		for (size_t i = 0; i < learn->count; i++) {
			if (is_active(&learn->items[i]) == hold)
				put_item(out, &learn->items[i]);
		}
	}
}
