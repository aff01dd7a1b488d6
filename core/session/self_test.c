/* SPDX-License-Identifier: MIT */
/*
 * Whether what is refused is seen. The calls are made by the shim before it starts the program, and it
 * does not start it where one was not refused. Its notices are told from the program's by their process,
 * and none of them gets into the history.
 *
 * The test costs next to nothing: the receiving thread answers the calls itself, and the program is told to
 * start before all answers are there. What is still to come is awaited in the loop, beside what the program
 * does. The calls to the network are made when there is one, before the program has it.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/session/supervisor_parts.h"
#include "core/shim/protocol.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define ANSWER_MS 10000
/* What was seen is there at once; all these looks are taken only where something was not. Its notices wake
 * nobody up. */
#define LOOKS_MOST 20
#define LOOK_MS 10
#define NETWORK_TESTS (unsigned)(SHIM_TEST_CONNECT | SHIM_TEST_DATAGRAM)

/* Hidden in every sandbox that has mounts of its own: our control socket, which exists. */
static bool has_hidden_path(const struct supervisor *s)
{
	const struct mount *mount;

	if (s->options->settings->filesystem_disabled)
		return false;
	mount = mount_plan_find(&s->plan, s->socket_path);
	return mount->type == MOUNT_MASK_DIR && mount->origin == ORIGIN_OWN;
}

/* The first process makes these when all is there that sees them. */
static unsigned late_tests(const struct supervisor *s)
{
	unsigned late = SHIM_TEST_LIST;

	if (!filter_watches_reads(&s->filter))
		late |= SHIM_TEST_READ;
	return s->blindness.tested & late;
}

static int send_tests(struct supervisor *s, unsigned tests, struct err *e)
{
	struct shim_message message = { .type = SHIM_TEST, .value = (int32_t)tests };
	_cleanup_buf_ struct buf packet = BUF_EMPTY;

	buf_add(&packet, &message, sizeof(message));
	buf_add(&packet, s->socket_path, strlen(s->socket_path) + 1);
	if (send_fds(s->sandbox.shim_socket, packet.data, packet.length, NULL, 0) < 0)
		return err_errno(e, "testing the sandbox");
	return 0;
}

int self_test_send(struct supervisor *s, struct err *e)
{
	unsigned tests = SHIM_TEST_CALL;

	if (has_hidden_path(s))
		tests |= SHIM_TEST_WRITE;
	if (has_hidden_path(s) && (s->mask_server || filter_watches_reads(&s->filter)))
		tests |= SHIM_TEST_READ;
	/* Each way to see a read is tested once. */
	if (has_hidden_path(s) && s->mask_server && filter_watches_reads(&s->filter))
		tests |= SHIM_TEST_LIST;
	if (s->filter.notify_unix)
		tests |= SHIM_TEST_UNIX;
	s->blindness.tested = tests;
	s->test.answers = 1;
	return send_tests(s, tests & ~late_tests(s), e);
}

int self_test_send_late(struct supervisor *s, struct err *e)
{
	if (!late_tests(s))
		return 0;
	s->test.answers++;
	return send_tests(s, late_tests(s), e);
}

