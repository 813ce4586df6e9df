/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files whose content is known, by the manifest that they are still as, or
 * because they were read: are they on a list of indicators? Those that are
 * not are told to the store, which a later list may be held against.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/drift_priv.h"
#include "detect/malicious.h"
#include "state/container.h"

enum { LIMIT_CLEAN = 200000 };

static const char *const verdicts[] = {
	[DRIFT_UNJUDGED] = "unjudged",
	[DRIFT_SAME] = "same",
	[DRIFT_ADDED] = "added",
	[DRIFT_MODIFIED] = "modified",
};

/* A file and what it holds: by SHA-256, or by MD5 where that is all. */
struct known {
	const uint8_t *sha256, *md5; /* NULL: not known */
	uint64_t size;               /* 0: not known */
	char hex[SHA256_HEX + 1];
};

static bool find(const struct drift *d, const struct known *known, stamp_ms when,
		 struct arena *arena, struct intel_match *match)
{
	uint64_t size = known->size ? known->size : SIZE_UNKNOWN;

	return known->sha256
		       ? intel_find_sha256(d->intel, known->sha256, size, when, arena,
					   match)
		       : intel_find_md5(d->intel, known->md5, size, when, arena, match);
}

static void tell_file(const struct activity *act, const struct image *image,
		      const struct known *known, const struct drift_judgement *j,
		      const char *kind, const struct finding_out *out)
{
	struct file_fact fact = { .proc = act->proc,
				  .image = image,
				  .at = act->at,
				  .path = j->path,
				  .digest = known->hex,
				  .size = known->size,
				  .kind = kind,
				  .verdict = verdicts[j->verdict],
				  .manifest = j->manifest };

	if (out->file)
		out->file(out->ctx, &fact);
}

static const char *why_of(const struct drift_judgement *j)
{
	switch (j->verdict) {
	case DRIFT_SAME: return "as the image holds it";
	case DRIFT_MODIFIED: return "which the image holds with another content";
	case DRIFT_ADDED:
		return j->by_history ? "which was made while its container ran"
				     : "which the image does not hold";
	default: return "of an image that is not known";
	}
}

static void emit(struct drift *d, const struct state *state, const struct activity *act,
		 const struct drift_judgement *j, const char *kind,
		 const struct known *known, const struct image *image,
		 const struct intel_match *match, const struct finding_out *out)
{
	bool library = strcmp(kind, "library") == 0;
	struct drift_report r = {
		.id = malicious_detector(kind, verdicts[j->verdict]),
		.kind = kind,
		.path = j->path,
		.why = why_of(j),
		.verb = library                       ? "loaded"
			: strcmp(kind, "script") == 0 ? "ran the script"
						      : "was started from",
		.evidence = library ? "mapped executable" : "executed",
		.judgement = j,
		.confidence = CONF_HIGH,
		.image = image,
		.sha256 = known->sha256 ? known->hex : NULL,
		.match = match,
	};

	if (j->verdict == DRIFT_UNJUDGED)
		r.caveat = "no manifest of its image was given: whether the image holds "
			   "it is not known";
	drift_emit(d, state, act, &r, out);
}

/* What stands for that entry of the manifest in that container or root. */
static uint64_t clean_key(const struct manifest_entry *e, const struct proc *proc)
{
	uint64_t words[3] = { (uintptr_t)e, (uintptr_t)container_of(proc),
			      proc->root ? hash_bytes(proc->root, strlen(proc->root))
					 : 0 };

	return hash_bytes(words, sizeof(words));
}

/* Was it looked up before? If not, it counts as such from now on. */
static bool is_clean(struct drift *d, uint64_t key)
{
	uint64_t generation = intel_set_generation(d->intel);

	if (generation != d->clean_generation || map_count(d->clean) >= LIMIT_CLEAN) {
		map_free(&d->clean);
		d->clean = map_new();
		d->clean_generation = generation;
	}
	return map_put_u64(d->clean, key, d) != NULL;
}

void drift_intel_judged(struct drift *d, const struct state *state,
			const struct activity *act, const struct drift_judgement *j,
			const char *kind, const struct finding_out *out)
{
	const struct manifest_entry *e = j->verdict == DRIFT_SAME ? j->entry : j->was;
	uint64_t key = clean_key(e, act->proc);
	struct known known = { 0 };
	struct intel_match match;
	struct arena arena;

	if (!e || e->kind != MF_FILE || !(e->has_sha256 || e->has_md5) ||
	    is_clean(d, key))
		return;
	known.sha256 = e->has_sha256 ? e->sha256 : NULL;
	known.md5 = e->has_md5 ? e->md5 : NULL;
	known.size = e->size;
	hex_encode(e->has_sha256 ? e->sha256 : e->md5,
		   e->has_sha256 ? SHA256_LEN : MD5_LEN, known.hex);
	if (strcmp(kind, "loaded") == 0)
		kind = "binary";
	tell_file(act, act->proc->image, &known, j, kind, out);
	if (intel_set_empty(d->intel))
		return;
	arena_init(&arena);
	if (find(d, &known, act->at.time, &arena, &match)) {
		map_del_u64(d->clean, key); /* it is counted each time */
		emit(d, state, act, j, kind, &known, NULL, &match, out);
	}
	arena_fini(&arena);
}

static const char *kind_of(const struct content *content)
{
	const char *script = image_script(content->image);

	if (content->program)
		return "binary";
	return script && strcmp(script, content->path) == 0 ? "script" : "library";
}

/* The records may not show a change that the content does. */
static void hold_against(struct drift_judgement *j, const uint8_t *sha256)
{
	const struct manifest_entry *e = j->entry;

	if (j->verdict == DRIFT_SAME && e && e->has_sha256 &&
	    memcmp(e->sha256, sha256, SHA256_LEN) != 0)
		j->verdict = DRIFT_MODIFIED;
}

void drift_intel_content(struct drift *d, const struct state *state,
			 const struct content *content, const struct finding_out *out)
{
	struct drift_subject subject = drift_subject_of(content);
	struct activity act = drift_activity_of(content);
	const char *kind = kind_of(content);
	uint8_t sha256[SHA256_LEN];
	struct known known = { .sha256 = sha256 };
	struct drift_judgement j;
	struct intel_match match;
	struct arena arena;

	if (!hex_decode(slice_str(content->sha256), sha256, sizeof(sha256)))
		return;
	hex_encode(sha256, sizeof(sha256), known.hex);
	drift_on_content(d, state, content, kind, out);
	drift_judge(d, state, &subject, &j);
	if (drift_changed_since(j.file, content))
		return;
	hold_against(&j, sha256);
	tell_file(&act, content->image, &known, &j, kind, out);
	if (intel_set_empty(d->intel))
		return;
	arena_init(&arena);
	if (find(d, &known, content->at.time, &arena, &match))
		emit(d, state, &act, &j, kind, &known, content->image, &match, out);
	arena_fini(&arena);
}
