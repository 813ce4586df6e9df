/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of an installed package, as an rpm database keeps it: an index
 * of tags over a store of values, all numbers big-endian (rpm's
 * docs/manual/format_header.md). Nothing is copied, nothing is trusted.
 */
#ifndef AUSPEX_MANIFEST_RPM_HEADER_H
#define AUSPEX_MANIFEST_RPM_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* rpm's include/rpm/rpmtag.h */
enum rpm_tag {
	RPM_NAME = 1000,
	RPM_FILESIZES = 1028,
	RPM_FILESTATES = 1029,
	RPM_FILEMODES = 1030,
	RPM_FILEDIGESTS = 1035,
	RPM_FILELINKTOS = 1036,
	RPM_FILEFLAGS = 1037,
	RPM_DIRINDEXES = 1116,
	RPM_BASENAMES = 1117,
	RPM_DIRNAMES = 1118,
	RPM_LONGFILESIZES = 5008,
	RPM_FILEDIGESTALGO = 5011,
};

struct rpm_header {
	struct slice index, store;
};

/* The values of one tag; count is 0 when the header has none. */
struct rpm_values {
	uint32_t type, count;
	struct slice bytes; /* from the first value to the store's end */
};

/* blob must live as long as the header. false: it is none. */
bool rpm_header_scan(struct slice blob, struct rpm_header *out);
struct rpm_values rpm_header_values(const struct rpm_header *header, enum rpm_tag tag);

/* The i-th number; false: there is none, or they are no numbers. */
bool rpm_values_number(const struct rpm_values *values, uint32_t i, uint64_t *out);
/* Cuts the next string off; false: there is none. */
bool rpm_values_string(struct rpm_values *values, struct slice *out);

#endif
