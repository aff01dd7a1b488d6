/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_RESOLVE_H
#define CORE_NET_RESOLVE_H

/*
 * Names to addresses, as the host resolves them, off the event loop: getaddrinfo() in a bounded
 * number of short-lived threads, the answer delivered on the loop. What was found is kept for a second.
 */
#include <event2/event.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/base/err.h"

#define RESOLVE_ADDRESSES_MOST 32

struct resolve_answer {
	int error; /* of getaddrinfo: EAI_…, 0 = found */
	struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MOST]; /* port 0 */
	size_t count;
	/* This host's own addresses, read at the same time. */
	struct sockaddr_storage *own;
	size_t own_count;
};

struct resolver;
struct resolve_query;

/* Looks a name up; runs in a thread and may block. Fills *answer. */
typedef void (*resolve_lookup)(const char *name, struct resolve_answer *answer);
/* The answer is borrowed. */
typedef void (*resolve_done)(void *arg, const struct resolve_answer *answer);

/* `lookup` NULL = getaddrinfo. */
struct resolver *resolver_new(struct event_base *base, resolve_lookup lookup, struct err *e);
/* Forgets all queries without a call. Does not wait for threads; what they hold they free. */
void resolver_free(struct resolver *resolver);
/* What was found for the name within the last second, or NULL. Borrowed until the loop turns. */
const struct resolve_answer *resolver_find_kept(const struct resolver *resolver, const char *name);
/* `done` is called once, never from within this call, unless cancelled. */
struct resolve_query *resolver_start(struct resolver *resolver, const char *name,
				     resolve_done done, void *arg);
void resolver_cancel(struct resolve_query *query);

#endif
