/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each program has a row: its grammar, and the options that take a value in
 * the next word (an option that is not in the list takes none). Options are
 * written here without their dashes: Go's flag packages take one dash or
 * two, and the lists of the others have no name that means two things.
 */
#include "state/container_cli.h"

#include <string.h>

#include "base/compiler.h"
#include "base/num.h"

enum { LIMIT_CLI_WORDS = 1024, LIMIT_IMAGE_REF = 512 };

struct program;

/* The words of a line, and what the options among them said. */
struct words {
	const struct program *program;
	const struct slice *argv;
	uint32_t argc, at;
	struct container_cli *out;
};

typedef bool parse_fn(struct words *w);

struct program {
	const char *name;    /* base name; with '*' at the end: a prefix */
	const char *runtime; /* what out->runtime is */
	enum cli_kind kind;
	parse_fn *parse;
	const char *valued; /* options with a value, blanks around each */
};

static parse_fn parse_oci, parse_conmon, parse_shim, parse_podman, parse_ctr;
static parse_fn parse_lxc_start, parse_lxc_attach, parse_nspawn, parse_bwrap;
static parse_fn parse_nsenter;

/* runc(8) and crun(1), all subcommands that name a container. */
static const char oci_valued[] =
	" log log-format log-level root criu rootless cgroup-manager bundle b config f "
	"console-socket pid-file pidfd-socket preserve-fds process p cwd env e user u "
	"additional-gids g process-label apparmor cap c cgroup image-path work-path "
	"parent-path page-server manage-cgroups-mode status-fd lsm-profile "
	"lsm-mount-context format tty-size ";

/* lxc-start(1), lxc-execute(1), lxc-attach(1) */
static const char lxc_valued[] =
	" n name P lxcpath f rcfile o logfile l logpriority s define p pidfile c console "
	"L console-log ";
static const char lxc_attach_valued[] =
	" n name P lxcpath f rcfile o logfile l logpriority s namespaces a arch u uid g gid "
	"v set-var keep-var c context pty-log L ";

/* conmon(8); the rest are switches */
static const char conmon_valued[] =
	" b bundle c cid u cuuid n name p container-pidfile P conmon-pidfile r runtime "
	"runtime-arg runtime-opt l log-path log-level log-tag log-size-max "
	"log-global-size-max api-version exit-dir exit-command exit-command-arg "
	"exit-delay exec-process-spec persist-dir socket-dir-path restore restore-arg "
	"T timeout 0 "
	"sdnotify-socket seccomp-notify-socket seccomp-notify-plugins syslog-tag ";

/* containerd, runtime/v2/shim/shim.go and cmd/containerd-shim/main_unix.go */
static const char shim_valued[] =
	" namespace id address socket publish-binary bundle workdir runtime-root criu "
	"containerd-binary shim-socket systemd-cgroup-path debug-socket ";

/* Switches of podman-run(1) and podman-create(1): all others take a value. */
static const char podman_switches[] =
	" d detach i interactive t tty rm rmi init privileged replace read-only "
	"read-only-tmpfs P publish-all q quiet no-hosts no-hostname no-healthcheck "
	"oom-kill-disable disable-content-trust env-host http-proxy sig-proxy tls-verify "
	"passwd unsetenv-all help it ti dt td di id dit dti itd tid idt tdi ";
static const char podman_global_switches[] =
	" remote r noout syslog trace help version transient-store ";

/* Switches of ctr run and ctr container create. */
static const char ctr_switches[] =
	" d detach rm t tty null-io net-host privileged read-only no-pivot cni fifo "
	"disable-pidfd rootfs no-pivot-root systemd-cgroup gpus-all allow-new-privs "
	"snapshotter-fuse help h debug ";

/* systemd-nspawn(1), long options that may stand apart from their value */
static const char nspawn_valued[] =
	" M machine D directory i image u user chdir setenv E slice template uuid S "
	"hostname root-hash overlay bind bind-ro tmpfs capability drop-capability port p "
	"network-interface network-bridge network-zone network-macvlan network-ipvlan "
	"oci-bundle volatile settings property a background ";

