/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mtree(5) text to a manifest. libarchive gives the bytes (so a manifest may
 * be compressed); the lines are read here and not by libarchive's mtree
 * reader, because that one builds its whole list before it gives the first
 * entry: libarchive 3.6.2 takes 510 bytes an entry, 255 MB for half a million
 * files, before a manifest could hold the first of them. It also takes longer
 * (87,549 entries of a Debian host: 190 ms to list them, 72 ms here to have
 * them ready for look-ups). A test holds the two readers against each other.
 *
 * Read are both forms: whole paths ("./usr/bin/ls", bsdtar) and nested ones
 * (a name without slash stands in the directory entered last, ".." leaves it;
 * go-mtree and the BSDs), with /set, /unset, continued lines and vis(3)
 * escapes. Keywords that say nothing of a file's type, mode, size, target or
 * content are passed over.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/limits.h"
#include "manifest/manifest_priv.h"
#include "manifest/vis.h"

enum { READ_BLOCK = 1 << 16 };

struct mtree {
	struct manifest *manifest;
	const char *file;
	unsigned long line;
	uint64_t bytes;
	struct manifest_entry set; /* what /set says */
	bool set_kind;
	size_t dir_len;                  /* of dir; 0: the root */
	char dir[MANIFEST_PATH_MAX + 1]; /* where names without slash stand */
	char path[MANIFEST_PATH_MAX + 1];
	char word[MTREE_WORD_MAX];
	struct strbuf pending; /* a line whose end has not come yet */
	bool continued;        /* it goes on after a backslash */
	struct err *err;
};

/* What the keywords of one line go to. */
struct target {
	struct manifest_entry *entry;
	bool has_kind;
};

struct keyword {
	const char *name;
	/* false: the value is none of that kind. */
	bool (*take)(struct mtree *, struct slice value, struct target *);
	void (*drop)(struct target *);
};

static int fail(struct mtree *t, const char *what, struct slice word)
{
	return err_set(t->err, "%s:%lu: %s: \"%.*s\": record it anew, or mend the line",
		       t->file, t->line, what, (int)(word.len < 200 ? word.len : 200),
		       word.ptr);
}

static bool take_type(struct mtree *t UNUSED, struct slice value, struct target *to)
{
	static const char *const words[] = {
		[MF_FILE] = "file",     [MF_DIR] = "dir",     [MF_LINK] = "link",
		[MF_CHAR] = "char",     [MF_BLOCK] = "block", [MF_FIFO] = "fifo",
		[MF_SOCKET] = "socket",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (slice_eq_str(value, words[i])) {
			to->entry->kind = (enum manifest_kind)i;
			to->has_kind = true;
			return true;
		}
	}
	return false;
}

static void drop_type(struct target *to)
{
	to->has_kind = false;
}

static bool take_mode(struct mtree *t UNUSED, struct slice value, struct target *to)
{
	uint64_t mode;

	if (!num_oct64(value, &mode))
		return false;
	to->entry->mode = mode & 07777;
	return true;
}

static void drop_mode(struct target *to)
{
	to->entry->mode = 0;
}

static bool take_size(struct mtree *t UNUSED, struct slice value, struct target *to)
{
	return num_u64(value, &to->entry->size);
}

static void drop_size(struct target *to)
{
	to->entry->size = 0;
}

static bool take_link(struct mtree *t, struct slice value, struct target *to)
{
	size_t len;

	if (value.len > sizeof(t->word) || !vis_decode(value, t->word, &len) ||
	    len > MANIFEST_PATH_MAX)
		return false;
	to->entry->link = manifest_strdup(t->manifest, slice_make(t->word, len));
	return true;
}

static void drop_link(struct target *to)
{
	to->entry->link = NULL;
}

static bool take_sha256(struct mtree *t UNUSED, struct slice value, struct target *to)
{
	if (!hex_decode(value, to->entry->sha256, SHA256_LEN))
		return false;
	to->entry->has_sha256 = true;
	to->entry->has_md5 = false;
	return true;
}

static void drop_sha256(struct target *to)
{
	to->entry->has_sha256 = false;
}

