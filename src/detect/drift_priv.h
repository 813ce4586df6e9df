/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the drift family share; but for integrity.c nobody else includes this. */
#ifndef AUSPEX_DETECT_DRIFT_PRIV_H
#define AUSPEX_DETECT_DRIFT_PRIV_H

#include "base/map.h"
#include "detect/detector.h"
#include "detect/told.h"
#include "state/mounts.h"
#include "state/path.h"

struct drift_task;

struct drift {
	const struct manifest_set *manifests;
	const struct config *config;
	struct told told;
	struct map *tasks; /* struct drift_task by the process's uid */
	/* The process whose task was looked for last; "": none. */
	char asked[PROC_UID_HEX + 1];
	struct drift_task *asked_task;
	struct intel_set *intel;
	struct map *clean; /* entries of manifests that were looked up there */
	uint64_t clean_generation;
	struct map *modules;  /* that were as the image has them; or NULL */
	struct map *arrivals; /* directories that were told of; or NULL */
	struct map *piped;    /* struct drift_piped by the pipe's number; or NULL */
};

/* What they are made of, each in the file of its name. */
extern const struct pack_type pack_drift_told, pack_drift_task, pack_drift_modules,
	pack_drift_piped;

/* ---- drift_judge.c: is this file what the image holds? ---- */

enum drift_verdict { DRIFT_UNJUDGED, DRIFT_SAME, DRIFT_ADDED, DRIFT_MODIFIED };

struct drift_subject {
	const struct proc *proc;
	const char *path;    /* as the process sees it */
	uint64_t dev, inode; /* inode 0: not recorded */
	bool resolved;       /* the kernel gave the path: no links in it */
};

struct drift_judgement {
	enum drift_verdict verdict;
	enum confidence confidence;
	const char *manifest;               /* what it was judged by */
	const struct manifest *image;       /* the same; or NULL */
	bool by_history;                    /* by none: only what the log saw */
	const struct manifest_entry *entry; /* what that holds at path; or NULL */
	/* What else of the image it is, with its content untouched; or NULL. */
	const struct manifest_entry *was;
	const struct file *file;        /* what the log saw of it; or NULL */
	const struct file_write *write; /* MODIFIED: by this */
	const struct mount *mount;      /* what it lies on; or NULL */
	const struct place *moved;      /* its directory was renamed; or NULL */
	bool was_link; /* the image has a symbolic link there, and the kernel none */
	char path[LIMIT_PATH]; /* within the image, links resolved */
};

void drift_judge(const struct drift *d, const struct state *state,
		 const struct drift_subject *subject, struct drift_judgement *out);
/* What changed its bytes by all that the log shows; NULL: nothing. */
const struct file_write *drift_change(const struct file *file,
				      enum confidence *confidence);

/* ---- drift_origin.c: who wrote it, and from where ---- */

enum drift_mark {
	ORIGIN_FETCHED = 1 << 0,
	ORIGIN_DECODED = 1 << 1,
	ORIGIN_UNPACKED = 1 << 2,
	ORIGIN_COMPILED = 1 << 3,
	ORIGIN_PACKAGE = 1 << 4,       /* by the system's package manager */
	ORIGIN_PACKAGE_OTHER = 1 << 5, /* by a language's */
	ORIGIN_SERVER = 1 << 6,        /* by a server that the network reaches */
	ORIGIN_SOCKET = 1 << 7,        /* by a command from a connection */
};

struct drift_origin {
	const struct proc *proc;   /* NULL: not seen */
	const struct image *image; /* what it ran then */
	const char *from;          /* address or peer; or NULL. In the arena */
	const char *via;           /* the file that it was taken from; or NULL */
	unsigned marks;
};

void drift_origin(const struct drift *d, const struct state *state,
		  const struct file *file, struct arena *arena, struct drift_origin *out);
/* The severity by origin; on_host: neither in a container nor a chroot. */
enum severity drift_grade(const struct drift_origin *origin, enum severity base,
			  bool on_host);
/* "written by curl (pid 5) from http://..."; NULL: nobody was seen. */
const char *drift_origin_words(struct finding *f, const struct drift_origin *origin);
/* Did a package manager, or what it started, do that? */
bool drift_by_packager(const struct file_act *act);

/* ---- drift_report.c: one finding for each file ---- */

struct drift_report {
	enum detector_id id;
	const char *kind; /* binary library script memfd */
	const char *path;
	const char *asked;    /* another name that it was asked for by; or NULL */
	const char *why;      /* "which the image does not hold" */
	const char *verb;     /* "was started from", "loaded" */
	const char *evidence; /* of the event: "executed" */
	const struct drift_judgement *judgement;
	enum confidence confidence;
	const char *caveat;
	const struct image *image;       /* what it ran then; NULL: what it runs */
	const char *sha256;              /* of the file; NULL: not known */
	const struct intel_match *match; /* it is on a list; or NULL */
	bool once;                       /* it is no further time */
};

void drift_emit(struct drift *d, const struct state *state, const struct activity *act,
		const struct drift_report *report, const struct finding_out *out);
/* The content was what the image holds: is that true of all that was told? */
void drift_take_back(struct drift *d, const struct content *content,
		     const struct drift_judgement *judgement, const char *kind,
		     const struct finding_out *out);
void drift_told_init(struct told *told);

/* ---- drift_intel.c: is it on a list of indicators? ---- */

void drift_intel_judged(struct drift *d, const struct state *state,
			const struct activity *act, const struct drift_judgement *j,
			const char *kind, const struct finding_out *out);
void drift_intel_content(struct drift *d, const struct state *state,
			 const struct content *content, const struct finding_out *out);

/* ---- drift_exec.c, drift_load.c; see drift_code.h too ---- */

void drift_on_exec(struct drift *d, const struct state *state, const struct activity *act,
		   const struct finding_out *out);
void drift_on_load(struct drift *d, const struct state *state, const struct activity *act,
		   const struct finding_out *out);
/* An added or modified program, library or script that was not told otherwise. */
void drift_tell(struct drift *d, const struct state *state, const struct activity *act,
		const struct drift_subject *subject, const char *kind,
		const struct finding_out *out);

/* The same of what has been judged. */
void drift_tell_judged(struct drift *d, const struct state *state,
		       const struct activity *act, const struct drift_subject *subject,
		       const struct drift_judgement *j, const char *kind,
		       const struct finding_out *out);

/* The same once its content is known, unless it was told before. */
void drift_tell_late(struct drift *d, const struct state *state,
		     const struct content *content, const struct drift_judgement *j,
		     const char *kind, const struct finding_out *out);
/* The same for a file that a process reads its code from. */
void drift_tell_text(struct drift *d, const struct state *state,
		     const struct activity *act, const struct fdobj *obj,
		     const char *kind, const struct finding_out *out);

/* ---- drift_content.c ---- */

/* Is the content of a copy that was made later not what ran? */
bool drift_changed_since(const struct file *file, const struct content *content);
void drift_on_content(struct drift *d, const struct state *state,
		      const struct content *content, const char *kind,
		      const struct finding_out *out);

/* A file whose content has become known, as what is judged, and as when. */
static inline struct drift_subject drift_subject_of(const struct content *content)
{
	return (struct drift_subject){ .proc = content->proc,
				       .path = content->path,
				       .dev = content->dev,
				       .inode = content->inode,
				       .resolved = content->program };
}

static inline struct activity drift_activity_of(const struct content *content)
{
	return (struct activity){
		.kind = ACT_OTHER, .at = content->at, .proc = content->proc, .fd = -1
	};
}

#endif
