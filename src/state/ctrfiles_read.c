/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in each kind of state file. */
#include <jansson.h>
#include <string.h>

#include "base/compiler.h"
#include "base/stamp.h"
#include "state/container_cli.h"
#include "state/ctrfiles_priv.h"

enum { LIMIT_LIST = 65536 };

static json_t *load(struct slice text)
{
	json_error_t error;

	/* jansson goes 2048 deep at most (JSON_PARSER_MAX_DEPTH) */
	return json_loadb(text.ptr ? text.ptr : "", text.len, 0, &error);
}

static struct slice text_of(const json_t *value)
{
	if (!json_is_string(value))
		return (struct slice){ NULL, 0 };
	return slice_make(json_string_value(value), json_string_length(value));
}

static struct slice get(const json_t *object, const char *key)
{
	return text_of(json_object_get(object, key));
}

/* "sha256:" and 64 digits, from either form. */
static void set_image_id(char **field, struct slice id)
{
	static const struct slice prefix = SLICE_LIT("sha256:");
	struct strbuf whole;

	if (slice_starts(id, prefix))
		id = slice_skip(id, prefix.len);
	if (!container_is_long_id(id))
		return;
	strbuf_init(&whole);
	strbuf_add_slice(&whole, prefix);
	strbuf_add_slice(&whole, id);
	ctrfacts_set(field, strbuf_slice(&whole));
	strbuf_fini(&whole);
}

/* The digest behind "name@sha256:...". */
static struct slice reference_digest(struct slice ref)
{
	const char *at = ref.len ? memchr(ref.ptr, '@', ref.len) : NULL;

	return at ? slice_skip(ref, (size_t)(at - ref.ptr) + 1)
		  : (struct slice){ NULL, 0 };
}

static void set_created(struct ctrfacts *facts, struct slice when)
{
	if (facts->created == 0 && when.len)
		stamp_parse(when.ptr, 0, &facts->created);
}

/* ---- annotations ---- */

/*
 * containerd: pkg/cri/annotations; CRI-O: pkg/annotations. podman writes some
 * of CRI-O's keys too, but says io.container.manager=libpod.
 */
static const struct {
	const char *key;
	size_t field;
} annotations[] = {
#define FIELD(key, name)                             \
	{                                            \
		key, offsetof(struct ctrfacts, name) \
	}
	FIELD("io.kubernetes.cri.container-name", name),
	FIELD("io.kubernetes.container.name", name),
	FIELD("io.kubernetes.cri.sandbox-name", pod),
	FIELD("io.kubernetes.pod.name", pod),
	FIELD("io.kubernetes.cri.sandbox-namespace", ns),
	FIELD("io.kubernetes.pod.namespace", ns),
	FIELD("io.kubernetes.cri.sandbox-id", sandbox),
	FIELD("io.kubernetes.cri-o.SandboxID", sandbox),
	FIELD("io.kubernetes.cri.image-name", image),
	FIELD("io.kubernetes.cri-o.ImageName", image),
	FIELD("io.kubernetes.cri-o.Image", image),
#undef FIELD
};

typedef struct slice annotation_fn(const void *from, const char *key);

static struct slice from_object(const void *from, const char *key)
{
	return get(from, key);
}

/* runc's state.json has them as a list of "key=value". */
static struct slice from_labels(const void *from, const char *key)
{
	const json_t *list = from;
	size_t len = strlen(key);

	for (size_t i = 0; i < json_array_size(list) && i < LIMIT_LIST; i++) {
		struct slice label = text_of(json_array_get(list, i));

		if (label.len > len && label.ptr[len] == '=' &&
		    memcmp(label.ptr, key, len) == 0)
			return slice_skip(label, len + 1);
	}
	return (struct slice){ NULL, 0 };
}

static void take_annotations(struct ctrfacts *facts, const void *from,
			     annotation_fn *value)
{
	struct slice manager = value(from, "io.container.manager");
	struct slice ref;

	if (slice_eq_str(manager, "libpod")) {
		ctrfacts_set(&facts->runtime, SLICE_LIT("podman"));
		return;
	}
	if (slice_eq_str(manager, "cri-o"))
		ctrfacts_set(&facts->runtime, manager);
	for (size_t i = 0; i < ARRAY_SIZE(annotations); i++)
		ctrfacts_set((char **)((char *)facts + annotations[i].field),
			     value(from, annotations[i].key));
	ref = value(from, "io.kubernetes.cri-o.ImageRef");
	ctrfacts_set(&facts->image_digest, reference_digest(ref));
	set_image_id(&facts->image_id, ref);
}

