/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One finding for each file and host: a program that runs a thousand times
 * is told once, with the process that was first, and a count. It is told
 * anew where it becomes more severe.
 */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "detect/describe.h"
#include "detect/drift_priv.h"
#include "detect/malicious.h"

struct drift_seen {
	struct told_once once;
	enum severity severity;
	struct evref change; /* the newest change that it rests on */
	bool several;        /* it rests on several, at different times */
	bool taken_back;     /* the content was as the image has it after all */
};

void drift_told_init(struct told *told)
{
	told_init(told, sizeof(struct drift_seen));
}

static struct drift_seen *seen_before(const struct drift *d, const char *uid)
{
	return (struct drift_seen *)told_get(&d->told, uid);
}

/* ---- what was told, and turned out to be nothing ---- */

static void take_newer(struct evref *newest, const struct file_act *act)
{
	if (act->at.time > newest->time ||
	    (act->at.time == newest->time && act->at.serial > newest->serial))
		*newest = act->at;
}

/* The newest of all that a verdict may rest on. */
static struct evref newest_change(const struct drift_judgement *j)
{
	struct evref newest = { 0 };

	if (j->file) {
		take_newer(&newest, &j->file->content.act);
		take_newer(&newest, &j->file->opened.act);
		take_newer(&newest, &j->file->named);
	}
	if (j->mount)
		take_newer(&newest, &j->mount->act);
	if (j->moved)
		take_newer(&newest, &j->moved->act);
	return newest;
}

static bool same_event(struct evref a, struct evref b)
{
	return a.time == b.time && a.serial == b.serial;
}

static const char *uid_of(struct arena *arena, enum detector_id id,
			  const struct proc *proc, const char *path)
{
	const struct container *c = container_of(proc);
	const char *where = c && c->id ? c->id : proc->root;
	const char *parts[] = { detector_info(id)->id, proc->host->node, where, path };

	return finding_make_uid(arena, parts, ARRAY_SIZE(parts));
}

void drift_take_back(struct drift *d, const struct content *content,
		     const struct drift_judgement *j, const char *kind,
		     const struct finding_out *out)
{
	enum detector_id id = strcmp(kind, "library") == 0
				      ? DETECT_MODIFIED_LIBRARY_LOADED
				      : DETECT_MODIFIED_BINARY_EXECUTED;
	struct drift_seen *seen;
	struct arena arena;

	arena_init(&arena);
	seen = seen_before(d, uid_of(&arena, id, content->proc, j->path));
	arena_fini(&arena);
	if (!seen || seen->several || !same_event(seen->change, newest_change(j)) ||
	    !out->withdraw)
		return;
	seen->taken_back = true;
	out->withdraw(out->ctx, seen->once.uid, "its content was what the image holds");
}

/* Another change is behind this one: it counts by itself. */
static bool is_anew(struct drift_seen *seen, const struct drift_judgement *j)
{
	bool anew = seen->taken_back;

	if (seen->once.count == 1) {
		seen->change = newest_change(j);
		return false;
	}
	if (same_event(seen->change, newest_change(j)))
		return false;
	seen->several = true;
	seen->taken_back = false;
	return anew;
}

/* ---- the evidence for a verdict, in words ---- */

static const char *who(struct finding *f, const struct file_act *act)
{
	return describe_name(f, act->proc, act->image);
}

static const char *mount_words(struct finding *f, const struct mount *mount)
{
	switch (mount->kind) {
	case MOUNT_BIND:
		return arena_printf(&f->arena, "on a bind mount of %s", mount->from);
	case MOUNT_OVERLAY:
		return arena_printf(&f->arena, "on an overlay mounted at %s", mount->at);
	case MOUNT_MEMORY:
		return arena_printf(&f->arena, "on a file system in memory mounted at %s",
				    mount->at);
	default: return arena_printf(&f->arena, "on what was mounted at %s", mount->at);
	}
}

