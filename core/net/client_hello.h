/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_CLIENT_HELLO_H
#define CORE_NET_CLIENT_HELLO_H

/*
 * Push parser that finds the server name (RFC 6066, 3) in the ClientHello that opens a TLS stream
 * (RFC 8446, 4.1.2 and 5.1; the same up to TLS 1.3). Pure.
 *
 * The message may be cut into records of any size, down to a byte. It takes what every server reads
 * the same way; what one server could read as another name than the next one (several names,
 * lengths that do not add up) is an error, so that no name is shown and another one meant.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/policy/domain.h"

/* The message; those with post-quantum keys and tickets have a few thousand bytes. */
#define CLIENT_HELLO_MOST (16 * 1024)
/* The stream up to its end, record headers included. */
#define CLIENT_HELLO_STREAM_MOST (32 * 1024)

enum client_hello_progress {
	CLIENT_HELLO_MORE,
	CLIENT_HELLO_NOT_TLS, /* the bytes begin no ClientHello */
	CLIENT_HELLO_HOST,    /* complete: `host` is named */
	CLIENT_HELLO_NONE,    /* complete, and names no host */
	CLIENT_HELLO_BAD,     /* begins as one, but is malformed or too large */
};

struct client_hello {
	enum client_hello_progress progress;
	size_t taken;	     /* bytes of the stream so far, while there is more to come */
	uint8_t header[5];   /* of the current record */
	size_t header_length;
	size_t record_left;  /* bytes of it still to come */
	struct buf message;  /* what the records carried */

	char host[HOST_TEXT_SIZE]; /* canonical; "" unless CLIENT_HELLO_HOST */
	/*
	 * The encrypted_client_hello extension is there (RFC 9849): `host` may be no more than
	 * the front of the host that is meant. Browsers send one without meaning too (GREASE).
	 */
	bool has_ech;
};

void client_hello_init(struct client_hello *hello);
void client_hello_free(struct client_hello *hello);
/* Takes bytes and returns the progress. After anything but CLIENT_HELLO_MORE it stays. */
enum client_hello_progress client_hello_feed(struct client_hello *hello, const char *bytes,
					     size_t length);

#endif
