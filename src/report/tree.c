/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/map.h"
#include "base/stamp.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "report/text.h"

enum {
	DEPTH_MAX = 200,   /* deeper ones are counted, not drawn */
	ALIKE_MOST = 6,    /* more children with one program are drawn as few ... */
	ALIKE_MARKED = 24, /* ... unless a finding is about the parent */
	ALIKE_DRAWN = 3,
	COMMAND_LEAST = 24,  /* columns that a command gets however deep it is ... */
	COMMAND_NARROW = 12, /* ... and in a narrow terminal, which has no times */
	NARROW = 64,
	TIME_COLUMN = 16, /* "11-21 23:25:58" and two blanks */
};

/* How lines are drawn, by what the terminal can show. */
struct pen {
	const char *branch, *last, *pass, *none, *then, *here, *dots;
};

static const struct pen pens[] = {
	{ "|- ", "`- ", "|  ", "   ", " => ", "<--", "..." },
	{ "├─ ", "└─ ", "│  ", "   ", " → ", "◀", "…" },
};

struct node {
	const struct process_item *item;
	struct node *parent, *children, *next;
	struct node *last_child;
	size_t walk;    /* cut_loops: which walk came here first */
	size_t waiting; /* sum_up: children not summed yet */
	size_t below;   /* processes below it */
	bool summed;
	bool marked; /* it or one below it has a finding or was asked for */
};

struct drawing {
	FILE *out;
	const struct tree_options *options;
	const struct pen *pen;
	struct strbuf prefix; /* of the lines below the present node */
	struct strbuf line;
	size_t lines, left_out;
};

/* ---- the forest ---- */

static int by_start(const void *a, const void *b)
{
	const struct process_item *x = ((const struct node *)a)->item;
	const struct process_item *y = ((const struct node *)b)->item;

	if (x->row.started != y->row.started)
		return x->row.started < y->row.started ? -1 : 1;
	/* Within a millisecond the kernel has counted the pids up. */
	if (x->row.pid != y->row.pid)
		return x->row.pid < y->row.pid ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* A damaged database may make a process its own ancestor: such a link is cut. */
static void cut_loops(struct node *nodes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct node *node = &nodes[i];

		while (node && node->walk == 0) {
			node->walk = i + 1;
			if (node->parent && node->parent->walk == i + 1)
				node->parent = NULL;
			node = node->parent;
		}
	}
}

/* Links nodes (in the order of their start); returns the list of the roots. */
static struct node *link_nodes(struct node *nodes, size_t n)
{
	struct map *by_id = map_new();
	struct node roots = { 0 };

	for (size_t i = 0; i < n; i++)
		map_put_u64(by_id, (uint64_t)nodes[i].item->id, &nodes[i]);
	for (size_t i = 0; i < n; i++)
		nodes[i].parent = map_get_u64(by_id, (uint64_t)nodes[i].item->parent_id);
	cut_loops(nodes, n);
	for (size_t i = 0; i < n; i++) {
		struct node *home = nodes[i].parent ? nodes[i].parent : &roots;

		if (home->last_child)
			home->last_child->next = &nodes[i];
		else
			home->children = &nodes[i];
		home->last_child = &nodes[i];
		home->waiting++;
	}
	map_free(&by_id);
	return roots.children;
}

/* Counts from the leaves up; each node is done once all below it are. */
static void sum_up(struct node *nodes, size_t n, bool keep_seeds)
{
	for (size_t i = 0; i < n; i++) {
		struct node *node = &nodes[i];

		while (node && node->waiting == 0 && !node->summed) {
			struct node *parent = node->parent;

			node->summed = true;
			node->marked |= node->item->nmarks > 0 ||
					(keep_seeds && node->item->seed);
			if (parent) {
				parent->below += node->below + 1;
				parent->marked |= node->marked;
				parent->waiting--;
			}
			node = parent;
		}
	}
}

/* ---- a line ---- */

static const struct image_row *last_image(const struct process_item *item)
{
	return item->nimages ? &item->images[item->nimages - 1] : NULL;
}

static void add_image(struct strbuf *out, const struct image_row *image)
{
	if (image->argc > 0)
		text_add_command(out, image->argv, image->argc, image->argc_total);
	else
		text_add(out, image->exe ? image->exe : image->comm);
}

/*
 * "sh -c ./x → ./x": the programs one after the other. brief: of all but the
 * last one the name only.
 */
