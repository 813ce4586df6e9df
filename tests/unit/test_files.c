/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log saw happen to files, and from which roots. */
#include "state/files.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "state/mounts.h"
#include "unit/world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_fini(&w);
}

/* "created /tmp/a by cp" of the file with that inode on fe:00 or 00:28. */
static const char *told(uint64_t dev, uint64_t inode, char out[512])
{
	const struct proc *any = w.known[0];
	const struct file *f = files_find(state_files(w.state), any->host, dev, inode);
	const struct file_write *wr;

	if (!f)
		return "nothing";
	wr = f->opened.act.at.serial && !f->content.act.at.serial ? &f->opened
								  : &f->content;
	snprintf(out, 512, "%s%s %s%s%s%s%s%s%s", wr == &f->opened ? "perhaps " : "",
		 wr->act.at.serial ? file_change_name(wr->act.change) : "kept", f->name,
		 strcmp(f->home, f->name) != 0 ? " was " : "",
		 strcmp(f->home, f->name) != 0 ? f->home : "",
		 f->gone.at.serial ? " gone" : "", f->chmod.at.serial ? " +x" : "",
		 wr->origin ? " from " : "", wr->origin ? wr->origin : "");
	return out;
}

#define FE00 (UINT64_C(0xfe) << 32)

static const struct {
	const char *name, *lines;
	uint64_t dev, inode;
	const char *want;
} cases[] = {
	{ "read only", "20<1 openat(ffffff9c,0,0) = 3 path=/bin/ls inode=7\n", FE00, 7,
	  "nothing" },
	{ "created",
	  "20<1 openat(ffffff9c,0,241) = 3 cwd=/tmp item=/tmp,PARENT,2,fe:00,040755 "
	  "item=a,CREATE,7\n",
	  FE00, 7, "created /tmp/a" },
	{ "emptied", "20<1 openat(ffffff9c,0,201) = 3 path=/bin/ls inode=7\n", FE00, 7,
	  "emptied and written /bin/ls" },
	{ "failed", "20<1 openat(ffffff9c,0,201) = -13 path=/bin/ls inode=7\n", FE00, 7,
	  "nothing" },
	{ "opened and closed",
	  "20<1 openat(ffffff9c,0,2) = 3 path=/bin/ls inode=7\n20<1 close(3) = 0\n", FE00,
	  7, "perhaps opened for writing /bin/ls" },
	{ "as standard output",
	  "20<1 openat(ffffff9c,0,441) = 3 path=/bin/ls inode=7\n20<1 dup2(3,1) = 1\n",
	  FE00, 7, "opened for writing /bin/ls" },
	{ "kept out of the way by a shell",
	  "20<1 openat(ffffff9c,0,42) = 3 path=/bin/ls inode=7\n"
	  "20<1 fcntl(3,0,a) = 10\n",
	  FE00, 7, "perhaps opened for writing /bin/ls" },
	{ "duplicated to be mapped",
	  "20<1 openat(ffffff9c,0,2) = 3 path=/bin/ls inode=7\n"
	  "20<1 fcntl(3,406,0) = 4\n",
	  FE00, 7, "opened for writing /bin/ls" },
	{ "touched",
	  "20<1 openat(ffffff9c,0,941) = 3 path=/bin/ls inode=7 exe=/usr/bin/touch\n"
	  "20<1 dup2(3,0) = 0 exe=/usr/bin/touch\n",
	  FE00, 7, "nothing" },
	{ "a program of that name elsewhere",
	  "20<1 openat(ffffff9c,0,941) = 3 path=/bin/ls inode=7 exe=/tmp/touch\n"
	  "20<1 dup2(3,1) = 1 exe=/tmp/touch\n",
	  FE00, 7, "opened for writing /bin/ls" },
	{ "truncated by descriptor",
	  "20<1 openat(ffffff9c,0,2) = 3 path=/bin/ls inode=7\n"
	  "20<1 ftruncate(3,0) = 0\n",
	  FE00, 7, "emptied and written /bin/ls" },
	{ "truncated by name", "20<1 truncate(0,0) = 0 path=/bin/ls inode=7\n", FE00, 7,
	  "emptied and written /bin/ls" },
	{ "relative to a descriptor",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/opt inode=5 mode=040755\n"
	  "20<1 openat(3,0,c1) = 4 item=/,PARENT,5,fe:00,040755 item=x,CREATE,7\n",
	  FE00, 7, "created /opt/x" },
	{ "renamed",
	  "20<1 rename() = 0 cwd=/tmp item=/bin,PARENT,3,fe:00,040755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=n,DELETE,7 item=/bin/git,DELETE,8 "
	  "item=/bin/git,CREATE,7\n",
	  FE00, 7, "kept /bin/git was /tmp/n" },
	{ "overwritten by a rename",
	  "20<1 rename() = 0 item=/bin,PARENT,3,fe:00,040755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/n,DELETE,7 item=/bin/git,DELETE,8 "
	  "item=/bin/git,CREATE,7\n",
	  FE00, 8, "kept /bin/git gone" },
	{ "exchanged, one of them",
	  "20<1 renameat2(ffffff9c,0,ffffff9c,0) = 0 item=/,PARENT,2,fe:00,040755 "
	  "item=/,PARENT,2,fe:00,040755 item=/a,DELETE,7 item=/b,DELETE,8 "
	  "item=/b,CREATE,7 item=/a,CREATE,8\n",
	  FE00, 7, "kept /b was /a" },
	{ "exchanged, the other",
	  "20<1 renameat2(ffffff9c,0,ffffff9c,0) = 0 item=/,PARENT,2,fe:00,040755 "
	  "item=/,PARENT,2,fe:00,040755 item=/a,DELETE,7 item=/b,DELETE,8 "
	  "item=/b,CREATE,7 item=/a,CREATE,8\n",
	  FE00, 8, "kept /a was /b" },
	{ "linked",
	  "20<1 link() = 0 item=/bin/env,NORMAL,7 item=/tmp,PARENT,2,fe:00,040755 "
	  "item=/tmp/e,CREATE,7\n",
	  FE00, 7, "kept /tmp/e was /bin/env" },
	{ "without a name, then linked",
	  "20<1 openat(ffffff9c,0,490001) = 3 path=/tmp inode=7 mode=0100755\n"
	  "20<1 linkat(ffffff9c,0,ffffff9c) = 0 item=/proc/self/fd/3,NORMAL,7 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/t,CREATE,7\n",
	  FE00, 7, "created /tmp/t was /tmp/#7" },
	{ "made executable",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
	  "20<1 fchmodat(ffffff9c,0,1ed) = 0 path=/a inode=7\n",
	  FE00, 7, "created /a +x" },
	{ "made writable only",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
	  "20<1 fchmodat(ffffff9c,0,1a4) = 0 path=/a inode=7\n",
	  FE00, 7, "created /a" },
	{ "chmod alone", "20<1 fchmodat(ffffff9c,0,1ed) = 0 path=/bin/ls inode=7\n", FE00,
	  7, "nothing" },
	{ "deleted",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
	  "20<1 unlink() = 0 item=/,PARENT,2,fe:00,040755 item=/a,DELETE,7\n",
	  FE00, 7, "created /a gone" },
	{ "another file with the same inode",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
	  "20<1 unlink() = 0 item=/,PARENT,2,fe:00,040755 item=/a,DELETE,7\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/b,CREATE,7\n",
	  FE00, 7, "created /b" },
	{ "copied up by chmod",
	  "20<1 chmod(0,1ed) = 0 item=/bin/ls,NORMAL,7,00:28 "
	  "item=(null),PARENT,3,fe:00,040755 item=(null),CREATE,9,fe:00\n",
	  0x28, 7, "nothing" },
	{ "copied up by writing: the copy's inode",
	  "20<1 openat(ffffff9c,0,201) = 3 item=/bin/ls,NORMAL,7,00:28 "
	  "item=(null),PARENT,3,fe:00,040755 item=(null),CREATE,9,fe:00\n",
	  0x28, 9, "emptied and written /bin/ls" },
	{ "renamed below directories that are open",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/opt/a inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,90000) = 4 path=/opt/b inode=6 mode=040755\n"
	  "20<1 renameat(3,0,4) = 0 cwd=/srv item=./,PARENT,5,fe:00,040755 "
	  "item=./,PARENT,6,fe:00,040755 item=x,DELETE,7 item=y,CREATE,7\n",
	  FE00, 7, "kept /opt/b/y was /opt/a/x" },
	{ "exchanged below directories that are open",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/opt/a inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,90000) = 4 path=/opt/b inode=6 mode=040755\n"
	  "20<1 renameat2(3,0,4,0) = 0 cwd=/srv item=./,PARENT,5,fe:00,040755 "
	  "item=./,PARENT,6,fe:00,040755 item=x,DELETE,7 item=y,DELETE,8 "
	  "item=y,CREATE,7 item=x,CREATE,8\n",
	  FE00, 8, "kept /opt/a/x was /opt/b/y" },
	{ "linked below directories that are open",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/opt/a inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,90000) = 4 path=/opt/b inode=6 mode=040755\n"
	  "20<1 linkat(3,0,4) = 0 cwd=/srv item=x,NORMAL,7 "
	  "item=./,PARENT,6,fe:00,040755 item=y,CREATE,7\n",
	  FE00, 7, "kept /opt/b/y was /opt/a/x" },
	{ "linked by the descriptor itself",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/tmp/x,CREATE,7\n"
	  "20<1 linkat(3,0,ffffff9c,0) = 0 item=/tmp,PARENT,2,fe:00,040755 "
	  "item=/tmp/y,CREATE,7\n",
	  FE00, 7, "created /tmp/y was /tmp/x" },
	{ "removed below a directory that is open",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/opt/a inode=5 mode=040755\n"
	  "20<1 openat(3,0,c1) = 4 cwd=/srv item=./,PARENT,5,fe:00,040755 "
	  "item=x,CREATE,7\n"
	  "20<1 unlinkat(3,0,0) = 0 cwd=/srv item=./,PARENT,5,fe:00,040755 "
	  "item=x,DELETE,7\n",
	  FE00, 7, "created /opt/a/x gone" },
	{ "made executable by its descriptor",
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
	  "20<1 fchmod(3,1ed) = 0 item=(null),NORMAL,7\n",
	  FE00, 7, "created /a +x" },
	{ "made by creat", "20<1 creat(0,1a4) = 3 cwd=/tmp item=a,CREATE,7\n", FE00, 7,
	  "created /tmp/a" },
	{ "dots and slashes",
	  "20<1 openat(ffffff9c,0,241) = 3 cwd=/tmp/x item=.././/y/..//a,CREATE,7\n",
	  FE00, 7, "created /tmp/a" },
	{ "above the root there is nothing",
	  "20<1 openat(ffffff9c,0,241) = 3 cwd=/ item=../../etc/a,CREATE,7\n", FE00, 7,
	  "created /etc/a" },
	{ "nor above that of a chroot",
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 cwd=/ item=../../etc/a,CREATE,7\n",
	  FE00, 7, "created /srv/r/etc/a" },
	{ "by the directory that it went to, where the record has none",
	  "20<1 chdir() = 0 path=/opt mode=040755 cwd=/opt\n"
	  "20<1 openat(ffffff9c,0,241) = 3 cwd=/opt item=a,CREATE,7\n",
	  FE00, 7, "created /opt/a" },
	{ "chroot to where it is",
	  "20<1 openat(ffffff9c,0,90000) = 3 path=/srv/r inode=5 mode=040755\n"
	  "20<1 fchdir(3) = 0\n"
	  "20<1 chroot() = 0 path=. inode=5 mode=040755 cwd=/\n"
	  "20<1 openat(ffffff9c,0,241) = 4 cwd=/ item=a,CREATE,7\n",
	  FE00, 7, "created /srv/r/a" },
	{ "in a chroot",
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n",
	  FE00, 7, "created /srv/r/a" },
	{ "in a chroot in a chroot",
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
	  "20<1 chroot() = 0 path=/jail inode=6 mode=040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n",
	  FE00, 7, "created /srv/r/jail/a" },
	{ "after pivot_root, by the overlay's upper layer",
	  "20<1 unshare(20000) = 0\n"
	  "20<1 mount(0,0,0,0) = 0 item=/srv/r,NORMAL,5,fe:00,040755 "
	  "item=/lower,NORMAL,50,fe:00,040755 item=/up,NORMAL,51,fe:00,040755 "
	  "item=/wk,NORMAL,52,fe:00,040755\n"
	  "20<1 pivot_root() = 0 item=.,NORMAL,51,00:28,040755 "
	  "item=.old,NORMAL,53,00:28,040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7,00:28\n",
	  0x28, 7, "created /srv/r/a" },
	{ "after pivot_root, by the bind mount of the root",
	  "20<1 mount(0,0,0,5000) = 0 item=/srv/r,NORMAL,5,fe:00,040755 "
	  "item=/srv/r,NORMAL,5,fe:00,040755\n"
	  "20<1 pivot_root() = 0 item=.,NORMAL,5,fe:00,040755 "
	  "item=.,NORMAL,5,fe:00,040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n",
	  FE00, 7, "created /srv/r/a" },
	{ "after pivot_root to nobody knows where",
	  "20<1 pivot_root() = 0 item=.,NORMAL,5,fe:00,040755 "
	  "item=.,NORMAL,5,fe:00,040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n",
	  FE00, 7, "created ?/a" },
	{ "in another process's root",
	  "30<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
	  "20<1 openat(ffffff9c,0,241) = 3 item=/proc/30/root/a,CREATE,7\n",
	  FE00, 7, "created /srv/r/a" },
	{ "downloaded",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.9:80\n"
	  "20<1 openat(ffffff9c,0,241) = 4 item=/a,CREATE,7\n",
	  FE00, 7, "created /a from 203.0.113.9:80" },
	{ "copied from what was downloaded",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.9:80\n"
	  "20<1 openat(ffffff9c,0,241) = 4 item=/a,CREATE,7\n"
	  "30<1 execve() = 0 exe=/usr/bin/cp\n"
	  "30<1 openat(ffffff9c,0,0) = 3 path=/a inode=7 exe=/usr/bin/cp\n"
	  "30<1 openat(ffffff9c,0,c1) = 4 item=/b,CREATE,8 exe=/usr/bin/cp\n",
	  FE00, 8, "created /b from 203.0.113.9:80" },
	{ "changed a little after it was downloaded",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.9:80\n"
	  "20<1 openat(ffffff9c,0,241) = 4 item=/a,CREATE,7\n"
	  "30<1 openat(ffffff9c,0,441) = 3 path=/a inode=7\n30<1 dup2(3,1) = 1\n",
	  FE00, 7, "opened for writing /a from 203.0.113.9:80" },
	{ "written anew after it was downloaded",
	  "20<1 socket(2,1,0) = 3\n20<1 connect(3) = 0 inet=203.0.113.9:80\n"
	  "20<1 openat(ffffff9c,0,241) = 4 item=/a,CREATE,7\n"
	  "30<1 openat(ffffff9c,0,241) = 3 path=/a inode=7\n",
	  FE00, 7, "emptied and written /a" },
};

