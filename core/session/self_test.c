/* SPDX-License-Identifier: MIT */
/*
 * Whether what is refused is seen. The calls are made by the shim before it starts the program, and it
 * does not start it where one was not refused. Its notices are told from the program's by their process,
 * and none of them gets into the history.
 *
 * The test costs next to nothing: the receiving thread answers the calls itself, all but those to
 * the network are made while the network comes up, and without a network the program is told to start
 * before the answer is there. With one it is not: until then every packet is the test's own.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/net/frame.h"
#include "core/session/supervisor_parts.h"
#include "core/shim/protocol.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define ANSWER_MS 10000
/* What was seen is there at once; this long only where something was not. */
#define STRAGGLER_MS 200
#define NETWORK_TESTS (unsigned)(SHIM_TEST_CONNECT | SHIM_TEST_DATAGRAM)

struct test {
	struct supervisor *s;
	int answers;	   /* of the shim's, still to come */
	bool done;
	unsigned refused_not;
	bool wants_tap, tap_connect, tap_datagram;
};

/* Hidden in every sandbox that has mounts of its own: our control socket, which exists. */
static bool has_hidden_path(const struct supervisor *s)
{
	const struct mount *mount;

	if (s->options->settings->filesystem_disabled)
		return false;
	mount = mount_plan_find(&s->plan, s->socket_path);
	return mount->type == MOUNT_MASK_DIR && mount->origin == ORIGIN_OWN;
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
	if (has_hidden_path(s) && filter_watches_reads(&s->filter))
		tests |= SHIM_TEST_READ;
	if (s->filter.notify_unix)
		tests |= SHIM_TEST_UNIX;
	if (s->options->full_network)
		tests |= NETWORK_TESTS;
	s->blindness.tested = tests;
	return send_tests(s, tests & ~NETWORK_TESTS, e);
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
		s->blindness.seen |= notice->kind == ACCESS_WRITE ? SHIM_TEST_WRITE : SHIM_TEST_READ;
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
	}
}

static void take_frames(struct test *test)
{
	unsigned char bytes[BROKER_TAP_BYTES];
	struct frame frame;
	ssize_t got;

	while ((got = recv(network_tap(test->s->network), bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		if (!frame_parse(&frame, bytes, (size_t)got) || frame.port != SHIM_TEST_PORT)
			continue;
		if (frame.protocol == IPPROTO_TCP)
			test->tap_connect = true;
		else if (frame.protocol == IPPROTO_UDP)
			test->tap_datagram = true;
	}
}

static int take_answer(struct test *test, struct err *e)
{
	struct shim_message message;
	ssize_t got = recv(test->s->sandbox.shim_socket, &message, sizeof(message), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got < (ssize_t)sizeof(message) || message.type != SHIM_TESTED)
		return err_set(e, "the sandbox ended before the program started");
	test->done = --test->answers == 0;
	test->refused_not |= (unsigned)message.value;
	return 0;
}

static bool all_seen(const struct test *test)
{
	const struct blindness *b = &test->s->blindness;
	unsigned noticed = b->tested & ~(unsigned)SHIM_TEST_DATAGRAM;

	return (b->seen & noticed) == noticed &&
	       (!test->wants_tap || (test->tap_connect && test->tap_datagram));
}

static int wait_for_all(struct test *test, struct err *e)
{
	struct supervisor *s = test->s;
	int64_t deadline = clock_mono_ms() + ANSWER_MS;

	while (!test->done || !all_seen(test)) {
		struct pollfd fds[3] = { { .fd = notifier_fd(s->notifier), .events = POLLIN },
					 { .fd = test->done ? -1 : s->sandbox.shim_socket,
					   .events = POLLIN },
					 { .fd = test->wants_tap ? network_tap(s->network) : -1,
					   .events = POLLIN } };
		int64_t left = deadline - clock_mono_ms();
		bool was_done = test->done;

		if (left <= 0 && !test->done)
			return err_set(e, "the sandbox does not answer");
		if (left <= 0)
			return 0;
		if (poll(fds, ARRAY_LENGTH(fds), (int)left) < 0 && errno != EINTR)
			return err_errno(e, "poll");
		supervisor_take_notices(s);
		if (test->wants_tap)
			take_frames(test);
		if (!test->done && fds[1].revents && take_answer(test, e) < 0)
			return -1;
		if (test->done && !was_done)
			deadline = clock_mono_ms() + STRAGGLER_MS;
	}
	return 0;
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

int self_test_end(struct supervisor *s, struct err *e)
{
	struct test test = { .s = s, .answers = 1, .wants_tap = s->network != NULL };

	if (s->blindness.tested & NETWORK_TESTS) {
		if (send_tests(s, NETWORK_TESTS, e) < 0)
			return -1;
		test.answers++;
	}
	if (wait_for_all(&test, e) < 0 || check_refused(test.refused_not, e) < 0)
		return -1;
	notifier_rehearse(s->notifier, 0);
	if (s->network) {
		s->blindness.shares_ports = network_shares_ports(s->network);
		s->blindness.no_tap_connect = !test.tap_connect;
		s->blindness.no_tap_datagram = !test.tap_datagram;
	}
	s->banner = blindness_text(&s->blindness);
	return 0;
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
