/* SPDX-License-Identifier: MIT */
#include "core/net/first_bytes.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/net/http_target.h"

#define TLS_FIRST_BYTE 22
/* Less the empty lines that may come first, and the byte that is one too many. */
#define HEAD_MOST (FIRST_BYTES_MOST - 8)

/* What tells a request line from the lines of other protocols, well-formed or not. */
static const char version[] = " HTTP/1.";

_Static_assert(CLIENT_HELLO_STREAM_MOST <= FIRST_BYTES_MOST, "a bound for both kinds");

void first_bytes_init(struct first_bytes *first)
{
	*first = (struct first_bytes){ .kind = FIRST_BYTES_OTHER };
}

void first_bytes_free(struct first_bytes *first)
{
	if (first->state == FIRST_IN_HELLO)
		client_hello_free(&first->hello);
	if (first->state == FIRST_IN_HEAD)
		http_head_free(&first->head);
	first_bytes_init(first);
}

static void decide(struct first_bytes *first, enum first_bytes_kind kind, const char *host,
		   bool is_broken)
{
	first->is_decided = true;
	first->kind = kind;
	first->host = host;
	first->is_broken = is_broken;
}

static void feed_hello(struct first_bytes *first, const char *bytes, size_t length)
{
	enum client_hello_progress progress = client_hello_feed(&first->hello, bytes, length);

	first->has_ech = first->hello.has_ech;
	switch (progress) {
	case CLIENT_HELLO_MORE:
		break;
	case CLIENT_HELLO_NOT_TLS:
		decide(first, FIRST_BYTES_OTHER, NULL, false);
		break;
	case CLIENT_HELLO_HOST:
		decide(first, FIRST_BYTES_TLS, first->hello.host, false);
		break;
	case CLIENT_HELLO_NONE:
		decide(first, FIRST_BYTES_TLS, NULL, false);
		break;
	case CLIENT_HELLO_BAD:
		decide(first, FIRST_BYTES_TLS, NULL, true);
		break;
	}
}

/* Looks for the version in the first line that is not empty. Once seen it stays seen. */
static void watch_line(struct first_bytes *first, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && !first->line_ended; i++) {
		if (first->version_seen == sizeof(version) - 1)
			return;
		if (bytes[i] != '\r' && bytes[i] != '\n')
			first->line_begun = true;
		else if (first->line_begun)
			first->line_ended = true;
		if (bytes[i] == version[first->version_seen])
			first->version_seen++;
		else
			first->version_seen = bytes[i] == version[0];
	}
}

/* The host of a Host field's value. */
static bool parse_host_field(struct http_target *target, const char *value)
{
	_cleanup_free_ char *url = xasprintf("http://%s", value);

	/* What would end the host of a URL, or begin it anew, has no place here. */
	return !strpbrk(value, "/\\?#@% \t") && http_target_parse_absolute(target, url) &&
	       target->port > 0;
}

static void take_head(struct first_bytes *first)
{
	const char *asked = http_head_target(&first->head);
	const char *field = http_head_only(&first->head, "host");
	struct http_target target = { 0 };
	bool is_valid;

	if (strcmp(http_head_method(&first->head), "CONNECT") == 0) {
		is_valid = http_target_parse_authority(&target, asked);
	} else if (asked[0] == '/' || strcmp(asked, "*") == 0) {
		if (!field || !*field) {
			decide(first, FIRST_BYTES_HTTP, NULL, false);
			return;
		}
		is_valid = parse_host_field(&target, field);
	} else {
		is_valid = http_target_parse_absolute(&target, asked);
	}
	is_valid = is_valid && host_canonical(target.host, first->http_host);
	decide(first, FIRST_BYTES_HTTP, is_valid ? first->http_host : NULL, !is_valid);
	http_target_free(&target);
}

/* Not a head that can be read: of HTTP all the same, or of something else? */
static void give_up_head(struct first_bytes *first)
{
	bool is_http = first->version_seen == sizeof(version) - 1;

	decide(first, is_http ? FIRST_BYTES_HTTP : FIRST_BYTES_OTHER, NULL, is_http);
}

static void feed_head(struct first_bytes *first, const char *bytes, size_t length)
{
	size_t used;
	enum http_progress progress = http_head_feed(&first->head, bytes, length, &used);

	/* Nothing behind a bad byte counts: it may come with that byte or later. */
	watch_line(first, bytes, used);
	switch (progress) {
	case HTTP_MORE:
		break;
	case HTTP_DONE:
		take_head(first);
		break;
	case HTTP_BAD:
	case HTTP_TOO_LARGE:
		give_up_head(first);
		break;
	}
}

bool first_bytes_feed(struct first_bytes *first, const char *bytes, size_t length)
{
	if (first->is_decided || length == 0)
		return first->is_decided;
	if (first->state == FIRST_UNTOUCHED) {
		if (bytes[0] == TLS_FIRST_BYTE) {
			first->state = FIRST_IN_HELLO;
			client_hello_init(&first->hello);
		} else {
			first->state = FIRST_IN_HEAD;
			http_head_init(&first->head, HTTP_REQUEST, HEAD_MOST);
		}
	}
	if (first->state == FIRST_IN_HELLO)
		feed_hello(first, bytes, length);
	else
		feed_head(first, bytes, length);
	return first->is_decided;
}

bool first_bytes_may_pass(const struct first_bytes *first)
{
	return first->state == FIRST_IN_HEAD && first->version_seen < sizeof(version) - 1;
}

void first_bytes_end(struct first_bytes *first)
{
	if (first->is_decided)
		return;
	if (first->state == FIRST_IN_HELLO)
		/* A record's first byte alone is anything. */
		decide(first, first->hello.taken > 1 ? FIRST_BYTES_TLS : FIRST_BYTES_OTHER, NULL,
		       first->hello.taken > 1);
	else
		give_up_head(first);
}
