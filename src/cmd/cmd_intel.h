/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `auspex intel` share, and whoever else takes -i. */
#ifndef AUSPEX_CMD_CMD_INTEL_H
#define AUSPEX_CMD_CMD_INTEL_H

#include "config/config.h"
#include "intel/set.h"
#include "manifest/set.h"

/* Where the plugin's own stands. */
#define INTEL_SYSTEM_FILE "/var/lib/auspex/intel.db"

enum { INTEL_MANIFESTS_MAX = 64, INTEL_LISTS_MAX = 64, INTEL_BAD_MAX = 5 };

struct intel_args {
	const char *intel, *source, *author, *database, *config;
	enum intel_format format;
	bool good, sources, only_print, quiet;
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

/* All of the settings' and of -i; -1 after a complaint. */
int intel_load(struct intel_set *set, const struct config_list *configured,
	       const char *const *given, size_t ngiven);
/* Is what the manifest says of a file on a list? */
bool intel_find_entry(struct intel_set *set, const struct manifest_entry *entry,
		      struct arena *arena, struct intel_match *match);
/* Says of every file of the manifests that is on a list that it is. */
void intel_tell_built_in(struct intel_set *set, const struct manifest_set *manifests,
			 void (*tell)(const char *msg));

/* args: struct intel_args. Returns an exit status. */
int intel_run_match(void *args);

#endif