static const char *modified_words(struct finding *f, const struct drift_report *r)
{
	const struct drift_judgement *j = r->judgement;

	if (j->write)
		return arena_printf(&f->arena, "the image's file was %s by %s",
				    j->write->act.change == FILE_CREATED
					    ? "replaced by one that was created"
					    : file_change_name(j->write->act.change),
				    who(f, &j->write->act));
	if (j->file && j->file->named.at.serial)
		return arena_printf(&f->arena,
				    "the image's file was replaced by %s, %s by %s",
				    j->file->home,
				    file_change_name(j->file->named.change),
				    who(f, &j->file->named));
	if (j->was_link)
		return "the image has a symbolic link there, which a file has replaced";
	if (j->moved)
		return arena_printf(
			&f->arena,
			"the image's directory was replaced by %s, renamed by %s",
			j->moved->path, who(f, &j->moved->act));
	if (j->mount)
		return arena_printf(&f->arena,
				    "the image's file was covered by %s: it is %s",
				    who(f, &j->mount->act), mount_words(f, j->mount));
	return r->why;
}

static const char *added_words(struct finding *f, const struct drift_report *r)
{
	const struct drift_judgement *j = r->judgement;

	if (j->was)
		return arena_printf(&f->arena, "%s, %s by %s from the image's %s", r->why,
				    file_change_name(j->file->named.change),
				    who(f, &j->file->named), j->was->path);
	if (j->mount)
		return arena_printf(&f->arena, "%s: it is %s", r->why,
				    mount_words(f, j->mount));
	return r->why;
}

static const char *how(struct finding *f, const struct drift_report *r)
{
	if (r->judgement->verdict == DRIFT_MODIFIED)
		return modified_words(f, r);
	if (r->judgement->verdict == DRIFT_ADDED)
		return added_words(f, r);
	return r->why;
}

/* ---- the finding ---- */

static const char *digest_text(struct finding *f, const struct manifest_entry *e)
{
	char hex[SHA256_HEX + 1];

	if (!e || !e->has_sha256)
		return NULL;
	hex_encode(e->sha256, SHA256_LEN, hex);
	return arena_strdup(&f->arena, hex);
}

static void evidence_of(struct finding *f, const struct file_act *act, const char *what)
{
	if (act->at.serial)
		describe_evidence(f, act->proc, act->at,
				  what ? what : file_change_name(act->change));
}

static void set_evidence(struct finding *f, const struct activity *act,
			 const struct drift_report *r)
{
	const struct drift_judgement *j = r->judgement;

	if (j->file) {
		evidence_of(f, &j->file->content.act, NULL);
		evidence_of(f, &j->file->opened.act, NULL);
		evidence_of(f, &j->file->named, NULL);
		evidence_of(f, &j->file->chmod, NULL);
		evidence_of(f, &j->file->gone, NULL);
	}
	if (j->moved)
		evidence_of(f, &j->moved->act, "directory renamed");
	if (j->mount)
		evidence_of(f, &j->mount->act, "mounted");
	describe_evidence(f, act->proc, act->at, r->evidence);
}

static void set_target(struct finding *f, const struct drift_report *r,
		       const struct drift_origin *origin)
{
	struct finding_target *target = arena_zalloc(&f->arena, sizeof(*target));

	target->path = arena_strdup(&f->arena, r->path);
	target->kind = r->kind;
	target->how = how(f, r);
	target->sha256 = r->sha256 ? arena_strdup(&f->arena, r->sha256)
				   : digest_text(f, r->judgement->was);
	if (r->judgement->verdict == DRIFT_MODIFIED)
		target->expected_sha256 = digest_text(f, r->judgement->entry);
	if (origin->proc)
		target->writer = describe_one(f, origin->proc, origin->image);
	target->origin = origin->from;
	f->target = target;
}

