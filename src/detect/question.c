/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/question.h"

#include <string.h>

#include "base/compiler.h"

/* What an intruder asks first. strong: hardly ever asked by a service. */
static const struct {
	const char *word, *argument; /* argument NULL: any; "": none */
	bool strong;
} questions[] = {
	{ "id", "", true },
	{ "whoami", NULL, true },
	{ "id", NULL, false },
	{ "cat", "/etc/passwd", true },
	{ "cat", "/etc/shadow", true },
	{ "uname", NULL, false },
	{ "hostname", NULL, false },
	{ "w", NULL, false },
	{ "who", NULL, false },
	{ "last", NULL, false },
	{ "ifconfig", NULL, false },
	{ "ip", NULL, false },
	{ "netstat", NULL, false },
	{ "ss", NULL, false },
	{ "ps", NULL, false },
	{ "pwd", NULL, false },
	{ "ls", NULL, false },
	{ "env", NULL, false },
	{ "groups", NULL, false },
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct slice next_word(struct slice *rest)
{
	size_t n = 0;

	while (rest->len && is_space(rest->ptr[0]))
		*rest = slice_skip(*rest, 1);
	while (n < rest->len && !is_space(rest->ptr[n]) &&
	       !strchr(";|&()<>", rest->ptr[n]))
		n++;
	return slice_make(rest->ptr, n);
}

/* rest: what stands behind the word, up to where another command may begin. */
static bool has_argument(struct slice rest, const char *want)
{
	while (rest.len && is_space(rest.ptr[0]))
		rest = slice_skip(rest, 1);
	if (!want[0])
		return rest.len == 0 || strchr(";|&)>", rest.ptr[0]);
	return rest.len && memmem(rest.ptr, rest.len, want, strlen(want));
}

static enum question ask(struct slice word, struct slice rest)
{
	enum question best = NO_QUESTION;

	word = slice_basename(word);
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		if (!slice_eq_str(word, questions[i].word))
			continue;
		if (questions[i].argument && !has_argument(rest, questions[i].argument))
			continue;
		if (best != STRONG_QUESTION)
			best = questions[i].strong ? STRONG_QUESTION : QUESTION;
	}
	return best;
}

/* The first word of each command of a -c string. */
static enum question ask_text(struct slice text)
{
	enum question best = NO_QUESTION;

	while (text.len) {
		struct slice word = next_word(&text);
		enum question q;

		text = slice_skip(text, word.len);
		q = ask(word, text);
		if (q > best)
			best = q;
		while (text.len && !strchr(";|&(", text.ptr[0]))
			text = slice_skip(text, 1);
		while (text.len && strchr(";|&( ", text.ptr[0]))
			text = slice_skip(text, 1);
	}
	return best;
}

enum question question_of(const struct image *image, enum shell_kind kind,
			  enum shell_input input)
{
	const char *text = input == SHELL_COMMAND ? shell_argument(image, kind) : NULL;

	if (text)
		return ask_text(slice_str(text));
	if (kind != SHELL_NONE || image->argc == 0)
		return NO_QUESTION;
	return ask(slice_str(image->argv[0]),
		   slice_str(image->argc > 1 ? image->argv[1] : ""));
}
