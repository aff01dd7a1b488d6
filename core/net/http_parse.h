/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_HTTP_PARSE_H
#define CORE_NET_HTTP_PARSE_H

/*
 * Push parser of HTTP/1.x message heads, of requests and of responses (RFC 9112). Pure.
 *
 * It takes only what every recipient reads the same way. Whatever two implementations could
 * frame differently (bare LF, obs-fold, blanks before the colon, NUL, several or strange
 * Content-Length fields, Transfer-Encoding beside it or other than "chunked") is an error,
 * so nothing can be smuggled past the policy inside another request.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

#define HTTP_FIELDS_MOST 2000
#define HTTP_CONNECTION_OPTIONS_MOST 64

enum http_message { HTTP_REQUEST, HTTP_RESPONSE };

enum http_progress {
	HTTP_MORE,	/* all bytes taken, the head goes on */
	HTTP_DONE,	/* the head is complete; what follows it was not taken */
	HTTP_BAD,	/* malformed */
	HTTP_TOO_LARGE, /* beyond the limit of bytes or of fields */
};

enum http_framing {
	HTTP_FRAMING_NONE, /* no field says anything about a body */
	HTTP_FRAMING_LENGTH,
	HTTP_FRAMING_CHUNKED,
};

/* Offsets into the head's text, of NUL-terminated strings. */
struct http_field {
	size_t name; /* lower case */
	size_t value; /* without surrounding blanks */
	bool is_named; /* by a Connection field: meant for the next hop alone */
};

struct http_head {
	enum http_message message;
	size_t limit;
	struct buf text;
	size_t separators; /* bytes of line ends and of what parts names from values */
	size_t line; /* where the current line begins in text */
	int blank_lines;
	bool has_start_line;
	bool after_cr;
	enum http_progress progress;

	struct http_field *fields;
	size_t field_count;
	size_t field_capacity;

	/* Valid once HTTP_DONE. Offsets into text; use the functions below. */
	size_t method, target;
	int status;
	int minor; /* of the version: 0 or 1 */
	enum http_framing framing;
	uint64_t content_length;
	bool has_host;
	bool wants_websocket; /* Upgrade: websocket, and Connection says so */
	bool keep_alive;      /* the sender will take another message on this connection */
	bool expect_continue; /* requests: waits for 100 before the body */
};

/* `limit`: most bytes of a head, without line ends and what parts names from values. */
void http_head_init(struct http_head *head, enum http_message message, size_t limit);
void http_head_free(struct http_head *head);

/* Takes bytes; *used tells how many. After anything but HTTP_MORE no more may be fed. */
enum http_progress http_head_feed(struct http_head *head, const char *bytes, size_t length,
				  size_t *used);
/* True while not a byte of a head has come (empty lines before a request do not count). */
bool http_head_is_untouched(const struct http_head *head);

/* Borrowed from the head. */
const char *http_head_method(const struct http_head *head);
const char *http_head_target(const struct http_head *head);
const char *http_field_name(const struct http_head *head, size_t index);
const char *http_field_value(const struct http_head *head, size_t index);
/* Value of the only field of that (lower-case) name; NULL where there is none or several. */
const char *http_head_only(const struct http_head *head, const char *name);
/*
 * Whether a proxy passes the field on: false for the hop-by-hop ones, for those that the
 * Connection field names, and for Host and Content-Length, which the proxy writes itself.
 */
bool http_field_is_forwarded(const struct http_head *head, size_t index);

#endif
