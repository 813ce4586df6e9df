/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/save.h"

#include "base/map.h"
#include "state/container_cli.h"
#include "state/files_priv.h"
#include "state/mounts.h"
#include "state/proc_priv.h"
#include "state/state_priv.h"

/* ---- processes ---- */

static const struct pack_field exec_file_rows[] = {
	PACK_NUMBER(struct exec_file, role),
	PACK_TEXT(struct exec_file, path),
	PACK_NUMBER(struct exec_file, dev),
	PACK_NUMBER(struct exec_file, inode),
};
static const struct pack_type exec_file =
	PACK_TABLE("exec_file", struct exec_file, exec_file_rows);

static const struct pack_field image_rows[] = {
	PACK_NUMBER(struct image, refs),
	PACK_OWN(struct image, older, &pack_image),
	PACK_NUMBER(struct image, seq),
	PACK_FLAT(struct image, event),
	PACK_TEXT(struct image, exe),
	PACK_TEXT(struct image, comm),
	PACK_TEXT(struct image, name),
	PACK_TEXTS(struct image, argv, argc),
	PACK_NUMBER(struct image, argc),
	PACK_NUMBER(struct image, argc_total),
	PACK_TEXT(struct image, argv_rest),
	PACK_TEXT(struct image, cwd),
	PACK_TEXT(struct image, tty),
	PACK_FLAT(struct image, cred),
	PACK_NUMBER(struct image, dev),
	PACK_NUMBER(struct image, inode),
	PACK_ITEMS(struct image, files, &exec_file,
		   PACK_COUNTED_BY(struct image, nfiles)),
	PACK_NUMBER(struct image, nfiles),
	PACK_KEPT(struct image, mem),
	PACK_NUMBER(struct image, weight),
	PACK_NUMBER(struct image, deleted),
	PACK_NUMBER(struct image, memfd),
};
static bool settle_image(struct unpacker *unpacker, void *obj)
{
	struct proctab *procs = unpack_root(unpacker, &pack_proctab);
	struct image *image = obj;

	image->mem = procs && image->weight ? &procs->mem : NULL;
	return procs != NULL;
}

const struct pack_type pack_image =
	PACK_COUNTED_TABLE("image", struct image, image_rows, .settle = settle_image);

static const struct pack_field mapping_rows[] = {
	PACK_NUMBER(struct mapping, start),
	PACK_NUMBER(struct mapping, len),
	PACK_OWN(struct mapping, obj, &pack_fdobj),
};
static const struct pack_type mapping =
	PACK_TABLE("mapping", struct mapping, mapping_rows);

static const struct pack_field role_rows[] = {
	PACK_NUMBER(struct ctr_role, kind),
	PACK_NUMBER(struct ctr_role, verb),
	PACK_NAME(struct ctr_role, runtime, container_cli_runtime),
	PACK_REF(struct ctr_role, container, &pack_container),
	PACK_NUMBER(struct ctr_role, maker_pid),
	PACK_NUMBER(struct ctr_role, dev),
	PACK_NUMBER(struct ctr_role, inode),
	PACK_NUMBER(struct ctr_role, inside),
	PACK_NUMBER(struct ctr_role, self),
	PACK_NUMBER(struct ctr_role, implied),
	PACK_NUMBER(struct ctr_role, is_pod),
	PACK_REFS(struct ctr_role, more, &pack_container,
		  PACK_COUNTED_BY(struct ctr_role, nmore),
		  PACK_PLACES_IN(struct ctr_role, more_cap)),
	PACK_NUMBER(struct ctr_role, nmore),
	PACK_NUMBER(struct ctr_role, more_cap),
	PACK_TEXT(struct ctr_role, helper),
	PACK_TEXT(struct ctr_role, image),
	PACK_TEXT(struct ctr_role, name),
	PACK_TEXT(struct ctr_role, object),
};
static const struct pack_type role = PACK_TABLE("ctr_role", struct ctr_role, role_rows);

