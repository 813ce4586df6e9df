/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs read their code from, once they run. */
#ifndef AUSPEX_DETECT_DRIFT_CODE_H
#define AUSPEX_DETECT_DRIFT_CODE_H

#include "detect/drift_priv.h"

/* ---- drift_script.c ---- */

/* At exec: what the new program will read its code from. */
void drift_tasks_begin(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out);
/* Anything else that a process does. */
void drift_tasks_follow(struct drift *d, const struct state *state,
			const struct activity *act, const struct finding_out *out);
/* Does the process only list libraries, or is path the program that its
 * dynamic loader was told to run? Then a mapping loads no library. */
bool drift_tasks_expect(const struct drift *d, const struct proc *proc, const char *path);
void drift_tasks_forget(struct drift *d);

/* ---- drift_module.c ---- */

enum { LIMIT_ASKED = 16 };

/* What a program that runs text has read of it. */
struct drift_modules {
	uint8_t language;            /* enum language; LANG_NONE: it runs none */
	bool listed;                 /* the image holds some of what it loaded */
	uint64_t asked[LIMIT_ASKED]; /* newest first; see language_asked() */
	struct fdobj *waits;         /* what may be a module; a reference, or NULL */
	struct evref waits_at;
};

/* What was told of came into the image with the directory that it lies in. */
void drift_arrived(struct drift *d, const struct proc *proc,
		   const struct drift_judgement *j);
/* The process has opened act->obj, or failed to open a file. */
void drift_modules_opened(struct drift *d, const struct state *state,
			  const struct activity *act, struct drift_modules *m,
			  const struct finding_out *out);
void drift_modules_missed(struct drift *d, const struct state *state,
			  const struct activity *act, struct drift_modules *m,
			  const struct finding_out *out);

/* ---- drift_pipe.c ---- */

/* At exec: it reads its text from a pipe, or passes its input on into one. */
void drift_pipe_begins(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out);
/* The process has opened act->obj. */
void drift_pipe_opened(struct drift *d, const struct state *state,
		       const struct activity *act, const struct finding_out *out);
/* The process reads text from that pipe. */
void drift_pipe_read(struct drift *d, const struct state *state,
		     const struct activity *act, const struct fdobj *pipe,
		     const struct finding_out *out);
void drift_pipes_forget(struct drift *d);

#endif
