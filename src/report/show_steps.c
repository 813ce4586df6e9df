/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The response steps of the catalog, with the values of one finding. */
#include <string.h>

#include "base/compiler.h"
#include "base/stamp.h"
#include "report/show.h"
#include "report/text.h"

/* Quoted for a shell. */
static void add_quoted(struct strbuf *out, const char *str)
{
	text_add_command(out, &str, 1, 1);
}

void show_add_id(struct strbuf *out, const struct show *show)
{
	strbuf_printf(out, "%lld", (long long)show->id);
	if (show->database) {
		strbuf_add_str(out, " -d ");
		add_quoted(out, show->database);
	}
}

static const char *path_of(const struct finding *f)
{
	if (f->target && f->target->path)
		return f->target->path;
	return f->process ? f->process->exe : NULL;
}

/* Adds the value of a {name}; false when it is not known. */
static bool add_value(struct strbuf *out, struct slice name, const struct show *show)
{
	const struct finding *f = show->finding;
	static const struct finding_container nowhere;
	const struct finding_container *c = f->container ? f->container : &nowhere;
	const struct finding_process *p = f->process;
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "exe", p ? p->exe : NULL },
		{ "path", path_of(f) },
		{ "container", c->name ? c->name : c->id },
		{ "pod", c->pod },
		{ "namespace", c->ns },
		{ "image", c->image },
		{ "sha256", f->target ? f->target->sha256 : NULL },
	};
	size_t before = out->len;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (slice_eq_str(name, texts[i].name) && texts[i].value)
			add_quoted(out, texts[i].value);
	}
	if (slice_eq_str(name, "id") && show->id > 0)
		show_add_id(out, show);
	if (slice_eq_str(name, "pid") && p && p->pid > 0)
		strbuf_printf(out, "%lld", (long long)p->pid);
	if (slice_eq_str(name, "serial") && f->nevidence > 0)
		strbuf_printf(
			out, "%llu",
			(unsigned long long)f->evidence[f->nevidence - 1].id.serial);
	if (slice_eq_str(name, "time") && f->first_seen != 0) {
		char text[STAMP_MAX];

		stamp_short(f->first_seen, text);
		strbuf_printf(out, "%s UTC", text);
	}
	if (slice_eq_str(name, "remote") && f->network)
		text_add_address(out, f->network->remote_addr, f->network->remote_port);
	return out->len > before;
}

bool show_add_step(struct strbuf *out, struct slice step, const struct show *show)
{
	size_t before = out->len;

	while (step.len > 0) {
		const char *open = memchr(step.ptr, '{', step.len);
		size_t text = open ? (size_t)(open - step.ptr) : step.len;
		const char *close = open ? memchr(open, '}', step.len - text) : NULL;
		struct slice name;

		strbuf_add(out, step.ptr, close ? text : step.len);
		if (!close)
			return true;
		name = slice_make(open + 1, (size_t)(close - open) - 1);
		if (!add_value(out, name, show)) {
			strbuf_cut(out, before);
			return false;
		}
		step = slice_skip(step, text + name.len + 2);
	}
	return true;
}
