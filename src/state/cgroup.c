/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names are those of runc's and crun's cgroup drivers: "PREFIX-ID.scope"
 * by systemd, the bare id otherwise, below whatever the caller wanted
 * (runc, libcontainer/cgroups/systemd/common.go, getUnitName). The deepest
 * component decides: above the container's may stand that of its pod.
 */
#include "state/cgroup.h"

#include <string.h>

#include "base/compiler.h"
#include "state/container_cli.h"

enum { LIMIT_LINES = 64, LIMIT_COMPONENTS = 64 };

enum answer { NO, YES, MONITOR };

static bool take(struct slice name, char id[CGROUP_ID_MAX + 1])
{
	if (name.len == 0 || name.len > CGROUP_ID_MAX)
		return false;
	memcpy(id, name.ptr, name.len);
	id[name.len] = '\0';
	return true;
}

/* Takes away what the name begins with, if it does. */
static bool strip(struct slice *name, const char *begin)
{
	struct slice want = slice_str(begin);

	if (!slice_starts(*name, want))
		return false;
	*name = slice_skip(*name, want.len);
	return true;
}

static enum answer judge(struct slice name, char id[CGROUP_ID_MAX + 1])
{
	static const char *const monitors[] = { "crio-conmon-", "libpod-conmon-",
						"lxc.monitor" };
	static const char *const prefixes[] = { "docker-", "cri-containerd-", "crio-",
						"libpod-", "libpod-payload-", "nerdctl-",
						"libpod_" };
	static const struct slice scope = SLICE_LIT(".scope");
	const char *colon;

	for (size_t i = 0; i < ARRAY_SIZE(monitors); i++) {
		if (slice_starts(name, slice_str(monitors[i])))
			return MONITOR;
	}
	if (strip(&name, "lxc.payload."))
		return take(name, id) ? YES : NO;
	if (slice_ends(name, scope))
		name.len -= scope.len;
	/* "x.slice:cri-containerd:ID": a path for systemd, taken as a name */
	colon = name.len ? memrchr(name.ptr, ':', name.len) : NULL;
	if (colon)
		name = slice_skip(name, (size_t)(colon + 1 - name.ptr));
	if (container_is_long_id(name))
		return take(name, id) ? YES : NO;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		struct slice rest = name;

		if (strip(&rest, prefixes[i]) && container_is_long_id(rest))
			return take(rest, id) ? YES : NO;
	}
	return NO;
}

/*
 * Could somebody have called a container so? systemd's own units are none,
 * but for the scope that runc has it make: "runc-ID.scope".
 */
static bool is_candidate(struct slice name, char id[CGROUP_ID_MAX + 1])
{
	static const struct slice scope = SLICE_LIT(".scope");
	const char *dash;

	if (slice_ends(name, SLICE_LIT(".slice")) ||
	    slice_ends(name, SLICE_LIT(".service")))
		return false;
	if (!slice_ends(name, scope))
		return take(name, id);
	dash = memchr(name.ptr, '-', name.len);
	if (!dash || slice_starts(name, SLICE_LIT("session-")) ||
	    slice_starts(name, SLICE_LIT("run-")))
		return false;
	name = slice_skip(name, (size_t)(dash + 1 - name.ptr));
	name.len -= scope.len;
	return take(name, id);
}

/* The last component of path, which becomes what stands before it. */
static struct slice last_component(struct slice *path)
{
	const char *slash = path->len ? memrchr(path->ptr, '/', path->len) : NULL;
	struct slice last =
		slash ? slice_skip(*path, (size_t)(slash + 1 - path->ptr)) : *path;

	path->len = slash ? (size_t)(slash - path->ptr) : 0;
	return last;
}

static enum answer judge_path(struct slice path, cgroup_known_fn *known, void *ctx,
			      char id[CGROUP_ID_MAX + 1])
{
	for (int i = 0; i < LIMIT_COMPONENTS && path.len > 0; i++) {
		struct slice name = last_component(&path);
		enum answer answer = judge(name, id);

		if (answer != NO)
			return answer;
		if (known && is_candidate(name, id) && known(ctx, id))
			return YES;
	}
	return NO;
}

bool cgroup_container(struct slice text, cgroup_known_fn *known, void *ctx,
		      char id[CGROUP_ID_MAX + 1])
{
	/* "HIERARCHY:CONTROLLERS:PATH"; on hybrids the id may be in any line */
	for (int i = 0; i < LIMIT_LINES && text.len > 0; i++) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct slice line =
			slice_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len);
		const char *path = line.len ? memchr(line.ptr, '/', line.len) : NULL;
		enum answer answer = NO;

		if (path)
			answer = judge_path(slice_skip(line, (size_t)(path - line.ptr)),
					    known, ctx, id);
		if (answer != NO)
			return answer == YES;
		text = slice_skip(text, line.len + 1);
	}
	return false;
}
