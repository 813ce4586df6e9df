/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/names.h"

#include <libaudit.h>
#include <pthread.h>
#include <string.h>

#include "base/compiler.h"
#include "base/num.h"

enum {
	TYPE_NAME_MAX = 64,
	TABLE_CALLS = 512,    /* no table that libaudit has goes higher but arm's own */
	X32_BIT = 0x40000000, /* __X32_SYSCALL_BIT, arch/x86/include/uapi/asm/unistd.h */
	X32_FIRST = 512,
};

/* Record types that are newer than the oldest libaudit in use. */
static const struct {
	const char *name;
	uint16_t type;
} new_types[] = {
	/* include/uapi/linux/audit.h of Linux 6.18 */
	{ "DM_CTRL", 1338 },          { "DM_EVENT", 1339 },
	{ "IPE_ACCESS", 1420 },       { "IPE_CONFIG_CHANGE", 1421 },
	{ "IPE_POLICY_LOAD", 1422 },  { "LANDLOCK_ACCESS", 1423 },
	{ "LANDLOCK_DOMAIN", 1424 },  { "MAC_TASK_CONTEXTS", 1425 },
	{ "MAC_OBJ_CONTEXTS", 1426 },
};

/* Calls newer than the oldest libaudit in use: the same number everywhere. */
static const struct {
	const char *name;
	uint32_t nr;
} new_calls[] = {
	/* include/uapi/asm-generic/unistd.h of Linux 6.18 */
	{ "cachestat", 451 },         { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },  { "futex_wake", 454 },
	{ "futex_wait", 455 },        { "futex_requeue", 456 },
	{ "statmount", 457 },         { "listmount", 458 },
	{ "lsm_get_self_attr", 459 }, { "lsm_set_self_attr", 460 },
	{ "lsm_list_modules", 461 },  { "mseal", 462 },
	{ "setxattrat", 463 },        { "getxattrat", 464 },
	{ "listxattrat", 465 },       { "removexattrat", 466 },
	{ "open_tree_attr", 467 },    { "file_getattr", 468 },
	{ "file_setattr", 469 },
};

/* Calls that x32 numbers from 512 (arch/x86/entry/syscalls/syscall_64.tbl). */
static const char *const x32_calls[] = {
	"rt_sigaction",
	"rt_sigreturn",
	"ioctl",
	"readv",
	"writev",
	"recvfrom",
	"sendmsg",
	"recvmsg",
	"execve",
	"ptrace",
	"rt_sigpending",
	"rt_sigtimedwait",
	"rt_sigqueueinfo",
	"sigaltstack",
	"timer_create",
	"mq_notify",
	"kexec_load",
	"waitid",
	"set_robust_list",
	"get_robust_list",
	"vmsplice",
	"move_pages",
	"preadv",
	"pwritev",
	"rt_tgsigqueueinfo",
	"recvmmsg",
	"sendmmsg",
	"process_vm_readv",
	"process_vm_writev",
	"setsockopt",
	"getsockopt",
	"io_setup",
	"io_submit",
	"execveat",
	"preadv2",
	"pwritev2",
};

static const char *const call_names[CALL_MAX] = {
#define CALL(NAME, name) [CALL_##NAME] = name,
#include "audit/calls.def"
#undef CALL
};

_Static_assert(CALL_MAX <= 256, "a call fits in a byte");

/*
 * Architectures and the libaudit table that holds their calls. riscv64 and
 * loongarch64 have the generic numbers, which are those of aarch64
 * (include/uapi/asm-generic/unistd.h), and libaudit 3.0 does not know them.
 */
static const struct {
	uint32_t arch;
	machine_t machine;
	const char *name;
} arches[] = {
	{ 0xc000003e, MACH_86_64, "x86_64" },
	{ 0x40000003, MACH_X86, "i386" },
	{ 0xc00000b7, MACH_AARCH64, "aarch64" },
	{ 0x40000028, MACH_ARM, "arm" },
	{ 0xc0000015, MACH_PPC64LE, "ppc64le" },
	{ 0x80000015, MACH_PPC64, "ppc64" },
	{ 0x00000014, MACH_PPC, "ppc" },
	{ 0x80000016, MACH_S390X, "s390x" },
	{ 0x00000016, MACH_S390, "s390" },
	{ 0xc00000f3, MACH_AARCH64, "riscv64" },
	{ 0xc0000102, MACH_AARCH64, "loongarch64" },
};

/* Filled once, then only read. */
static uint8_t tables[ARRAY_SIZE(arches)][TABLE_CALLS];
static uint8_t x32_table[ARRAY_SIZE(x32_calls)];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static int find_arch(uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		if (arches[i].arch == arch)
			return (int)i;
	}
	return -1;
}

static uint8_t call_by_name(const char *name)
{
	for (unsigned call = CALL_NONE + 1; call < CALL_MAX; call++) {
		if (strcmp(call_names[call], name) == 0)
			return (uint8_t)call;
	}
	return CALL_NONE;
}

