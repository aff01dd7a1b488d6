/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

/* What every unit test program needs: Check, and a main that runs its suites with TAP output. */
#include <check.h>
#include <stdlib.h>

/* The program's main: RUN_SUITE(function) where `Suite *function(void)` builds the suite. */
#define RUN_SUITE(make_suite)                                                                      \
	int main(void)                                                                             \
	{                                                                                          \
		SRunner *runner = srunner_create(make_suite());                                    \
		int failed;                                                                        \
                                                                                                   \
		srunner_set_tap(runner, "-");                                                      \
		srunner_run_all(runner, CK_SILENT);                                                \
		failed = srunner_ntests_failed(runner);                                            \
		srunner_free(runner);                                                              \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

#endif
