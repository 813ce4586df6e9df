/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A detector looks at activities and the world model, and emits findings.
 * It can neither log nor write nor change what it looks at.
 */
#ifndef AUSPEX_DETECT_DETECTOR_H
#define AUSPEX_DETECT_DETECTOR_H

#include "base/pack.h"
#include "config/config.h"
#include "finding/finding.h"
#include "intel/set.h"
#include "manifest/set.h"
#include "state/state.h"

struct signatures;

/* What detectors are told once; borrowed, must outlive them. */
struct detect_setup {
	const struct manifest_set *manifests;
	const struct config *config;
	struct intel_set *intel;             /* NULL: there are no indicators */
	const struct signatures *signatures; /* NULL: none */
};

/* A file that was executed or loaded, whose content is known. */
struct file_fact {
	const struct proc *proc;
	const struct image *image; /* what it ran then */
	struct evref at;
	const char *path;    /* as the process's image has it */
	const char *digest;  /* SHA-256 or MD5, in hex */
	uint64_t size;       /* 0: not known */
	const char *kind;    /* binary library script; static */
	const char *verdict; /* same added modified unjudged; static */
	const char *manifest;
};

/* Where findings go. */
struct finding_out {
	/* Takes *finding over. */
	void (*emit)(void *ctx, struct finding *finding);
	/* It has happened again: count times by now. */
	void (*again)(void *ctx, const char *uid, uint64_t count, stamp_ms last);
	/* More has happened in its session; the list holds what is new. */
	void (*session)(void *ctx, const char *uid, const struct finding_session *news);
	/* It was none after all, for that reason. */
	void (*withdraw)(void *ctx, const char *uid, const char *why);
	/* What is no finding, but may turn out to be bad later; or NULL. */
	void (*file)(void *ctx, const struct file_fact *fact);
	void *ctx;
};

/*
 * What stands in a file that a process ran or loaded: learnt from the file
 * itself, some time after the activity that it was asked for.
 */
struct content {
	const struct proc *proc;
	const struct image *image; /* what it ran then */
	bool program;              /* it is what image runs; or else loaded by it */
	const char *path;          /* as the process sees it */
	uint64_t dev, inode;       /* by the records; inode 0: not recorded */
	struct evref at;           /* of the activity */
	const char *sha256;        /* 64 hex digits */
	bool later;      /* learnt from a copy, made after all that the log has */
	bool same_inode; /* later: it is the very file, by its inode */
};

struct detector {
	const char *name;
	/* init and fini: NULL where nothing is remembered; self is NULL then */
	void *(*init)(const struct detect_setup *setup);
	/* state: after the activity */
	void (*activity)(void *self, const struct state *state,
			 const struct activity *act, const struct finding_out *out);
	/* the content of a file has become known; or NULL */
	void (*content)(void *self, const struct state *state,
			const struct content *content, const struct finding_out *out);
	/* the input has ended: what was held back must be decided now; or NULL */
	void (*finish)(void *self, const struct state *state,
		       const struct finding_out *out);
	void (*fini)(void *self);
	/*
	 * What self is made of, so that what it remembers can be saved and a log
	 * be read on; must cover all that findings depend on. NULL: it remembers
	 * nothing.
	 */
	const struct pack_type *memory;
};

/* NULL-terminated. */
const struct detector *const *detectors(void);

#endif
