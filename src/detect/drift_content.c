/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file whose content has become known, live or from a copy of the disk, is
 * held against the manifest: what the records did not show is told, and what
 * they showed and came to nothing (chmod, copy-up, written back as it was) is
 * taken back.
 */
#include <string.h>

#include "detect/drift_priv.h"

static bool is_after(const struct file_act *act, struct evref at)
{
	return act->at.serial && (act->at.time > at.time || (act->at.time == at.time &&
							     act->at.serial > at.serial));
}

/* What a copy of the disk holds may have been put there after it ran. */
bool drift_changed_since(const struct file *file, const struct content *content)
{
	return content->later && file &&
	       (is_after(&file->content.act, content->at) ||
		is_after(&file->opened.act, content->at) ||
		is_after(&file->named, content->at) ||
		is_after(&file->gone, content->at));
}

static void tell_modified(struct drift *d, const struct state *state,
			  const struct activity *act, const struct content *content,
			  struct drift_judgement *j, const char *kind,
			  const struct finding_out *out)
{
	bool library = strcmp(kind, "library") == 0;
	bool sure = !content->later || content->same_inode;
	struct drift_report r = {
		.id = library ? DETECT_MODIFIED_LIBRARY_LOADED
			      : DETECT_MODIFIED_BINARY_EXECUTED,
		.kind = kind,
		.path = j->path,
		.why = "its content is not what the image holds",
		.verb = library                       ? "loaded"
			: strcmp(kind, "script") == 0 ? "ran the script"
						      : "was started from",
		.evidence = library ? "mapped executable" : "executed",
		.judgement = j,
		.confidence = sure ? CONF_HIGH : CONF_MEDIUM,
		.caveat =
			sure ? NULL
			     : "by the content of a copy; whether that was there when it "
			       "ran is not in the records",
		.image = content->image,
		.sha256 = content->sha256,
	};

	j->verdict = DRIFT_MODIFIED;
	drift_emit(d, state, act, &r, out);
}

/* Is it a file with a name, and no copy of a runtime on its way in? */
static bool has_own_file(const struct content *content)
{
	return content->path[0] == '/' &&
	       !(content->program && (content->image->memfd || content->image->deleted ||
				      container_runtime_exec(content->proc)));
}

void drift_on_content(struct drift *d, const struct state *state,
		      const struct content *content, const char *kind,
		      const struct finding_out *out)
{
	struct drift_subject subject = drift_subject_of(content);
	struct activity act = drift_activity_of(content);
	uint8_t sha256[SHA256_LEN];
	struct drift_judgement j;
	bool same;

	drift_judge(d, state, &subject, &j);
	/* By now there may be a manifest for its container, where there was none. */
	if (!content->later && j.verdict == DRIFT_ADDED && has_own_file(content))
		drift_tell_late(d, state, content, &j, kind, out);
	if (!j.entry || j.entry->kind != MF_FILE || !j.entry->has_sha256 ||
	    !hex_decode(slice_str(content->sha256), sha256, sizeof(sha256)) ||
	    drift_changed_since(j.file, content) ||
	    (content->later && j.mount)) /* a copy has what is below the mount */
		return;
	same = memcmp(j.entry->sha256, sha256, SHA256_LEN) == 0;
	if (same && j.verdict == DRIFT_MODIFIED)
		drift_take_back(d, content, &j, kind, out);
	else if (!same && j.verdict == DRIFT_SAME)
		tell_modified(d, state, &act, content, &j, kind, out);
}
