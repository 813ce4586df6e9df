/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The response steps of the catalog, with the values of one finding. */
#include <string.h>

#include "base/compiler.h"
#include "base/escape.h"
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

/* ---- the values ---- */

static const struct finding_container nowhere;

static const struct finding_container *container_of_finding(const struct show *show)
{
	return show->finding->container ? show->finding->container : &nowhere;
}

static const char *text_exe(const struct show *show)
{
	return show->finding->process ? show->finding->process->exe : NULL;
}

static const char *text_path(const struct show *show)
{
	const struct finding_target *t = show->finding->target;

	return t && t->path ? t->path : text_exe(show);
}

/* The file, where it has a name that can be opened. */
static const char *text_file(const struct show *show)
{
	const struct finding_target *t = show->finding->target;

	if (!t || !t->path || t->path[0] != '/' || strncmp(t->path, "/memfd:", 7) == 0 ||
	    (t->kind && strcmp(t->kind, "memfd") == 0) ||
	    show->finding->detector == detector_info(DETECT_DELETED_BINARY_EXECUTED))
		return NULL;
	return t->path;
}

static const char *text_hostfile(const struct show *show)
{
	return show->finding->container ? NULL : text_file(show);
}

static const char *text_container(const struct show *show)
{
	const struct finding_container *c = container_of_finding(show);

	return c->name ? c->name : c->id;
}

/* Name or id, where that runtime is known to run it. */
static const char *by_runtime(const struct show *show, const char *runtime)
{
	const struct finding_container *c = container_of_finding(show);

	return c->runtime && strcmp(c->runtime, runtime) == 0 ? text_container(show)
							      : NULL;
}

static const char *text_docker(const struct show *show)
{
	return by_runtime(show, "docker");
}

static const char *text_podman(const struct show *show)
{
	return by_runtime(show, "podman");
}

/* nerdctl looks for containers outside of Kubernetes by id as well. */
static const char *text_containerd(const struct show *show)
{
	return by_runtime(show, "containerd");
}

/* crictl knows ids only. */
static const char *text_crio(const struct show *show)
{
	return by_runtime(show, "cri-o") ? container_of_finding(show)->id : NULL;
}

static const char *text_lxc(const struct show *show)
{
	return by_runtime(show, "lxc");
}

static const char *text_pod(const struct show *show)
{
	return container_of_finding(show)->pod;
}

static const char *text_namespace(const struct show *show)
{
	return container_of_finding(show)->ns;
}

static const char *text_image(const struct show *show)
{
	return container_of_finding(show)->image;
}

static const char *text_sha256(const struct show *show)
{
	return show->finding->target ? show->finding->target->sha256 : NULL;
}

static const char *text_manifest(const struct show *show)
{
	return show->finding->manifest;
}

static void add_pid(struct strbuf *out, const struct show *show)
{
	const struct finding_process *p = show->finding->process;

	if (p && p->pid > 0)
		strbuf_printf(out, "%lld", (long long)p->pid);
}

static void add_serial(struct strbuf *out, const struct show *show)
{
	const struct finding *f = show->finding;

	if (f->nevidence > 0)
		strbuf_printf(
			out, "%llu",
			(unsigned long long)f->evidence[f->nevidence - 1].id.serial);
}

static void add_time(struct strbuf *out, const struct show *show)
{
	char text[STAMP_MAX];

	if (show->finding->first_seen == 0)
		return;
	stamp_short(show->finding->first_seen, text);
	strbuf_printf(out, "%s UTC", text);
}

static void add_remote(struct strbuf *out, const struct show *show)
{
	const struct finding_network *n = show->finding->network;

	if (n)
		text_add_address(out, n->remote_addr, n->remote_port);
}

/* Of a pod's containers the one. */
static void add_pod_container(struct strbuf *out, const struct show *show)
{
	const struct finding_container *c = container_of_finding(show);

	if (c->name) {
		strbuf_add_str(out, " -c ");
		add_quoted(out, c->name);
	}
}

