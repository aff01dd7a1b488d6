/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

/* What every unit test program needs: Check, and a main that runs its suites with TAP output. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Ends the program where its suite is made: valgrind knows openat2(2) since 3.22 alone. */
static inline void skip_without_openat2(void)
{
	if (syscall(SYS_openat2, -1, NULL, NULL, 0) == 0 || errno != ENOSYS)
		return;
	puts("1..0 # SKIP machine: no openat2(2)");
	exit(EXIT_SUCCESS);
}

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
