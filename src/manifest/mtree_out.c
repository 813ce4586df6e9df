/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manifests are written by libarchive's mtree writer, in the nested form that
 * every reader takes (go-mtree puts bsdtar's other form, whole paths, below
 * the directory that came before). The writer makes its digests itself, of
 * the content that is written into it, and takes none that is known without
 * (libarchive 3.6.2, archive_write_set_format_mtree.c). So what it cannot say
 * follows behind its text, a line with the whole path each:
 *   - files of which a package database, or an MD5, or nothing is known,
 *   - the further names of a file of an archive, whose content has gone by,
 *   - names with control characters: the writer puts those of directories
 *     into comments as they are, where a newline would begin an entry that
 *     whoever can make a directory makes up; and names that are too long
 *     for it.
 * Two things are added to its text while it goes by: the header comment
 * behind the first line, and a zero before each mode, because go-mtree has
 * one and compares modes as text.
 */
#include "manifest/mtree_out.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/limits.h"
#include "manifest/vis.h"

/* A name that get_path_component() of libarchive's writer has room for. */
enum { NAME_LEN_MAX = 255 };

struct mtree_out {
	FILE *file; /* from mtree_out_finish() on */
	const struct manifest *notes;
	struct archive *archive;
	struct archive_entry *entry;
	bool noted;     /* the header comment has been written */
	size_t matched; /* of the word before a mode, in the text going by */
	struct manifest *late;
	struct manifest_entry *open; /* of late, while its content comes */
	struct sha256 *sha;
	struct strbuf text;
};

static const struct {
	const char *word;
	unsigned type;
} kinds[] = {
	[MF_FILE] = { "file", AE_IFREG },      [MF_DIR] = { "dir", AE_IFDIR },
	[MF_LINK] = { "link", AE_IFLNK },      [MF_CHAR] = { "char", AE_IFCHR },
	[MF_BLOCK] = { "block", AE_IFBLK },    [MF_FIFO] = { "fifo", AE_IFIFO },
	[MF_SOCKET] = { "socket", AE_IFSOCK },
};

static void write_notes(struct mtree_out *out)
{
	const char *note;

	strbuf_clear(&out->text);
	for (int i = 0; i < NOTE_MAX; i++) {
		note = manifest_note(out->notes, (enum manifest_note)i);
		if (!note)
			continue;
		strbuf_printf(&out->text,
			      "# auspex: %s=", manifest_note_name((enum manifest_note)i));
		vis_encode(slice_str(note), &out->text);
		strbuf_add_char(&out->text, '\n');
	}
	fwrite(out->text.ptr, 1, out->text.len, out->file);
}

/* What libarchive writes, all of it at the end. A blank in a name is \040: before a mode only is one. */
static la_ssize_t take_text(struct archive *archive UNUSED, void *ctx, const void *bytes,
			    size_t len)
{
	static const char before_mode[] = " mode=";
	struct mtree_out *out = ctx;
	const char *text = bytes;

	for (size_t i = 0; out->file && i < len; i++) {
		putc_unlocked(text[i], out->file);
		if (text[i] == '\n' && !out->noted) {
			out->noted = true;
			write_notes(out);
		}
		if (text[i] != before_mode[out->matched])
			out->matched = 0;
		if (text[i] == before_mode[out->matched])
			out->matched++;
		if (!before_mode[out->matched]) {
			putc_unlocked('0', out->file);
			out->matched = 0;
		}
	}
	return (la_ssize_t)len;
}

struct mtree_out *mtree_out_new(void)
{
	struct mtree_out *out = xcalloc(1, sizeof(*out));

	out->archive = archive_write_new();
	out->entry = archive_entry_new();
	if (!out->archive || !out->entry ||
	    archive_write_set_format_mtree_classic(out->archive) != ARCHIVE_OK ||
	    archive_write_set_options(out->archive,
				      "!all,type,mode,size,link,sha256,!use-set") !=
		    ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(out->archive, 0) != ARCHIVE_OK ||
	    archive_write_open(out->archive, out, NULL, take_text, NULL) != ARCHIVE_OK)
		abort();
	out->late = manifest_new();
	out->sha = sha256_new();
	strbuf_init(&out->text);
	return out;
}

void mtree_out_free(struct mtree_out **out)
{
	struct mtree_out *o = *out;

	if (!o)
		return;
	/* Closes it, and so writes (archive_write_fail() would leak): to nowhere. */
	o->file = NULL;
	archive_write_free(o->archive);
	archive_entry_free(o->entry);
	manifest_free(&o->late);
	sha256_free(&o->sha);
	strbuf_fini(&o->text);
	free(o);
	*out = NULL;
}

