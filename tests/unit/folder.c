/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/xalloc.h"

enum { TAKE_MAX = 64 << 20 };

/* Of this test, which runs in a process of its own. */
static char *entered;

char *make_folder(void)
{
	char *folder = xstrdup("/tmp/auspex-test-XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(folder));
	return folder;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
		      struct FTW *ftw UNUSED)
{
	return remove(path);
}

void remove_folder(char **folder)
{
	ck_assert_int_eq(nftw(*folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(*folder);
	*folder = NULL;
}

void enter_folder(void)
{
	entered = make_folder();
	ck_assert_int_eq(chdir(entered), 0);
}

const char *entered_folder(void)
{
	return entered;
}

void leave_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	remove_folder(&entered);
}

void put_file(const char *folder, const char *name, const void *bytes, size_t len)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *file;

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	free(path);
}

void put_text(const char *folder, const char *name, const char *text)
{
	put_file(folder, name, text, strlen(text));
}

void put_packed(const char *path, int filter, const void *bytes, size_t len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	ck_assert_int_eq(archive_write_add_filter(a, filter), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_set_format_raw(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_filename(a, path), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(a, bytes, len), (la_ssize_t)len);
	archive_entry_free(entry);
	ck_assert_int_eq(archive_write_free(a), ARCHIVE_OK);
}

void take_file(const char *path, struct strbuf *out)
{
	struct err err;

	ck_assert_msg(fsio_read_file(path, TAKE_MAX, out, &err) == 0, "%s", err.msg);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **list_folder(const char *folder)
{
	char **names = xcalloc(4096, sizeof(*names));
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			names[n++] = xstrdup(entry->d_name);
	}
	closedir(dir);
	qsort(names, n, sizeof(*names), by_name);
	return names;
}
