/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is piped into what: downloads and decoders into interpreters. By the
 * pipe that one writes and the other reads, not by the text of a command.
 * Whichever of the two is started last finds the other.
 */
#include <string.h>

#include "base/compiler.h"
#include "base/num.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/pipeline.h"
#include "detect/shell_kind.h"

/* TRANSPORT: brings what its user asked for from a host that he trusts. */
enum role { ROLE_NONE, ROLE_TRANSPORT, ROLE_DOWNLOADER, ROLE_DECODER, ROLE_INTERPRETER };

static const struct {
	const char *name;
	enum role role;
	const char *argument; /* needed among its arguments; NULL: none */
} programs[] = {
	{ "curl", ROLE_DOWNLOADER, NULL },   { "wget", ROLE_DOWNLOADER, NULL },
	{ "aria2c", ROLE_DOWNLOADER, NULL }, { "fetch", ROLE_DOWNLOADER, NULL },
	{ "lynx", ROLE_DOWNLOADER, NULL },   { "lwp-request", ROLE_DOWNLOADER, NULL },
	{ "ssh", ROLE_TRANSPORT, NULL },     { "git", ROLE_TRANSPORT, NULL },
	{ "base64", ROLE_DECODER, "d" },     { "base32", ROLE_DECODER, "d" },
	{ "basenc", ROLE_DECODER, "d" },     { "xxd", ROLE_DECODER, "r" },
	{ "uudecode", ROLE_DECODER, NULL },  { "openssl", ROLE_DECODER, "d" },
};

/* "-d", "-di", "--decode": an option with that letter, or that word. */
static bool has_option(const struct image *image, const char *letter)
{
	for (uint32_t i = 1; i < image->argc; i++) {
		const char *arg = image->argv[i];

		if (arg[0] != '-')
			continue;
		if (arg[1] == '-' ? arg[2] == letter[0] : strchr(arg, letter[0]) != NULL)
			return true;
	}
	return false;
}

static enum role role_of(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));
	enum shell_kind kind = shell_kind(image);

	if (slice_eq_str(name, "busybox") && image->argc)
		name = slice_basename(slice_str(image->argv[0]));
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (slice_eq_str(name, programs[i].name) &&
		    (!programs[i].argument || has_option(image, programs[i].argument)))
			return programs[i].role;
	}
	return kind == SHELL_NONE ? ROLE_NONE : ROLE_INTERPRETER;
}

bool pipeline_downloads(const struct image *image)
{
	enum role role = image->exe ? role_of(image) : ROLE_NONE;

	return role == ROLE_DOWNLOADER || role == ROLE_TRANSPORT;
}

/* The number N of an argument /dev/fd/N or /proc/self/fd/N, or -1. */
static int fd_argument(const char *arg)
{
	static const struct slice dirs[] = { SLICE_LIT("/dev/fd/"),
					     SLICE_LIT("/proc/self/fd/") };
	uint32_t fd;

	for (size_t i = 0; arg && i < ARRAY_SIZE(dirs); i++) {
		if (slice_starts(slice_str(arg), dirs[i]) &&
		    num_u32(slice_skip(slice_str(arg), dirs[i].len), &fd) &&
		    fd < LIMIT_FDS)
			return (int)fd;
	}
	return -1;
}

/* Where an interpreter takes its program from; -1: not from a descriptor. */
static int program_fd(const struct image *image)
{
	enum shell_kind kind = shell_kind(image);

	switch (shell_input(image, kind)) {
	case SHELL_READS_STDIN: return 0;
	case SHELL_SCRIPT: return fd_argument(shell_argument(image, kind));
	default: return -1;
	}
}

static int input_fd(const struct proc *proc, enum role role)
{
	return role == ROLE_INTERPRETER ? program_fd(proc->image) : 0;
}

struct pair {
	const struct proc *writer, *reader;
	enum role from, to;
	const struct fdent *read_end, *write_end;
};