/* Of what was modified the verdict names the writer. */
static const char *origin_words(struct finding *f, const struct drift_report *r,
				const struct drift_origin *origin)
{
	if (r->judgement->verdict != DRIFT_MODIFIED || !r->judgement->write)
		return drift_origin_words(f, origin);
	return origin->from
		       ? arena_printf(&f->arena, "its content came from %s", origin->from)
		       : NULL;
}

static const struct image *image_of(const struct activity *act,
				    const struct drift_report *r)
{
	return r->image ? r->image : act->proc->image;
}

static const char *summary(struct finding *f, const struct activity *act,
			   const struct drift_report *r,
			   const struct drift_origin *origin)
{
	const char *words = origin_words(f, r, origin);
	const char *known = r->match ? malicious_words(f, r->match) : NULL;
	bool other = r->asked && strcmp(r->asked, r->path) != 0;

	return arena_printf(&f->arena, "%s %s %s%s%s%s%s %s%s%s%s%s",
			    describe_name(f, act->proc, image_of(act, r)), r->verb,
			    r->path, other ? " (asked for as " : "",
			    other ? r->asked : "", other ? ")" : "",
			    r->judgement->verdict == DRIFT_MODIFIED ? ":" : ",",
			    f->target->how, known ? "; " : "", known ? known : "",
			    words ? "; " : "", words ? words : "");
}

/* Deleted by a package manager that put another version there. */
static bool is_upgraded(const struct drift_report *r)
{
	return r->id == DETECT_DELETED_BINARY_EXECUTED && r->judgement->file &&
	       drift_by_packager(&r->judgement->file->gone);
}

void drift_emit(struct drift *d, const struct state *state, const struct activity *act,
		const struct drift_report *r, const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	struct finding *f = finding_new(r->id);
	const struct container *c = container_of(proc);
	struct drift_origin origin;
	struct drift_seen *seen;

	f->uid = uid_of(&f->arena, r->id, proc, r->path);
	drift_origin(d, state, r->judgement->file, &f->arena, &origin);
	/* Whoever brought it: what is on a list is as bad as can be. */
	if (!r->match)
		f->severity = drift_grade(&origin, f->severity, !proc->root && !c);
	if (is_upgraded(r) && !proc->root && !c)
		f->severity = SEV_INFO;
	seen = seen_before(d, f->uid);
	if (seen && r->once) {
		finding_free(&f);
		return;
	}
	if (!seen)
		seen = (struct drift_seen *)told_add(&d->told, f->uid, act->at.time);
	told_count(&seen->once, act->at.time);
	if (!is_anew(seen, r->judgement) && seen->once.count > 1 &&
	    (f->severity <= seen->severity || seen->taken_back)) {
		told_again(&seen->once, out);
		finding_free(&f);
		return;
	}
	seen->severity = f->severity;
	told_now(&seen->once);
	f->first_seen = seen->once.first;
	f->last_seen = seen->once.last;
	f->count = seen->once.count;
	f->confidence = r->confidence;
	f->caveat = r->caveat;
	describe_process(f, proc, image_of(act, r));
	if (r->match)
		malicious_describe(f, r->match);
	set_target(f, r, &origin);
	f->manifest = r->judgement->manifest
			      ? arena_strdup(&f->arena, r->judgement->manifest)
			      : NULL;
	set_evidence(f, act, r);
	f->summary = summary(f, act, r, &origin);
	out->emit(out->ctx, f);
}

static const struct pack_type pack_seen;
static const struct pack_field seen_rows[] = {
	TOLD_ONCE_ROWS(struct drift_seen, once., &pack_seen),
	PACK_NUMBER(struct drift_seen, severity),
	PACK_FLAT(struct drift_seen, change),
	PACK_NUMBER(struct drift_seen, several),
	PACK_NUMBER(struct drift_seen, taken_back),
};
static const struct pack_type pack_seen =
	PACK_TABLE("drift_seen", struct drift_seen, seen_rows);

static const struct pack_field told_rows[] = { TOLD_ROWS(&pack_seen) };
const struct pack_type pack_drift_told = PACK_TABLE("drift_told", struct told, told_rows);
