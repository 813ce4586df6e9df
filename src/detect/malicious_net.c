/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, names and URLs that are on a list: in arguments, and reached. */
#include <stdlib.h>
#include <string.h>

#include "audit/names.h"
#include "audit/sockaddr.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "detect/describe.h"
#include "detect/families.h"
#include "detect/malicious.h"
#include "state/container.h"

enum { LIMIT_TOLD = 10000 };

struct malicious_net {
	struct intel_set *intel;
	struct map *told; /* counts by uid */
	struct arena arena;
};

static void *net_init(const struct detect_setup *setup)
{
	struct malicious_net *m = xcalloc(1, sizeof(*m));

	m->intel = setup->intel;
	m->told = map_new();
	arena_init(&m->arena);
	return m;
}

static void net_fini(void *self)
{
	struct malicious_net *m = self;

	map_free(&m->told);
	arena_fini(&m->arena);
	free(m);
}

/*
 * One finding for each indicator and program, on each host and in each
 * container. NULL: it was told before.
 */
static struct finding *start(struct malicious_net *m, enum detector_id id,
			     const struct activity *act, const struct intel_match *match,
			     const struct finding_out *out)
{
	struct finding *f = finding_new(id);
	const struct proc *proc = act->proc;
	const struct container *c = container_of(proc);
	const char *where = c && c->id ? c->id : proc->root;
	const char *parts[] = { f->detector->id, proc->host->node, where, match->value,
				proc->image->exe };
	uintptr_t count;

	f->uid = finding_make_uid(&f->arena, parts, 5);
	count = (uintptr_t)map_get(m->told, slice_str(f->uid));
	if (count == 0 && map_count(m->told) >= LIMIT_TOLD) {
		map_free(&m->told);
		m->told = map_new();
	}
	map_put(m->told, slice_str(f->uid), (void *)++count); // NOLINT
	if (count > 1) {
		out->again(out->ctx, f->uid, count, act->at.time);
		finding_free(&f);
		return NULL;
	}
	f->first_seen = f->last_seen = act->at.time;
	malicious_describe(f, match);
	describe_process(f, proc, proc->image);
	return f;
}

static void on_exec(struct malicious_net *m, const struct activity *act,
		    const struct finding_out *out)
{
	const struct image *image = act->proc->image;
	struct intel_match match;
	struct finding *f;

	if (!image->argv || !malicious_argv(m->intel, (const char *const *)image->argv,
					    image->argc, act->at.time, &m->arena, &match))
		return;
	f = start(m, DETECT_MALICIOUS_URL_OBSERVED, act, &match, out);
	if (!f)
		return;
	describe_evidence(f, act->proc, act->at, "executed");
	f->summary =
		arena_printf(&f->arena, "%s was started with %s in its arguments, %s",
			     describe_name(f, act->proc, image), match.value,
			     malicious_words(f, &match));
	out->emit(out->ctx, f);
}

static void on_join(struct malicious_net *m, const struct activity *act,
		    const struct finding_out *out)
{
	const struct sock *sock = fdobj_sock(act->obj);
	bool accepted = sock && sock->role == SOCK_ACCEPTED;
	char peer[DESCRIBE_PEER];
	struct intel_match match;
	struct finding *f;

	if (!sock || !fdobj_is_inet(act->obj) || !sock->remote ||
	    !intel_find_address(m->intel, sock->remote->addr,
				accepted ? -1 : sock->remote->port, act->at.time,
				&m->arena, &match))
		return;
	f = start(m, DETECT_MALICIOUS_ADDRESS_CONTACTED, act, &match, out);
	if (!f)
		return;
	describe_socket(f, act->obj);
	describe_evidence(f, act->proc, act->at, accepted ? "accepted" : "connected");
	f->summary =
		arena_printf(&f->arena, "%s %s %s, %s",
			     describe_name(f, act->proc, act->proc->image),
			     accepted ? "was connected to from" : "connected to",
			     describe_peer(act->obj, peer), malicious_words(f, &match));
	out->emit(out->ctx, f);
}

/*
 * A datagram to an address of its own: no connection is made, and the socket
 * has no peer. The kernel records the address of sendto(2) and sendmsg(2) as it
 * does that of connect(2) (net/socket.c, move_addr_to_kernel()).
 */
static void on_send(struct malicious_net *m, const struct activity *act,
		    const struct finding_out *out)
{
	const struct event *event = act->event;
	struct finding_network *net;
	struct sockaddr_info to;
	struct intel_match match;
	struct finding *f;
	struct slice bytes;

	if (!event->syscall.success || !event_sockaddr(event, &bytes) ||
	    !sockaddr_parse(bytes, arch_big_endian(event->syscall.arch), &to) ||
	    (to.family != SOCK_INET && to.family != SOCK_INET6) ||
	    !intel_find_address(m->intel, to.addr, to.port, act->at.time, &m->arena,
				&match))
		return;
	f = start(m, DETECT_MALICIOUS_ADDRESS_CONTACTED, act, &match, out);
	if (!f)
		return;
	net = arena_zalloc(&f->arena, sizeof(*net));
	net->direction = "outbound";
	net->family = to.family == SOCK_INET ? "inet" : "inet6";
	net->remote_addr = arena_strdup(&f->arena, to.addr);
	net->remote_port = to.port;
	net->local_port = -1;
	f->network = net;
	describe_evidence(f, act->proc, act->at, "sent");
	f->summary = arena_printf(&f->arena,
				  to.family == SOCK_INET ? "%s sent to %s:%d, %s"
							 : "%s sent to [%s]:%d, %s",
				  describe_name(f, act->proc, act->proc->image), to.addr,
				  to.port, malicious_words(f, &match));
	out->emit(out->ctx, f);
}

static bool is_send(const struct activity *act)
{
	return act->kind == ACT_OTHER && (act->event->syscall.call == CALL_SENDTO ||
					  act->event->syscall.call == CALL_SENDMSG);
}

static void net_activity(void *self, const struct state *state UNUSED,
			 const struct activity *act, const struct finding_out *out)
{
	struct malicious_net *m = self;

	if (!act->proc || intel_set_empty(m->intel))
		return;
	if (act->kind == ACT_EXEC)
		on_exec(m, act, out);
	else if (act->kind == ACT_JOIN)
		on_join(m, act, out);
	else if (is_send(act))
		on_send(m, act, out);
	else
		return;
	arena_reset(&m->arena);
}

static const struct pack_field net_rows[] = {
	PACK_KEPT(struct malicious_net, intel),
	PACK_MAP(struct malicious_net, told, NULL, .key = PACK_KEY_BYTES),
	PACK_KEPT(struct malicious_net, arena),
};
static const struct pack_type net_memory =
	PACK_TABLE("malicious_net", struct malicious_net, net_rows);

const struct detector detector_malicious_net = {
	.name = "malicious_net",
	.init = net_init,
	.activity = net_activity,
	.fini = net_fini,
	.memory = &net_memory,
};
