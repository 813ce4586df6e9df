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

struct slice ask_get(struct slice texts, const char *key)
{
	size_t klen = strlen(key);

	while (texts.len > 0) {
		const char *end = memchr(texts.ptr, '\0', texts.len);
		size_t len = (size_t)(end - texts.ptr);

		if (len > klen && texts.ptr[klen] == '=' &&
		    memcmp(texts.ptr, key, klen) == 0)
			return slice_make(texts.ptr + klen + 1, len - klen - 1);
		texts = slice_skip(texts, len + 1);
	}
	return slice_make(NULL, 0);
}

bool ask_get_number(struct slice texts, const char *key, uint64_t *out)
{
	return num_u64(ask_get(texts, key), out);
}
