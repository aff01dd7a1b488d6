/* SPDX-License-Identifier: MIT */
/*
 * Plain HTTP: one request in absolute-form, made again to its origin on a connection of its own,
 * and the response brought back. Nothing of either message passes as it was framed: heads are
 * written anew from their parsed fields (proxy_http_heads.c) and bodies are framed anew from their
 * content, so client, proxy and origin cannot disagree about where a message ends.
 *
 * On this way, and only here, a request can be given the secrets that may go to its host
 * (inject.h): in field values and in the body as it passes. They are in `up` and nowhere else, and
 * are overwritten there. Where they can change the body's length, the origin gets chunks.
 *
 * Backpressure: the client is read only while `in` has room, `in` is used only while `up` has
 * room, and the origin is read only while `out` has room.
 */
#include "core/net/proxy_internal.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/net/http_auth.h"

#define STALL_MS 300000 /* a client that neither sends its body nor takes the response */
#define ANSWER_MS 30000
#define RESPONSE_HEAD_MOST (64 * 1024)
#define INTERIM_MOST 64
/* What is read of a body whose request was answered already, to keep the connection. */
#define DISCARD_MOST (256 * 1024)

static void on_server(evutil_socket_t fd, short what, void *arg);

static void free_up(struct connection *c)
{
	if (c->injection.count && c->up.data)
		explicit_bzero(c->up.data, c->up.capacity);
	buf_free(&c->up);
	c->up_at = 0;
}

void http_forget(struct connection *c)
{
	stream_close(&c->server);
	free_up(c);
	injection_free(&c->injection);
	c->injects_body = c->chunks_up = false;
	http_head_free(&c->response);
	c->request_sent = c->server_is_deaf = false;
	c->response_started = c->response_done = c->rechunk = false;
	c->upgrading = false;
	c->interim_count = 0;
}

void http_refuse(struct connection *c, int status)
{
	buf_addf(&c->out, "HTTP/1.1 %d %s\r\n\r\n", status, answer_reason(status));
	connection_linger(c);
}

/* An answer of our own to a well-formed request; the connection can go on afterwards. */
static void answer(struct connection *c, int status, const char *extra, const char *body)
{
	/* A client that waits for 100 may send its body after this or not: nobody could tell. */
	bool keep = c->keep_alive && !c->head.expect_continue && c->discarded < DISCARD_MOST &&
		    !(c->request_body.kind == HTTP_BODY_LENGTH &&
		      c->request_body.remaining > DISCARD_MOST);
	bool no_content = strcmp(http_head_method(&c->head), "HEAD") == 0;

	stream_close(&c->server);
	answer_add(&c->out, status, extra, body, keep);
	if (no_content)
		c->out.length -= strlen(body);
	if (!keep) {
		connection_linger(c);
		return;
	}
	c->phase = PHASE_ANSWER;
	connection_set_timer(c, ANSWER_MS);
}

static void denied(struct connection *c, const char *reason)
{
	(void)reason; /* plain HTTP has always said the same */
	answer(c, 403, "Content-Type: text/plain\r\nX-Proxy-Error: blocked-by-allowlist\r\n",
	       "Connection blocked by network allowlist\n");
}

static void refused(struct connection *c, const char *words)
{
	_cleanup_free_ char *body = xasprintf("Connection to %s blocked: %s", c->host, words);

	answer(c, 403, "Content-Type: text/plain\r\nX-Proxy-Error: blocked-by-sandbox-runtime\r\n",
	       body);
}

static void unreachable(struct connection *c)
{
	answer(c, 502,
	       c->target.https ? "Content-Type: text/plain\r\nX-Proxy-Error: use-connect\r\n"
			       : "Content-Type: text/plain\r\n",
	       "Bad Gateway");
}

/* A Host field that names another host than the target may be meant for somebody further on. */
static bool admit(struct connection *c)
{
	static const char why[] = "Host header does not match the request target";
	const char *host = http_head_only(&c->head, "host");

	if (!c->proxy->restrictions.require_host_match || !host ||
	    http_host_names(host, c->host, c->target.port, http_default_port(c)))
		return true;
	if (connection_report_refusal(c, why))
		answer(c, 421,
		       "Content-Type: text/plain\r\nX-Proxy-Error: blocked-by-sandbox-runtime\r\n",
		       "Host header does not match the request target\n");
	return false;
}

