/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which layers make up the image, from the JSON of its archive: the index,
 * manifest and configuration of the OCI image layout, or manifest.json of
 * `docker save`. Newer docker archives have both; then the index is read.
 */
#include "manifest/image.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "base/num.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "manifest/limits.h"

enum { PREFIX_MIN = 12 }; /* digits of an id that are enough to name it */

/* An image that the archive holds. */
struct candidate {
	const char *digest; /* of its OCI manifest, 64 hex digits; NULL: docker */
	const char *name;   /* NULL: it has none */
	const char *id;     /* of its configuration, 64 hex digits */
	const char *arch;   /* NULL: not said */
	json_t *doc;        /* the manifest; owned */
};

struct plan {
	struct image *image;
	const struct image_texts *texts;
	struct candidate found[IMAGE_CANDIDATES_MAX];
	size_t nfound;
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* "sha256:HEX" to its 64 digits, NULL when it is something else. */
static const char *digest_of(const char *digest)
{
	if (!digest || strncmp(digest, "sha256:", 7) != 0)
		return NULL;
	digest += 7;
	if (strlen(digest) != SHA256_HEX ||
	    strspn(digest, "0123456789abcdef") != SHA256_HEX)
		return NULL;
	return digest;
}

static const char *blob_name(struct plan *p, const char *digest)
{
	return arena_printf(&p->image->arena, "/blobs/sha256/%s", digest);
}

static void hex_digest(struct slice text, char hex[static SHA256_HEX + 1])
{
	struct sha256 *sha = sha256_new();
	uint8_t digest[SHA256_LEN];

	sha256_add(sha, text.ptr, text.len);
	sha256_end(sha, digest);
	sha256_free(&sha);
	hex_encode(digest, sizeof(digest), hex);
}

/* NULL with the image failed. */
static json_t *parse(struct plan *p, const char *name, struct slice text)
{
	json_error_t error;
	json_t *doc = json_loadb(text.ptr, text.len, 0, &error);

	if (!doc)
		image_fail(p->image, "%s:%d: not JSON: %s", name, error.line, error.text);
	return doc;
}

/* The document that a digest names, held against it; NULL: failed. */
static json_t *parse_blob(struct plan *p, const char *digest)
{
	const char *name = blob_name(p, digest);
	char hex[SHA256_HEX + 1];
	struct slice text;

	if (!p->texts->get(p->texts->ctx, name, &text)) {
		image_fail(p->image, "%s: not in the archive: is it complete?", name + 1);
		return NULL;
	}
	hex_digest(text, hex);
	if (strcmp(hex, digest) != 0) {
		image_fail(p->image, "%s: the digest is %s: the archive is damaged",
			   name + 1, hex);
		return NULL;
	}
	return parse(p, name + 1, text);
}

static bool have_blob(struct plan *p, const char *digest)
{
	struct slice text;

	return p->texts->get(p->texts->ctx, blob_name(p, digest), &text);
}

static const char *keep(struct plan *p, const char *text)
{
	return text ? arena_strdup(&p->image->arena, text) : NULL;
}

static struct candidate *add_candidate(struct plan *p, json_t *doc)
{
	if (p->nfound == IMAGE_CANDIDATES_MAX) {
		image_fail(p->image, "more than %d images in one archive: not read",
			   IMAGE_CANDIDATES_MAX);
		return NULL;
	}
	p->found[p->nfound] = (struct candidate){ .doc = json_incref(doc) };
	return &p->found[p->nfound++];
}

/* containerd writes the whole reference there, others only a tag. */
static const char *name_of(const json_t *descriptor)
{
	const json_t *notes = json_object_get(descriptor, "annotations");
	const char *name = text_of(notes, "io.containerd.image.name");

	return name ? name : text_of(notes, "org.opencontainers.image.ref.name");
}

/* Signatures and build records stand beside images and are none. */
static bool is_image(const json_t *descriptor)
{
	const json_t *notes = json_object_get(descriptor, "annotations");
	const char *os = text_of(json_object_get(descriptor, "platform"), "os");

	return !text_of(notes, "vnd.docker.reference.type") &&
	       !text_of(descriptor, "artifactType") &&
	       !(os && strcmp(os, "unknown") == 0);
}

static int collect(struct plan *p, json_t *index, const char *outer, int depth);

static int take_manifest(struct plan *p, json_t *doc, const json_t *descriptor,
			 const char *name)
{
	const json_t *config = json_object_get(doc, "config");
	const char *id = digest_of(text_of(config, "digest"));
	const char *digest = digest_of(text_of(descriptor, "digest"));
	struct candidate *c;

	if (!id || !json_is_array(json_object_get(doc, "layers")))
		return image_fail(p->image, "blobs/sha256/%s: no image manifest", digest);
	for (size_t i = 0; i < p->nfound; i++) {
		if (strcmp(p->found[i].digest, digest) == 0)
			return 0;
	}
	c = add_candidate(p, doc);
	if (!c)
		return -1;
	c->digest = keep(p, digest);
	c->name = keep(p, name);
	c->id = keep(p, id);
	c->arch =
		keep(p, text_of(json_object_get(descriptor, "platform"), "architecture"));
	return 0;
}

static int take_descriptor(struct plan *p, const json_t *descriptor, const char *outer,
			   int depth)
{
	const char *digest = digest_of(text_of(descriptor, "digest"));
	const char *name = name_of(descriptor);
	json_t *doc;
	int rc;

	if (!digest)
		return image_fail(p->image,
				  "the index names an image without a sha256 digest");
	/* An index may name images for other machines that were left out. */
	if (!is_image(descriptor) || (depth && !have_blob(p, digest)))
		return 0;
	doc = parse_blob(p, digest);
	if (!doc)
		return -1;
	if (json_object_get(doc, "manifests"))
		rc = collect(p, doc, name ? name : outer, depth + 1);
	else
		rc = take_manifest(p, doc, descriptor, name ? name : outer);
	json_decref(doc);
	return rc;
}

static int collect(struct plan *p, json_t *index, const char *outer, int depth)
{
	json_t *list = json_object_get(index, "manifests");
	json_t *descriptor;
	size_t i;

	if (!json_is_array(list) || depth > IMAGE_INDEX_DEPTH)
		return image_fail(p->image, "not an index of images, or too deep a one");
	json_array_foreach(list, i, descriptor)
	{
		if (take_descriptor(p, descriptor, outer, depth) < 0)
			return -1;
	}
	return 0;
}

static int collect_oci(struct plan *p, struct slice text)
{
	json_t *index = parse(p, "index.json", text);
	int rc = index ? collect(p, index, NULL, 0) : -1;

	json_decref(index);
	return rc;
}

/* The member of that name as a normalised path; NULL: failed. */
static const char *member(struct plan *p, const char *name)
{
	char path[MANIFEST_PATH_MAX + 1];

	if (!name || !image_path(name, path)) {
		image_fail(p->image, "manifest.json: names a file that is none");
		return NULL;
	}
	return arena_strdup(&p->image->arena, path);
}

static int take_saved(struct plan *p, json_t *saved)
{
	const char *config = member(p, text_of(saved, "Config"));
	json_t *tags = json_object_get(saved, "RepoTags");
	char hex[SHA256_HEX + 1];
	struct candidate *c;
	struct slice text;
	size_t i = 0;

	if (!config)
		return -1;
	if (!p->texts->get(p->texts->ctx, config, &text))
		return image_fail(p->image, "%s: not in the archive: is it complete?",
				  config + 1);
	hex_digest(text, hex);
	do { /* once without a tag, or once for each */
		c = add_candidate(p, saved);
		if (!c)
			return -1;
		c->id = keep(p, hex);
		c->name = keep(p, json_string_value(json_array_get(tags, i)));
	} while (++i < json_array_size(tags));
	return 0;
}

static int collect_docker(struct plan *p, struct slice text)
{
	json_t *list = parse(p, "manifest.json", text);
	json_t *saved;
	size_t i;
	int rc = list ? 0 : -1;

	if (list && !json_is_array(list))
		rc = image_fail(p->image, "manifest.json: not a list of images");
	json_array_foreach(list, i, saved)
	{
		if (rc == 0)
			rc = take_saved(p, saved);
	}
	json_decref(list);
	return rc;
}

static bool matches_id(const char *id, const char *asked)
{
	if (strncmp(asked, "sha256:", 7) == 0)
		asked += 7;
	return id && strlen(asked) >= PREFIX_MIN &&
	       strncmp(id, asked, strlen(asked)) == 0;
}

static bool matches(const struct candidate *c, const char *asked)
{
	return (c->name && strcmp(c->name, asked) == 0) || matches_id(c->id, asked) ||
	       matches_id(c->digest, asked);
}

/* This machine's architecture as images name it. */
static const char *own_arch(const struct utsname *host)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "i686", "386" },
		{ "armv7l", "arm" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(host->machine, names[i][0]) == 0)
			return names[i][1];
	}
	return host->machine;
}

