/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as bytes and back (base/pack.h), and the tables of what is saved. */
#include "base/pack.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/map.h"
#include "base/xalloc.h"
#include "config/config.h"
#include "detect/signatures.h"
#include "engine/carry.h"
#include "engine/resume.h"
#include "manifest/set.h"
#include "unit/store_folder.h"

/* ---- a small graph ---- */

struct node {
	uint32_t refs;
	char *name;
	struct node *next;
	struct node *other; /* borrowed */
	char **words;
	uint32_t nwords;
	int *kept;
};

struct graph {
	struct node *head;
	struct map *by_name, *by_number, *by_node;
	struct node **list;
	size_t n, room;
	uint8_t few;
};

static const struct pack_type node_type;
static const struct pack_field node_rows[] = {
	PACK_NUMBER(struct node, refs),
	PACK_TEXT(struct node, name),
	PACK_OWN(struct node, next, &node_type),
	PACK_REF(struct node, other, &node_type),
	PACK_TEXTS(struct node, words, nwords),
	PACK_NUMBER(struct node, nwords),
	PACK_KEPT(struct node, kept),
};
static const struct pack_type node_type =
	PACK_COUNTED_TABLE("node", struct node, node_rows);

static const struct pack_field graph_rows[] = {
	PACK_OWN(struct graph, head, &node_type),
	PACK_MAP(struct graph, by_name, &node_type, .key = PACK_KEY_BYTES),
	PACK_MAP(struct graph, by_number, NULL),
	PACK_MAP(struct graph, by_node, &node_type, .key = PACK_KEY_ADDRESS,
		 .key_type = &node_type),
	PACK_REFS(struct graph, list, &node_type, PACK_COUNTED_BY(struct graph, n),
		  PACK_PLACES_IN(struct graph, room)),
	PACK_NUMBER(struct graph, n),
	PACK_NUMBER(struct graph, room),
	PACK_NUMBER(struct graph, few),
};
static const struct pack_type graph_type = PACK_TABLE("graph", struct graph, graph_rows);

static struct graph *graph_new(void)
{
	struct graph *g = xcalloc(1, sizeof(*g));

	g->by_name = map_new();
	g->by_number = map_new();
	g->by_node = map_new();
	return g;
}

static struct node *node_new(const char *name, struct node *next)
{
	struct node *node = xcalloc(1, sizeof(*node));

	node->refs = 1;
	node->name = xstrdup(name);
	node->next = next;
	return node;
}

static void graph_free(struct graph *g)
{
	struct node *next;

	for (struct node *node = g->head; node; node = next) {
		next = node->next;
		for (uint32_t i = 0; i < node->nwords; i++)
			free(node->words[i]);
		free(node->words);
		free(node->name);
		free(node);
	}
	map_free(&g->by_name);
	map_free(&g->by_number);
	map_free(&g->by_node);
	free(g->list);
	free(g);
}

/* Three in a row; the last points back at the first. */
static struct graph *sample(void)
{
	struct graph *g = graph_new();
	struct node *c = node_new("c", NULL), *b = node_new("", c), *a = node_new("a", b);

	g->head = a;
	c->other = a;
	b->words = xcalloc(3, sizeof(*b->words));
	b->words[0] = xstrdup("one");
	b->words[1] = xstrdup("");
	b->nwords = 2;
	map_put(g->by_name, slice_str("c"), c);
	map_put_u64(g->by_number, UINT64_MAX, (void *)(uintptr_t)7);
	map_put_u64(g->by_node, (uintptr_t)b, c);
	g->list = xcalloc(4, sizeof(struct node *));
	g->list[0] = c;
	g->list[1] = NULL;
	g->n = 2;
	g->room = 4;
	g->few = 5;
	return g;
}

static void save_graph(struct graph *g, struct strbuf *out)
{
	struct pack_root root = { &graph_type, g };

	strbuf_init(out);
	pack_graph(&root, 1, out);
}

