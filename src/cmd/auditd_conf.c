/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/auditd_conf.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/fsio.h"
#include "base/num.h"

#define PROGRAM_NAME "auspex-keeper"

enum {
	CONF_MAX = 256 << 10,
	GOOD_DEPTH =
		20000,   /* 180 MB of auditd's at worst, a third of a second of storm */
	MODE_MIN = 0750, /* what audit 3.0.9 asks of a plugin (sanity checks of */
	MODE_BAD = 0022, /* audispd-pconfig.c), and what 4.2 refuses */
};

/*
 * Versions of audit-userspace, and what a plugin meets in them; from the
 * ChangeLog of each. to: the first one without it.
 */
static const struct {
	unsigned from, to;
	bool raw; /* with log_format = RAW alone */
	bool note;
	const char *text;
} known_bugs[] = {
#define RELEASE(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))
	{ 0, RELEASE(3, 0, 0), false, false,
	  "before 3.0 plugins are audispd's, and their files in /etc/audisp/plugins.d: "
	  "update" },
	{ RELEASE(4, 2, 0), RELEASE(4, 2, 2), true, false,
	  "cuts the end of each record that it gives to plugins: set log_format = "
	  "ENRICHED, or update to 4.2.2" },
	/* auparse_destroy(NULL) in shutdown_events(), src/auditd-event.c. */
	{ RELEASE(4, 1, 0), RELEASE(4, 2, 0), true, true,
	  "crashes when it is to end with log_format = RAW, and lacks its last record "
	  "then: set ENRICHED, or update to 4.2.2" },
	{ RELEASE(3, 0, 0), RELEASE(4, 1, 0), false, true,
	  "says nothing when it has given a plugin up after max_restarts deaths; "
	  "restart auditd then" },
#undef RELEASE
};

struct advice_list {
	struct auditd_advice *items;
	size_t n;
};

static void add(struct advice_list *list, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void add(struct advice_list *list, const char *fmt, ...)
{
	va_list ap;

	if (list->n == AUDITD_ADVICE_MAX)
		return;
	va_start(ap, fmt);
	list->items[list->n].note = false;
	vsnprintf(list->items[list->n++].text, sizeof(list->items[0].text), fmt, ap);
	va_end(ap);
}

/* The value of "key = value"; the last one counts. false: there is none. */
static bool get(struct slice text, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key);
	bool found = false;

	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		struct slice line = slice_make(text.ptr, len);

		text = slice_skip(text, len + 1);
		if (!slice_starts(line, slice_make(key, klen)))
			continue;
		line = slice_skip(line, klen);
		while (line.len && strchr(" \t=", line.ptr[0]))
			line = slice_skip(line, 1);
		while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
			line.len--;
		snprintf(out, size, "%.*s", SLICE_FMT(line));
		found = true;
	}
	return found;
}

/* "4.2.1" as one number, see known_bugs; 0: it is no version. */
static unsigned version_number(const char *version)
{
	struct slice rest = slice_str(version);
	unsigned number = 0;
	uint64_t part;

	for (int i = 0; i < 3; i++) {
		size_t len = 0;

		while (len < rest.len && rest.ptr[len] != '.')
			len++;
		if (!num_u64(slice_make(rest.ptr, len), &part))
			part = 0;
		number = number << 8 | (part & 0xff);
		rest = slice_skip(rest, len < rest.len ? len + 1 : len);
	}
	return number;
}

static bool has_bug(size_t i, unsigned version)
{
	return version >= known_bugs[i].from && version < known_bugs[i].to;
}

/* Is log_format = RAW what to recommend? */
static bool is_raw_good(const char *version)
{
	unsigned have = version_number(version);

	for (size_t i = 0; i < ARRAY_SIZE(known_bugs) && have; i++) {
		if (known_bugs[i].raw && has_bug(i, have))
			return false;
	}
	return true;
}

static void check_auditd(struct advice_list *list, struct slice text, const char *version)
{
	char value[64];
	uint64_t depth = 2000; /* the default of audit 3 */

	if (get(text, "q_depth", value, sizeof(value)))
		num_u64(slice_str(value), &depth);
	if (depth < GOOD_DEPTH)
		add(list, "q_depth is %llu: a burst overruns it; set q_depth = %d",
		    (unsigned long long)depth, GOOD_DEPTH);
	if (get(text, "log_format", value, sizeof(value)) &&
	    strcasecmp(value, "ENRICHED") == 0 && is_raw_good(version))
		add(list,
		    "log_format = ENRICHED costs auditd about half of its time; auspex "
		    "needs RAW only");
	if (get(text, "overflow_action", value, sizeof(value)) &&
	    strcasecmp(value, "SYSLOG") != 0 && strcasecmp(value, "IGNORE") != 0)
		add(list,
		    "overflow_action = %s stops plugins or the machine when the queue is "
		    "full; set SYSLOG",
		    value);
	if (get(text, "max_restarts", value, sizeof(value)) && strcmp(value, "0") == 0)
		add(list, "max_restarts = 0: a plugin that dies stays dead; set 10");
}