static const struct program programs[] = {
	{ "runc", "runc", CLI_RUNTIME, parse_oci, oci_valued },
	{ "runc.real", "runc", CLI_RUNTIME, parse_oci, oci_valued },
	{ "docker-runc", "runc", CLI_RUNTIME, parse_oci, oci_valued },
	{ "nvidia-container-runtime", "runc", CLI_RUNTIME, parse_oci, oci_valued },
	{ "sysbox-runc", "sysbox", CLI_RUNTIME, parse_oci, oci_valued },
	{ "crun", "crun", CLI_RUNTIME, parse_oci, oci_valued },
	{ "krun", "crun", CLI_RUNTIME, parse_oci, oci_valued },
	{ "youki", "youki", CLI_RUNTIME, parse_oci, oci_valued },
	{ "lxc-start", "lxc", CLI_RUNTIME, parse_lxc_start, lxc_valued },
	{ "lxc-execute", "lxc", CLI_RUNTIME, parse_lxc_start, lxc_valued },
	{ "lxc-attach", "lxc", CLI_RUNTIME, parse_lxc_attach, lxc_attach_valued },
	{ "systemd-nspawn", "systemd-nspawn", CLI_RUNTIME, parse_nspawn, nspawn_valued },
	{ "bwrap", "bubblewrap", CLI_RUNTIME, parse_bwrap, "" },
	{ "nsenter", NULL, CLI_RUNTIME, parse_nsenter, " target setuid setgid " },
	{ "conmon", "conmon", CLI_MONITOR, parse_conmon, conmon_valued },
	{ "containerd-shim*", "containerd", CLI_MONITOR, parse_shim, shim_valued },
	{ "podman", "podman", CLI_ENGINE, parse_podman, podman_switches },
	{ "ctr", "containerd", CLI_ENGINE, parse_ctr, ctr_switches },
};

static bool is_named(const struct program *p, struct slice name)
{
	size_t n;

	if (name.len == 0 || name.ptr[0] != p->name[0])
		return false;
	n = strlen(p->name);
	if (p->name[n - 1] == '*')
		return slice_starts(name, slice_make(p->name, n - 1));
	return slice_eq_str(name, p->name);
}

static const struct program *program_of(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (is_named(&programs[i], name))
			return &programs[i];
	}
	return NULL;
}

enum cli_kind container_cli_kind(struct slice program)
{
	const struct program *p = program_of(program);

	return p ? p->kind : CLI_NONE;
}

/* ---- options ---- */

struct option_word {
	struct slice name, value; /* without dashes; value: behind '=' or next word */
	bool is_long;
};

static bool in_list(const char *list, struct slice name)
{
	const char *at = list;

	if (name.len == 0 || memchr(name.ptr, ' ', name.len))
		return false;
	while ((at = memmem(at, strlen(at), name.ptr, name.len))) {
		if (at > list && at[-1] == ' ' && at[name.len] == ' ')
			return true;
		at++;
	}
	return false;
}

static bool is_option(struct slice word)
{
	return word.len > 1 && word.ptr[0] == '-';
}

/* The option at w->at; w->at moves behind it. */
static struct option_word split_option(struct words *w)
{
	struct slice word = w->argv[w->at++];
	struct option_word o = { 0 };
	const char *eq;

	word = slice_skip(word, 1);
	if (word.len && word.ptr[0] == '-') {
		o.is_long = true;
		word = slice_skip(word, 1);
	}
	eq = word.len ? memchr(word.ptr, '=', word.len) : NULL;
	o.name = eq ? slice_make(word.ptr, (size_t)(eq - word.ptr)) : word;
	o.value = eq ? slice_skip(word, o.name.len + 1) : (struct slice){ NULL, 0 };
	return o;
}

static void take_next(struct words *w, struct option_word *o)
{
	if (!o->value.ptr && w->at < w->argc)
		o->value = w->argv[w->at++];
}

/* The next option, with its value where the program's list says so. */
static struct option_word next_option(struct words *w)
{
	struct option_word o = split_option(w);

	if (in_list(w->program->valued, o.name))
		take_next(w, &o);
	return o;
}

