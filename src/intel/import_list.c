/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines: plain lists, what sha256sum writes, hosts files, ClamAV's databases. */
#include <ctype.h>
#include <string.h>

#include "base/compiler.h"
#include "base/num.h"
#include "intel/import_priv.h"

static struct slice trim(struct slice s)
{
	while (s.len && isspace((unsigned char)s.ptr[0]))
		s = slice_skip(s, 1);
	while (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool unquoted(struct slice *s)
{
	if (s->len < 2 || s->ptr[0] != s->ptr[s->len - 1] || !strchr("\"'", s->ptr[0]))
		return false;
	*s = slice_make(s->ptr + 1, s->len - 2);
	return true;
}

/* The word that s begins with, and what comes behind it. */
static struct slice cut_word(struct slice *s, const char *ends)
{
	struct slice word = *s;
	size_t n = 0;

	while (n < s->len && !isspace((unsigned char)s->ptr[n]) &&
	       !(s->ptr[n] && strchr(ends, s->ptr[n])))
		n++;
	word.len = n;
	*s = slice_skip(*s, n);
	while (s->len && (isspace((unsigned char)s->ptr[0]) ||
			  (s->ptr[0] && strchr(ends, s->ptr[0]))))
		*s = slice_skip(*s, 1);
	unquoted(&word);
	return word;
}

/* sha256sum(1): a line whose name has odd bytes begins with a backslash. */
static bool hash_first(struct import *im, struct slice line, const char **why)
{
	struct slice rest = line, word;

	if (rest.len && rest.ptr[0] == '\\')
		rest = slice_skip(rest, 1);
	word = cut_word(&rest, ",;|");
	if (!indicator_looks_like_hash(word))
		return false;
	*why = indicator_hash(word, &im->ind);
	if (rest.len && strchr("*#", rest.ptr[0]))
		rest = trim(slice_skip(rest, 1));
	unquoted(&rest);
	im->ind.name = rest;
	return true;
}

/* "SHA256 (name) = HASH", "name: HASH", "name,HASH" */
static bool hash_last(struct import *im, struct slice line, const char **why)
{
	struct slice word = line, name;
	size_t n = line.len;

	while (n && !isspace((unsigned char)line.ptr[n - 1]) &&
	       !strchr(",;:|=", line.ptr[n - 1]))
		n--;
	word = slice_skip(line, n);
	unquoted(&word);
	if (!indicator_looks_like_hash(word))
		return false;
	*why = indicator_hash(word, &im->ind);
	while (n && (isspace((unsigned char)line.ptr[n - 1]) ||
		     strchr(",;:|=", line.ptr[n - 1])))
		n--;
	name = slice_make(line.ptr, n);
	if (n && name.ptr[n - 1] == ')' && memchr(name.ptr, '(', n)) {
		name = slice_skip(name, (size_t)((const char *)memchr(name.ptr, '(', n) +
						 1 - name.ptr));
		name.len--;
	}
	unquoted(&name);
	im->ind.name = name;
	return true;
}

/* hosts(5): names that are led astray. */
static bool is_nowhere(struct slice word)
{
	static const char *const nowhere[] = { "0.0.0.0", "127.0.0.1", "::", "::1" };

	for (size_t i = 0; i < ARRAY_SIZE(nowhere); i++) {
		if (slice_eq_str(word, nowhere[i]))
			return true;
	}
	return false;
}

static bool is_own_name(struct slice word)
{
	static const char *const own[] = { "localhost",     "localhost.localdomain",
					   "local",         "broadcasthost",
					   "ip6-localhost", "ip6-loopback" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		if (slice_eq_str(word, own[i]))
			return true;
	}
	return false;
}

static struct slice without_comment(struct slice rest)
{
	while (rest.len && strchr("#;/ ", rest.ptr[0]))
		rest = slice_skip(rest, 1);
	return trim(rest);
}

static int take_line(struct import *im, struct slice line)
{
	struct slice rest = line, word;
	const char *why = NULL;

	if (hash_first(im, line, &why) || hash_last(im, line, &why))
		return import_take_if(im, why);
	word = cut_word(&rest, ",;|");
	if (is_nowhere(word) && rest.len && !strchr("#;", rest.ptr[0])) {
		word = cut_word(&rest, "#");
		if (is_own_name(word) || is_nowhere(word))
			return 0;
	}
	why = indicator_any(word, &im->ind);
	im->ind.name = without_comment(rest);
	return import_take_if(im, why);
}

static bool is_comment(struct slice line)
{
	return line.len == 0 || strchr("#;!", line.ptr[0]) ||
	       slice_starts(line, SLICE_LIT("//"));
}

typedef int line_fn(struct import *im, struct slice line);

static int each_line(struct import *im, line_fn *take)
{
	struct slice line;
	bool cut;
	int rc;

	while ((rc = feed_line(im->feed, &line, &cut, im->err)) > 0) {
		if (feed_line_number(im->feed) == 1 &&
		    slice_starts(line, SLICE_LIT("\xef\xbb\xbf")))
			line = slice_skip(line, 3);
		line = trim(line);
		if (cut)
			import_bad(im, "the line is too long");
		else if (!is_comment(line) && take(im, line) != 0)
			return -1;
	}
	return rc;
}

int import_list(struct import *im)
{
	return each_line(im, take_line);
}

/* ---- ClamAV ---- */

/* The next field of a line, without its colon. */
static struct slice cut_field(struct slice *s)
{
	const char *colon = s->len ? memchr(s->ptr, ':', s->len) : NULL;
	struct slice field =
		slice_make(s->ptr, colon ? (size_t)(colon - s->ptr) : s->len);

	*s = slice_skip(*s, field.len + 1);
	return field;
}

/* "Hash:Size:Name[:MinFL[:MaxFL]]", size "*" where it is not known. */
bool import_is_clamav(struct slice line)
{
	struct slice rest = line, hash = cut_field(&rest), size = cut_field(&rest);
	uint64_t number;

	return indicator_looks_like_hash(hash) && rest.len &&
	       (slice_eq_str(size, "*") || num_u64(size, &number));
}

static int take_clamav(struct import *im, struct slice line)
{
	struct slice rest = line, hash = cut_field(&rest), size = cut_field(&rest);
	uint64_t number = SIZE_UNKNOWN;
	const char *why;

	if (!import_is_clamav(line)) {
		uint64_t section;

		/* .mdb, .msb: of a part of a Windows program. */
		import_bad(im,
			   num_u64(hash, &section) && indicator_looks_like_hash(size)
				   ? "the hash of a section of a program, not of a file"
				   : "not HASH:SIZE:NAME");
		return 0;
	}
	why = indicator_hash(hash, &im->ind);
	if (num_u64(size, &number) && number <= INT64_MAX)
		im->ind.size = number;
	im->ind.name = cut_field(&rest);
	return import_take_if(im, why);
}

int import_clamav(struct import *im)
{
	return each_line(im, take_clamav);
}
