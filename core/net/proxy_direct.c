/* SPDX-License-Identifier: MIT */
/*
 * Connections of programs that know of no proxy. The destination is known from the socket: the
 * owner turns the address into a name. What the client says first names a host too, in a TLS
 * server name or an HTTP Host; where it is another one, that is judged as well.
 *
 *   wait    a moment for the first bytes, which most clients send at once
 *   judge   the name; then the host seen, if it is there already
 *   dial
 *   peek    where the first bytes have not come: what the server says passes, what the client
 *	     says is held back, from where it looks like a request of HTTP or a TLS handshake on, until
 *	     it is known to name no other host, or that one is judged
 *   tunnel
 */
#include "core/net/proxy_internal.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/host.h"

#define WAIT_MS 50

static struct direct *direct_new(void)
{
	struct direct *direct = xcalloc(1, sizeof(*direct));

	first_bytes_init(&direct->first);
	return direct;
}

void direct_free(struct direct *direct)
{
	if (!direct)
		return;
	first_bytes_free(&direct->first);
	free(direct);
}

/* A reset, as the client's own network would have answered; and what the server has is not all there was. */
static void refuse(struct connection *c)
{
	stream_abort(&c->client);
	stream_abort(&c->server);
	connection_close(c);
}

static void denied(struct connection *c, const char *reason)
{
	(void)reason;
	refuse(c);
}

static void refused(struct connection *c, const char *words)
{
	(void)words;
	refuse(c);
}

/* True once it is known what the first bytes are. */
static bool look(struct connection *c)
{
	struct direct *direct = c->direct;
	size_t length = c->in.length - c->in_at;

	if (!direct->first.is_decided && length > direct->fed) {
		first_bytes_feed(&direct->first, c->in.data + c->in_at + direct->fed,
				 length - direct->fed);
		direct->fed = length;
	}
	if (!direct->first.is_decided && (c->client_ended || length >= PROXY_BUFFER_MOST))
		first_bytes_end(&direct->first);
	return direct->first.is_decided;
}

static bool names_another(const struct connection *c)
{
	const struct first_bytes *first = &c->direct->first;

	/* An address was judged as that; whoever answers there may have any name. */
	return first->is_decided && first->host && strcmp(first->host, c->host) != 0 &&
	       !host_is_address(c->host);
}

/* Puts the question for the host that was seen, unless it was put, or there is none. */
static bool judge_seen(struct connection *c)
{
	struct direct *direct = c->direct;

	if (direct->is_seen_judged || !names_another(c))
		return false;
	direct->is_seen_judged = true;
	/* What the server says waits, too. */
	if (c->server.fd >= 0)
		stream_want(&c->server, false, false);
	connection_judge_host(c, direct->first.host);
	return true;
}

static bool is_hidden(const struct connection *c)
{
	return c->direct->first.is_decided && c->direct->first.is_broken &&
	       c->direct->first.kind != FIRST_BYTES_OTHER;
}

/* After every verdict that allows: what else has to be asked first. */
static bool admit(struct connection *c)
{
	if (is_hidden(c)) {
		if (connection_report_refusal(c, "its first bytes hide which host they name"))
			refuse(c);
		return false;
	}
	if (judge_seen(c))
		return false;
	connection_use_host(c);
	if (c->server.fd < 0)
		return true;
	connection_tunnel(c);
	return false;
}

static void on_server(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;
	char *scratch = relay_pool_scratch(proxy->pool);
	ssize_t got;

	(void)fd;
	(void)what;
	proxy_enter(proxy);
	got = stream_receive(&c->server, scratch, RELAY_SCRATCH_SIZE);
	if (got > 0) {
		buf_add(&c->out, scratch, (size_t)got);
		proxy_count_traffic(proxy, (uint64_t)got, 0);
	} else if (got == STREAM_ERROR) {
		/* Passed on as what it is: after a clean end this could be taken for all there was. */
		refuse(c);
	} else if (got == 0) {
		/* The relay finds out once more, and passes it on. */
		first_bytes_end(&c->direct->first);
	}
	connection_run(c);
	proxy_leave(proxy);
}

static void connected(struct connection *c, const struct buf *early)
{
	buf_add(&c->out, buf_text(early), early->length);
	stream_redirect(&c->server, on_server, c);
	connection_peek(c);
}

const struct proxy_flavour proxy_flavour_direct = {
	.via = PROXY_DIRECT,
	.is_tunnel = true,
	.end_means_gone = false,
	.admit = admit,
	.denied = denied,
	.refused = refused,
	.unreachable = refuse,
	.connected = connected,
};

void direct_begin(struct connection *c, const char *host, int port)
{
	c->flavour = &proxy_flavour_direct;
	c->direct = direct_new();
	c->target.host = xstrdup(host);
	c->target.port = port;
	connection_wait_for_bytes(c, WAIT_MS);
}

void direct_step_wait(struct connection *c)
{
	if (look(c))
		direct_judge(c);
}

void direct_judge(struct connection *c)
{
	connection_judge(c, "CONNECT");
}

bool direct_has_hung_up(const struct connection *c)
{
	const struct proxy *proxy = c->proxy;

	return c->direct && c->client_ended && proxy->callbacks.has_hung_up &&
	       proxy->callbacks.has_hung_up(proxy->owner, c->client_port);
}

void direct_report_gone(struct connection *c)
{
	connection_set_destination(c, "CONNECT");
	c->proxy->callbacks.gone(c->proxy->owner, &c->destination);
}

/* A message may be a word without a line end, whose answer the client waits for. True where some is left. */
static bool pass_harmless(struct connection *c)
{
	struct direct *direct = c->direct;
	size_t length;
	const char *bytes = connection_input(c, &length);
	ssize_t put;

	if (!length || !first_bytes_may_pass(&direct->first))
		return false;
	put = stream_send(&c->server, bytes, length);
	if (put < 0)
		/* A server that is gone is found out by reading. */
		return put == STREAM_AGAIN;
	proxy_count_traffic(c->proxy, 0, (uint64_t)put);
	connection_use_input(c, (size_t)put);
	direct->fed -= (size_t)put;
	return (size_t)put < length;
}

void direct_step_peek(struct connection *c)
{
	bool is_full;

	if (look(c)) {
		admit(c);
		return;
	}
	is_full = pass_harmless(c);
	/* Before it is known how much waits: the client may be about to take the last of it. */
	if (connection_flush(c))
		stream_want(&c->server, connection_output_waiting(c) < PROXY_BUFFER_MOST, is_full);
}
