/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shells on sockets, pipelines and the shells of servers: who is told of what. */
#include "detect/families.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "unit/store_folder.h"
#include "unit/world.h"

#define BASH_SHA "1111111111111111111111111111111111111111111111111111111111111111"
#define SSHD_SHA "2222222222222222222222222222222222222222222222222222222222222222"
#define EVIL_SHA "3333333333333333333333333333333333333333333333333333333333333333"

static const char image[] = "#mtree\n"
			    "./usr/bin type=dir\n"
			    "./usr/bin/bash type=file sha256digest=" BASH_SHA "\n"
			    "./usr/sbin type=dir\n"
			    "./usr/sbin/sshd type=file sha256digest=" SSHD_SHA "\n";

static const struct detector *const family[] = { &detector_shell, &detector_child_shell,
						 &detector_pipeline,
						 &detector_relay_tool };

static struct world w;
static struct manifest_set *manifests;
static struct config config;
static struct strbuf told;
static struct finding_session last;
static size_t listed;
static uint64_t counted;
static void *selves[ARRAY_SIZE(family)];

static void emit(void *ctx UNUSED, struct finding *f)
{
	strbuf_printf(&told, "%s %s%s\n", f->detector->id, confidence_name(f->confidence),
		      f->suppressed ? " suppressed" : "");
	ck_assert_ptr_nonnull(f->summary);
	ck_assert(f->confidence == CONF_HIGH || f->caveat ||
		  f->detector == detector_info(DETECT_RELAYED_SHELL));
	ck_assert_uint_gt(f->nevidence, 0);
	finding_free(&f);
}

static void again(void *ctx UNUSED, const char *uid UNUSED, uint64_t count,
		  stamp_ms at UNUSED)
{
	counted = count;
}

static void session(void *ctx UNUSED, const char *uid UNUSED,
		    const struct finding_session *news)
{
	last = *news;
	listed += news->n;
}

static const struct finding_out out = { .emit = emit,
					.again = again,
					.session = session };

static void look(void *ctx UNUSED, const struct state *state, const struct activity *act)
{
	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		family[i]->activity(selves[i], state, act, &out);
}

static void start(bool with_manifest)
{
	struct detect_setup detect = { .config = &config };
	char path[256];
	struct err err;
	FILE *file;

	manifests = manifest_set_new();
	if (with_manifest) {
		snprintf(path, sizeof(path), "%s/image.mtree", store_folder());
		file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fputs(image, file);
		ck_assert_int_eq(fclose(file), 0);
		ck_assert_msg(manifest_set_add(manifests, path, &err) == 0, "%s",
			      err.msg);
	}
	detect.manifests = manifests;
	for (size_t i = 0; i < ARRAY_SIZE(family); i++)
		selves[i] = family[i]->init ? family[i]->init(&detect) : NULL;
	w.look = look;
}

static void setup(void)
{
	store_folder_make();
	config_init(&config);
	strbuf_init(&told);
	world_init(&w);
	last = (struct finding_session){ 0 };
	listed = 0;
	counted = 0;
}

static void teardown(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(family); i++) {
		if (family[i]->fini)
			family[i]->fini(selves[i]);
	}
	world_fini(&w);
	strbuf_fini(&told);
	config_fini(&config);
	manifest_set_free(&manifests);
	store_folder_drop();
}

/* Something is learnt of the file that a process runs. */
static void learn(int64_t pid, const char *path, uint64_t inode, const char *sha256)
{
	const struct proc *proc = world_proc(&w, pid);
	struct content content = { .proc = proc,
				   .image = proc->image,
				   .program = true,
				   .path = path,
				   .dev = proc->image->dev,
				   .inode = inode,
				   .at = proc->image->event,
				   .sha256 = sha256 };

	detector_shell.content(selves[0], w.state, &content, &out);
}

/* ---- what is on a socket ---- */

#define RULES                                                                  \
	"9<1 dup2(0,0) = 0\n9<1 pipe() = 0 fds=8,9\n9<1 accept(3,0,0) = -11\n" \
	"9<1 close(9) = 0\n"
