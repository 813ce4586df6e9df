/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs, held against a small image. */
#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "unit/drift_world.h"

static const char image[] =
	"#mtree\n"
	"./bin type=link link=usr/bin\n"
	"./lib type=link link=usr/lib\n"
	"./usr/bin type=dir\n"
	"./usr/bin/ls type=file sha256digest="
	"1111111111111111111111111111111111111111111111111111111111111111\n"
	"./usr/bin/cat type=file sha256digest="
	"2222222222222222222222222222222222222222222222222222222222222222\n"
	"./usr/bin/perl type=file sha256digest="
	"3333333333333333333333333333333333333333333333333333333333333333\n"
	"./usr/bin/perl5 type=file sha256digest="
	"3333333333333333333333333333333333333333333333333333333333333333\n"
	"./usr/bin/sh type=link link=dash\n"
	"./usr/bin/dash type=file\n"
	"./usr/bin/bash type=file\n"
	"./usr/bin/python3 type=file\n"
	"./usr/bin/dpkg type=file\n"
	"./usr/bin/cp type=file\n"
	"./usr/bin/fallocate type=file\n"
	"./usr/bin/run.sh type=file\n"
	"./usr/lib/ld-linux-x86-64.so.2 type=file\n"
	"./usr/lib/libz.so.1 type=link link=libz.so.1.2\n"
	"./usr/lib/libz.so.1.2 type=file\n";

static void setup(void)
{
	static const char *const names[] = { "/srv/r", "C1", NULL };

	drift_world_make(image, names);
}

/* ---- cases ---- */

#define LS "20<1 execve() = 0 exe=/usr/bin/ls path=/bin/ls inode=7 mode=0100755\n"
#define CREATED(path, inode)                                                           \
	"30<1 execve() = 0 exe=/usr/bin/cp\n"                                          \
	"30<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/cp item=/,PARENT,2,fe:00,040755 " \
	"item=" path ",CREATE," inode "\n"
#define RUN(path, inode) \
	"20<1 execve() = 0 exe=" path " path=" path " inode=" inode " mode=0100755\n"

/* An engine or something like it makes a root, and a runtime runs there. */
#define COPY(maker)                                          \
	"20<1 execve() = 0 exe=/usr/bin/" maker "\n"         \
	"20<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/" maker \
	" item=/c/usr/bin/ls,CREATE,7,00:28\n"
#define RUN_IN_COPY                                                                      \
	"610<500 execve() = 0 exe=/usr/sbin/runc argv=runc,run,C1 path=/usr/sbin/runc\n" \
	"620<610 chroot() = 0 path=/c inode=5 mode=040755\n"                             \
	"620<610 execve() = 0 exe=/usr/bin/ls path=/usr/bin/ls inode=7 dev=00:28\n"
#define MAKERS(maker)                               \
	"low added_binary_executed /usr/bin/" maker \
	" high\nlow added_binary_executed /usr/sbin/runc high\n"
#define SOURCED(argv)                                                      \
	"20<1 execve() = 0 exe=/usr/bin/bash argv=" argv "\n"              \
	"20<1 openat(ffffff9c,0,0) = 3 path=/tmp/x inode=9 mode=0100644\n" \
	"20<1 close(3) = 0\n"

