/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "cat x | sh", "bash <(zcat x)", "tr -d '\r' < x | sh": the text that an
 * interpreter takes from a pipe is that of a file, which others only pass on.
 * No execve names the file and the interpreter never opens it. What was put
 * into a pipe is kept by the pipe's number, since its writer is often gone
 * before the reader begins.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/xalloc.h"
#include "detect/drift_code.h"
#include "detect/pipeline.h"
#include "detect/program.h"
#include "detect/shell_kind.h"
#include "state/save.h"

struct drift_piped {
	struct fdobj *obj; /* a reference: the file */
};

enum { LIMIT_PIPED_FILES = 4096, LIMIT_PIPE_ENDS = 16 };

/* They give out what they read: as it is, unpacked or decoded. */
static const char *const passers[] = {
	"cat",     "tac",      "head",    "tail",     "dd",     "pv",     "tr",
	"tee",     "zcat",     "gzip",    "gunzip",   "bzcat",  "bzip2",  "bunzip2",
	"xz",      "xzcat",    "unxz",    "lzma",     "unlzma", "zstd",   "zstdcat",
	"unzstd",  "lz4",      "lz4cat",  "base64",   "base32", "basenc", "xxd",
	"openssl", "uudecode", "gpg",     "unzip",    "tar",    "bsdtar", "cpio",
	"ar",      "7z",       "strings", "dos2unix",
};

static bool passes_on(const struct image *image)
{
	struct slice name = program_name(image);

	for (size_t i = 0; i < ARRAY_SIZE(passers); i++) {
		if (slice_eq_str(name, passers[i]))
			return true;
	}
	return false;
}

static const struct fdobj *held(const struct proc *proc, int fd)
{
	const struct fdent *ent = fdtab_get(proc_files((struct proc *)proc)->fds, fd);

	return ent ? ent->obj : NULL;
}

/* The pipe that its standard output goes into; 0: none. */
static uint64_t output_pipe(const struct proc *proc)
{
	const struct fdobj *out = held(proc, 1);

	return out && out->kind == FDOBJ_PIPE_WRITE ? fdobj_pipe(out) : 0;
}

/* ---- what was put into pipes ---- */

static void piped_free(struct drift_piped *piped)
{
	fdobj_unref(&piped->obj);
	free(piped);
}

void drift_pipes_forget(struct drift *d)
{
	struct map_iter it = { 0 };
	void *value;

	while (d->piped && map_next(d->piped, &it, NULL, &value))
		piped_free(value);
	map_free(&d->piped);
}

static void keep(struct drift *d, const struct proc *proc, const struct fdobj *obj)
{
	struct drift_piped *piped = xcalloc(1, sizeof(*piped)), *before;

	if (d->piped && map_count(d->piped) >= LIMIT_PIPED_FILES)
		drift_pipes_forget(d);
	if (!d->piped)
		d->piped = map_new();
	piped->obj = fdobj_ref((struct fdobj *)obj);
	before = map_put_u64(d->piped, output_pipe(proc), piped);
	if (before)
		piped_free(before);
}

/*
 * Upwards from a pipe, through those that pass on; NULL: no file was seen.
 * *passer: who put it in.
 */
static const struct fdobj *find(const struct drift *d, const struct state *state,
				uint64_t pipe, const struct proc **passer)
{
	for (int i = 0; d->piped && pipe && i < LIMIT_FEED_CHAIN; i++) {
		const struct drift_piped *piped = map_get_u64(d->piped, pipe);
		const struct feed *feed = feeds_get(state_feeds(state), pipe);

		if (!feed || !passes_on(feed->proc->image))
			return NULL;
		*passer = feed->proc;
		if (piped)
			return piped->obj;
		pipe = feed->in;
	}
	return NULL;
}

/* ---- who reads it ---- */

/* What a name means depends on the root: the passer's, where they differ. */
static const struct proc *who_names(const struct proc *reader, const struct proc *passer)
{
	const char *a = reader->root ? reader->root : "";
	const char *b = passer->root ? passer->root : "";

	return strcmp(a, b) == 0 && container_of(reader) == container_of(passer) ? reader
										 : passer;
}

/* A pipe that was opened again, by "/dev/fd/N", has a number of its own. */
static const struct fdobj *file_behind(const struct drift *d, const struct state *state,
				       const struct fdobj *pipe,
				       const struct proc **passer)
{
	const struct channel *channel = fdobj_channel(pipe);
	const struct fdobj *file = find(d, state, fdobj_pipe(pipe), passer);

	for (uint32_t i = 0;
	     !file && channel && i < channel->nends && i < LIMIT_PIPE_ENDS; i++)
		file = find(d, state, fdobj_pipe(channel->ends[i]), passer);
	return file;
}

static void tell(struct drift *d, const struct state *state, const struct activity *act,
		 const struct proc *reader, const struct fdobj *pipe,
		 const struct finding_out *out)
{
	const struct fdobj *file = NULL;
	const struct proc *passer;
	struct activity now = *act;

	if (d->piped && pipe && pipe->kind == FDOBJ_PIPE_READ)
		file = file_behind(d, state, pipe, &passer);
	if (!file)
		return;
	now.proc = who_names(reader, passer);
	drift_tell_text(d, state, &now, file, "script", out);
}

void drift_pipe_read(struct drift *d, const struct state *state,
		     const struct activity *act, const struct fdobj *pipe,
		     const struct finding_out *out)
{
	tell(d, state, act, act->proc, pipe, out);
}

/* The file goes into the pipe; an interpreter may wait at its end already. */
static void passed(struct drift *d, const struct state *state, const struct activity *act,
		   const struct fdobj *obj, const struct finding_out *out)
{
	const struct proc *reader;

	keep(d, act->proc, obj);
	reader = pipeline_interpreter(act->proc);
	if (reader)
		tell(d, state, act, reader,
		     held(reader, pipeline_program_fd(reader->image)), out);
}

/* ---- who passes it on ---- */

static bool is_text(const struct fdobj *obj)
{
	return obj->kind == FDOBJ_FILE && obj->path && S_ISREG(obj->mode) &&
	       (obj->flags & O_ACCMODE) == O_RDONLY;
}

/* Was it told to read that file? What else it opens is its own affair. */
static bool is_named(const struct image *image, const char *path)
{
	struct slice name = slice_basename(slice_str(path));
	char whole[LIMIT_PATH];

	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i];

		if (!slice_ends(slice_str(arg), name)) /* as nearly always */
			continue;
		if (strncmp(arg, "if=", 3) == 0)
			arg += 3;
		if (strcmp(path, path_absolute(slice_str(image->cwd), slice_str(arg),
					       whole)) == 0)
			return true;
	}
	return false;
}

void drift_pipe_opened(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out)
{
	const struct image *image = act->proc->image;

	if (is_text(act->obj) && output_pipe(act->proc) &&
	    is_named(image, act->obj->path) && passes_on(image))
		passed(d, state, act, act->obj, out);
}

void drift_pipe_begins(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out)
{
	const struct proc *proc = act->proc;
	int fd = d->piped ? pipeline_program_fd(proc->image) : -1;
	const struct fdobj *in = held(proc, fd >= 0 ? fd : 0);

	if (fd >= 0)
		drift_pipe_read(d, state, act, in, out);
	else if (in && is_text(in) && output_pipe(proc) && passes_on(proc->image))
		passed(d, state, act, in, out);
}

static const struct pack_field piped_rows[] = {
	PACK_OWN(struct drift_piped, obj, &pack_fdobj),
};
const struct pack_type pack_drift_piped =
	PACK_TABLE("drift_piped", struct drift_piped, piped_rows);
