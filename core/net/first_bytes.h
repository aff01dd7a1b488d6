/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_FIRST_BYTES_H
#define CORE_NET_FIRST_BYTES_H

/*
 * What the first bytes of a connection say about where it wants to go, beside the address it was
 * made to: the server name of a TLS ClientHello, or the host of a plain HTTP/1 request, where an
 * absolute-form target wins over Host (RFC 9112, 3.2.2). Pure.
 *
 * Of HTTP only the first request is seen. HTTP/2 without TLS counts as something else.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/net/client_hello.h"
#include "core/net/http_parse.h"

/* Most bytes that are needed to decide, whatever comes. */
#define FIRST_BYTES_MOST (32 * 1024)

enum first_bytes_kind { FIRST_BYTES_OTHER, FIRST_BYTES_TLS, FIRST_BYTES_HTTP };

struct first_bytes {
	bool is_decided;
	/* Valid once decided. */
	enum first_bytes_kind kind;
	const char *host; /* canonical; NULL = none named. Lies in here: do not move the struct */
	/*
	 * It begins as its kind does but is malformed, too large, cut short or names what is no
	 * host. A lenient server might still find a host in it: who must know refuses it.
	 */
	bool is_broken;
	bool has_ech; /* see client_hello.h */

	enum { FIRST_UNTOUCHED, FIRST_IN_HELLO, FIRST_IN_HEAD } state;
	size_t version_seen; /* how much of " HTTP/1." ends where the first line stands */
	bool line_begun, line_ended;
	struct client_hello hello;
	struct http_head head;
	char http_host[HOST_TEXT_SIZE];
};

void first_bytes_init(struct first_bytes *first);
void first_bytes_free(struct first_bytes *first);
/* Takes more bytes. True once decided; it then takes nothing more. */
bool first_bytes_feed(struct first_bytes *first, const char *bytes, size_t length);
/* No more bytes will come, or are waited for: decides with what was there. */
void first_bytes_end(struct first_bytes *first);
/*
 * While undecided: nothing of what was taken makes it a request of HTTP/1, and without the rest it becomes
 * none. So the server may have it: it may be the whole of a message that has no line end.
 */
bool first_bytes_may_pass(const struct first_bytes *first);

#endif