static int say_choice(struct plan *p, const char *why)
{
	struct strbuf names;
	int rc;

	strbuf_init(&names);
	for (size_t i = 0; i < p->nfound; i++) {
		const struct candidate *c = &p->found[i];

		strbuf_printf(&names, "%s%s", i ? ", " : "", c->name ? c->name : c->id);
		if (c->arch)
			strbuf_printf(&names, " (%s)", c->arch);
	}
	rc = image_fail(p->image, "%s, holds %s: choose with --image", why,
			strbuf_str(&names));
	strbuf_fini(&names);
	return rc;
}

/* The one image that is meant; NULL: failed. Names of one image count once. */
static const struct candidate *choose(struct plan *p)
{
	const char *asked = p->image->r->options->image;
	const struct candidate *chosen = NULL, *native = NULL;
	bool several = false, several_native = false;
	struct utsname host;

	uname(&host);
	for (size_t i = 0; i < p->nfound; i++) {
		const struct candidate *c = &p->found[i];

		if (asked && !matches(c, asked))
			continue;
		several |= chosen && strcmp(chosen->id, c->id) != 0;
		if (!chosen)
			chosen = c;
		if (!c->arch || strcmp(c->arch, own_arch(&host)) != 0)
			continue;
		several_native |= native && strcmp(native->id, c->id) != 0;
		if (!native)
			native = c;
	}
	if (several && native && !several_native)
		return native;
	if (!several && chosen)
		return chosen;
	if (p->nfound == 0)
		image_fail(p->image, "holds no image");
	else
		say_choice(p, several ? "more than one image" : "no image of that name");
	return NULL;
}

