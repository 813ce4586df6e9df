/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state/cgroup.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct {
	const char *text, *id; /* id NULL: in none */
} cases[] = {
	{ "0::/\n", NULL },
	{ "", NULL },
	{ "12:pids:/\n0::/docker/" ID "\n", ID },
	{ "12:pids:/docker/" ID "\n0::/\n", ID },
	{ "0::/system.slice/docker-" ID ".scope\n", ID },
	{ "0::/kubepods/burstable/pod5f2/" ID "\n", ID },
	{ "0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-" ID ".scope\n",
	  ID },
	{ "0::/kubepods.slice/crio-" ID ".scope\n", ID },
	{ "0::/kubepods.slice/crio-conmon-" ID ".scope\n", NULL },
	{ "0::/machine.slice/libpod-conmon-" ID ".scope\n", NULL },
	{ "0::/machine.slice/libpod-" ID ".scope/container\n", ID },
	{ "0::/libpod_parent/" POD "/libpod-" ID "\n", ID },
	{ "0::/x.service/libpod-payload-" ID "\n", ID },
	{ "0::/k.slice:cri-containerd:" ID "\n", ID },
	{ "0::/lxc.payload.web1\n", "web1" },
	{ "0::/lxc.payload.web1/system.slice/ssh.service\n", "web1" },
	{ "0::/lxc.monitor.web1\n", NULL },
	{ "0::/user_slices/151b0123456789abcdef0123456789ab\n", NULL },
	{ "0::/user.slice/user-0.slice/session-1.scope\n", NULL },
	{ "0::/docker/" ID "/docker/" POD "\n", POD },
	{ "3:cpu:/known-one\n", "known-one" },
	{ "3:cpu:/known-one/below\n", "known-one" },
	{ "3:cpu:/known-two\n", NULL },
	{ "0::/system.slice/runc-known-one.scope\n", "known-one" },
	{ "0::/known-one.service\n", NULL },
	{ "0::/user.slice/session-known-one.scope\n", NULL },
	{ "no colon and no path\n", NULL },
};

static bool is_known(void *ctx, const char *id)
{
	return strcmp(ctx, id) == 0;
}

START_TEST(test_cgroup)
{
	char id[CGROUP_ID_MAX + 1], name[] = "known-one";
	bool found = cgroup_container(slice_str(cases[_i].text), is_known, name, id);

	ck_assert_msg(found == (cases[_i].id != NULL), "%s", cases[_i].text);
	if (found)
		ck_assert_str_eq(id, cases[_i].id);
}
END_TEST

Suite *suite_cgroup(void);

Suite *suite_cgroup(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tcase = tcase_create("cgroup");

	tcase_add_loop_test(tcase, test_cgroup, 0, ARRAY_SIZE(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
