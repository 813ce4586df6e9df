/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our reader makes of logs, as JSON, an event a line: for scripts that
 * compare it with what others make of them.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/assemble.h"
#include "audit/field.h"
#include "audit/names.h"
#include "audit/sockaddr.h"
#include "audit/source.h"

/* Bytes above 0x7e become U+0080 and up: the scripts turn them back. */
static json_t *text(struct slice s)
{
	json_t *out;
	char *utf8 = malloc(2 * s.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x80) {
			utf8[len++] = (char)c;
		} else {
			utf8[len++] = (char)(0xc0 | c >> 6);
			utf8[len++] = (char)(0x80 | (c & 0x3f));
		}
	}
	out = json_stringn(utf8 ? utf8 : "", len);
	free(utf8);
	return out;
}

static json_t *fields(struct slice rest, struct arena *arena)
{
	json_t *out = json_array();
	struct field field;

	while (field_next(&rest, &field)) {
		struct slice inner, value = field.value;

		if (field_inner(value, &inner)) {
			json_array_append_new(out, json_pack("[o,o]", text(field.key),
							     fields(inner, arena)));
			continue;
		}
		value = field_is_encoded(field.key) ? field_text(value, arena)
						    : field_unquoted(value);
		json_array_append_new(out,
				      json_pack("[o,o]", text(field.key), text(value)));
	}
	return out;
}

/* Names of the call that a record is about: SYSCALL, SECCOMP. */
static void add_call(json_t *out, const struct record *r)
{
	struct call {
		uint32_t arch, nr;
	} call;
	static const struct field_spec specs[] = {
		FIELD_SPEC("arch", FIELD_HEX32, struct call, arch),
		FIELD_SPEC("syscall", FIELD_U32, struct call, nr),
	};
	const char *arch, *name;

	if (fields_read(r->body, specs, 2, &call) != 3)
		return;
	arch = arch_name(call.arch);
	name = call_name(call.arch, call.nr);
	if (arch)
		json_object_set_new(out, "arch", json_string(arch));
	if (name)
		json_object_set_new(out, "syscall", json_string(name));
}

static json_t *record(const struct event *event, const struct record *r)
{
	const char *name = record_type_name(r->type);
	json_t *out = json_object();

	json_object_set_new(out, "type", name ? json_string(name) : json_null());
	json_object_set_new(out, "fields", fields(r->body, event->arena));
	add_call(out, r);
	if (r->enriched.len)
		json_object_set_new(out, "enriched", fields(r->enriched, event->arena));
	return out;
}

static void add_sockaddr(json_t *out, const struct event *event)
{
	struct sockaddr_info info;
	struct slice bytes;

	if (!event_sockaddr(event, &bytes) ||
	    !sockaddr_parse(bytes, arch_big_endian(event->syscall.arch), &info))
		return;
	json_object_set_new(out, "sockaddr",
			    json_pack("{s:i,s:o,s:i}", "family", info.number, "addr",
				      text(slice_str(info.addr)), "port",
				      (int)info.port));
}

static void add_argv(json_t *out, const struct event *event)
{
	struct event_argv argv;
	json_t *list;

	if (!event_argv(event, &argv))
		return;
	list = json_array();
	for (uint32_t i = 0; i < argv.argc; i++)
		json_array_append_new(list, text(argv.argv[i]));
	json_object_set_new(out, "argv", list);
}

static void add_keys(json_t *out, const struct event *event)
{
	struct slice keys[32];
	uint32_t count = event_keys(event, keys, 32);
	json_t *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(list, text(keys[i]));
	json_object_set_new(out, "keys", list);
}

static void print(const struct event *event)
{
	json_t *out =
		json_pack("{s:o,s:I,s:I,s:i}", "node", text(event->node), "time",
			  (json_int_t)event->time, "serial", (json_int_t)event->serial,
			  "missing", (int)event->missing);
	json_t *records = json_array();

	for (uint32_t i = 0; i < event->nrecords; i++)
		json_array_append_new(records, record(event, &event->records[i]));
	json_object_set_new(out, "records", records);
	add_sockaddr(out, event);
	add_argv(out, event);
	add_keys(out, event);
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(out);
}

int main(int argc, char **argv)
{
	struct assembler *assembler = assembler_new();
	const struct event *event;
	enum source_status status;
	struct source *source;
	struct slice line;
	struct err err;

	if (argc < 2 || source_open((const char *const *)argv + 1, (size_t)argc - 1,
				    &source, &err) < 0) {
		fprintf(stderr, "dump_events: %s\n", argc < 2 ? "no log" : err.msg);
		return 1;
	}
	while ((status = source_next(source, &line, &err)) == SOURCE_LINE) {
		assembler_feed(assembler, line);
		while ((event = assembler_next(assembler)))
			print(event);
	}
	assembler_flush(assembler);
	while ((event = assembler_next(assembler)))
		print(event);
	source_close(&source);
	assembler_free(&assembler);
	return status == SOURCE_ERROR;
}