static struct image_layer *add_layer(struct plan *p, const char *name)
{
	struct image *image = p->image;

	if (image->nlayers == IMAGE_LAYERS_MAX) {
		image_fail(image, "more than %d layers: not read", IMAGE_LAYERS_MAX);
		return NULL;
	}
	image->layers =
		xreallocarray(image->layers, image->nlayers + 1, sizeof(*image->layers));
	image->layers[image->nlayers] = (struct image_layer){ .name = name };
	return &image->layers[image->nlayers++];
}

static int take_oci_layers(struct plan *p, const struct candidate *c)
{
	json_t *list = json_object_get(c->doc, "layers");
	struct image_layer *layer;
	const char *digest, *type;
	json_t *descriptor;
	size_t i;

	json_array_foreach(list, i, descriptor)
	{
		digest = digest_of(text_of(descriptor, "digest"));
		type = text_of(descriptor, "mediaType");
		if (!digest)
			return image_fail(p->image, "a layer without a sha256 digest");
		if (type && (!strstr(type, ".tar") || strstr(type, "encrypted")))
			return image_fail(p->image,
					  "a layer of type \"%s\": "
					  "no file system, not read",
					  type);
		layer = add_layer(p, blob_name(p, digest));
		if (!layer)
			return -1;
		layer->blob_digest = keep(p, digest);
	}
	return 0;
}

static int take_docker_layers(struct plan *p, const struct candidate *c)
{
	const char *config = member(p, text_of(c->doc, "Config"));
	json_t *list = json_object_get(c->doc, "Layers");
	struct image_layer *layer;
	struct slice text;
	json_t *doc, *ids, *name;
	size_t i;

	if (!config || !p->texts->get(p->texts->ctx, config, &text))
		return -1;
	doc = parse(p, config + 1, text);
	if (!doc)
		return -1;
	ids = json_object_get(json_object_get(doc, "rootfs"), "diff_ids");
	if (json_array_size(ids) != json_array_size(list))
		image_fail(p->image, "%zu layers, and %zu in %s: the archive is damaged",
			   json_array_size(list), json_array_size(ids), config + 1);
	json_array_foreach(list, i, name)
	{
		const char *path = member(p, json_string_value(name));

		layer = path && !p->image->failed ? add_layer(p, path) : NULL;
		if (!layer)
			break;
		layer->diff_id =
			keep(p, digest_of(json_string_value(json_array_get(ids, i))));
		if (!layer->diff_id)
			image_fail(p->image, "%s: a layer without a sha256 digest",
				   config + 1);
	}
	json_decref(doc);
	return p->image->failed ? -1 : 0;
}

static void note(struct plan *p, enum manifest_note note, const char *prefix,
		 const char *text)
{
	if (text)
		manifest_set_note(
			p->image->r->manifest, note,
			slice_str(arena_printf(&p->image->arena, "%s%s", prefix, text)));
}

static int make_plan(struct plan *p)
{
	const struct candidate *c = choose(p);

	if (!c)
		return -1;
	note(p, NOTE_IMAGE, "", c->name);
	note(p, NOTE_DIGEST, "sha256:", c->digest);
	note(p, NOTE_IMAGE_ID, "sha256:", c->id);
	return c->digest ? take_oci_layers(p, c) : take_docker_layers(p, c);
}

int image_plan(struct image *image, const struct image_texts *texts, bool *found)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	struct slice text;
	int rc = -1;

	p->image = image;
	p->texts = texts;
	*found = true;
	if (texts->get(texts->ctx, "/index.json", &text))
		rc = collect_oci(p, text);
	else if (texts->get(texts->ctx, "/manifest.json", &text))
		rc = collect_docker(p, text);
	else
		*found = false;
	if (rc == 0)
		rc = make_plan(p);
	for (size_t i = 0; i < p->nfound; i++)
		json_decref(p->found[i].doc);
	free(p);
	return rc;
}
