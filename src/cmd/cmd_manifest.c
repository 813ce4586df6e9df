/* SPDX-License-Identifier: GPL-2.0-or-later */
/* auspex manifest: record images, look into manifests, compare them. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/fsio.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/subcommand.h"
#include "cmd/take.h"
#include "manifest/compare.h"
#include "manifest/record.h"

enum {
	MF_EXCLUDES_MAX = 256,
	PROGRESS_MS = 100,
	WARNINGS_MAX = 20, /* that are shown; the rest is counted */
};

struct manifest_args {
	const char *output, *names[2];
	struct record_options record;
	const char *exclude[MF_EXCLUDES_MAX];
	bool quiet, recorded_only;
	bool progress_shown;
	unsigned long warnings;
	struct timespec progress_at;
};

static const struct sub_option options[] = {
	{ 'o', "output", "FILE", "r",
	  "write the manifest to FILE; - is standard output" },
	{ 'i', "image", "NAME", "rv", "of an archive with several images, this one" },
	{ 'e', "exclude", "PATH", "rv", "leave out PATH and what is below (repeatable)" },
	{ 'R', "root", "DIR", "rv", "with dpkg: and rpm: the root that is meant (/)" },
	{ 'x', "one-file-system", NULL, "rv", "leave mount points empty" },
	{ 'n', "recorded-only", NULL, "v",
	  "say nothing of files that FILE does not hold" },
	{ 'q', "quiet", NULL, "vd", "print nothing, only the exit status tells" },
	{ 'h', "help", NULL, "rsvd", "print this and exit" },
};

static const char *const kind_names[] = {
	[MF_FILE] = "file",          [MF_DIR] = "directory",
	[MF_LINK] = "link",          [MF_CHAR] = "character device",
	[MF_BLOCK] = "block device", [MF_FIFO] = "pipe",
	[MF_SOCKET] = "socket",
};

static void put_escaped(const char *str)
{
	struct strbuf safe;

	strbuf_init(&safe);
	escape_add(&safe, slice_str(str));
	fputs(strbuf_str(&safe), stdout);
	strbuf_fini(&safe);
}

static void end_progress(struct manifest_args *args)
{
	if (args->progress_shown)
		fputs("\r\033[K", stderr);
	args->progress_shown = false;
}

static void show_progress(void *ctx, const struct record_counts *counts)
{
	struct manifest_args *args = ctx;
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - args->progress_at.tv_sec) * 1000 +
	     (now.tv_nsec - args->progress_at.tv_nsec) / 1000000;
	if (ms < PROGRESS_MS)
		return;
	args->progress_at = now;
	args->progress_shown = true;
	fprintf(stderr, "\r%llu entries, %llu MB\033[K",
		(unsigned long long)counts->entries,
		(unsigned long long)(counts->bytes / 1000000));
}

static void show_warning(void *ctx, const char *what)
{
	struct manifest_args *args = ctx;

	if (++args->warnings > WARNINGS_MAX)
		return;
	end_progress(args);
	complain("%s", what);
}

static void sum_up(const struct manifest_args *args, const char *source,
		   const struct record_counts *counts)
{
	if (args->warnings > WARNINGS_MAX)
		complain("%lu more of that kind", args->warnings - WARNINGS_MAX);
	if (counts->changed)
		complain("%s: %llu files are not as they were installed: "
			 "recorded as they should be",
			 source, (unsigned long long)counts->changed);
	if (counts->unreadable)
		complain("%s: %llu of %llu entries could not be read in full", source,
			 (unsigned long long)counts->unreadable,
			 (unsigned long long)counts->entries);
}

static void prepare(struct manifest_args *args)
{
	args->record.exclude = args->exclude;
	args->record.ctx = args;
	args->record.warn = show_warning;
	if (isatty(STDERR_FILENO))
		args->record.progress = show_progress;
}

/* Says how a recording went. */
static int conclude(struct manifest_args *args, const char *source, int rc,
		    const struct record_counts *counts, const struct err *err)
{
	end_progress(args);
	if (rc < 0)
		complain("%s", err->msg);
	else
		sum_up(args, source, counts);
	return rc;
}

static int write_recorded(const char *path, struct recorded *recorded)
{
	struct fsio_out *out;
	struct err err;
	int rc;

	if (take_output(path, &out) != 0)
		return -1;
	rc = recorded_write(recorded, fsio_out_file(out), &err);
	if (rc < 0)
		fsio_out_abort(&out);
	else
		rc = fsio_out_commit(&out, &err);
	if (rc < 0)
		complain("%s", err.msg);
	return rc;
}

