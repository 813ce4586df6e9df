/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop: source -> assembler -> state -> detectors -> sink. The same for
 * a log that lies there and for one that is still being written.
 */
#ifndef AUSPEX_ENGINE_ENGINE_H
#define AUSPEX_ENGINE_ENGINE_H

#include "audit/assemble.h"
#include "audit/source.h"
#include "base/err.h"
#include "detect/detector.h"
#include "state/seed.h"
#include "store/store.h"

struct engine;
struct rootdir;

enum { ENGINE_AHEAD = 1024 }; /* what pays: see tests/bench/README.md */

struct engine_setup {
	struct store *store; /* borrowed */
	const struct detect_setup *detect;
	const struct ctrfiles *containers; /* borrowed; NULL: none were given */
	struct rootdir *root; /* borrowed; NULL: there is no copy of the host */
	/* Called for each input problem; the run goes on. */
	void (*problem)(void *ctx, const char *msg);
	/* The same for what is no problem, but good to know; or NULL. */
	void (*note)(void *ctx, const char *msg);
	/* Called every now and then. */
	void (*progress)(void *ctx, const struct source_pos *pos, uint64_t events,
			 uint64_t findings);
	/* Live: called with each activity once it was judged; or NULL. */
	void (*observe)(void *ctx, const struct activity *act);
	/*
	 * For engine_run(). settings: a digest of all that findings depend on
	 * beside the log; a log is read on only with the same. NULL: no log is.
	 */
	const char *settings;
	bool anew;   /* logs are read from their beginning though they could be read on */
	bool follow; /* the last log is not over at its end */
	/* So many events are read ahead in a second thread; 0: there is none. */
	size_t ahead;
	/* Is it to end now? Asked all the time; or NULL. */
	bool (*stopped)(void *ctx);
	/* Following: what was found so far is in the store; or NULL. */
	void (*committed)(void *ctx);
	/* Live: called with each finding; or NULL. */
	void (*found)(void *ctx, const struct finding *finding);
	void *ctx;
};

struct engine_result {
	struct assembler_stats reader;
	uint64_t findings;    /* different ones in these logs, in all runs */
	uint64_t new_records; /* of this run; reader counts those of all */
	uint64_t input_errors;
	bool has_severity;
	enum severity worst;
};

/* setup is copied, what it points to borrowed. */
struct engine *engine_new(const struct engine_setup *setup);
void engine_free(struct engine **engine);

/*
 * Reads paths to their end and stores what was found. -1: the store failed
 * (err is set); input problems are counted in the result instead.
 */
int engine_run(struct engine *engine, const char *const *paths, size_t npaths,
	       struct engine_result *result, struct err *err);

/*
 * The same for a stream that does not end, in pieces. -1 of any of them: the
 * store failed, and the engine is of no use any more.
 */
/* One line without its newline. */
int engine_feed(struct engine *engine, struct slice line, struct err *err);
/* The same, but the events that it completes are lost. */
int engine_pass_over(struct engine *engine, struct slice line, struct err *err);
/* Time goes by: events whose end does not come are taken as they are. */
int engine_tick(struct engine *engine, uint64_t now_ms, struct err *err);
/* What stands in a file has become known. */
int engine_content(struct engine *engine, const struct content *content, struct err *err);
/*
 * A process that was running before: seed->node, uid, seq and start_seen are
 * found here. container NULL: it is in none. seed NULL: that was the last.
 */
int engine_seed(struct engine *engine, struct seed *seed,
		const struct ctrfacts *container, struct err *err);
/* What a process that runs image shows of itself. */
struct process_facts {
	struct proc *proc;
	const struct image *image;
	const struct ctrfacts *container; /* NULL: none */
	const char *const *env;           /* n "NAME=VALUE" */
	size_t nenv;
};
/* Its variables go to the store, its container into the world model. */
int engine_about(struct engine *engine, const struct process_facts *facts,
		 struct err *err);
/* The finding with that uid is so: what was seen. */
int engine_confirm(struct engine *engine, const char *uid, const char *what,
		   struct err *err);
/* Is there something to commit? */
bool engine_is_begun(const struct engine *engine);
/* The time of the newest event. */
stamp_ms engine_last(const struct engine *engine);
/* Is no event waiting for more of its records? */
bool engine_is_idle(const struct engine *engine);
/* Something that the input cannot show. */
int engine_note(struct engine *engine, const struct health_row *row, struct err *err);
/*
 * What was found comes to the store, with how far the input was read: path,
 * fingerprint and bytes are the caller's, the rest is filled in. Nothing
 * is written where nothing has happened.
 */
int engine_commit(struct engine *engine, struct source_row *progress, struct err *err);
/* The stream has ended after all; also commits. */
int engine_end(struct engine *engine, struct source_row *progress, struct err *err);

/* How many findings engine_found() knows. */
uint64_t engine_count(const struct engine *engine);
/* Was the finding with that uid made in this run, or an earlier one of its logs? */
bool engine_found(const struct engine *engine, const char *uid);

#endif
