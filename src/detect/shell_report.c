/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The finding about a shell: the way of the data and what proves each step. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "detect/shell_priv.h"

enum { DRAWN_MAX = 32 }; /* bytes of a command line in the drawing of the way */

static const char *how_placed(const struct fdent *ent)
{
	if (!ent)
		return "unknown";
	switch (ent->how) {
	case FD_DUPLICATED: return "dup";
	case FD_BORN: return "direct";
	default: return "inherited";
	}
}

/* The object at descriptor 0 or 1 that the way begins with, or NULL. */
static const struct fdobj *first_obj(const struct look *l, int fd)
{
	const struct fdent *ent = fdtab_get(l->proc->fds, fd);

	if (fd == 0 ? l->has_in : l->has_out)
		return fd == 0 ? l->in.steps[0].obj : l->out.steps[0].obj;
	return !l->has_in && !l->has_out && ent ? ent->obj : NULL;
}

static void prove_fds(struct finding *f, const struct look *l,
		      struct finding_network *net)
{
	const struct fdtab *tab = l->proc->fds;
	int *fds = arena_alloc(&f->arena, 3 * sizeof(*fds));
	char what[64];

	net->fds = fds;
	for (int fd = 0; fd < 3; fd++) {
		const struct fdent *ent = fdtab_get(tab, fd);

		if (!ent || (ent->obj != first_obj(l, 0) && ent->obj != first_obj(l, 1)))
			continue;
		fds[net->nfds++] = fd;
		if (ent->how == FD_DUPLICATED)
			snprintf(what, sizeof(what), "descriptor %d copied to %d",
				 ent->from, fd);
		else
			snprintf(what, sizeof(what), "descriptor %d", fd);
		describe_evidence(f, l->proc, ent->placed, what);
	}
}

static void prove_way(struct finding *f, const struct look *l, const struct flow *flow)
{
	for (size_t i = 0; i < flow->nsteps; i++) {
		char what[96];

		snprintf(what, sizeof(what), "%s opened by pid %lld",
			 fdobj_kind_name(flow->steps[i].obj->kind),
			 (long long)flow->steps[i].obj->maker_pid);
		describe_evidence(f, l->proc, flow->steps[i].obj->birth, what);
	}
}

/* "bash -i (815)": as it was called, as far as that is short. */
static const char *draw_process(struct finding *f, const struct proc *proc,
				const struct image *image)
{
	struct slice base =
		slice_basename(slice_str(image->exe ? image->exe : image->comm));
	const char *text = arena_slice_dup(&f->arena, base);

	for (uint32_t i = 1; i < image->argc; i++) {
		if (strlen(text) + strlen(image->argv[i]) > DRAWN_MAX) {
			text = arena_printf(&f->arena, "%s ...", text);
			break;
		}
		text = arena_printf(&f->arena, "%s %s", text, image->argv[i]);
	}
	return arena_printf(&f->arena, "%s%s(%lld)", text, text[0] ? " " : "",
			    (long long)proc->pid);
}

/* "203.0.113.9:4444 ⇄ nc (812) ⇄ pipe ⇄ bash -i (815)" */
static const char *draw_way(struct finding *f, const struct look *l,
			    const struct flow *flow)
{
	char peer[DESCRIBE_PEER];
	const char *way = arena_strdup(&f->arena, describe_peer(flow->socket, peer));

	for (size_t i = flow->nsteps; i-- > 1;)
		way = arena_printf(&f->arena, "%s ⇄ %s ⇄ %s", way,
				   draw_process(f, flow->steps[i].holder,
						flow->steps[i].holder->image),
				   fdobj_kind_name(flow->steps[i - 1].obj->kind));
	return arena_printf(&f->arena, "%s ⇄ %s", way,
			    draw_process(f, l->proc, l->image));
}

static const char *verb(const struct look *l)
{
	if (l->has_in && l->has_out)
		return "reads its input from and writes its output to";
	return l->has_in ? "reads its input from" : "writes its output to";
}

static const char *mechanism(const struct look *l, const struct flow *flow)
{
	if (flow && flow->nsteps > 1)
		return fdobj_kind_name(flow->steps[0].obj->kind);
	return how_placed(fdtab_get(l->proc->fds, l->has_in || !l->has_out ? 0 : 1));
}

static const struct flow *leading(const struct look *l)
{
	return l->has_in ? &l->in : l->has_out ? &l->out : NULL;
}

static const char *make_uid(struct finding *f, const struct look *l,
			    const struct shell_report *r, const struct fdobj *socket)
{
	const struct proc *proc = r->uid_proc ? r->uid_proc : l->proc;
	struct evref at = socket ? fdobj_sock(socket)->joined : (struct evref){ 0 };
	char key[48];
	const char *parts[] = { "shell", r->opens_session ? "" : f->detector->id,
				proc->uid, r->uid_proc ? NULL : key };

	snprintf(key, sizeof(key), "%lld:%u", (long long)at.time, at.serial);
	return finding_make_uid(&f->arena, parts, 4);
}

