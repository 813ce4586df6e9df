/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines, files and records that a Sigma rule describes. One finding
 * for each rule and what it saw: the same command line, file or peer again
 * is a count.
 */
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/pack.h"
#include "base/xalloc.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/signature_priv.h"
#include "detect/signatures.h"
#include "detect/told.h"
#include "state/container.h"

/* Rules that can match an event of some shape at all. */
struct candidates {
	size_t count;
	const struct signature *list[];
};

/*
 * Which types of records an event has, and which call: few of all the rules
 * for records can match it, and which is the same for all events like it.
 */
enum { SHAPE_TYPES = 16, LIMIT_SHAPES = 4096 };

struct shape {
	uint32_t arch, nr;
	uint16_t types[SHAPE_TYPES];
};

/* The shapes that came last, so that most events need no look into the map. */
enum { RECENT_SHAPES = 64 };

struct recent_shape {
	struct shape shape;
	const struct candidates *candidates; /* NULL: no shape yet */
};

struct signature_state {
	const struct signatures *signatures; /* NULL: there are none */
	uint64_t generation;  /* of the rules that candidates were chosen from */
	struct map *by_shape; /* struct candidates */
	struct recent_shape recent[RECENT_SHAPES];
	struct told told;
	struct subject subject;
};

static void forget_shapes(struct signature_state *s)
{
	struct map_iter it = { 0 };
	void *value;

	while (map_next(s->by_shape, &it, NULL, &value))
		free(value);
	map_free(&s->by_shape);
	s->by_shape = map_new();
	memset(s->recent, 0, sizeof(s->recent));
}

static void *signature_init(const struct detect_setup *setup)
{
	struct signature_state *s = xcalloc(1, sizeof(*s));

	s->signatures = setup->signatures;
	told_init(&s->told, sizeof(struct told_once));
	s->by_shape = map_new();
	arena_init(&s->subject.arena);
	return s;
}

static void signature_fini(void *self)
{
	struct signature_state *s = self;

	forget_shapes(s);
	map_free(&s->by_shape);
	told_fini(&s->told);
	arena_fini(&s->subject.arena);
	free(s);
}

/* ---- the finding ---- */

static const char *value_of(struct subject *s, int field)
{
	struct sigma_value value;

	if (!subject_get(s, field, (struct slice){ "", 0 }, 0, &value))
		return NULL;
	return arena_slice_dup(&s->arena, value.text);
}

/* What makes it another one: the host, the container, and what was seen. */
static const char *make_uid(struct finding *f, struct subject *s,
			    enum sigma_source source)
{
	const struct proc *proc = s->act->proc;
	const struct container *c = proc ? container_of(proc) : NULL;
	const char *line = NULL, *peer = NULL;
	const char *image = NULL;

	if (proc) {
		image = proc->image->exe;
		line = source == SIGMA_PROCESS ? value_of(s, FIELD_COMMAND_LINE) : NULL;
		peer = source == SIGMA_NETWORK ? value_of(s, FIELD_DESTINATION_IP) : NULL;
	}
	if (!proc)
		line = arena_slice_dup(&s->arena, s->act->event->records[0].body);
	return finding_make_uid(
		&f->arena,
		(const char *[]){ f->detector->id,
				  arena_slice_dup(&s->arena, s->act->event->node),
				  c ? c->id : NULL, image, line, peer, s->target },
		7);
}

static const char *event_words(const struct activity *act, enum sigma_source source)
{
	static const char *const words[SIGMA_SOURCE_MAX] = {
		[SIGMA_PROCESS] = "executed",
		[SIGMA_FILE_EVENT] = "file written",
		[SIGMA_FILE_CHANGE] = "mode changed",
		[SIGMA_FILE_DELETE] = "file removed",
		[SIGMA_FILE_ACCESS] = "file opened",
		[SIGMA_NETWORK] = "connected",
	};

	if (source != SIGMA_AUDITD)
		return words[source];
	return act->event->has_syscall ? "call recorded" : "recorded";
}