/* ---- OCI config.json ---- */

static void set_joined(char **field, struct slice dir, struct slice name)
{
	struct strbuf path;

	strbuf_init(&path);
	if (name.len && name.ptr[0] != '/' && dir.len) {
		strbuf_add_slice(&path, dir);
		strbuf_add_char(&path, '/');
	}
	strbuf_add_slice(&path, name);
	if (path.len && path.ptr[0] == '/')
		ctrfacts_set(field, strbuf_slice(&path));
	strbuf_fini(&path);
}

static bool take_config(struct ctrfile *file, struct slice id, const char *runtime)
{
	json_t *config = load(file->text);
	const json_t *root = json_object_get(config, "root");
	struct ctrfacts *facts =
		json_is_object(config) ? ctrfiles_add(file->files, id) : NULL;

	if (facts) {
		const json_t *notes = json_object_get(config, "annotations");

		if (json_is_object(notes))
			take_annotations(facts, notes, from_object);
		ctrfacts_set(&facts->runtime, slice_str(runtime));
		set_joined(&facts->rootfs, slice_str(facts->bundle), get(root, "path"));
	}
	json_decref(config);
	return facts != NULL;
}

bool ctrread_task_config(struct ctrfile *file)
{
	bool docker = slice_eq_str(file->star[0], "moby");

	return take_config(file, file->star[1], docker ? "docker" : "containerd");
}

bool ctrread_storage_config(struct ctrfile *file)
{
	return take_config(file, file->star[file->nstars - 1], NULL);
}

bool ctrread_crun_config(struct ctrfile *file)
{
	return take_config(file, file->star[file->nstars - 1], "crun");
}

/* ---- the OCI runtimes' own ---- */

bool ctrread_crun_status(struct ctrfile *file)
{
	json_t *status = load(file->text);
	struct ctrfacts *facts =
		json_is_object(status)
			? ctrfiles_add(file->files, file->star[file->nstars - 1])
			: NULL;

	if (facts) {
		facts->init_pid = json_integer_value(json_object_get(status, "pid"));
		ctrfacts_set(&facts->bundle, get(status, "bundle"));
		set_joined(&facts->rootfs, slice_str(facts->bundle),
			   get(status, "rootfs"));
		set_created(facts, get(status, "created"));
	}
	json_decref(status);
	return facts != NULL;
}

bool ctrread_runc_state(struct ctrfile *file)
{
	json_t *state = load(file->text);
	const json_t *config = json_object_get(state, "config");
	struct slice id = get(state, "id");
	struct ctrfacts *facts =
		json_is_object(config) ? ctrfiles_add(file->files, id) : NULL;

	if (facts) {
		const json_t *labels = json_object_get(config, "labels");
		const json_t *pid = json_object_get(state, "init_process_pid");

		if (json_integer_value(pid) > 0)
			facts->init_pid = json_integer_value(pid);
		set_created(facts, get(state, "created"));
		ctrfacts_set(&facts->rootfs, get(config, "rootfs"));
		ctrfacts_set(&facts->bundle, from_labels(labels, "bundle"));
		take_annotations(facts, labels, from_labels);
		ctrfacts_set(&facts->runtime, SLICE_LIT("runc"));
	}
	json_decref(state);
	return facts != NULL;
}

/* ---- docker ---- */

bool ctrread_docker(struct ctrfile *file)
{
	json_t *state = load(file->text);
	const json_t *config = json_object_get(state, "Config");
	struct ctrfacts *facts = json_is_object(config)
					 ? ctrfiles_add(file->files, get(state, "ID"))
					 : NULL;

	if (facts) {
		const json_t *now = json_object_get(state, "State");
		struct slice name = get(state, "Name"), image = get(config, "Image");

		take_annotations(facts, json_object_get(config, "Labels"), from_object);
		if (name.len && name.ptr[0] == '/')
			name = slice_skip(name, 1);
		ctrfacts_set(&facts->name, name);
		ctrfacts_set(&facts->image, image);
		ctrfacts_set(&facts->image_digest, reference_digest(image));
		set_image_id(&facts->image_id, get(state, "Image"));
		ctrfacts_set(&facts->runtime, SLICE_LIT("docker"));
		if (json_integer_value(json_object_get(now, "Pid")) > 0)
			facts->init_pid = json_integer_value(json_object_get(now, "Pid"));
		set_created(facts, get(now, "StartedAt"));
	}
	json_decref(state);
	return facts != NULL;
}

