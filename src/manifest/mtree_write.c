/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest as mtree(5) text in the nested form, which every reader takes:
 * a name without slash stands in the directory entered last, ".." leaves it.
 * (Whole paths, bsdtar's other form, are taken apart by go-mtree at every
 * directory.) Modes are as go-mtree writes them, because it compares them as
 * text. Not through libarchive's writer: that one takes digests only from
 * content that is written into it, and the content of an image's files has
 * gone by when its last layer says which of them remain.
 */
#include "base/strbuf.h"
#include "manifest/record_priv.h"
#include "manifest/vis.h"

static const char *const kind_words[] = {
	[MF_FILE] = "file",     [MF_DIR] = "dir",     [MF_LINK] = "link",
	[MF_CHAR] = "char",     [MF_BLOCK] = "block", [MF_FIFO] = "fifo",
	[MF_SOCKET] = "socket",
};

/* Readers know mtree by its first line; the notes follow as comments. */
static void add_notes(const struct manifest *m, struct strbuf *text)
{
	const char *note;

	strbuf_add_str(text, "#mtree\n");
	for (int i = 0; i < NOTE_MAX; i++) {
		note = manifest_note(m, (enum manifest_note)i);
		if (!note)
			continue;
		strbuf_printf(text,
			      "# auspex: %s=", manifest_note_name((enum manifest_note)i));
		vis_encode(slice_str(note), text);
		strbuf_add_char(text, '\n');
	}
}

static void add_keywords(const struct manifest_entry *e, struct strbuf *text)
{
	char hex[SHA256_HEX + 1];

	strbuf_printf(text, " mode=%#o type=%s", (unsigned)e->mode, kind_words[e->kind]);
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
}

/* The length of a path's directory; 0 for what is in the root, and the root. */
static size_t dir_len(struct slice path)
{
	return (size_t)(slice_basename(path).ptr - path.ptr) - 1;
}

/* Leaves directories until *dir holds path or something in a deeper one. */
static void leave_dirs(struct slice *dir, struct slice path, struct strbuf *text)
{
	while (dir->len && !(path.len > dir->len && path.ptr[dir->len] == '/' &&
			     slice_starts(path, *dir))) {
		strbuf_add_str(text, "..\n");
		dir->len = dir_len(*dir);
	}
}

/*
 * One entry in path order. *dir is the directory that has been entered, empty
 * for the root. An entry whose own directory is none, or is not listed, has
 * its whole path.
 */
static void add_entry(const struct manifest_entry *e, struct slice *dir,
		      struct strbuf *text)
{
	struct slice path = slice_str(e->path), name = slice_basename(path);
	bool nested;

	leave_dirs(dir, path, text);
	nested = dir_len(path) == dir->len;
	if (e->kind == MF_DIR && nested) {
		strbuf_add_str(text, "\n# .");
		vis_encode(path, text);
		strbuf_add_char(text, '\n');
	}
	if (!nested || name.len == 0)
		strbuf_add_char(text, '.');
	vis_encode(nested ? name : path, text);
	add_keywords(e, text);
	if (e->kind == MF_DIR && nested && name.len)
		*dir = path;
}

void manifest_write(struct manifest *m, FILE *file)
{
	struct slice dir = slice_str("");
	struct strbuf text;

	manifest_sort(m);
	strbuf_init(&text);
	add_notes(m, &text);
	fwrite(text.ptr, 1, text.len, file);
	for (size_t i = 0; i < manifest_count(m) && !ferror(file); i++) {
		strbuf_clear(&text);
		add_entry(manifest_entry(m, i), &dir, &text);
		fwrite(text.ptr, 1, text.len, file);
	}
	strbuf_clear(&text);
	leave_dirs(&dir, SLICE_LIT("/"), &text);
	strbuf_add_str(&text, "..\n");
	fwrite(text.ptr, 1, text.len, file);
	strbuf_fini(&text);
}
