/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/worker.h"

static struct worker *worker;
static pthread_t loop;
static int order, freed;

struct probe {
	int number, input; /* input: run() waits for a byte; -1 = it does not wait */
	int ran, finished; /* the order in which it was */
};

static void run(void *data)
{
	struct probe *probe = data;
	char byte;

	ck_assert(!pthread_equal(pthread_self(), loop));
	if (probe->input >= 0)
		ck_assert_int_eq(read(probe->input, &byte, 1), 1);
	probe->ran = probe->number;
}

static void finish(void *data, void *context)
{
	struct probe *probe = data;

	ck_assert(pthread_equal(pthread_self(), loop));
	ck_assert_int_eq(probe->ran, probe->number);
	probe->finished = ++*(int *)context;
}

static void count_freed(void *data)
{
	(void)data;
	freed++;
}

static void add(struct probe *probe)
{
	struct err e = { .message = "" };

	ck_assert_int_eq(worker_add(worker, &(struct job){ run, finish, count_freed, probe }, &e), 0);
}

static void wait_for_one(void)
{
	struct pollfd fd = { .fd = worker_fd(worker), .events = POLLIN };

	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
}

static void setup(void)
{
	struct err e;

	loop = pthread_self();
	order = freed = 0;
	worker = worker_new(&e);
	ck_assert_ptr_nonnull(worker);
}

START_TEST(jobs_are_run_in_their_order_and_finished_in_the_loop)
{
	struct probe probes[3] = { { 1, -1, 0, 0 }, { 2, -1, 0, 0 }, { 3, -1, 0, 0 } };

	ck_assert(!worker_is_busy(worker));
	ck_assert(!worker_collect(worker, &order));
	for (int i = 0; i < 3; i++)
		add(&probes[i]);
	ck_assert(worker_is_busy(worker));
	while (worker_is_busy(worker)) {
		wait_for_one();
		worker_collect(worker, &order);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(probes[i].finished, i + 1);
	ck_assert_int_eq(freed, 3);
	ck_assert(worker_free(worker));
}
END_TEST

START_TEST(what_was_not_begun_is_freed_and_what_runs_is_left_alone)
{
	/* Not on the stack: the thread may see it for longer. */
	static struct probe first = { 1, 0, 0, 0 }, second = { 2, -1, 0, 0 };
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	first.input = ends[0];
	add(&first);
	add(&second);
	/* Whether it has begun or not, nothing waits for it. */
	if (!worker_free(worker))
		ck_assert_int_eq(freed, 1);
	else
		ck_assert_int_eq(freed, 2);
	ck_assert_int_eq(second.ran, 0);
}
END_TEST

START_TEST(one_without_jobs_has_no_thread)
{
	ck_assert(worker_free(worker));
	ck_assert(worker_free(NULL));
}
END_TEST

static Suite *worker_suite(void)
{
	Suite *suite = suite_create("worker");
	TCase *tests = tcase_create("worker");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, jobs_are_run_in_their_order_and_finished_in_the_loop);
	tcase_add_test(tests, what_was_not_begun_is_freed_and_what_runs_is_left_alone);
	tcase_add_test(tests, one_without_jobs_has_no_thread);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(worker_suite)