START_TEST(happens)
{
	char text[512];

	world_run(&w, cases[_i].lines);
	ck_assert_msg(strcmp(told(cases[_i].dev, cases[_i].inode, text),
			     cases[_i].want) == 0,
		      "%s: %s, not %s", cases[_i].name,
		      told(cases[_i].dev, cases[_i].inode, text), cases[_i].want);
}
END_TEST

/* An overlay's device number is given again, and so are its inodes. */
START_TEST(device_again)
{
	static const char pivot[] =
		"20<1 pivot_root() = 0 item=/srv/b,NORMAL,50,00:28,040755 "
		"item=.old,NORMAL,51,00:28,040755\n";
	char text[512];

	world_run(&w, "20<1 openat(ffffff9c,0,201) = 3 path=/bin/ls inode=7 dev=00:28\n");
	ck_assert_str_eq(told(0x28, 7, text), "emptied and written /bin/ls");
	world_run(&w, pivot);
	ck_assert_str_eq(told(0x28, 7, text), "nothing");
}
END_TEST

/* The oldest goes first, and nothing else does. */
START_TEST(bounded)
{
	struct memory mem = { 0 };
	struct files *files = files_new(&mem);
	struct file_source none = { 0 };
	const struct proc *proc;

	world_run(&w, "20<1 close(3) = 0\n");
	proc = world_proc(&w, 20);
	for (uint64_t i = 1; i <= LIMIT_FILES + 10; i++) {
		struct file_ref ref = { proc->host, FE00, i, "/x" };

		files_write(files, &ref, FILE_CREATED, (struct proc *)proc,
			    (struct evref){ 1, 1 }, &none);
	}
	ck_assert_ptr_null(files_find(files, proc->host, FE00, 10));
	ck_assert_ptr_nonnull(files_find(files, proc->host, FE00, 11));
	ck_assert_ptr_nonnull(files_find(files, proc->host, FE00, LIMIT_FILES + 10));
	files_free(&files);
}
END_TEST