#define CONNECT(pid)                       \
#pid "<1 socket(2,1,0) = 3\n" #pid \
	     "<1 connect(3,1,10) = 0 inet=203.0.113.9:4444\n"
#define STDIO(pid, ppid, fd)                                                \
#pid "<" #ppid " dup2(" #fd ",0) = 0\n" #pid "<" #ppid " dup2(" #fd \
	     ",1) = 1\n" #pid "<" #ppid " dup2(" #fd ",2) = 2\n"
#define RUN(pid, ppid, path, inode)                                             \
#pid "<" #ppid " execve() = 0 exe=" path " item=" path ",NORMAL," inode \
	     ",fe:00,"                                                          \
	     "0100755\n"
#define MADE(argv, path, inode)                                                        \
	"30<1 execve() = 0 exe=/usr/bin/x argv=" argv "\n"                             \
	"30<1 openat(ffffff9c,0,241) = 3 exe=/usr/bin/x item=/,PARENT,2,fe:00,040755 " \
	"item=" path ",CREATE," inode ",fe:00,0100755\n"

/* sshd, 100, accepts; 101 is the login's, with a terminal for the shell, 102. */
#define SSHD RUN(100, 1, "/usr/sbin/sshd", "77")
#define LOGIN                                                                                                        \
	"100<1 accept(3,0,0) = 4 inet=198.51.100.7:50000 exe=/usr/sbin/sshd\n"                                       \
	"100<1 clone(1200011) = 101\n"                                                                               \
	"101<100 openat(ffffff9c,0,2) = 5 exe=/usr/sbin/sshd path=/dev/ptmx inode=4 dev=00:05 mode=020666\n"         \
	"101<100 clone(1200011) = 102\n"                                                                             \
	"102<101 openat(ffffff9c,0,2) = 6 exe=/usr/sbin/sshd path=/dev/pts/3 inode=6 dev=00:16 mode=020620\n" STDIO( \
		102, 101,                                                                                            \
		6) "102<101 execve() = 0 exe=/usr/bin/bash argv=-bash tty=pts3\n"                                    \
		   "102<101 clone(1200011) = 103\n103<102 execve() = 0 exe=/usr/bin/id tty=pts3\n"
#define WRITTEN                                                                 \
	"50<1 openat(ffffff9c,0,241) = 3 item=/usr/sbin,PARENT,2,fe:00,040755 " \
	"item=/usr/sbin/sshd,NORMAL,77,fe:00,0100755\n50<1 close(3) = 0\n"