/* ", key: 'value'" for YAML; pattern: what means more in it is taken literally. */
static void add_point(struct strbuf *out, const char *key, const char *value,
		      bool pattern)
{
	struct strbuf text;

	if (!value)
		return;
	strbuf_init(&text);
	for (const char *p = value; *p; p++) {
		if (pattern && strchr("*?[\\", *p))
			strbuf_add_char(&text, '\\');
		strbuf_add_char(&text, *p);
		if (*p == '\'')
			strbuf_add_char(&text, '\'');
	}
	strbuf_printf(out, ", %s: '", key);
	escape_add(out, strbuf_slice(&text));
	strbuf_add_char(out, '\'');
	strbuf_fini(&text);
}

static void add_exception(struct strbuf *out, const struct show *show)
{
	const struct finding *f = show->finding;
	const struct finding_target *t = f->target;

	/* What says no more than the detector would cover all that it finds. */
	if (!t && !text_exe(show) && !f->network)
		return;
	strbuf_add_str(out, "{detector: ");
	text_add(out, f->detector->id);
	add_point(out, "path", t ? t->path : NULL, true);
	add_point(out, "writer", t && t->writer ? t->writer->exe : NULL, true);
	if (!t)
		add_point(out, "exe", text_exe(show), true);
	add_point(out, "image", text_image(show), true);
	add_point(out, "remote", f->network ? f->network->remote_addr : NULL, false);
	strbuf_add_str(out, ", reason: WHY}");
}

static const struct {
	const char *name;
	const char *(*text)(const struct show *show); /* quoted when it is added */
	void (*add)(struct strbuf *out, const struct show *show);
	bool optional; /* nothing is a value as well */
} values[] = {
	{ .name = "exe", .text = text_exe },
	{ .name = "path", .text = text_path },
	{ .name = "file", .text = text_file },
	{ .name = "hostfile", .text = text_hostfile },
	{ .name = "container", .text = text_container },
	{ .name = "docker", .text = text_docker },
	{ .name = "podman", .text = text_podman },
	{ .name = "containerd", .text = text_containerd },
	{ .name = "cri-o", .text = text_crio },
	{ .name = "lxc", .text = text_lxc },
	{ .name = "pod", .text = text_pod },
	{ .name = "namespace", .text = text_namespace },
	{ .name = "image", .text = text_image },
	{ .name = "sha256", .text = text_sha256 },
	{ .name = "manifest", .text = text_manifest },
	{ .name = "id", .add = show_add_id },
	{ .name = "pid", .add = add_pid },
	{ .name = "serial", .add = add_serial },
	{ .name = "time", .add = add_time },
	{ .name = "remote", .add = add_remote },
	{ .name = "exception", .add = add_exception },
	{ .name = "-c", .add = add_pod_container, .optional = true },
};

/* Adds the value of a {name}; false when it is not known. */
static bool add_value(struct strbuf *out, struct slice name, const struct show *show)
{
	size_t before = out->len;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *text;

		if (!slice_eq_str(name, values[i].name))
			continue;
		if (values[i].add)
			values[i].add(out, show);
		else if ((text = values[i].text(show)))
			add_quoted(out, text);
		return values[i].optional || out->len > before;
	}
	return false;
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

/* ---- the steps ---- */

void show_steps_begin(struct show_steps *steps, const struct show *show)
{
	*steps = (struct show_steps){ .show = show,
				      .rest = show->finding->detector->response,
				      .done = STEP_GROUPS };
}

bool show_steps_next(struct show_steps *steps, struct strbuf *out)
{
	const struct step_info *list;
	size_t n;

	while (*steps->rest) {
		size_t len = strcspn(steps->rest, "\n");
		struct slice step = slice_make(steps->rest, len);

		steps->rest += len + (steps->rest[len] == '\n');
		if (len > 0 && show_add_step(out, step, steps->show))
			return true;
	}
	list = step_list(&n);
	while (steps->next < n) {
		const struct step_info *step = &list[steps->next++];

		if (step->group != steps->done &&
		    show_add_step(out, slice_str(step->text), steps->show)) {
			steps->done = step->group;
			return true;
		}
	}
	return false;
}
