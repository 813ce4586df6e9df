/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the owner knows to be honest. An exception names what a finding must
 * be like in all of its points; a finding that is so is kept as suppressed,
 * with the reason.
 */
#ifndef AUSPEX_CONFIG_EXCEPTION_H
#define AUSPEX_CONFIG_EXCEPTION_H

#include "base/arena.h"
#include "base/yaml.h"
#include "finding/finding.h"

/*
 * NULL: does not matter. Patterns as fnmatch(3) has them; * stops at '/', and
 * two of them behind the last '/' are all that is below.
 */
struct exception {
	const char *detector; /* a detector's id */
	const char *path;     /* pattern of the file that the finding is about */
	const char *sha256;   /* of that file */
	const char *writer;   /* pattern of the executable that wrote it */
	const char *exe;      /* pattern of the process's executable */
	const char *image;    /* pattern of the container's image */
	const char *remote;   /* address at the other end */
	const char *reason;   /* never NULL */
	unsigned line;        /* of the file, for messages */
	stamp_ms expires;     /* findings from then on are shown again; 0: never */
};

enum { LIMIT_EXCEPTIONS = 10000 };

/*
 * Reads the list below the key "exceptions". where: the file's name for
 * messages. *out is an array of *count in arena.
 */
int exceptions_read(const struct yaml_node *list, const char *where, struct arena *arena,
		    const struct exception **out, size_t *count,
		    struct err *err) MUST_CHECK;
/*
 * What a list of indicators names is covered only by an exception that
 * names its detector or its hash: a directory of one's own is no reason.
 */
bool exception_covers(const struct exception *exception, const struct finding *finding);

#endif
