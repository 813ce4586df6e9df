/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's side of the questions: what is asked because of an activity,
 * and what it was about when the answer comes. It is part of the model that
 * a standby keeps: a worker that reads the ring again asks the same under
 * the same numbers, and finds the answers that came the first time.
 */
#ifndef AUSPEX_ENGINE_ASKER_H
#define AUSPEX_ENGINE_ASKER_H

#include "base/slice.h"
#include "detect/detector.h"
#include "engine/ask.h"
#include "engine/engine.h"
#include "state/seed.h"

struct asker;

/* Open ones; the oldest is forgotten. */
enum { LIMIT_QUESTIONS = 8192, LIMIT_DOUBTS = 1024 };

/* socket: where questions go; -1: nobody is asked. model: ring_ctl.model.
 * Lives as long as the worker. */
struct asker *asker_new(int socket, uint32_t model);
/* Asks what is to be asked because of the activity. */
void asker_activity(struct asker *asker, const struct activity *act);
/* Asks whether the process of a finding has the connection still. */
void asker_finding(struct asker *asker, const struct finding *finding);
/*
 * What the process has open. Returns the finding's uid, valid until the next
 * call, and in words what confirms it, in arena; NULL: nothing does.
 */
const char *asker_confirm(struct asker *asker, const struct ask_header *header,
			  const struct seed *seed, struct arena *arena,
			  const char **words);
/* Whose process an ASK_ABOUT is about; false: nobody asked. */
bool asker_about(struct asker *asker, const struct ask_header *header,
		 struct process_facts *out);
/* Asks for all processes, once. */
void asker_scan(struct asker *asker);
/*
 * An answer: what the file holds that was asked for, valid until the next
 * call; false: nobody asked, or there is nothing to know.
 */
bool asker_answer(struct asker *asker, const struct ask_header *header,
		  struct slice texts, struct content *out);

#endif
