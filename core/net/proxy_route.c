/* SPDX-License-Identifier: MIT */
/*
 * From a permitted destination to a connected socket, by the way that route_choose() says:
 *
 *   directly:         resolve once, check the addresses, dial those that are left;
 *   by a parent:      dial the parent, wherever it is, and leave resolving to it;
 *   by a unix socket: connect to it, and leave the rest to who listens there.
 *
 * By the latter two a tunnel has to be asked for; a plain request only looks different there
 * (proxy_http.c). A way that fails is the end: no other is tried, since who named a way wants the
 * traffic seen there.
 */
#include "core/net/proxy_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/address_check.h"
#include "core/net/tunnel_request.h"

static void set_port(struct sockaddr_storage *address, int port)
{
	/* The port lies at the same place in both. */
	struct sockaddr_in in;

	memcpy(&in, address, sizeof(in));
	in.sin_port = htons((uint16_t)port);
	memcpy(address, &in, sizeof(in));
}

/* --- asking for a tunnel --- */

static void forget_tunnel_request(struct connection *c)
{
	buf_free(&c->up);
	buf_free(&c->early);
	c->up_at = 0;
}

/* Sends what is left of the request and reads what there is of the answer. */
static enum tunnel_answer move_request(struct connection *c, size_t *used)
{
	char *scratch = relay_pool_scratch(c->proxy->pool);
	ssize_t moved;

	*used = 0;
	while (c->up_at < c->up.length) {
		moved = stream_send(&c->server, c->up.data + c->up_at, c->up.length - c->up_at);
		if (moved == STREAM_AGAIN)
			break;
		if (moved < 0)
			return TUNNEL_REFUSED;
		c->up_at += (size_t)moved;
	}
	moved = stream_receive(&c->server, scratch, RELAY_SCRATCH_SIZE);
	if (moved == STREAM_AGAIN)
		return TUNNEL_MORE;
	if (moved <= 0)
		return TUNNEL_REFUSED;
	buf_add(&c->early, scratch, (size_t)moved);
	return tunnel_answer_parse(c->early.data, c->early.length, used);
}

static void on_parent(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;
	struct buf early = BUF_EMPTY;
	size_t used;

	(void)fd;
	(void)what;
	proxy_enter(proxy);
	switch (move_request(c, &used)) {
	case TUNNEL_MORE:
		stream_want(&c->server, true, c->up_at < c->up.length);
		break;
	case TUNNEL_REFUSED:
		stream_close(&c->server);
		forget_tunnel_request(c);
		c->flavour->unreachable(c);
		break;
	case TUNNEL_OPEN:
		buf_consume(&c->early, used);
		early = c->early;
		c->early = (struct buf)BUF_EMPTY;
		forget_tunnel_request(c);
		c->flavour->connected(c, &early);
		buf_free(&early);
		break;
	}
	connection_run(c);
	proxy_leave(proxy);
}

/* A socket leads somewhere: to the destination, or to who is to be asked for it. -1 = nowhere. */
static void reached(struct connection *c, int fd)
{
	const struct proxy_url *parent = c->route.parent;
	const struct buf nothing = BUF_EMPTY;

	if (fd < 0) {
		c->flavour->unreachable(c);
		return;
	}
	stream_open(&c->server, c->proxy->base, fd, on_parent, c);
	if (c->route.kind == ROUTE_DIRECT || !c->flavour->is_tunnel) {
		c->flavour->connected(c, &nothing);
		return;
	}
	tunnel_request_add(&c->up, c->host, c->target.port, parent ? parent->authorization : NULL);
	stream_want(&c->server, true, true);
}

/* --- dialling --- */

static void on_dialled(void *arg, int fd, int error)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	(void)error;
	c->dial = NULL;
	proxy_enter(proxy);
	reached(c, fd);
	connection_run(c);
	proxy_leave(proxy);
}

static void dial_addresses(struct connection *c, struct sockaddr_storage *addresses, size_t count,
			   int port)
{
	int64_t left = c->deadline_ms - clock_mono_ms();
	int fd;

	for (size_t i = 0; i < count; i++)
		set_port(&addresses[i], port);
	c->dial = dial_start(c->proxy->base, addresses, count, left > 1 ? (int)left : 1, &fd,
			     on_dialled, c);
	if (!c->dial)
		reached(c, fd);
}