/* Who wrote this, with which command line, from which peer. */
START_TEST(who_wrote_it)
{
	const struct file *f;

	world_run(&w,
		  "30<1 clone(1200011) = 31\n"
		  "31<30 execve() = 0 exe=/usr/bin/curl argv=curl,-o,/tmp/x,http://h/x\n"
		  "31<30 socket(2,1,0) = 3\n31<30 connect(3) = 0 inet=203.0.113.9:80\n"
		  "31<30 openat(ffffff9c,0,241) = 4 item=/tmp/x,CREATE,7\n"
		  "31<30 exit_group(0) = ?\n"
		  "32<30 execve() = 0 exe=/usr/bin/chmod argv=chmod,+x,/tmp/x\n"
		  "32<30 fchmodat(ffffff9c,0,1ed) = 0 path=/tmp/x inode=7\n"
		  "33<30 execve() = 0 exe=/usr/bin/mv argv=mv,/tmp/x,/usr/bin/y\n"
		  "33<30 rename() = 0 item=/usr/bin,PARENT,3,fe:00,040755 "
		  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/x,DELETE,7 "
		  "item=/usr/bin/y,CREATE,7\n"
		  "33<30 execve() = 0 exe=/usr/bin/id argv=id\n");
	f = files_find(state_files(w.state), w.known[0]->host, FE00, 7);
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->name, "/usr/bin/y");
	ck_assert_str_eq(f->home, "/tmp/x");
	ck_assert_str_eq(f->content.origin, "203.0.113.9:80");
	ck_assert_int_eq(f->content.act.proc->pid, 31);
	ck_assert_str_eq(f->content.act.image->argv[3], "http://h/x");
	ck_assert_str_eq(f->chmod.image->argv[0], "chmod");
	/* What it ran then, not what it runs now. */
	ck_assert_int_eq(f->named.proc->pid, 33);
	ck_assert_str_eq(f->named.image->argv[0], "mv");
}
END_TEST

