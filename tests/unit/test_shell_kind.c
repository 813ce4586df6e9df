/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/shell_kind.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"

enum { NONE = SHELL_NONE, SHELL = SHELL_SHELL, OTHER = SHELL_INTERPRETER };
enum { STDIN = SHELL_READS_STDIN, TEXT = SHELL_COMMAND, FILE_ = SHELL_SCRIPT };

/* Arguments with a space between them. */
static const struct {
	const char *exe, *argv;
	int kind, input;
	const char *argument; /* NULL: not looked at */
} cases[] = {
	{ "/usr/bin/bash", "bash", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "-bash", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -i", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash --norc --noprofile -i", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/bash", "bash -lc id", SHELL, TEXT, "id" },
	{ "/usr/bin/bash", "bash -i -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/bash", "bash -x /tmp/a", SHELL, FILE_, "/tmp/a" },
	{ "/usr/bin/bash", "bash +x /tmp/a", SHELL, FILE_, "/tmp/a" },
	{ "/usr/bin/bash", "bash -s a b", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -es", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -- /tmp/a", SHELL, FILE_, "/tmp/a" },
	{ "/usr/bin/bash", "bash --", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -o pipefail", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash -o pipefail -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/bash", "bash -eo pipefail -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/bash", "bash -euo pipefail", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash +O extglob /tmp/a", SHELL, FILE_, "/tmp/a" },
	{ "/usr/bin/bash", "bash --rcfile /tmp/rc", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash --rcfile /tmp/rc -i", SHELL, STDIN, NULL },
	{ "/usr/bin/bash", "bash --init-file /tmp/rc /tmp/a", SHELL, FILE_, "/tmp/a" },
	{ "/usr/bin/bash", "bash /dev/fd/63", SHELL, FILE_, "/dev/fd/63" },
	{ "/usr/bin/dash", "sh", SHELL, STDIN, NULL },
	{ "/usr/bin/dash", "sh -c id", SHELL, TEXT, "id" },
	{ "/bin/bash-static", "bash", SHELL, STDIN, NULL },
	{ "/opt/bash5.2", "bash", SHELL, STDIN, NULL },
	{ "/usr/bin/zsh", "zsh --emulate sh -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/fish", "fish -C true", SHELL, STDIN, NULL },
	{ "/usr/bin/fish", "fish --command id", SHELL, TEXT, "id" },
	{ "/usr/bin/fish", "fish --command=id", SHELL, TEXT, NULL },
	{ "/usr/bin/pwsh", "pwsh -NoProfile -NonInteractive", SHELL, STDIN, NULL },
	{ "/usr/bin/pwsh", "pwsh -nop -Command id", SHELL, TEXT, "id" },
	{ "/usr/bin/pwsh", "pwsh -Command -", SHELL, STDIN, NULL },
	{ "/usr/bin/pwsh", "pwsh -ExecutionPolicy Bypass -File a.ps1", SHELL, FILE_,
	  "a.ps1" },
	{ "/usr/bin/busybox", "sh -i", SHELL, STDIN, NULL },
	{ "/usr/bin/busybox", "busybox ash -c id", SHELL, TEXT, "id" },
	{ "/usr/bin/busybox", "/bin/ash", SHELL, STDIN, NULL },
	{ "/usr/bin/busybox", "busybox nc -l", NONE, STDIN, NULL },
	{ "/usr/bin/busybox", "busybox", NONE, STDIN, NULL },

	{ "/usr/bin/python3.11", "python3", OTHER, STDIN, NULL },
	{ "/usr/bin/python3.11", "python3 -", OTHER, STDIN, NULL },
	{ "/usr/bin/python3.11", "python3 -i", OTHER, STDIN, NULL },
	{ "/usr/bin/python3.11", "python3 -c 1", OTHER, TEXT, "1" },
	{ "/usr/bin/python3.11", "python3 -uc 1", OTHER, TEXT, "1" },
	{ "/usr/bin/python3.11", "python3 -m http.server", OTHER, FILE_, "http.server" },
	{ "/usr/bin/python3.11", "python3 -um http.server", OTHER, FILE_, "http.server" },
	{ "/usr/bin/python3.11", "python3 -mcProfile a.py", OTHER, FILE_, NULL },
	{ "/usr/bin/python3.11", "python3 -W ignore", OTHER, STDIN, NULL },
	{ "/usr/bin/python3.11", "python3 -Wonce a.py", OTHER, FILE_, "a.py" },
	{ "/usr/bin/python3.11", "python3 -bW once a.py", OTHER, FILE_, "a.py" },
	{ "/usr/bin/pypy3.9", "pypy3 a.py", OTHER, FILE_, "a.py" },
	{ "/usr/bin/perl", "perl -e 1", OTHER, TEXT, "1" },
	{ "/usr/bin/perl", "perl -MIO::Socket -e 1", OTHER, TEXT, "1" },
	{ "/usr/bin/perl", "perl -MFile::Find a.pl", OTHER, FILE_, "a.pl" },
	{ "/usr/bin/perl", "perl -I lib a.pl", OTHER, FILE_, "a.pl" },
	{ "/usr/bin/perl", "perl -Ilib a.pl", OTHER, FILE_, "a.pl" },
	{ "/usr/bin/perl", "perl -i.bak -pe 1 f", OTHER, TEXT, "1" },
	{ "/usr/bin/perl", "perl -i a.pl", OTHER, FILE_, "a.pl" },
	{ "/usr/bin/perl", "perl", OTHER, STDIN, NULL },
	{ "/usr/bin/ruby3.1", "ruby -rsocket -e 1", OTHER, TEXT, "1" },
	{ "/usr/bin/ruby3.1", "ruby -rsocket a.rb", OTHER, FILE_, "a.rb" },
	{ "/usr/bin/ruby3.1", "ruby -W a.rb", OTHER, FILE_, "a.rb" },
	{ "/usr/bin/php8.2", "php -r 1", OTHER, TEXT, "1" },
	{ "/usr/bin/php8.2", "php -d display_errors=1 -f a.php", OTHER, FILE_, "a.php" },
	{ "/usr/bin/php8.2", "php -S 127.0.0.1:80", OTHER, FILE_, NULL },
	{ "/usr/bin/php8.2", "php -a", OTHER, STDIN, NULL },
	{ "/usr/bin/lua5.3", "lua5.3 -l socket -e 1", OTHER, TEXT, "1" },
	{ "/usr/bin/node", "node", OTHER, STDIN, NULL },
	{ "/usr/bin/node", "node -r net -e 1", OTHER, TEXT, "1" },
	{ "/usr/bin/node", "node --eval 1", OTHER, TEXT, "1" },
	{ "/usr/bin/node", "node --eval=1", OTHER, TEXT, NULL },
	{ "/usr/bin/node", "node --require ./a.js b.js", OTHER, FILE_, "b.js" },
	{ "/usr/bin/node", "node --inspect b.js", OTHER, FILE_, "b.js" },
	{ "/usr/bin/tclsh8.6", "tclsh", OTHER, STDIN, NULL },

	{ "/usr/bin/bashful", "bashful", NONE, STDIN, NULL },
	{ "/usr/sbin/php-fpm8.2", "php-fpm", NONE, STDIN, NULL },
	{ "/usr/bin/ssh", "ssh -c aes host", NONE, STDIN, NULL },
	{ "/usr/bin/shuf", "shuf", NONE, STDIN, NULL },
	{ "/tmp/sh.x", "sh", NONE, STDIN, NULL },
	/* without arguments: EXECVE was lost, or none were given */
	{ "/usr/bin/bash", "", SHELL, STDIN, NULL },
	{ "/usr/bin/busybox", "", NONE, STDIN, NULL },
};

enum { MANY = 16 };

static struct image image_of(const char *exe, char *argv, char *words[MANY])
{
	struct image image = { .exe = (char *)exe, .argv = words };
	char *save = NULL;

	for (char *word = strtok_r(argv, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		words[image.argc++] = word;
	return image;
}

START_TEST(kinds)
{
	char text[128], *words[MANY] = { NULL };
	struct image image;
	enum shell_kind kind;
	const char *argument;

	ck_assert_uint_lt(strlen(cases[_i].argv), sizeof(text));
	memcpy(text, cases[_i].argv, strlen(cases[_i].argv) + 1);
	image = image_of(cases[_i].exe, text, words);
	kind = shell_kind(&image);
	ck_assert_msg((int)kind == cases[_i].kind, "%s (%s)", cases[_i].exe,
		      cases[_i].argv);
	ck_assert_msg((int)shell_input(&image, kind) == cases[_i].input, "%s: %d",
		      cases[_i].argv, shell_input(&image, kind));
	argument = shell_argument(&image, kind);
	if (cases[_i].argument)
		ck_assert_str_eq(argument, cases[_i].argument);
	else if (cases[_i].input == STDIN)
		ck_assert_ptr_null(argument);
}
END_TEST

Suite *suite_shell_kind(void);

Suite *suite_shell_kind(void)
{
	Suite *suite = suite_create("shell_kind");
	TCase *tc = tcase_create("shell_kind");

	tcase_add_loop_test(tc, kinds, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