static void add_programs(struct drawing *d, const struct process_item *item, bool brief)
{
	struct strbuf *out = &d->line;
	size_t first = 0;

	strbuf_clear(out);
	/* What it was before its first execve is its parent's program. */
	if (item->nimages > 1 && item->images[0].seq == 0)
		first = 1;
	for (size_t i = first; i < item->nimages; i++) {
		const struct image_row *image = &item->images[i];

		if (i > first)
			strbuf_add_str(out, d->pen->then);
		if (brief && i + 1 < item->nimages && image->exe)
			escape_add(out, slice_basename(slice_str(image->exe)));
		else
			add_image(out, image);
	}
	if (item->nimages == 0)
		strbuf_add_str(out, "(not observed)");
}

static bool is_by_exec(const struct process_item *item)
{
	return item->row.container_via && strcmp(item->row.container_via, "exec") == 0;
}

/* Is it in another container than its parent, or did it come there otherwise? */
static bool enters_container(const struct process_item *item,
			     const struct process_item *above)
{
	if (!item->container && !is_by_exec(item))
		return false;
	return !above || is_by_exec(above) != is_by_exec(item) ||
	       strcmp(above->container ? above->container : "",
		      item->container ? item->container : "") != 0;
}

/* What stands behind the command: pid, and what differs from the parent. */
static void add_facts(struct strbuf *out, const struct node *node)
{
	const struct process_item *item = node->item;
	const struct process_item *above = node->parent ? node->parent->item : NULL;
	const struct image_row *image = last_image(item);
	const struct image_row *old = above ? last_image(above) : NULL;

	if (item->row.pid > 0)
		strbuf_printf(out, " (%lld)", (long long)item->row.pid);
	if (image && image->user_id != AUDIT_ID_UNSET &&
	    (!old || old->user_id != image->user_id))
		strbuf_printf(out, " uid %u", image->user_id);
	if (enters_container(item, above)) {
		strbuf_add_str(out, " [");
		text_add(out, item->container ? item->container : "container");
		strbuf_add_str(out, is_by_exec(item) ? " by exec]" : "]");
	}
	if (item->row.has_exit && item->row.exit_code != 0)
		strbuf_printf(out, " exit %lld", (long long)item->row.exit_code);
}

static void print_time(struct drawing *d, stamp_ms ms)
{
	const struct report_options *look = d->options->look;
	char text[STAMP_MAX] = "";

	if (!d->options->times)
		return;
	if (ms != 0)
		stamp_short(ms, text);
	/* Without the year, which stands above the tree. */
	fprintf(d->out, "%s%-*s%s", style_on(look, STYLE_DIM), TIME_COLUMN,
		strlen(text) > 5 ? text + 5 : "", style_off(look));
}

/* column: where the line has come to; what does not fit is cut. */
static void print_marks(struct drawing *d, const struct process_item *item, size_t column)
{
	const struct report_options *look = d->options->look;

	for (size_t i = 0; i < item->nmarks; i++) {
		const struct process_mark *m = &item->marks[i];
		const char *severity = severity_name(m->severity);
		char number[32];
		size_t head, fit;

		head = (size_t)snprintf(number, sizeof(number), "#%lld %s",
					(long long)m->finding, severity) +
		       3;
		strbuf_clear(&d->line);
		text_add(&d->line, m->title);
		fit = d->line.len;
		if (look->width > 0 && !d->options->full &&
		    column + head + text_width(strbuf_slice(&d->line)) > look->width)
			fit = column + head + 3 >= look->width
				      ? 0
				      : text_fit(strbuf_slice(&d->line),
						 look->width - column - head - 3);
		fprintf(d->out, "  %s%s%s%s%s%.*s%s%s",
			style_on(look, severity_style(m->severity)), number,
			style_off(look), fit > 0 ? " " : "", style_on(look, STYLE_BOLD),
			(int)fit, strbuf_str(&d->line),
			fit > 0 && fit < d->line.len ? d->pen->dots : "",
			style_off(look));
		column += head + fit;
	}
}

static bool is_focus(const struct drawing *d, const struct process_item *item)
{
	for (size_t i = 0; i < item->nmarks; i++) {
		if (item->marks[i].finding == d->options->finding)
			return true;
	}
	return false;
}

