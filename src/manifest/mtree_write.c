/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest as mtree(5) text, line by line as `bsdtar --format=mtree
 * --options='!all,type,mode,size,link,sha256'` writes it, in path order.
 * Not through libarchive's writer: that one takes digests only from content
 * that is written into it, and the content of an image's files has gone by
 * when its last layer says which of them remain.
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

static void add_entry(const struct manifest_entry *e, struct strbuf *text)
{
	char hex[SHA256_HEX + 1];

	strbuf_add_char(text, '.');
	if (e->path[1])
		vis_encode(slice_str(e->path), text);
	strbuf_printf(text, " mode=%o type=%s", (unsigned)e->mode, kind_words[e->kind]);
	if (e->kind == MF_LINK) {
		strbuf_add_str(text, " link=");
		vis_encode(slice_str(e->link), text);
	}
	if (e->kind == MF_FILE && (e->size || !e->has_md5))
		strbuf_printf(text, " size=%llu", (unsigned long long)e->size);
	if (e->kind == MF_FILE && e->has_sha256) {
		hex_encode(e->sha256, SHA256_LEN, hex);
		strbuf_add_str(text, " sha256digest=");
		strbuf_add_str(text, hex);
	}
	if (e->kind == MF_FILE && e->has_md5) {
		hex_encode(e->md5, MD5_LEN, hex);
		strbuf_add_str(text, " md5digest=");
		strbuf_add_str(text, hex);
	}
	strbuf_add_char(text, '\n');
}

void manifest_write(struct manifest *m, FILE *file)
{
	struct strbuf text;

	manifest_sort(m);
	strbuf_init(&text);
	add_notes(m, &text);
	fwrite(text.ptr, 1, text.len, file);
	for (size_t i = 0; i < manifest_count(m) && !ferror(file); i++) {
		strbuf_clear(&text);
		add_entry(manifest_entry(m, i), &text);
		fwrite(text.ptr, 1, text.len, file);
	}
	strbuf_fini(&text);
}
