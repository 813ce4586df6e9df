/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/vis.h"

#include <string.h>

/* Letters of VIS_CSTYLE and what they stand for, in pairs; see vis(3). */
static const char cstyle[] = "n\nr\rb\ba\av\vt\tf\fs E\033";

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* A printing character that is neither letter nor digit. */
static bool is_sign(char c)
{
	return c > ' ' && c < 0x7f && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
	       !(c >= '0' && c <= '9');
}

/* Up to three octal digits at *at; moves *at behind them. */
static bool take_octal(struct slice s, size_t *at, char *out)
{
	unsigned value = 0;

	for (int n = 0; n < 3 && *at < s.len && is_octal(s.ptr[*at]); n++)
		value = value << 3 | (unsigned)(s.ptr[(*at)++] - '0');
	*out = (char)value;
	return value != 0 && value <= 0xff;
}

/* \^c and, with meta, \M-c and \M^c; *at stands on the sign. */
static bool take_control(struct slice s, size_t *at, unsigned meta, char *out)
{
	char sign, c;

	if (*at + 2 > s.len)
		return false;
	sign = s.ptr[(*at)++];
	c = s.ptr[(*at)++];
	if (sign == '^')
		c = c == '?' ? 0x7f : (char)(c & 0x1f);
	else if (sign != '-' || !meta)
		return false;
	*out = (char)((unsigned char)c | meta);
	return *out != '\0';
}

static bool take_escape(struct slice s, size_t *at, char *out)
{
	const char *letter;
	char c;

	if (*at == s.len)
		return false;
	c = s.ptr[*at];
	if (is_octal(c))
		return take_octal(s, at, out);
	if (c == '^')
		return take_control(s, at, 0, out);
	(*at)++;
	if (c == 'M')
		return take_control(s, at, 0x80, out);
	for (letter = cstyle; *letter; letter += 2) {
		if (*letter == c) {
			*out = letter[1];
			return true;
		}
	}
	*out = c;
	return is_sign(c);
}

bool vis_decode(struct slice s, char *out, size_t *len)
{
	size_t n = 0;

	for (size_t at = 0; at < s.len;) {
		char c = s.ptr[at++];

		if (c == '\0' || (c == '\\' && !take_escape(s, &at, &c)))
			return false;
		out[n++] = c;
	}
	*len = n;
	return true;
}

static bool plain(unsigned char c)
{
	/* FreeBSD's mtree takes names as patterns, hence "*?[". */
	return c > ' ' && c < 0x7f && !strchr("\\#=*?[", c);
}

void vis_encode(struct slice s, struct strbuf *out)
{
	char octal[4] = "\\";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (plain(c)) {
			strbuf_add_char(out, (char)c);
			continue;
		}
		octal[1] = (char)('0' + (c >> 6));
		octal[2] = (char)('0' + (c >> 3 & 7));
		octal[3] = (char)('0' + (c & 7));
		strbuf_add(out, octal, sizeof(octal));
	}
}