static const char *summary(struct finding *f, struct subject *s, enum sigma_source source)
{
	const struct proc *proc = s->act->proc;
	const char *who = proc ? describe_name(f, proc, proc->image) : NULL;

	if (source == SIGMA_PROCESS)
		return arena_printf(&f->arena, "%s ran: %s", who,
				    value_of(s, FIELD_COMMAND_LINE));
	if (source == SIGMA_NETWORK)
		return arena_printf(&f->arena, "%s: %s, peer %s", f->detector->title, who,
				    value_of(s, FIELD_DESTINATION_IP));
	if (s->target)
		return arena_printf(&f->arena, "%s by %s: %s",
				    event_words(s->act, source), who, s->target);
	if (who)
		return arena_printf(&f->arena, "%s: %s", f->detector->title, who);
	return arena_printf(&f->arena, "%s: %.*s", f->detector->title,
			    SLICE_FMT(s->act->event->records[0].body));
}

static void set_target(struct finding *f, const struct subject *s)
{
	struct finding_target *target = arena_zalloc(&f->arena, sizeof(*target));

	target->path = arena_strdup(&f->arena, s->target);
	target->kind = "file";
	f->target = target;
}

static void describe_event(struct finding *f, const struct activity *act,
			   const char *what)
{
	struct finding_evidence *e = arena_zalloc(&f->arena, sizeof(*e));

	e->id.node = act->event->node.len ? arena_slice_dup(&f->arena, act->event->node)
					  : NULL;
	e->id.time = act->event->time;
	e->id.serial = act->event->serial;
	e->what = what;
	f->host = e->id.node;
	f->evidence = e;
	f->nevidence = 1;
}

static void report(struct signature_state *s, const struct signature *signature,
		   const struct finding_out *out)
{
	const struct activity *act = s->subject.act;
	enum sigma_source source = signature->rule->source;
	struct finding *f = finding_new_of(signature->info);
	const char *what = event_words(act, source);

	f->uid = make_uid(f, &s->subject, source);
	if (told_before(&s->told, f->uid, act->event->time, out)) {
		finding_free(&f);
		return;
	}
	f->confidence = CONF_MEDIUM;
	f->first_seen = f->last_seen = act->event->time;
	if (act->proc) {
		describe_process(f, act->proc, act->proc->image);
		describe_evidence(f, act->proc, act->at, what);
	} else {
		describe_event(f, act, what);
	}
	if (s->subject.target)
		set_target(f, &s->subject);
	f->summary = summary(f, &s->subject, source);
	out->emit(out->ctx, f);
}

/* A rule was not decided: told once, and counted. */
static void report_costly(struct signature_state *s, const struct signature *signature,
			  const struct finding_out *out)
{
	const struct activity *act = s->subject.act;
	const struct sigma_rule *rule = signature->rule;
	struct finding *f = finding_new(DETECT_DETECTOR_BLIND);

	f->uid = finding_make_uid(&f->arena,
				  (const char *[]){ f->detector->id, rule->id }, 2);
	if (told_before(&s->told, f->uid, act->event->time, out)) {
		finding_free(&f);
		return;
	}
	f->confidence = CONF_HIGH;
	f->first_seen = f->last_seen = act->event->time;
	describe_event(f, act, "not decided");
	f->summary = arena_printf(
		&f->arena,
		"the rule %s (%s:%u) takes more than %d steps for an event, which was "
		"left undecided: give it fewer values, or regular expressions without "
		"nested repetitions",
		signature->info->id, rule->file, rule->line, LIMIT_SIGMA_WORK);
	out->emit(out->ctx, f);
}

/* ---- which rules look at what ---- */

static void ask(struct signature_state *s, const struct signature *signature,
		const struct finding_out *out)
{
	switch (sigma_match(signature->rule, subject_get, &s->subject)) {
	case SIGMA_YES: report(s, signature, out); break;
	case SIGMA_GIVEN_UP: report_costly(s, signature, out); break;
	case SIGMA_NO: break;
	}
}

static void hold(struct signature_state *s, enum sigma_source source,
		 const struct finding_out *out)
{
	size_t n;
	const struct signature *all = signatures_of(s->signatures, source, &n);

	for (size_t i = 0; i < n; i++)
		ask(s, &all[i], out);
}