static bool verdict(const struct pair *pair, enum detector_id *out)
{
	if (pair->to == ROLE_INTERPRETER && pair->from == ROLE_DECODER)
		*out = DETECT_PIPED_ENCODED_EXECUTION;
	else if (pair->to == ROLE_INTERPRETER && pair->from == ROLE_DOWNLOADER)
		*out = DETECT_DOWNLOADED_CODE_PIPED;
	else if (pair->to == ROLE_DECODER && pair->from == ROLE_DOWNLOADER)
		*out = DETECT_PIPED_ENCODED_DOWNLOAD;
	else
		return false;
	return true;
}

static void report(const struct pair *pair, enum detector_id id,
		   const struct activity *act, const struct finding_out *out)
{
	struct finding *f = finding_new(id);
	const char *parts[] = { f->detector->id, pair->reader->uid, pair->writer->uid };

	f->uid = finding_make_uid(&f->arena, parts, 3);
	f->first_seen = f->last_seen = act->at.time;
	describe_process(f, pair->reader, pair->reader->image);
	describe_evidence(f, pair->reader, pair->read_end->obj->birth, "pipe made");
	describe_evidence(f, pair->writer, pair->write_end->placed, "written end placed");
	describe_evidence(f, pair->reader, pair->read_end->placed, "read end placed");
	describe_evidence(f, pair->writer, pair->writer->image->event, "writer started");
	describe_evidence(f, pair->reader, pair->reader->image->event, "reader started");
	f->summary = arena_printf(&f->arena, "%s was fed by %s through a pipe",
				  describe_name(f, pair->reader, pair->reader->image),
				  describe_name(f, pair->writer, pair->writer->image));
	out->emit(out->ctx, f);
}

/* The pipe between the two, where there is one; writer's 1 to reader's input. */
static bool connect(struct pair *pair)
{
	int fd = input_fd(pair->reader, pair->to);

	if (fd < 0)
		return false;
	pair->read_end = fdtab_get(pair->reader->fds, fd);
	pair->write_end = fdtab_get(pair->writer->fds, 1);
	return pair->read_end && pair->write_end &&
	       pair->read_end->obj->kind == FDOBJ_PIPE_READ &&
	       pair->write_end->obj->kind == FDOBJ_PIPE_WRITE &&
	       fdobj_channel(pair->read_end->obj) == fdobj_channel(pair->write_end->obj);
}

static void judge(const struct pair *candidate, const struct activity *act,
		  const struct finding_out *out)
{
	struct pair pair = *candidate;
	enum detector_id id;

	if (pair.writer != pair.reader && verdict(&pair, &id) && connect(&pair))
		report(&pair, id, act, out);
}

/* Holders of the other end of the pipe at fd. */
static void look_along(const struct activity *act, enum role own, int fd, bool reading,
		       const struct finding_out *out)
{
	const struct fdent *ent = fdtab_get(act->proc->fds, fd);
	const struct channel *channel = ent ? fdobj_channel(ent->obj) : NULL;

	for (uint32_t i = 0; channel && i < channel->nends; i++) {
		const struct fdobj *end = channel->ends[i];
		uint32_t count;
		const struct holder *holders = fdobj_holders(end, &count);

		for (uint32_t h = 0; end != ent->obj && h < count; h++) {
			const struct proc *other = holders[h].proc;
			enum role role = role_of(other->image);
			struct pair pair = { .writer = reading ? other : act->proc,
					     .reader = reading ? act->proc : other,
					     .from = reading ? role : own,
					     .to = reading ? own : role };

			judge(&pair, act, out);
		}
	}
}

static void pipeline_activity(void *self UNUSED, const struct state *state UNUSED,
			      const struct activity *act, const struct finding_out *out)
{
	enum role role;
	int in;

	if (act->kind != ACT_EXEC)
		return;
	role = role_of(act->proc->image);
	if (role == ROLE_DECODER || role == ROLE_INTERPRETER) {
		in = input_fd(act->proc, role);
		if (in >= 0)
			look_along(act, role, in, true, out);
	}
	if (role == ROLE_DECODER || role == ROLE_DOWNLOADER)
		look_along(act, role, 1, false, out);
}

const struct detector detector_pipeline = {
	.name = "pipeline",
	.activity = pipeline_activity,
};