/*
 * The next option as getopt(3) reads it: of letters in one word, the first
 * that takes a value (it is in valued) ends the word. *before: the letters
 * in front of it.
 */
static struct option_word next_letters(struct words *w, const char *valued,
				       struct slice *before)
{
	struct option_word o = split_option(w);

	*before = (struct slice){ NULL, 0 };
	if (o.is_long) {
		if (in_list(w->program->valued, o.name))
			take_next(w, &o);
		return o;
	}
	for (size_t i = 0; i < o.name.len; i++) {
		if (!strchr(valued, o.name.ptr[i]))
			continue;
		*before = slice_make(o.name.ptr, i);
		if (i + 1 < o.name.len)
			o.value = slice_skip(o.name, i + 1);
		o.name = slice_make(o.name.ptr + i, 1);
		take_next(w, &o);
		return o;
	}
	*before = o.name;
	o.name.len = 0;
	return o;
}

static bool has_option(const struct words *w)
{
	return w->at < w->argc && is_option(w->argv[w->at]);
}

static bool is_either(struct slice s, const char *a, const char *b)
{
	return slice_eq_str(s, a) || slice_eq_str(s, b);
}

static struct slice next_word(struct words *w)
{
	return w->at < w->argc ? w->argv[w->at++] : (struct slice){ NULL, 0 };
}

/* ---- OCI runtimes ---- */

static enum cli_verb oci_verb(struct slice word)
{
	static const struct {
		const char *word;
		enum cli_verb verb;
	} verbs[] = {
		{ "create", VERB_CREATE }, { "run", VERB_RUN },
		{ "restore", VERB_RUN },   { "start", VERB_START },
		{ "exec", VERB_EXEC },     { "delete", VERB_DELETE },
		{ "init", VERB_INIT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (slice_eq_str(word, verbs[i].word))
			return verbs[i].verb;
	}
	return VERB_OTHER;
}

/* NS of ".../io.containerd.runtime.v2.task/NS/ID", v1.linux in older ones. */
static struct slice bundle_namespace(struct slice bundle)
{
	static const char mark[] = "/io.containerd.runtime.v";
	const char *at = bundle.len
				 ? memmem(bundle.ptr, bundle.len, mark, sizeof(mark) - 1)
				 : NULL;
	const char *end;
	struct slice rest;