/* Keeps the addresses that may be dialled. Returns the classes of the others. */
static unsigned filter_addresses(const struct connection *c, const struct resolve_answer *answer,
				 struct sockaddr_storage *kept, size_t *count, bool *in_doubt)
{
	const struct address_rules rules = {
		.allowed = c->proxy->allowed,
		.denied = c->proxy->denied,
		.denied_addresses = c->proxy->denied_addresses,
		.own = answer->own,
		.own_count = answer->own_count,
		.allow_local = c->verdict.allow_private,
	};
	bool check = c->route.kind == ROUTE_DIRECT && c->verdict.check_resolved;
	unsigned classes = 0;

	*count = 0;
	*in_doubt = false;
	for (size_t i = 0; i < answer->count; i++) {
		const struct sockaddr *address = (const struct sockaddr *)&answer->addresses[i];
		enum address_class class = ADDRESS_PERMITTED;

		if (check)
			class = address_check(&rules, c->host, c->target.port, address);
		if (class == ADDRESS_PERMITTED && c->public_only && !address_is_public(address))
			*in_doubt = true;
		else if (class == ADDRESS_PERMITTED)
			kept[(*count)++] = answer->addresses[i];
		else
			classes |= 1U << class;
	}
	return classes;
}

static void refuse_resolved(struct connection *c, unsigned classes)
{
	_cleanup_buf_ struct buf words = BUF_EMPTY;

	address_refusal_words(&words, classes);
	if (connection_report_refusal(c, buf_text(&words)))
		c->flavour->refused(c, buf_text(&words));
}

static int dialled_port(const struct connection *c)
{
	return c->route.parent ? c->route.parent->port : c->target.port;
}

static void use_answer(struct connection *c, const struct resolve_answer *answer)
{
	struct sockaddr_storage kept[RESOLVE_ADDRESSES_MOST];
	unsigned classes;
	size_t count;
	bool in_doubt;

	classes = filter_addresses(c, answer, kept, &count, &in_doubt);
	if (answer->error || answer->count == 0) {
		if (connection_report_admission(c))
			c->flavour->unreachable(c);
	} else if (count == 0 && in_doubt)
		connection_judge_again(c, "it resolves to an address that is not public");
	else if (count == 0)
		refuse_resolved(c, classes);
	else if (connection_report_admission(c))
		dial_addresses(c, kept, count, dialled_port(c));
}

static void on_resolved(void *arg, const struct resolve_answer *answer)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	c->query = NULL;
	proxy_enter(proxy);
	use_answer(c, answer);
	connection_run(c);
	proxy_leave(proxy);
}

static void resolve(struct connection *c, const char *host)
{
	const struct resolve_answer *kept = resolver_find_kept(c->proxy->resolver, host);

	if (kept)
		use_answer(c, kept);
	else
		c->query = resolver_start(c->proxy->resolver, host, on_resolved, c);
}

static bool literal_address(const char *host, struct sockaddr_storage *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		memcpy(address, &in, sizeof(in));
	else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
		memcpy(address, &in6, sizeof(in6));
	else
		return false;
	return true;
}

void route_start(struct connection *c)
{
	const char *host = c->host;
	struct sockaddr_storage address;

	c->deadline_ms = clock_mono_ms() + c->proxy->limits.dial_timeout_ms;
	if (c->public_only && (c->route.kind != ROUTE_DIRECT || literal_address(host, &address))) {
		connection_judge_again(c, "what it resolves to is not known here");
		return;
	}
	if (c->route.kind == ROUTE_UNIX_SOCKET) {
		reached(c, dial_unix(c->route.socket_path));
		return;
	}
	if (c->route.kind == ROUTE_PARENT)
		host = c->route.parent->host;
	if (literal_address(host, &address))
		dial_addresses(c, &address, 1, dialled_port(c));
	else
		resolve(c, host);
}

void route_start_loopback(struct connection *c, int port)
{
	struct sockaddr_storage addresses[2];

	c->deadline_ms = clock_mono_ms() + c->proxy->limits.dial_timeout_ms;
	literal_address("127.0.0.1", &addresses[0]);
	literal_address("::1", &addresses[1]);
	dial_addresses(c, addresses, ARRAY_LENGTH(addresses), port);
}

void route_cancel(struct connection *c)
{
	if (c->query)
		resolver_cancel(c->query);
	c->query = NULL;
	if (c->dial)
		dial_cancel(c->dial);
	c->dial = NULL;
	stream_close(&c->server);
	forget_tunnel_request(c);
}

void route_timed_out(struct connection *c)
{
	route_cancel(c);
	c->flavour->unreachable(c);
}