static int run_record(void *ctx)
{
	struct manifest_args *args = ctx;
	struct recorded *recorded = NULL;
	struct record_counts counts;
	struct err err;
	int rc;

	if (!args->output) {
		complain("manifest record: no -o FILE: say where the manifest goes");
		return STATUS_USAGE;
	}
	prepare(args);
	rc = manifest_record(args->names[0], &args->record, &recorded, &counts, &err);
	if (conclude(args, args->names[0], rc, &counts, &err) < 0)
		return STATUS_INPUT;
	rc = write_recorded(args->output, recorded);
	recorded_free(&recorded);
	if (rc < 0)
		return STATUS_INPUT;
	return counts.unreadable ? STATUS_INPUT : STATUS_OK;
}

static struct manifest *load(const char *path)
{
	struct manifest *manifest = NULL;
	struct err err;

	if (manifest_load(path, &manifest, &err) < 0) {
		complain("%s", err.msg);
		return NULL;
	}
	manifest_sort(manifest);
	return manifest;
}

static void print_field(const char *name, const char *value)
{
	if (!value)
		return;
	printf("%-8s ", name);
	put_escaped(value);
	putchar('\n');
}

static void print_entry_line(const struct manifest_entry *e)
{
	static const char types[] = { 'f', 'd', 'l', 'c', 'b', 'p', 's' };
	char hex[SHA256_HEX + 1] = "-";

	if (e->has_sha256)
		hex_encode(e->sha256, SHA256_LEN, hex);
	else if (e->has_md5)
		hex_encode(e->md5, MD5_LEN, hex);
	printf("%c %04o %10llu %-64s ", types[e->kind], (unsigned)e->mode,
	       (unsigned long long)e->size, hex);
	put_escaped(e->path);
	if (e->kind == MF_LINK) {
		fputs(" -> ", stdout);
		put_escaped(e->link);
	}
	putchar('\n');
}

static void print_notes(const struct manifest *manifest)
{
	print_field("source", manifest_source(manifest));
	print_field("image", manifest_image(manifest));
	print_field("digest", manifest_digest(manifest));
	print_field("id", manifest_image_id(manifest));
	print_field("time", manifest_time(manifest));
	printf("entries  %zu\n", manifest_count(manifest));
}

/* One path: the entry itself, and what it leads to when it is a link. */
static int show_path(const struct manifest *manifest, const char *path)
{
	struct slice name = slice_str(path);
	const struct manifest_entry *self = manifest_find_nofollow(manifest, name);
	const struct manifest_entry *e = manifest_find(manifest, name);
	char hex[SHA256_HEX + 1];

	if (!e) {
		complain("%s: not in this manifest%s", path,
			 self ? ": it is a link that leads nowhere"
			      : ": a path begins with / and is the image's own");
		return STATUS_FOUND;
	}
	print_field("path", e->path);
	if (self && self != e)
		print_field("link", self->path);
	print_field("type", kind_names[e->kind]);
	printf("mode     %04o\n", (unsigned)e->mode);
	if (e->kind == MF_FILE)
		printf("size     %llu\n", (unsigned long long)e->size);
	if (e->has_sha256) {
		hex_encode(e->sha256, SHA256_LEN, hex);
		print_field("sha256", hex);
	}
	if (e->has_md5) {
		hex_encode(e->md5, MD5_LEN, hex);
		print_field("md5", hex);
	}
	return STATUS_OK;
}

static int run_show(void *ctx)
{
	const struct manifest_args *args = ctx;
	struct manifest *manifest = load(args->names[0]);
	int status = STATUS_OK;

	if (!manifest)
		return STATUS_INPUT;
	if (args->names[1]) {
		status = show_path(manifest, args->names[1]);
	} else {
		print_notes(manifest);
		for (size_t i = 0; i < manifest_count(manifest); i++)
			print_entry_line(manifest_entry(manifest, i));
	}
	manifest_free(&manifest);
	return status;
}

