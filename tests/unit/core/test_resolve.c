/* SPDX-License-Identifier: MIT */
/* Looking names up off the loop, and dialling what was found. */
#include "core/net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/dial.h"
#include "tests/lib/unit.h"

static struct event_base *base;

static void open_base(void)
{
	base = event_base_new();
}

static void close_base(void)
{
	event_base_free(base);
}

static void turn(int64_t since)
{
	struct timeval tick = { 0, 5000 };

	event_base_loopexit(base, &tick);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_msg(clock_mono_ms() - since < 20000, "waited in vain");
}

struct outcome {
	int calls;
	int error;
	size_t count, own_count;
	bool all_loopback;
	struct resolver *free_this;
};

static void note(void *arg, const struct resolve_answer *answer)
{
	struct outcome *out = arg;

	out->calls++;
	out->error = answer->error;
	out->count = answer->count;
	out->own_count = answer->own_count;
	out->all_loopback = true;
	for (size_t i = 0; i < answer->count; i++) {
		const struct sockaddr_in *in = (const void *)&answer->addresses[i];
		const struct sockaddr_in6 *in6 = (const void *)&answer->addresses[i];

		if (in->sin_family == AF_INET ? ntohl(in->sin_addr.s_addr) >> 24 != 127
					      : !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
			out->all_loopback = false;
	}
	resolver_free(out->free_this);
}

START_TEST(the_host_resolves_and_tells_its_own_addresses)
{
	struct resolver *resolver = resolver_new(base, NULL, NULL);
	struct outcome out = { 0 };
	int64_t since = clock_mono_ms();

	resolver_start(resolver, "localhost", note, &out);
	ck_assert_int_eq(out.calls, 0);
	while (!out.calls)
		turn(since);
	ck_assert_int_eq(out.error, 0);
	ck_assert_uint_gt(out.count, 0);
	ck_assert(out.all_loopback);
	ck_assert_uint_gt(out.own_count, 0);
	resolver_free(resolver);
}
END_TEST

/* Lookups wait here until the test lets them go. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static int running, most_running;

static int how_many(const int *counter)
{
	int value;

	pthread_mutex_lock(&counting);
	value = *counter;
	pthread_mutex_unlock(&counting);
	return value;
}

/* Those of the test before, whose resolver may be gone already. */
static void wait_for_lookups(void)
{
	while (how_many(&running) > 0)
		sched_yield();
	most_running = 0;
}

static void gated_lookup(const char *name, struct resolve_answer *answer)
{
	pthread_mutex_lock(&counting);
	if (++running > most_running)
		most_running = running;
	pthread_mutex_unlock(&counting);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	pthread_mutex_lock(&counting);
	running--;
	pthread_mutex_unlock(&counting);
	answer->error = strncmp(name, "found", 5) != 0;
	answer->own = xcalloc(1, sizeof(*answer->own));
	answer->own_count = 1;
}

/* One name is stuck, as behind a server that never answers; others are found at once. */
static void lookup_with_one_stuck(const char *name, struct resolve_answer *answer)
{
	if (strcmp(name, "found.stuck") == 0)
		gated_lookup(name, answer);
}

START_TEST(threads_are_bounded_and_every_query_is_answered)
{
	struct resolver *resolver = resolver_new(base, gated_lookup, NULL);
	struct outcome out = { 0 };
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *name = xasprintf("found%d", i);

		resolver_start(resolver, name, note, &out);
	}
	while (how_many(&running) < 32)
		turn(since);
	ck_assert_int_eq(out.calls, 0);
	pthread_mutex_unlock(&gate);
	while (out.calls < 100)
		turn(since);
	ck_assert_int_le(how_many(&most_running), 32);
	resolver_free(resolver);
}
END_TEST

static void found_lookup(const char *name, struct resolve_answer *answer)
{
	answer->error = strncmp(name, "found", 5) != 0;
	answer->addresses[0].ss_family = AF_INET;
	answer->count = answer->error ? 0 : 1;
	answer->own = xcalloc(1, sizeof(*answer->own));
	answer->own_count = 1;
}

START_TEST(what_was_found_serves_for_a_while)
{
	struct resolver *resolver = resolver_new(base, found_lookup, NULL);
	const struct resolve_answer *kept;
	struct outcome out = { 0 };
	int64_t since = clock_mono_ms();

	ck_assert_ptr_null(resolver_find_kept(resolver, "found"));
	/* Two that share a lookup leave one answer. */
	resolver_start(resolver, "found", note, &out);
	resolver_start(resolver, "found", note, &out);
	while (out.calls < 2)
		turn(since);
	kept = resolver_find_kept(resolver, "found");
	/* A slow machine may have spent the second. */
	if (kept) {
		ck_assert_uint_eq(kept->count, 1);
		ck_assert_uint_eq(kept->own_count, 1);
	} else {
		ck_assert_int_ge(clock_mono_ms() - since, 1000);
	}
	ck_assert_ptr_null(resolver_find_kept(resolver, "foun"));
	while (resolver_find_kept(resolver, "found"))
		turn(since);
	ck_assert_int_ge(clock_mono_ms() - since, 1000);
	resolver_start(resolver, "missing", note, &out);
	while (out.calls < 3)
		turn(since);
	ck_assert_ptr_null(resolver_find_kept(resolver, "missing"));
	resolver_free(resolver);
}
END_TEST