static bool has_field(const struct http_head *head, const char *name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (strcmp(http_field_name(head, i), name) == 0)
			return true;
	return false;
}

static void prepare_injection(struct connection *c)
{
	const struct http_head *head = &c->head;
	bool has_body = !http_body_is_done(&c->request_body);

	/* TRACE asks for the request to be sent back: to the client, who must not see them. */
	if (c->proxy->secrets && strcmp(http_head_method(head), "TRACE") != 0)
		injection_begin(&c->injection, c->proxy->secrets, c->host, c->target.port);
	/* What is encoded cannot be searched. */
	c->injects_body = has_body && c->injection.count && !has_field(head, "content-encoding");
	c->chunks_up = head->framing == HTTP_FRAMING_CHUNKED ||
		       (c->injects_body && c->injection.changes_length);
}

static void connected(struct connection *c, const struct buf *early)
{
	(void)early; /* no tunnel was asked for */
	c->upgrading = c->head.wants_websocket && c->head.framing == HTTP_FRAMING_NONE &&
		       strcmp(http_head_method(&c->head), "GET") == 0 &&
		       !c->proxy->restrictions.refuse_opaque_tunnels;
	prepare_injection(c);
	http_compose_request(c);
	/* Who waits for this gets it from us: an origin may not know of it, and what it says before
	 * its answer is not passed on. */
	if (c->head.expect_continue)
		buf_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	c->request_sent = http_body_is_done(&c->request_body);
	http_head_init(&c->response, HTTP_RESPONSE, RESPONSE_HEAD_MOST);
	stream_redirect(&c->server, on_server, c);
	c->phase = PHASE_EXCHANGE;
	connection_set_timer(c, STALL_MS);
}

const struct proxy_flavour proxy_flavour_http = {
	.via = PROXY_HTTP,
	.admit = admit,
	.end_means_gone = false,
	.denied = denied,
	.refused = refused,
	.unreachable = unreachable,
	.connected = connected,
};

void http_begin(struct connection *c)
{
	const struct http_head *head = &c->head;
	const char *credentials = http_head_only(head, "proxy-authorization");
	enum http_body_kind kind = HTTP_BODY_NONE;

	if ((head->minor == 1 && !head->has_host) ||
	    !http_target_has_form(http_head_target(head))) {
		http_refuse(c, 400);
		return;
	}
	if (head->framing == HTTP_FRAMING_LENGTH)
		kind = HTTP_BODY_LENGTH;
	else if (head->framing == HTTP_FRAMING_CHUNKED)
		kind = HTTP_BODY_CHUNKED;
	http_body_init(&c->request_body, kind, head->content_length);
	c->keep_alive = head->keep_alive;
	c->flavour = &proxy_flavour_http;

	if (head->minor == 1 && has_field(head, "expect") && !head->expect_continue)
		answer(c, 417, "", "");
	else if (c->proxy->token && !http_auth_basic_is_valid(credentials, c->proxy->token))
		answer(c, 407, "Proxy-Authenticate: Basic realm=\"srt\"\r\n", "");
	else if (!http_target_parse_absolute(&c->target, http_head_target(head)))
		answer(c, 500, "Content-Type: text/plain\r\n", "Internal Server Error");
	else if (c->target.port == 0)
		unreachable(c);
	else
		connection_judge(c, http_head_method(head));
}

/* The response cannot be brought to its end. What went out must not look like a whole one. */
static void break_off(struct connection *c)
{
	stream_abort(&c->server);
	if (!c->response_started) {
		unreachable(c);
		return;
	}
	if (c->response_body.kind == HTTP_BODY_TO_CLOSE && !c->rechunk) {
		/* Here the end of the connection would be the end of the body. */
		if (connection_flush(c)) {
			stream_abort(&c->client);
			connection_close(c);
		}
		return;
	}
	connection_linger(c);
}

static void fail_request(struct connection *c)
{
	stream_abort(&c->server);
	if (!c->response_started)
		http_refuse(c, 400);
	else
		connection_linger(c);
}

