/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_TUNNEL_REQUEST_H
#define CORE_NET_TUNNEL_REQUEST_H

/* The client's side of CONNECT: what asks another proxy for a tunnel, and its answer. Pure. */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

/* Most bytes of an answer's head. */
#define TUNNEL_ANSWER_MOST (16 * 1024)

/* The host is canonical; `authorization` is a header's value, NULL = none. Appends. */
void tunnel_request_add(struct buf *out, const char *canonical_host, int port,
			const char *authorization);

enum tunnel_answer {
	TUNNEL_MORE,
	TUNNEL_OPEN,	/* a 2xx answer; what follows its head is the destination's */
	TUNNEL_REFUSED, /* another answer, none at all, or one that is too long */
};

/*
 * Judges all that has come so far; *used is the length of the head for TUNNEL_OPEN. Only the
 * status counts: whatever fields say about a body, a tunnel has none.
 */
enum tunnel_answer tunnel_answer_parse(const char *bytes, size_t length, size_t *used);

#endif
