/* SPDX-License-Identifier: MIT */
/*
 * DNS over TCP (RFC 7766). Queries of one client are answered in their order, however many come at
 * once; the next is not looked at before the last answer has gone, so a client that does not read
 * is not read from either.
 */
#include "core/net/dns_stub_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

#define ACCEPTS_PER_TURN 16
#define ACCEPT_AGAIN_MS 100

void dns_client_close(struct dns_client *c)
{
	struct dns_stub *stub = c->stub;

	if (c->next)
		c->next->previous = c->previous;
	if (c->previous)
		c->previous->next = c->next;
	else
		stub->clients = c->next;
	stub->client_count--;
	stream_close(&c->stream);
	event_free(c->timer);
	free(c);
}

/* The time starts anew with a whole query, never with a single byte. */
static void restart_timer(struct dns_client *c)
{
	int ms = c->stub->limits.tcp_idle_ms;
	struct timeval delay = clock_timeval(ms);

	c->active_ms = clock_mono_ms();
	evtimer_add(c->timer, &delay);
}

/* False where the client is gone. */
static bool flush(struct dns_client *c)
{
	while (c->out_at < c->out_length) {
		ssize_t put = stream_send(&c->stream, c->out + c->out_at,
					  c->out_length - c->out_at);

		if (put == STREAM_AGAIN)
			return true;
		if (put < 0)
			return false;
		c->out_at += (size_t)put;
	}
	c->out_at = c->out_length = 0;
	return true;
}

/* The length that is announced, with its own two bytes; 0 while that is not there. */
static size_t message_size(const struct dns_client *c)
{
	return c->in_length < 2 ? 0 : 2 + ((size_t)c->in[0] << 8 | c->in[1]);
}

/* Takes a whole query off the buffer. False where the client deserves no answer. */
static bool answer(struct dns_client *c, size_t size)
{
	size_t length = dns_stub_answer(c->stub, c->in + 2, size - 2, DNS_ANSWER_MOST, c->out + 2);

	if (length == 0)
		return false;
	c->out[0] = (uint8_t)(length >> 8);
	c->out[1] = (uint8_t)length;
	c->out_length = 2 + length;
	c->in_length -= size;
	memmove(c->in, c->in + size, c->in_length);
	restart_timer(c);
	return true;
}

/* Goes on with what has come. May close the client. */
static void run(struct dns_client *c)
{
	for (;;) {
		size_t size = message_size(c);

		if (!flush(c) || size > sizeof(c->in)) {
			dns_client_close(c);
			return;
		}
		if (c->out_length) {
			stream_want(&c->stream, false, true);
			return;
		}
		if (size == 0 || size > c->in_length)
			break;
		if (!dns_stub_take_token(c->stub)) {
			stream_want(&c->stream, false, false);
			return;
		}
		if (!answer(c, size)) {
			dns_client_close(c);
			return;
		}
	}
	if (c->has_ended)
		dns_client_close(c);
	else
		stream_want(&c->stream, !c->stub->is_paused, false);
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct dns_client *c = arg;

	(void)fd;
	if (what & EV_READ && !c->has_ended && c->in_length < sizeof(c->in)) {
		ssize_t got = stream_receive(&c->stream, c->in + c->in_length,
					     sizeof(c->in) - c->in_length);

		if (got == STREAM_ERROR) {
			dns_client_close(c);
			return;
		}
		if (got == 0)
			c->has_ended = true;
		if (got > 0)
			c->in_length += (size_t)got;
	}
	run(c);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dns_client_close(arg);
}

static void client_new(struct dns_stub *stub, int fd)
{
	struct dns_client *c = xcalloc(1, sizeof(*c));
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->stub = stub;
	c->timer = evtimer_new(stub->base, on_idle, c);
	if (!c->timer)
		abort(); /* out of memory */
	stream_open(&c->stream, stub->base, fd, on_client, c);
	c->next = stub->clients;
	if (c->next)
		c->next->previous = c;
	stub->clients = c;
	stub->client_count++;
	stub->counters.tcp_clients++;
	restart_timer(c);
	stream_want(&c->stream, !stub->is_paused, false);
}

/* RFC 7766, 6.2.3: a server may close what is idle; idle clients would lock others out. */
static void evict(struct dns_stub *stub)
{
	struct dns_client *oldest = stub->clients;

	for (struct dns_client *c = stub->clients; c; c = c->next)
		if (c->active_ms <= oldest->active_ms) /* the later in the list is the older */
			oldest = c;
	if (oldest) {
		stub->counters.tcp_evicted++;
		dns_client_close(oldest);
	}
}

void dns_tcp_set_accepting(struct dns_stub *stub, bool on)
{
	for (struct dns_socket *s = stub->sockets; s; s = s->next) {
		if (!s->is_tcp)
			continue;
		if (on)
			event_add(s->event, NULL);
		else
			event_del(s->event);
	}
}

void dns_tcp_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { .tv_usec = ACCEPT_AGAIN_MS * 1000 };
	struct dns_stub *stub = ((struct dns_socket *)arg)->stub;

	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int client = accept4((int)fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (client >= 0) {
			if (stub->client_count >= stub->limits.tcp_clients)
				evict(stub);
			client_new(stub, client);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* No descriptors: level-triggered events would spin. */
			dns_tcp_set_accepting(stub, false);
			evtimer_add(stub->accept_again, &again);
			return;
		}
	}
}

void dns_tcp_pause(struct dns_stub *stub)
{
	for (struct dns_client *c = stub->clients; c; c = c->next)
		stream_want(&c->stream, false, c->out_length > 0);
}

void dns_tcp_resume(struct dns_stub *stub)
{
	struct dns_client *next;

	for (struct dns_client *c = stub->clients; c; c = next) {
		next = c->next;
		run(c);
	}
}