static bool writer_takes(const char *path)
{
	size_t len = 0;

	for (; *path; path++) {
		if ((unsigned char)*path < ' ' || *path == 0x7f)
			return false;
		len = *path == '/' ? 0 : len + 1;
		if (len > NAME_LEN_MAX)
			return false;
	}
	return true;
}

static struct manifest_entry *add_late(struct mtree_out *out,
				       const struct manifest_entry *e, struct err *err)
{
	struct manifest_entry *late;
	const char *path;
	bool added;

	late = manifest_put(out->late, slice_str(e->path), &added);
	if (!late) {
		err_set(err, "more than %d entries: record a part of the tree",
			MANIFEST_ENTRIES_MAX);
		return NULL;
	}
	path = late->path;
	*late = *e;
	late->path = path;
	if (e->link)
		late->link = manifest_strdup(out->late, slice_str(e->link));
	return late;
}

static int write_header(struct mtree_out *out, const struct manifest_entry *e,
			struct err *err)
{
	struct archive_entry *entry = out->entry;

	/* libarchive's writer (3.6.2) follows its root's members unseen. */
	if (!e->path[1] && e->kind != MF_DIR)
		return err_set(err, "/: the root is no directory: record a directory");
	archive_entry_clear(entry);
	strbuf_clear(&out->text);
	strbuf_printf(&out->text, ".%s", e->path[1] ? e->path : "");
	archive_entry_copy_pathname(entry, strbuf_str(&out->text));
	archive_entry_set_mode(entry, (__LA_MODE_T)(kinds[e->kind].type | e->mode));
	if (e->kind == MF_LINK)
		archive_entry_copy_symlink(entry, e->link);
	if (e->kind == MF_FILE)
		archive_entry_set_size(entry, (la_int64_t)e->size);
	if (archive_write_header(out->archive, entry) >= ARCHIVE_WARN)
		return 0;
	return err_set(err, "%s: %s", e->path, archive_error_string(out->archive));
}

int mtree_out_add(struct mtree_out *out, const struct manifest_entry *e, struct err *err)
{
	if (e->kind == MF_FILE || !writer_takes(e->path))
		return add_late(out, e, err) ? 0 : -1;
	return write_header(out, e, err);
}

int mtree_out_begin(struct mtree_out *out, const struct manifest_entry *e,
		    struct err *err)
{
	if (writer_takes(e->path))
		return write_header(out, e, err);
	out->open = add_late(out, e, err);
	return out->open ? 0 : -1;
}

void mtree_out_data(struct mtree_out *out, const void *bytes, size_t len)
{
	if (out->open)
		sha256_add(out->sha, bytes, len);
	else
		archive_write_data(out->archive, bytes, len);
}

void mtree_out_end(struct mtree_out *out)
{
	if (!out->open)
		return;
	sha256_end(out->sha, out->open->sha256);
	out->open->has_sha256 = true;
	out->open->has_md5 = false;
	out->open = NULL;
}

static void write_late(struct mtree_out *out, const struct manifest_entry *e)
{
	struct strbuf *text = &out->text;
	char hex[SHA256_HEX + 1];

	strbuf_clear(text);
	strbuf_add_char(text, '.');
	vis_encode(slice_str(e->path), text);
	strbuf_printf(text, " mode=%#o type=%s", (unsigned)e->mode, kinds[e->kind].word);
	if (e->kind == MF_LINK) {
		strbuf_add_str(text, " link=");
		vis_encode(slice_str(e->link), text);
	}
	if (e->kind == MF_FILE && (e->size || !e->has_md5))
		strbuf_printf(text, " size=%llu", (unsigned long long)e->size);
	if (e->kind == MF_FILE && e->has_sha256) {
		hex_encode(e->sha256, SHA256_LEN, hex);
		strbuf_printf(text, " sha256digest=%s", hex);
	}
	if (e->kind == MF_FILE && e->has_md5) {
		hex_encode(e->md5, MD5_LEN, hex);
		strbuf_printf(text, " md5digest=%s", hex);
	}
	strbuf_add_char(text, '\n');
	fwrite(text->ptr, 1, text->len, out->file);
}

int mtree_out_finish(struct mtree_out *out, const struct manifest *notes, FILE *to,
		     struct err *err)
{
	out->file = to;
	out->notes = notes;
	if (archive_write_close(out->archive) != ARCHIVE_OK)
		return err_set(err, "%s", archive_error_string(out->archive));
	/* It says nothing where it was given nothing. */
	if (!out->noted) {
		fputs("#mtree\n", to);
		write_notes(out);
	}
	manifest_sort(out->late);
	for (size_t i = 0; i < manifest_count(out->late) && !ferror(out->file); i++)
		write_late(out, manifest_entry(out->late, i));
	return 0;
}