/* 1xx: not passed on. False where the origin goes too far. */
static bool take_interim(struct connection *c)
{
	if (c->response.status == 101 || ++c->interim_count > INTERIM_MOST)
		return false;
	http_head_free(&c->response);
	return true;
}

/* The origin has switched to WebSocket; `rest` is the first of what it says in it. */
static void upgrade(struct connection *c, const char *rest, size_t length)
{
	buf_addf(&c->out, "HTTP/1.1 101 %s\r\n", answer_reason(101));
	http_add_response_fields(&c->out, c);
	buf_adds(&c->out, "upgrade: websocket\r\nconnection: upgrade\r\n\r\n");
	buf_add(&c->out, rest, length);
	connection_tunnel(c);
}

/* Takes bytes of the response's head. Returns how many, or -1 where the exchange has ended. */
static ssize_t take_response_head(struct connection *c, const char *bytes, size_t length)
{
	size_t used;

	switch (http_head_feed(&c->response, bytes, length, &used)) {
	case HTTP_MORE:
		return (ssize_t)used;
	case HTTP_DONE:
		if (c->response.status >= 200) {
			http_compose_response(c);
			return (ssize_t)used;
		}
		if (c->response.status == 101 && c->upgrading && c->response.wants_websocket &&
		    c->up_at == c->up.length) {
			upgrade(c, bytes + used, length - used);
			return -1;
		}
		if (take_interim(c))
			return (ssize_t)used;
		break;
	case HTTP_BAD:
	case HTTP_TOO_LARGE:
		break;
	}
	break_off(c);
	return -1;
}

static void end_response(struct connection *c)
{
	if (c->rechunk)
		http_chunk_end(&c->out);
	c->response_done = true;
}

static ssize_t take_response_body(struct connection *c, const char *bytes, size_t length)
{
	size_t used, data_length;
	const char *data;

	switch (http_body_next(&c->response_body, bytes, length, &used, &data, &data_length)) {
	case HTTP_BODY_DATA:
		if (c->rechunk)
			http_chunk_add(&c->out, data, data_length);
		else
			buf_add(&c->out, data, data_length);
		if (http_body_is_done(&c->response_body))
			end_response(c);
		break;
	case HTTP_BODY_MORE:
		break;
	case HTTP_BODY_DONE:
		end_response(c);
		break;
	case HTTP_BODY_BAD:
		break_off(c);
		return -1;
	}
	return (ssize_t)used;
}

static void take_response(struct connection *c, const char *bytes, size_t length)
{
	while (length && !c->response_done) {
		ssize_t used = c->response_started ? take_response_body(c, bytes, length)
						   : take_response_head(c, bytes, length);

		if (used < 0)
			return;
		bytes += used;
		length -= (size_t)used;
	}
}

static void receive_response(struct connection *c)
{
	char *scratch = relay_pool_scratch(c->proxy->pool);
	ssize_t got;

	if (connection_output_waiting(c) >= PROXY_BUFFER_MOST || c->response_done)
		return;
	got = stream_receive(&c->server, scratch, RELAY_SCRATCH_SIZE);
	if (got == STREAM_AGAIN)
		return;
	if (got > 0) {
		c->moved = true;
		proxy_count_traffic(c->proxy, (uint64_t)got, 0);
		take_response(c, scratch, (size_t)got);
	} else if (got == 0 && c->response_started && c->response_body.kind == HTTP_BODY_TO_CLOSE) {
		end_response(c);
	} else {
		break_off(c);
	}
}

static void add_up(struct connection *c, const char *data, size_t length)
{
	if (c->chunks_up)
		http_chunk_add(&c->up, data, length);
	else
		buf_add(&c->up, data, length);
}

/* Content of the request's body, or with no data its end. */
static void send_up(struct connection *c, const char *data, size_t length)
{
	struct buf injected = BUF_EMPTY;

	if (c->server_is_deaf)
		return;
	if (c->injects_body) {
		if (data)
			injection_add_body(&c->injection, &injected, data, length);
		else
			injection_end_body(&c->injection, &injected);
		add_up(c, buf_text(&injected), injected.length);
		if (injected.data)
			explicit_bzero(injected.data, injected.capacity);
		buf_free(&injected);
	} else if (data) {
		add_up(c, data, length);
	}
	if (!data && c->chunks_up)
		http_chunk_end(&c->up);
}