static const struct {
	const char *name, *lines, *want;
	bool manifest;
} cases[] = {
	{ "a shell on its own socket",
	  RULES CONNECT(20) STDIO(20, 1, 3) RUN(20, 1, "/usr/bin/bash", "7"),
	  "reverse_shell high\n", false },
	{ "a program of the system, on an accepted one",
	  RULES "20<1 accept(3,0,0) = 4 inet=203.0.113.9:4444\n" STDIO(20, 1, 4)
		  RUN(20, 1, "/usr/bin/rsync", "7"),
	  "", false },
	{ "through the dynamic loader",
	  RULES CONNECT(20) STDIO(
		  20, 1,
		  3) "20<1 execve() = 0 exe=/usr/lib/ld-linux-x86-64.so.2 argv=ld.so,/bin/bash\n",
	  "reverse_shell high\n", false },
	{ "a copy, by what cp was told",
	  RULES MADE("cp,/bin/bash,/tmp/k", "/tmp/k", "9") CONNECT(20) STDIO(20, 1, 3)
		  RUN(20, 1, "/tmp/k", "9"),
	  "reverse_shell high\n", false },
	{ "a copy, by what dd was told",
	  RULES MADE("dd,if=/bin/dash,of=/tmp/k", "/tmp/k", "9") CONNECT(20)
		  STDIO(20, 1, 3) RUN(20, 1, "/tmp/k", "9"),
	  "reverse_shell high\n", false },
	{ "a copy of something else",
	  RULES MADE("cp,/bin/cat,/tmp/k", "/tmp/k", "9") CONNECT(20) STDIO(20, 1, 3)
		  RUN(20, 1, "/tmp/k", "9"),
	  "", false },
	{ "a hard link",
	  RULES
	  "30<1 link() = 0 item=/usr/bin/bash,NORMAL,7,fe:00,0100755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/l,CREATE,7,fe:00,0100755\n" CONNECT(
		  20) STDIO(20, 1, 3) RUN(20, 1, "/tmp/l", "7"),
	  "reverse_shell high\n", false },
	{ "busybox under a name of its own",
	  RULES CONNECT(20) STDIO(
		  20, 1, 3) "20<1 execve() = 0 exe=/bin/busybox argv=busybox-x,sh\n",
	  "reverse_shell high\n", false },
	/* login servers */
	{ "sshd", RULES SSHD LOGIN, "relayed_shell high suppressed\n", false },
	{ "sshd, as the image has it", RULES SSHD LOGIN,
	  "relayed_shell high suppressed\n", true },
	{ "sshd, written before it ran", RULES WRITTEN SSHD LOGIN, "relayed_shell high\n",
	  false },
	{ "sshd, written, with a manifest", RULES WRITTEN SSHD LOGIN,
	  "relayed_shell high\n", true },
	{ "an sshd elsewhere",
	  RULES RUN(
		  100, 1, "/tmp/sshd",
		  "77") "100<1 accept(3,0,0) = 4 "
			"inet=198.51.100.7:50000 exe=/tmp/sshd\n"
			"100<1 openat(ffffff9c,0,2) = 5 exe=/tmp/sshd path=/dev/ptmx inode=4 dev=00:05 mode=020666\n"
			"100<1 clone(1200011) = 102\n"
			"102<100 openat(ffffff9c,0,2) = 6 exe=/tmp/sshd path=/dev/pts/3 inode=6 dev=00:16 mode=020620\n" STDIO(
				102, 100,
				6) "102<100 execve() = 0 exe=/usr/bin/bash argv=bash\n"
				   "102<100 clone(1200011) = 103\n103<102 execve() = 0 exe=/usr/bin/id\n",
	  "relayed_shell high\n", false },
	{ "tmux, which the image does not hold",
	  RULES
	  "100<1 execve() = 0 exe=/usr/bin/tmux\n"
	  "100<1 accept(3,0,0) = 4 inet=198.51.100.7:50000 exe=/usr/bin/tmux\n"
	  "100<1 openat(ffffff9c,0,2) = 5 exe=/usr/bin/tmux path=/dev/ptmx inode=4 dev=00:05 mode=020666\n"
	  "100<1 clone(1200011) = 102\n"
	  "102<100 openat(ffffff9c,0,2) = 6 exe=/usr/bin/tmux path=/dev/pts/3 inode=6 dev=00:16 mode=020620\n" STDIO(
		  102, 100,
		  6) "102<100 execve() = 0 exe=/usr/bin/bash argv=bash\n"
		     "102<100 clone(1200011) = 103\n103<102 execve() = 0 exe=/usr/bin/id\n",
	  "relayed_shell high\n", true },
/* who holds both ends, and may not pass on what it gets */
#define BESIDE(exe)                                                             \
	RULES "70<1 execve() = 0 exe=" exe "\n70<1 pipe() = 0 fds=4,5 exe=" exe \
	      "\n70<1 pipe() = 0 fds=6,7 exe=" exe "\n"
#define SHELL_BESIDE                                                       \
	"70<1 clone(1200011) = 71\n70<1 close(4) = 0\n70<1 close(7) = 0\n" \
	"71<70 dup2(4,0) = 0\n71<70 dup2(7,1) = 1\n71<70 close(4) = 0\n"   \
	"71<70 close(5) = 0\n71<70 close(6) = 0\n71<70 close(7) = 0\n"     \
	"71<70 execve() = 0 exe=/usr/bin/bash argv=bash\n"
#define CALLS(exe)                                  \
	"70<1 socket(2,1,0) = 8 exe=" exe "\n70<1 " \
	"connect(8,1,10) = 0 inet=203.0.113.9:4444 exe=" exe "\n"
#define LETS_GO "70<1 close(5) = 0 exe=/usr/bin/perl\n"
#define CALLED(exe) "70<1 accept(3,0,0) = 8 inet=203.0.113.9:50000 exe=" exe "\n"
#define RUNS(exe) "71<70 clone(1200011) = 72\n72<71 execve() = 0 exe=" exe "\n"
	{ "a program that calls out and starts a shell",
	  BESIDE("/usr/bin/perl") CALLS("/usr/bin/perl") SHELL_BESIDE RUNS("/usr/bin/df"),
	  "relayed_shell high\n", false },
	{ "a server whose shell was there before the client",
	  BESIDE("/usr/bin/perl") SHELL_BESIDE CALLED("/usr/bin/perl")
		  RUNS("/usr/bin/df"),
	  "", false },
	{ "the same, and it is asked who it is",
	  BESIDE("/usr/bin/perl") SHELL_BESIDE CALLED("/usr/bin/perl")
		  RUNS("/usr/bin/id"),
	  "relayed_shell low\n", false },
	{ "a shell before the connection, which then works",
	  BESIDE("/usr/bin/perl") SHELL_BESIDE CALLS("/usr/bin/perl") RUNS("/usr/bin/df"),
	  "relayed_shell high\n", false },
	{ "a shell before the connection, which was told all by then",
	  BESIDE("/usr/bin/perl") SHELL_BESIDE CALLS("/usr/bin/perl")
		  LETS_GO RUNS("/usr/bin/df"),
	  "", false },
	{ "a shell before the connection, which a silent fork feeds",
	  BESIDE("/usr/bin/perl") SHELL_BESIDE CALLS(
		  "/usr/bin/perl") "70<1 clone(1200011) = 74 exe=/usr/bin/perl\n" LETS_GO
		  RUNS("/usr/bin/df"),
	  "relayed_shell high\n", false },
	{ "a shell with a coprocess and a connection",
	  BESIDE("/usr/bin/bash") CALLS("/usr/bin/bash") SHELL_BESIDE RUNS("/usr/bin/df"),
	  "", false },
	{ "a program that was left with a connection by an execve",
	  RULES
	  "70<1 socket(2,1,0) = 8\n70<1 connect(8,1,10) = 0 inet=203.0.113.9:4444\n"
	  "70<1 execve() = 0 exe=/usr/bin/perl\n"
	  "70<1 pipe() = 0 fds=4,5 exe=/usr/bin/perl\n"
	  "70<1 pipe() = 0 fds=6,7 exe=/usr/bin/perl\n" SHELL_BESIDE RUNS("/usr/bin/df"),
	  "", false },
/* one command, and who reads what it prints */
#define PRINTS(holder, pid)                                                         \
#pid "<" #holder " dup2(5,1) = 1\n" #pid "<" #holder " close(4) = 0\n" #pid \
	     "<" #holder " execve() = 0 exe=/usr/bin/id\n"
	{ "a command of one that calls out",
	  BESIDE("/usr/bin/perl")
		  CALLS("/usr/bin/perl") "70<1 clone(1200011) = 71\n" PRINTS(70, 71),
	  "remote_command_execution medium\n", false },
	{ "a command of its worker, which has the connection by fork alone",
	  RULES "70<1 execve() = 0 exe=/usr/bin/perl\n" CALLS(
		  "/usr/bin/perl") "70<1 clone(1200011) = 71\n71<70 pipe() = 0 fds=4,5 exe=/usr/bin/perl\n"
				   "71<70 clone(1200011) = 73\n" PRINTS(71, 73),
	  "", false },
	{ "the same of a forking server, which has closed its own",
	  RULES "70<1 execve() = 0 exe=/usr/bin/perl\n" CALLED(
		  "/usr/bin/perl") "70<1 clone(1200011) = 71\n70<1 close(8) = 0\n"
				   "71<70 pipe() = 0 fds=4,5 exe=/usr/bin/perl\n"
				   "71<70 clone(1200011) = 73\n" PRINTS(71, 73),
	  "remote_command_execution medium\n", false },
/* a shell reads what a command prints, and whether it does so to the end */
#define SHELL_READS                                                                    \
	RULES "70<1 execve() = 0 exe=/usr/bin/bash argv=bash,-c,x\n" CALLS(            \
		"/usr/bin/bash") "70<1 pipe() = 0 fds=4,5\n70<1 clone(1200011) = 71\n" \
				 "70<1 close(5) = 0\n" PRINTS(70, 71)
#define ID_ENDS \
	"71<70 close(1) = 0 exe=/usr/bin/id\n71<70 exit_group(0) = ? exe=/usr/bin/id\n"
	{ "$(id)", SHELL_READS ID_ENDS "70<1 close(4) = 0\n",
	  "remote_command_execution medium\n", false },
	{ "id | something else", SHELL_READS "70<1 close(4) = 0\n" ID_ENDS, "", false },
	{ "a shell that was started on a socket puts it back on its output",
	  RULES "20<1 accept(3,0,0) = 4 inet=203.0.113.9:50000\n" STDIO(
		  20, 1,
		  4) "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,-c,cat%20>/dev/null\n"
		     "20<1 fcntl(1,0,a) = 10 exe=/usr/bin/dash\n"
		     "20<1 openat(ffffff9c,0,241) = 3 exe=/usr/bin/dash path=/dev/null\n"
		     "20<1 dup2(3,1) = 1 exe=/usr/bin/dash\n20<1 close(3) = 0 exe=/usr/bin/dash\n"
		     "20<1 dup2(a,1) = 1 exe=/usr/bin/dash\n20<1 close(a) = 0 exe=/usr/bin/dash\n"
		     "20<1 exit_group(0) = ? exe=/usr/bin/dash\n",
	  "", false },
	/* what no record tells */
	{ "a shell on a socket that nobody connected",
	  RULES "20<1 socket(2,1,0) = 3\n" STDIO(20, 1, 3)
		  RUN(20, 1, "/usr/bin/dash", "7"),
	  "reverse_shell medium\n", false },
	{ "a shell on one that listens",
	  RULES "20<1 socket(2,1,0) = 3\n20<1 listen(3,1) = 0\n" STDIO(20, 1, 3)
		  RUN(20, 1, "/usr/bin/dash", "7"),
	  "", false },
	{ "a shell on what its connected parent has passed to it",
	  RULES CONNECT(19) "19<1 clone(1200011) = 20\n20<19 close(3) = 0\n" STDIO(
		  20, 19, 6) RUN(20, 19, "/usr/bin/dash", "7"),
	  "reverse_shell low\n", false },
	{ "a shell on something unknown, and nobody near has a connection",
	  RULES STDIO(20, 19, 6) RUN(20, 19, "/usr/bin/dash", "7"), "", false },
/* pipelines */
#define PIPE \
	"40<1 pipe() = 0 fds=3,4\n40<1 clone(1200011) = 41\n40<1 clone(1200011) = 42\n"
#define WRITER "41<40 dup2(4,1) = 1\n41<40 close(3) = 0\n41<40 close(4) = 0\n"
#define READER "42<40 dup2(3,0) = 0\n42<40 close(3) = 0\n42<40 close(4) = 0\n"
#define EXEC(pid, path, argv) #pid "<40 execve() = 0 exe=" path " argv=" argv "\n"
#define A_SHELL "40<1 execve() = 0 exe=/usr/bin/bash argv=bash\n"
	{ "curl | tar, while tar is still the shell",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/tar", "tar,xz"),
	  "", false },
	{ "curl | sh",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/dash", "sh"),
	  "downloaded_code_piped high\n", false },
	{ "curl | sh, the shell first",
	  A_SHELL PIPE WRITER READER EXEC(42, "/usr/bin/dash", "sh")
		  EXEC(41, "/usr/bin/curl", "curl,-s,x"),
	  "downloaded_code_piped high\n", false },
	{ "curl | python -m json.tool",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/python3", "python3,-m,json.tool"),
	  "", false },
	{ "base64 -d | sh",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/base64", "base64,-di")
		  EXEC(42, "/usr/bin/dash", "sh"),
	  "piped_encoded_execution high\n", false },
	{ "base64 | sh",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/base64", "base64,-w0")
		  EXEC(42, "/usr/bin/dash", "sh"),
	  "", false },
	{ "openssl that looks at a certificate",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/openssl", "openssl,x509,-noout,-enddate"),
	  "", false },
	{ "curl | base64 -d",
	  A_SHELL PIPE WRITER READER EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/base64", "base64,--decode"),
	  "piped_encoded_download high\n", false },
	{ "curl | tee | sh",
	  A_SHELL
	  "40<1 pipe() = 0 fds=3,4\n40<1 pipe() = 0 fds=5,6\n"
	  "40<1 clone(1200011) = 41\n40<1 clone(1200011) = 42\n40<1 clone(1200011) = 43\n"
	  "41<40 dup2(4,1) = 1\n42<40 dup2(3,0) = 0\n42<40 dup2(6,1) = 1\n"
	  "43<40 dup2(5,0) = 0\n" EXEC(41, "/usr/bin/curl", "curl,-s,x")
		  EXEC(42, "/usr/bin/tee", "tee,f") EXEC(43, "/usr/bin/dash", "sh"),
	  "downloaded_code_piped medium\n", false },
/* the shells of servers */
#define SERVE(exe)                                                     \
	RULES "60<1 execve() = 0 exe=" exe "\n60<1 accept(3,0,0) = 4 " \
	      "inet=203.0.113.9:4444 exe=" exe "\n60<1 clone(1200011) = 61\n"
	{ "a database that runs a program",
	  SERVE("/usr/lib/postgresql/15/bin/postgres") "61<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,date\n",
	  "unexpected_child_shell high\n", false },
	{ "php that does its work",
	  SERVE("/usr/sbin/php-fpm8.2") "61<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,convert\n",
	  "", false },
	{ "php that is asked who it is",
	  SERVE("/usr/sbin/php-fpm8.2") "61<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,whoami\n",
	  "unexpected_child_shell medium\n", false },
	{ "a database without a client, that asks who it is",
	  RULES "60<1 execve() = 0 exe=/usr/bin/redis-server\n60<1 clone(1200011) = 61\n"
		"61<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,id\n",
	  "unexpected_child_shell low\n", false },
	{ "a script of the server's",
	  SERVE("/usr/sbin/nginx") "61<60 execve() = 0 exe=/usr/bin/dash argv=sh,/etc/nginx/up.sh\n",
	  "", false },
};