/* More names than there is room for: the oldest goes first. */
START_TEST(what_is_kept_is_bounded)
{
	struct resolver *resolver = resolver_new(base, found_lookup, NULL);
	struct outcome out = { 0 };
	int64_t since = clock_mono_ms();
	int kept = 0;

	for (int i = 0; i < 40; i++) {
		_cleanup_free_ char *name = xasprintf("found%d", i);

		resolver_start(resolver, name, note, &out);
		while (out.calls <= i)
			turn(since);
	}
	for (int i = 0; i < 40; i++) {
		_cleanup_free_ char *name = xasprintf("found%d", i);

		kept += resolver_find_kept(resolver, name) != NULL;
		if (i < 40 - 16)
			ck_assert_ptr_null(resolver_find_kept(resolver, name));
	}
	ck_assert_int_le(kept, 16);
	resolver_free(resolver);
}
END_TEST

START_TEST(one_name_keeps_one_thread_and_all_get_its_answer)
{
	struct resolver *resolver = resolver_new(base, lookup_with_one_stuck, NULL);
	struct outcome stuck = { 0 }, other = { 0 };
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 100; i++)
		resolver_start(resolver, "found.stuck", note, &stuck);
	while (how_many(&running) == 0)
		turn(since);
	resolver_start(resolver, "other", note, &other);
	while (!other.calls)
		turn(since);
	ck_assert_int_eq(how_many(&running), 1);
	ck_assert_int_eq(stuck.calls, 0);
	pthread_mutex_unlock(&gate);
	while (stuck.calls < 100)
		turn(since);
	ck_assert_int_eq(how_many(&most_running), 1);
	ck_assert_uint_eq(stuck.own_count, 1);
	resolver_free(resolver);
}
END_TEST

/* The servers of one site never answer; others are looked up at once. */
static void lookup_with_a_site_stuck(const char *name, struct resolve_answer *answer)
{
	if (strstr(name, ".stuck.example"))
		gated_lookup(name, answer);
}

START_TEST(one_site_keeps_few_threads)
{
	struct resolver *resolver = resolver_new(base, lookup_with_a_site_stuck, NULL);
	struct outcome stuck = { 0 }, other = { 0 };
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *name = xasprintf("a%d.b%d.stuck.example", i, i % 3);

		resolver_start(resolver, name, note, &stuck);
	}
	while (how_many(&running) < 8)
		turn(since);
	resolver_start(resolver, "other.example", note, &other);
	while (!other.calls)
		turn(since);
	ck_assert_int_eq(stuck.calls, 0);
	pthread_mutex_unlock(&gate);
	while (stuck.calls < 100)
		turn(since);
	ck_assert_int_eq(how_many(&most_running), 8);
	resolver_free(resolver);
}
END_TEST

START_TEST(a_cancelled_query_is_never_answered)
{
	struct resolver *resolver = resolver_new(base, gated_lookup, NULL);
	struct outcome kept = { 0 }, dropped = { 0 };
	struct resolve_query *queries[20];
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	for (size_t i = 0; i < ARRAY_LENGTH(queries); i++)
		queries[i] = resolver_start(resolver, "found", note, &dropped);
	resolver_start(resolver, "found", note, &kept);
	for (size_t i = 0; i < ARRAY_LENGTH(queries); i++)
		resolver_cancel(queries[i]);
	pthread_mutex_unlock(&gate);
	while (!kept.calls)
		turn(since);
	ck_assert_int_eq(dropped.calls, 0);
	resolver_free(resolver);
}
END_TEST

START_TEST(freeing_does_not_wait_for_a_lookup)
{
	struct resolver *resolver = resolver_new(base, gated_lookup, NULL);
	struct outcome out = { 0 };
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 20; i++)
		resolver_start(resolver, "found", note, &out);
	while (how_many(&running) == 0)
		turn(since);
	resolver_free(resolver);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < 10; i++)
		turn(since);
	ck_assert_int_eq(out.calls, 0);
}
END_TEST

START_TEST(the_resolver_may_be_freed_by_an_answer)
{
	struct resolver *resolver = resolver_new(base, gated_lookup, NULL);
	struct outcome out = { .free_this = resolver };
	int64_t since = clock_mono_ms();

	pthread_mutex_lock(&gate);
	resolver_start(resolver, "found", note, &out);
	resolver_start(resolver, "found", note, &out);
	pthread_mutex_unlock(&gate);
	while (!out.calls)
		turn(since);
	for (int i = 0; i < 10; i++)
		turn(since);
	ck_assert_int_eq(out.calls, 1);
}
END_TEST

/* Dialling */

struct dialled {
	int calls, fd, error;
};

