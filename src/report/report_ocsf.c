/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OCSF Detection Finding, class 2004 of schema 1.8.0 (schema.ocsf.io): the
 * same facts, an object a line. What OCSF has no place for stands in
 * "unmapped".
 */
#include <string.h>

#include "base/stamp.h"
#include "report/formats.h"
#include "report/json_put.h"

enum {
	OCSF_CREATE = 1,
	OCSF_FINDINGS = 2,
	OCSF_DETECTION_FINDING = 2004,
	OCSF_NEW = 1,
	OCSF_LINUX = 200,
	OCSF_REGULAR_FILE = 1,
	OCSF_SHA256 = 3,
	OCSF_RULE = 1,
};

/* observable.type_id */
enum { OBS_HOSTNAME = 1, OBS_IP = 2, OBS_HASH = 8, OBS_PATH = 45 };

static json_t *number(int64_t value)
{
	return json_integer(value);
}

static json_t *metadata(const struct finding *f)
{
	json_t *o = json_object(), *product = json_object();
	char id[64];

	json_put_text(product, "name", PACKAGE_NAME);
	json_put_text(product, "vendor_name", PACKAGE_NAME);
	json_put_text(product, "version", PACKAGE_VERSION);
	json_put_text(o, "version", "1.8.0");
	json_put(o, "product", product);
	json_put(o, "profiles", json_pack("[s]", "host"));
	json_put_text(o, "log_name", "audit.log");
	if (f->nevidence) {
		const struct event_id *e = &f->evidence[f->nevidence - 1].id;

		snprintf(id, sizeof(id), "%lld.%03d:%llu", (long long)(e->time / 1000),
			 (int)(e->time % 1000), (unsigned long long)e->serial);
		json_put_text(o, "original_event_uid", id);
	}
	return o;
}

static json_t *device(const struct finding *f)
{
	json_t *o = json_object(), *os = json_object();

	json_put_text(os, "name", "Linux");
	json_put(os, "type_id", number(OCSF_LINUX));
	json_put(o, "type_id", number(0));
	json_put_text(o, "hostname", f->host);
	json_put(o, "os", os);
	return o;
}

static json_t *attack(const struct technique_info *t)
{
	json_t *o = json_object(), *technique = json_object(), *tactics = json_array();

	json_put_text(technique, "uid", t->id);
	json_put_text(technique, "name", t->name);
	json_put_text(o, "version", "19");
	json_put(o, strchr(t->id, '.') ? "sub_technique" : "technique", technique);
	for (const char *p = t->tactics; *p;) {
		size_t len = strcspn(p, ",");
		const struct tactic_info *tactic = tactic_find(slice_make(p, len));

		if (tactic)
			json_array_append_new(tactics,
					      json_pack("{ssss}", "uid", tactic->id,
							"name", tactic->name));
		p += len + (p[len] == ',');
	}
	if (json_array_size(tactics) == 1)
		json_put(o, "tactic", json_incref(json_array_get(tactics, 0)));
	json_put_object(o, "tactics", tactics);
	return o;
}

static json_t *finding_info(const struct finding *f)
{
	json_t *o = json_object(), *analytic = json_object(), *attacks = json_array();

	json_put_text(o, "uid", f->uid);
	json_put_text(o, "title", f->detector->title);
	json_put_text(o, "desc", f->detector->description);
	json_put_number(o, "created_time", true, f->first_seen);
	json_put_number(o, "first_seen_time", f->first_seen != 0, f->first_seen);
	json_put_number(o, "last_seen_time", f->last_seen != 0, f->last_seen);
	json_put(analytic, "type_id", number(OCSF_RULE));
	json_put_text(analytic, "uid", f->detector->id);
	json_put_text(analytic, "name", f->detector->title);
	json_put(o, "analytic", analytic);
	for (size_t i = 0; i < f->ntechniques; i++)
		json_array_append_new(attacks, attack(technique_info(f->techniques[i])));
	json_put_object(o, "attacks", attacks);
	return o;
}

static json_t *file(const char *path, const char *sha256)
{
	json_t *o = json_object(), *hash;

	json_put(o, "name", json_escaped(slice_basename(slice_str(path)).ptr));
	json_put_text(o, "path", path);
	json_put(o, "type_id", number(OCSF_REGULAR_FILE));
	if (sha256) {
		hash = json_object();
		json_put(hash, "algorithm_id", number(OCSF_SHA256));
		json_put_text(hash, "value", sha256);
		json_put(o, "hashes", json_pack("[o]", hash));
	}
	return o;
}