/* Moves what there is of the body from `in` to `up`. False where the exchange has ended. */
static bool forward_request_body(struct connection *c)
{
	while (!c->request_sent && c->up.length - c->up_at < PROXY_BUFFER_MOST) {
		size_t length, used, data_length;
		const char *data, *bytes = connection_input(c, &length);
		size_t most = c->injection.piece_most;
		bool piece = c->injects_body && length > most;
		enum http_body_progress progress =
			http_body_next(&c->request_body, bytes, piece ? most : length, &used,
				       &data, &data_length);

		if (progress == HTTP_BODY_BAD) {
			fail_request(c);
			return false;
		}
		if (progress == HTTP_BODY_DATA)
			send_up(c, data, data_length);
		connection_use_input(c, used);
		if (http_body_is_done(&c->request_body)) {
			send_up(c, NULL, 0);
			c->request_sent = true;
		} else if (progress == HTTP_BODY_MORE && !piece) {
			break;
		}
	}
	if (!c->request_sent && c->client_ended && c->in.length == c->in_at) {
		stream_abort(&c->server);
		connection_close(c);
		return false;
	}
	return true;
}

static void flush_to_server(struct connection *c)
{
	while (c->up_at < c->up.length) {
		ssize_t put = stream_send(&c->server, c->up.data + c->up_at,
					  c->up.length - c->up_at);

		if (put == STREAM_AGAIN) {
			buffer_trim(&c->up, &c->up_at);
			return;
		}
		if (put < 0) {
			c->server_is_deaf = true; /* its answer may have come before that */
			break;
		}
		c->moved = true;
		proxy_count_traffic(c->proxy, 0, (uint64_t)put);
		c->up_at += (size_t)put;
	}
	free_up(c);
}

static void finish_exchange(struct connection *c)
{
	bool keep = c->keep_alive && c->request_sent && !c->server_is_deaf;

	stream_close(&c->server);
	if (keep)
		connection_next_request(c);
	else
		connection_linger(c);
}

static void step_exchange(struct connection *c)
{
	if (!c->response_done) {
		if (!forward_request_body(c))
			return;
		flush_to_server(c);
		/* What was flushed made room. */
		if (!c->request_sent && !forward_request_body(c))
			return;
	}
	if (!connection_flush(c))
		return;
	if (c->response_done) {
		if (!connection_output_waiting(c))
			finish_exchange(c);
		else
			stream_want(&c->server, false, false);
		return;
	}
	stream_want(&c->server, connection_output_waiting(c) < PROXY_BUFFER_MOST,
		    c->up_at < c->up.length);
}

/* Throws the request's body away while the answer goes out. */
static void step_answer(struct connection *c)
{
	while (!http_body_is_done(&c->request_body)) {
		size_t length, used, data_length;
		const char *data, *bytes = connection_input(c, &length);
		enum http_body_progress progress =
			http_body_next(&c->request_body, bytes, length, &used, &data, &data_length);

		c->discarded += used;
		connection_use_input(c, used);
		if (progress == HTTP_BODY_BAD || c->discarded > DISCARD_MOST ||
		    (progress == HTTP_BODY_MORE && c->client_ended)) {
			connection_linger(c);
			return;
		}
		if (progress == HTTP_BODY_MORE)
			break;
	}
	if (!connection_flush(c) || connection_output_waiting(c))
		return;
	if (http_body_is_done(&c->request_body))
		connection_next_request(c);
}

void http_step(struct connection *c)
{
	if (c->phase == PHASE_EXCHANGE)
		step_exchange(c);
	else
		step_answer(c);
}

static void on_server(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	(void)fd;
	proxy_enter(proxy);
	if (!proxy->is_dying && c->phase == PHASE_EXCHANGE) {
		if (what & EV_READ)
			receive_response(c);
		connection_run(c);
	}
	proxy_leave(proxy);
}

void http_timer(struct connection *c)
{
	bool client_owes = (!c->request_sent && c->up.length == c->up_at) ||
			   connection_output_waiting(c) > 0;

	if (client_owes && !c->moved) {
		stream_abort(&c->server);
		connection_close(c);
		return;
	}
	c->moved = false;
	connection_set_timer(c, STALL_MS);
}
