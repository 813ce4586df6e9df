/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is piped into what: downloads and decoders into interpreters. By the
 * pipes that one writes and the other reads, with other programs between
 * them or none, not by the text of a command. Whichever of them is started
 * last finds the others.
 *
 * A process that was forked for a pipeline and has not run its program yet
 * is judged when it has: until then it looks like the shell that made it.
 */
#include <ctype.h>
#include <string.h>

#include "base/compiler.h"
#include "base/num.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/honest.h"
#include "detect/pipeline.h"
#include "detect/program.h"
#include "detect/shell_kind.h"

/* TRANSPORT: brings what its user asked for from a host that he trusts. */
enum role { ROLE_NONE, ROLE_TRANSPORT, ROLE_DOWNLOADER, ROLE_DECODER, ROLE_INTERPRETER };

static const struct {
	const char *name;
	enum role role;
} programs[] = {
	{ "curl", ROLE_DOWNLOADER },        { "wget", ROLE_DOWNLOADER },
	{ "aria2c", ROLE_DOWNLOADER },      { "fetch", ROLE_DOWNLOADER },
	{ "lynx", ROLE_DOWNLOADER },        { "elinks", ROLE_DOWNLOADER },
	{ "links", ROLE_DOWNLOADER },       { "w3m", ROLE_DOWNLOADER },
	{ "http", ROLE_DOWNLOADER },        { "https", ROLE_DOWNLOADER },
	{ "lwp-request", ROLE_DOWNLOADER }, { "GET", ROLE_DOWNLOADER },
	{ "ssh", ROLE_TRANSPORT },          { "git", ROLE_TRANSPORT },
	{ "psql", ROLE_TRANSPORT },         { "mysql", ROLE_TRANSPORT },
	{ "mariadb", ROLE_TRANSPORT },      { "redis-cli", ROLE_TRANSPORT },
	{ "sqlplus", ROLE_TRANSPORT },      { "mongosh", ROLE_TRANSPORT },
	{ "ldapsearch", ROLE_TRANSPORT },   { "kubectl", ROLE_TRANSPORT },
	{ "docker", ROLE_TRANSPORT },       { "podman", ROLE_TRANSPORT },
	{ "aws", ROLE_TRANSPORT },          { "gcloud", ROLE_TRANSPORT },
	{ "az", ROLE_TRANSPORT },           { "gsutil", ROLE_TRANSPORT },
	{ "rsync", ROLE_TRANSPORT },        { "svn", ROLE_TRANSPORT },
	{ "apt-helper", ROLE_TRANSPORT },   { "dig", ROLE_TRANSPORT },
};

/*
 * What makes them decode: an option that begins with that (of long ones any
 * beginning of the word is allowed), or letters among short ones.
 */
static const struct {
	const char *name;
	const char *letters;
	const char *options[3];
	bool whole; /* the options must be those words */
} decoders[] = {
	{ "base64", "dD", { "--d" }, false },
	{ "base32", "d", { "--d" }, false },
	{ "basenc", "d", { "--d" }, false },
	{ "xxd", "", { "-r" }, false },
	{ "uudecode", "", { NULL }, false },
	{ "openssl", "", { "-d", "-decrypt", "-decode" }, true },
};

static bool is_option(const char *arg, size_t row)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(decoders[row].options); i++) {
		const char *want = decoders[row].options[i];

		if (want && (decoders[row].whole ? strcmp(arg, want) == 0
						 : strncmp(arg, want, strlen(want)) == 0))
			return true;
	}
	for (size_t i = 1; arg[0] == '-' && isalpha((unsigned char)arg[i]); i++)
		any |= strchr(decoders[row].letters, arg[i]) != NULL;
	return any;
}

static bool decodes(const struct image *image, struct slice name)
{
	for (size_t row = 0; row < ARRAY_SIZE(decoders); row++) {
		if (!slice_eq_str(name, decoders[row].name))
			continue;
		if (!decoders[row].letters[0] && !decoders[row].options[0])
			return true;
		for (uint32_t i = 1; i < image->argc; i++) {
			if (is_option(image->argv[i], row))
				return true;
		}
	}
	return false;
}

