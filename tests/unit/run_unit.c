/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs every suite of suites.def, each test in a process of its own
 * (CK_FORK=no in the environment keeps them in this one, for a debugger;
 * CK_RUN_SUITE=name runs one). Exits non-zero if a test failed.
 */
#include <check.h>
#include <stdlib.h>

#define SUITE(name) Suite *suite_##name(void);
#include "unit/suites.def"
#undef SUITE

typedef Suite *suite_fn(void);

static suite_fn *const suites[] = {
#define SUITE(name) suite_##name,
#include "unit/suites.def"
#undef SUITE
};

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
