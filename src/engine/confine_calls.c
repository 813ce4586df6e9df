/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter is a plain BPF program over struct seccomp_data, as seccomp(2)
 * and Documentation/userspace-api/seccomp_filter.rst describe it.
 */
#include "engine/confine.h"

#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCH AUDIT_ARCH_RISCV64
#endif

/* Sanitizers map, trace and read what nobody else does. */
#if defined(__SANITIZE_ADDRESS__) || !defined(OWN_ARCH)
#define NO_FILTER
#endif

#ifdef NO_FILTER

int confine_calls(struct err *err)
{
	(void)err;
	return 1;
}

int confine_never(struct err *err)
{
	(void)err;
	return 1;
}

#else

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The half of an argument that holds flags. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define LOAD_ARG(n) LOAD(args[n])
#else
#define LOAD_ARG(n) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]) + 4)
#endif
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define UNLESS_SET(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip)
#define REFUSE ANSWER(SECCOMP_RET_ERRNO | ENOSYS)

/* Memory that is writable and executable is what an exploit wants. */
#define ALLOW_MAPPING(name)                                                 \
	UNLESS_EQUAL(SYS_##name, 4), LOAD_ARG(2), UNLESS_SET(PROT_EXEC, 1), \
		ANSWER(SECCOMP_RET_ERRNO | EPERM), ANSWER(SECCOMP_RET_ALLOW)

static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
#define ALLOW(name) UNLESS_EQUAL(SYS_##name, 1), ANSWER(SECCOMP_RET_ALLOW),
#include "engine/calls_allowed.def"
#undef ALLOW
	ALLOW_MAPPING(mmap),
	ALLOW_MAPPING(mprotect),
	/* The process's name, and nothing else of prctl(2). */
	UNLESS_EQUAL(SYS_prctl, 3),
	LOAD_ARG(0),
	UNLESS_EQUAL(PR_SET_NAME, 1),
	ANSWER(SECCOMP_RET_ALLOW),
	REFUSE,
};

/* Numbers of x32 have this bit (arch/x86/include/uapi/asm/unistd.h). */
#define X32_BIT 0x40000000u

static const struct sock_filter never[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
	REFUSE,
#define NEVER(name) UNLESS_EQUAL(SYS_##name, 1), REFUSE,
#include "engine/calls_never.def"
#undef NEVER
	ANSWER(SECCOMP_RET_ALLOW),
};

static int install(const struct sock_filter *code, size_t len, struct err *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)len,
		.filter = (struct sock_filter *)(uintptr_t)code,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return 1;
	return err_set(err, "seccomp: %s", strerror(errno));
}

int confine_calls(struct err *err)
{
	return install(filter, sizeof(filter) / sizeof(filter[0]), err);
}

int confine_never(struct err *err)
{
	return install(never, sizeof(never) / sizeof(never[0]), err);
}

#endif
