/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What interpreters load, and what reaches them through pipes. */
#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "unit/drift_world.h"

static const char image[] = "#mtree\n"
			    "./tmp type=dir\n"
			    "./srv type=dir\n"
			    "./usr/bin type=dir\n"
			    "./usr/bin/bash type=file\n"
			    "./usr/bin/dash type=file\n"
			    "./usr/bin/cat type=file\n"
			    "./usr/bin/awk type=file\n"
			    "./usr/bin/cp type=file\n"
			    "./usr/bin/dpkg type=file\n"
			    "./usr/bin/node type=file\n"
			    "./usr/bin/perl type=file\n"
			    "./usr/bin/php8.2 type=file\n"
			    "./usr/bin/python3 type=file\n"
			    "./usr/bin/ruby type=file\n"
			    "./usr/bin/run.sh type=file\n"
			    "./usr/lib/py type=dir\n"
			    "./usr/lib/py/__pycache__ type=dir\n"
			    "./usr/lib/py/__pycache__/os.cpython-311.pyc type=file\n"
			    "./usr/lib/py/os.py type=file\n"
			    "./usr/lib/py/re.py type=file\n";

static void setup(void)
{
	static const char *const names[] = { NULL };

	drift_world_make(image, names);
}

/* ---- cases ---- */

#define BY(exe) "30<1 execve() = 0 exe=/usr/bin/" exe "\n"
#define PUTS(exe, path, inode)                             \
	"30<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/" exe \
	" item=/,PARENT,2,fe:00,040755 "                   \
	"item=" path ",CREATE," inode "\n"
#define DROPPED(path, inode) BY("cp") PUTS("cp", path, inode)
#define RUNS(exe, argv)                                             \
	"20<1 execve() = 0 exe=/usr/bin/" exe " argv=" exe "," argv \
	" path=/usr/bin/" exe " inode=5 mode=0100755\n"
#define OPENS(exe, path, inode)                                             \
	"20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/" exe " path=" path \
	" inode=" inode " mode=0100644\n"
#define MISSES(exe, path)                                                    \
	"20<1 openat(ffffff9c,0,80000) = -2 exe=/usr/bin/" exe " path=" path \
	" type=UNKNOWN\n"
#define PYTHON RUNS("python3", "-c,x")
#define IMPORTS(dir, name, inode)                                      \
	MISSES("python3", dir "/__pycache__/" name ".cpython-311.pyc") \
	OPENS("python3", dir "/" name ".py", inode)
#define NODE RUNS("node", "app.js")

/* 20 reads what 40 puts into a pipe. */
#define PIPE                                                                             \
	"10<1 pipe2() = 0 fds=3,4\n10<1 clone(1200011) = 20\n10<1 clone(1200011) = 40\n" \
	"40<10 dup2(4,1) = 1\n20<10 dup2(3,0) = 0\n"
#define PASSES(exe, argv)                                            \
	"40<10 execve() = 0 exe=/usr/bin/" exe " argv=" exe "," argv \
	" cwd=/tmp path=/usr/bin/" exe " inode=6 mode=0100755\n"
#define GIVES(exe, path, inode)                                                          \
	"40<10 openat(ffffff9c,0,0) = 3 exe=/usr/bin/" exe " path=" path " inode=" inode \
	" mode=0100644 cwd=/tmp\n"
#define SH "20<10 execve() = 0 exe=/usr/bin/dash argv=sh path=/usr/bin/dash inode=7\n"
#define GONE "40<10 exit_group(0) = ?\n"