START_TEST(who_is_told)
{
	start(cases[_i].manifest);
	world_run(&w, cases[_i].lines);
	ck_assert_msg(strcmp(strbuf_str(&told), cases[_i].want) == 0,
		      "%s: wanted \"%s\", got \"%s\"", cases[_i].name, cases[_i].want,
		      strbuf_str(&told));
}
END_TEST

START_TEST(a_manifest_knows_a_shell_by_its_content)
{
	start(true);
	world_run(&w, RULES CONNECT(20) STDIO(20, 1, 3) RUN(20, 1, "/tmp/k", "9"));
	ck_assert_str_eq(strbuf_str(&told), "");
	learn(20, "/tmp/k", 9, BASH_SHA);
	ck_assert_str_eq(strbuf_str(&told), "reverse_shell high\n");
	/* From then on the file is known. */
	world_run(&w, CONNECT(21) STDIO(21, 1, 3) RUN(21, 1, "/tmp/k", "9"));
	ck_assert_str_eq(strbuf_str(&told), "reverse_shell high\nreverse_shell high\n");
}
END_TEST

START_TEST(content_tells_of_a_tampered_server)
{
	start(true);
	world_run(&w, RULES SSHD);
	learn(100, "/usr/sbin/sshd", 77, EVIL_SHA);
	world_run(&w, LOGIN);
	ck_assert_str_eq(strbuf_str(&told), "relayed_shell high\n");
}
END_TEST