static const struct pack_field proc_rows[] = {
	PACK_NUMBER(struct proc, refs),
	PACK_REF(struct proc, host, &pack_host),
	PACK_FLAT(struct proc, uid),
	PACK_NUMBER(struct proc, pid),
	PACK_NUMBER(struct proc, ppid),
	PACK_OWN(struct proc, parent, &pack_proc),
	PACK_NUMBER(struct proc, observed),
	PACK_NUMBER(struct proc, start_seen),
	PACK_NUMBER(struct proc, ended),
	PACK_NUMBER(struct proc, has_exit),
	PACK_NUMBER(struct proc, away),
	PACK_NUMBER(struct proc, listed),
	PACK_NUMBER(struct proc, made_thread),
	PACK_NUMBER(struct proc, unsettled),
	PACK_NUMBER(struct proc, new_pidns),
	PACK_NUMBER(struct proc, pidns),
	PACK_NUMBER(struct proc, strangers),
	PACK_NUMBER(struct proc, exit_code),
	PACK_NUMBER(struct proc, boot),
	PACK_FLAT(struct proc, started),
	PACK_FLAT(struct proc, end),
	PACK_FLAT(struct proc, last),
	PACK_OWN(struct proc, image, &pack_image),
	PACK_NUMBER(struct proc, first_seq),
	PACK_NUMBER(struct proc, told_seq),
	PACK_FLAT(struct proc, cred),
	PACK_TEXT(struct proc, cwd),
	PACK_TEXT(struct proc, root),
	PACK_OWN(struct proc, mounts, &pack_mounts),
	PACK_TEXT(struct proc, peer),
	PACK_TEXT(struct proc, read_origin),
	PACK_TEXT(struct proc, read_path),
	PACK_ITEMS(struct proc, maps, &mapping, PACK_COUNTED_BY(struct proc, nmaps),
		   .n = LIMIT_MAPS),
	PACK_NUMBER(struct proc, nmaps),
	PACK_REF(struct proc, container, &pack_container),
	PACK_NUMBER(struct proc, container_via),
	PACK_NUMBER(struct proc, looked_at),
	PACK_REF(struct proc, role, &role),
	PACK_OWN(struct proc, fds, &pack_fdtab),
	PACK_OWN(struct proc, files_of, &pack_proc),
	PACK_REF(struct proc, before, &pack_proc),
	PACK_REF(struct proc, behind, &pack_proc),
	PACK_REF(struct proc, oldest_fork, &pack_fork),
	PACK_REF(struct proc, newest_fork, &pack_fork),
	PACK_NUMBER(struct proc, nforks),
};
const struct pack_type pack_proc = PACK_COUNTED_TABLE("proc", struct proc, proc_rows);

static const struct pack_field fork_rows[] = {
	PACK_OWN(struct fork, caller, &pack_proc),
	PACK_NUMBER(struct fork, number),
	PACK_FLAT(struct fork, event),
	PACK_FLAT(struct fork, flags),
	PACK_OWN(struct fork, fds, &pack_fdtab),
	PACK_OWN(struct fork, image, &pack_image),
	PACK_FLAT(struct fork, cred),
	PACK_REF(struct fork, older, &pack_fork),
	PACK_REF(struct fork, newer, &pack_fork),
	PACK_REF(struct fork, elder, &pack_fork),
	PACK_REF(struct fork, younger, &pack_fork),
};
const struct pack_type pack_fork = PACK_TABLE("fork", struct fork, fork_rows);

static const struct pack_field forks_rows[] = {
	PACK_REF(struct forks, eldest, &pack_fork),
	PACK_REF(struct forks, youngest, &pack_fork),
	PACK_NUMBER(struct forks, count),
};
static const struct pack_type forks = PACK_TABLE("forks", struct forks, forks_rows);

/* ---- channels: of the objects that fdobj.c has the table of ---- */

static const struct pack_field channel_rows[] = {
	PACK_REFS(struct channel, ends, &pack_fdobj,
		  PACK_COUNTED_BY(struct channel, nends),
		  PACK_PLACES_IN(struct channel, cap)),
	PACK_NUMBER(struct channel, nends),
	PACK_NUMBER(struct channel, cap),
	PACK_NUMBER(struct channel, pts),
	PACK_NUMBER(struct channel, made),
	PACK_NUMBER(struct channel, held),
};
const struct pack_type pack_channel = PACK_TABLE("channel", struct channel, channel_rows);

