/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A finding as JSON, an object a line. A key that is not known is absent.
 * Strings are escaped (base/escape.h) before they become JSON, so that
 * bytes that are no UTF-8 come through, and nothing acts on a terminal when
 * a line of it is printed.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/stamp.h"
#include "base/strbuf.h"
#include "report/formats.h"
#include "report/json_put.h"

/* Who a process is, in the few words of an ancestor or a writer. */
static json_t *brief(const struct finding_process *p)
{
	json_t *o = json_object();

	json_put_number(o, "pid", p->pid > 0, p->pid);
	json_put_text(o, "exe", p->exe);
	if (!p->exe)
		json_put_text(o, "comm", p->comm);
	json_put_argv(o, p);
	return o;
}

static json_t *env(const struct finding_process *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->nenv; i++)
		json_array_append_new(list, json_escaped(p->env[i]));
	return list;
}

static json_t *process(const struct finding_process *p)
{
	json_t *o = json_object();

	json_put_text(o, "uid", p->uid);
	json_put_number(o, "pid", p->pid > 0, p->pid);
	json_put_number(o, "ppid", p->ppid > 0 || (p->ppid == 0 && p->observed), p->ppid);
	json_put_text(o, "exe", p->exe);
	if (!p->exe)
		json_put_text(o, "comm", p->comm);
	json_put_argv(o, p);
	json_put_text(o, "cwd", p->cwd);
	json_put_text(o, "uid_name", p->uid_name);
	json_put_number(o, "user_id", p->observed, p->user_id);
	json_put_number(o, "auid", p->observed, p->auid);
	json_put_number(o, "ses", p->observed, p->ses);
	json_put_text(o, "tty", p->tty);
	json_put_stamp(o, "started", p->started);
	if (p->nenv > 0)
		json_put(o, "env", env(p));
	return o;
}

static json_t *target(const struct finding_target *t)
{
	json_t *o = json_object();

	json_put_text(o, "path", t->path);
	json_put_text(o, "kind", t->kind);
	json_put_text(o, "sha256", t->sha256);
	json_put_text(o, "expected_sha256", t->expected_sha256);
	json_put_text(o, "how", t->how);
	if (t->writer)
		json_put_object(o, "writer", brief(t->writer));
	json_put_text(o, "origin", t->origin);
	return o;
}

static json_t *indicator(const struct finding_indicator *n)
{
	json_t *o = json_object();

	json_put_text(o, "kind", n->kind);
	json_put_text(o, "value", n->value);
	json_put_text(o, "name", n->name);
	json_put_text(o, "author", n->author);
	json_put_text(o, "source", n->source);
	json_put_stamp(o, "imported", n->imported);
	return o;
}

static json_t *network(const struct finding_network *n)
{
	json_t *o = json_object();

	json_put_text(o, "direction", n->direction);
	json_put_text(o, "family", n->family);
	json_put_text(o, "remote_addr", n->remote_addr);
	json_put_number(o, "remote_port", n->remote_port >= 0, n->remote_port);
	json_put_text(o, "local_addr", n->local_addr);
	json_put_number(o, "local_port", n->local_port >= 0, n->local_port);
	json_put_text(o, "mechanism", n->mechanism);
	if (n->nfds > 0) {
		json_t *fds = json_array();

		for (size_t i = 0; i < n->nfds; i++)
			json_array_append_new(fds, json_integer(n->fds[i]));
		json_put(o, "fds", fds);
	}
	json_put_text(o, "path", n->path);
	return o;
}

static json_t *command(const struct finding_command *c)
{
	const struct finding_process p = { .argv = c->argv,
					   .argc = c->argc,
					   .argc_total = c->argc_total };
	json_t *o = json_object();

	json_put_stamp(o, "time", c->time);
	json_put_number(o, "pid", c->pid > 0, c->pid);
	json_put_text(o, "exe", c->exe);
	if (!c->exe)
		json_put_text(o, "comm", c->comm);
	json_put_argv(o, &p);
	json_put_stamp(o, "ended", c->ended);
	json_put_number(o, "exit_code", c->has_exit, c->exit_code);
	json_put_number(o, "serial", c->serial > 0, (int64_t)c->serial);
	return o;
}

json_t *json_session(const struct finding_session *s)
{
	stamp_ms end = s->ended ? s->ended : s->last;
	json_t *o = json_object(), *list = json_array();

	json_put_stamp(o, "started", s->started);
	json_put_stamp(o, "last_activity", s->last);
	json_put_stamp(o, "ended", s->ended);
	json_put_number(o, "duration_ms", s->started && end >= s->started,
			end - s->started);
	json_put_number(o, "commands_run", true, (int64_t)s->commands);
	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, command(&s->list[i]));
	json_put_object(o, "commands", list);
	return o;
}