static void prove_socket(struct finding *f, const struct look *l,
			 const struct fdobj *socket)
{
	describe_evidence(f, l->proc, socket->birth, "socket made");
	describe_evidence(f, l->proc, fdobj_sock(socket)->joined,
			  fdobj_sock(socket)->role == SOCK_ACCEPTED ? "accepted"
								    : "connected");
}

static void tell_network(struct finding *f, const struct look *l, const struct flow *flow,
			 const struct fdobj *socket)
{
	struct finding_network *net = describe_socket(f, socket);

	prove_socket(f, l, socket);
	if (flow) {
		prove_way(f, l, flow);
		net->path = draw_way(f, l, flow);
	}
	if (flow && l->has_out && flow != &l->out) {
		prove_way(f, l, &l->out);
		if (l->out.socket != socket) {
			prove_socket(f, l, l->out.socket);
			net->path = arena_printf(&f->arena, "%s; what it prints: %s",
						 net->path, draw_way(f, l, &l->out));
		}
	}
	prove_fds(f, l, net);
	net->mechanism = mechanism(l, flow);
}

/* All that is known of the connection is whom a relative had one with. */
static void tell_peer(struct finding *f, const char *peer)
{
	struct finding_network *net = arena_zalloc(&f->arena, sizeof(*net));
	const char *colon = strrchr(peer, ':');
	uint32_t port;

	net->direction = "unknown";
	net->remote_port = net->local_port = -1;
	if (colon && num_u32(slice_str(colon + 1), &port) && port <= UINT16_MAX) {
		net->remote_port = (int32_t)port;
		net->remote_addr = arena_slice_dup(
			&f->arena, slice_make(peer, (size_t)(colon - peer)));
	} else {
		net->remote_addr = arena_strdup(&f->arena, peer);
	}
	f->network = net;
}

static const char *tell(struct finding *f, const struct look *l, const struct flow *flow,
			const struct fdobj *socket)
{
	const char *name = describe_name(f, l->proc, l->image);
	char peer[DESCRIBE_PEER];

	if (!socket)
		return arena_printf(&f->arena,
				    "%s was started to be talked to without a terminal",
				    name);
	if (!flow)
		return arena_printf(&f->arena, "%s seems to talk to %s", name,
				    describe_peer(socket, peer));
	return arena_printf(&f->arena, "%s %s %s%s", name, verb(l),
			    describe_peer(socket, peer),
			    flow->nsteps > 1 ? " through a relay" : "");
}

/* May the number that its input or output has be another file's by now? */
static bool stale_input(const struct look *l)
{
	const struct fdent *ent =
		fdtab_get(l->proc->fds, l->has_in || !l->has_out ? 0 : 1);

	return (l->has_in || l->has_out) && ent && proc_fd_unsure(l->proc, ent);
}

static void doubt(struct finding *f)
{
	if (f->confidence == CONF_HIGH)
		f->confidence = CONF_MEDIUM;
	if (!f->caveat)
		f->caveat =
			"not every close of a descriptor is recorded: the number that its "
			"input has may have been given to another file in between";
}

void shell_emit(struct shells *s, const struct look *l, const struct shell_report *r,
		const struct finding_out *out)
{
	const struct flow *flow = leading(l);
	const struct fdobj *socket = flow ? flow->socket : r->socket;
	struct finding *f = finding_new(r->id);
	size_t watched = watch_find(s, l->proc);
	char uid[2 * 16 + 1];
	struct session_start start = { .uid = uid,
				       .proc = r->uid_proc ? r->uid_proc : l->proc,
				       .socket = socket,
				       .since = r->since,
				       .covers = r->opens_session,
				       .whole = r->opens_session || r->runs_below,
				       .held = r->held };

	f->confidence = r->confidence;
	f->caveat = r->caveat;
	if (stale_input(l))
		doubt(f);
	if (r->honest)
		f->suppressed =
			arena_printf(&f->arena,
				     "%s gives shells to people by right (login_servers "
				     "of the configuration), and %s",
				     r->honest->image->exe,
				     honest_reason(&s->honest, r->honest));
	memcpy(uid, make_uid(f, l, r, socket), sizeof(uid));
	f->uid = uid;
	describe_process(f, l->proc, l->image);
	f->first_seen = f->last_seen =
		l->act->at.serial ? l->act->at.time : l->proc->last.time;
	if (socket)
		tell_network(f, l, flow, socket);
	else if (r->peer)
		tell_peer(f, r->peer);
	describe_evidence(f, l->proc, l->image->event, "started");
	f->summary = tell(f, l, flow, socket);
	start.seen = f->last_seen;
	if (watched < s->nwatched && !start.held)
		start.held = &s->watched[watched].held;
	out->emit(out->ctx, f);
	if (!r->honest)
		session_add(s, &start, out);
	watched = watch_find(s, l->proc);
	if (watched < s->nwatched)
		watch_drop(s, watched);
}
