/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/source_set.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/limits.h"
#include "audit/record.h"
#include "audit/source_stream.h"
#include "base/compiler.h"
#include "base/slice.h"
#include "base/xalloc.h"

static const char log_name[] = "audit.log";

static struct source_file *add(struct source_set *set, char *path)
{
	struct source_file *file;

	set->files = xreallocarray(set->files, set->count + 1, sizeof(*set->files));
	file = &set->files[set->count];
	*file = (struct source_file){ .path = path,
				      .given = set->count,
				      .first = UINT64_MAX };
	set->count++;
	return file;
}

/* Length of name without the ending that a packer gave it. */
static size_t without_packer(const char *name, size_t len)
{
	static const char *const endings[] = {
		".gz", ".xz", ".zst", ".bz2", ".lz4", ".Z"
	};

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && memcmp(name + len - n, endings[i], n) == 0)
			return len - n;
	}
	return len;
}

/*
 * Splits what rotation adds to a name: ".N" (auditd, logrotate), "-DATE" or
 * "-DATE-SECONDS" (logrotate's dateext). Returns the length of the rest.
 */
static size_t split_rotation(const char *name, uint64_t *age)
{
	size_t end = without_packer(name, strlen(name));
	size_t base = end;
	uint64_t number = 0;
	unsigned digits = 0;

	while (base > 0 && digits < 18 &&
	       ((name[base - 1] >= '0' && name[base - 1] <= '9') ||
		(name[base - 1] == '-' && digits))) {
		digits += name[base - 1] != '-';
		base--;
	}
	*age = 0;
	if (digits == 0 || base == 0)
		return end;
	if (name[base] == '-')
		base++;
	for (size_t i = base; i < end; i++) {
		if (name[i] != '-')
			number = number * 10 + (uint64_t)(name[i] - '0');
	}
	/* A number counts up with age, a date down. */
	*age = digits < 8 ? number : UINT64_MAX - number;
	if (name[base - 1] == '.' || name[base - 1] == '-')
		return base - 1;
	*age = 0;
	return end;
}

/* The time of the first record within the first bytes of a file. */
static uint64_t first_time(struct stream *stream)
{
	size_t room = LIMIT_LINE, len = 0;
	char *buf = xmalloc(room), *at, *newline;
	uint64_t first = UINT64_MAX;
	struct record record;
	ssize_t n = 1;

	while (len < room && n > 0) {
		n = stream_read(stream, buf + len, room - len, NULL);
		if (n > 0)
			len += (size_t)n;
	}
	for (at = buf; first == UINT64_MAX && at < buf + len; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(buf + len - at));
		if (!newline)
			break;
		if (record_scan(slice_make(at, (size_t)(newline - at)), &record))
			first = record.sec * 1000 + record.msec;
	}
	free(buf);
	return first;
}

static void set_problem(struct source_file *file, const struct err *err)
{
	file->problem = xstrdup(err->msg);
}

/* Fills in what is known of a file before it is read. */
static void look(struct source_file *file)
{
	struct stream *stream;
	struct stat st;
	struct err err;
	size_t len;

	if (strcmp(file->path, "-") == 0)
		return;
	if (stat(file->path, &st) < 0) {
		stream_fail(file->path, errno, &err);
		set_problem(file, &err);
		return;
	}
	file->regular = S_ISREG(st.st_mode);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	if (!file->regular)
		return;
	file->size = (uint64_t)st.st_size;
	len = split_rotation(file->path, &file->age);
	file->set = xmemdup0(file->path, len);
	if (stream_open(file->path, &stream, &err) < 0) {
		set_problem(file, &err);
		return;
	}
	file->first = first_time(stream);
	stream_close(&stream);
}

/* Is it the name of the live log, or of one that rotation left? */
static bool is_name_of(const char *name, struct slice live)
{
	uint64_t age;

	return slice_eq(slice_make(name, split_rotation(name, &age)), live);
}

