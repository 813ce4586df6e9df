/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/json_put.h"

#include "base/escape.h"
#include "base/stamp.h"
#include "base/strbuf.h"

void json_put(json_t *object, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(object, key, value);
}

json_t *json_escaped(const char *str)
{
	struct strbuf sb;
	json_t *value;

	strbuf_init(&sb);
	escape_add(&sb, slice_str(str));
	value = json_stringn(strbuf_str(&sb), sb.len);
	strbuf_fini(&sb);
	return value;
}

void json_put_text(json_t *object, const char *key, const char *str)
{
	if (str && str[0])
		json_put(object, key, json_escaped(str));
}

void json_put_number(json_t *object, const char *key, bool known, int64_t value)
{
	if (known)
		json_put(object, key, json_integer(value));
}

void json_put_stamp(json_t *object, const char *key, stamp_ms ms)
{
	char text[STAMP_MAX];

	if (ms == 0)
		return;
	stamp_iso(ms, text);
	json_put(object, key, json_string(text));
}

void json_put_object(json_t *object, const char *key, json_t *value)
{
	if (json_object_size(value) > 0 || json_array_size(value) > 0)
		json_put(object, key, value);
	else
		json_decref(value);
}

void json_put_argv(json_t *object, const struct finding_process *p)
{
	json_t *list;

	if (!p->argv)
		return;
	list = json_array();
	for (size_t i = 0; i < p->argc; i++)
		json_array_append_new(list, json_escaped(p->argv[i]));
	json_put(object, "argv", list);
	json_put_number(object, "argc", p->argc_total > p->argc, (int64_t)p->argc_total);
	json_put_text(object, "argv_rest_sha256", p->argv_rest);
}

json_t *json_command_line(const struct finding_process *p)
{
	struct strbuf line;
	json_t *value;

	if (!p->argv)
		return NULL;
	strbuf_init(&line);
	for (size_t i = 0; i < p->argc; i++) {
		if (i)
			strbuf_add_char(&line, ' ');
		strbuf_add_str(&line, p->argv[i]);
	}
	value = json_escaped(strbuf_str(&line));
	strbuf_fini(&line);
	return value;
}