/* ---- hosts ---- */

static const struct pack_field host_rows[] = {
	PACK_TEXT(struct host, node),
	PACK_NUMBER(struct host, boot),
	PACK_MAP(struct host, procs, &pack_proc, .owned = true),
	PACK_MAP(struct host, forks, &pack_fork),
	PACK_KEPT(struct host, mem),
	PACK_NUMBER(struct host, channels_refused),
	PACK_NUMBER(struct host, number),
	PACK_MAP(struct host, fifos, &pack_channel, .key = PACK_KEY_BYTES),
	PACK_MAP(struct host, ptys, &pack_channel),
	PACK_OWN(struct host, mounts, &pack_mounts),
	PACK_NUMBER(struct host, top_serial),
	PACK_NUMBER(struct host, boot_marker),
	PACK_NUMBER(struct host, boot_begun),
	PACK_NUMBER(struct host, seen),
};

static bool settle_host(struct unpacker *unpacker, void *obj)
{
	struct proctab *procs = unpack_root(unpacker, &pack_proctab);
	struct host *host = obj;

	host->mem = procs ? &procs->mem : NULL;
	return procs != NULL;
}

const struct pack_type pack_host = { .name = "host",
				     .size = sizeof(struct host),
				     .fields = host_rows,
				     .nfields = sizeof(host_rows) / sizeof(host_rows[0]),
				     .settle = settle_host };

static const struct pack_field recent_rows[] = {
	PACK_ROW(struct recent, procs, &pack_proc, LIMIT_GONE),
	PACK_NUMBER(struct recent, next),
};
static const struct pack_type recent = PACK_TABLE("recent", struct recent, recent_rows);

static const struct pack_field claim_rows[] = {
	PACK_OWN(struct claim, child, &pack_proc),
	PACK_WEAK(struct claim, caller, &pack_proc),
	PACK_FLAT(struct claim, event),
	PACK_OWN(struct claim, fds, &pack_fdtab),
	PACK_OWN(struct claim, image, &pack_image),
};
static const struct pack_type claim = PACK_TABLE("claim", struct claim, claim_rows);

static const struct pack_field early_close_rows[] = {
	PACK_WEAK(struct early_close, proc, &pack_proc),
	PACK_NUMBER(struct early_close, started),
	PACK_NUMBER(struct early_close, fd),
	PACK_FLAT(struct early_close, at),
};
static const struct pack_type early_close =
	PACK_TABLE("early_close", struct early_close, early_close_rows);

static const struct pack_field handed_rows[] = {
	PACK_OWN(struct handed, maker, &pack_proc),
	PACK_OWN(struct handed, child, &pack_proc),
	PACK_FLAT(struct handed, event),
};
static const struct pack_type handed = PACK_TABLE("handed", struct handed, handed_rows);

static const struct pack_field claims_rows[] = {
	PACK_PARTS(struct claims, list, &claim),
	PACK_NUMBER(struct claims, next),
	PACK_PARTS(struct claims, closes, &early_close),
	PACK_NUMBER(struct claims, next_close),
	PACK_PARTS(struct claims, handed, &handed),
	PACK_NUMBER(struct claims, next_handed),
};
static const struct pack_type claims = PACK_TABLE("claims", struct claims, claims_rows);

static const struct pack_field memory_rows[] = {
	PACK_NUMBER(struct memory, bytes),           PACK_NUMBER(struct memory, resting),
	PACK_NUMBER(struct memory, entries),         PACK_FLAT(struct memory, lost),
	PACK_REF(struct memory, dirs, &pack_fddirs),
};
static const struct pack_type memory = PACK_TABLE("memory", struct memory, memory_rows);

