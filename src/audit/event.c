/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/event.h"

#include <linux/audit.h>
#include <string.h>

#include "audit/argv.h"
#include "audit/event_priv.h"
#include "audit/field.h"
#include "audit/limits.h"
#include "audit/names.h"
#include "base/compiler.h"
#include "base/num.h"

struct slice event_lines(const struct event *event)
{
	const struct record *last;

	if (event->nrecords == 0)
		return slice_make(NULL, 0);
	last = &event->records[event->nrecords - 1];
	return slice_make(
		event->records[0].line.ptr,
		(size_t)(last->line.ptr + last->line.len - event->records[0].line.ptr));
}

const struct record *event_record(const struct event *event, uint16_t type)
{
	for (uint32_t i = 0; i < event->nrecords; i++) {
		if (event->records[i].type == type)
			return &event->records[i];
	}
	return NULL;
}

/* The raw value of a field in rest; false when it is not there. */
static bool find_field(struct slice rest, const char *key, struct slice *out)
{
	struct slice wanted = slice_str(key);
	struct field field;

	while (field_next(&rest, &field)) {
		if (slice_eq(field.key, wanted)) {
			*out = field.value;
			return true;
		}
	}
	return false;
}

/* The field in any record of that type. */
static bool find_in_type(const struct event *event, uint16_t type, const char *key,
			 struct slice *out)
{
	for (uint32_t i = 0; i < event->nrecords; i++) {
		if (event->records[i].type == type &&
		    find_field(event->records[i].body, key, out))
			return true;
	}
	return false;
}

static struct slice decode(const struct event *event, const char *key, struct slice raw)
{
	if (field_is_encoded(slice_str(key)))
		return field_text(raw, event->arena);
	if (slice_eq(raw, SLICE_LIT("(null)")))
		return slice_make(NULL, 0);
	return field_unquoted(raw);
}

struct slice event_field(const struct event *event, uint16_t type, const char *key)
{
	struct slice raw;

	if (!find_in_type(event, type, key, &raw))
		return slice_make(NULL, 0);
	return decode(event, key, raw);
}

/*
 * User space before RHEL 6 wrote "(hostname=?, addr=?, terminal=cron
 * res=success)": the punctuation is no part of a value.
 */
static struct slice without_punctuation(struct slice raw)
{
	if (raw.len && raw.ptr[0] == '(')
		return raw; /* (none), (unknown) */
	if (raw.len && raw.ptr[0] != '"' &&
	    (raw.ptr[raw.len - 1] == ',' || raw.ptr[raw.len - 1] == ')'))
		raw.len--;
	return raw;
}

/* Finds a field of user-space text. */
static bool find_inner(struct slice rest, const char *key, struct slice *out)
{
	struct slice wanted = slice_str(key);
	struct field field;

	while (field_next(&rest, &field)) {
		if (field.key.ptr[0] == '(')
			field.key = slice_skip(field.key, 1);
		if (slice_eq(field.key, wanted)) {
			*out = without_punctuation(field.value);
			return true;
		}
	}
	return false;
}

struct slice event_inner(const struct event *event, uint16_t type, const char *key)
{
	struct slice raw;

	for (uint32_t i = 0; i < event->nrecords; i++) {
		const struct record *record = &event->records[i];

		if (record->type == type && find_field(record->body, "msg", &raw) &&
		    field_inner(raw, &raw) && find_inner(raw, key, &raw))
			return decode(event, key, raw);
	}
	return slice_make(NULL, 0);
}