START_TEST(content_that_is_right_keeps_a_server)
{
	start(true);
	world_run(&w, RULES SSHD);
	learn(100, "/usr/sbin/sshd", 77, SSHD_SHA);
	world_run(&w, LOGIN);
	ck_assert_str_eq(strbuf_str(&told), "relayed_shell high suppressed\n");
}
END_TEST

/* ---- sessions ---- */

START_TEST(a_session_is_counted_whole_and_listed_in_part)
{
	enum { COMMANDS = LIMIT_FINDING_COMMANDS + 200 };

	start(false);
	world_run(&w, RULES CONNECT(20) STDIO(20, 1, 3) RUN(20, 1, "/usr/bin/bash", "7"));
	for (int i = 0; i < COMMANDS; i++) {
		char lines[128];

		snprintf(lines, sizeof(lines), "%d<20 execve() = 0 exe=/usr/bin/id\n",
			 1000 + i % 100);
		world_run(&w, lines);
	}
	world_run(&w, "20<1 exit_group(0) = ?\n");
	ck_assert_str_eq(strbuf_str(&told), "reverse_shell high\n");
	ck_assert_uint_eq(last.commands, COMMANDS);
	ck_assert_uint_eq(listed, LIMIT_FINDING_COMMANDS);
	ck_assert_int_gt(last.ended, last.started);
	ck_assert_int_eq(last.last, last.ended);
}
END_TEST

