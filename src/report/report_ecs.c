/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elastic Common Schema 9.4: an alert document a line. */
#include <string.h>

#include "base/stamp.h"
#include "report/formats.h"
#include "report/json_put.h"

/* 0 to 100, as Elastic's own rules have it: info 1, low 21, ... critical 99. */
static const int scores[SEV_MAX] = { 1, 21, 47, 73, 99 };

static json_t *event(int64_t id, const struct finding *f)
{
	json_t *o = json_object(), *category = json_array(), *type = json_array();

	(void)id;
	json_put_text(o, "kind", "alert");
	json_array_append_new(category, json_string("process"));
	json_array_append_new(type, json_string("start"));
	if (f->network) {
		json_array_append_new(category, json_string("network"));
		json_array_append_new(type, json_string("connection"));
	}
	json_put(o, "category", category);
	json_put(o, "type", type);
	json_put_text(o, "action", f->detector->id);
	json_put_text(o, "outcome", "success");
	json_put_text(o, "module", PACKAGE_NAME);
	json_put_text(o, "dataset", PACKAGE_NAME ".finding");
	json_put(o, "severity", json_integer(scores[f->severity]));
	json_put(o, "risk_score", json_integer(scores[f->severity]));
	json_put_text(o, "id", f->uid);
	json_put_stamp(o, "start", f->first_seen);
	json_put_stamp(o, "end", f->last_seen);
	if (f->nevidence)
		json_put_text(o, "original", f->evidence[f->nevidence - 1].raw);
	return o;
}

static void add_once(json_t *list, const char *str)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_string_value(json_array_get(list, i)), str) == 0)
			return;
	}
	json_array_append_new(list, json_string(str));
}

static void add_tactics(json_t *ids, json_t *names, const char *tactics)
{
	for (const char *p = tactics; *p;) {
		size_t len = strcspn(p, ",");
		const struct tactic_info *t = tactic_find(slice_make(p, len));

		if (t) {
			add_once(ids, t->id);
			add_once(names, t->name);
		}
		p += len + (p[len] == ',');
	}
}

/* T1059.004 stands below T1059, whose name is known where it is used itself. */
static void add_technique(json_t *technique[2], json_t *below[2],
			  const struct technique_info *t)
{
	const struct technique_info *above;
	char id[16];

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(t->id, "."), t->id);
	above = technique_find(id);
	add_once(technique[0], id);
	if (above)
		add_once(technique[1], above->name);
	if (strcmp(id, t->id) != 0) {
		add_once(below[0], t->id);
		add_once(below[1], t->name);
	}
}

static json_t *threat(const struct finding *f)
{
	json_t *tactic[2] = { json_array(), json_array() };
	json_t *technique[2] = { json_array(), json_array() };
	json_t *below[2] = { json_array(), json_array() };
	json_t *o = json_object(), *t = json_object(), *k = json_object(),
	       *sub = json_object();

	for (size_t i = 0; i < f->ntechniques; i++) {
		const struct technique_info *info = technique_info(f->techniques[i]);

		add_tactics(tactic[0], tactic[1], info->tactics);
		add_technique(technique, below, info);
	}
	json_put_text(o, "framework", "MITRE ATT&CK");
	json_put_object(k, "id", tactic[0]);
	json_put_object(k, "name", tactic[1]);
	json_put_object(o, "tactic", k);
	json_put_object(sub, "id", below[0]);
	json_put_object(sub, "name", below[1]);
	json_put_object(t, "id", technique[0]);
	json_put_object(t, "name", technique[1]);
	json_put_object(t, "subtechnique", sub);
	json_put_object(o, "technique", t);
	return o;
}

static json_t *process(const struct finding_process *p)
{
	json_t *o = json_object(), *args;

	json_put_text(o, "entity_id", p->uid);
	json_put_number(o, "pid", p->pid > 0, p->pid);
	if (p->exe)
		json_put(o, "name", json_escaped(slice_basename(slice_str(p->exe)).ptr));
	json_put_text(o, "executable", p->exe);
	if (p->argv) {
		args = json_array();
		for (size_t i = 0; i < p->argc; i++)
			json_array_append_new(args, json_escaped(p->argv[i]));
		json_put(o, "args", args);
		json_put_number(o, "args_count", true, (int64_t)p->argc_total);
	}
	json_put(o, "command_line", json_command_line(p));
	json_put_text(o, "working_directory", p->cwd);
	json_put_stamp(o, "start", p->started);
	return o;
}