static const struct pack_field proctab_rows[] = {
	PACK_MAP(struct proctab, hosts, &pack_host, .key = PACK_KEY_BYTES),
	PACK_KEPT(struct proctab, last_host),
	PACK_NUMBER(struct proctab, alive),
	PACK_PART(struct proctab, forks, &forks),
	PACK_PART(struct proctab, mem, &memory),
	PACK_REF(struct proctab, oldest, &pack_proc),
	PACK_REF(struct proctab, newest, &pack_proc),
	PACK_NUMBER(struct proctab, nhosts),
	PACK_PART(struct proctab, idles, &pack_idles),
	PACK_MAP(struct proctab, sketches, &pack_image, .key = PACK_KEY_BYTES,
		 .owned = true),
	PACK_PART(struct proctab, gone, &recent),
	PACK_PART(struct proctab, early, &recent),
	PACK_PART(struct proctab, claims, &claims),
	PACK_REFS(struct proctab, dead, &pack_proc,
		  PACK_COUNTED_BY(struct proctab, ndead),
		  PACK_PLACES_IN(struct proctab, dead_cap), .owned = true),
	PACK_NUMBER(struct proctab, ndead),
	PACK_NUMBER(struct proctab, dead_cap),
	PACK_REFS(struct proctab, changed, &pack_proc,
		  PACK_COUNTED_BY(struct proctab, nchanged),
		  PACK_PLACES_IN(struct proctab, changed_cap), .owned = true),
	PACK_NUMBER(struct proctab, nchanged),
	PACK_NUMBER(struct proctab, changed_cap),
	PACK_NUMBER(struct proctab, changed_at),
};
const struct pack_type pack_proctab = PACK_TABLE("proctab", struct proctab, proctab_rows);

/* ---- files ---- */

static const struct pack_field file_act_rows[] = {
	PACK_NUMBER(struct file_act, change),
	PACK_FLAT(struct file_act, at),
	PACK_OWN(struct file_act, proc, &pack_proc),
	PACK_OWN(struct file_act, image, &pack_image),
};
const struct pack_type pack_file_act =
	PACK_TABLE("file_act", struct file_act, file_act_rows);

static const struct pack_field file_write_rows[] = {
	PACK_PART(struct file_write, act, &pack_file_act),
	PACK_TEXT(struct file_write, origin),
	PACK_TEXT(struct file_write, via),
	PACK_NUMBER(struct file_write, pipe),
	PACK_NUMBER(struct file_write, over_socket),
};
static const struct pack_type file_write =
	PACK_TABLE("file_write", struct file_write, file_write_rows);

static const struct pack_type file;
static const struct pack_field file_rows[] = {
	PACK_REF(struct file, host, &pack_host),
	PACK_NUMBER(struct file, dev),
	PACK_NUMBER(struct file, inode),
	PACK_TEXT(struct file, home),
	PACK_TEXT(struct file, name),
	PACK_PART(struct file, content, &file_write),
	PACK_PART(struct file, opened, &file_write),
	PACK_PART(struct file, named, &pack_file_act),
	PACK_PART(struct file, chmod, &pack_file_act),
	PACK_PART(struct file, gone, &pack_file_act),
	PACK_NUMBER(struct file, created),
	PACK_NUMBER(struct file, weight),
	PACK_NUMBER(struct file, replaced),
	PACK_REF(struct file, newer, &file),
	PACK_REF(struct file, older, &file),
	PACK_NUMBER(struct file, key_dev),
};
static const struct pack_type file = PACK_TABLE("file", struct file, file_rows);

static const struct pack_type place;
static const struct pack_field place_rows[] = {
	PACK_NUMBER(struct place, kind),
	PACK_TEXT(struct place, path),
	PACK_TEXT(struct place, to),
	PACK_PART(struct place, act, &pack_file_act),
	PACK_NUMBER(struct place, weight),
	PACK_REF(struct place, next, &place),
	PACK_REF(struct place, prev, &place),
};
static const struct pack_type place = PACK_TABLE("place", struct place, place_rows);

#define OF_HOST .key = PACK_KEY_OBJECT, .key_type = &pack_host

