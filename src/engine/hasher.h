/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 of files that an attacker may have laid out as traps: no FIFO, no
 * device, nothing behind a file system whose server may never answer, not
 * too much and not too long. What was hashed is remembered by device, inode,
 * size, mtime and ctime; nobody can set the last of these.
 */
#ifndef AUSPEX_ENGINE_HASHER_H
#define AUSPEX_ENGINE_HASHER_H

#include <stdint.h>

#include "base/digest.h"

enum {
	HASH_LIMIT_BYTES = 256 << 20,
	HASH_LIMIT_MS = 2000,
	HASH_CACHE = 4096, /* files; a power of two */
};

enum hash_outcome {
	HASH_DONE,
	HASH_GONE,    /* is not there, or may not be read */
	HASH_NO_FILE, /* no regular file */
	HASH_REMOTE,  /* on a file system that may not answer */
	HASH_BIG,     /* larger than HASH_LIMIT_BYTES */
	HASH_SPARSE,  /* mostly holes, and large */
	HASH_SLOW,    /* took longer than HASH_LIMIT_MS */
	HASH_CHANGED, /* was written to meanwhile */
	HASH_GOES_ON, /* there is more to read: hash_job_step() */
	HASH_OUTCOME_MAX
};

struct hash_result {
	enum hash_outcome outcome;
	char sha256[SHA256_HEX + 1]; /* with HASH_DONE */
	/* dev: major << 32 | minor; 0 where there is no regular file */
	uint64_t size, dev, inode;
};

struct hasher;
/* A file that was taken hold of: it can be read even when its process ends. */
struct hash_job;

struct hasher *hasher_new(void);
void hasher_free(struct hasher **hasher);
/*
 * path may be one of /proc's magic links. pid: a process that sees the file,
 * in whose mount table its file system is looked up. *job is NULL unless the
 * outcome is HASH_GOES_ON.
 */
void hash_job_begin(struct hasher *hasher, const char *path, int64_t pid,
		    struct hash_job **job, struct hash_result *out);
/* Reads a piece; frees *job at the end. */
void hash_job_step(struct hasher *hasher, struct hash_job **job, struct hash_result *out);
void hash_job_free(struct hash_job **job);
const char *hash_outcome_name(enum hash_outcome outcome);

#endif
