/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/escape.h"

#include "base/compiler.h"
#include "base/num.h"

struct range {
	unsigned first, last;
};

/*
 * Characters that are not seen, or that change how others are seen: control
 * (Cc), format (Cf) and line ends (Zl, Zp) of Unicode, and the fillers that
 * look like nothing. Sorted.
 */
static const struct range hidden[] = {
	{ 0x00, 0x1f },       /* C0 */
	{ 0x7f, 0x9f },       /* DEL, C1 */
	{ 0xad, 0xad },       /* soft hyphen */
	{ 0x34f, 0x34f },     /* combining grapheme joiner */
	{ 0x600, 0x605 },     /* Arabic number signs */
	{ 0x61c, 0x61c },     /* Arabic letter mark (bidi) */
	{ 0x6dd, 0x6dd },     /* Arabic end of ayah */
	{ 0x70f, 0x70f },     /* Syriac abbreviation mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors and separator */
	{ 0x200b, 0x200f },   /* zero width, LRM, RLM */
	{ 0x2028, 0x202e },   /* line ends, bidi embedding and override */
	{ 0x2060, 0x206f },   /* word joiner, invisible signs, bidi isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfeff, 0xfeff },   /* zero width no-break space */
	{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
	{ 0xfff0, 0xfffb },   /* interlinear annotation */
	{ 0xfffe, 0xffff },   /* not characters */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format */
	{ 0x1d173, 0x1d17a }, /* musical format */
	{ 0xe0000, 0xe0fff }, /* tags, further selectors */
};

static bool is_hidden(unsigned cp)
{
	size_t low = 0, high = ARRAY_SIZE(hidden);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cp > hidden[mid].last)
			low = mid + 1;
		else if (cp < hidden[mid].first)
			high = mid;
		else
			return true;
	}
	return false;
}

size_t utf8_scan(struct slice s, unsigned *out)
{
	/* The least number that needs so many bytes: a lesser one is overlong. */
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first;
	unsigned cp;
	size_t len;

	if (s.len == 0)
		return 0;
	first = (unsigned char)s.ptr[0];
	if (first < 0x80) {
		*out = first;
		return 1;
	}
	len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (first < 0xc2 || first > 0xf4 || s.len < len)
		return 0;
	cp = first & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3f);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*out = cp;
	return len;
}

bool escape_is_plain(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c > 0x7e || c == '\\')
			return false;
	}
	return true;
}

/* s begins with "\xHH": the value of HH, else -1. */
static int escaped_byte(struct slice s)
{
	int high, low;

	if (s.len < 4 || s.ptr[0] != '\\' || s.ptr[1] != 'x')
		return -1;
	high = num_hex_digit(s.ptr[2]);
	low = num_hex_digit(s.ptr[3]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void escape_add(struct strbuf *out, struct slice s)
{
	if (escape_is_plain(s)) {
		strbuf_add_slice(out, s);
		return;
	}
	while (s.len > 0) {
		unsigned cp;
		size_t len = utf8_scan(s, &cp);

		if (len > 0 && !is_hidden(cp) && escaped_byte(s) < 0) {
			strbuf_add(out, s.ptr, len);
		} else {
			if (len == 0 || cp == '\\')
				len = 1;
			for (size_t i = 0; i < len; i++)
				strbuf_printf(out, "\\x%02x", (unsigned char)s.ptr[i]);
		}
		s = slice_skip(s, len);
	}
}

void unescape_add(struct strbuf *out, struct slice s)
{
	while (s.len > 0) {
		int byte = escaped_byte(s);

		strbuf_add_char(out, byte < 0 ? s.ptr[0] : (char)byte);
		s = slice_skip(s, byte < 0 ? 1 : 4);
	}
}