/* One name, two files: of another device, and of a container. */
START_TEST(same_name_elsewhere)
{
	char text[512];

	world_run(&w, "20<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7\n"
		      "30<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
		      "30<1 openat(ffffff9c,0,241) = 3 item=/a,CREATE,7,00:28\n"
		      "30<1 unlink() = 0 item=/,PARENT,2,00:28,040755 "
		      "item=/a,DELETE,7,00:28\n");
	ck_assert_str_eq(told(FE00, 7, text), "created /a");
	ck_assert_str_eq(told(0x28, 7, text), "created /srv/r/a gone");
}
END_TEST

/* Who mounted what over it, in which namespace. */
START_TEST(bind_mounted)
{
	const struct mount *mount;

	world_run(&w,
		  "20<1 execve() = 0 exe=/usr/bin/mount argv=mount,--bind,/x,/bin/ls\n"
		  "30<1 unshare(20000) = 0\n"
		  "20<1 mount(0,0,0,1000) = 0 item=/bin/ls,NORMAL,7 item=/x,NORMAL,9\n"
		  "30<1 mount(0,0,0,1000) = 0 item=/etc,NORMAL,11,fe:00,040755 "
		  "item=/srv/etc,NORMAL,12,fe:00,040755\n"
		  "40<1 clone(1200011) = 41\n");
	mount = mounts_covering(world_proc(&w, 40)->mounts, "/bin/ls");
	ck_assert_ptr_nonnull(mount);
	ck_assert_int_eq(mount->kind, MOUNT_BIND);
	ck_assert_str_eq(mount->from, "/x");
	ck_assert_int_eq(mount->act.proc->pid, 20);
	ck_assert_str_eq(mount->act.image->argv[0], "mount");
	ck_assert_ptr_null(mounts_covering(world_proc(&w, 30)->mounts, "/bin/ls"));
	ck_assert_ptr_null(mounts_covering(world_proc(&w, 40)->mounts, "/etc/passwd"));
	mount = mounts_covering(world_proc(&w, 30)->mounts, "/etc/passwd");
	ck_assert_str_eq(mount->from, "/srv/etc");
	world_run(&w, "20<1 umount2() = 0 item=/bin/ls,NORMAL,9\n");
	ck_assert_ptr_null(mounts_covering(world_proc(&w, 40)->mounts, "/bin/ls"));
}
END_TEST

