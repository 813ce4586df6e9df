/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the shell family share; nobody else includes this. */
#ifndef AUSPEX_DETECT_SHELL_PRIV_H
#define AUSPEX_DETECT_SHELL_PRIV_H

#include "detect/describe.h"
#include "detect/detector.h"
#include "detect/flow.h"
#include "detect/honest.h"
#include "detect/shell_kind.h"
#include "detect/shell_session.h"

enum {
	LIMIT_WATCHED = 1024,
	LIMIT_SESSIONS = 4096,
	LIMIT_HOLDERS_SEEN = 1024,
	LIMIT_COMMANDS = 8, /* different ones remembered for each holder */
	LIMIT_COMMANDS_HELD = 32,
	TELL_EVERY_MS = 10000, /* how far a session has come, where nothing is run */
};

/* A program that was run: what a struct finding_command names it by. */
struct command {
	char process[PROC_UID_HEX + 1];
	int64_t pid;
	uint32_t seq;
	stamp_ms time;
};

/* Those of a process of which it is not known yet whether it is a session. */
struct commands {
	struct command *list; /* of the first LIMIT_COMMANDS_HELD */
	uint64_t total;
};

struct heard {
	struct flow in; /* the way that bytes had at some time; references */
};

struct watched {
	struct proc *proc; /* a reference */
	struct commands held;
	struct heard *heard; /* NULL: nothing yet */
	uint32_t asked;      /* what was run below it that asks about the machine */
};

/* A shell that was reported, or a program that runs commands for a socket. */
struct session {
	struct proc *proc;    /* a reference */
	struct evref socket;  /* when its socket was joined */
	char uid[2 * 16 + 1]; /* of its finding */
	bool covers;          /* what else is seen below proc is part of it */
	bool whole;           /* all that is run below proc is run in it */
	stamp_ms started, last, ended;
	stamp_ms told; /* last as the store has it */
	uint64_t commands;
	struct session *next; /* an older one of the same process */
};

/* A process with a socket that runs commands and reads what they print. */
struct commander {
	struct proc *proc; /* a reference */
	uint64_t commands[LIMIT_COMMANDS];
	uint32_t ncommands;
	uint32_t questions; /* of them that asked about the machine */
	bool reported;
	struct commands held;
	struct proc *awaited; /* a command that tells when it ends; or NULL */
	struct heard *way;    /* that its output had; it tells if that is held */
	/* For shell_poll.c: */
	uint64_t peer;   /* whom it calls; 0: nobody yet */
	uint32_t rounds; /* in which it called there and then ran a command */
	stamp_ms since;  /* of the first command */
	bool called;     /* since the last command */
	bool asked;      /* by one of them, strongly */
};

struct shells {
	struct honest honest;
	struct watched watched[LIMIT_WATCHED];
	size_t nwatched;
	struct session **sessions; /* oldest first */
	size_t nsessions;
	struct map *by_proc; /* the newest session of a struct proc */
	struct commander commanders[LIMIT_HOLDERS_SEEN];
	size_t ncommanders;
	struct map *names; /* shells by their files; NULL: none; see shell_names.c */
	unsigned since_look;
};

/* What is known of one shell or command when it is judged. */
struct look {
	const struct proc *proc;
	const struct image *image;
	const struct image *as; /* image under the name of the shell that it is */
	struct image called;    /* as, where it has another name */
	enum shell_kind kind;
	enum shell_input input;
	struct flow in, out;
	bool has_in, has_out;
	const struct activity *act;
};

void look_take(const struct shells *s, struct look *look, const struct proc *proc,
	       const struct activity *act);
/* The descriptor itself is the socket. */
static inline bool look_direct_in(const struct look *l)
{
	return l->has_in && l->in.nsteps == 1;
}
static inline bool look_direct_out(const struct look *l)
{
	return l->has_out && l->out.nsteps == 1;
}

/* The program that proc runs now. */
struct command command_of(const struct proc *proc);

/* shell_watch.c */
void commands_hold(struct commands *held, const struct proc *proc);
void commands_fini(struct commands *held);
void watch_add(struct shells *s, const struct proc *proc);
size_t watch_find(const struct shells *s, const struct proc *proc); /* nwatched: none */
void watch_drop(struct shells *s, size_t i);
/* Keeps a way, which a relay may end before the shell does; NULL: none. */
void heard_keep(struct heard **heard, const struct flow *flow);
/* The row of a commander, made when it is new; known: NULL then. */
struct commander *commander_of(struct shells *s, const struct proc *proc);
struct commander *commander_known(struct shells *s, const struct proc *proc);
void shells_fini(struct shells *s);
/* What a struct shells is made of. */
extern const struct pack_type shells_memory;

/* shell_report.c */
struct shell_report {
	enum detector_id id;
	enum confidence confidence;
	const char *caveat;          /* or NULL */
	const struct proc *uid_proc; /* whose session it is; NULL: the look's */
	const struct fdobj *socket;  /* where no flow leads to it; or NULL */
	const char *peer;            /* "192.0.2.1:80", where that is gone too; or NULL */
	bool opens_session;          /* what is seen in it later is no news */
	bool runs_below;             /* all below uid_proc is run in its session */
	struct commands *held;       /* what was run in it until now; or NULL */
	stamp_ms since;              /* when its session began; 0: see socket */
	const struct proc *honest;   /* passes it on by right: suppressed; or NULL */
};
void shell_emit(struct shells *s, const struct look *look,
		const struct shell_report *report, const struct finding_out *out);

/* shell_names.c */
/* proc's image, or *out with the name of the shell that its file is. */
const struct image *shell_called(const struct shells *s, const struct proc *proc,
				 struct image *out);
/* false: the content is no news about a shell. */
bool shell_learn(struct shells *s, const struct content *content);
void shell_names_fini(struct shells *s);

/* shell_guess.c: where the records do not hold the whole way. */
bool shell_guess(struct shells *s, const struct look *look,
		 const struct finding_out *out);
/* Somebody joined a socket: is a watched shell beside it that it may feed? */
void shell_guess_beside(struct shells *s, const struct activity *act,
			const struct finding_out *out);
/* Is it worth to wait for that? */
bool shell_may_be_beside(const struct look *look);
/* proc or a near relative above it that has a connection, or NULL. */
const struct proc *shell_connected(const struct proc *proc);
/* The inet socket that proc joined last, or NULL. */
const struct fdobj *shell_connection(const struct proc *proc);
/* shell_poll.c: a command whose output goes to nobody at a socket. */
void poll_command(struct shells *s, const struct look *look,
		  const struct finding_out *out);
/* Somebody joined a socket: to tell what the last command printed? */
void poll_call(struct shells *s, const struct activity *act,
	       const struct finding_out *out);
/* remote_command.c: commands that are run for somebody at a socket. */
void remote_command(struct shells *s, const struct look *look,
		    const struct finding_out *out);
/* act->proc, which may have been such a command, has ended; NULL: the log has. */
void remote_command_ended(struct shells *s, const struct activity *act,
			  const struct finding_out *out);

#endif