/* Only of use where there is no better one. */
static bool take_md5(struct mtree *t UNUSED, struct slice value, struct target *to)
{
	uint8_t md5[MD5_LEN];

	if (!hex_decode(value, md5, MD5_LEN))
		return false;
	if (to->entry->has_sha256)
		return true;
	memcpy(to->entry->md5, md5, MD5_LEN);
	to->entry->has_md5 = true;
	return true;
}

static void drop_md5(struct target *to)
{
	to->entry->has_md5 = false;
}

static const struct keyword keywords[] = {
	{ "mode", take_mode, drop_mode },
	{ "type", take_type, drop_type },
	{ "size", take_size, drop_size },
	{ "sha256digest", take_sha256, drop_sha256 },
	{ "sha256", take_sha256, drop_sha256 },
	{ "link", take_link, drop_link },
	{ "md5digest", take_md5, drop_md5 },
	{ "md5", take_md5, drop_md5 },
};

static const struct keyword *find_keyword(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (slice_eq_str(name, keywords[i].name))
			return &keywords[i];
	}
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off *rest; empty when there is none. */
static struct slice next_word(struct slice *rest)
{
	size_t begin = 0;
	struct slice word;
	const char *blank;

	while (begin < rest->len && is_blank(rest->ptr[begin]))
		begin++;
	word = slice_skip(*rest, begin);
	blank = word.len ? memchr(word.ptr, ' ', word.len) : NULL;
	if (blank)
		word.len = (size_t)(blank - word.ptr);
	blank = word.len ? memchr(word.ptr, '\t', word.len) : NULL;
	if (blank)
		word.len = (size_t)(blank - word.ptr);
	*rest = slice_skip(*rest, begin + word.len);
	return word;
}

static int take_keywords(struct mtree *t, struct slice rest, struct target *to)
{
	const struct keyword *keyword;
	struct slice word, name;
	const char *equals;

	while ((word = next_word(&rest)).len) {
		equals = memchr(word.ptr, '=', word.len);
		if (!equals)
			continue; /* "optional", "nochange" */
		name = slice_make(word.ptr, (size_t)(equals - word.ptr));
		keyword = find_keyword(name);
		if (keyword && !keyword->take(t, slice_skip(word, name.len + 1), to))
			return fail(t, "a value that mtree does not have", word);
	}
	return 0;
}

static int take_set(struct mtree *t, struct slice rest)
{
	struct target to = { &t->set, t->set_kind };

	if (take_keywords(t, rest, &to) < 0)
		return -1;
	t->set_kind = to.has_kind;
	return 0;
}

static int take_unset(struct mtree *t, struct slice rest)
{
	struct target to = { &t->set, t->set_kind };
	const struct keyword *keyword;
	struct slice word;

	while ((word = next_word(&rest)).len) {
		for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
			keyword = &keywords[i];
			if (slice_eq_str(word, keyword->name) ||
			    slice_eq_str(word, "all"))
				keyword->drop(&to);
		}
	}
	t->set_kind = to.has_kind;
	return 0;
}

static void leave_dir(struct mtree *t)
{
	while (t->dir_len && t->dir[--t->dir_len] != '/')
		;
}

static bool add_component(struct mtree *t, size_t *len, struct slice name)
{
	if (*len + 1 + name.len > MANIFEST_PATH_MAX)
		return false;
	t->path[(*len)++] = '/';
	memcpy(t->path + *len, name.ptr, name.len);
	*len += name.len;
	return true;
}

/*
 * The decoded name as a normalised path in t->path. A name with a slash
 * begins at the root, one without in the directory entered last.
 */
static int make_path(struct mtree *t, struct slice name, struct slice *out)
{
	bool whole = name.len && memchr(name.ptr, '/', name.len);
	struct slice component;
	const char *slash;
	size_t len = 0;

	if (!whole) {
		memcpy(t->path, t->dir, t->dir_len);
		len = t->dir_len;
	}
	while (name.len) {
		slash = memchr(name.ptr, '/', name.len);
		component = slice_make(name.ptr,
				       slash ? (size_t)(slash - name.ptr) : name.len);
		name = slice_skip(name, component.len + 1);
		if (component.len == 0 || slice_eq_str(component, "."))
			continue;
		if (slice_eq_str(component, ".."))
			return fail(t, "a path that leaves its directory", component);
		if (!add_component(t, &len, component))
			return fail(t, "a path that is too long", component);
	}
	*out = len ? slice_make(t->path, len) : SLICE_LIT("/");
	return 0;
}

