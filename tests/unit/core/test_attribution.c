/* SPDX-License-Identifier: MIT */
#include "core/sandbox/attribution.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* A process below a process below us, each by fork alone: one executable. */
static pid_t start_grandchild(int *release, pid_t *child)
{
	int up[2], down[2];
	pid_t grandchild = 0;

	ck_assert_int_eq(pipe(up), 0);
	ck_assert_int_eq(pipe(down), 0);
	*child = fork();
	if (*child == 0) {
		char byte;
		pid_t own = fork();

		close(down[1]);
		if (own == 0) {
			(void)!read(down[0], &byte, 1);
			_exit(0);
		}
		(void)!write(up[1], &own, sizeof(own));
		(void)!read(down[0], &byte, 1);
		waitpid(own, NULL, 0);
		_exit(0);
	}
	ck_assert_int_eq(read(up[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	close(up[0]);
	close(up[1]);
	close(down[0]);
	*release = down[1];
	return grandchild;
}

START_TEST(a_chain_ends_before_the_first_process)
{
	int release;
	pid_t child, grandchild = start_grandchild(&release, &child);
	_cleanup_free_ char *own = process_executable(child);
	_cleanup_free_ char *chain = process_chain(grandchild, getpid());
	_cleanup_free_ char *short_chain = process_chain(grandchild, child);
	_cleanup_free_ char *wanted = xasprintf("%s\n%s", own, own);

	ck_assert_str_eq(chain, wanted);
	ck_assert_str_eq(short_chain, own);
	ck_assert_int_eq(process_of_thread(grandchild), grandchild);
	close(release);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(nobody_has_no_chain)
{
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	ck_assert_ptr_null(process_chain(gone, 1));
	ck_assert_ptr_null(process_chain(0, 1));
	ck_assert_int_eq(process_of_thread(gone), gone);
}
END_TEST

static Suite *attribution_suite(void)
{
	Suite *suite = suite_create("attribution");
	TCase *tests = tcase_create("attribution");

	tcase_add_test(tests, a_chain_ends_before_the_first_process);
	tcase_add_test(tests, nobody_has_no_chain);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(attribution_suite)
