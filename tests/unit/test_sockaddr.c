/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/sockaddr.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "audit/field.h"
#include "base/compiler.h"

static const struct {
	const char *hex;
	bool big_endian;
	enum sock_family family;
	int number;
	const char *addr;
	int32_t port;
	bool loopback;
} good[] = {
	{ "02000050A9FEA9FE0000000000000000", false, SOCK_INET, 2, "169.254.169.254", 80,
	  false },
	{ "0200115C7F0000010000000000000000", false, SOCK_INET, 2, "127.0.0.1", 4444,
	  true },
	{ "0200000000000000", false, SOCK_INET, 2, "0.0.0.0", 0, false },
	{ "00020050A9FEA9FE0000000000000000", true, SOCK_INET, 2, "169.254.169.254", 80,
	  false },
	{ "0A00115C0000000000000000000000000000000000000001"
	  "00000000",
	  false, SOCK_INET6, 10, "::1", 4444, true },
	{ "0A0001BB0000000020010DB8000000000000000000000001", false, SOCK_INET6, 10,
	  "2001:db8::1", 443, false },
	{ "0A00115C0000000000000000000000000000FFFF0A00000100000000", false, SOCK_INET,
	  10, "10.0.0.1", 4444, false },
	{ "0A00115C0000000000000000000000000000FFFF7F00000100000000", false, SOCK_INET,
	  10, "127.0.0.1", 4444, true },
	{ "01002F72756E2F7800FFFF", false, SOCK_UNIX, 1, "/run/x", -1, false },
	{ "01002F72756E2F78", false, SOCK_UNIX, 1, "/run/x", -1, false },
	{ "010000616263", false, SOCK_UNIX, 1, "@abc", -1, false },
	{ "0100006100620000", false, SOCK_UNIX, 1, "@a@b", -1, false },
	{ "0100", false, SOCK_UNIX, 1, "", -1, false },
	{ "010000", false, SOCK_UNIX, 1, "@", -1, false },
	{ "00000000", false, SOCK_UNSPEC, 0, "", -1, false },
	{ "100000000000000000000000", false, SOCK_NETLINK, 16, "", -1, false },
	{ "1100080003000000", false, SOCK_OTHER, 17, "", -1, false },
};

static const char *const bad[] = { "", "02", "0200", "0200005001", "0A00115C00000000" };

static char *unhex(const char *hex, struct slice *out)
{
	char *bytes = malloc(strlen(hex) / 2 + 1);

	field_unhex(slice_str(hex), bytes);
	*out = slice_make(bytes, strlen(hex) / 2);
	return bytes;
}

START_TEST(reads_addresses)
{
	struct sockaddr_info info;
	struct slice bytes;
	char *owned = unhex(good[_i].hex, &bytes);

	ck_assert(sockaddr_parse(bytes, good[_i].big_endian, &info));
	free(owned);
	ck_assert_int_eq(info.family, good[_i].family);
	ck_assert_int_eq(info.number, good[_i].number);
	ck_assert_str_eq(info.addr, good[_i].addr);
	ck_assert_int_eq(info.port, good[_i].port);
	ck_assert_int_eq(info.loopback, good[_i].loopback);
}
END_TEST

START_TEST(refuses_what_is_too_short)
{
	struct sockaddr_info info = { .number = 77 };
	struct slice bytes;
	char *owned = unhex(bad[_i], &bytes);

	ck_assert(!sockaddr_parse(bytes, false, &info));
	ck_assert_int_eq(info.number, 77);
	free(owned);
}
END_TEST

/* The longest path has 108 bytes and no NUL; the kernel may log more. */
START_TEST(long_paths_end)
{
	char bytes[300];
	struct sockaddr_info info;

	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = 1;
	bytes[1] = 0;
	for (size_t len = 2; len <= sizeof(bytes); len++) {
		ck_assert(sockaddr_parse(slice_make(bytes, len), false, &info));
		ck_assert_uint_eq(strlen(info.addr),
				  len - 2 < SOCKADDR_TEXT ? len - 2 : SOCKADDR_TEXT - 1);
	}
}
END_TEST

Suite *suite_sockaddr(void);

Suite *suite_sockaddr(void)
{
	Suite *suite = suite_create("sockaddr");
	TCase *tc = tcase_create("sockaddr");

	tcase_add_loop_test(tc, reads_addresses, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, refuses_what_is_too_short, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, long_paths_end);
	suite_add_tcase(suite, tc);
	return suite;
}
