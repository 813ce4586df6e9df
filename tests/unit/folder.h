/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of a test's own, and files in them. What fails, fails the test. */
#ifndef AUSPEX_TESTS_FOLDER_H
#define AUSPEX_TESTS_FOLDER_H

#include <stddef.h>

#include "base/strbuf.h"

/* A new folder below /tmp; remove_folder takes it away with its content. */
char *make_folder(void);
void remove_folder(char **folder);
/* A checked fixture: the test runs within a new folder, which is gone then. */
void enter_folder(void);
void leave_folder(void);
/* Its absolute path. */
const char *entered_folder(void);

/* name is relative to folder; folders above it are made. */
void put_file(const char *folder, const char *name, const void *bytes, size_t len);
void put_text(const char *folder, const char *name, const char *text);
/* Packed by itself, with a filter of libarchive, such as ARCHIVE_FILTER_GZIP. */
void put_packed(const char *path, int filter, const void *bytes, size_t len);
/* Appends all that the file holds. */
void take_file(const char *path, struct strbuf *out);
/* The names in a folder, sorted, NULL at the end; names and list are the caller's. */
char **list_folder(const char *folder);

#endif
