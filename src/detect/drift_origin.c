/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who wrote a file, and where that one had it from. */
#include <string.h>

#include "detect/describe.h"
#include "detect/drift_priv.h"
#include "detect/program.h"

enum { PACKAGER_DEPTH = 6 };

static unsigned marks_of(unsigned work)
{
	unsigned marks = 0;

	marks |= work & WORK_DECODE ? ORIGIN_DECODED : 0;
	marks |= work & WORK_UNPACK ? ORIGIN_UNPACKED : 0;
	marks |= work & WORK_COMPILE ? ORIGIN_COMPILED : 0;
	marks |= work & WORK_PACKAGE_OTHER ? ORIGIN_PACKAGE_OTHER : 0;
	return marks;
}

static bool is_server(const struct drift *d, const struct proc *proc)
{
	const struct image *image = proc->image;

	return image->exe &&
	       config_list_has_program(&d->config->servers,
				       slice_basename(slice_str(image->exe)));
}

/*
 * An address in the arguments of who fetches files says more than the peer;
 * in those of others only together with a connection.
 */
static void look_at(const struct image *image, const char *peer, struct arena *arena,
		    struct drift_origin *out)
{
	unsigned work = program_work(image);
	struct slice address = program_address(image);

	out->marks |= marks_of(work);
	if (out->from)
		return;
	if (address.len && (peer || work & WORK_FETCH))
		out->from = arena_slice_dup(arena, address);
}

/* Along the pipes that end in the writer's standard input. */
static void look_at_feeds(const struct state *state, const struct file_write *w,
			  struct arena *arena, struct drift_origin *out)
{
	uint64_t pipe = w->pipe;

	for (int i = 0; i < LIMIT_FEED_CHAIN; i++) {
		const struct feed *feed = feeds_get(state_feeds(state), pipe);

		if (!feed)
			return;
		look_at(feed->proc->image, feed->origin ? feed->origin : feed->proc->peer,
			arena, out);
		pipe = feed->in;
	}
}

void drift_origin(const struct drift *d, const struct state *state,
		  const struct file *file, struct arena *arena, struct drift_origin *out)
{
	enum confidence confidence;
	const struct file_write *w = drift_change(file, &confidence);
	const char *peer;

	*out = (struct drift_origin){ 0 };
	if (!w)
		return;
	out->proc = w->act.proc;
	out->image = w->act.image;
	out->via = w->via;
	peer = feeds_origin(state_feeds(state), w);
	look_at(out->image, peer, arena, out);
	look_at_feeds(state, w, arena, out);
	if (!out->from && peer)
		out->from = arena_strdup(arena, peer);
	if (out->from)
		out->marks |= ORIGIN_FETCHED;
	if (w->over_socket)
		out->marks |= ORIGIN_SOCKET;
	if (is_server(d, out->proc) ||
	    (out->proc->parent && is_server(d, out->proc->parent)))
		out->marks |= ORIGIN_SERVER;
	if (program_is_packager(out->image))
		out->marks |= ORIGIN_PACKAGE;
}

enum severity drift_grade(const struct drift_origin *o, enum severity base, bool on_host)
{
	if (o->marks & ORIGIN_PACKAGE)
		return on_host ? SEV_INFO : SEV_LOW;
	if (o->marks & (ORIGIN_SERVER | ORIGIN_SOCKET))
		return base > SEV_HIGH ? base : SEV_HIGH;
	/* What is built or installed from elsewhere's sources is everyday work. */
	if (o->marks & (ORIGIN_COMPILED | ORIGIN_PACKAGE_OTHER))
		return base;
	if (o->marks & ORIGIN_FETCHED)
		return base > SEV_HIGH ? base : SEV_HIGH;
	if (o->marks & ORIGIN_DECODED)
		return base > SEV_MEDIUM ? base : SEV_MEDIUM;
	return base;
}

static const char *verb_of(unsigned marks)
{
	if (marks & (ORIGIN_PACKAGE | ORIGIN_PACKAGE_OTHER))
		return "installed";
	if (marks & ORIGIN_COMPILED)
		return "built";
	if (marks & ORIGIN_UNPACKED)
		return "unpacked";
	if (marks & ORIGIN_DECODED)
		return "decoded";
	return "written";
}

const char *drift_origin_words(struct finding *f, const struct drift_origin *o)
{
	const char *text;

	if (!o->proc)
		return NULL;
	text = arena_printf(&f->arena, "%s by %s%s", verb_of(o->marks),
			    o->marks & ORIGIN_PACKAGE ? "the package manager " : "",
			    describe_name(f, o->proc, o->image));
	if (o->from)
		text = arena_printf(&f->arena, "%s from %s", text, o->from);
	if (o->via)
		text = arena_printf(&f->arena, "%s by way of %s", text, o->via);
	if (o->marks & ORIGIN_SOCKET)
		text = arena_printf(&f->arena,
				    "%s, with a connection as its input or output", text);
	return text;
}

bool drift_by_packager(const struct file_act *act)
{
	const struct proc *proc = act->proc;

	if (!act->at.serial)
		return false;
	if (program_is_packager(act->image))
		return true;
	for (int i = 0; proc && i < PACKAGER_DEPTH; i++, proc = proc->parent) {
		if (program_is_packager(proc->image))
			return true;
	}
	return false;
}