static void fill_tables(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		for (unsigned call = CALL_NONE + 1; call < CALL_MAX; call++) {
			int nr = audit_name_to_syscall(call_names[call],
						       (int)arches[i].machine);

			if (nr >= 0 && nr < TABLE_CALLS)
				tables[i][nr] = (uint8_t)call;
		}
		for (size_t n = 0; n < ARRAY_SIZE(new_calls); n++)
			tables[i][new_calls[n].nr] = call_by_name(new_calls[n].name);
	}
	for (size_t n = 0; n < ARRAY_SIZE(x32_calls); n++)
		x32_table[n] = call_by_name(x32_calls[n]);
}

int call_number(uint32_t arch, const char *name)
{
	int i = find_arch(arch);

	return i < 0 ? -1 : audit_name_to_syscall(name, (int)arches[i].machine);
}

bool knows_io_uring_rules(void)
{
	return audit_name_to_flag("io_uring") >= 0;
}

static bool is_x32(uint32_t arch, uint32_t nr)
{
	return arch == arches[0].arch && (nr & X32_BIT);
}

enum call call_of(uint32_t arch, uint32_t nr)
{
	int i = find_arch(arch);

	pthread_once(&tables_once, fill_tables);
	if (i < 0)
		return CALL_NONE;
	if (UNLIKELY(is_x32(arch, nr))) {
		nr &= ~(uint32_t)X32_BIT;
		if (nr >= X32_FIRST && nr - X32_FIRST < ARRAY_SIZE(x32_calls))
			return (enum call)x32_table[nr - X32_FIRST];
	}
	return nr < TABLE_CALLS ? (enum call)tables[i][nr] : CALL_NONE;
}

const char *call_name(uint32_t arch, uint32_t nr)
{
	int i = find_arch(arch);

	if (i < 0)
		return NULL;
	if (is_x32(arch, nr)) {
		nr &= ~(uint32_t)X32_BIT;
		if (nr >= X32_FIRST && nr - X32_FIRST < ARRAY_SIZE(x32_calls))
			return x32_calls[nr - X32_FIRST];
	}
	for (size_t n = 0; n < ARRAY_SIZE(new_calls); n++) {
		if (new_calls[n].nr == nr)
			return new_calls[n].name;
	}
	if (nr > INT32_MAX)
		return NULL;
	return audit_syscall_to_name((int)nr, (int)arches[i].machine);
}

const char *arch_name(uint32_t arch)
{
	int i = find_arch(arch);

	return i < 0 ? NULL : arches[i].name;
}

bool arch_big_endian(uint32_t arch)
{
	/* __AUDIT_ARCH_LE, include/uapi/linux/audit.h */
	return arch != 0 && !(arch & 0x40000000);
}

/* The names that make up nearly all of a log. */
static uint16_t usual_type(struct slice name)
{
#define IS(literal) (memcmp(name.ptr, literal, sizeof(literal) - 1) == 0)
	switch (name.len) {
	case 3: return IS("CWD") ? AUDIT_CWD : IS("EOE") ? AUDIT_EOE : 0;
	case 4: return IS("PATH") ? AUDIT_PATH : IS("MMAP") ? AUDIT_MMAP : 0;
	case 6: return IS("EXECVE") ? AUDIT_EXECVE : 0;
	case 7: return IS("SYSCALL") ? AUDIT_SYSCALL : IS("FD_PAIR") ? AUDIT_FD_PAIR : 0;
	case 8: return IS("SOCKADDR") ? AUDIT_SOCKADDR : 0;
	case 9: return IS("PROCTITLE") ? AUDIT_PROCTITLE : 0;
	case 10: return IS("BPRM_FCAPS") ? AUDIT_BPRM_FCAPS : 0;
	default: return 0;
	}
#undef IS
}

/* "1300" and "UNKNOWN[1420]". */
static uint16_t numbered_type(struct slice name)
{
	static const struct slice prefix = { "UNKNOWN[", 8 };
	uint64_t number;

	if (slice_starts(name, prefix)) {
		name = slice_skip(name, prefix.len);
		if (name.len == 0 || name.ptr[name.len - 1] != ']')
			return 0;
		name.len--;
	}
	if (!num_u64(name, &number) || number >= RECORD_TYPE_OTHER)
		return 0;
	return (uint16_t)number;
}

uint16_t record_type_number(struct slice name)
{
	uint16_t type = usual_type(name);
	char text[TYPE_NAME_MAX];
	int number;

	if (LIKELY(type))
		return type;
	if (name.len == 0 || name.len >= sizeof(text))
		return 0;
	type = numbered_type(name);
	if (type)
		return type;
	for (size_t i = 0; i < ARRAY_SIZE(new_types); i++) {
		if (slice_eq_str(name, new_types[i].name))
			return new_types[i].type;
	}
	if (name.ptr[0] < 'A' || name.ptr[0] > 'Z')
		return 0;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	number = strlen(text) == name.len ? audit_name_to_msg_type(text) : 0;
	return number > 0 && number < RECORD_TYPE_OTHER ? (uint16_t)number : 0;
}

const char *record_type_name(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(new_types); i++) {
		if (new_types[i].type == type)
			return new_types[i].name;
	}
	return audit_msg_type_to_name(type);
}
