/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"

enum { FINDING_UID_BYTES = 16 };

struct finding *finding_new(enum detector_id detector)
{
	return finding_new_of(detector_info(detector));
}

struct finding *finding_new_of(const struct detector_info *info)
{
	struct finding *f = xcalloc(1, sizeof(*f));

	arena_init(&f->arena);
	f->detector = info;
	f->severity = f->detector->severity;
	f->confidence = CONF_HIGH;
	f->techniques = f->detector->techniques;
	f->ntechniques = f->detector->ntechniques;
	f->count = 1;
	return f;
}

static const char *copy(struct finding *f, const char *text)
{
	return text ? arena_strdup(&f->arena, text) : NULL;
}

void finding_set_container(struct finding *f, const struct finding_container *from)
{
	struct finding_container *c = arena_alloc(&f->arena, sizeof(*c));

	*c = (struct finding_container){
		.id = copy(f, from->id),
		.name = copy(f, from->name),
		.image = copy(f, from->image),
		.image_digest = copy(f, from->image_digest),
		.pod = copy(f, from->pod),
		.ns = copy(f, from->ns),
		.runtime = copy(f, from->runtime),
		.via = copy(f, from->via),
	};
	f->container = c;
}

void finding_free(struct finding **finding)
{
	if (!*finding)
		return;
	arena_fini(&(*finding)->arena);
	free(*finding);
	*finding = NULL;
}

char *finding_make_uid(struct arena *arena, const char *const *parts, size_t nparts)
{
	struct sha256 *ctx = sha256_new();
	uint8_t digest[SHA256_LEN];
	char *uid = arena_alloc(arena, 2 * FINDING_UID_BYTES + 1);

	for (size_t i = 0; i < nparts; i++) {
		/* The NUL keeps "a","bc" and "ab","c" apart. */
		if (parts[i])
			sha256_add(ctx, parts[i], strlen(parts[i]));
		sha256_add(ctx, "", 1);
	}
	sha256_end(ctx, digest);
	sha256_free(&ctx);
	hex_encode(digest, FINDING_UID_BYTES, uid);
	return uid;
}
