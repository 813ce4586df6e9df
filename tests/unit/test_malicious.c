/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs, is loaded, named or reached, and is on a list of indicators. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "detect/families.h"
#include "unit/store_folder.h"
#include "unit/world.h"

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"
#define BAD "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define FINE "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const char image[] = "#mtree\n"
			    "./usr/bin type=dir\n"
			    "./usr/bin/ls type=file size=7 sha256digest=" ONES "\n"
			    "./usr/bin/bad type=file sha256digest=" TWOS "\n"
			    "./usr/bin/old type=file md5digest="
			    "33333333333333333333333333333333\n"
			    "./usr/bin/curl type=file\n"
			    "./usr/bin/dash type=file\n"
			    "./usr/lib/libbad.so type=file sha256digest=" TWOS "\n"
			    "./usr/lib/libz.so type=file sha256digest=" ONES "\n";

static const char listed[] = TWOS "  Family.Two\n" BAD "  Family.Bad\n"
				  "33333333333333333333333333333333  Family.Old\n"
				  "http://evil.example.com/x\nexample.org\n203.0.113.9\n";

static struct world w;
static struct manifest_set *manifests;
static struct intel_set *intel;
static struct config config;
static struct strbuf told, files;
static void *drift, *net;
static bool with_manifest;

static void emit(void *ctx UNUSED, struct finding *f)
{
	if (f->indicator)
		strbuf_printf(&told, "%s %s %s %s%s%s\n", severity_name(f->severity),
			      f->detector->id, f->target ? f->target->path : "-",
			      f->indicator->name ? f->indicator->name
						 : f->indicator->value,
			      f->caveat ? " caveat" : "",
			      strstr(f->summary, "in list") ? "" : " SOURCE MISSING");
	finding_free(&f);
}

static void again(void *ctx UNUSED, const char *uid UNUSED, uint64_t count,
		  stamp_ms last UNUSED)
{
	strbuf_printf(&told, "again %llu\n", (unsigned long long)count);
}

static void file(void *ctx UNUSED, const struct file_fact *fact)
{
	strbuf_printf(&files, "%s %s %s %.4s\n", fact->verdict, fact->kind, fact->path,
		      fact->digest);
}

static const struct finding_out out = { .emit = emit, .again = again, .file = file };

/*
 * What the plugin would have read, by the inode of the file: 66 is bad, 70
 * fine, others are not read.
 */
static const char *content_of(uint64_t inode)
{
	return inode == 66 ? BAD : inode == 70 ? FINE : NULL;
}

static void read_content(const struct state *state, const struct activity *act)
{
	const struct image *ran = act->proc->image;
	bool program = act->kind == ACT_EXEC;
	struct content content = { .proc = act->proc,
				   .image = ran,
				   .program = program,
				   .path = program ? ran->exe : NULL,
				   .inode = program ? ran->inode : 0,
				   .at = act->at };

	if (act->kind == ACT_LOAD) {
		content.path = act->obj->path;
		content.inode = act->obj->inode;
		content.dev = act->obj->dev;
	}
	content.sha256 = content_of(content.inode);
	if (content.sha256)
		detector_drift.content(drift, state, &content, &out);
}

static void look(void *ctx UNUSED, const struct state *state, const struct activity *act)
{
	detector_drift.activity(drift, state, act, &out);
	detector_malicious_net.activity(net, state, act, &out);
	if (act->proc)
		read_content(state, act);
}

static void write_file(const char *name, const char *text, char path[512])
{
	FILE *to;

	snprintf(path, 512, "%s/%s", store_folder(), name);
	to = fopen(path, "w");
	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	ck_assert_int_eq(fclose(to), 0);
}

static void setup(void)
{
	const struct intel_import how = { .now = 1 };
	struct detect_setup setup = { .config = &config };
	char path[512];
	struct err err;

	store_folder_make();
	setup.manifests = manifests = manifest_set_new();
	setup.intel = intel = intel_set_new();
	write_file("list", listed, path);
	ck_assert_msg(intel_set_add(intel, path, &how, &err) == 0, "%s", err.msg);
	write_file("image.mtree", image, path);
	if (with_manifest)
		ck_assert_msg(manifest_set_add(manifests, path, &err) == 0, "%s",
			      err.msg);
	config_init(&config);
	strbuf_init(&told);
	strbuf_init(&files);
	world_init(&w);
	drift = detector_drift.init(&setup);
	net = detector_malicious_net.init(&setup);
	w.look = look;
}