START_TEST(shape_comes_back)
{
	struct graph *g = sample(), *back = graph_new();
	struct pack_root root = { &graph_type, back };
	struct node *a, *b, *c;
	struct strbuf bytes;

	save_graph(g, &bytes);
	ck_assert(unpack_graph(&root, 1, strbuf_slice(&bytes)));
	a = back->head;
	b = a->next;
	c = b->next;
	ck_assert_str_eq(a->name, "a");
	ck_assert_str_eq(b->name, "");
	ck_assert_ptr_eq(c->other, a);
	ck_assert_ptr_null(c->next);
	ck_assert_uint_eq(b->nwords, 2);
	ck_assert_str_eq(b->words[0], "one");
	ck_assert_ptr_null(b->words[2]);
	ck_assert_ptr_null(a->words);
	ck_assert_ptr_eq(map_get(back->by_name, slice_str("c")), c);
	ck_assert_uint_eq((uintptr_t)map_get_u64(back->by_number, UINT64_MAX), 7);
	ck_assert_ptr_eq(map_get_u64(back->by_node, (uintptr_t)b), c);
	ck_assert_ptr_eq(back->list[0], c);
	ck_assert_ptr_null(back->list[1]);
	ck_assert_uint_eq(back->n, 2);
	ck_assert_uint_eq(back->room, 2);
	ck_assert_uint_eq(back->few, 5);
	strbuf_fini(&bytes);
	graph_free(g);
	graph_free(back);
}
END_TEST

static void take_piece(void *ctx, const void *bytes, size_t len)
{
	struct strbuf *all = ctx;

	ck_assert_uint_lt(len, 100000);
	strbuf_add(all, bytes, len);
}

/* What is large comes in pieces, which are the same bytes. */
START_TEST(large_comes_in_pieces)
{
	enum { NODES = 100000 };
	struct graph *g = graph_new(), *back = graph_new();
	struct pack_root root = { &graph_type, g };
	struct strbuf bytes, pieces;
	size_t n = 0;

	for (size_t i = 0; i < NODES; i++)
		g->head = node_new("some name", g->head);
	save_graph(g, &bytes);
	strbuf_init(&pieces);
	pack_graph_to(&root, 1, take_piece, &pieces);
	ck_assert_uint_gt(bytes.len, 1000000);
	ck_assert(slice_eq(strbuf_slice(&bytes), strbuf_slice(&pieces)));
	root.obj = back;
	ck_assert(unpack_graph(&root, 1, strbuf_slice(&pieces)));
	for (const struct node *node = back->head; node; node = node->next)
		n++;
	ck_assert_uint_eq(n, NODES);
	strbuf_fini(&bytes);
	strbuf_fini(&pieces);
	graph_free(g);
	graph_free(back);
}
END_TEST

/* Cut anywhere, or with any byte changed: nothing is read past the end, and
 * what is refused leaves the root as it was. */