/* Places that lead elsewhere. */
START_TEST(places)
{
	const struct files *files = state_files(w.state);
	const struct host *host;

	world_run(&w, "20<1 symlink() = 0 item=/,PARENT,2,fe:00,040755 "
		      "item=/tmp/e.so,UNKNOWN,0 item=/l.tmp,CREATE,9,fe:00,0120777\n"
		      "20<1 rename() = 0 item=/,PARENT,2,fe:00,040755 "
		      "item=/,PARENT,2,fe:00,040755 item=/l.tmp,DELETE,9,fe:00,0120777 "
		      "item=/l,CREATE,9,fe:00,0120777\n");
	host = w.known[0]->host;
	ck_assert_ptr_null(files_symlink_at(files, host, "/l.tmp"));
	ck_assert_str_eq(files_symlink_at(files, host, "/l")->to, "/tmp/e.so");
	world_run(&w, "20<1 unlink() = 0 item=/,PARENT,2,fe:00,040755 "
		      "item=/l,DELETE,9,fe:00,0120777\n"
		      "20<1 rename() = 0 item=/,PARENT,2,fe:00,040755 "
		      "item=/,PARENT,2,fe:00,040755 item=/d,DELETE,11,fe:00,040755 "
		      "item=/e,CREATE,11,fe:00,040755\n");
	ck_assert_ptr_null(files_symlink_at(files, host, "/l"));
	ck_assert_str_eq(files_moved_to(files, host, "/e")->path, "/d");
	ck_assert_str_eq(files_moved_from(files, host, "/d")->to, "/e");
	world_run(&w, "20<1 rename() = 0 item=/,PARENT,2,fe:00,040755 "
		      "item=/,PARENT,2,fe:00,040755 item=/e,DELETE,11,fe:00,040755 "
		      "item=/d,CREATE,11,fe:00,040755\n");
	ck_assert_ptr_null(files_moved_to(files, host, "/d")); /* it is back */
	ck_assert_int_eq(files_has_places(files), false);
	/* overlayfs leaves a whiteout, which the record shows */
	world_run(&w,
		  "20<1 rename() = 0 item=/,PARENT,2,00:28,040755 "
		  "item=/,PARENT,2,00:28,040755 item=/e,DELETE,12,fe:00,020000 "
		  "item=/d,CREATE,11,00:28,040755 item=(null),DELETE,12,fe:00,020000\n"
		  "20<1 symlink() = 0 item=/srv/,PARENT,2,fe:00,040755 "
		  "item=/opt/app,CREATE,9,fe:00,0120777\n");
	ck_assert_str_eq(files_moved_to(files, host, "/d")->path, "/e");
	ck_assert_str_eq(files_symlink_at(files, host, "/srv/app")->to, "/opt/app");
	ck_assert_ptr_null(files_symlink_at(files, host, "/opt/app"));
}
END_TEST

Suite *suite_files(void);
Suite *suite_files(void)
{
	Suite *suite = suite_create("files");
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, happens, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, device_again);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, who_wrote_it);
	tcase_add_test(tc, same_name_elsewhere);
	tcase_add_test(tc, bind_mounted);
	tcase_add_test(tc, places);
	suite_add_tcase(suite, tc);
	return suite;
}