START_TEST(what_ran_before_it_was_clear_is_listed)
{
	start(false);
	/* nc connects when the shell has run a command already. */
	world_run(&w, RULES
		  "3000<1 execve() = 0 exe=/usr/bin/perl\n"
		  "3000<1 pipe() = 0 fds=4,5\n3000<1 pipe() = 0 fds=6,7\n"
		  "3000<1 clone(1200011) = 20\n3000<1 close(4) = 0\n3000<1 close(7) = 0\n"
		  "20<3000 dup2(4,0) = 0\n20<3000 dup2(7,1) = 1\n20<3000 close(4) = 0\n"
		  "20<3000 close(5) = 0\n20<3000 close(6) = 0\n20<3000 close(7) = 0\n"
		  "20<3000 execve() = 0 exe=/usr/bin/dash argv=sh\n"
		  "21<20 execve() = 0 exe=/usr/bin/id\n"
		  "3000<1 socket(2,1,0) = 8 exe=/usr/bin/perl\n"
		  "3000<1 connect(8,1,10) = 0 inet=203.0.113.9:4444 exe=/usr/bin/perl\n"
		  "22<20 execve() = 0 exe=/usr/bin/ls\n");
	ck_assert_str_eq(strbuf_str(&told), "relayed_shell high\n");
	/* The first ran before anybody was connected. */
	ck_assert_uint_eq(last.commands, 1);
}
END_TEST

START_TEST(the_shells_of_a_server_are_one_finding)
{
	start(false);
	world_run(
		&w,
		SERVE("/usr/bin/redis-server") "61<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,date\n"
					       "62<60 execve() = 0 exe=/usr/bin/dash argv=sh,-c,ls\n");
	ck_assert_str_eq(strbuf_str(&told), "unexpected_child_shell high\n");
	ck_assert_uint_eq(counted, 2);
	ck_assert_uint_eq(last.commands, 2);
}
END_TEST

Suite *suite_shell(void);

Suite *suite_shell(void)
{
	Suite *suite = suite_create("shell");
	TCase *tc = tcase_create("shell");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, who_is_told, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, a_manifest_knows_a_shell_by_its_content);
	tcase_add_test(tc, content_tells_of_a_tampered_server);
	tcase_add_test(tc, content_that_is_right_keeps_a_server);
	tcase_add_test(tc, a_session_is_counted_whole_and_listed_in_part);
	tcase_add_test(tc, what_ran_before_it_was_clear_is_listed);
	tcase_add_test(tc, the_shells_of_a_server_are_one_finding);
	suite_add_tcase(suite, tc);
	return suite;
}