static void enter_dir(struct mtree *t, struct slice path)
{
	t->dir_len = path.len == 1 ? 0 : path.len;
	memcpy(t->dir, path.ptr, t->dir_len);
}

static int take_entry(struct mtree *t, struct slice word, struct slice rest)
{
	struct target to = { .has_kind = true };
	struct slice name = { 0 }, path = { 0 };
	bool added;

	if (word.len > sizeof(t->word) || !vis_decode(word, t->word, &name.len))
		return fail(t, "a name that mtree does not have", word);
	name.ptr = t->word;
	if (slice_eq_str(name, "..")) {
		leave_dir(t);
		return 0;
	}
	if (make_path(t, name, &path) < 0)
		return -1;
	to.entry = manifest_put(t->manifest, path, &added);
	if (!to.entry)
		return err_set(t->err,
			       "%s:%lu: more than %d entries: "
			       "record a part of the tree",
			       t->file, t->line, MANIFEST_ENTRIES_MAX);
	if (added) {
		t->set.path = to.entry->path;
		*to.entry = t->set;
		to.has_kind = t->set_kind;
	}
	if (memchr(name.ptr, '/', name.len))
		name.len = 0;
	if (take_keywords(t, rest, &to) < 0)
		return -1;
	if (!to.has_kind)
		return err_set(t->err,
			       "%s:%lu: no type= for this entry: "
			       "is this an mtree manifest?",
			       t->file, t->line);
	if (to.entry->kind == MF_LINK && !to.entry->link)
		to.entry->link = "";
	if (name.len && to.entry->kind == MF_DIR)
		enter_dir(t, slice_str(to.entry->path));
	return 0;
}

/* "# auspex: image=registry/web:1.4" */
static void take_comment(struct mtree *t, struct slice line)
{
	const struct slice mark = SLICE_LIT("# auspex: ");
	const char *equals;
	struct slice key;
	size_t len;

	if (!slice_starts(line, mark))
		return;
	line = slice_skip(line, mark.len);
	equals = memchr(line.ptr, '=', line.len);
	if (!equals || line.len > sizeof(t->word))
		return;
	key = slice_make(line.ptr, (size_t)(equals - line.ptr));
	if (!vis_decode(slice_skip(line, key.len + 1), t->word, &len))
		return;
	for (int note = 0; note < NOTE_MAX; note++) {
		if (slice_eq_str(key, manifest_note_name((enum manifest_note)note)))
			manifest_set_note(t->manifest, (enum manifest_note)note,
					  slice_make(t->word, len));
	}
}

static int take_line(struct mtree *t, struct slice line)
{
	struct slice word, rest;

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len > MTREE_LINE_MAX)
		return fail(t, "a line that is too long", slice_make(line.ptr, 40));
	if (line.len && memchr(line.ptr, '\0', line.len))
		return err_set(t->err, "%s:%lu: not text: is this an mtree manifest?",
			       t->file, t->line);
	if (line.len && line.ptr[0] == '#') {
		take_comment(t, line);
		return 0;
	}
	rest = line;
	word = next_word(&rest);
	if (word.len == 0 || word.ptr[0] == '#')
		return 0;
	if (slice_eq_str(word, "/set"))
		return take_set(t, rest);
	if (slice_eq_str(word, "/unset"))
		return take_unset(t, rest);
	return take_entry(t, word, rest);
}

static bool goes_on(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[line.len - 1 - n] == '\\')
		n++;
	return n & 1 && line.ptr[0] != '#';
}

/* One line as it stands in the file, without its newline. */
static int take_physical(struct mtree *t, struct slice line)
{
	bool more = goes_on(line);
	int rc;

	t->line++;
	if (more)
		line.len--;
	if (!more && !t->continued)
		return take_line(t, line);
	strbuf_add_slice(&t->pending, line);
	t->continued = more;
	if (more && t->pending.len <= MTREE_LINE_MAX)
		return 0;
	rc = take_line(t, strbuf_slice(&t->pending));
	strbuf_clear(&t->pending);
	return rc;
}

/*
 * Splits a block into lines; the last one, cut off by the
 * block's end, waits in `cut`.
 */
