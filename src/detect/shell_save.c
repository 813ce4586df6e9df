/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell detectors remember, for base/pack.h. */
#include "detect/shell_priv.h"
#include "state/save.h"

static const struct pack_field command_rows[] = {
	PACK_FLAT(struct command, process),
	PACK_NUMBER(struct command, pid),
	PACK_NUMBER(struct command, seq),
	PACK_NUMBER(struct command, time),
};
static const struct pack_type command =
	PACK_TABLE("command", struct command, command_rows);

static const struct pack_field commands_rows[] = {
	PACK_ITEMS(struct commands, list, &command,
		   PACK_COUNTED_BY(struct commands, total), .n = LIMIT_COMMANDS_HELD,
		   .most = LIMIT_COMMANDS_HELD),
	PACK_NUMBER(struct commands, total),
};
static const struct pack_type commands =
	PACK_TABLE("commands", struct commands, commands_rows);

static const struct pack_field step_rows[] = {
	PACK_OWN(struct flow_step, obj, &pack_fdobj),
	PACK_OWN(struct flow_step, holder, &pack_proc),
};
static const struct pack_type step = PACK_TABLE("flow_step", struct flow_step, step_rows);

static const struct pack_field flow_rows[] = {
	PACK_REF(struct flow, socket, &pack_fdobj), /* that of the last step */
	PACK_PARTS(struct flow, steps, &step, PACK_COUNTED_BY(struct flow, nsteps)),
	PACK_NUMBER(struct flow, nsteps),
};
static const struct pack_type flow = PACK_TABLE("flow", struct flow, flow_rows);

static const struct pack_field heard_rows[] = {
	PACK_PART(struct heard, in, &flow),
};
static const struct pack_type heard = PACK_TABLE("heard", struct heard, heard_rows);

static const struct pack_field watched_rows[] = {
	PACK_OWN(struct watched, proc, &pack_proc),
	PACK_PART(struct watched, held, &commands),
	PACK_REF(struct watched, heard, &heard),
	PACK_NUMBER(struct watched, asked),
};
static const struct pack_type watched =
	PACK_TABLE("watched", struct watched, watched_rows);

static const struct pack_type session;
static const struct pack_field session_rows[] = {
	PACK_OWN(struct session, proc, &pack_proc),
	PACK_FLAT(struct session, socket),
	PACK_FLAT(struct session, uid),
	PACK_NUMBER(struct session, covers),
	PACK_NUMBER(struct session, whole),
	PACK_NUMBER(struct session, started),
	PACK_NUMBER(struct session, last),
	PACK_NUMBER(struct session, ended),
	PACK_NUMBER(struct session, told),
	PACK_NUMBER(struct session, commands),
	PACK_REF(struct session, next, &session),
};
static const struct pack_type session =
	PACK_TABLE("session", struct session, session_rows);

static const struct pack_field commander_rows[] = {
	PACK_OWN(struct commander, proc, &pack_proc),
	PACK_FLAT(struct commander, commands),
	PACK_NUMBER(struct commander, ncommands),
	PACK_NUMBER(struct commander, questions),
	PACK_NUMBER(struct commander, reported),
	PACK_PART(struct commander, held, &commands),
	PACK_OWN(struct commander, awaited, &pack_proc),
	PACK_REF(struct commander, way, &heard),
	PACK_NUMBER(struct commander, peer),
	PACK_NUMBER(struct commander, rounds),
	PACK_NUMBER(struct commander, since),
	PACK_NUMBER(struct commander, called),
	PACK_NUMBER(struct commander, asked),
};
static const struct pack_type commander =
	PACK_TABLE("commander", struct commander, commander_rows);

static const struct pack_field shells_rows[] = {
	PACK_KEPT(struct shells, honest),
	PACK_PARTS(struct shells, watched, &watched,
		   PACK_COUNTED_BY(struct shells, nwatched)),
	PACK_NUMBER(struct shells, nwatched),
	PACK_REFS(struct shells, sessions, &session,
		  PACK_COUNTED_BY(struct shells, nsessions), .n = LIMIT_SESSIONS),
	PACK_NUMBER(struct shells, nsessions),
	PACK_MAP(struct shells, by_proc, &session, .key = PACK_KEY_ADDRESS,
		 .key_type = &pack_proc),
	PACK_PARTS(struct shells, commanders, &commander,
		   PACK_COUNTED_BY(struct shells, ncommanders)),
	PACK_NUMBER(struct shells, ncommanders),
	PACK_MAP(struct shells, names, NULL, .key = PACK_KEY_BYTES, .texts = true),
	PACK_NUMBER(struct shells, since_look),
};
const struct pack_type shells_memory = PACK_TABLE("shells", struct shells, shells_rows);
