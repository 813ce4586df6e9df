/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image archive from hostile hands: it is refused with a reason, or read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "manifest/record.h"

static void record(const char *source)
{
	struct record_options options = { 0 };
	struct record_counts counts;
	struct manifest *m = NULL;
	struct err err = { "" };

	if (manifest_record_load(source, &options, &m, &counts, &err) < 0) {
		if (!err.msg[0] || m)
			abort();
		return;
	}
	for (size_t i = 0; i < manifest_count(m); i++) {
		const struct manifest_entry *e = manifest_entry(m, i);

		if (e->path[0] != '/' || strstr(e->path, "/../") ||
		    strstr(e->path, "//") || (unsigned)e->kind >= MF_KIND_MAX ||
		    (e->kind == MF_LINK && !e->link))
			abort();
	}
	manifest_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char source[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(source, sizeof(source), "archive:/proc/self/fd/%d", fd);
	record(source);
	snprintf(source, sizeof(source), "tar:/proc/self/fd/%d", fd);
	record(source);
	close(fd);
	return 0;
}
