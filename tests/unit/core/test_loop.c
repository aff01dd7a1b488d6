/* SPDX-License-Identifier: MIT */
#include "core/session/loop.h"

#include "core/base/clock.h"
#include "tests/lib/unit.h"

static struct event_base *base;
static struct loop loop;
static int calls;

static void open_base(void)
{
	base = event_base_new();
	loop_init(&loop, base);
	/* Also where there is one processor. */
	loop.poll_most_us = LOOP_POLL_MOST_US;
	calls = 0;
}

static void close_base(void)
{
	event_base_free(base);
}

static void count(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	calls++;
}

static void after(int64_t ms)
{
	const struct timeval delay = clock_timeval(ms);

	event_base_once(base, -1, EV_TIMEOUT, count, NULL, &delay);
}

START_TEST(without_anything_to_wait_for_it_says_so)
{
	ck_assert_int_eq(loop_turn(&loop), 1);
	loop.poll_us = LOOP_POLL_MOST_US;
	ck_assert_int_eq(loop_turn(&loop), 1);
}
END_TEST

START_TEST(every_turn_serves_what_there_is)
{
	for (int i = 1; i <= 100; i++) {
		after(i % 3 ? 0 : 1);
		while (calls < i)
			ck_assert_int_eq(loop_turn(&loop), 0);
	}
	ck_assert_int_eq(calls, 100);
}
END_TEST

START_TEST(what_comes_at_once_makes_it_look_before_it_sleeps)
{
	/* A machine may be busy for as long as that, but not always. */
	for (int i = 0; i < 100 && !loop.poll_us; i++) {
		loop.rest_until_us = 0;
		after(0);
		loop_turn(&loop);
	}
	ck_assert_int_eq(loop.poll_us, LOOP_POLL_MOST_US);
}
END_TEST

START_TEST(what_comes_late_makes_it_sleep)
{
	loop.poll_us = LOOP_POLL_MOST_US;
	for (int i = 1; i <= 1000 && loop.poll_us; i++) {
		after(5);
		while (calls < i)
			loop_turn(&loop);
	}
	ck_assert_int_eq(loop.poll_us, 0);
}
END_TEST

START_TEST(while_it_rests_it_only_sleeps)
{
	loop.rest_until_us = clock_mono_us() + 60 * 1000000LL;
	loop.poll_us = 0;
	for (int i = 1; i <= 10; i++) {
		after(0);
		while (calls < i)
			loop_turn(&loop);
		ck_assert_int_eq(loop.poll_us, 0);
	}
}
END_TEST

START_TEST(it_rests_where_others_take_the_processor_again_and_again)
{
	int64_t now = 1000000;

	loop_offered(&loop, now - LOOP_CROWDED_US, now);
	loop_offered(&loop, now - LOOP_CROWDED_US, now);
	ck_assert_int_eq(loop.rest_until_us, 0);
	loop_offered(&loop, now - LOOP_CROWDED_US - 1, now);
	ck_assert_int_eq(loop.rest_until_us, 0);
	now += LOOP_AGAIN_US;
	loop_offered(&loop, now - LOOP_CROWDED_US - 1, now);
	ck_assert_int_eq(loop.rest_until_us, 0);
	now += LOOP_AGAIN_US - 1;
	loop_offered(&loop, now - LOOP_CROWDED_US - 1, now);
	ck_assert_int_eq(loop.rest_until_us, now + LOOP_REST_US);
}
END_TEST

START_TEST(with_one_processor_it_only_sleeps)
{
	loop.poll_most_us = 0;
	for (int i = 1; i <= 10; i++) {
		after(0);
		while (calls < i)
			loop_turn(&loop);
		ck_assert_int_eq(loop.poll_us, 0);
	}
}
END_TEST

static Suite *loop_suite(void)
{
	Suite *suite = suite_create("loop");
	TCase *tests = tcase_create("loop");

	tcase_add_checked_fixture(tests, open_base, close_base);
	tcase_add_test(tests, without_anything_to_wait_for_it_says_so);
	tcase_add_test(tests, every_turn_serves_what_there_is);
	tcase_add_test(tests, what_comes_at_once_makes_it_look_before_it_sleeps);
	tcase_add_test(tests, what_comes_late_makes_it_sleep);
	tcase_add_test(tests, while_it_rests_it_only_sleeps);
	tcase_add_test(tests, it_rests_where_others_take_the_processor_again_and_again);
	tcase_add_test(tests, with_one_processor_it_only_sleeps);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(loop_suite)