static void note_dialled(void *arg, int fd, int error)
{
	struct dialled *out = arg;

	out->calls++;
	out->fd = fd;
	out->error = error;
}

static struct sockaddr_storage loopback(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_storage out = { 0 };

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memcpy(&out, &in, sizeof(in));
	return out;
}

static int bound_socket(int *port, int backlog)
{
	struct sockaddr_storage any = loopback(0);
	struct sockaddr_in in;
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(in)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

START_TEST(a_connection_within_the_host_is_made_at_once)
{
	int open_port, closed_port, fd = -1, listener = bound_socket(&open_port, 8),
				    closed = bound_socket(&closed_port, -1), accepted;
	struct sockaddr_storage addresses[] = { loopback(closed_port), loopback(closed_port),
						loopback(open_port) };
	struct dialled out = { .fd = -1 };
	int64_t since = clock_mono_ms();

	/* Those that refuse give way to the next. */
	ck_assert_ptr_null(dial_start(base, addresses, 3, 5000, &fd, note_dialled, &out));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(clock_mono_ms() - since, 240); /* did not sit out the delay */
	for (int i = 0; i < 5; i++)
		turn(since);
	ck_assert_int_eq(out.calls, 0);
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	ck_assert_int_eq(recv(accepted, &(char){ 0 }, 1, 0), 1);
	close(accepted);
	close(fd);
	close(listener);
	close(closed);
}
END_TEST

START_TEST(where_all_refuse_the_error_says_so)
{
	int port, fd, closed = bound_socket(&port, -1);
	struct sockaddr_storage addresses[] = { loopback(port), loopback(port) };
	struct dialled out = { .fd = -1 };
	int64_t since = clock_mono_ms();

	ck_assert_ptr_nonnull(dial_start(base, addresses, 2, 5000, &fd, note_dialled, &out));
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(out.calls, 0);
	while (!out.calls)
		turn(since);
	ck_assert_int_eq(out.fd, -1);
	ck_assert_int_eq(out.error, ECONNREFUSED);
	close(closed);
}
END_TEST

/* A listener whose queue is full answers no further connection. */
static int silent_listener(int *port, int *fillers, size_t count)
{
	int fd = bound_socket(port, 0);

	for (size_t i = 0; i < count; i++) {
		struct sockaddr_storage to = loopback(*port);

		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&to, sizeof(struct sockaddr_in));
	}
	return fd;
}

START_TEST(a_silent_address_does_not_hold_up_the_next_nor_outlast_the_deadline)
{
	int silent_port, open_port, fd, fillers[4];
	int silent = silent_listener(&silent_port, fillers, ARRAY_LENGTH(fillers));
	int listener = bound_socket(&open_port, 8);
	struct sockaddr_storage addresses[] = { loopback(silent_port), loopback(open_port) };
	struct dialled out = { .fd = -1 };
	struct dial *cancelled;
	int64_t since = clock_mono_ms();

	dial_start(base, addresses, 2, 5000, &fd, note_dialled, &out);
	while (!out.calls)
		turn(since);
	ck_assert_int_ge(out.fd, 0);
	ck_assert_int_ge(clock_mono_ms() - since, 200);
	close(out.fd);

	out = (struct dialled){ .fd = -1 };
	dial_start(base, addresses, 1, 100, &fd, note_dialled, &out);
	while (!out.calls)
		turn(since);
	ck_assert_int_eq(out.error, ETIMEDOUT);

	out = (struct dialled){ .fd = -1 };
	cancelled = dial_start(base, addresses, 2, 100, &fd, note_dialled, &out);
	turn(since);
	dial_cancel(cancelled);
	for (int i = 0; i < 40; i++)
		turn(since);
	ck_assert_int_eq(out.calls, 0);
	for (size_t i = 0; i < ARRAY_LENGTH(fillers); i++)
		close(fillers[i]);
	close(silent);
	close(listener);
}
END_TEST

static Suite *resolve_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tests = tcase_create("resolve");

	tcase_add_checked_fixture(tests, wait_for_lookups, NULL);
	tcase_add_checked_fixture(tests, open_base, close_base);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_host_resolves_and_tells_its_own_addresses);
	tcase_add_test(tests, threads_are_bounded_and_every_query_is_answered);
	tcase_add_test(tests, what_was_found_serves_for_a_while);
	tcase_add_test(tests, what_is_kept_is_bounded);
	tcase_add_test(tests, one_name_keeps_one_thread_and_all_get_its_answer);
	tcase_add_test(tests, one_site_keeps_few_threads);
	tcase_add_test(tests, a_cancelled_query_is_never_answered);
	tcase_add_test(tests, freeing_does_not_wait_for_a_lookup);
	tcase_add_test(tests, the_resolver_may_be_freed_by_an_answer);
	tcase_add_test(tests, a_connection_within_the_host_is_made_at_once);
	tcase_add_test(tests, where_all_refuse_the_error_says_so);
	tcase_add_test(tests,
		       a_silent_address_does_not_hold_up_the_next_nor_outlast_the_deadline);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(resolve_suite)
