/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/integrity.h"

#include <string.h>

#include "detect/choice.h"
#include "detect/drift_priv.h"

static const struct exec_file *program_file(const struct image *image)
{
	for (uint32_t i = 0; i < image->nfiles; i++) {
		if (image->files[i].role == EXEC_PROGRAM)
			return &image->files[i];
	}
	return NULL;
}

enum integrity integrity_of(const struct manifest_set *set, const struct state *state,
			    const struct proc *proc)
{
	const struct drift judge = { .manifests = set };
	const struct exec_file *file = program_file(proc->image);
	struct drift_subject subject = { .proc = proc,
					 .path = proc->image->exe,
					 .dev = file ? file->dev : 0,
					 .inode = file ? file->inode : 0,
					 .resolved = true };
	struct drift_judgement j;

	if (!subject.path || !choice_for(set, proc).manifest)
		return INTEGRITY_UNKNOWN;
	drift_judge(&judge, state, &subject, &j);
	switch (j.verdict) {
	case DRIFT_SAME: return INTEGRITY_KEPT;
	case DRIFT_UNJUDGED: return INTEGRITY_UNKNOWN;
	default: return INTEGRITY_BROKEN;
	}
}

static bool digest_of(const char *sha256, uint8_t out[SHA256_LEN])
{
	return sha256 && hex_decode(slice_str(sha256), out, SHA256_LEN);
}

enum integrity integrity_of_content(const struct manifest_set *set,
				    const struct proc *proc, const char *path,
				    const char *sha256)
{
	const struct manifest *manifest = choice_for(set, proc).manifest;
	const struct manifest_entry *entry;
	uint8_t digest[SHA256_LEN];

	if (!manifest || !path || !digest_of(sha256, digest))
		return INTEGRITY_UNKNOWN;
	entry = manifest_find(manifest, slice_str(path));
	if (!entry)
		return INTEGRITY_BROKEN;
	if (!entry->has_sha256)
		return INTEGRITY_UNKNOWN;
	return memcmp(entry->sha256, digest, SHA256_LEN) == 0 ? INTEGRITY_KEPT
							      : INTEGRITY_BROKEN;
}

const char *integrity_name(const struct manifest_set *set, const struct proc *proc,
			   const char *sha256)
{
	const struct manifest *manifest = choice_for(set, proc).manifest;
	const struct manifest_entry *entry = NULL;
	uint8_t digest[SHA256_LEN];

	if (manifest && digest_of(sha256, digest))
		entry = manifest_find_sha256(manifest, digest);
	return entry ? entry->path : NULL;
}