/* Columns that the command may take, when facts and marks follow it. */
static size_t room(const struct drawing *d, size_t before, size_t facts)
{
	unsigned width = d->options->look->width;
	size_t least;

	if (width == 0 || d->options->full)
		return SIZE_MAX;
	least = width < NARROW ? COMMAND_NARROW : COMMAND_LEAST;
	return before + facts + least > width ? least : width - before - facts;
}

/* One more line? Counts it, drawn or not. */
static bool take_line(struct drawing *d)
{
	if (d->options->lines > 0 && d->lines >= d->options->lines) {
		d->left_out++;
		return false;
	}
	d->lines++;
	return true;
}

/* Columns of the first bytes of the line, with what shows that it was cut. */
static size_t text_fit_width(const struct drawing *d, size_t bytes)
{
	return text_width(slice_make(d->line.ptr, bytes)) + (bytes < d->line.len ? 3 : 0);
}

static size_t marks_width(const struct process_item *item)
{
	size_t width = 0;

	for (size_t i = 0; i < item->nmarks; i++)
		width += strlen(item->marks[i].title) + 20;
	return width;
}

static void print_node(struct drawing *d, const struct node *node, const char *joint)
{
	const struct report_options *look = d->options->look;
	const struct process_item *item = node->item;
	bool focus = is_focus(d, item);
	struct strbuf facts;
	size_t before = d->options->indent + (d->options->times ? TIME_COLUMN : 0) +
			text_width(strbuf_slice(&d->prefix)) +
			text_width(slice_str(joint));
	size_t fit, space;

	if (!take_line(d))
		return;
	strbuf_init(&facts);
	add_facts(&facts, node);
	space = room(d, before, facts.len + marks_width(item) + (focus ? 4 : 0));
	add_programs(d, item, false);
	if (text_width(strbuf_slice(&d->line)) > space)
		add_programs(d, item, true);
	fit = text_fit(strbuf_slice(&d->line), space);
	if (fit < d->line.len)
		fit = text_fit(strbuf_slice(&d->line), space - strlen("..."));
	fprintf(d->out, "%*s", (int)d->options->indent, "");
	print_time(d, item->row.started);
	fprintf(d->out, "%s%s%s%.*s%s%s%s%s%s", strbuf_str(&d->prefix), joint,
		style_on(look, focus || item->nmarks ? STYLE_BOLD : STYLE_PLAIN),
		(int)fit, strbuf_str(&d->line), fit < d->line.len ? d->pen->dots : "",
		style_off(look), style_on(look, STYLE_DIM), strbuf_str(&facts),
		style_off(look));
	if (focus)
		fprintf(d->out, " %s", d->pen->here);
	print_marks(d, item,
		    before + text_fit_width(d, fit) + facts.len + (focus ? 4 : 0));
	fputc('\n', d->out);
	strbuf_fini(&facts);
}

/* ---- the drawing ---- */

static const char *program_of(const struct node *node)
{
	const struct image_row *image = last_image(node->item);

	return !image ? "" : image->exe ? image->exe : image->comm ? image->comm : "";
}

/* How many children of a node run the same program, none of them of interest. */
struct alike {
	size_t total, drawn, left, below;
	const char *program;
	struct alike *next;
};

struct alikes {
	struct map *by_program;
	struct alike *first, **end;
};

static void count_alikes(struct alikes *alikes, const struct node *parent)
{
	alikes->by_program = map_new();
	alikes->first = NULL;
	alikes->end = &alikes->first;
	for (const struct node *c = parent->children; c; c = c->next) {
		struct slice key = slice_str(program_of(c));
		struct alike *a = map_get(alikes->by_program, key);

		if (c->marked)
			continue;
		if (!a) {
			a = xcalloc(1, sizeof(*a));
			a->program = key.ptr;
			map_put(alikes->by_program, key, a);
			*alikes->end = a;
			alikes->end = &a->next;
		}
		a->total++;
	}
}

static void free_alikes(struct alikes *alikes)
{
	while (alikes->first) {
		struct alike *next = alikes->first->next;

		free(alikes->first);
		alikes->first = next;
	}
	map_free(&alikes->by_program);
}

/* Takes node as one of many, if it is one too many. */
static bool take_alike(const struct drawing *d, struct alikes *alikes,
		       const struct node *node)
{
	size_t most = node->parent->item->nmarks ? ALIKE_MARKED : ALIKE_MOST;
	struct alike *a = map_get(alikes->by_program, slice_str(program_of(node)));

	if (node->marked || d->options->full || !a || a->total <= most)
		return false;
	if (a->drawn < ALIKE_DRAWN) {
		a->drawn++;
		return false;
	}
	a->left++;
	a->below += node->below;
	return true;
}

