/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log is judged by beside itself: a log is read on only by the same,
 * and the database names the manifests.
 */
#ifndef AUSPEX_CMD_JUDGED_BY_H
#define AUSPEX_CMD_JUDGED_BY_H

#include "base/digest.h"
#include "cmd/container_dirs.h"
#include "config/config.h"
#include "manifest/set.h"
#include "store/store.h"

struct judged_by {
	const char *config_path; /* NULL: none */
	const struct manifest_set *manifests;
	const struct container_dirs *containers;
	const struct config_list *lists;
	const char *const *more_lists; /* of indicators, nmore of them */
	size_t nmore;
	const char *signatures; /* digest of the rules */
	/* What judged_by_digest() finds; judged_by_fini() frees it. */
	char (*digests)[SHA256_HEX + 1]; /* of the manifests' files */
};

/* A digest of all of it, with what the files hold. */
int judged_by_digest(struct judged_by *by, char out[SHA256_HEX + 1], struct err *err);
/* After that: the rows of the manifests, in a transaction of its own. */
int judged_by_put(const struct judged_by *by, struct store *store, struct err *err);
void judged_by_fini(struct judged_by *by);

#endif
