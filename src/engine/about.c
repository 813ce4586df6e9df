/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/about.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

enum { LIMIT_VARIABLES = 32, VALUE_MAX = 1024 };

/* ---- containers ---- */

static const struct {
	const char *key;
	size_t offset;
} fields[] = {
	{ "ctr", offsetof(struct ctrfacts, id) },
	{ "ctr_name", offsetof(struct ctrfacts, name) },
	{ "ctr_image", offsetof(struct ctrfacts, image) },
	{ "ctr_digest", offsetof(struct ctrfacts, image_digest) },
	{ "ctr_image_id", offsetof(struct ctrfacts, image_id) },
	{ "ctr_pod", offsetof(struct ctrfacts, pod) },
	{ "ctr_ns", offsetof(struct ctrfacts, ns) },
	{ "ctr_runtime", offsetof(struct ctrfacts, runtime) },
	{ "ctr_rootfs", offsetof(struct ctrfacts, rootfs) },
	{ "ctr_sandbox", offsetof(struct ctrfacts, sandbox) },
};

void about_add_container(struct ask_message *message, const struct ctrfacts *facts)
{
	if (!facts)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		char *value;

		memcpy(&value, (const char *)facts + fields[i].offset, sizeof(value));
		ask_add(message, fields[i].key, value);
	}
}

bool about_container(struct slice texts, struct arena *arena, struct ctrfacts *out)
{
	*out = (struct ctrfacts){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct slice text = ask_get(texts, fields[i].key);
		char *value = text.len ? arena_slice_dup(arena, text) : NULL;

		memcpy((char *)out + fields[i].offset, &value, sizeof(value));
	}
	return out->id != NULL;
}

/* ---- environments ---- */

/* ld.so(8), iconv_open(3), and what curl(1) and most other clients obey. */
static bool is_wanted(struct slice name)
{
	static const char *const wanted[] = {
		"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",  "GCONV_PATH",
		"http_proxy", "https_proxy",     "ftp_proxy", "all_proxy",
		"HTTP_PROXY", "HTTPS_PROXY",     "FTP_PROXY", "ALL_PROXY"
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (slice_eq_str(name, wanted[i]))
			return true;
	}
	return false;
}

size_t about_add_environment(struct ask_message *message, struct slice environ)
{
	size_t n = 0;

	while (environ.len > 0 && n < LIMIT_VARIABLES) {
		size_t len = strnlen(environ.ptr, environ.len);
		const char *equal = memchr(environ.ptr, '=', len);

		if (equal &&
		    is_wanted(slice_make(environ.ptr, (size_t)(equal - environ.ptr)))) {
			char copy[VALUE_MAX];
			size_t keep = len < sizeof(copy) - 1 ? len : sizeof(copy) - 1;

			memcpy(copy, environ.ptr, keep);
			copy[keep] = '\0';
			ask_add(message, "env", copy);
			n++;
		}
		environ = slice_skip(environ, len + 1);
	}
	return n;
}

size_t about_environment(struct slice texts, struct arena *arena, const char *const **out)
{
	const char **list = arena_alloc(arena, LIMIT_VARIABLES * sizeof(*list));
	struct slice key, value;
	size_t n = 0;

	while (n < LIMIT_VARIABLES && ask_next(&texts, &key, &value)) {
		if (slice_eq_str(key, "env"))
			list[n++] = arena_slice_dup(arena, value);
	}
	*out = list;
	return n;
}