static json_t *process(const struct finding_process *p)
{
	json_t *o = json_object(), *user;
	char uid[16];

	json_put_text(o, "uid", p->uid);
	json_put_number(o, "pid", p->pid > 0, p->pid);
	json_put(o, "cmd_line", json_command_line(p));
	if (p->exe)
		json_put(o, "file", file(p->exe, NULL));
	json_put_text(o, "working_directory", p->cwd);
	json_put_number(o, "created_time", p->started != 0, p->started);
	if (p->observed && p->user_id != AUDIT_ID_UNSET) {
		user = json_object();
		snprintf(uid, sizeof(uid), "%u", p->user_id);
		json_put_text(user, "uid", uid);
		json_put_text(user, "name", p->uid_name);
		json_put(o, "user", user);
	}
	return o;
}

static bool is_inbound(const struct finding_network *n)
{
	return n->direction && strcmp(n->direction, "inbound") == 0;
}

static json_t *endpoint(const char *addr, int32_t port)
{
	json_t *o = json_object();

	json_put_text(o, "ip", addr);
	json_put_number(o, "port", port >= 0, port);
	return o;
}

static json_t *evidences(const struct finding *f)
{
	json_t *o = json_object(), *p;

	if (f->process) {
		p = process(f->process);
		if (f->nancestry)
			json_put(p, "parent_process", process(f->ancestry[0]));
		json_put(o, "process", p);
	}
	if (f->target && f->target->path)
		json_put(o, "file", file(f->target->path, f->target->sha256));
	if (f->network) {
		json_put_object(
			o, is_inbound(f->network) ? "src_endpoint" : "dst_endpoint",
			endpoint(f->network->remote_addr, f->network->remote_port));
		json_put_object(o,
				is_inbound(f->network) ? "dst_endpoint" : "src_endpoint",
				endpoint(f->network->local_addr, f->network->local_port));
	}
	if (f->container && f->container->id) {
		json_t *c = json_object(), *image = json_object();

		json_put_text(c, "uid", f->container->id);
		json_put_text(c, "name", f->container->name);
		json_put_text(image, "name", f->container->image);
		json_put_text(image, "uid", f->container->image_digest);
		json_put_object(c, "image", image);
		json_put_text(c, "runtime", f->container->runtime);
		json_put(o, "container", c);
	}
	return json_pack("[o]", o);
}

static void observe(json_t *list, const char *name, int type, const char *value)
{
	json_t *o;

	if (!value || !value[0])
		return;
	o = json_object();
	json_put_text(o, "name", name);
	json_put(o, "type_id", number(type));
	json_put_text(o, "value", value);
	json_array_append_new(list, o);
}

static json_t *observables(const struct finding *f)
{
	json_t *list = json_array();

	observe(list, "device.hostname", OBS_HOSTNAME, f->host);
	if (f->process)
		observe(list, "evidences[].process.file.path", OBS_PATH, f->process->exe);
	if (f->target) {
		observe(list, "evidences[].file.path", OBS_PATH, f->target->path);
		observe(list, "evidences[].file.hashes[].value", OBS_HASH,
			f->target->sha256);
	}
	if (f->network && f->network->family &&
	    strncmp(f->network->family, "inet", 4) == 0)
		observe(list,
			is_inbound(f->network) ? "evidences[].src_endpoint.ip"
					       : "evidences[].dst_endpoint.ip",
			OBS_IP, f->network->remote_addr);
	return list;
}

void ocsf_finding(struct report *report, int64_t id, const struct finding *f)
{
	json_t *o = json_object(), *rest = json_object();

	json_put(o, "activity_id", number(OCSF_CREATE));
	json_put(o, "category_uid", number(OCSF_FINDINGS));
	json_put(o, "class_uid", number(OCSF_DETECTION_FINDING));
	json_put(o, "type_uid", number(OCSF_DETECTION_FINDING * 100 + OCSF_CREATE));
	json_put(o, "severity_id", number((int)f->severity + 1));
	json_put(o, "confidence_id", number((int)f->confidence + 1));
	json_put(o, "status_id", number(OCSF_NEW));
	json_put(o, "is_alert", json_boolean(f->severity >= SEV_MEDIUM));
	json_put(o, "time", number(f->first_seen));
	json_put_number(o, "start_time", f->first_seen != 0, f->first_seen);
	json_put_number(o, "end_time", f->last_seen != 0, f->last_seen);
	json_put_number(o, "count", true, (int64_t)f->count);
	json_put_text(o, "message", f->summary);
	json_put(o, "metadata", metadata(f));
	json_put(o, "device", device(f));
	json_put(o, "finding_info", finding_info(f));
	json_put(o, "evidences", evidences(f));
	json_put_object(o, "observables", observables(f));
	json_put_number(rest, "id", id > 0, id);
	json_put_text(rest, "caveat", f->caveat);
	json_put_text(rest, "manifest", f->manifest);
	if (f->network)
		json_put_text(rest, "data_path", f->network->path);
	if (f->session)
		json_put_object(rest, "session", json_session(f->session));
	json_put_object(o, "unmapped", rest);
	json_dumpf(o, report->out, JSON_COMPACT);
	fputc('\n', report->out);
	json_decref(o);
}
