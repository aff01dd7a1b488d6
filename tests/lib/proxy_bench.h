/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_PROXY_BENCH_H
#define TESTS_LIB_PROXY_BENCH_H

/*
 * A proxy on loopback sockets, with its owner, clients and origin all in this one thread: every
 * wait below turns the event loop. Nothing here sleeps, and nothing waits longer than TURNS_MS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/proxy_internal.h"
#include "tests/lib/unit.h"

#define TURNS_MS 20000
#define TOKEN "0123456789abcdef0123456789abcdef"
#define AUTH "Proxy-Authorization: Basic c3J0OjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\r\n"
#define UNUSED __attribute__((unused))

enum answer_mode { ANSWER_ALLOW, ANSWER_DENY, ANSWER_LATER, ANSWER_BY_FREEING };

struct bench {
	struct event_base *base;
	struct proxy *proxy;
	int port;
	int origin; /* listening */
	int origin_port;
	enum answer_mode mode;
	struct proxy_verdict verdict;
	struct strings allowed, denied, denied_addresses;

	/* what the owner heard */
	int judged, cancelled, admitted, gone;
	char doubt[128]; /* of the last question */
	bool only_public; /* answer the first question so, and no other */
	struct proxy_request *pending; /* the last one not answered */
	char host[512], shown[512], method[64], why[256];
	char seen[512], dialled[512];
	int judged_port, client_port;
	enum proxy_via via;
	uint64_t to_client, to_server;
	int crowded, evicted;

	/* direct connections */
	int direct_port; /* of 127.0.0.2; the origin's */
	const char *name; /* that every address stands for */
	const char *denied_name; /* refused, whatever the mode says */
	bool hung_up;
};

static void bench_name_address(void *owner, const struct sockaddr *address, char *host)
{
	struct bench *b = owner;

	ck_assert_int_eq(address->sa_family, AF_INET);
	snprintf(host, HOST_TEXT_SIZE, "%s", b->name);
}

static bool bench_has_hung_up(void *owner, int client_port)
{
	ck_assert_int_gt(client_port, 0);
	return ((struct bench *)owner)->hung_up;
}

static void bench_crowded(void *owner, bool closed)
{
	struct bench *b = owner;

	b->crowded += !closed;
	b->evicted += closed;
}

static void bench_judge(void *owner, struct proxy_request *request,
			const struct proxy_destination *to)
{
	struct bench *b = owner;

	b->judged++;
	snprintf(b->host, sizeof(b->host), "%s", to->host ? to->host : "(malformed)");
	snprintf(b->shown, sizeof(b->shown), "%s", to->shown_host);
	snprintf(b->method, sizeof(b->method), "%s", to->method);
	snprintf(b->seen, sizeof(b->seen), "%s", to->seen_host ? to->seen_host : "");
	snprintf(b->dialled, sizeof(b->dialled), "%s", to->dialled_host ? to->dialled_host : "");
	b->judged_port = to->port;
	b->client_port = to->client_port;
	b->via = to->via;
	if (b->denied_name && strcmp(b->host, b->denied_name) == 0) {
		proxy_request_answer(request, &(struct proxy_verdict){ .allow = false });
		return;
	}
	snprintf(b->doubt, sizeof(b->doubt), "%s", to->doubt ? to->doubt : "");
	b->verdict.public_only = b->only_public && !to->doubt;
	if (b->verdict.public_only) {
		b->verdict.allow = true;
		proxy_request_answer(request, &b->verdict);
		return;
	}
	switch (b->mode) {
	case ANSWER_ALLOW:
	case ANSWER_DENY:
		b->verdict.allow = b->mode == ANSWER_ALLOW;
		proxy_request_answer(request, &b->verdict);
		break;
	case ANSWER_LATER:
		proxy_request_set_data(request, b);
		b->pending = request;
		break;
	case ANSWER_BY_FREEING:
		proxy_free(b->proxy);
		b->proxy = NULL;
		break;
	}
}

static void bench_cancelled(void *owner, struct proxy_request *request)
{
	struct bench *b = owner;

	ck_assert_ptr_eq(request->data, b);
	b->cancelled++;
	b->pending = NULL;
}

static void bench_refused(void *owner, const struct proxy_destination *to, const char *why)
{
	struct bench *b = owner;

	(void)to;
	snprintf(b->why, sizeof(b->why), "%s", why);
}

static void bench_gone(void *owner, const struct proxy_destination *to)
{
	struct bench *b = owner;

	ck_assert_str_eq(to->host, b->name);
	b->gone++;
}

static void bench_admitted(void *owner, const struct proxy_destination *to)
{
	struct bench *b = owner;

	(void)to;
	b->admitted++;
}

static void bench_traffic(void *owner, uint64_t to_client, uint64_t to_server)
{
	struct bench *b = owner;

	b->to_client += to_client;
	b->to_server += to_server;
}

/* Any name is 127.0.0.1, but those that say otherwise. */
static void bench_lookup(const char *name, struct resolve_answer *answer)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *text = "127.0.0.1";

	if (strcmp(name, "nowhere.test") == 0) {
		answer->error = 1;
		return;
	}
	if (strcmp(name, "private.test") == 0)
		text = "10.255.255.1";
	if (strcmp(name, "metadata.test") == 0)
		text = "169.254.169.254";
	inet_pton(AF_INET, text, &in.sin_addr);
	memcpy(&answer->addresses[answer->count++], &in, sizeof(in));
	if (strcmp(name, "both.test") == 0) {
		inet_pton(AF_INET, "169.254.1.1", &in.sin_addr);
		memcpy(&answer->addresses[answer->count++], &in, sizeof(in));
	}
}