uint32_t event_keys(const struct event *event, struct slice *out, uint32_t max)
{
	struct slice rest = event_field(event, AUDIT_SYSCALL, "key");
	uint32_t count = 0;

	if (rest.len == 0)
		rest = event_field(event, AUDIT_URINGOP, "key");
	while (rest.len && count < max) {
		/* AUDIT_KEY_SEPARATOR, libaudit.h */
		const char *end = memchr(rest.ptr, 0x01, rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		if (len)
			out[count++] = slice_make(rest.ptr, len);
		rest = slice_skip(rest, len + 1);
	}
	return count;
}

struct slice event_cwd(const struct event *event)
{
	static const struct field_spec spec = FIELD_SPEC_RAW("cwd");
	struct slice raw = { NULL, 0 };

	for (uint32_t i = 0; i < event->nrecords && !raw.ptr; i++) {
		if (event->records[i].type == AUDIT_CWD)
			fields_read(event->records[i].body, &spec, 1, &raw);
	}
	return field_text(raw, event->arena);
}

/* A PATH record as it is written. */
struct raw_path {
	struct event_path path;
	struct slice name, dev, type;
};

static const struct field_spec path_specs[] = {
	FIELD_SPEC("item", FIELD_U32, struct raw_path, path.item),
	FIELD_SPEC("name", FIELD_RAW, struct raw_path, name),
	FIELD_SPEC("inode", FIELD_U64, struct raw_path, path.inode),
	FIELD_SPEC("dev", FIELD_RAW, struct raw_path, dev),
	FIELD_SPEC("mode", FIELD_OCT32, struct raw_path, path.mode),
	FIELD_SPEC("ouid", FIELD_U32, struct raw_path, path.ouid),
	FIELD_SPEC("ogid", FIELD_U32, struct raw_path, path.ogid),
	FIELD_SPEC_SKIP("rdev"),
	FIELD_SPEC_SKIP("obj"),
	FIELD_SPEC("nametype", FIELD_RAW, struct raw_path, type),
	FIELD_SPEC_SKIP("cap_fp"),
	FIELD_SPEC_SKIP("cap_fi"),
	FIELD_SPEC_SKIP("cap_fe"),
	FIELD_SPEC_SKIP("cap_fver"),
	FIELD_SPEC_SKIP("cap_frootid"),
};

static enum path_type path_type(struct slice name)
{
	static const struct {
		struct slice name;
		enum path_type type;
	} types[] = {
		{ { "NORMAL", 6 }, PATH_NORMAL },
		{ { "PARENT", 6 }, PATH_PARENT },
		{ { "CREATE", 6 }, PATH_CREATE },
		{ { "DELETE", 6 }, PATH_DELETE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (slice_eq(name, types[i].name))
			return types[i].type;
	}
	return PATH_UNKNOWN;
}

/* "fe:00": both in hex (audit_log_name() in kernel/auditsc.c). */
static void read_dev(struct slice dev, struct event_path *out)
{
	const char *colon = dev.len ? memchr(dev.ptr, ':', dev.len) : NULL;
	uint64_t major, minor;

	if (!colon)
		return;
	if (num_hex64(slice_make(dev.ptr, (size_t)(colon - dev.ptr)), &major) &&
	    num_hex64(slice_skip(dev, (size_t)(colon - dev.ptr) + 1), &minor) &&
	    major <= UINT32_MAX && minor <= UINT32_MAX) {
		out->dev_major = (uint32_t)major;
		out->dev_minor = (uint32_t)minor;
	}
}

static void read_path(const struct event *event, struct slice body,
		      struct event_path *out)
{
	struct raw_path raw = { 0 };

	fields_read(body, path_specs, ARRAY_SIZE(path_specs), &raw);
	*out = raw.path;
	out->has_name = raw.name.len && !slice_eq(raw.name, SLICE_LIT("(null)"));
	out->name = field_text(raw.name, event->arena);
	out->type = path_type(raw.type);
	read_dev(raw.dev, out);
}

static void decode_paths(const struct event *event)
{
	struct event_memo *memo = event->memo;
	struct event_path *paths;
	uint32_t room = 0, count = 0;

	memo->have_paths = true;
	for (uint32_t i = 0; i < event->nrecords && room < LIMIT_PATHS; i++)
		room += event->records[i].type == AUDIT_PATH;
	if (room == 0)
		return;
	paths = arena_alloc(event->arena, room * sizeof(*paths));
	for (uint32_t i = 0; i < event->nrecords && count < room; i++) {
		struct event_path path;
		uint32_t at = count;

		if (event->records[i].type != AUDIT_PATH)
			continue;
		read_path(event, event->records[i].body, &path);
		/* They nearly always come in order. */
		for (; at > 0 && paths[at - 1].item > path.item; at--)
			paths[at] = paths[at - 1];
		paths[at] = path;
		count++;
	}
	memo->paths = paths;
	memo->npaths = count;
}

uint32_t event_paths(const struct event *event, const struct event_path **out)
{
	if (!event->memo->have_paths)
		decode_paths(event);
	*out = event->memo->paths;
	return event->memo->npaths;
}

static const struct event_path *named(const struct event *event, enum path_type type)
{
	const struct event_path *paths;
	uint32_t n = event_paths(event, &paths);

	for (uint32_t i = 0; i < n; i++) {
		if (paths[i].type == type && paths[i].has_name && paths[i].name.len)
			return &paths[i];
	}
	return NULL;
}

/* A directory that was given with the name ends in a slash; else it is the current one. */
static struct slice joined(const struct event *event, struct slice dir, struct slice name)
{
	char *whole;

	if (dir.len == 0 || dir.ptr[dir.len - 1] != '/')
		return name;
	whole = arena_alloc(event->arena, dir.len + name.len);
	memcpy(whole, dir.ptr, dir.len);
	memcpy(whole + dir.len, name.ptr, name.len);
	return slice_make(whole, dir.len + name.len);
}

bool event_symlink(const struct event *event, struct event_path *link,
		   struct slice *target)
{
	const struct event_path *made = named(event, PATH_CREATE);
	const struct event_path *text = named(event, PATH_UNKNOWN);
	const struct event_path *dir = named(event, PATH_PARENT);

	if (!made || !(text || dir))
		return false;
	*link = *made;
	*target = (text ? text : made)->name;
	if (!text)
		link->name = joined(event, dir->name, slice_basename(made->name));
	return true;
}

bool event_argv(const struct event *event, struct event_argv *out)
{
	struct event_memo *memo = event->memo;

	if (!memo->have_argv) {
		memo->have_argv = true;
		memo->has_argv = argv_join(event, event->arena, &memo->argv);
	}
	*out = memo->argv;
	return memo->has_argv;
}

bool event_sockaddr(const struct event *event, struct slice *out)
{
	struct slice raw;
	char *bytes;

	if (!find_in_type(event, AUDIT_SOCKADDR, "saddr", &raw) || !field_is_hex(raw))
		return false;
	bytes = arena_alloc(event->arena, raw.len / 2);
	field_unhex(raw, bytes);
	*out = slice_make(bytes, raw.len / 2);
	return true;
}

/* Reads all of specs from the first record of that type, or nothing. */
static bool read_record(const struct event *event, uint16_t type,
			const struct field_spec *specs, size_t nspecs, void *out)
{
	const struct record *record = event_record(event, type);

	return record &&
	       fields_read(record->body, specs, nspecs, out) == (1u << nspecs) - 1;
}

bool event_fd_pair(const struct event *event, int64_t fds[2])
{
	struct pair {
		int64_t fd0, fd1;
	} pair;
	static const struct field_spec specs[] = {
		FIELD_SPEC("fd0", FIELD_I64, struct pair, fd0),
		FIELD_SPEC("fd1", FIELD_I64, struct pair, fd1),
	};

	if (!read_record(event, AUDIT_FD_PAIR, specs, ARRAY_SIZE(specs), &pair))
		return false;
	fds[0] = pair.fd0;
	fds[1] = pair.fd1;
	return true;
}

bool event_mmap(const struct event *event, int64_t *fd, uint64_t *flags)
{
	struct mapping {
		int64_t fd;
		struct slice flags; /* 0x... */
	} map;
	static const struct field_spec specs[] = {
		FIELD_SPEC("fd", FIELD_I64, struct mapping, fd),
		FIELD_SPEC("flags", FIELD_RAW, struct mapping, flags),
	};

	if (!read_record(event, AUDIT_MMAP, specs, ARRAY_SIZE(specs), &map))
		return false;
	if (slice_starts(map.flags, SLICE_LIT("0x")))
		map.flags = slice_skip(map.flags, 2);
	if (!num_hex64(map.flags, flags))
		return false;
	*fd = map.fd;
	return true;
}