static void check_binary(struct advice_list *list, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		add(list, "plugins.d/auspex.conf: %s is not there", path);
	else if (st.st_uid != 0 || (st.st_mode & MODE_MIN) != MODE_MIN ||
		 (st.st_mode & MODE_BAD))
		add(list, "auditd refuses %s: chown root:root and chmod 0755 or 0750",
		    path);
}

static void check_plugin(struct advice_list *list, const char *dir)
{
	char value[4096];
	struct strbuf text;
	char *path;

	strbuf_init(&text);
	if (asprintf(&path, "%s/plugins.d/auspex.conf", dir) < 0)
		abort();
	if (fsio_read_file(path, CONF_MAX, &text, NULL) != 0) {
		add(list, "%s is not there: auspex is no plugin of this auditd", path);
	} else {
		if (!get(strbuf_slice(&text), "active", value, sizeof(value)) ||
		    strcasecmp(value, "yes") != 0)
			add(list, "%s: set active = yes", path);
		if (get(strbuf_slice(&text), "path", value, sizeof(value)))
			check_binary(list, value);
	}
	strbuf_fini(&text);
	free(path);
}

size_t auditd_conf_check(const char *dir, const char *version,
			 struct auditd_advice out[AUDITD_ADVICE_MAX])
{
	struct advice_list list = { .items = out };
	struct strbuf text;
	char *path;

	strbuf_init(&text);
	if (asprintf(&path, "%s/auditd.conf", dir) < 0)
		abort();
	if (fsio_read_file(path, CONF_MAX, &text, NULL) == 0)
		check_auditd(&list, strbuf_slice(&text), version);
	else
		add(&list, "%s cannot be read: is auditd installed?", path);
	check_plugin(&list, dir);
	strbuf_fini(&text);
	free(path);
	return list.n;
}

size_t auditd_version_check(const char *version, bool raw,
			    struct auditd_advice out[AUDITD_ADVICE_MAX])
{
	struct advice_list list = { .items = out };
	unsigned have = version_number(version);

	for (size_t i = 0; i < ARRAY_SIZE(known_bugs) && have; i++) {
		if (!has_bug(i, have) || (known_bugs[i].raw && !raw))
			continue;
		add(&list, "auditd %s %s", version, known_bugs[i].text);
		out[list.n - 1].note = known_bugs[i].note;
	}
	return list.n;
}

/* What a program prints, as far as it fits. false: it could not be run. */
static bool ask_program(char *const argv[], char *out, size_t size)
{
	posix_spawn_file_actions_t actions;
	char *const no_environment[] = { NULL };
	int ends[2], status = -1;
	ssize_t n = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
					 0);
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, no_environment) == 0) {
		n = read(ends[0], out, size - 1);
		waitpid(pid, &status, 0);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	close(ends[1]);
	out[n > 0 ? n : 0] = '\0';
	return n > 0 && status == 0;
}

bool auditd_version(char *out, size_t size)
{
	/* auditd(8) does not tell its version, and auditctl(8) is of the same. */
	static const char prefix[] = "auditctl version ";
	char *const argv[] = { (char *)"/sbin/auditctl", (char *)"-v", NULL };
	char line[64];

	if (!ask_program(argv, line, sizeof(line)) ||
	    strncmp(line, prefix, sizeof(prefix) - 1) != 0)
		return false;
	snprintf(out, size, "%.*s", (int)strspn(line + sizeof(prefix) - 1, "0123456789."),
		 line + sizeof(prefix) - 1);
	return true;
}

bool auditd_is_raw(const char *dir)
{
	struct strbuf text;
	char value[16];
	bool raw = false;
	char *path;

	strbuf_init(&text);
	if (asprintf(&path, "%s/auditd.conf", dir) < 0)
		abort();
	if (fsio_read_file(path, CONF_MAX, &text, NULL) == 0)
		raw = get(strbuf_slice(&text), "log_format", value, sizeof(value)) &&
		      strcasecmp(value, "RAW") == 0;
	strbuf_fini(&text);
	free(path);
	return raw;
}

/* /proc/PID/stat: "pid (comm) state ppid"; proc(5). */
static bool is_plugin_of(const char *pid, pid_t auditd)
{
	char path[64], wanted[32], line[128] = "";
	const char *behind;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	snprintf(wanted, sizeof(wanted), " %d ", (int)auditd);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	behind = strstr(line, "(" PROGRAM_NAME ") ");
	/* One letter of state, then the parent. */
	return behind &&
	       strncmp(behind + sizeof(PROGRAM_NAME) + 3, wanted, strlen(wanted)) == 0;
}

bool auditd_runs_plugin(pid_t auditd)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	if (!proc)
		return false;
	while (!found && (entry = readdir(proc))) {
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			found = is_plugin_of(entry->d_name, auditd);
	}
	closedir(proc);
	return found;
}