static enum role role_of(const struct image *image)
{
	struct slice name = program_name(image);

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (slice_eq_str(name, programs[i].name))
			return programs[i].role;
	}
	if (decodes(image, name))
		return ROLE_DECODER;
	return shell_kind(image) == SHELL_NONE ? ROLE_NONE : ROLE_INTERPRETER;
}

bool pipeline_downloads(const struct image *image)
{
	const char *script = image_script(image);
	enum role role = image->exe ? role_of(image) : ROLE_NONE;

	/* A name alone is anybody's to take. */
	return (role == ROLE_DOWNLOADER || role == ROLE_TRANSPORT) && !image->deleted &&
	       honest_place(image->exe) && (!script || honest_place(script));
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

int pipeline_program_fd(const struct image *image)
{
	enum shell_kind kind = shell_kind(image);

	if (kind == SHELL_NONE)
		return -1;
	switch (shell_input(image, kind)) {
	case SHELL_READS_STDIN: return 0;
	case SHELL_SCRIPT: return fd_argument(shell_argument(image, kind));
	default: return -1;
	}
}

/* Has it run a program of its own, or is it still a fork of its parent? */
static bool has_begun(const struct proc *proc)
{
	return proc->image->event.serial && proc->image->seq > proc->first_seq;
}

/* ---- along the pipes ---- */

enum { LIMIT_PIPED = 16 }; /* processes looked at in one direction */

struct piped {
	const struct proc *procs[LIMIT_PIPED];
	int from[LIMIT_PIPED]; /* index of the one before; -1: the start */
	int count;
};

static void meet(struct piped *list, const struct proc *proc, int from)
{
	for (int i = 0; i < list->count; i++) {
		if (list->procs[i] == proc)
			return;
	}
	if (list->count == LIMIT_PIPED)
		return;
	list->procs[list->count] = proc;
	list->from[list->count++] = from;
}

/* Has the process that object there, or is it the program that it reads? */
static bool stands_at(const struct proc *proc, const struct fdobj *obj, int fd)
{
	const struct fdent *ent = fdtab_get(proc->fds, fd);
	int program = fd == 0 && has_begun(proc) ? pipeline_program_fd(proc->image) : -1;

	if (ent && ent->obj == obj)
		return true;
	ent = program > 0 ? fdtab_get(proc->fds, program) : NULL;
	return ent && ent->obj == obj;
}

/* Who has the other end of the pipe at fd of the list's nth, at descriptor to. */
static void follow(struct piped *list, int n, int fd, int to)
{
	const struct fdent *ent = fdtab_get(list->procs[n]->fds, fd);
	enum fdobj_kind own = to == 0 ? FDOBJ_PIPE_WRITE : FDOBJ_PIPE_READ;
	enum fdobj_kind other = to == 0 ? FDOBJ_PIPE_READ : FDOBJ_PIPE_WRITE;
	const struct channel *channel =
		ent && ent->obj->kind == own ? fdobj_channel(ent->obj) : NULL;

	for (uint32_t i = 0; channel && i < channel->nends; i++) {
		const struct fdobj *end = channel->ends[i];
		uint32_t count;
		const struct holder *holders = fdobj_holders(end, &count);

		for (uint32_t h = 0; end->kind == other && h < count; h++) {
			if (stands_at(holders[h].proc, end, to))
				meet(list, holders[h].proc, n);
		}
	}
}

const struct proc *pipeline_interpreter(const struct proc *proc)
{
	struct piped down = { .count = 0 };

	meet(&down, proc, -1);
	for (int i = 0; i < down.count; i++) {
		if (i > 0 && has_begun(down.procs[i]) &&
		    pipeline_program_fd(down.procs[i]->image) >= 0)
			return down.procs[i];
		follow(&down, i, 1, 0);
	}
	return NULL;
}

/* ---- what is found ---- */

struct pair {
	const struct proc *writer, *reader;
	int between; /* programs that pass it on */
	int fd;      /* that the reader has it at */
};

static void report(const struct pair *pair, enum detector_id id,
		   const struct activity *act, const struct finding_out *out)
{
	const struct fdent *read_end = fdtab_get(pair->reader->fds, pair->fd);
	const struct fdent *write_end = fdtab_get(pair->writer->fds, 1);
	struct finding *f = finding_new(id);
	const char *parts[] = { f->detector->id, pair->reader->uid, pair->writer->uid };

	f->uid = finding_make_uid(&f->arena, parts, 3);
	f->first_seen = f->last_seen = act->at.time;
	if (pair->between) {
		f->confidence = CONF_MEDIUM;
		f->caveat = "other programs between the two may have changed the text";
	}
	describe_process(f, pair->reader, pair->reader->image);
	describe_evidence(f, pair->reader, read_end->obj->birth, "pipe made");
	if (write_end)
		describe_evidence(f, pair->writer, write_end->placed,
				  "written end placed");
	describe_evidence(f, pair->reader, read_end->placed, "read end placed");
	describe_evidence(f, pair->writer, pair->writer->image->event, "writer started");
	describe_evidence(f, pair->reader, pair->reader->image->event, "reader started");
	f->summary = arena_printf(&f->arena, "%s was fed by %s through %s",
				  describe_name(f, pair->reader, pair->reader->image),
				  describe_name(f, pair->writer, pair->writer->image),
				  pair->between ? "pipes" : "a pipe");
	out->emit(out->ctx, f);
}

static bool verdict(enum role from, enum role to, enum detector_id *out)
{
	if (to == ROLE_INTERPRETER && from == ROLE_DECODER)
		*out = DETECT_PIPED_ENCODED_EXECUTION;
	else if (to == ROLE_INTERPRETER && from == ROLE_DOWNLOADER)
		*out = DETECT_DOWNLOADED_CODE_PIPED;
	else if (to == ROLE_DECODER && from == ROLE_DOWNLOADER)
		*out = DETECT_PIPED_ENCODED_DOWNLOAD;
	else
		return false;
	return true;
}

static int input_fd(const struct proc *proc, enum role role)
{
	return role == ROLE_INTERPRETER ? pipeline_program_fd(proc->image) : 0;
}

/* Everything that reader is fed by, as far as new took part in it. */
static void look_up(const struct proc *reader, const struct proc *fresh,
		    const struct activity *act, const struct finding_out *out)
{
	enum role to = role_of(reader->image);
	struct pair pair = { .reader = reader, .fd = input_fd(reader, to) };
	struct piped up = { .count = 0 };
	bool decoded = false;

	if (pair.fd < 0 || (to != ROLE_DECODER && to != ROLE_INTERPRETER))
		return;
	meet(&up, reader, -1);
	for (int i = 0; i < up.count; i++) {
		enum role from = role_of(up.procs[i]->image);
		enum detector_id id;
		bool new_here = false;

		pair.between = -1;
		for (int k = i; k >= 0; k = up.from[k]) {
			new_here |= up.procs[k] == fresh;
			pair.between += k > 0;
		}
		pair.writer = up.procs[i];
		if (i > 0 && !has_begun(pair.writer))
			from = ROLE_NONE;
		/* What a decoder got is told of the decoder. */
		if (i > 0 && new_here && verdict(from, to, &id) &&
		    !(decoded && from == ROLE_DOWNLOADER))
			report(&pair, id, act, out);
		decoded |= i > 0 && from == ROLE_DECODER;
		follow(&up, i, i == 0 ? pair.fd : 0, 1);
	}
}

static void pipeline_activity(void *self UNUSED, const struct state *state UNUSED,
			      const struct activity *act, const struct finding_out *out)
{
	struct piped down = { .count = 0 };

	if (act->kind != ACT_EXEC)
		return;
	meet(&down, act->proc, -1);
	for (int i = 0; i < down.count; i++) {
		if (has_begun(down.procs[i]))
			look_up(down.procs[i], act->proc, act, out);
		follow(&down, i, 1, 0);
	}
}

const struct detector detector_pipeline = {
	.name = "pipeline",
	.activity = pipeline_activity,
};
