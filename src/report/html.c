/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html.h"

#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/escape.h"
#include "base/stamp.h"

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void html_shown(FILE *out, struct slice s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		const char *instead = entity(s.ptr[i]);

		if (!instead)
			continue;
		fwrite(s.ptr + from, 1, i - from, out);
		fputs(instead, out);
		from = i + 1;
	}
	if (from < s.len)
		fwrite(s.ptr + from, 1, s.len - from, out);
}

void html_take(FILE *out, struct strbuf *line)
{
	html_shown(out, strbuf_slice(line));
	strbuf_clear(line);
}

static void escaped(FILE *out, struct slice s)
{
	struct strbuf safe;

	strbuf_init(&safe);
	escape_add(&safe, s);
	html_take(out, &safe);
	strbuf_fini(&safe);
}

void html_text(FILE *out, const char *str)
{
	if (str)
		escaped(out, slice_str(str));
}

void html_lines(FILE *out, const char *str)
{
	while (*str) {
		size_t len = strcspn(str, "\n");

		escaped(out, slice_make(str, len));
		fputc('\n', out);
		str += len + (str[len] == '\n');
	}
}

void html_time(FILE *out, stamp_ms ms)
{
	char machine[STAMP_MAX], person[STAMP_MAX];

	if (ms == 0)
		return;
	stamp_iso(ms, machine);
	stamp_short(ms, person);
	fprintf(out, "<time datetime=\"%s\">%s</time>", machine, person);
}

void html_time_ms(FILE *out, stamp_ms ms)
{
	char text[STAMP_MAX];

	stamp_iso(ms, text);
	/* "2026-11-21T23:25:58.915Z" */
	fprintf(out, "<time datetime=\"%s\">", text);
	if (strlen(text) == 24)
		fprintf(out, "%.12s", text + 11);
	else
		fputs(text, out);
	fputs("</time>", out);
}

/* RFC 4648, section 4. */
static void base64(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t word = (uint32_t)bytes[i] << 16;

		if (i + 1 < n)
			word |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			word |= bytes[i + 2];
		*out++ = digits[word >> 18 & 63];
		*out++ = digits[word >> 12 & 63];
		*out++ = i + 1 < n ? digits[word >> 6 & 63] : '=';
		*out++ = i + 2 < n ? digits[word & 63] : '=';
	}
	*out = '\0';
}

void html_hash(const char *text, char out[HTML_HASH_MAX])
{
	static const char name[] = "sha256-";
	struct sha256 *ctx = sha256_new();
	uint8_t digest[SHA256_LEN];

	sha256_add(ctx, text, strlen(text));
	sha256_end(ctx, digest);
	sha256_free(&ctx);
	memcpy(out, name, sizeof(name));
	base64(digest, sizeof(digest), out + sizeof(name) - 1);
}