/* false: an unusual event, for which no shape is kept. */
static bool shape_of(const struct event *event, struct shape *out)
{
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	if (event->has_syscall) {
		out->arch = event->syscall.arch;
		out->nr = event->syscall.nr;
	}
	for (uint32_t i = 0; i < event->nrecords; i++) {
		if (i && event->records[i].type == event->records[i - 1].type)
			continue;
		if (n == SHAPE_TYPES)
			return false;
		out->types[n++] = event->records[i].type;
	}
	return true;
}

static const struct candidates *choose_candidates(struct signature_state *s,
						  const struct activity *act,
						  const struct shape *shape)
{
	struct slice key = slice_make((const char *)shape, sizeof(*shape));
	struct candidates *c = map_get(s->by_shape, key);
	const struct signature *all;
	size_t n;

	if (c)
		return c;
	subject_start(&s->subject, act);
	if (map_count(s->by_shape) >= LIMIT_SHAPES)
		forget_shapes(s);
	all = signatures_of(s->signatures, SIGMA_AUDITD, &n);
	c = xcalloc(1, sizeof(*c) + n * sizeof(c->list[0]));
	for (size_t i = 0; i < n; i++)
		if (sigma_may_match(all[i].rule, subject_get, subject_known_by_shape,
				    &s->subject))
			c->list[c->count++] = &all[i];
	map_put(s->by_shape, key, c);
	return c;
}

static const struct candidates *candidates_for(struct signature_state *s,
					       const struct activity *act,
					       const struct shape *shape)
{
	struct recent_shape *recent =
		&s->recent[(shape->nr + act->event->nrecords * 7) % RECENT_SHAPES];
	const struct candidates *c;

	if (recent->candidates && memcmp(&recent->shape, shape, sizeof(*shape)) == 0)
		return recent->candidates;
	c = choose_candidates(s, act, shape);
	*recent = (struct recent_shape){ *shape, c };
	return c;
}

static void hold_records(struct signature_state *s, const struct activity *act,
			 const struct finding_out *out)
{
	const struct candidates *c;
	struct shape shape;

	if (s->generation != signatures_generation(s->signatures)) {
		forget_shapes(s);
		s->generation = signatures_generation(s->signatures);
	}
	if (!shape_of(act->event, &shape)) {
		subject_start(&s->subject, act);
		hold(s, SIGMA_AUDITD, out);
		return;
	}
	c = candidates_for(s, act, &shape);
	if (c->count == 0)
		return;
	subject_start(&s->subject, act);
	for (size_t i = 0; i < c->count; i++)
		ask(s, c->list[i], out);
}

static void hold_files(struct signature_state *s, const struct activity *act,
		       const struct finding_out *out)
{
	struct touched touched[LIMIT_TOUCHED];
	struct arena names;
	size_t n;

	arena_init(&names);
	n = touched_files(act, &names, touched);
	for (size_t i = 0; i < n; i++) {
		subject_start(&s->subject, act);
		s->subject.target = touched[i].path;
		s->subject.mode = touched[i].mode;
		hold(s, touched[i].source, out);
	}
	arena_fini(&names);
}

static void signature_activity(void *self, const struct state *state UNUSED,
			       const struct activity *act, const struct finding_out *out)
{
	struct signature_state *s = self;

	if (!s->signatures)
		return;
	if (act->kind == ACT_EXEC || act->kind == ACT_JOIN) {
		subject_start(&s->subject, act);
		hold(s, act->kind == ACT_EXEC ? SIGMA_PROCESS : SIGMA_NETWORK, out);
	} else {
		hold_files(s, act, out);
	}
	hold_records(s, act, out);
}

static void signature_finish(void *self, const struct state *state UNUSED,
			     const struct finding_out *out)
{
	struct signature_state *s = self;

	told_finish(&s->told, out);
}

static const struct pack_field signature_rows[] = {
	PACK_KEPT(struct signature_state, signatures),
	PACK_KEPT(struct signature_state, generation),
	PACK_KEPT(struct signature_state, by_shape),
	PACK_KEPT(struct signature_state, recent),
	PACK_PART(struct signature_state, told, &pack_told),
	PACK_KEPT(struct signature_state, subject),
};
static const struct pack_type signature_memory =
	PACK_TABLE("signature", struct signature_state, signature_rows);

const struct detector detector_signature = {
	.name = "signature",
	.init = signature_init,
	.activity = signature_activity,
	.finish = signature_finish,
	.fini = signature_fini,
	.memory = &signature_memory,
};