static void setup_with_manifest(void)
{
	with_manifest = true;
	setup();
}

static void setup_without(void)
{
	with_manifest = false;
	setup();
}

static void teardown(void)
{
	detector_drift.fini(drift);
	detector_malicious_net.fini(net);
	world_fini(&w);
	strbuf_fini(&told);
	strbuf_fini(&files);
	config_fini(&config);
	manifest_set_free(&manifests);
	intel_set_free(&intel);
	store_folder_drop();
}

#define RUN(path, inode) \
	"20<1 execve() = 0 exe=" path " path=" path " inode=" inode " mode=0100755\n"
#define LOAD(path, inode)                                                              \
	"20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/ls path=" path " inode=" inode \
	" mode=0100755\n20<1 mmap(0,0,5,2) = 4096 exe=/usr/bin/ls mmap=3\n"
#define WRITTEN(path, inode) \
	"30<1 openat(ffffff9c,0,201) = 3 path=" path " inode=" inode "\n"

struct one {
	const char *name, *lines, *want;
};

static const struct one judged[] = {
	{ "unchanged and not listed", RUN("/usr/bin/ls", "7"), "" },
	{ "built in", RUN("/usr/bin/bad", "8"),
	  "critical builtin_malicious_binary_executed /usr/bin/bad Family.Two\n" },
	{ "built in, known by its MD5", RUN("/usr/bin/old", "8"),
	  "critical builtin_malicious_binary_executed /usr/bin/old Family.Old\n" },
	{ "built in, changed before it ran",
	  WRITTEN("/usr/bin/bad", "8") RUN("/usr/bin/bad", "8"), "" },
	{ "the image's under another name",
	  "30<1 link() = 0 item=/usr/bin/bad,NORMAL,8 item=/tmp,PARENT,2,fe:00,040755 "
	  "item=/tmp/l,CREATE,8\n" RUN("/tmp/l", "8"),
	  "critical added_malicious_binary_executed /tmp/l Family.Two\n" },
	{ "renamed over another of the image",
	  "30<1 rename() = 0 item=/,PARENT,2,fe:00,040755 item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/bad,DELETE,8 item=/usr/bin/ls,DELETE,7 "
	  "item=/usr/bin/ls,CREATE,8\n" RUN("/usr/bin/ls", "8"),
	  "critical modified_malicious_binary_executed /usr/bin/ls Family.Two\n" },
	{ "built-in library", LOAD("/usr/lib/libbad.so", "9"),
	  "critical builtin_malicious_library_loaded /usr/lib/libbad.so Family.Two\n" },
	{ "a library that is not listed", LOAD("/usr/lib/libz.so", "9"), "" },
	{ "twice within a second is told once",
	  RUN("/usr/bin/bad", "8") RUN("/usr/bin/bad", "8"),
	  "critical builtin_malicious_binary_executed /usr/bin/bad Family.Two\n" },
	/* by what was read */
	{ "added, read", RUN("/tmp/a", "66"),
	  "critical added_malicious_binary_executed /tmp/a Family.Bad\n" },
	{ "added, read and not listed", RUN("/tmp/a", "70"), "" },
	{ "modified by the records, read",
	  WRITTEN("/usr/bin/ls", "66") RUN("/usr/bin/ls", "66"),
	  "critical modified_malicious_binary_executed /usr/bin/ls Family.Bad\n" },
	{ "modified, which only the content shows", RUN("/usr/bin/ls", "66"),
	  "critical modified_malicious_binary_executed /usr/bin/ls Family.Bad\n" },
	{ "added library, read", LOAD("/tmp/x.so", "66"),
	  "critical added_malicious_library_loaded /tmp/x.so Family.Bad\n" },
	{ "modified library, read", LOAD("/usr/lib/libz.so", "66"),
	  "critical modified_malicious_library_loaded /usr/lib/libz.so Family.Bad\n" },
};

