/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_DNS_STUB_INTERNAL_H
#define CORE_NET_DNS_STUB_INTERNAL_H

/* Between dns_stub.c (the whole, and UDP) and dns_stub_tcp.c (RFC 7766). */
#include <stddef.h>

#include "core/net/dns_stub.h"
#include "core/net/stream.h"

/* A socket that was handed in. */
struct dns_socket {
	struct dns_stub *stub;
	struct dns_socket *next;
	struct event *event;
	int fd;
	bool is_tcp;
};

struct dns_client {
	struct dns_stub *stub;
	struct dns_client *next, *previous;
	struct stream stream;
	struct event *timer;
	int64_t active_ms; /* when its last whole query came */
	bool has_ended;	   /* sends nothing more */
	size_t in_length, out_length, out_at;
	uint8_t in[2 + DNS_QUERY_MOST];
	uint8_t out[2 + DNS_ANSWER_MOST];
};

struct dns_stub {
	struct event_base *base;
	struct names *names;
	const struct dns_stub_callbacks *callbacks;
	void *owner;
	struct dns_stub_limits limits;
	struct dns_stub_counters counters;

	int64_t tokens; /* thousandths */
	int64_t filled_ms;
	bool is_paused; /* no tokens: nothing is read until the timer fires */
	struct event *refill;
	struct event *accept_again; /* after descriptors ran out */

	struct dns_socket *sockets;
	struct dns_client *clients;
	int client_count;
};

/* Takes a token. False where there is none: everything pauses until there are some. */
bool dns_stub_take_token(struct dns_stub *stub);
/* Answers one message. `limit` 0 = what the query says of UDP. Its length, 0 = no answer. */
size_t dns_stub_answer(struct dns_stub *stub, const uint8_t *bytes, size_t length, size_t limit,
		       uint8_t out[DNS_ANSWER_MOST]);

void dns_tcp_accept(evutil_socket_t fd, short what, void *arg);
void dns_tcp_set_accepting(struct dns_stub *stub, bool on);
/* Stops reading from the clients; goes on with them. */
void dns_tcp_pause(struct dns_stub *stub);
void dns_tcp_resume(struct dns_stub *stub);
void dns_client_close(struct dns_client *client);

#endif
