/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are made to join a command with a socket, told to do so. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "detect/describe.h"
#include "detect/families.h"

/*
 * By executable, because comm and argv[0] are the caller's words. letters:
 * short options that a command follows; words: long ones.
 */
static const struct {
	const char *name, *letters;
	const char *words[3];
} netcats[] = {
	{ "nc.traditional", "ec", { NULL } },
	{ "nc", "ec", { NULL } },
	{ "netcat", "ec", { "--exec", NULL } },
	{ "ncat", "ec", { "--exec", "--sh-exec", "--lua-exec" } },
};

static bool is_word(const char *arg, const char *word)
{
	size_t n = strlen(word);

	return strncmp(arg, word, n) == 0 && (arg[n] == '\0' || arg[n] == '=');
}

/* "-e", "-nlvpe", "-e/bin/sh"; a value of another option is not looked into. */
static bool gives_command(const char *arg, size_t row)
{
	if (arg[0] != '-')
		return false;
	if (arg[1] == '-') {
		for (size_t i = 0; i < ARRAY_SIZE(netcats[row].words); i++) {
			if (netcats[row].words[i] && is_word(arg, netcats[row].words[i]))
				return true;
		}
		return false;
	}
	for (size_t i = 1; isalpha((unsigned char)arg[i]); i++) {
		if (strchr(netcats[row].letters, arg[i]))
			return true;
	}
	return false;
}

static bool is_netcat(const struct image *image)
{
	struct slice name = slice_basename(slice_str(image->exe));
	uint32_t first = 1;

	if (slice_eq_str(name, "busybox") && image->argc) {
		name = slice_basename(slice_str(image->argv[0]));
		if (slice_eq_str(name, "busybox") && image->argc > 1) {
			name = slice_str(image->argv[1]);
			first = 2;
		}
	}
	for (size_t row = 0; row < ARRAY_SIZE(netcats); row++) {
		if (!slice_eq_str(name, netcats[row].name))
			continue;
		for (uint32_t i = first; i < image->argc; i++) {
			if (gives_command(image->argv[i], row))
				return true;
		}
	}
	return false;
}

static bool has_prefix(const char *arg, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strncasecmp(arg, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

/* socat(1): address types are not case sensitive. */
static bool is_socat_shell(const struct image *image)
{
	static const char *const commands[] = { "EXEC:", "SYSTEM:", "SHELL:" };
	static const char *const nets[] = { "TCP",  "UDP",  "OPENSSL", "SSL",
					    "SCTP", "DTLS", "SOCKS",   "PROXY" };
	bool command = false, net = false;

	if (!slice_eq_str(slice_basename(slice_str(image->exe)), "socat"))
		return false;
	for (uint32_t i = 1; i < image->argc; i++) {
		command |= has_prefix(image->argv[i], commands, ARRAY_SIZE(commands));
		net |= has_prefix(image->argv[i], nets, ARRAY_SIZE(nets));
	}
	return command && net;
}

static void report(const struct activity *act, enum detector_id id,
		   const struct finding_out *out)
{
	struct finding *f = finding_new(id);
	const char *parts[] = { f->detector->id, act->proc->uid };

	f->uid = finding_make_uid(&f->arena, parts, 2);
	f->first_seen = f->last_seen = act->at.time;
	describe_process(f, act->proc, act->proc->image);
	describe_evidence(f, act->proc, act->at, "executed");
	f->summary =
		arena_printf(&f->arena, "%s was told to join a command with the network",
			     describe_name(f, act->proc, act->proc->image));
	out->emit(out->ctx, f);
}

static void relay_tool_activity(void *self UNUSED, const struct state *state UNUSED,
				const struct activity *act, const struct finding_out *out)
{
	if (act->kind != ACT_EXEC)
		return;
	if (is_netcat(act->proc->image))
		report(act, DETECT_NETCAT_REMOTE_EXECUTION, out);
	else if (is_socat_shell(act->proc->image))
		report(act, DETECT_SOCAT_REVERSE_SHELL, out);
}

const struct detector detector_relay_tool = {
	.name = "relay_tool",
	.activity = relay_tool_activity,
};
