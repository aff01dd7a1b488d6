/* SPDX-License-Identifier: MIT */
#include "core/base/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static void hand_over_two(void *work, struct apart *result)
{
	int *number = work;

	*number = 2;
	result->flag = true;
	result->fd_count = 2;
	if (pipe2(result->fds, 0) < 0)
		_exit(1);
	apart_end(result, 0, "the last");
}

START_TEST(what_it_tells_and_hands_over_arrives)
{
	struct apart result;
	int number = 1;
	char byte = 0;

	run_apart(hand_over_two, &number, &result);
	ck_assert_int_eq(result.error, 0);
	ck_assert_str_eq(result.step, "the last");
	ck_assert(result.flag);
	ck_assert_uint_eq(result.fd_count, 2);
	ck_assert_int_eq(write(result.fds[1], "x", 1), 1);
	ck_assert_int_eq(read(result.fds[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	ck_assert_int_eq(fcntl(result.fds[0], F_GETFD), FD_CLOEXEC);
	/* It had memory of its own. */
	ck_assert_int_eq(number, 1);
	close_fd(&result.fds[0]);
	close_fd(&result.fds[1]);
}
END_TEST

static void end_badly(void *work, struct apart *result)
{
	(void)work;
	errno = EXDEV;
	apart_end(result, -1, "crossing over");
}

static void die(void *work, struct apart *result)
{
	(void)result;
	if (work)
		raise(SIGKILL);
	_exit(3);
}

START_TEST(how_it_fails_is_told)
{
	struct apart result;

	run_apart(end_badly, NULL, &result);
	ck_assert_int_eq(result.error, EXDEV);
	ck_assert_str_eq(result.step, "crossing over");
	run_apart(die, &result, &result);
	ck_assert_int_eq(result.error, EIO);
	ck_assert_ptr_nonnull(strstr(result.step, "signal 9"));
	run_apart(die, NULL, &result);
	ck_assert_int_eq(result.error, EIO);
	ck_assert_ptr_nonnull(strstr(result.step, "status 3"));
	ck_assert_uint_eq(result.fd_count, 0);
}
END_TEST

/* For a user who may not start any more processes: root always may. */
static void try_without_processes(void *work, struct apart *result)
{
	const struct rlimit none = { 0, 0 };

	(void)work;
	if ((geteuid() == 0 && setresuid(65534, 65534, 65534) < 0) || setrlimit(RLIMIT_NPROC, &none) < 0)
		_exit(1);
	run_apart(end_badly, NULL, result);
}

START_TEST(that_it_cannot_be_started_is_told)
{
	struct apart result;

	run_apart(try_without_processes, NULL, &result);
	ck_assert_int_eq(result.error, EAGAIN);
	ck_assert_str_eq(result.step, "starting a process");
}
END_TEST

static Suite *apart_suite(void)
{
	Suite *suite = suite_create("apart");
	TCase *tests = tcase_create("apart");

	tcase_add_test(tests, what_it_tells_and_hands_over_arrives);
	tcase_add_test(tests, how_it_fails_is_told);
	tcase_add_test(tests, that_it_cannot_be_started_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(apart_suite)
