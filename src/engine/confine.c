/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of Linux 6.2 and 6.10; older headers lack them. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

enum { LIMIT_PASSWD_LINES = 100000 };

bool confine_find_user(const char *name, struct confine_user *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	bool found = false;

	for (int i = 0; file && !found && i < LIMIT_PASSWD_LINES; i++) {
		entry = fgetpwent(file);
		if (!entry)
			break;
		if (strcmp(entry->pw_name, name) == 0) {
			*out = (struct confine_user){ entry->pw_uid, entry->pw_gid };
			found = true;
		}
	}
	if (file)
		fclose(file);
	return found;
}

/* What is in force from now on: caps, and nothing else, in sets. */
static void choose(const int *caps, unsigned sets)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (; *caps >= 0; caps++)
		capng_update(CAPNG_ADD, (capng_type_t)sets, (unsigned)*caps);
}

static int no_new_privs(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	return err_set(err, "no_new_privs cannot be set: %s", strerror(errno));
}

int confine_rights(const int *caps, struct err *err)
{
	int rc;

	if (geteuid() == 0) {
		choose(caps, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);
		rc = capng_apply(CAPNG_SELECT_BOTH);
		if (rc != 0)
			return err_set(err,
				       "privileges cannot be given up (libcap-ng: %d): "
				       "let auditd keep CAP_SETPCAP",
				       rc);
	}
	return no_new_privs(err);
}

int confine_identity(const struct confine_user *user, const int *caps, struct err *err)
{
	int rc;

	if (geteuid() == 0) {
		choose(caps, CAPNG_EFFECTIVE | CAPNG_PERMITTED);
		if (user)
			rc = capng_change_id((int)user->uid, (int)user->gid,
					     CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
		else
			rc = capng_apply(CAPNG_SELECT_BOTH);
		if (rc != 0)
			return err_set(err,
				       "privileges cannot be given up (libcap-ng: %d): "
				       "let auditd keep CAP_SETPCAP, CAP_SETUID and "
				       "CAP_SETGID",
				       rc);
	}
	return no_new_privs(err);
}

/* ---- files ---- */

enum {
	READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		LANDLOCK_ACCESS_FS_MAKE_REG,
};

static int allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	int rc;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
			  &rule, 0);
	close(rule.parent_fd);
	return rc;
}

int confine_files(const char *const *rw, const char *const *ro, struct err *err)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);
	uint64_t writing = WRITE;
	int ruleset, rc = 0;

	if (abi < 1)
		return 1;
	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3) {
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
		writing |= LANDLOCK_ACCESS_FS_TRUNCATE;
	}
	if (abi >= 5)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_set(err, "Landlock: %s", strerror(errno));
	for (; *rw && rc == 0; rw++)
		rc = allow(ruleset, *rw, writing);
	for (; *ro && rc == 0; ro++)
		rc = allow(ruleset, *ro, READ);
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	if (rc != 0)
		err_set(err, "Landlock: %s", strerror(errno));
	close(ruleset);
	return rc;
}