static void draw_rest(struct drawing *d, const struct alike *a, bool last)
{
	struct slice name = slice_basename(slice_str(a->program));

	if (!take_line(d))
		return;
	strbuf_clear(&d->line);
	strbuf_printf(&d->line, "%s %zu more ", d->pen->dots, a->left);
	if (name.len > 0)
		escape_add(&d->line, name);
	else
		strbuf_add_str(&d->line, "not observed");
	if (a->below > 0)
		strbuf_printf(&d->line, ", with %zu below them", a->below);
	fprintf(d->out, "%*s%s%s%s%s%s\n",
		(int)d->options->indent + (d->options->times ? TIME_COLUMN : 0), "",
		strbuf_str(&d->prefix), last ? d->pen->last : d->pen->branch,
		style_on(d->options->look, STYLE_DIM), strbuf_str(&d->line),
		style_off(d->options->look));
}

static void draw(struct drawing *d, const struct node *node, unsigned depth, bool last);

/* Is something drawn below parent after node? */
static bool more_follows(const struct node *node, const struct alikes *alikes)
{
	if (node->next)
		return true;
	for (const struct alike *a = alikes->first; a; a = a->next) {
		if (a->left > 0)
			return true;
	}
	return false;
}

static void draw_children(struct drawing *d, const struct node *node, unsigned depth)
{
	struct alikes alikes;

	if (!node->children)
		return;
	if (depth > DEPTH_MAX) {
		d->left_out += node->below;
		return;
	}
	count_alikes(&alikes, node);
	for (const struct node *c = node->children; c; c = c->next) {
		if (!take_alike(d, &alikes, c))
			draw(d, c, depth, !more_follows(c, &alikes));
	}
	for (const struct alike *a = alikes.first; a; a = a->next) {
		const struct alike *other = a->next;

		while (other && other->left == 0)
			other = other->next;
		if (a->left > 0)
			draw_rest(d, a, !other);
	}
	free_alikes(&alikes);
}

static void draw(struct drawing *d, const struct node *node, unsigned depth, bool last)
{
	size_t len = d->prefix.len;

	print_node(d, node, depth == 0 ? "" : last ? d->pen->last : d->pen->branch);
	if (depth > 0)
		strbuf_add_str(&d->prefix, last ? d->pen->none : d->pen->pass);
	draw_children(d, node, depth + 1);
	strbuf_cut(&d->prefix, len);
}

/* "node1, 2026-11-21 (UTC)" */
static void print_root(struct drawing *d, const struct node *root, bool first)
{
	const struct process_row *row = &root->item->row;
	char day[STAMP_MAX] = "";

	if (!d->options->heads)
		return;
	if (row->started != 0)
		stamp_short(row->started, day);
	day[strcspn(day, " ")] = '\0';
	strbuf_clear(&d->line);
	text_add(&d->line, row->host);
	if (row->host && day[0])
		strbuf_add_str(&d->line, ", ");
	strbuf_printf(&d->line, "%s%s", day, day[0] ? " (UTC)" : "");
	fprintf(d->out, "%s%s%s%s\n", first ? "" : "\n",
		style_on(d->options->look, STYLE_BOLD), strbuf_str(&d->line),
		style_off(d->options->look));
}

size_t tree_print(FILE *out, const struct tree_options *options,
		  const struct process_item *items, size_t n)
{
	struct tree_options fitting = *options;
	struct drawing d = { .out = out,
			     .options = &fitting,
			     .pen = &pens[options->look->utf8] };
	struct node *nodes = xcalloc(n, sizeof(*nodes));
	const struct node *root;

	if (options->look->width > 0 && options->look->width < NARROW)
		fitting.times = false;
	strbuf_init(&d.prefix);
	strbuf_init(&d.line);
	for (size_t i = 0; i < n; i++)
		nodes[i].item = &items[i];
	qsort(nodes, n, sizeof(*nodes), by_start);
	root = link_nodes(nodes, n);
	sum_up(nodes, n, options->keep_seeds);
	for (const struct node *r = root; r; r = r->next) {
		print_root(&d, r, r == root);
		draw(&d, r, 0, true);
	}
	strbuf_fini(&d.prefix);
	strbuf_fini(&d.line);
	free(nodes);
	return d.left_out;
}
