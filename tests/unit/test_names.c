/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/names.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"

enum {
	X86_64 = 0xc000003e,
	I386 = 0x40000003,
	AARCH64 = 0xc00000b7,
	PPC64LE = 0xc0000015,
	PPC64 = 0x80000015,
	S390X = 0x80000016,
	ARM = 0x40000028,
	RISCV64 = 0xc00000f3,
	X32 = 0x40000000,
};

/* From the kernel's tables: arch/.../syscall*.tbl, asm-generic/unistd.h. */
static const struct {
	uint32_t arch, nr;
	enum call call;
	const char *name;
} calls[] = {
	{ X86_64, 59, CALL_EXECVE, "execve" },
	{ X86_64, 322, CALL_EXECVEAT, "execveat" },
	{ X86_64, 42, CALL_CONNECT, "connect" },
	{ X86_64, 33, CALL_DUP2, "dup2" },
	{ X86_64, 0, CALL_NONE, "read" },
	{ X86_64, 435, CALL_CLONE3, "clone3" },
	{ X86_64, 462, CALL_NONE, "mseal" },
	{ X86_64, 9999, CALL_NONE, NULL },
	{ X86_64, UINT32_MAX, CALL_NONE, NULL },
	{ X86_64, X32 | 520, CALL_EXECVE, "execve" },
	{ X86_64, X32 | 545, CALL_EXECVEAT, "execveat" },
	{ X86_64, X32 | 521, CALL_PTRACE, "ptrace" },
	{ X86_64, X32 | 42, CALL_CONNECT, "connect" },
	{ X86_64, X32 | 515, CALL_NONE, "readv" },
	{ I386, 11, CALL_EXECVE, "execve" },
	{ I386, 358, CALL_EXECVEAT, "execveat" },
	{ I386, 102, CALL_SOCKETCALL, "socketcall" },
	{ I386, 63, CALL_DUP2, "dup2" },
	{ I386, 221, CALL_FCNTL64, "fcntl64" },
	{ I386, 192, CALL_MMAP2, "mmap2" },
	{ AARCH64, 221, CALL_EXECVE, "execve" },
	{ AARCH64, 281, CALL_EXECVEAT, "execveat" },
	{ AARCH64, 24, CALL_DUP3, "dup3" },
	{ AARCH64, 59, CALL_PIPE2, "pipe2" },
	{ RISCV64, 221, CALL_EXECVE, "execve" },
	{ PPC64LE, 11, CALL_EXECVE, "execve" },
	{ PPC64, 102, CALL_SOCKETCALL, "socketcall" },
	{ S390X, 11, CALL_EXECVE, "execve" },
	{ S390X, 354, CALL_EXECVEAT, "execveat" },
	{ ARM, 11, CALL_EXECVE, "execve" },
	{ 0, 59, CALL_NONE, NULL },
};

START_TEST(calls_of_each_arch)
{
	const char *name = call_name(calls[_i].arch, calls[_i].nr);

	ck_assert_msg(call_of(calls[_i].arch, calls[_i].nr) == calls[_i].call,
		      "%x %u is not %s", calls[_i].arch, calls[_i].nr, calls[_i].name);
	if (calls[_i].name)
		ck_assert_str_eq(name, calls[_i].name);
	else
		ck_assert_ptr_null(name);
}
END_TEST

/* A name that no table has would never match anything. */
START_TEST(every_call_has_a_number)
{
	static const uint32_t arches[] = { X86_64, I386 };
	bool seen[CALL_MAX] = { [CALL_NONE] = true };

	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		for (uint32_t nr = 0; nr < 512; nr++)
			seen[call_of(arches[i], nr)] = true;
	}
	for (unsigned call = 0; call < CALL_MAX; call++)
		ck_assert_msg(seen[call], "call %u", call);
}
END_TEST

static const struct {
	const char *name;
	uint16_t number;
} types[] = {
	{ "SYSCALL", 1300 },    { "PATH", 1302 },
	{ "SOCKETCALL", 1304 }, { "SOCKADDR", 1306 },
	{ "CWD", 1307 },        { "EXECVE", 1309 },
	{ "FD_PAIR", 1317 },    { "EOE", 1320 },
	{ "BPRM_FCAPS", 1321 }, { "MMAP", 1323 },
	{ "SECCOMP", 1326 },    { "PROCTITLE", 1327 },
	{ "URINGOP", 1336 },    { "OPENAT2", 1337 },
	{ "DM_CTRL", 1338 },    { "LOGIN", 1006 },
	{ "USER_LOGIN", 1112 }, { "DAEMON_START", 1200 },
	{ "AVC", 1400 },        { "MAC_TASK_CONTEXTS", 1425 },
	{ "ANOM_ABEND", 1701 },
};

START_TEST(types_have_names_and_numbers)
{
	ck_assert_uint_eq(record_type_number(slice_str(types[_i].name)),
			  types[_i].number);
	ck_assert_str_eq(record_type_name(types[_i].number), types[_i].name);
}
END_TEST

START_TEST(no_types)
{
	static const char *const names[] = { "",          "S",           "SYSCAL",
					     "SYSCALLS",  "syscall",     "UNKNOWN[",
					     "UNKNOWN[]", "UNKNOWN[x]",  "UNKNOWN[99999]",
					     "0",         "65535",       "-1",
					     "EXECVX",    "NO_SUCH_TYPE" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_msg(record_type_number(slice_str(names[i])) == 0, "%s",
			      names[i]);
	ck_assert_uint_eq(record_type_number(SLICE_LIT("AVC\0X")), 0);
	ck_assert_ptr_null(record_type_name(RECORD_TYPE_OTHER));
}
END_TEST

START_TEST(byte_orders)
{
	ck_assert(arch_big_endian(S390X) && arch_big_endian(PPC64));
	ck_assert(!arch_big_endian(X86_64) && !arch_big_endian(I386));
	ck_assert(!arch_big_endian(PPC64LE) && !arch_big_endian(0));
	ck_assert_str_eq(arch_name(X86_64), "x86_64");
	ck_assert_ptr_null(arch_name(1));
}
END_TEST

Suite *suite_names(void);

Suite *suite_names(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("names");

	tcase_add_loop_test(tc, calls_of_each_arch, 0, ARRAY_SIZE(calls));
	tcase_add_test(tc, every_call_has_a_number);
	tcase_add_loop_test(tc, types_have_names_and_numbers, 0, ARRAY_SIZE(types));
	tcase_add_test(tc, no_types);
	tcase_add_test(tc, byte_orders);
	suite_add_tcase(suite, tc);
	return suite;
}
