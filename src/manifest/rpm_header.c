/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/rpm_header.h"

enum {
	INDEX_ENTRY = 16, /* tag, type, offset, count */
	TYPE_CHAR = 1,
	TYPE_INT8 = 2,
	TYPE_INT16 = 3,
	TYPE_INT32 = 4,
	TYPE_INT64 = 5,
	TYPE_STRING = 6,
	TYPE_STRING_ARRAY = 8,
	TYPE_I18N_STRING = 9,
};

static uint64_t big_endian(const char *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

bool rpm_header_scan(struct slice blob, struct rpm_header *out)
{
	uint64_t entries, bytes;

	if (blob.len < 8)
		return false;
	entries = big_endian(blob.ptr, 4);
	bytes = big_endian(blob.ptr + 4, 4);
	if (entries * INDEX_ENTRY + bytes > blob.len - 8)
		return false;
	out->index = slice_make(blob.ptr + 8, (size_t)entries * INDEX_ENTRY);
	out->store = slice_make(blob.ptr + 8 + out->index.len, (size_t)bytes);
	return true;
}

struct rpm_values rpm_header_values(const struct rpm_header *header, enum rpm_tag tag)
{
	struct rpm_values values = { 0 };
	const char *at = header->index.ptr;

	for (size_t left = header->index.len; left;
	     left -= INDEX_ENTRY, at += INDEX_ENTRY) {
		if (big_endian(at, 4) != tag)
			continue;
		values.type = (uint32_t)big_endian(at + 4, 4);
		values.count = (uint32_t)big_endian(at + 12, 4);
		values.bytes = slice_skip(header->store, (size_t)big_endian(at + 8, 4));
		break;
	}
	return values;
}

bool rpm_values_number(const struct rpm_values *values, uint32_t i, uint64_t *out)
{
	static const size_t widths[] = {
		[TYPE_CHAR] = 1,  [TYPE_INT8] = 1,  [TYPE_INT16] = 2,
		[TYPE_INT32] = 4, [TYPE_INT64] = 8,
	};
	size_t width;

	if (values->type < TYPE_CHAR || values->type > TYPE_INT64 || i >= values->count)
		return false;
	width = widths[values->type];
	if (values->bytes.len / width <= i)
		return false;
	*out = big_endian(values->bytes.ptr + width * i, width);
	return true;
}

bool rpm_values_string(struct rpm_values *values, struct slice *out)
{
	const char *end;

	if ((values->type != TYPE_STRING && values->type != TYPE_STRING_ARRAY &&
	     values->type != TYPE_I18N_STRING) ||
	    values->count == 0 || values->bytes.len == 0)
		return false;
	end = memchr(values->bytes.ptr, '\0', values->bytes.len);
	if (!end)
		return false;
	*out = slice_make(values->bytes.ptr, (size_t)(end - values->bytes.ptr));
	values->bytes = slice_skip(values->bytes, out->len + 1);
	values->count--;
	return true;
}
