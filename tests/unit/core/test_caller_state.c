/* SPDX-License-Identifier: MIT */
#include "core/sandbox/caller_state.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text;
	bool waits;
	int number;
	uint64_t first, third;
} texts[] = {
	{ "257 0xffffff9c 0x7ffd1000 0x80000 0x0 0x0 0x0 0x7ffd0ff8 0x7f0000001000\n", true, 257,
	  0xffffff9c, 0x80000 },
	{ "0 0x3 0x1 0x2 0x0 0x0 0xffffffffffffffff 0x1 0x2\n", true, 0, 3, 2 },
	{ "running\n", false, 0, 0, 0 },
	{ "-1 0x7ffd0ff8 0x7f0000001000\n", false, 0, 0, 0 },
	{ "257 0x1 0x2\n", false, 0, 0, 0 },
	{ "99999999999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
};

START_TEST(the_call_is_read)
{
	struct seccomp_data call;

	ck_assert_int_eq(caller_state_parse(&call, texts[_i].text), texts[_i].waits);
	if (!texts[_i].waits)
		return;
	ck_assert_int_eq(call.nr, texts[_i].number);
	ck_assert_uint_eq(call.args[0], texts[_i].first);
	ck_assert_uint_eq(call.args[2], texts[_i].third);
}
END_TEST

START_TEST(a_fatal_signal_is_known)
{
	static const struct {
		const char *own, *shared;
		bool dies;
	} cases[] = {
		{ "0000000000000000", "0000000000000000", false },
		{ "0000000000000100", "0000000000000000", true },
		{ "0000000000000000", "0000000000000100", true },
		/* SIGCHLD */
		{ "0000000000010000", "0000000000010000", false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		_cleanup_free_ char *text = xasprintf(
			"Name:\tcat\nSigQ:\t1/2\nSigPnd:\t%s\nShdPnd:\t%s\nSigBlk:\t0000000000000100\n",
			cases[i].own, cases[i].shared);

		ck_assert_int_eq(caller_state_is_dying(text), cases[i].dies);
	}
	ck_assert(!caller_state_is_dying(""));
}
END_TEST

/* The kernel's own words, of a child that waits. */
START_TEST(a_thread_that_waits)
{
	int pair[2];
	struct seccomp_data call;
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(pair), 0);
	child = fork();
	if (child == 0) {
		close(pair[1]);
		(void)!read(pair[0], &byte, 1);
		_exit(0);
	}
	while (!caller_state_read(child, &call) || call.nr != SYS_read)
		;
	ck_assert_uint_eq(call.args[0], (uint64_t)pair[0]);
	ck_assert(!caller_state_dies(child));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert(caller_state_dies(child));
	ck_assert(!caller_state_read(child, &call));
}
END_TEST

static Suite *caller_state_suite(void)
{
	Suite *suite = suite_create("caller_state");
	TCase *tests = tcase_create("caller_state");

	tcase_add_loop_test(tests, the_call_is_read, 0, (int)ARRAY_LENGTH(texts));
	tcase_add_test(tests, a_fatal_signal_is_known);
	tcase_add_test(tests, a_thread_that_waits);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(caller_state_suite)