static void put_user(json_t *o, const struct finding_process *p)
{
	json_t *user = json_object();
	char id[16];

	if (p->observed && p->user_id != AUDIT_ID_UNSET) {
		snprintf(id, sizeof(id), "%u", p->user_id);
		json_put_text(user, "id", id);
	}
	json_put_text(user, "name", p->uid_name);
	json_put_object(o, "user", user);
}

static void put_file(json_t *o, const struct finding_target *t)
{
	json_t *file = json_object();

	json_put_text(file, "path", t->path);
	if (t->path)
		json_put(file, "name",
			 json_escaped(slice_basename(slice_str(t->path)).ptr));
	if (t->sha256)
		json_put(file, "hash", json_pack("{ss}", "sha256", t->sha256));
	json_put_object(o, "file", file);
}

static json_t *endpoint(const char *addr, int32_t port)
{
	json_t *o = json_object();

	json_put_text(o, "ip", addr);
	json_put_number(o, "port", port >= 0, port);
	return o;
}

static void put_network(json_t *o, const struct finding_network *n)
{
	bool inbound = n->direction && strcmp(n->direction, "inbound") == 0;
	bool inet = n->family && strncmp(n->family, "inet", 4) == 0;
	json_t *network = json_object();

	/* A socket's path is no address. */
	if (inet || !n->family) {
		json_put_object(o, inbound ? "source" : "destination",
				endpoint(n->remote_addr, n->remote_port));
		json_put_object(o, inbound ? "destination" : "source",
				endpoint(n->local_addr, n->local_port));
	}
	if (n->direction && strcmp(n->direction, "unknown") != 0)
		json_put_text(network, "direction", n->direction);
	json_put_object(o, "network", network);
}

static void put_container(json_t *o, const struct finding_container *c)
{
	json_t *container = json_object(), *image = json_object(), *pod = json_object();
	json_t *orchestrator = json_object();

	json_put_text(container, "id", c->id);
	json_put_text(container, "name", c->name);
	json_put_text(container, "runtime", c->runtime);
	json_put_text(image, "name", c->image);
	json_put_object(container, "image", image);
	json_put_object(o, "container", container);
	json_put_text(pod, "name", c->pod);
	if (c->pod)
		json_put_text(pod, "type", "pod");
	json_put_object(orchestrator, "resource", pod);
	json_put_text(orchestrator, "namespace", c->ns);
	json_put_object(o, "orchestrator", orchestrator);
}

static json_t *rule(const struct finding *f)
{
	json_t *o = json_object();

	json_put_text(o, "id", f->detector->id);
	json_put_text(o, "name", f->detector->title);
	json_put_text(o, "description", f->detector->description);
	json_put_text(o, "ruleset", PACKAGE_NAME);
	return o;
}

void ecs_finding(struct report *report, int64_t id, const struct finding *f)
{
	json_t *o = json_object(), *p;

	json_put_stamp(o, "@timestamp", f->first_seen ? f->first_seen : 1);
	json_put(o, "ecs", json_pack("{ss}", "version", "9.4.0"));
	json_put_text(o, "message", f->summary);
	json_put(o, "event", event(id, f));
	json_put(o, "rule", rule(f));
	json_put(o, "threat", threat(f));
	if (f->host)
		json_put(o, "host", json_pack("{so}", "name", json_escaped(f->host)));
	if (f->process) {
		p = process(f->process);
		if (f->nancestry)
			json_put(p, "parent", process(f->ancestry[0]));
		json_put(o, "process", p);
		put_user(o, f->process);
	}
	if (f->target)
		put_file(o, f->target);
	if (f->network)
		put_network(o, f->network);
	if (f->container)
		put_container(o, f->container);
	json_dumpf(o, report->out, JSON_COMPACT);
	fputc('\n', report->out);
	json_decref(o);
}
