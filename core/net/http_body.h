/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_HTTP_BODY_H
#define CORE_NET_HTTP_BODY_H

/* Where a message body ends: takes framing off the bytes as they come (RFC 9112, 6 and 7). Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_TO_CLOSE };

enum http_body_progress {
	HTTP_BODY_MORE, /* all bytes taken, the body goes on */
	HTTP_BODY_DATA, /* *data is content; call again with the bytes behind *used */
	HTTP_BODY_DONE, /* the body has ended; what follows it was not taken */
	HTTP_BODY_BAD,	/* malformed chunks */
};

struct http_body {
	enum http_body_kind kind;
	int state;
	uint64_t remaining; /* of the body or of the chunk */
	int digits;
	size_t overhead; /* bytes of extensions of this chunk, or of all trailers */
};

/* `length` matters for HTTP_BODY_LENGTH only. */
void http_body_init(struct http_body *body, enum http_body_kind kind, uint64_t length);
/*
 * Takes bytes; *used tells how many. Content is handed out as a piece of `bytes`. A body of
 * kind HTTP_BODY_TO_CLOSE is never done by itself.
 */
enum http_body_progress http_body_next(struct http_body *body, const char *bytes, size_t length,
				       size_t *used, const char **data, size_t *data_length);
/* True where the body needs no further bytes. */
bool http_body_is_done(const struct http_body *body);

/* The other way: one chunk (nothing for length 0), and the end of a chunked body. */
void http_chunk_add(struct buf *out, const char *data, size_t length);
void http_chunk_end(struct buf *out);

#endif
