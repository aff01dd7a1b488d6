/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_DNS_STUB_H
#define CORE_NET_DNS_STUB_H

/*
 * The name server of one session: answers what dns_zone.h says on UDP and TCP sockets that were
 * made and bound in the sandbox's network namespace (sockets keep theirs), over libevent. A
 * datagram is answered from the very address it was sent to, so one socket stands for every
 * nameserver that a resolv.conf may name.
 *
 * Floods stay bounded: answers by a token bucket (what waits for a token waits in the kernel's
 * buffers, not here), TCP by the number of clients, one query and one answer of memory each, and
 * a time in which a whole query has to come.
 */
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/net/dns_message.h"
#include "core/net/names.h"

struct dns_stub;

struct dns_stub_callbacks {
	/*
	 * A name was asked for, for the first time in the session: the type of the question and the
	 * rcode of the answer, which is sent after the call. `name` belongs to the table of names.
	 * Must not free the stub. May be NULL.
	 */
	void (*asked)(void *owner, const char *name, unsigned type, enum dns_rcode rcode);
	/* A new name found the table full, and the answer is a failure. The same holds. */
	void (*full)(void *owner, const char *name);
};

struct dns_stub_limits {
	int answers_per_second; /* 0 = default (10000) */
	int burst;		/* answers at once after a rest; 0 = default (2000) */
	int tcp_clients;	/* 0 = default (64); beyond, the longest idle one is closed */
	int tcp_idle_ms;	/* for a whole query to come; 0 = default (10000) */
};

struct dns_stub_counters {
	uint64_t answers;
	uint64_t dropped;   /* not a query, or its answer could not be sent */
	uint64_t throttled; /* how often the token bucket was empty */
	uint64_t tcp_clients, tcp_evicted;
};

/* `names`, `callbacks` and `owner` are borrowed while it lives; `limits` may be NULL. */
struct dns_stub *dns_stub_new(struct event_base *base, struct names *names,
			      const struct dns_stub_callbacks *callbacks, void *owner,
			      const struct dns_stub_limits *limits, struct err *e);
/* Closes its sockets and clients. */
void dns_stub_free(struct dns_stub *stub);

/*
 * Take over a bound UDP socket, and a listening TCP socket, of IPv4, IPv6 or both, whatever the
 * outcome: 0, or -1 with *e.
 */
int dns_stub_add_udp(struct dns_stub *stub, int fd, struct err *e);
int dns_stub_add_tcp(struct dns_stub *stub, int fd, struct err *e);

/* Borrowed; changes as it runs. */
const struct dns_stub_counters *dns_stub_counters(const struct dns_stub *stub);

#endif