static const struct one unjudged[] = {
	{ "read, of an image that is not known", RUN("/tmp/a", "66"),
	  "critical added_malicious_binary_executed /tmp/a Family.Bad caveat\n" },
	{ "not read", RUN("/usr/bin/bad", "8"), "" },
	{ "library", LOAD("/tmp/x.so", "66"),
	  "critical added_malicious_library_loaded /tmp/x.so Family.Bad caveat\n" },
	/* the network */
	{ "URL in arguments",
	  "20<1 execve() = 0 exe=/usr/bin/curl argv=curl,-s,http://evil.example.com/x\n",
	  "medium malicious_url_observed - http://evil.example.com/x\n" },
	{ "another URL of that host",
	  "20<1 execve() = 0 exe=/usr/bin/curl argv=curl,http://evil.example.com/y\n",
	  "" },
	{ "a name below a listed one",
	  "20<1 execve() = 0 exe=/usr/bin/curl argv=curl,https://a.example.org/\n",
	  "medium malicious_url_observed - example.org\n" },
	{ "it failed",
	  "20<1 execve() = -2 exe=/usr/bin/dash argv=curl,http://evil.example.com/x\n",
	  "" },
	{ "the same program again is counted",
	  "20<1 execve() = 0 exe=/usr/bin/curl argv=curl,example.org\n"
	  "21<1 execve() = 0 exe=/usr/bin/curl argv=curl,example.org\n",
	  "medium malicious_url_observed - example.org\nagain 2\n" },
	{ "another program with it",
	  "20<1 execve() = 0 exe=/usr/bin/curl argv=curl,example.org\n"
	  "21<1 execve() = 0 exe=/usr/bin/nc argv=nc,example.org,80\n",
	  "medium malicious_url_observed - example.org\n"
	  "medium malicious_url_observed - example.org\n" },
	{ "connected",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.9:80\n",
	  "medium malicious_address_contacted - 203.0.113.9\n" },
	{ "on its way",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = -115 inet=203.0.113.9:80\n",
	  "medium malicious_address_contacted - 203.0.113.9\n" },
	{ "refused",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = -111 inet=203.0.113.9:80\n", "" },
	{ "to a neighbour",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.8:80\n", "" },
	{ "to a socket of this machine",
	  "20<1 socket(1,1,0) = 3\n20<1 connect(3) = 0 unix=/run/203.0.113.9\n", "" },
	{ "sent, without a connection",
	  "20<1 socket(2,2,0) = 3\n20<1 sendto(3) = 9 inet=203.0.113.9:53\n"
	  "20<1 sendmsg(3) = 9 inet=203.0.113.9:53\n",
	  "medium malicious_address_contacted - 203.0.113.9\nagain 2\n" },
	{ "not sent, sent to a neighbour, or to nobody in particular",
	  "20<1 socket(2,2,0) = 3\n20<1 sendto(3) = -1 inet=203.0.113.9:53\n"
	  "20<1 sendto(3) = 9 inet=203.0.113.8:53\n20<1 sendto(3) = 9\n",
	  "" },
	{ "from there",
	  "20<1 socket(2,1,0) = 3\n20<1 bind(3) = 0 inet=0.0.0.0:80\n"
	  "20<1 listen(3) = 0\n20<1 accept4(3) = 4 inet=203.0.113.9:50000\n",
	  "medium malicious_address_contacted - 203.0.113.9\n" },
};

static void check_one(const struct one *one)
{
	world_run(&w, one->lines);
	ck_assert_msg(strcmp(strbuf_str(&told), one->want) == 0, "%s:\n%sinstead of\n%s",
		      one->name, strbuf_str(&told), one->want);
}

START_TEST(by_a_manifest)
{
	check_one(&judged[_i]);
}
END_TEST

START_TEST(without_a_manifest)
{
	check_one(&unjudged[_i]);
}
END_TEST

/* For lists that come later, each once. */
START_TEST(contents_are_told)
{
	world_run(&w, RUN("/usr/bin/ls", "7") RUN("/usr/bin/ls", "7") RUN("/tmp/a", "70")
			      LOAD("/usr/lib/libz.so", "9"));
	ck_assert_str_eq(strbuf_str(&files), "same binary /usr/bin/ls 1111\n"
					     "added binary /tmp/a ffff\n"
					     "same library /usr/lib/libz.so 1111\n");
}
END_TEST

Suite *suite_malicious(void);

Suite *suite_malicious(void)
{
	Suite *s = suite_create("malicious");
	TCase *tc = tcase_create("manifest");

	tcase_add_checked_fixture(tc, setup_with_manifest, teardown);
	tcase_add_loop_test(tc, by_a_manifest, 0, ARRAY_SIZE(judged));
	tcase_add_test(tc, contents_are_told);
	suite_add_tcase(s, tc);
	tc = tcase_create("none");
	tcase_add_checked_fixture(tc, setup_without, teardown);
	tcase_add_loop_test(tc, without_a_manifest, 0, ARRAY_SIZE(unjudged));
	suite_add_tcase(s, tc);
	return s;
}