static json_t *container(const struct finding_container *c)
{
	json_t *o = json_object();

	json_put_text(o, "id", c->id);
	json_put_text(o, "name", c->name);
	json_put_text(o, "image", c->image);
	json_put_text(o, "image_digest", c->image_digest);
	json_put_text(o, "pod", c->pod);
	json_put_text(o, "namespace", c->ns);
	json_put_text(o, "runtime", c->runtime);
	json_put_text(o, "via", c->via);
	return o;
}

static json_t *evidence(const struct finding *f, bool raw)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->nevidence; i++) {
		const struct finding_evidence *e = &f->evidence[i];
		json_t *o = json_object();

		json_put_text(o, "node", e->id.node);
		json_put_stamp(o, "time", e->id.time);
		json_put_number(o, "serial", true, (int64_t)e->id.serial);
		json_put_text(o, "what", e->what);
		if (raw && e->raw) {
			json_t *lines = json_array();

			for (const char *p = e->raw; *p;) {
				size_t len = strcspn(p, "\n");
				char *line = strndup(p, len);

				json_array_append_new(lines, json_escaped(line));
				free(line);
				p += len + (p[len] == '\n');
			}
			json_put(o, "raw", lines);
		}
		json_array_append_new(list, o);
	}
	return list;
}

static bool has_string(const json_t *list, const char *str, size_t len)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (json_string_length(item) == len &&
		    memcmp(json_string_value(item), str, len) == 0)
			return true;
	}
	return false;
}

/* techniques, and the tactics that they serve, each once. */
static void put_attack(json_t *object, const struct finding *f)
{
	json_t *techniques = json_array(), *tactics = json_array();

	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *t = technique_info(f->techniques[i]);

		json_array_append_new(techniques, json_string(t->id));
		for (const char *p = t->tactics; *p;) {
			size_t len = strcspn(p, ",");

			if (!has_string(tactics, p, len))
				json_array_append_new(tactics, json_stringn(p, len));
			p += len + (p[len] == ',');
		}
	}
	json_put(object, "techniques", techniques);
	json_put(object, "tactics", tactics);
}

static json_t *links(const struct finding *f)
{
	json_t *o = json_object(), *attack = json_array();

	if (f->target && f->target->sha256) {
		struct strbuf url;

		strbuf_init(&url);
		strbuf_add_str(&url, "https://www.virustotal.com/gui/file/");
		strbuf_add_str(&url, f->target->sha256);
		json_put_text(o, "virustotal", strbuf_str(&url));
		strbuf_fini(&url);
	}
	for (size_t i = 0; i < f->ntechniques; i++) {
		char url[TECHNIQUE_URL_MAX];

		technique_url(technique_info(f->techniques[i]), url);
		json_array_append_new(attack, json_string(url));
	}
	if (json_array_size(attack) > 0)
		json_put(o, "attack", attack);
	else
		json_decref(attack);
	return o;
}

static json_t *whole(int64_t id, const struct finding *f, bool raw)
{
	json_t *o = json_object();

	json_put_number(o, "id", id > 0, id);
	json_put_text(o, "uid", f->uid);
	json_put_text(o, "detector", f->detector->id);
	json_put_text(o, "title", f->detector->title);
	json_put_text(o, "severity", severity_name(f->severity));
	json_put_text(o, "confidence", confidence_name(f->confidence));
	put_attack(o, f);
	json_put_stamp(o, "first_seen", f->first_seen);
	json_put_stamp(o, "last_seen", f->last_seen);
	json_put_number(o, "count", true, (int64_t)f->count);
	json_put_text(o, "host", f->host);
	json_put_text(o, "summary", f->summary);
	json_put_text(o, "caveat", f->caveat);
	json_put_text(o, "confirmed", f->confirmed);
	json_put_text(o, "suppressed", f->suppressed);
	if (f->process)
		json_put_object(o, "process", process(f->process));
	if (f->nancestry > 0) {
		json_t *list = json_array();

		for (size_t i = 0; i < f->nancestry; i++)
			json_array_append_new(list, brief(f->ancestry[i]));
		json_put(o, "ancestry", list);
	}
	if (f->target)
		json_put_object(o, "target", target(f->target));
	if (f->indicator)
		json_put_object(o, "indicator", indicator(f->indicator));
	if (f->network)
		json_put_object(o, "network", network(f->network));
	if (f->container)
		json_put_object(o, "container", container(f->container));
	if (f->session)
		json_put_object(o, "session", json_session(f->session));
	json_put_text(o, "manifest", f->manifest);
	if (f->nevidence > 0)
		json_put(o, "evidence", evidence(f, raw));
	json_put_object(o, "links", links(f));
	return o;
}

void jsonl_finding(struct report *report, int64_t id, const struct finding *f)
{
	json_t *o = whole(id, f, report->options.raw);

	json_dumpf(o, report->out, JSON_COMPACT);
	fputc('\n', report->out);
	json_decref(o);
}
