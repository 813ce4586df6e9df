/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slice.h"

struct slice slice_basename(struct slice path)
{
	const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;

	return slash ? slice_skip(path, (size_t)(slash - path.ptr) + 1) : path;
}
