/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_RELAY_H
#define CORE_NET_RELAY_H

/*
 * Moves bytes both ways between two connected sockets until both have ended: with half-close,
 * with backpressure, and with memory only for what a slow receiver has not taken yet.
 */
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/net/stream.h"

/* What the relays of one loop share: a receive buffer, and pipes for splice(). */
struct relay_pool;
struct relay_pool *relay_pool_new(void);
void relay_pool_free(struct relay_pool *pool); /* after its relays */
/* The receive buffer, for others on the same loop; its content lasts until the next event. */
#define RELAY_SCRATCH_SIZE (64 * 1024)
char *relay_pool_scratch(struct relay_pool *pool);

struct relay;

struct relay_callbacks {
	void (*moved)(void *arg, uint64_t to_client, uint64_t to_server); /* may be NULL */
	/* Both directions have ended, or the relay broke. The last call; may free the relay. */
	void (*finished)(void *arg);
};

/*
 * Takes over both streams, which are closed afterwards, and the bytes that go before what is still to
 * be read (buffers are empty afterwards; either may be NULL). No callback is made from within this
 * call. The process has to ignore SIGPIPE, since splice(2) knows of no way to be told not to send it.
 */
struct relay *relay_start(struct relay_pool *pool, struct stream *client, struct stream *server,
			  struct buf *first_to_client, struct buf *first_to_server,
			  const struct relay_callbacks *callbacks, void *arg);
/* Closes both sides. */
void relay_free(struct relay *relay);
/*
 * A side that ended its sending is no longer read, so its death would go unnoticed while the
 * other is silent: to be called now and then. True where the relay can never finish by itself.
 */
bool relay_is_dead(const struct relay *relay);
/* Of the server's side: see stream_probe_far(). */
void relay_probe_server(struct relay *relay);

#endif
