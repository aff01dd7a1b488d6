/* SPDX-License-Identifier: MIT */
/*
 * The heads of both messages of an exchange, written anew: nothing passes as it was framed. See
 * proxy_http.c, where the exchange itself is.
 */
#include "core/net/proxy_internal.h"

#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/policy/host.h"

#define INJECTED_HEAD_MOST (256 * 1024)

static void add_field(struct buf *out, const struct http_head *head, size_t index)
{
	buf_addf(out, "%s: %s\r\n", http_field_name(head, index), http_field_value(head, index));
}

/* The same of a request; its value may carry secrets. */
static void add_request_field(struct connection *c, size_t index)
{
	const char *value = http_field_value(&c->head, index);

	buf_addf(&c->up, "%s: ", http_field_name(&c->head, index));
	if (c->injection.count && c->up.length < INJECTED_HEAD_MOST)
		injection_add_field(&c->injection, &c->up, value, INJECTED_HEAD_MOST - c->up.length);
	else
		buf_adds(&c->up, value);
	buf_adds(&c->up, "\r\n");
}

int http_default_port(const struct connection *c)
{
	return c->target.https ? 443 : 80;
}

static void add_authority(struct buf *out, const struct connection *c)
{
	bool brackets = strchr(c->host, ':') != NULL;

	buf_addf(out, "%s%s%s", brackets ? "[" : "", c->host, brackets ? "]" : "");
	if (c->target.port != http_default_port(c))
		buf_addf(out, ":%d", c->target.port);
}

/* Methods whose requests mostly have a body: without one they say so. */
static bool expects_body(const char *method)
{
	static const char *const others[] = { "GET", "HEAD", "DELETE", "OPTIONS", "TRACE" };

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (strcmp(method, others[i]) == 0)
			return false;
	return true;
}

static void add_request_framing(struct connection *c)
{
	const struct http_head *head = &c->head;

	if (c->chunks_up)
		buf_adds(&c->up, "transfer-encoding: chunked\r\n");
	else if (head->framing == HTTP_FRAMING_LENGTH || expects_body(http_head_method(head)))
		buf_addf(&c->up, "content-length: %llu\r\n",
			 (unsigned long long)head->content_length);
}

/* Whoever answers TRACE sends back what it was asked, and with Max-Forwards that is the parent. */
static bool gives_credentials(const struct connection *c)
{
	return c->route.parent && c->route.parent->authorization &&
	       strcasecmp(http_head_method(&c->head), "TRACE") != 0;
}

/*
 * The target is written from what was judged, not from what the client wrote: the next one to read
 * it cannot see another host in it.
 */
void http_compose_request(struct connection *c)
{
	const struct http_head *head = &c->head;
	struct buf *out = &c->up;

	buf_addf(out, "%s ", http_head_method(head));
	if (c->route.kind != ROUTE_DIRECT) {
		buf_adds(out, c->target.https ? "https://" : "http://");
		add_authority(out, c);
	}
	buf_addf(out, "%s HTTP/1.1\r\nhost: ", c->target.path);
	add_authority(out, c);
	buf_adds(out, "\r\n");
	for (size_t i = 0; i < head->field_count; i++)
		if (http_field_is_forwarded(head, i) &&
		    (head->minor == 1 || strcmp(http_field_name(head, i), "expect") != 0))
			add_request_field(c, i);
	if (gives_credentials(c))
		buf_addf(out, "proxy-authorization: %s\r\n", c->route.parent->authorization);
	add_request_framing(c);
	buf_addf(out, "%sconnection: %s\r\n\r\n", c->upgrading ? "upgrade: websocket\r\n" : "",
		 c->upgrading ? "upgrade" : "close");
}

static bool response_has_body(const struct connection *c)
{
	int status = c->response.status;

	return status != 204 && status != 304 && strcmp(http_head_method(&c->head), "HEAD") != 0;
}

static void start_response_body(struct connection *c)
{
	enum http_body_kind kind = HTTP_BODY_NONE;

	if (response_has_body(c)) {
		switch (c->response.framing) {
		case HTTP_FRAMING_LENGTH:
			kind = HTTP_BODY_LENGTH;
			break;
		case HTTP_FRAMING_CHUNKED:
			kind = HTTP_BODY_CHUNKED;
			break;
		case HTTP_FRAMING_NONE:
			kind = HTTP_BODY_TO_CLOSE;
			break;
		}
	}
	http_body_init(&c->response_body, kind, c->response.content_length);
	c->response_started = true;
	c->response_done = http_body_is_done(&c->response_body);
}

/* Whether two names are one to a reader that takes '_' and '.' for '-'. */
static bool is_same_folded(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = strchr("_.", *a) ? '-' : ascii_lower(*a);
		char y = strchr("_.", *b) ? '-' : ascii_lower(*b);

		if (x != y)
			return false;
	}
	return !*a && !*b;
}

static bool is_stripped(const struct proxy *proxy, const char *name)
{
	const struct strings *names = proxy->restrictions.strip_response_headers;

	for (size_t i = 0; names && i < names->count; i++)
		if (is_same_folded(names->items[i], name))
			return true;
	return false;
}

void http_add_response_fields(struct buf *out, const struct connection *c)
{
	const struct http_head *head = &c->response;

	for (size_t i = 0; i < head->field_count; i++)
		if (http_field_is_forwarded(head, i) &&
		    !is_stripped(c->proxy, http_field_name(head, i)))
			add_field(out, head, i);
}

void http_compose_response(struct connection *c)
{
	const struct http_head *head = &c->response;
	bool hidden = is_stripped(c->proxy, "content-length"), unknown_length;

	start_response_body(c);
	unknown_length = c->response_body.kind == HTTP_BODY_CHUNKED ||
			 c->response_body.kind == HTTP_BODY_TO_CLOSE ||
			 (c->response_body.kind == HTTP_BODY_LENGTH && hidden);
	c->rechunk = unknown_length && c->head.minor == 1;
	/* A client that is answered before it has sent all will hardly send the rest. */
	if (!c->request_sent || (unknown_length && !c->rechunk))
		c->keep_alive = false;

	buf_addf(&c->out, "HTTP/1.1 %d %s\r\n", head->status, answer_reason(head->status));
	http_add_response_fields(&c->out, c);
	if (head->framing == HTTP_FRAMING_LENGTH && head->status != 204 && !hidden)
		buf_addf(&c->out, "content-length: %llu\r\n",
			 (unsigned long long)head->content_length);
	if (c->rechunk)
		buf_adds(&c->out, "transfer-encoding: chunked\r\n");
	buf_addf(&c->out, "connection: %s\r\n\r\n", c->keep_alive ? "keep-alive" : "close");
	if (c->response_done && c->rechunk)
		http_chunk_end(&c->out);
}
