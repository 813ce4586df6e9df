/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/path.h"

#include <string.h>

/* Appends the components of part to out[0..len), "/" before each. */
static size_t append(char *out, size_t len, struct slice part)
{
	while (part.len) {
		const char *slash = memchr(part.ptr, '/', part.len);
		size_t n = slash ? (size_t)(slash - part.ptr) : part.len;
		struct slice comp = { part.ptr, n };

		part = slice_skip(part, slash ? n + 1 : n);
		if (n == 0 || slice_eq_str(comp, "."))
			continue;
		if (slice_eq_str(comp, "..")) {
			while (len && out[--len] != '/')
				;
			continue;
		}
		if (len + 1 + n >= LIMIT_PATH)
			break;
		out[len++] = '/';
		memcpy(out + len, comp.ptr, n);
		len += n;
	}
	return len;
}

char *path_absolute(struct slice base, struct slice name, char out[LIMIT_PATH])
{
	size_t len = 0;

	if (name.len == 0 || name.ptr[0] != '/')
		len = append(out, 0, base);
	len = append(out, len, name);
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return out;
}

char *path_real(const char *root, const char *path, char out[LIMIT_PATH])
{
	size_t len = root ? strlen(root) : 0;
	size_t more = strlen(path);

	if (len >= LIMIT_PATH)
		len = LIMIT_PATH - 1;
	if (len && more == 1) /* the root itself: no slash at its end */
		more = 0;
	if (len + more >= LIMIT_PATH)
		more = LIMIT_PATH - 1 - len;
	if (len)
		memcpy(out, root, len);
	memcpy(out + len, path, more);
	out[len + more] = '\0';
	return out;
}

bool path_within(const char *path, const char *dir)
{
	size_t n = dir ? strlen(dir) : 0;

	if (n == 0 || (n == 1 && dir[0] == '/'))
		return true;
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
