/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/auditd_conf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/num.h"

enum {
	CONF_MAX = 256 << 10,
	GOOD_DEPTH =
		20000,   /* 180 MB of auditd's at worst, a third of a second of storm */
	MODE_MIN = 0750, /* what audit 3.0.9 asks of a plugin (sanity checks of */
	MODE_BAD = 0022, /* audispd-pconfig.c), and what 4.2 refuses */
};

struct advice_list {
	struct auditd_advice *items;
	size_t n;
};

static void add(struct advice_list *list, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add(struct advice_list *list, const char *fmt, ...)
{
	va_list ap;

	if (list->n == AUDITD_ADVICE_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(list->items[list->n++].text, sizeof(list->items[0].text), fmt, ap);
	va_end(ap);
}

/* The value of "key = value"; the last one counts. false: there is none. */
static bool get(struct slice text, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key);
	bool found = false;

	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		struct slice line = slice_make(text.ptr, len);

		text = slice_skip(text, len + 1);
		if (!slice_starts(line, slice_make(key, klen)))
			continue;
		line = slice_skip(line, klen);
		while (line.len && strchr(" \t=", line.ptr[0]))
			line = slice_skip(line, 1);
		while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
			line.len--;
		snprintf(out, size, "%.*s", SLICE_FMT(line));
		found = true;
	}
	return found;
}

static void check_auditd(struct advice_list *list, struct slice text)
{
	char value[64];
	uint64_t depth = 2000; /* the default of audit 3 */

	if (get(text, "q_depth", value, sizeof(value)))
		num_u64(slice_str(value), &depth);
	if (depth < GOOD_DEPTH)
		add(list, "q_depth is %llu: a burst overruns it; set q_depth = %d",
		    (unsigned long long)depth, GOOD_DEPTH);
	if (get(text, "log_format", value, sizeof(value)) &&
	    strcasecmp(value, "ENRICHED") == 0)
		add(list,
		    "log_format = ENRICHED costs auditd about half of its time; auspex "
		    "needs RAW only");
	if (get(text, "overflow_action", value, sizeof(value)) &&
	    strcasecmp(value, "SYSLOG") != 0 && strcasecmp(value, "IGNORE") != 0)
		add(list,
		    "overflow_action = %s stops plugins or the machine when the queue is "
		    "full; set SYSLOG",
		    value);
	if (get(text, "max_restarts", value, sizeof(value)) && strcmp(value, "0") == 0)
		add(list, "max_restarts = 0: a plugin that dies stays dead; set 10");
}

static void check_binary(struct advice_list *list, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		add(list, "plugins.d/auspex.conf: %s is not there", path);
	else if (st.st_uid != 0 || (st.st_mode & MODE_MIN) != MODE_MIN ||
		 (st.st_mode & MODE_BAD))
		add(list, "auditd refuses %s: chown root:root and chmod 0755 or 0750",
		    path);
}

static void check_plugin(struct advice_list *list, const char *dir)
{
	char value[4096];
	struct strbuf text;
	char *path;

	strbuf_init(&text);
	if (asprintf(&path, "%s/plugins.d/auspex.conf", dir) < 0)
		abort();
	if (fsio_read_file(path, CONF_MAX, &text, NULL) != 0) {
		add(list, "%s is not there: auspex is no plugin of this auditd", path);
	} else {
		if (!get(strbuf_slice(&text), "active", value, sizeof(value)) ||
		    strcasecmp(value, "yes") != 0)
			add(list, "%s: set active = yes", path);
		if (get(strbuf_slice(&text), "path", value, sizeof(value)))
			check_binary(list, value);
	}
	strbuf_fini(&text);
	free(path);
}

size_t auditd_conf_check(const char *dir, struct auditd_advice out[AUDITD_ADVICE_MAX])
{
	struct advice_list list = { .items = out };
	struct strbuf text;
	char *path;

	strbuf_init(&text);
	if (asprintf(&path, "%s/auditd.conf", dir) < 0)
		abort();
	if (fsio_read_file(path, CONF_MAX, &text, NULL) == 0)
		check_auditd(&list, strbuf_slice(&text));
	else
		add(&list, "%s cannot be read: is auditd installed?", path);
	check_plugin(&list, dir);
	strbuf_fini(&text);
	free(path);
	return list.n;
}