	if (!at)
		return (struct slice){ NULL, 0 };
	rest = slice_skip(bundle, (size_t)(at - bundle.ptr) + 1);
	at = memchr(rest.ptr, '/', rest.len);
	if (!at)
		return (struct slice){ NULL, 0 };
	rest = slice_skip(rest, (size_t)(at - rest.ptr) + 1);
	end = memchr(rest.ptr, '/', rest.len);
	return end ? slice_make(rest.ptr, (size_t)(end - rest.ptr))
		   : (struct slice){ NULL, 0 };
}

static bool parse_oci(struct words *w)
{
	struct container_cli *out = w->out;

	while (has_option(w)) {
		struct option_word o = next_option(w);

		if (slice_eq_str(o.name, "log"))
			out->ns = bundle_namespace(o.value);
	}
	out->verb = oci_verb(next_word(w));
	if (out->verb == VERB_OTHER)
		return false;
	if (out->verb == VERB_INIT)
		return true;
	while (has_option(w)) {
		/* -f has a value (crun's configuration) but for delete. */
		struct option_word o =
			out->verb == VERB_DELETE ? split_option(w) : next_option(w);

		if (is_either(o.name, "bundle", "b"))
			out->bundle = o.value;
		else if (slice_eq_str(o.name, "process"))
			out->by_monitor = true;
	}
	out->id = next_word(w);
	if (out->verb == VERB_CREATE)
		out->by_monitor = true;
	if (out->ns.len == 0)
		out->ns = bundle_namespace(out->bundle);
	return out->id.len != 0;
}

/* ---- monitors ---- */

static bool parse_conmon(struct words *w)
{
	struct container_cli *out = w->out;
	struct slice pod, ns, name;

	while (has_option(w)) {
		struct option_word o = next_option(w);

		if (is_either(o.name, "c", "cid"))
			out->id = o.value;
		else if (is_either(o.name, "n", "name"))
			out->name = o.value;
		else if (is_either(o.name, "b", "bundle"))
			out->bundle = o.value;
		else if (slice_eq_str(o.name, "exit-command"))
			out->helper = o.value;
	}
	out->runtime = "podman";
	if (container_name_split(out->name, &name, &pod, &ns)) {
		out->runtime = "cri-o";
		out->name = name;
		out->pod = pod;
		out->ns = ns;
	}
	return out->id.len != 0;
}

static bool parse_shim(struct words *w)
{
	struct container_cli *out = w->out;
	struct slice action;

	while (has_option(w)) {
		struct option_word o = next_option(w);

		if (slice_eq_str(o.name, "namespace"))
			out->ns = o.value;
		else if (slice_eq_str(o.name, "id"))
			out->id = o.value;
		else if (slice_eq_str(o.name, "workdir")) /* the first shims: .../NS/ID */
			out->id = slice_basename(o.value);
	}
	action = next_word(w);
	out->runtime = slice_eq_str(out->ns, "moby") ? "docker" : "containerd";
	if (slice_eq_str(action, "start"))
		out->verb = VERB_CREATE;
	else if (slice_eq_str(action, "delete"))
		out->verb = VERB_DELETE;
	return out->id.len != 0;
}

bool container_name_split(struct slice name, struct slice *container, struct slice *pod,
			  struct slice *ns)
{
	struct slice part[6] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i <= name.len && n < ARRAY_SIZE(part); i++) {
		if (i < name.len && name.ptr[i] != '_') {
			if (!part[n].ptr)
				part[n].ptr = name.ptr + i;
			part[n].len++;
		} else if (part[n].len == 0) {
			return false;
		} else {
			n++;
		}
	}
	if (n != ARRAY_SIZE(part) || !slice_eq_str(part[0], "k8s"))
		return false;
	*container = part[1];
	*pod = part[2];
	*ns = part[3];
	return true;
}

bool container_is_long_id(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (num_hex_digit(s.ptr[i]) < 0 || (s.ptr[i] >= 'A' && s.ptr[i] <= 'F'))
			return false;
	}
	return s.len == 64;
}

/* ---- front ends ---- */

/* Options up to the first word that is none; those not in switches take a value. */
static void skip_switches(struct words *w, const char *switches)
{
	while (has_option(w)) {
		struct option_word o = split_option(w);

		if (o.name.len == 0 && o.is_long)
			return; /* "--": the next word is no option */
		if (in_list(switches, o.name))
			continue;
		if (!o.is_long && o.name.len > 1)
			continue; /* "-p8080:80" */
		take_next(w, &o);
		if (slice_eq_str(o.name, "name"))
			w->out->name = o.value;
	}
}

static bool parse_podman(struct words *w)
{
	struct slice verb;

	skip_switches(w, podman_global_switches);
	w->out->name = (struct slice){ NULL, 0 };
	verb = next_word(w);
	if (slice_eq_str(verb, "container"))
		verb = next_word(w);
	if (!is_either(verb, "run", "create"))
		return false;
	skip_switches(w, podman_switches);
	w->out->image = next_word(w);
	if (w->out->image.len > LIMIT_IMAGE_REF)
		w->out->image.len = 0;
	return w->out->image.len != 0;
}

/* ctr [-n NS] run|containers create [OPTIONS] IMAGE ID [COMMAND] */
static bool parse_ctr(struct words *w)
{
	struct slice verb;

	while (has_option(w)) {
		struct option_word o = split_option(w);

		if (in_list(" debug help h version v ", o.name))
			continue;
		take_next(w, &o);
		if (is_either(o.name, "n", "namespace"))
			w->out->ns = o.value;
	}
	verb = next_word(w);
	if (in_list(" containers container c ", verb)) {
		verb = next_word(w);
		if (!slice_eq_str(verb, "create"))
			return false;
	} else if (!slice_eq_str(verb, "run")) {
		return false;
	}
	skip_switches(w, ctr_switches);
	w->out->name = (struct slice){ NULL, 0 };
	w->out->image = next_word(w);
	w->out->id = next_word(w);
	return w->out->id.len != 0 && w->out->image.len <= LIMIT_IMAGE_REF;
}