static const struct pack_field places_rows[] = {
	PACK_MAP(struct places, symlinks, &place, OF_HOST),
	PACK_MAP(struct places, moved_to, &place, OF_HOST),
	PACK_MAP(struct places, moved_from, &place, OF_HOST),
	PACK_REF(struct places, newest, &place),
	PACK_REF(struct places, oldest, &place),
	PACK_NUMBER(struct places, count),
	PACK_NUMBER(struct places, bytes),
	PACK_KEPT(struct places, key),
};
static const struct pack_type places = PACK_TABLE("places", struct places, places_rows);

static const struct pack_field files_rows[] = {
	PACK_MAP(struct files, by_inode, &file, OF_HOST),
	PACK_MAP(struct files, epochs, NULL, OF_HOST),
	PACK_REF(struct files, newest, &file),
	PACK_REF(struct files, oldest, &file),
	PACK_NUMBER(struct files, bytes),
	PACK_KEPT(struct files, mem),
	PACK_PART(struct files, places, &places),
};
const struct pack_type pack_files = PACK_TABLE("files", struct files, files_rows);

/* ---- containers ---- */

static const struct pack_field container_rows[] = {
	PACK_REF(struct container, tab, &pack_containers),
	PACK_REF(struct container, host, &pack_host),
	PACK_TEXT(struct container, id),
	PACK_TEXT(struct container, name),
	PACK_TEXT(struct container, image),
	PACK_TEXT(struct container, image_digest),
	PACK_TEXT(struct container, image_id),
	PACK_TEXT(struct container, pod),
	PACK_TEXT(struct container, ns),
	PACK_TEXT(struct container, runtime),
	PACK_TEXT(struct container, bundle),
	PACK_TEXT(struct container, rootfs),
	PACK_TEXT(struct container, root),
	PACK_TEXT(struct container, sandbox),
	PACK_NUMBER(struct container, has_dev),
	PACK_NUMBER(struct container, dev),
	PACK_NUMBER(struct container, awaits_entry),
	PACK_NUMBER(struct container, awaits_exec),
	PACK_NUMBER(struct container, asked),
	PACK_NUMBER(struct container, command),
	PACK_REF(struct container, same, &pack_container),
	PACK_REFS(struct container, members, &pack_proc,
		  PACK_COUNTED_BY(struct container, nmembers),
		  PACK_PLACES_IN(struct container, members_cap), .owned = true),
	PACK_NUMBER(struct container, nmembers),
	PACK_NUMBER(struct container, members_cap),
	PACK_NUMBER(struct container, users),
	PACK_NUMBER(struct container, in_files),
	PACK_NUMBER(struct container, renewed),
	PACK_FLAT(struct container, since),
	PACK_NUMBER(struct container, entered),
	PACK_NUMBER(struct container, listed),
};
const struct pack_type pack_container =
	PACK_TABLE("container", struct container, container_rows);

/* ---- all of it ---- */

static const struct pack_field awaited_rows[] = {
	PACK_REF(struct awaited, container, &pack_container),
	PACK_NUMBER(struct awaited, pid),
	PACK_NUMBER(struct awaited, time),
};
static const struct pack_type awaited =
	PACK_TABLE("awaited", struct awaited, awaited_rows);

static const struct pack_field state_rows[] = {
	PACK_KEPT(struct state, procs),
	PACK_KEPT(struct state, files),
	PACK_KEPT(struct state, feeds),
	PACK_KEPT(struct state, containers),
	PACK_PARTS(struct state, awaited, &awaited,
		   PACK_COUNTED_BY(struct state, nawaited)),
	PACK_NUMBER(struct state, nawaited),
};
const struct pack_type pack_state = PACK_TABLE("state", struct state, state_rows);

void state_roots(struct state *state, struct pack_root out[STATE_ROOTS])
{
	out[0] = (struct pack_root){ &pack_proctab, state->procs };
	out[1] = (struct pack_root){ &pack_files, state->files };
	out[2] = (struct pack_root){ &pack_feeds, state->feeds };
	out[3] = (struct pack_root){ &pack_containers, state->containers };
	out[4] = (struct pack_root){ &pack_state, state };
}