START_TEST(damage_leaves_nothing)
{
	struct graph *g = sample();
	struct strbuf bytes;
	unsigned refused = 0;

	save_graph(g, &bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		struct graph *back = graph_new();
		struct pack_root root = { &graph_type, back };
		char *copy = xmemdup0(bytes.ptr, i);

		ck_assert(!unpack_graph(&root, 1, slice_make(copy, i)));
		ck_assert_ptr_null(back->head);
		ck_assert_uint_eq(map_count(back->by_name), 0);
		free(copy);
		graph_free(back);
	}
	for (size_t i = 0; i < bytes.len * 8; i++) {
		struct graph *back = graph_new();
		struct pack_root root = { &graph_type, back };

		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		if (!unpack_graph(&root, 1, strbuf_slice(&bytes))) {
			ck_assert_ptr_null(back->head);
			refused++;
		}
		graph_free(back);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	ck_assert_uint_gt(refused, bytes.len);
	strbuf_fini(&bytes);
	graph_free(g);
}
END_TEST

static const struct pack_field short_rows[] = {
	PACK_NUMBER(struct node, refs),           PACK_TEXT(struct node, name),
	PACK_REF(struct node, other, &node_type), PACK_TEXTS(struct node, words, nwords),
	PACK_NUMBER(struct node, nwords),         PACK_KEPT(struct node, kept),
};
static const struct pack_type short_type = PACK_TABLE("short", struct node, short_rows);

START_TEST(forgotten_member_is_told)
{
	struct pack_root root = { &short_type, NULL };
	struct err err = { "" };

	ck_assert_int_eq(pack_check(&root, 1, &err), -1);
	ck_assert_str_eq(err.msg,
			 "short: no row for what stands before other: add one to "
			 "its table");
}
END_TEST

/* ---- what is saved of the engine ---- */

START_TEST(tables_cover_their_structs)
{
	struct detect_setup detect = { 0 };
	struct engine_setup setup = { .detect = &detect };
	struct engine *engine = engine_new(&setup);
	struct err err = { "" };

	ck_assert_msg(resume_check(engine, &err) == 0, "%s", err.msg);
	engine_free(&engine);
}
END_TEST

static const char *const lines[] = {
	"type=SYSCALL msg=audit(1700000000.100:7): arch=c000003e syscall=59 success=yes "
	"exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=500 auid=1000 uid=1000 gid=1000 "
	"euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=1 "
	"comm=\"sleep\" exe=\"/usr/bin/sleep\" key=\"auspex\"",
	"type=EXECVE msg=audit(1700000000.100:7): argc=2 a0=\"sleep\" a1=\"9\"",
	"type=CWD msg=audit(1700000000.100:7): cwd=\"/\"",
	"type=PROCTITLE msg=audit(1700000000.100:7): proctitle=736C656570",
	/* The rest of this one is still to come. */
	"type=SYSCALL msg=audit(1700000009.000:8): arch=c000003e syscall=231 exit=0 pid=500",
};

/* What is kept stays where there is no room for more, and the store goes on. */
static void check_no_room(struct engine *engine, struct source_row *progress)
{
	struct rlimit none = { .rlim_cur = 64 << 10, .rlim_max = RLIM_INFINITY };
	size_t size = 4 << 20;
	char *large = xcalloc(1, size);
	struct err err = { "" };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(carry_keep(engine, 0, "none", slice_make(large, size), "", &err),
			 -1);
	ck_assert_str_ne(err.msg, "");
	none.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(engine_feed(engine, slice_str(lines[0]), &err), 0);
	ck_assert_int_eq(engine_commit(engine, progress, &err), 0);
	free(large);
}

/* Saved in the middle of an event, kept, and taken by the next engine, or not. */
START_TEST(kept_between_commits)
{
	static const char mark[] = "5 beef 1700000000100";
	struct config config;
	struct detect_setup detect = { .config = &config };
	struct signatures *signatures;
	struct manifest_set *manifests;
	struct engine_setup setup = { .detect = &detect };
	struct source_row progress = { .path = "test", .fingerprint = "" };
	struct engine *engine, *next;
	char digest[SHA256_HEX + 1];
	struct resume_row row;
	struct strbuf state;
	struct arena arena;
	struct err err;
	bool taken;

	config_init(&config);
	signatures = signatures_new(&config, &err);
	ck_assert_ptr_nonnull(signatures);
	manifests = manifest_set_new();
	detect.signatures = signatures;
	detect.manifests = manifests;
	store_folder_make();
	setup.store = store_opened(store_path(), STORE_DURABLE);
	engine = engine_new(&setup);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_int_eq(engine_feed(engine, slice_str(lines[i]), &err), 0);
	ck_assert_int_eq(engine_commit(engine, &progress, &err), 0);
	ck_assert(!engine_is_idle(engine));
	strbuf_init(&state);
	resume_save(engine, &state);
	resume_digest(strbuf_slice(&state), slice_make(NULL, 0), digest);
	ck_assert_int_eq(carry_keep(engine, 0, mark, strbuf_slice(&state), digest, &err),
			 0);

	check_no_room(engine, &progress);
	arena_init(&arena);
	for (int damaged = 0; damaged < 2; damaged++) {
		next = engine_new(&setup);
		ck_assert_int_eq(carry_find(next, &arena, &row, &err), 1);
		ck_assert_str_eq(row.marks, mark);
		ck_assert_int_eq(carry_take(next, &row, true, &taken, &err), 0);
		ck_assert_int_eq(taken, !damaged);
		ck_assert_int_eq(engine_is_idle(next), damaged);
		ck_assert_int_eq(engine_last(next), damaged ? 0 : engine_last(engine));
		/* What was taken stays until it is replaced; what is damaged goes. */
		ck_assert_int_eq(carry_find(next, &arena, &row, &err), !damaged);
		digest[0] ^= 1;
		if (!damaged)
			ck_assert_int_eq(carry_keep(next, row.id, mark,
						    strbuf_slice(&state), digest, &err),
					 0);
		engine_free(&next);
	}
	arena_fini(&arena);
	strbuf_fini(&state);
	engine_free(&engine);
	store_close(&setup.store);
	store_folder_drop();
	signatures_free(&signatures);
	manifest_set_free(&manifests);
	config_fini(&config);
}
END_TEST

Suite *suite_save(void);

Suite *suite_save(void)
{
	Suite *suite = suite_create("save");
	TCase *tcase = tcase_create("save");

	tcase_add_test(tcase, shape_comes_back);
	tcase_add_test(tcase, large_comes_in_pieces);
	tcase_add_test(tcase, damage_leaves_nothing);
	tcase_add_test(tcase, forgotten_member_is_told);
	tcase_add_test(tcase, tables_cover_their_structs);
	tcase_add_test(tcase, kept_between_commits);
	suite_add_tcase(suite, tcase);
	return suite;
}