static const struct {
	const char *name, *lines, *want;
} cases[] = {
	{ "imported", DROPPED("/tmp/e.py", "9") PYTHON IMPORTS("/tmp", "e", "9"),
	  "low added_script_executed /tmp/e.py high by /usr/bin/cp\n" },
	{ "read as data",
	  DROPPED("/tmp/e.py", "9") PYTHON OPENS("python3", "/tmp/e.py", "9"), "" },
	{ "imported, by what is written then",
	  DROPPED("/tmp/e.py", "9") PYTHON OPENS(
		  "python3", "/tmp/e.py",
		  "9") "20<1 openat(ffffff9c,0,800c1) = 4 exe=/usr/bin/python3 "
		       "item=/tmp/__pycache__/e.cpython-311.pyc.1,CREATE,8\n",
	  "low added_script_executed /tmp/e.py high by /usr/bin/cp\n" },
	{ "another was looked for",
	  DROPPED("/tmp/e.py", "9") PYTHON MISSES("python3", "/tmp/__pycache__/f.c.pyc")
		  OPENS("python3", "/tmp/e.py", "9"),
	  "" },
	{ "an import of the image's", PYTHON IMPORTS("/usr/lib/py", "re", "9"), "" },
	{ "an import of the image's, changed",
	  "30<1 openat(ffffff9c,0,201) = 3 path=/usr/lib/py/re.py inode=9\n" PYTHON
		  IMPORTS("/usr/lib/py", "re", "9"),
	  "medium modified_binary_executed /usr/lib/py/re.py high by /usr/bin/bash\n" },
	{ "nobody saw it come, and nothing is known of what the image holds",
	  PYTHON IMPORTS("/usr/lib/py", "x", "9"), "" },
	{ "nobody saw it come, among the image's",
	  PYTHON IMPORTS("/usr/lib/py", "re", "8") IMPORTS("/usr/lib/py", "x", "9"),
	  "low added_script_executed /usr/lib/py/x.py high\n" },
	{ "nobody saw it come, on another device",
	  PYTHON IMPORTS("/usr/lib/py", "re", "8") MISSES(
		  "python3",
		  "/srv/__pycache__/x.cpython-311.pyc") "20<1 openat(ffffff9c,0,80000) = 3 exe=/usr/bin/python3 path=/srv/x.py inode=9 "
							"dev=00:30 mode=0100644\n",
	  "" },
	{ "python's own cache",
	  PYTHON
	  "20<1 openat(ffffff9c,0,800c1) = 3 exe=/usr/bin/python3 "
	  "item=/usr/lib/py/__pycache__/re.cpython-311.pyc,CREATE,9\n" PYTHON OPENS(
		  "python3", "/usr/lib/py/__pycache__/re.cpython-311.pyc", "9"),
	  "" },
	{ "somebody else's",
	  DROPPED("/usr/lib/py/__pycache__/re.cpython-311.pyc", "9") PYTHON OPENS(
		  "python3", "/usr/lib/py/__pycache__/re.cpython-311.pyc", "9"),
	  "low added_script_executed /usr/lib/py/__pycache__/re.cpython-311.pyc high "
	  "by /usr/bin/cp\n" },
	{ "a cache that was there, of the image's",
	  PYTHON OPENS("python3", "/usr/lib/py/__pycache__/re.cpython-311.pyc", "9"),
	  "" },
	{ "by a package manager",
	  BY("dpkg") PUTS("dpkg", "/tmp/e.py", "9") PYTHON IMPORTS("/tmp", "e", "9"),
	  "" },
	{ "by pip",
	  "30<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-m,pip,install,x\n" PUTS(
		  "python3", "/tmp/e.py", "9") PYTHON IMPORTS("/tmp", "e", "9"),
	  "" },
	{ "what it made itself",
	  PYTHON "20<1 openat(ffffff9c,0,c1) = 3 exe=/usr/bin/python3 "
		 "item=/tmp/e.py,CREATE,9\n" IMPORTS("/tmp", "e", "9"),
	  "" },
	{ "by a test runner",
	  DROPPED("/tmp/test_e.py", "9") RUNS("python3", "-m,unittest")
		  IMPORTS("/tmp", "test_e", "9"),
	  "" },
	{ "a package, once",
	  DROPPED("/srv/p/__init__.py", "9") PUTS("cp", "/srv/p/a.py", "8")
		  PYTHON IMPORTS("/srv/p", "__init__", "9") IMPORTS("/srv/p", "a", "8"),
	  "low added_script_executed /srv/p/__init__.py high by /usr/bin/cp\n" },
	{ "a program that came with its modules",
	  DROPPED("/srv/p/main.py", "9") PUTS("cp", "/srv/p/a.py",
					      "8") RUNS("python3", "/srv/p/main.py")
		  OPENS("python3", "/srv/p/main.py", "9") IMPORTS("/srv/p", "a", "8"),
	  "low added_script_executed /srv/p/main.py high by /usr/bin/cp\n" },
	{ "by another process, in a directory of the image",
	  DROPPED("/tmp/e.py", "9") PUTS("cp", "/tmp/f.py", "8")
		  PYTHON IMPORTS("/tmp", "e", "9") PYTHON IMPORTS("/tmp", "f", "8"),
	  "low added_script_executed /tmp/e.py high by /usr/bin/cp\n" },
	{ "a fork imports",
	  DROPPED("/tmp/e.py",
		  "9") "10<1 execve() = 0 exe=/usr/bin/python3 argv=python3,-c,x\n"
		       "10<1 clone(11) = 20\n20<10 openat(ffffff9c,0,80000) = 5 exe=/usr/bin/python3 "
		       "path=/usr/lib/py/os.py inode=8\n" IMPORTS("/tmp", "e", "9"),
	  "low added_script_executed /tmp/e.py high by /usr/bin/cp\n" },
	/* other languages */
	{ "required by node",
	  DROPPED("/srv/q/e.js", "9") NODE OPENS("node", "/srv/q/e.js", "9")
		  MISSES("node", "/srv/q/package.json"),
	  "low added_script_executed /srv/q/e.js high by /usr/bin/cp\n" },
	{ "required by node, the second of its directory",
	  DROPPED("/tmp/e.js", "9") NODE MISSES("node", "/tmp/package.json")
		  OPENS("node", "/tmp/e.js", "9"),
	  "low added_script_executed /tmp/e.js high by /usr/bin/cp\n" },
	{ "sent by node",
	  DROPPED("/srv/q/e.js", "9") NODE OPENS("node", "/srv/q/e.js", "9")
		  MISSES("node", "/srv/package.json"),
	  "" },
	{ "loaded by ruby",
	  DROPPED("/tmp/e.rb", "9") RUNS(
		  "ruby",
		  "-e,1") "20<1 openat(ffffff9c,0,80800) = 3 exe=/usr/bin/ruby path=/tmp/e.rb inode=9\n",
	  "low added_script_executed /tmp/e.rb high by /usr/bin/cp\n" },
	{ "read by ruby",
	  DROPPED("/tmp/e.rb", "9") RUNS("ruby", "-e,1") OPENS("ruby", "/tmp/e.rb", "9"),
	  "" },
	{ "used by perl",
	  DROPPED("/tmp/E.pm", "9") RUNS("perl", "-I/tmp,-ME,-e,1")
		  OPENS("perl", "/tmp/E.pm", "9"),
	  "low added_script_executed /tmp/E.pm high by /usr/bin/cp\n" },
	{ "given to perl to work on",
	  DROPPED("/tmp/E.pm", "9") RUNS("perl", "-ne,print,/tmp/E.pm")
		  OPENS("perl", "/tmp/E.pm", "9"),
	  "" },
	{ "below what perl was given to work on",
	  DROPPED("/tmp/E.pm", "9") RUNS("perl", "-e,x,--dir=/tmp")
		  OPENS("perl", "/tmp/E.pm", "9"),
	  "" },
	{ "used by perl, nobody saw it come",
	  RUNS("perl", "-e,1") OPENS("perl", "/tmp/E.pm", "9"), "" },
	{ "included by php",
	  DROPPED("/srv/sh.php", "9") RUNS("php8.2", "-S,127.0.0.1:80")
		  OPENS("php8.2", "/srv/sh.php", "9"),
	  "low added_script_executed /srv/sh.php high by /usr/bin/cp\n" },
	{ "data",
	  DROPPED("/srv/x.csv", "9") RUNS("php8.2", "-r,1")
		  OPENS("php8.2", "/srv/x.csv", "9"),
	  "" },
	/* through pipes */
	{ "cat x | sh",
	  DROPPED("/tmp/x", "9") PIPE PASSES("cat", "x") GIVES("cat", "/tmp/x", "9")
		  GONE SH,
	  "low added_script_executed /tmp/x high by /usr/bin/cp\n" },
	{ "cat x | sh, the shell was first",
	  DROPPED("/tmp/x", "9") PIPE SH PASSES("cat", "x") GIVES("cat", "/tmp/x", "9"),
	  "low added_script_executed /tmp/x high by /usr/bin/cp\n" },
	{ "cat x | sh, of the image",
	  PIPE PASSES("cat", "/usr/bin/run.sh") GIVES("cat", "/usr/bin/run.sh", "9")
		  GONE SH,
	  "" },
	{ "cat x | sh -c y",
	  DROPPED("/tmp/x", "9") PIPE PASSES("cat", "x") GIVES(
		  "cat", "/tmp/x",
		  "9") "20<10 execve() = 0 exe=/usr/bin/dash argv=sh,-c,y path=/usr/bin/dash inode=7\n",
	  "" },
	{ "awk makes commands of it",
	  DROPPED("/tmp/x", "9") PIPE PASSES("awk", "{print},x")
		  GIVES("awk", "/tmp/x", "9") GONE SH,
	  "" },
	{ "what it opens for itself",
	  DROPPED("/tmp/x", "9") PIPE PASSES("cat", "y") GIVES("cat", "/tmp/x", "9")
		  GONE SH,
	  "" },
	{ "cat < x | sh",
	  DROPPED("/tmp/x", "9") PIPE
	  "40<10 openat(ffffff9c,0,0) = 5 path=/tmp/x inode=9\n"
	  "40<10 dup2(5,0) = 0\n" PASSES("cat", "-") SH,
	  "low added_script_executed /tmp/x high by /usr/bin/cp\n" },
	{ "bash <(cat x)",
	  DROPPED("/tmp/x",
		  "9") "10<1 pipe2() = 0 fds=3,4\n10<1 dup2(3,3f) = 63\n"
		       "10<1 clone(1200011) = 40\n40<10 dup2(4,1) = 1\n10<1 clone(1200011) = 20\n" PASSES(
			       "cat", "x")
			       GIVES("cat", "/tmp/x",
				     "9") "20<10 execve() = 0 exe=/usr/bin/bash argv=bash,/dev/fd/63 path=/usr/bin/bash inode=7\n",
	  "low added_script_executed /tmp/x high by /usr/bin/cp\n" },
	{ ". <(cat x)",
	  DROPPED("/tmp/x",
		  "9") "10<1 execve() = 0 exe=/usr/bin/bash argv=bash,-c,y\n"
		       "10<1 pipe2() = 0 fds=3,4\n10<1 dup2(3,3f) = 63\n10<1 close(3) = 0\n"
		       "10<1 clone(1200011) = 40\n40<10 dup2(4,1) = 1\n"
		       "10<1 openat(ffffff9c,0,0) = 3 path=/dev/fd/63 inode=77 dev=00:0f mode=010600\n" PASSES(
			       "cat", "x")
			       GIVES("cat", "/tmp/x", "9") "10<1 close(3) = 0\n",
	  "low added_script_executed /tmp/x high by /usr/bin/cp\n" },
};

START_TEST(judged)
{
	drift_world_run(cases[_i].lines);
	ck_assert_msg(strcmp(drift_world_told(), cases[_i].want) == 0, "%s:\n%snot\n%s",
		      cases[_i].name, drift_world_told(), cases[_i].want);
}
END_TEST

Suite *suite_drift_module(void);
Suite *suite_drift_module(void)
{
	Suite *suite = suite_create("drift_module");
	TCase *tc = tcase_create("drift_module");

	tcase_add_checked_fixture(tc, setup, drift_world_drop);
	tcase_add_loop_test(tc, judged, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
