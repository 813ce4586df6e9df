/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/malicious.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

enum {
	LIMIT_WORDS = 4096, /* of one command line that are looked up */
	LIMIT_WORD = 2000,
};

static const char *copy(struct finding *f, const char *text)
{
	return text ? arena_strdup(&f->arena, text) : NULL;
}

void malicious_describe(struct finding *f, const struct intel_match *match)
{
	struct finding_indicator *n = arena_zalloc(&f->arena, sizeof(*n));

	n->kind = indicator_kind_name(match->kind);
	n->value = copy(f, match->value);
	n->name = copy(f, match->name);
	n->author = copy(f, match->author);
	n->source = copy(f, match->source);
	n->imported = match->imported;
	f->indicator = n;
}

const char *malicious_words(struct finding *f, const struct intel_match *match)
{
	return arena_printf(&f->arena, "%s%s (%s%s%sin %s)",
			    match->name ? "known as " : "a listed ",
			    match->name ? match->name : indicator_kind_name(match->kind),
			    match->author ? "by " : "",
			    match->author ? match->author : "", match->author ? ", " : "",
			    match->source ? match->source : "a list");
}

enum detector_id malicious_detector(const char *kind, const char *verdict)
{
	static const struct {
		const char *verdict;
		enum detector_id binary, library;
	} ids[] = {
		{ "same", DETECT_BUILTIN_MALICIOUS_BINARY_EXECUTED,
		  DETECT_BUILTIN_MALICIOUS_LIBRARY_LOADED },
		{ "modified", DETECT_MODIFIED_MALICIOUS_BINARY_EXECUTED,
		  DETECT_MODIFIED_MALICIOUS_LIBRARY_LOADED },
		{ "added", DETECT_ADDED_MALICIOUS_BINARY_EXECUTED,
		  DETECT_ADDED_MALICIOUS_LIBRARY_LOADED },
	};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(ids) && strcmp(ids[i].verdict, verdict) != 0)
		i++;
	return strcmp(kind, "library") == 0 ? ids[i].library : ids[i].binary;
}

/* ---- command lines ---- */

struct search {
	struct intel_set *set;
	stamp_ms when;
	struct arena *arena;
	struct intel_match *out;
	unsigned words;
};

static bool look_up(struct search *s, struct slice word)
{
	if (word.len < 3 || word.len > LIMIT_WORD || s->words == LIMIT_WORDS)
		return false;
	s->words++;
	return intel_find_word(s->set, word, s->when, s->arena, s->out);
}

static size_t span(struct slice s, size_t from, const char *ends)
{
	size_t n = from;

	while (n < s.len && s.ptr[n] && !strchr(ends, s.ptr[n]))
		n++;
	return n - from;
}

/*
 * A host without a scheme: "host", "host:port", "user@host:path", and with a
 * path behind it, which curl takes for a URL.
 */
static bool look_up_host(struct search *s, struct slice word)
{
	size_t host = span(word, 0, "/");
	char url[LIMIT_WORD + sizeof("http://")];
	struct slice name = slice_make(word.ptr, host);
	const char *colon;

	if (host == 0 || (!memchr(word.ptr, '.', host) && !memchr(word.ptr, ':', host)))
		return false;
	if (host < word.len && word.len <= LIMIT_WORD && intel_set_has(s->set, IND_URL)) {
		snprintf(url, sizeof(url), "http://%.*s", SLICE_FMT(word));
		if (look_up(s, slice_str(url)))
			return true;
	}
	if (look_up(s, name))
		return true;
	/* scp's and rsync's; a port belongs to the host. */
	colon = memchr(name.ptr, ':', name.len);
	if (!colon || isdigit((unsigned char)colon[1]))
		return false;
	name.len = (size_t)(colon - name.ptr);
	return look_up(s, name);
}

/* "TCP:host:port,fork", "--server=host", "-Shost": every part that has a dot. */
static bool look_up_parts(struct search *s, struct slice word)
{
	for (size_t i = 0; i < word.len;) {
		size_t n = span(word, i, ":,=");
		struct slice part;

		/* With its port. */
		if (memchr(word.ptr + i, '.', n) && i + n + 1 < word.len &&
		    word.ptr[i + n] == ':' && isdigit((unsigned char)word.ptr[i + n + 1]))
			n += 1 + span(word, i + n + 1, ":,=");
		part = slice_make(word.ptr + i, n);
		if (n < word.len && memchr(part.ptr, '.', n) && look_up(s, part))
			return true;
		i += n + 1;
	}
	return false;
}

/* bash(1), REDIRECTION: /dev/tcp/HOST/PORT. */
static struct slice device_host(struct slice word)
{
	if (!slice_starts(word, SLICE_LIT("/dev/tcp/")) &&
	    !slice_starts(word, SLICE_LIT("/dev/udp/")))
		return slice_str(NULL);
	word = slice_skip(word, strlen("/dev/tcp/"));
	word.len = span(word, 0, "/");
	return word;
}

/* Between blanks, quotes and what a shell parts words by. */
static bool look_up_word(struct search *s, struct slice word)
{
	const char *scheme = memmem(word.ptr, word.len, "://", 3);
	size_t at;

	if (device_host(word).len)
		return look_up(s, device_host(word));
	if (!scheme) {
		const char *equal = memrchr(word.ptr, '=', word.len);

		if (equal &&
		    look_up_host(s, slice_skip(word, (size_t)(equal + 1 - word.ptr))))
			return true;
		return look_up_host(s, word) || look_up_parts(s, word);
	}
	at = (size_t)(scheme - word.ptr);
	while (at && (isalnum((unsigned char)word.ptr[at - 1]) ||
		      strchr("+.-", word.ptr[at - 1])))
		at--;
	while (at < word.len && word.ptr[at] == '-')
		at++;
	return look_up(s, slice_skip(word, at));
}

/* An ampersand belongs to a URL, or ends a command of a shell's. */
static bool look_up_joined(struct search *s, struct slice word)
{
	if (look_up_word(s, word))
		return true;
	if (!memchr(word.ptr, '&', word.len))
		return false;
	while (word.len) {
		size_t n = span(word, 0, "&");

		if (n && look_up_word(s, slice_make(word.ptr, n)))
			return true;
		word = slice_skip(word, n + 1);
	}
	return false;
}

bool malicious_argv(struct intel_set *set, const char *const *argv, size_t argc,
		    stamp_ms when, struct arena *arena, struct intel_match *out)
{
	struct search s = { .set = set, .when = when, .arena = arena, .out = out };

	if (!intel_set_has(set, IND_URL) && !intel_set_has(set, IND_DOMAIN) &&
	    !intel_set_has(set, IND_ADDRESS))
		return false;
	for (size_t i = 0; i < argc && s.words < LIMIT_WORDS; i++) {
		struct slice rest = slice_str(argv[i]);

		/* Most words are none of it. */
		if (!strpbrk(argv[i], ".:"))
			continue;
		while (rest.len) {
			size_t n = span(rest, 0, " \t\r\n\"'`<>|;(){}$\\");

			if (n && look_up_joined(&s, slice_make(rest.ptr, n)))
				return true;
			rest = slice_skip(rest, n + 1);
		}
	}
	return false;
}