static int take_block(struct mtree *t, struct strbuf *cut, struct slice block)
{
	const char *newline;
	struct slice line;

	t->bytes += block.len;
	if (t->bytes > MTREE_TEXT_MAX)
		return err_set(t->err,
			       "%s: more than %d MiB of text: "
			       "record a part of the tree",
			       t->file, MTREE_TEXT_MAX >> 20);
	while (block.len && (newline = memchr(block.ptr, '\n', block.len))) {
		line = slice_make(block.ptr, (size_t)(newline - block.ptr));
		block = slice_skip(block, line.len + 1);
		if (cut->len) {
			strbuf_add_slice(cut, line);
			line = strbuf_slice(cut);
		}
		if (take_physical(t, line) < 0)
			return -1;
		strbuf_clear(cut);
	}
	strbuf_add_slice(cut, block);
	if (cut->len > MTREE_LINE_MAX + 1) {
		t->line++;
		return fail(t, "a line that is too long", slice_make(cut->ptr, 40));
	}
	return 0;
}

static int unreadable(struct mtree *t, struct archive *archive)
{
	int code = archive_errno(archive);

	/* EILSEQ: libarchive's "not in that format". */
	if (code > 0 && code != EILSEQ)
		return err_set(t->err, "%s: %s", t->file, strerror(code));
	return err_set(t->err, "%s: %s: is this an mtree manifest?", t->file,
		       archive_error_string(archive));
}

static int take_blocks(struct mtree *t, struct archive *archive, struct strbuf *cut)
{
	struct slice block;
	const void *bytes;
	la_int64_t offset;
	int rc;

	while ((rc = archive_read_data_block(archive, &bytes, &block.len, &offset)) ==
	       ARCHIVE_OK) {
		block.ptr = bytes;
		if (take_block(t, cut, block) < 0)
			return -1;
	}
	if (rc != ARCHIVE_EOF)
		return unreadable(t, archive);
	if (cut->len && take_physical(t, strbuf_slice(cut)) < 0)
		return -1;
	return t->continued ? take_line(t, strbuf_slice(&t->pending)) : 0;
}

static struct archive *raw_reader(void)
{
	struct archive *archive = archive_read_new();

	if (!archive)
		abort();
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	return archive;
}

/* Of an archive that has been opened, with what result. */
static int take_archive(struct mtree *t, struct archive *archive, int opened)
{
	struct archive_entry *entry;
	struct strbuf cut;
	int rc = opened;

	if (rc == ARCHIVE_OK)
		rc = archive_read_next_header(archive, &entry);
	if (rc == ARCHIVE_EOF)
		return err_set(t->err, "%s: empty: record it anew", t->file);
	if (rc != ARCHIVE_OK)
		return unreadable(t, archive);
	strbuf_init(&cut);
	rc = take_blocks(t, archive, &cut);
	strbuf_fini(&cut);
	return rc;
}

static int load(const char *name, struct archive *archive, int opened,
		struct manifest **out, struct err *err)
{
	struct mtree *t = xcalloc(1, sizeof(*t));
	int rc;

	t->manifest = manifest_new();
	t->file = name;
	t->err = err;
	rc = take_archive(t, archive, opened);
	if (rc == 0) {
		manifest_finish(t->manifest);
		*out = t->manifest;
		t->manifest = NULL;
	}
	manifest_free(&t->manifest);
	strbuf_fini(&t->pending);
	free(t);
	return rc;
}

int manifest_load(const char *path, struct manifest **out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct archive *archive;
	struct stat st;
	int rc;

	if (fd < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(err,
			       "%s: a folder, no manifest: record it first: auspex "
			       "manifest record %s -o FILE",
			       path, path);
	}
	archive = raw_reader();
	rc = load(path, archive, archive_read_open_fd(archive, fd, READ_BLOCK), out, err);
	archive_read_free(archive);
	close(fd);
	return rc;
}

int manifest_parse(struct slice text, const char *name, struct manifest **out,
		   struct err *err)
{
	struct archive *archive = raw_reader();
	int rc = archive_read_open_memory(archive, text.ptr, text.len);

	rc = load(name, archive, rc, out, err);
	archive_read_free(archive);
	return rc;
}