static void print_change(const struct difference *d)
{
	const struct manifest_entry *a = d->first, *b = d->second;

	fputs("changed  ", stdout);
	put_escaped(a->path);
	if (d->kinds & DIFF_KIND)
		printf(": %s -> %s", kind_names[a->kind], kind_names[b->kind]);
	if (d->kinds & DIFF_CONTENT)
		fputs(": content", stdout);
	if (d->kinds & DIFF_SIZE)
		printf(": size %llu -> %llu", (unsigned long long)a->size,
		       (unsigned long long)b->size);
	if (d->kinds & DIFF_MODE)
		printf(": mode %04o -> %04o", (unsigned)a->mode, (unsigned)b->mode);
	if (d->kinds & DIFF_LINK) {
		fputs(": link ", stdout);
		put_escaped(a->link);
		fputs(" -> ", stdout);
		put_escaped(b->link);
	}
	putchar('\n');
}

static void print_difference(const struct difference *d)
{
	if (d->first && d->second) {
		print_change(d);
		return;
	}
	fputs(d->first ? "removed  " : "added    ", stdout);
	put_escaped(d->first ? d->first->path : d->second->path);
	putchar('\n');
}

static int compare(const struct manifest_args *args, const struct manifest *first,
		   const struct manifest *second)
{
	struct difference_iter iter = { 0 };
	struct difference d;
	int status = STATUS_OK;

	while (difference_next(first, second, &iter, &d)) {
		if (args->recorded_only && !d.first)
			continue;
		status = STATUS_FOUND;
		if (args->quiet)
			break;
		print_difference(&d);
	}
	return status;
}

static int run_verify(void *ctx)
{
	struct manifest_args *args = ctx;
	struct manifest *recorded = load(args->names[0]), *found;
	struct record_counts counts;
	int status = STATUS_INPUT, rc;
	struct err err;

	if (!recorded)
		return STATUS_INPUT;
	args->record.like = recorded;
	prepare(args);
	rc = manifest_record_load(args->names[1], &args->record, &found, &counts, &err);
	if (conclude(args, args->names[1], rc, &counts, &err) == 0) {
		status = compare(args, recorded, found);
		manifest_free(&found);
		if (counts.unreadable)
			status = STATUS_INPUT;
	}
	manifest_free(&recorded);
	return status;
}

static int run_diff(void *ctx)
{
	const struct manifest_args *args = ctx;
	struct manifest *first = load(args->names[0]), *second;
	int status = STATUS_INPUT;

	if (!first)
		return STATUS_INPUT;
	second = load(args->names[1]);
	if (second)
		status = compare(args, first, second);
	manifest_free(&second);
	manifest_free(&first);
	return status;
}

static const struct subcommand subcommands[] = {
	{ "record", "SOURCE -o FILE", "record what SOURCE holds", 1, 1, run_record },
	{ "show", "FILE [PATH]", "print a manifest, or what it says of a path", 1, 2,
	  run_show },
	{ "verify", "FILE SOURCE", "print what is different in SOURCE", 2, 2,
	  run_verify },
	{ "diff", "FIRST SECOND", "print what is different in two manifests", 2, 2,
	  run_diff },
};

static bool take_option(void *ctx, int letter)
{
	struct manifest_args *args = ctx;

	switch (letter) {
	case 'o': args->output = optarg; return true;
	case 'i': args->record.image = optarg; return true;
	case 'e':
		if (args->record.nexclude == MF_EXCLUDES_MAX)
			return false;
		args->exclude[args->record.nexclude++] = optarg;
		return true;
	case 'R': args->record.root = optarg; return true;
	case 'x': args->record.one_file_system = true; return true;
	case 'n': args->recorded_only = true; return true;
	case 'q': args->quiet = true; return true;
	default: return false;
	}
}

static void take_names(void *ctx, char **names, int n)
{
	struct manifest_args *args = ctx;

	for (int i = 0; i < n; i++)
		args->names[i] = names[i];
}

int cmd_manifest(int argc, char **argv)
{
	static const struct subcommands subs = {
		.command = "manifest",
		.more = "SOURCE is a directory, an OCI image layout (a folder or a tar), an "
			"archive of\n"
			"docker save or podman save, or the tar of a root file system; tars may "
			"be\n"
			"packed with gzip, zstd, xz or bzip2. KIND:SOURCE says what it is where "
			"it is\n"
			"not to be guessed: dir, oci, archive, tar. dpkg: and rpm: are what these "
			"have\n"
			"installed in the root that --root names.\n",
		.list = subcommands,
		.n = ARRAY_SIZE(subcommands),
		.options = options,
		.noptions = ARRAY_SIZE(options),
		.take = take_option,
		.take_names = take_names,
	};
	struct manifest_args args = { 0 };

	return subcommands_run(&subs, &args, argc, argv);
}
