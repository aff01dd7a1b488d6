/* SPDX-License-Identifier: MIT */
/* From a permitted destination to a connected socket: resolve once, check, dial what is left. */
#include "core/net/proxy_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/address_check.h"

static void set_port(struct sockaddr_storage *address, int port)
{
	/* The port lies at the same place in both. */
	struct sockaddr_in in;

	memcpy(&in, address, sizeof(in));
	in.sin_port = htons((uint16_t)port);
	memcpy(address, &in, sizeof(in));
}

static void on_dialled(void *arg, int fd, int error)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;

	(void)error;
	c->dial = NULL;
	proxy_enter(proxy);
	if (fd >= 0)
		c->flavour->connected(c, fd);
	else
		c->flavour->unreachable(c);
	connection_run(c);
	proxy_leave(proxy);
}

static void dial_addresses(struct connection *c, struct sockaddr_storage *addresses, size_t count)
{
	int64_t left = c->deadline_ms - clock_mono_ms();

	for (size_t i = 0; i < count; i++)
		set_port(&addresses[i], c->target.port);
	c->dial = dial_start(c->proxy->base, addresses, count, left > 1 ? (int)left : 1,
			     on_dialled, c);
}

/* Keeps the addresses that may be dialled. Returns the classes of the others. */
static unsigned filter_addresses(const struct connection *c, const struct resolve_answer *answer,
				 struct sockaddr_storage *kept, size_t *count)
{
	const struct address_rules rules = {
		.allowed = c->proxy->allowed,
		.denied = c->proxy->denied,
		.denied_addresses = c->proxy->denied_addresses,
		.own = answer->own,
		.own_count = answer->own_count,
		.allow_local = c->verdict.allow_private,
	};
	unsigned classes = 0;

	*count = 0;
	for (size_t i = 0; i < answer->count; i++) {
		enum address_class class = ADDRESS_PERMITTED;

		if (c->verdict.check_resolved)
			class = address_check(&rules, c->host, c->target.port,
					      (const struct sockaddr *)&answer->addresses[i]);
		if (class == ADDRESS_PERMITTED)
			kept[(*count)++] = answer->addresses[i];
		else
			classes |= 1U << class;
	}
	return classes;
}

static void refuse_resolved(struct connection *c, unsigned classes)
{
	struct proxy *proxy = c->proxy;
	struct buf words = BUF_EMPTY;

	address_refusal_words(&words, classes);
	proxy->callbacks.refused(proxy->owner, &c->destination, buf_text(&words));
	if (!proxy->is_dying && !c->dead)
		c->flavour->refused(c, buf_text(&words));
	buf_free(&words);
}

static void on_resolved(void *arg, const struct resolve_answer *answer)
{
	struct connection *c = arg;
	struct proxy *proxy = c->proxy;
	struct sockaddr_storage kept[RESOLVE_ADDRESSES_MOST];
	unsigned classes;
	size_t count;

	c->query = NULL;
	proxy_enter(proxy);
	classes = filter_addresses(c, answer, kept, &count);
	if (answer->error || answer->count == 0)
		c->flavour->unreachable(c);
	else if (count == 0)
		refuse_resolved(c, classes);
	else
		dial_addresses(c, kept, count);
	connection_run(c);
	proxy_leave(proxy);
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
	struct sockaddr_storage address;

	c->deadline_ms = clock_mono_ms() + c->proxy->limits.dial_timeout_ms;
	if (literal_address(c->host, &address))
		dial_addresses(c, &address, 1);
	else
		c->query = resolver_start(c->proxy->resolver, c->host, on_resolved, c);
}

void route_cancel(struct connection *c)
{
	if (c->query)
		resolver_cancel(c->query);
	c->query = NULL;
	if (c->dial)
		dial_cancel(c->dial);
	c->dial = NULL;
}

void route_timed_out(struct connection *c)
{
	route_cancel(c);
	c->flavour->unreachable(c);
}