/* {"Repositories":{"NAME":{"NAME:TAG":"sha256:ID","NAME@sha256:D":"sha256:ID"}}} */
bool ctrread_docker_images(struct ctrfile *file)
{
	json_t *list = load(file->text);
	json_t *repositories = json_object_get(list, "Repositories");
	bool good = json_is_object(repositories);
	const char *name, *ref;
	json_t *tags, *id;

	json_object_foreach(repositories, name, tags)
	{
		json_object_foreach(tags, ref, id)
		{
			struct slice digest = reference_digest(slice_str(ref));

			ctrfiles_image(file->files, text_of(id),
				       digest.len ? (struct slice){ NULL, 0 }
						  : slice_str(ref),
				       digest);
		}
	}
	json_decref(list);
	return good;
}

/* ---- containers/storage: podman, CRI-O, buildah ---- */

static void take_stored(struct ctrfile *file, const json_t *entry)
{
	struct ctrfacts *facts = ctrfiles_add(file->files, get(entry, "id"));
	json_t *metadata;

	if (!facts)
		return;
	metadata = load(get(entry, "metadata")); /* JSON in a string */
	ctrfacts_set(&facts->name, get(metadata, "name"));
	ctrfacts_set(&facts->name,
		     text_of(json_array_get(json_object_get(entry, "names"), 0)));
	ctrfacts_set(&facts->image, get(metadata, "image-name"));
	set_image_id(&facts->image_id, get(entry, "image"));
	json_decref(metadata);
}

bool ctrread_storage_list(struct ctrfile *file)
{
	json_t *list = load(file->text);
	bool good = json_is_array(list);

	for (size_t i = 0; i < json_array_size(list) && i < LIMIT_LIST; i++)
		take_stored(file, json_array_get(list, i));
	json_decref(list);
	return good;
}

bool ctrread_storage_images(struct ctrfile *file)
{
	json_t *list = load(file->text);
	bool good = json_is_array(list);

	for (size_t i = 0; i < json_array_size(list) && i < LIMIT_LIST; i++) {
		const json_t *entry = json_array_get(list, i);
		char *id = NULL;

		set_image_id(&id, get(entry, "id"));
		ctrfiles_image(
			file->files, slice_str(id),
			text_of(json_array_get(json_object_get(entry, "names"), 0)),
			get(entry, "digest"));
		free(id);
	}
	json_decref(list);
	return good;
}

/* ---- LXC: lxc.container.conf(5) ---- */

static struct slice trim(struct slice s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_skip(s, 1);
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' ||
			 s.ptr[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* "dir:/var/lib/lxc/web1/rootfs", "overlay:LOWER:UPPER" */
static void take_lxc_root(struct ctrfacts *facts, struct slice value)
{
	const char *colon = value.len ? memchr(value.ptr, ':', value.len) : NULL;

	if (colon && value.ptr[0] != '/')
		value = slice_skip(value, (size_t)(colon - value.ptr) + 1);
	if (value.len && value.ptr[0] == '/' && !memchr(value.ptr, ':', value.len))
		ctrfacts_set(&facts->rootfs, value);
}

bool ctrread_lxc(struct ctrfile *file)
{
	struct slice id = file->star[file->nstars - 1], rest = file->text;
	struct ctrfacts *facts = ctrfiles_add(file->files, id);

	if (!facts)
		return false;
	ctrfacts_set(&facts->name, id);
	ctrfacts_set(&facts->runtime, SLICE_LIT("lxc"));
	while (rest.len) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct slice line =
			slice_make(rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len);
		const char *eq = memchr(line.ptr, '=', line.len);
		struct slice key =
			eq ? slice_make(line.ptr, (size_t)(eq - line.ptr)) : line;

		rest = slice_skip(rest, line.len + 1);
		if (eq && (slice_eq_str(trim(key), "lxc.rootfs.path") ||
			   slice_eq_str(trim(key), "lxc.rootfs")))
			take_lxc_root(facts, trim(slice_skip(line, key.len + 1)));
	}
	return true;
}
