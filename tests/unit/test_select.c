/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest/select.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "manifest/set.h"

START_TEST(references)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ "nginx", "docker.io/library/nginx:latest", true },
		{ "nginx", "nginx:latest", true },
		{ "nginx:1", "nginx", false },
		{ "shop/web:1.2", "docker.io/shop/web:1.2", true },
		{ "shop/web:1.2", "docker.io/library/shop/web:1.2", false },
		{ "registry.local/web:1.2", "registry.local/web:1.2", true },
		{ "registry.local/web", "docker.io/registry.local/web", false },
		{ "localhost/web", "localhost/web:latest", true },
		{ "localhost:5000/web:1", "localhost:5000/web:1", true },
		{ "localhost:5000/web:1", "localhost/web:1", false },
		{ "web@sha256:aa", "web@sha256:aa", true },
		{ "web@sha256:aa", "web@sha256:bb", false },
		{ "web:1@sha256:aa", "web@sha256:aa", true },
		{ "web:1@sha256:aa", "web:1", true },
		{ "web@sha256:aa", "web", false },
		{ "", "web", false },
		{ ":", "@", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		ck_assert_msg(manifest_same_reference(pairs[i].a, pairs[i].b) ==
				      pairs[i].same,
			      "%s and %s", pairs[i].a, pairs[i].b);
		ck_assert_msg(manifest_same_reference(pairs[i].b, pairs[i].a) ==
				      pairs[i].same,
			      "%s and %s", pairs[i].b, pairs[i].a);
	}
}
END_TEST

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define OTHER "sha256:ff23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A manifest as if recorded from the image whose configuration is ID. */
static const char *write_manifest(void)
{
	static char path[64];
	static const char text[] = "#mtree\n# auspex: image=reg/web:1\n"
				   "# auspex: id=sha256:" ID "\n"
				   ". type=dir\n./a type=file size=1\n";
	int fd;

	snprintf(path, sizeof(path), "/tmp/auspex-test-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
	close(fd);
	return path;
}

static const struct {
	const char *selector;
	struct manifest_names names;
	enum manifest_fit fit;
} cases[] = {
	{ "web", { .name = "web" }, FIT_NAME },
	{ "web", { .name = "db", .image = "web" }, FIT_IMAGE },
	{ ID, { .id = ID }, FIT_NAME },
	{ "0123456789ab", { .id = ID }, FIT_NAME },
	{ "0123456789a", { .id = ID }, FIT_NONE },
	{ "0123456789ac", { .id = ID }, FIT_NONE },
	{ "web-1", { .id = "web-1" }, FIT_NAME },
	{ "reg/web:1", { .image = "docker.io/reg/web:1" }, FIT_IMAGE },
	{ "sha256:" ID, { .digest = "sha256:" ID }, FIT_IMAGE },
	{ ID, { .image_id = "sha256:" ID }, FIT_IMAGE },
	{ "*", { .name = "web" }, FIT_ANY },
	{ "*", { .id = NULL }, FIT_ANY },
	{ "/srv/root/", { .rootfs = "/srv/root" }, FIT_NAME },
	{ "/srv/root", { .rootfs = "/srv/roots" }, FIT_NONE },
	{ "/srv/root", { .id = NULL }, FIT_NONE },
	{ "web", { .id = NULL }, FIT_NONE },
	/* the same content by another name */
	{ "web", { .image_id = "sha256:" ID }, FIT_IMAGE },
	{ "web", { .image_id = OTHER }, FIT_NONE },
};

START_TEST(fits)
{
	const char *path = write_manifest();
	struct manifest *m;
	struct err err;

	ck_assert_msg(manifest_load(path, &m, &err) == 0, "%s", err.msg);
	unlink(path);
	ck_assert_msg(manifest_fits(cases[_i].selector, m, &cases[_i].names) ==
			      cases[_i].fit,
		      "%s", cases[_i].selector);
	manifest_free(&m);
}
END_TEST

/* Of several the one that fits best, whatever their order. */
START_TEST(best)
{
	static const char *const selectors[] = { "*", "reg/web:1", "web", "/srv/r",
						 NULL };
	struct manifest_names web = { .name = "web", .image = "reg/web:1" };
	struct manifest_names db = { .name = "db", .image = "reg/db:1" };
	struct manifest_names other = { .name = "x", .image = "docker.io/reg/web:1" };
	struct manifest_set *set = manifest_set_new();
	const char *path = write_manifest();
	struct err err;
	char spec[128];

	ck_assert(!manifest_set_has_images(set));
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		snprintf(spec, sizeof(spec), "%s%s%s", selectors[i] ? selectors[i] : "",
			 selectors[i] ? "=" : "", path);
		ck_assert_msg(manifest_set_add(set, spec, &err) == 0, "%s", err.msg);
	}
	unlink(path);
	ck_assert(manifest_set_has_images(set));
	ck_assert_str_eq(manifest_set_choose(set, NULL, &web).name, "web");
	ck_assert_str_eq(manifest_set_choose(set, NULL, &db).name, "*");
	ck_assert_str_eq(manifest_set_choose(set, NULL, &other).name, "reg/web:1");
	ck_assert_str_eq(manifest_set_choose(set, "/srv/r", NULL).name, "/srv/r");
	ck_assert_str_eq(manifest_set_choose(set, NULL, NULL).name, path);
	ck_assert_ptr_null(manifest_set_choose(set, "/srv/q", NULL).manifest);
	manifest_set_free(&set);
}
END_TEST

Suite *suite_select(void);

Suite *suite_select(void)
{
	Suite *suite = suite_create("select");
	TCase *tc = tcase_create("select");

	tcase_add_test(tc, references);
	tcase_add_test(tc, best);
	tcase_add_loop_test(tc, fits, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