static int listen_on(const char *address, int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, address, &in.sin_addr);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(listen(fd, 1024), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static int listen_on_loopback(int *port)
{
	*port = 0;
	return listen_on("127.0.0.1", port);
}

static void bench_open_with(struct bench *b, const struct proxy_limits *limits)
{
	static const struct proxy_callbacks callbacks = { .judge = bench_judge,
							  .cancelled = bench_cancelled,
							  .refused = bench_refused,
							  .gone = bench_gone,
							  .admitted = bench_admitted,
							  .traffic = bench_traffic,
							  .name_address = bench_name_address,
							  .has_hung_up = bench_has_hung_up,
							  .crowded = bench_crowded };
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN); /* see relay.h */
	*b = (struct bench){ .verdict = { .check_resolved = true } };
	b->base = event_base_new();
	b->origin = listen_on_loopback(&b->origin_port);
	b->proxy = proxy_new(b->base, TOKEN, &callbacks, b, limits, &e);
	ck_assert_msg(b->proxy != NULL, "%s", e.message);
	b->proxy->sweep_ms = 50;
	ck_assert_int_eq(proxy_set_lookup(b->proxy, bench_lookup, &e), 0);
	proxy_set_lists(b->proxy, &b->allowed, &b->denied, &b->denied_addresses);
	ck_assert_int_eq(proxy_add_listener(b->proxy, listen_on_loopback(&b->port), &e), 0);
}

static UNUSED void bench_open(struct bench *b)
{
	bench_open_with(b, NULL);
}

static UNUSED void bench_close(struct bench *b)
{
	proxy_free(b->proxy);
	close_fd(&b->origin);
	event_base_free(b->base);
	strings_free(&b->allowed);
	strings_free(&b->denied);
	strings_free(&b->denied_addresses);
}

/* Turns the loop once; fails the test where this goes on for too long. */
static void turn(struct bench *b, int64_t since)
{
	struct timeval tick = { 0, 2000 };

	event_base_loopexit(b->base, &tick);
	event_base_loop(b->base, EVLOOP_ONCE);
	ck_assert_msg(clock_mono_ms() - since < TURNS_MS, "waited in vain");
}

#define WAIT(bench, condition)                                                                     \
	do {                                                                                       \
		int64_t since_ = clock_mono_ms();                                                  \
                                                                                                   \
		while (!(condition))                                                               \
			turn((bench), since_);                                                     \
	} while (0)

/* Lets everything happen that can happen without further input. */
static UNUSED void settle(struct bench *b)
{
	int64_t since = clock_mono_ms();

	for (int i = 0; i < 20; i++)
		turn(b, since);
}

static int dial_address(const char *address, int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &in.sin_addr);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static UNUSED int dial_port(int port)
{
	return dial_address("127.0.0.1", port);
}

static UNUSED void put(struct bench *b, int fd, const char *bytes, size_t length)
{
	int64_t since = clock_mono_ms();

	while (length) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0) {
			ck_assert_msg(errno == EAGAIN, "send: %s", strerror(errno));
			turn(b, since);
			continue;
		}
		bytes += sent;
		length -= (size_t)sent;
	}
}

static UNUSED __attribute__((format(printf, 3, 4))) void
say(struct bench *b, int fd, const char *format, ...)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	va_list arguments;

	va_start(arguments, format);
	buf_vaddf(&text, format, arguments);
	va_end(arguments);
	put(b, fd, text.data, text.length);
}

/* A new client that says this; "%d" is the origin's port. */
static UNUSED int client(struct bench *b, const char *format)
{
	int fd = dial_port(b->port);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	say(b, fd, format, b->origin_port);
#pragma GCC diagnostic pop
	return fd;
}

static UNUSED int origin_accept(struct bench *b)
{
	int fd = -1;

	WAIT(b, (fd = accept4(b->origin, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0);
	return fd;
}

enum heard { HEARD_SOMETHING, HEARD_NOTHING, HEARD_END, HEARD_RESET };

static enum heard hear_once(int fd, struct buf *into)
{
	char bytes[65536];
	ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

	if (got > 0)
		buf_add(into, bytes, (size_t)got);
	if (got >= 0)
		return got ? HEARD_SOMETHING : HEARD_END;
	return errno == EAGAIN ? HEARD_NOTHING : HEARD_RESET;
}

/* Reads into *into (emptied first) until it holds `needle`. */
static UNUSED const char *hear(struct bench *b, int fd, struct buf *into, const char *needle)
{
	int64_t since = clock_mono_ms();

	buf_clear(into);
	while (!into->data || !strstr(into->data, needle)) {
		enum heard heard = hear_once(fd, into);

		ck_assert_msg(heard == HEARD_SOMETHING || heard == HEARD_NOTHING ||
				      strstr(buf_text(into), needle),
			      "ended (%d) after: %s", (int)heard, buf_text(into));
		if (heard == HEARD_NOTHING)
			turn(b, since);
	}
	return into->data;
}

/* Reads until the end; returns how it ended. */
static UNUSED enum heard hear_end(struct bench *b, int fd, struct buf *into)
{
	int64_t since = clock_mono_ms();

	buf_clear(into);
	for (;;) {
		enum heard heard = hear_once(fd, into);

		if (heard == HEARD_END || heard == HEARD_RESET)
			return heard;
		if (heard == HEARD_NOTHING)
			turn(b, since);
	}
}

static UNUSED void reset(int fd)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
}

/* A few hundred KiB that no framing could come back from unchanged by luck. */
static UNUSED void make_bytes(struct buf *out, size_t length)
{
	unsigned state = 12345;

	for (size_t i = 0; i < length; i++) {
		state = state * 1103515245u + 12345u;
		buf_addc(out, (char)(state >> 16));
	}
}

#endif