/* Adds what the directory has of the set of that name; -1 with errno. */
static int add_set(struct source_set *set, const char *path, struct slice live)
{
	DIR *dir = opendir(path[0] ? path : ".");
	const struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		if (!is_name_of(entry->d_name, live))
			continue;
		look(add(set, path[0] ? xasprintf("%s/%s", path, entry->d_name)
				      : xstrdup(entry->d_name)));
	}
	closedir(dir);
	return 0;
}

static void add_directory(struct source_set *set, const char *path)
{
	size_t before = set->count;
	struct err err;

	if (add_set(set, path, slice_str(log_name)) < 0) {
		stream_fail(path, errno, &err);
		set_problem(add(set, xstrdup(path)), &err);
		return;
	}
	if (set->count == before) {
		err_set(&err, "%s: no audit.log in this directory: name the log files",
			path);
		set_problem(add(set, xstrdup(path)), &err);
	}
}

static void free_file(struct source_file *file)
{
	free(file->path);
	free(file->problem);
	free(file->set);
}

/* Drops files that are named twice. */
static void drop_doubles(struct source_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct source_file *file = &set->files[i];
		bool twice = false;

		for (size_t k = 0; file->regular && k < kept && !twice; k++)
			twice = set->files[k].regular && set->files[k].ino == file->ino &&
				set->files[k].dev == file->dev;
		if (twice)
			free_file(file);
		else
			set->files[kept++] = *file;
	}
	set->count = kept;
}

static bool same_set(const struct source_file *a, const struct source_file *b)
{
	return a->set && b->set && strcmp(a->set, b->set) == 0;
}

/* Gives each file the time at which its set begins. */
static void find_starts(struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct source_file *file = &set->files[i];

		file->start = file->first;
		for (size_t k = 0; k < set->count; k++) {
			const struct source_file *other = &set->files[k];

			if (same_set(file, other) && other->first < file->start)
				file->start = other->first;
		}
	}
}

static int order(const void *left, const void *right)
{
	const struct source_file *a = left, *b = right;
	int names;

	if (!a->problem != !b->problem)
		return a->problem ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->set && b->set) {
		names = strcmp(a->set, b->set);
		if (names)
			return names;
		if (a->age != b->age)
			return a->age > b->age ? -1 : 1;
		if (a->first != b->first)
			return a->first < b->first ? -1 : 1;
	}
	return a->given < b->given ? -1 : a->given > b->given;
}

int source_set_make(const char *const *paths, size_t npaths, struct source_set *out,
		    struct err *err)
{
	struct source_set set = { 0 };
	struct stat st;

	for (size_t i = 0; i < npaths; i++) {
		if (stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			add_directory(&set, paths[i]);
		else
			look(add(&set, xstrdup(paths[i])));
	}
	drop_doubles(&set);
	find_starts(&set);
	if (set.count)
		qsort(set.files, set.count, sizeof(*set.files), order);
	if (set.count == 0 || set.files[set.count - 1].problem) {
		err_set(err, "%s",
			set.count ? set.files[0].problem
				  : "no log was named: name a file");
		source_set_fini(&set);
		return -1;
	}
	*out = set;
	return 0;
}

void source_set_around(const char *path, struct source_set *out)
{
	struct slice name = slice_basename(slice_str(path));
	size_t dir_len = (size_t)(name.ptr - path);
	char *dir = xmemdup0(path, dir_len > 1 ? dir_len - 1 : dir_len);
	uint64_t age;

	*out = (struct source_set){ 0 };
	name.len = split_rotation(name.ptr, &age);
	/* A directory that cannot be read has no files for us. */
	if (add_set(out, dir, name) == 0 && out->count) {
		find_starts(out);
		qsort(out->files, out->count, sizeof(*out->files), order);
	}
	free(dir);
}

void source_set_drop(struct source_set *set, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_file(&set->files[i]);
	set->count -= n;
	memmove(set->files, set->files + n, set->count * sizeof(*set->files));
}

void source_set_fini(struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free_file(&set->files[i]);
	free(set->files);
	*set = (struct source_set){ 0 };
}
