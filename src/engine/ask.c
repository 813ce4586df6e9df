/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

void ask_start(struct ask_message *message, enum ask_kind kind, uint64_t id)
{
	message->header = (struct ask_header){ .id = id, .kind = kind };
}

void ask_add(struct ask_message *message, const char *key, const char *value)
{
	struct ask_header *header = &message->header;
	size_t room = sizeof(message->text) - header->len;
	size_t klen = strlen(key), vlen = value ? strlen(value) : 0;
	char *at = message->text + header->len;

	if (!value || klen + vlen + 2 > room)
		return;
	memcpy(at, key, klen);
	at[klen] = '=';
	memcpy(at + klen + 1, value, vlen);
	at[klen + 1 + vlen] = '\0';
	header->len += (uint32_t)(klen + vlen + 2);
}

void ask_add_number(struct ask_message *message, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	ask_add(message, key, text);
}

bool ask_read(const void *bytes, size_t len, struct ask_header *header,
	      struct slice *texts)
{
	if (len < sizeof(*header))
		return false;
	memcpy(header, bytes, sizeof(*header));
	*texts = slice_make((const char *)bytes + sizeof(*header), header->len);
	if (header->len != len - sizeof(*header) || header->kind >= ASK_KIND_MAX)
		return false;
	return header->len == 0 || texts->ptr[header->len - 1] == '\0';
}

bool ask_next(struct slice *texts, struct slice *key, struct slice *value)
{
	while (texts->len > 0) {
		size_t len = strnlen(texts->ptr, texts->len);
		const char *equal = memchr(texts->ptr, '=', len);

		if (equal) {
			*key = slice_make(texts->ptr, (size_t)(equal - texts->ptr));
			*value = slice_make(equal + 1, len - key->len - 1);
		}
		*texts = slice_skip(*texts, len + 1);
		if (equal)
			return true;
	}
	return false;
}

struct slice ask_get(struct slice texts, const char *key)
{
	struct slice each, value;

	while (ask_next(&texts, &each, &value)) {
		if (slice_eq_str(each, key))
			return value;
	}
	return slice_make(NULL, 0);
}

bool ask_get_number(struct slice texts, const char *key, uint64_t *out)
{
	return num_u64(ask_get(texts, key), out);
}