void self_test_watch(struct supervisor *s)
{
	s->blindness.slow_notices = !s->sandbox.sync_wake_up || is_switched_off("sync-wake-up");
	s->blindness.interruptible =
		!(s->sandbox.listener_flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	notifier_rehearse(s->notifier, s->sandbox.init);
}

void self_test_saw(struct supervisor *s, const struct notice *notice)
{
	switch (notice->type) {
	case NOTICE_FILE:
		s->blindness.seen |= notice->kind == ACCESS_WRITE ? SHIM_TEST_WRITE
				     : notice->masked && notice->is_directory ? SHIM_TEST_LIST
									      : SHIM_TEST_READ;
		break;
	case NOTICE_REFUSED:
		s->blindness.seen |= SHIM_TEST_CALL;
		break;
	case NOTICE_UNIX:
		s->blindness.seen |= SHIM_TEST_UNIX;
		break;
	case NOTICE_CONNECT:
		/* Nobody listens: the packet is refused at the other end, and seen there. */
		s->blindness.seen |= SHIM_TEST_CONNECT;
		break;
	case NOTICE_NETWORK:
		break;
	}
}

static bool all_seen(const struct supervisor *s)
{
	const struct blindness *b = &s->blindness;
	unsigned noticed = b->tested & ~(unsigned)SHIM_TEST_DATAGRAM;

	return (b->seen & noticed) == noticed &&
	       (!(b->tested & NETWORK_TESTS) || network_saw_tests(s->network));
}

/* Fails closed: what the test was allowed the program would be allowed, too. */
static int check_refused(unsigned refused_not, struct err *e)
{
	static const struct {
		enum shim_test test;
		const char *what;
	} tests[] = {
		{ SHIM_TEST_CALL, "keys are within reach" },
		{ SHIM_TEST_READ, "what is hidden can be read" },
		{ SHIM_TEST_LIST, "what is hidden can be listed" },
		{ SHIM_TEST_WRITE, "what is read-only can be written" },
		{ SHIM_TEST_UNIX, "unix sockets are open" },
		{ SHIM_TEST_CONNECT, "connections are not judged" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(tests); i++)
		if (refused_not & tests[i].test)
			return err_set(e, "the sandbox does not hold: %s; nothing was started",
				       tests[i].what);
	return 0;
}

static void complete(struct supervisor *s)
{
	struct err e;

	event_free(s->test.deadline);
	s->test.deadline = NULL;
	s->test.done = true;
	if (check_refused(s->test.refused_not, &e) < 0) {
		supervisor_fail(s, &e);
		return;
	}
	notifier_rehearse(s->notifier, 0);
	if (s->blindness.tested & NETWORK_TESTS) {
		s->blindness.shares_ports = network_shares_ports(s->network);
		network_end_tests(s->network, &s->blindness.no_tap_connect, &s->blindness.no_tap_datagram);
	}
	free(s->banner);
	s->banner = blindness_text(&s->blindness);
	s->changed = true;
	if (s->network && (s->blindness.tested & NETWORK_TESTS) && !network_is_open(s->network))
		network_open(s->network);
	s->stop = s->options->only_self_test &&
		  (!s->options->full_network || (s->network && network_is_open(s->network)));
}

void self_test_progress(struct supervisor *s)
{
	if (s->test.deadline && !s->test.answers && all_seen(s))
		complete(s);
}

static void wait_for(struct supervisor *s, int ms)
{
	const struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(s->test.deadline, &time);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct err e;

	(void)fd;
	(void)what;
	if (s->test.answers) {
		err_set(&e, "the sandbox does not answer");
		supervisor_fail(s, &e);
		return;
	}
	notices_take(s);
	if (!s->test.deadline)
		return;
	if (++s->test.looks < LOOKS_MOST)
		wait_for(s, LOOK_MS);
	else
		complete(s);
}

static void await(struct supervisor *s)
{
	if (!s->test.deadline)
		s->test.deadline = evtimer_new(s->base, on_deadline, s);
	s->test.looks = 0;
	wait_for(s, ANSWER_MS);
}

void self_test_begin(struct supervisor *s)
{
	await(s);
	if (s->options->only_self_test && s->options->full_network)
		network_needed(s, 0);
}

void self_test_network(struct supervisor *s)
{
	struct err e;

	s->blindness.tested |= NETWORK_TESTS;
	s->test.answers++;
	notifier_rehearse(s->notifier, s->sandbox.init);
	await(s);
	if (send_tests(s, NETWORK_TESTS, &e) < 0)
		supervisor_fail(s, &e);
}

void self_test_answer(struct supervisor *s, int refused_not)
{
	s->test.refused_not |= (unsigned)refused_not;
	if (--s->test.answers)
		return;
	notices_take(s);
	if (s->test.deadline)
		wait_for(s, LOOK_MS);
}

int self_test_leave(struct supervisor *s, struct err *e)
{
	if (s->test.deadline)
		event_free(s->test.deadline);
	s->test.deadline = NULL;
	if (!s->test.done && s->test.answers)
		return err_set(e, "the sandbox ended before the program started");
	/* Its last notice has not come, and nobody waits for it any more. */
	return check_refused(s->test.refused_not, e);
}

bool self_test_look_again(struct supervisor *s)
{
	uint64_t unreadable = notifier_counts(s->notifier).unreadable;

	if (unreadable == s->blindness.unreadable)
		return false;
	s->blindness.unreadable = unreadable;
	free(s->banner);
	s->banner = blindness_text(&s->blindness);
	return true;
}