/* ---- what brings its own runtime ---- */

/* The name by -n NAME, -nNAME, --name=NAME or as the first word. */
static bool parse_lxc(struct words *w)
{
	struct container_cli *out = w->out;
	struct slice letters;

	while (has_option(w)) {
		struct option_word o = next_letters(w, "nPfolspcLaugv", &letters);

		if (o.is_long && o.name.len == 0)
			break;
		if (is_either(o.name, "n", "name"))
			out->id = o.value;
	}
	if (out->id.len == 0)
		out->id = next_word(w);
	out->name = out->id;
	return out->id.len != 0;
}

static bool parse_lxc_start(struct words *w)
{
	w->out->verb = VERB_RUN;
	return parse_lxc(w);
}

static bool parse_lxc_attach(struct words *w)
{
	w->out->verb = VERB_EXEC;
	return parse_lxc(w);
}

static struct slice last_part(struct slice path)
{
	while (path.len > 1 && path.ptr[path.len - 1] == '/')
		path.len--;
	return slice_basename(path);
}

static bool parse_nspawn(struct words *w)
{
	struct container_cli *out = w->out;
	struct slice letters;

	out->verb = VERB_RUN;
	while (has_option(w)) {
		struct option_word o = next_letters(w, "MDiuESpZL", &letters);

		if (is_either(o.name, "M", "machine"))
			out->name = o.value;
		else if (is_either(o.name, "D", "directory") ||
			 is_either(o.name, "i", "image"))
			out->root = o.value;
		else if (o.is_long && o.name.len == 0)
			break;
	}
	if (out->name.len == 0)
		out->name = last_part(out->root);
	out->id = out->name;
	return out->id.len != 0;
}

/* bwrap(1): --bind SRC DEST; what is bound to "/" is the root. */
static bool parse_bwrap(struct words *w)
{
	static const char binds[] = " --bind --bind-try --dev-bind --dev-bind-try "
				    "--ro-bind --ro-bind-try ";

	w->out->verb = VERB_RUN;
	for (uint32_t i = 1; i + 2 < w->argc; i++) {
		if (in_list(binds, w->argv[i]) && slice_eq_str(w->argv[i + 2], "/"))
			w->out->root = w->argv[i + 1];
	}
	/* With the same root it is no other system, whatever else is cut off. */
	return w->argc > 1 && !slice_eq_str(w->out->root, "/");
}

static bool parse_nsenter(struct words *w)
{
	struct container_cli *out = w->out;
	bool mount = false;
	struct slice letters;
	uint32_t pid = 0;

	out->verb = VERB_EXEC;
	while (has_option(w)) {
		struct option_word o = next_letters(w, "tSGW", &letters);

		if (o.is_long && o.name.len == 0)
			break;
		if (is_either(o.name, "t", "target"))
			num_u32(o.value, &pid);
		mount = mount || is_either(o.name, "mount", "all") ||
			memchr(letters.ptr ? letters.ptr : "", 'm', letters.len) ||
			memchr(letters.ptr ? letters.ptr : "", 'a', letters.len);
	}
	out->pid = pid;
	return pid != 0 && mount;
}

bool container_cli_parse(struct slice program, const struct slice *argv, uint32_t argc,
			 struct container_cli *out)
{
	const struct program *p = program_of(program);
	struct words w = { .program = p, .argv = argv, .at = 1, .out = out };

	*out = (struct container_cli){ 0 };
	if (!p || argc == 0)
		return false;
	w.argc = argc < LIMIT_CLI_WORDS ? argc : LIMIT_CLI_WORDS;
	out->kind = p->kind;
	out->runtime = p->runtime;
	return p->parse(&w);
}

const char *container_cli_runtime(struct slice name)
{
	static const char *const others[] = { "cri-o", "docker" };

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (programs[i].runtime && slice_eq_str(name, programs[i].runtime))
			return programs[i].runtime;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (slice_eq_str(name, others[i]))
			return others[i];
	}
	return NULL;
}
