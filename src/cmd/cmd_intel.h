/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `auspex intel` share, and whoever else takes -i. */
#ifndef AUSPEX_CMD_CMD_INTEL_H
#define AUSPEX_CMD_CMD_INTEL_H

#include "intel/import.h"

/* Where the plugin's own stands. */
#define INTEL_SYSTEM_FILE "/var/lib/auspex/intel.db"

enum { INTEL_MANIFESTS_MAX = 64, INTEL_BAD_MAX = 5 };

struct intel_args {
	const char *intel, *source, *author, *database;
	enum intel_format format;
	bool good, sources, quiet;
	const char *manifests[INTEL_MANIFESTS_MAX];
	size_t nmanifests;
	char **names;
	int nnames;
};

/* The file of indicators: given (-i), else where there is one. */
const char *intel_path(const char *given);

/* The ctx of intel_tell_bad. */
struct intel_bad {
	uint64_t count;
};

/* Complains of the first few lines, and counts the others: intel_end_bad. */
void intel_tell_bad(void *ctx, const char *where, uint64_t line, const char *why);
void intel_end_bad(const struct intel_bad *bad);
int64_t intel_now(void);

int intel_run_match(struct intel_args *args);

#endif