static const struct {
	const char *name, *lines, *want;
} cases[] = {
	/* programs */
	{ "what the image holds", LS, "" },
	{ "by another of its names",
	  "20<1 execve() = 0 exe=/usr/bin/dash path=/bin/sh inode=8 mode=0100755\n", "" },
	{ "added, nobody saw it come", RUN("/tmp/a", "9"),
	  "low added_binary_executed /tmp/a high\n" },
	{ "added", CREATED("/tmp/a", "9") RUN("/tmp/a", "9"),
	  "low added_binary_executed /tmp/a high by /usr/bin/cp\n" },
	{ "failed", "20<1 execve() = -13 exe=/usr/bin/bash path=/tmp/a inode=9\n", "" },
	{ "the image's under another name",
	  "30<1 link() = 0 item=/usr/bin/ls,NORMAL,7 item=/tmp,PARENT,2,fe:00,040755 "
	  "item=/tmp/l,CREATE,7\n" RUN("/tmp/l", "7") LS,
	  "low added_binary_executed /tmp/l high\n" },
	{ "written",
	  "30<1 execve() = 0 exe=/usr/bin/cat\n"
	  "30<1 openat(ffffff9c,0,201) = 3 exe=/usr/bin/cat path=/bin/ls inode=7\n" LS,
	  "medium modified_binary_executed /usr/bin/ls high by /usr/bin/cat\n" },
	{ "only then run, and then written",
	  LS "30<1 openat(ffffff9c,0,201) = 3 path=/bin/ls inode=7\n", "" },
	{ "created under its name", CREATED("/usr/bin/ls", "9") RUN("/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high by /usr/bin/cp\n" },
	{ "renamed over it",
	  "30<1 rename() = 0 item=/bin,PARENT,3,fe:00,040755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/n,DELETE,9 item=/bin/ls,DELETE,7 "
	  "item=/bin/ls,CREATE,9\n" RUN("/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "renamed away and back",
	  "30<1 rename() = 0 item=/bin,PARENT,3,fe:00,040755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/bin/ls,DELETE,7 item=/tmp/l,CREATE,7\n"
	  "30<1 rename() = 0 item=/bin,PARENT,3,fe:00,040755 "
	  "item=/tmp,PARENT,2,fe:00,040755 item=/tmp/l,DELETE,7 item=/bin/ls,CREATE,7\n" LS,
	  "" },
	{ "replaced by another name of the same content",
	  "30<1 link() = 0 item=/usr/bin/perl5,NORMAL,9 item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/perl,CREATE,9\n" RUN("/usr/bin/perl", "9"),
	  "" },
	{ "replaced by another file of the image",
	  "30<1 rename() = 0 item=/,PARENT,2,fe:00,040755 item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/cat,DELETE,8 item=/usr/bin/ls,DELETE,7 "
	  "item=/usr/bin/ls,CREATE,8\n" RUN("/usr/bin/ls", "8"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "bind mount over it",
	  "30<1 mount(0,0,0,1000) = 0 item=/usr/bin/ls,NORMAL,7 item=/x,NORMAL,9\n" RUN(
		  "/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "bind mount taken off again",
	  "30<1 mount(0,0,0,1000) = 0 item=/usr/bin/ls,NORMAL,7 item=/x,NORMAL,9\n"
	  "30<1 umount2() = 0 item=/usr/bin/ls,NORMAL,9\n" LS,
	  "" },
	{ "a tree put over it",
	  "30<1 open_tree(ffffff9c,0,1) = 3 path=/x inode=9\n"
	  "30<1 move_mount(3,0,ffffff9c,0) = 0 item=/usr/bin/ls,NORMAL,7\n" RUN(
		  "/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "a tree put over it, both by descriptors",
	  "30<1 open_tree(ffffff9c,0,1) = 3 path=/x inode=9\n"
	  "30<1 openat(ffffff9c,0,200000) = 4 path=/usr/bin/ls inode=7\n"
	  "30<1 move_mount(3,0,4,0) = 0\n" RUN("/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "a mount moved over the directory",
	  "30<1 move_mount(ffffff9c,0,ffffff9c,0) = 0 item=/usr/bin,NORMAL,3,fe:00,040755 "
	  "item=/tmp/b,NORMAL,4,fe:00,040755\n" RUN("/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "a mount moved elsewhere",
	  "30<1 openat(ffffff9c,0,200000) = 4 item=/tmp/b,NORMAL,4,fe:00,040755\n"
	  "30<1 move_mount(ffffff9c,0,4,0) = 0 item=/usr/bin,NORMAL,3,fe:00,040755\n" LS,
	  "" },
	{ "a mount of itself",
	  "30<1 mount(0,0,0,1000) = 0 item=/usr,NORMAL,3,fe:00,040755 "
	  "item=/usr,NORMAL,3,fe:00,040755\n" LS,
	  "" },
	{ "a mount that changes flags only",
	  "30<1 mount(0,0,0,1021) = 0 item=/usr,NORMAL,3,fe:00,040755\n" LS, "" },
	{ "a disk's file system",
	  "30<1 mount(0,0,0,0) = 0 item=/usr,NORMAL,3,fe:00,040755 "
	  "item=/dev/sda1,NORMAL,4,00:06,060660\n" LS,
	  "" },
	{ "an overlay over the directory",
	  "30<1 mount(0,0,0,0) = 0 item=/usr/bin,NORMAL,3,fe:00,040755 "
	  "item=/usr/bin,NORMAL,3,fe:00,040755 item=/tmp/u,NORMAL,4,fe:00,040755\n" LS,
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "in another mount namespace",
	  "30<1 unshare(20000) = 0\n"
	  "30<1 mount(0,0,0,1000) = 0 item=/usr/bin/ls,NORMAL,7 item=/x,NORMAL,9\n" LS,
	  "" },
	{ "its directory was replaced",
	  "30<1 rename() = 0 item=/,PARENT,2,fe:00,040755 item=/,PARENT,2,fe:00,040755 "
	  "item=/tmp/b,DELETE,11,fe:00,040755 item=/usr/bin,CREATE,11,fe:00,040755\n" RUN(
		  "/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls medium\n" },
	{ "a file where the image has a link", RUN("/usr/bin/sh", "9"),
	  "medium modified_binary_executed /usr/bin/sh high\n" },
	/* a container whose root is a copy of the image */
	{ "unpacked by its engine", COPY("podman") RUN_IN_COPY, MAKERS("podman") },
	{ "unpacked by somebody else", COPY("tar") RUN_IN_COPY,
	  MAKERS("tar") "medium modified_binary_executed /usr/bin/ls high by /usr/bin/tar\n" },
	/* opened for writing only */
	{ "by a program that was not told to write",
	  "30<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-c,f.read(4)\n"
	  "30<1 openat(ffffff9c,0,2) = 3 exe=/usr/bin/python3 path=/bin/ls inode=7\n" LS,
	  "" },
	{ "by a program whose text speaks of writing",
	  "30<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-c,f.write(b)\n"
	  "30<1 openat(ffffff9c,0,2) = 3 exe=/usr/bin/python3 path=/bin/ls inode=7\n" LS,
	  "medium modified_binary_executed /usr/bin/ls low by /usr/bin/python3\n" },
	{ "by a program that has no other reason",
	  "30<1 execve() = 0 exe=/usr/bin/fallocate\n"
	  "30<1 openat(ffffff9c,0,2) = 3 exe=/usr/bin/fallocate path=/bin/ls inode=7\n" LS,
	  "medium modified_binary_executed /usr/bin/ls medium by /usr/bin/fallocate\n" },
	{ "by a package manager, to flush it",
	  "30<1 execve() = 0 exe=/usr/bin/dpkg\n"
	  "30<1 openat(ffffff9c,0,1) = 3 exe=/usr/bin/dpkg path=/bin/ls inode=7\n" LS,
	  "" },
	/* where it came from */
	{ "by a package manager, on the host",
	  "30<1 execve() = 0 exe=/usr/bin/dpkg\n"
	  "30<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/dpkg item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/new,CREATE,9\n" RUN("/usr/bin/new", "9"),
	  "info added_binary_executed /usr/bin/new high by /usr/bin/dpkg\n" },
	{ "by what calls itself a package manager",
	  "30<1 execve() = 0 exe=/tmp/dpkg\n"
	  "30<1 openat(ffffff9c,0,c1) = 3 exe=/tmp/dpkg item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/new,CREATE,9\n" RUN("/usr/bin/new", "9"),
	  "low added_binary_executed /tmp/dpkg high\n"
	  "low added_binary_executed /usr/bin/new high by /tmp/dpkg\n" },
	{ "by a package manager, in a root of its own",
	  "30<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n"
	  "30<1 execve() = 0 exe=/usr/bin/dpkg\n"
	  "30<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/dpkg item=/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin/new,CREATE,9\n"
	  "30<1 execve() = 0 exe=/usr/bin/new path=/usr/bin/new inode=9 mode=0100755\n",
	  "low added_binary_executed /usr/bin/new high by /usr/bin/dpkg\n" },
	{ "downloaded",
	  "30<1 execve() = 0 exe=/usr/bin/curl argv=curl,http://203.0.113.9/x\n"
	  "30<1 socket(2,1,0) = 3 exe=/usr/bin/curl\n"
	  "30<1 connect(3) = 0 exe=/usr/bin/curl inet=203.0.113.9:80\n"
	  "30<1 openat(ffffff9c,0,c1) = 4 exe=/usr/bin/curl item=/tmp/a,CREATE,9\n" RUN(
		  "/tmp/a", "9"),
	  "low added_binary_executed /usr/bin/curl high\n"
	  "high added_binary_executed /tmp/a high by /usr/bin/curl "
	  "from http://203.0.113.9/x\n" },
	{ "connected after the file was opened",
	  "30<1 openat(ffffff9c,0,c1) = 4 item=/tmp/a,CREATE,9\n"
	  "30<1 socket(2,1,0) = 3\n30<1 connect(3) = 0 inet=203.0.113.9:80\n" RUN(
		  "/tmp/a", "9"),
	  "high added_binary_executed /tmp/a high by /usr/bin/bash "
	  "from 203.0.113.9:80\n" },
	{ "through a pipe, by who is gone",
	  "10<1 pipe2() = 0 fds=3,4\n10<1 clone(1200011) = 30\n10<1 clone(1200011) = 40\n"
	  "30<10 dup2(4,1) = 1\n40<10 dup2(3,0) = 0\n"
	  "40<10 openat(ffffff9c,0,241) = 5 item=/tmp/a,CREATE,9\n40<10 dup2(5,1) = 1\n"
	  "30<10 execve() = 0 exe=/usr/bin/python3 argv=python3,x\n"
	  "30<10 socket(2,1,0) = 3 exe=/usr/bin/python3\n"
	  "30<10 connect(3) = 0 exe=/usr/bin/python3 inet=203.0.113.9:80\n"
	  "40<10 execve() = 0 exe=/usr/bin/cat\n30<10 exit_group(0) = ?\n"
	  "40<10 exit_group(0) = ?\n" RUN("/tmp/a", "9"),
	  "high added_binary_executed /tmp/a high by /usr/bin/cat "
	  "from 203.0.113.9:80\n" },
	{ "by a command from a connection",
	  "30<1 socket(2,1,0) = 3\n30<1 connect(3) = 0 inet=203.0.113.9:80\n"
	  "30<1 dup2(3,0) = 0\n30<1 openat(ffffff9c,0,241) = 4 item=/tmp/a,CREATE,9\n" RUN(
		  "/tmp/a", "9"),
	  "high added_binary_executed /tmp/a high by /usr/bin/bash "
	  "from 203.0.113.9:80\n" },
	/* scripts */
	{ "a script",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=/bin/sh,/tmp/x path=/tmp/x inode=9 "
	  "mode=0100755 item=/bin/sh,NORMAL,8 item=/lib/ld-linux-x86-64.so.2,NORMAL,6\n",
	  "low added_script_executed /tmp/x high\n" },
	{ "a script of the image",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=/bin/sh,/bin/run.sh path=/bin/run.sh "
	  "inode=9 mode=0100755 item=/bin/sh,NORMAL,8\n",
	  "" },
	{ "a script of the image, changed",
	  "30<1 openat(ffffff9c,0,441) = 3 path=/usr/bin/run.sh inode=9\n"
	  "30<1 dup2(3,1) = 1\n"
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=/bin/sh,/bin/run.sh path=/bin/run.sh "
	  "inode=9 mode=0100755 item=/bin/sh,NORMAL,8\n",
	  "medium modified_binary_executed /usr/bin/run.sh high by /usr/bin/bash\n" },
	{ "a script with an interpreter of its own",
	  "20<1 execve() = 0 exe=/tmp/i argv=/tmp/i,-x,/tmp/s path=/tmp/s inode=9 "
	  "mode=0100755 item=/tmp/i,NORMAL,8\n",
	  "low added_script_executed /tmp/s high\n"
	  "low added_binary_executed /tmp/i high\n" },
	{ "no script: its own name was made up",
	  "20<1 execve() = 0 exe=/tmp/a argv=/lib/ld-linux-x86-64.so.2,/tmp/a path=/tmp/a "
	  "inode=9 mode=0100755 item=/lib/ld-linux-x86-64.so.2,NORMAL,6\n",
	  "low added_binary_executed /tmp/a high\n" },
	{ "sh x",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,x cwd=/tmp\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/dash path=x cwd=/tmp inode=9\n",
	  "low added_script_executed /tmp/x high\n" },
	{ "sh x, and x is not there",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,x cwd=/tmp\n"
	  "20<1 openat(ffffff9c,0,0) = -2 exe=/usr/bin/dash path=x cwd=/tmp\n",
	  "" },
	{ "sh -c",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,-c,x cwd=/tmp\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/dash path=/tmp/x inode=9\n"
	  "20<1 close(3) = 0 exe=/usr/bin/dash\n",
	  "" },
	{ "python x",
	  "20<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-E,/tmp/x.py\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/python3 path=/tmp/x.py inode=9\n",
	  "low added_script_executed /tmp/x.py high\n" },
	{ "sh < x",
	  "20<1 openat(ffffff9c,0,0) = 3 path=/tmp/x inode=9\n20<1 dup2(3,0) = 0\n"
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh\n",
	  "low added_script_executed /tmp/x high\n" },
	{ ". x in bash",
	  "20<1 execve() = 0 exe=/usr/bin/bash argv=bash,-c,y\n"
	  "20<1 openat(ffffff9c,0,0) = 3 path=/tmp/x inode=9\n20<1 close(3) = 0\n",
	  "low added_script_executed /tmp/x high\n" },
	{ ". x in dash",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,-c,y\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/dash path=/tmp/x inode=9\n"
	  "20<1 fcntl(3,0,a) = 10 exe=/usr/bin/dash\n",
	  "low added_script_executed /tmp/x high\n" },
	{ "read < x",
	  "20<1 execve() = 0 exe=/usr/bin/bash argv=bash,-c,y\n"
	  "20<1 openat(ffffff9c,0,0) = 3 path=/tmp/x inode=9\n20<1 dup2(3,0) = 0\n"
	  "20<1 close(3) = 0\n",
	  "" },
	{ "a here-document",
	  "10<1 execve() = 0 exe=/usr/bin/bash\n10<1 clone(1200011) = 20\n"
	  "20<10 openat(ffffff9c,0,c2) = 3 item=/tmp/sh-thd.1,CREATE,9\n"
	  "20<10 openat(ffffff9c,0,0) = 4 path=/tmp/sh-thd.1 inode=9\n"
	  "20<10 unlink() = 0 item=/tmp,PARENT,2,fe:00,040755 "
	  "item=/tmp/sh-thd.1,DELETE,9,fe:00,0100600\n"
	  "20<10 dup2(4,0) = 0\n20<10 execve() = 0 exe=/usr/bin/bash argv=bash\n",
	  "" },
	/* the dynamic loader */
	{ "ld.so x",
	  "20<1 execve() = 0 exe=/usr/lib/ld-linux-x86-64.so.2 "
	  "argv=ld.so,--argv0,sshd,/tmp/e\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/lib/ld-linux-x86-64.so.2 "
	  "path=/tmp/e inode=9\n"
	  "20<1 mmap(0,0,5) = 1 exe=/usr/lib/ld-linux-x86-64.so.2 mmap=3\n",
	  "medium loader_execution /tmp/e high\n" },
	{ "ld.so --list x",
	  "20<1 execve() = 0 exe=/usr/lib/ld-linux-x86-64.so.2 argv=ld.so,--list,/tmp/e\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/lib/ld-linux-x86-64.so.2 "
	  "path=/tmp/e inode=9\n"
	  "20<1 mmap(0,0,5) = 1 exe=/usr/lib/ld-linux-x86-64.so.2 mmap=3\n",
	  "" },
	{ "ld.so runs what the image holds",
	  "20<1 execve() = 0 exe=/usr/lib/ld-linux-x86-64.so.2 argv=ld.so,/bin/ls\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/lib/ld-linux-x86-64.so.2 "
	  "path=/bin/ls inode=7\n",
	  "" },
	/* libraries */
	{ "an added library",
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/tmp/x.so inode=9\n"
	  "20<1 mmap(0,0,5) = 1 mmap=3\n",
	  "low added_library_loaded /tmp/x.so high\n" },
	{ "mapped to be read, and made executable",
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/tmp/x.so inode=9\n"
	  "20<1 mmap(0,2000,1) = 4096 mmap=3\n20<1 close(3) = 0\n"
	  "20<1 mprotect(2000,1000,5) = 0\n",
	  "low added_library_loaded /tmp/x.so high\n" },
	{ "another address is made executable",
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/tmp/x.so inode=9\n"
	  "20<1 mmap(0,2000,1) = 4096 mmap=3\n20<1 mprotect(3000,1000,5) = 0\n",
	  "" },
	{ "mapped to be read",
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/tmp/font inode=9\n"
	  "20<1 mmap(0,0,1) = 1 mmap=3\n",
	  "" },
	{ "the image's, by its links",
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/lib/libz.so.1 inode=9\n"
	  "20<1 mmap(0,0,5) = 1 mmap=3\n",
	  "" },
	{ "modified behind the link",
	  "30<1 openat(ffffff9c,0,201) = 3 path=/usr/lib/libz.so.1.2 inode=9\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/lib/libz.so.1 inode=9\n"
	  "20<1 mmap(0,0,5) = 1 mmap=3\n",
	  "medium modified_library_loaded /usr/lib/libz.so.1.2 high by /usr/bin/bash\n" },
	{ "the link was turned",
	  "30<1 symlink() = 0 item=/,PARENT,2,fe:00,040755 item=/tmp/e.so,UNKNOWN,0 "
	  "item=/usr/lib/libz.so.1,CREATE,8,fe:00,0120777\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 path=/lib/libz.so.1 inode=9\n"
	  "20<1 mmap(0,0,5) = 1 mmap=3\n",
	  "low added_library_loaded /tmp/e.so high\n" },
	{ "behind a link whose record has the target's name",
	  "30<1 symlink() = 0 item=/srv/,PARENT,2,fe:00,040755 "
	  "item=/usr/bin,CREATE,8,fe:00,0120777\n"
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,/srv/bin/run.sh\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/dash path=/srv/bin/run.sh inode=9\n",
	  "" },
	/* texts */
	{ "a module by its name",
	  "20<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-m,a.evil\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/python3 "
	  "path=/tmp/a/__init__.py inode=8\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/python3 path=/tmp/a/evil.py "
	  "inode=9\n",
	  "low added_script_executed /tmp/a/evil.py high\n" },
	{ "a folder",
	  "20<1 execve() = 0 exe=/usr/bin/python3 argv=python3,/tmp/d\n"
	  "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/python3 "
	  "path=/tmp/d/__main__.py inode=9\n",
	  "low added_script_executed /tmp/d/__main__.py high\n" },
	{ "by an option, joined to it",
	  "20<1 execve() = 0 exe=/usr/bin/mawk argv=mawk,-f/tmp/x,/etc/passwd\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/mawk path=/tmp/x inode=9\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/mawk path=/etc/passwd inode=8\n",
	  "low added_binary_executed /usr/bin/mawk high\n"
	  "low added_script_executed /tmp/x high\n" },
	{ "a further one",
	  "20<1 execve() = 0 exe=/usr/bin/node argv=node,-r,/tmp/x.js,app.js cwd=/srv\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/node path=/tmp/x.js inode=9\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/node path=/srv/app.js inode=8\n",
	  "low added_binary_executed /usr/bin/node high\n"
	  "low added_script_executed /tmp/x.js high\n"
	  "low added_script_executed /srv/app.js high\n" },
	{ "sourced", SOURCED("bash,-c,.%20/tmp/x;y=$(<%20/tmp/x)"),
	  "low added_script_executed /tmp/x high\n" },
	{ "read into a variable", SOURCED("bash,-c,y=$(<%20/tmp/x)"), "" },
	{ "what the kernel makes up",
	  "20<1 execve() = 0 exe=/usr/bin/bash argv=bash,-c,x\n"
	  "20<1 openat(ffffff9c,0,0) = 3 path=/proc/self/loginuid inode=9\n"
	  "20<1 close(3) = 0\n",
	  "" },
	/* in memory, and gone */
	{ "a memfd that is loaded",
	  "20<1 memfd_create(0,0) = 3\n"
	  "20<1 openat(ffffff9c,0,80000) = 4 path=/proc/self/fd/3 inode=9 dev=00:01\n"
	  "20<1 mmap(0,0,5) = 1 mmap=4\n",
	  "high fileless_execution_memfd /proc/self/fd/3 high\n" },
	{ "from /dev/shm", RUN("/dev/shm/a", "9"),
	  "high fileless_execution_devshm /dev/shm/a high\n" },
	{ "a script from /dev/shm",
	  "20<1 execve() = 0 exe=/usr/bin/dash argv=sh,/dev/shm/x\n"
	  "20<1 openat(ffffff9c,0,0) = 3 exe=/usr/bin/dash path=/dev/shm/x inode=9\n",
	  "high fileless_execution_devshm /dev/shm/x high\n" },
	{ "next to /dev/shm", RUN("/dev/shmoo/a", "9"),
	  "low added_binary_executed /dev/shmoo/a high\n" },
	/* roots */
	{ "in a root that is the image's",
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n" LS, "" },
	{ "in a root below it",
	  "20<1 chroot() = 0 path=/srv/r/jail inode=5 mode=040755\n" LS,
	  "low added_binary_executed /jail/usr/bin/ls high\n" },
	{ "a file laid over it before there was that root",
	  "30<1 mount(0,0,0,1000) = 0 item=/srv/r/usr/bin/ls,NORMAL,7 item=/x,NORMAL,9\n"
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n" RUN("/usr/bin/ls", "9"),
	  "medium modified_binary_executed /usr/bin/ls high\n" },
	{ "a directory that the root was set up with",
	  "30<1 mount(0,0,0,1000) = 0 item=/srv/r/usr,NORMAL,3,fe:00,040755 "
	  "item=/x,NORMAL,9,fe:00,040755\n"
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n" RUN("/usr/bin/ls", "9"),
	  "" },
	{ "in a root that nobody recorded",
	  "20<1 chroot() = 0 path=/srv/other inode=5 mode=040755\n" RUN("/tmp/a", "9"),
	  "" },
	{ "brought to a jail that nobody recorded",
	  "30<1 openat(ffffff9c,0,241) = 3 item=/srv/other/a,CREATE,9\n"
	  "20<1 chroot() = 0 path=/srv/other inode=5 mode=040755\n" RUN("/a", "9"),
	  "low added_binary_executed /srv/other/a high by /usr/bin/bash\n" },
	{ "written from outside",
	  "30<1 openat(ffffff9c,0,201) = 3 path=/srv/r/usr/bin/ls inode=7\n"
	  "20<1 chroot() = 0 path=/srv/r inode=5 mode=040755\n" LS,
	  "medium modified_binary_executed /usr/bin/ls high by /usr/bin/bash\n" },
};

START_TEST(judged)
{
	drift_world_run(cases[_i].lines);
	ck_assert_msg(strcmp(drift_world_told(), cases[_i].want) == 0, "%s:\n%snot\n%s",
		      cases[_i].name, drift_world_told(), cases[_i].want);
}
END_TEST

/* One finding, however often; the rest is counted, and told at the end. */
START_TEST(once)
{
	for (int i = 0; i < 1000; i++)
		drift_world_run(RUN("/tmp/a", "9"));
	ck_assert_str_eq(drift_world_told(), "low added_binary_executed /tmp/a high\n");
	drift_world_finish();
	ck_assert_uint_eq(drift_world_counted(), 1000);
}
END_TEST

/* The same file, worse: it is told anew. */
START_TEST(worse)
{
	drift_world_run(RUN("/tmp/a", "9"));
	drift_world_forget_told();
	drift_world_run(
		"30<1 socket(2,1,0) = 3\n30<1 connect(3) = 0 inet=203.0.113.9:80\n"
		"30<1 openat(ffffff9c,0,241) = 4 path=/tmp/a inode=9\n" RUN("/tmp/a",
									    "9"));
	ck_assert_str_eq(drift_world_told(),
			 "high added_binary_executed /tmp/a high by /usr/bin/bash "
			 "from 203.0.113.9:80\n");
}
END_TEST

Suite *suite_drift(void);
Suite *suite_drift(void)
{
	Suite *suite = suite_create("drift");
	TCase *tc = tcase_create("drift");

	tcase_add_checked_fixture(tc, setup, drift_world_drop);
	tcase_add_loop_test(tc, judged, 0, ARRAY_SIZE(cases));
	tcase_add_test(tc, once);
	tcase_add_test(tc, worse);
	suite_add_tcase(suite, tc);
	return suite;
}
