/* SPDX-License-Identifier: MIT */
/*
 * Theory of operation. One struct connection per client goes through the phases of
 * proxy_internal.h; connection_run() (proxy_connection.c) drives it as far as its input allows.
 * The flavours (plain HTTP, CONNECT, SOCKS) differ in how they read a destination and in how they
 * say yes and no; between the two lies one way for all: judge, resolve, check, dial.
 *
 * Owners may do anything in a callback, freeing the proxy included. Hence proxy_enter() and
 * proxy_leave() around every way in, and nothing is unlinked from memory before the outermost
 * leave. Input buffers, heads and the number of connections are bounded; where the bound of
 * connections is reached, the oldest client that is merely idle makes room, then the oldest that
 * has not asked for anything yet, else new ones wait in the listener's queue. The owner hears of
 * it, and bounds what is held for an answer by itself.
 */
#include "core/net/proxy_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/io.h"
#include "core/base/mem.h"

#define DEFAULT_CONNECTIONS 1024
#define DEFAULT_HEAD_BYTES (16 * 1024) /* upstream's, and most servers' */
#define DEFAULT_FIRST_BYTE_MS 10000
#define DEFAULT_DIAL_MS 30000
#define RESUME_MS 200
/* By then a client that means it has said what it wants. */
#define SILENT_MS 1000
#define SWEEP_MS 5000
#define DROP_TRIES 16
#define REPORT_MS 200

struct listener {
	struct listener *next;
	struct proxy *proxy;
	int fd;
	bool is_direct;
	int port;	    /* of a direct one */
	uint64_t last_used; /* the same; proxy->uses of then */
	int bridge_port; /* 0 = served by ourselves */
	struct event *readable;
};

static void arm(struct event *timer, int ms)
{
	struct timeval delay = clock_timeval(ms);

	if (!evtimer_pending(timer, NULL))
		evtimer_add(timer, &delay);
}

static void bury(struct proxy *proxy)
{
	while (proxy->graves) {
		struct connection *c = proxy->graves;

		proxy->graves = c->next;
		free(c);
	}
}

static void destroy(struct proxy *proxy)
{
	while (proxy->listeners) {
		struct listener *listener = proxy->listeners;

		proxy->listeners = listener->next;
		event_free(listener->readable);
		close(listener->fd);
		free(listener);
	}
	while (proxy->connections)
		connection_close(proxy->connections);
	bury(proxy);
	resolver_free(proxy->resolver);
	relay_pool_free(proxy->pool);
	if (proxy->resume)
		event_free(proxy->resume);
	if (proxy->sweep)
		event_free(proxy->sweep);
	if (proxy->report)
		event_free(proxy->report);
	free(proxy->token);
	free(proxy);
}

void proxy_enter(struct proxy *proxy)
{
	proxy->depth++;
}

void proxy_leave(struct proxy *proxy)
{
	if (--proxy->depth)
		return;
	if (proxy->is_dying)
		destroy(proxy);
	else
		bury(proxy);
}

void proxy_free(struct proxy *proxy)
{
	if (!proxy || proxy->is_dying)
		return;
	proxy->is_dying = true;
	if (!proxy->depth)
		destroy(proxy);
}

static void set_accepting(struct proxy *proxy, bool on)
{
	proxy->is_accepting = on;
	for (struct listener *at = proxy->listeners; at; at = at->next) {
		if (on)
			event_add(at->readable, NULL);
		else
			event_del(at->readable);
	}
}

static bool connection_is_idle(const struct connection *c)
{
	return c->phase == PHASE_FIRST_BYTE && c->requests > 0;
}

/* Nothing was asked for yet, though there was time: the slow and the silent. */
static bool is_silent(const struct connection *c, int64_t now)
{
	if (now - c->accepted_ms < SILENT_MS)
		return false;
	switch (c->phase) {
	case PHASE_FIRST_BYTE:
	case PHASE_HEAD:
	case PHASE_SOCKS_GREETING:
	case PHASE_SOCKS_PASSWORD:
	case PHASE_SOCKS_REQUEST:
		return true;
	default:
		return false;
	}
}

/* Who has to go where one more comes: the oldest of the idle ones, else of those without a request. */
static struct connection *find_spare(const struct proxy *proxy)
{
	struct connection *idle = NULL, *silent = NULL;
	int64_t now = clock_mono_ms();

	for (struct connection *c = proxy->connections; c; c = c->next) {
		if (connection_is_idle(c))
			idle = c;
		else if (is_silent(c, now))
			silent = c;
	}
	return idle ? idle : silent;
}

static void tell_crowded(struct proxy *proxy, bool closed)
{
	if (proxy->callbacks.crowded && !proxy->is_dying)
		proxy->callbacks.crowded(proxy->owner, closed);
}

static void make_room(struct proxy *proxy)
{
	struct connection *spare = find_spare(proxy);
	bool was_idle = spare && connection_is_idle(spare);

	if (!spare)
		return;
	connection_close(spare);
	if (!was_idle)
		tell_crowded(proxy, true);
}

static bool is_full(const struct proxy *proxy)
{
	return proxy->connection_count >= proxy->limits.connections;
}

void proxy_connection_gone(struct proxy *proxy)
{
	int most = proxy->limits.connections;

	/* Not with every single one: there may be many listeners to switch on and off. */
	if (!proxy->is_accepting && !proxy->is_dying && !proxy->lacks_descriptors &&
	    proxy->connection_count <= most - most / 16 && !is_full(proxy))
		set_accepting(proxy, true);
}

static int port_of(const struct sockaddr_storage *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (address->ss_family) {
	case AF_INET:
		memcpy(&in, address, sizeof(in));
		return ntohs(in.sin_port);
	case AF_INET6:
		memcpy(&in6, address, sizeof(in6));
		return ntohs(in6.sin6_port);
	default:
		return 0;
	}
}

/* On such a listener every address is local: the socket's own is the one that was meant. */
static void begin_direct(struct connection *c, struct listener *listener)
{
	struct proxy *proxy = c->proxy;
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);
	char host[HOST_TEXT_SIZE] = "";

	if (getsockname(c->client.fd, (struct sockaddr *)&own, &size) < 0) {
		connection_close(c);
		return;
	}
	listener->last_used = ++proxy->uses;
	proxy->callbacks.name_address(proxy->owner, (const struct sockaddr *)&own, host);
	direct_begin(c, host, port_of(&own));
}

/* Returns the client, or -1 where there is none, or no descriptor for it. */
static int accept_client(struct listener *listener, int *port)
{
	struct proxy *proxy = listener->proxy;
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	int client;

	if (is_full(proxy) && !find_spare(proxy)) {
		set_accepting(proxy, false);
		arm(proxy->resume, RESUME_MS);
		tell_crowded(proxy, false);
		return -1;
	}
	client = accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	*port = port_of(&peer);
	if (client < 0 && errno != EINTR && errno != ECONNABORTED && errno != EAGAIN &&
	    errno != EWOULDBLOCK) {
		/* No descriptors: level-triggered events would spin. */
		set_accepting(proxy, false);
		proxy->lacks_descriptors = true;
		arm(proxy->resume, RESUME_MS);
		make_room(proxy);
		tell_crowded(proxy, false);
	}
	return client;
}

/* One a turn: whether there are more is what the loop asks anyway, and the others get their turn. */
static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;
	struct proxy *proxy = listener->proxy;
	int client, port;

	(void)fd;
	(void)what;
	proxy_enter(proxy);
	client = accept_client(listener, &port);
	if (client >= 0 && is_full(proxy))
		make_room(proxy);
	if (client >= 0 && proxy->is_dying) {
		close(client);
	} else if (client >= 0) {
		struct connection *c = connection_new(proxy, client, port);

#ifndef __linux__
		stream_set_near_options(client);
#endif
		arm(proxy->sweep, proxy->sweep_ms);
		if (listener->bridge_port)
			bridge_begin(c, listener->bridge_port);
		else if (listener->is_direct)
			begin_direct(c, listener);
		connection_begin(c);
	}
	proxy_leave(proxy);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct proxy *proxy = arg;

	(void)fd;
	(void)what;
	proxy->lacks_descriptors = false;
	if (is_full(proxy) && find_spare(proxy))
		set_accepting(proxy, true);
	else if (is_full(proxy))
		arm(proxy->resume, RESUME_MS);
	else if (!proxy->is_accepting)
		set_accepting(proxy, true);
}

/* Whoever waits for bytes that never come would wait for ever for those of an end that has vanished. */
static void probe_server(struct connection *c)
{
	if (c->relay)
		relay_probe_server(c->relay);
	else
		stream_probe_far(&c->server);
}

/* Finds clients that are gone though nothing is being read from them. */
static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct proxy *proxy = arg;
	struct connection *next;

	(void)fd;
	(void)what;
	proxy_enter(proxy);
	for (struct connection *c = proxy->connections; c && !proxy->is_dying; c = next) {
		next = c->next;
		probe_server(c);
		if (c->relay) {
			if (relay_is_dead(c->relay))
				connection_close(c);
		} else if (c->client.fd >= 0 && !c->client.wants_read) {
			bool end_counts = !c->client_ended && c->flavour &&
					  c->flavour->end_means_gone &&
					  (c->phase == PHASE_JUDGING || c->phase == PHASE_DIALLING);

			if (stream_peer_is_gone(&c->client, end_counts) ||
			    (c->phase == PHASE_JUDGING && direct_has_hung_up(c)))
				connection_give_up(c);
		}
		/* Giving up asks the owner, who may have closed the neighbour meanwhile. */
		if (next && next->dead)
			next = proxy->connections;
	}
	if (proxy->connections && !proxy->is_dying)
		arm(proxy->sweep, proxy->sweep_ms);
	proxy_leave(proxy);
}

static void on_report(evutil_socket_t fd, short what, void *arg)
{
	struct proxy *proxy = arg;
	uint64_t to_client = proxy->to_client, to_server = proxy->to_server;

	(void)fd;
	(void)what;
	proxy->to_client = proxy->to_server = 0;
	proxy_enter(proxy);
	proxy->callbacks.traffic(proxy->owner, to_client, to_server);
	proxy_leave(proxy);
}

void proxy_count_traffic(struct proxy *proxy, uint64_t to_client, uint64_t to_server)
{
	if ((!to_client && !to_server) || !proxy->callbacks.traffic)
		return;
	proxy->to_client += to_client;
	proxy->to_server += to_server;
	arm(proxy->report, REPORT_MS);
}

struct proxy *proxy_new(struct event_base *base, const char *token,
			const struct proxy_callbacks *callbacks, void *owner,
			const struct proxy_limits *limits, struct err *e)
{
	struct proxy *proxy = xcalloc(1, sizeof(*proxy));

	proxy->base = base;
	proxy->token = xstrdup(token);
	proxy->callbacks = *callbacks;
	proxy->owner = owner;
	if (limits)
		proxy->limits = *limits;
	if (proxy->limits.connections <= 0)
		proxy->limits.connections = DEFAULT_CONNECTIONS;
	if (proxy->limits.head_bytes <= 0)
		proxy->limits.head_bytes = DEFAULT_HEAD_BYTES;
	if (proxy->limits.idle_first_byte_ms <= 0)
		proxy->limits.idle_first_byte_ms = DEFAULT_FIRST_BYTE_MS;
	if (proxy->limits.dial_timeout_ms <= 0)
		proxy->limits.dial_timeout_ms = DEFAULT_DIAL_MS;
	proxy->is_accepting = true;
	proxy->sweep_ms = SWEEP_MS;
	proxy->pool = relay_pool_new();
	proxy->resume = evtimer_new(base, on_resume, proxy);
	proxy->sweep = evtimer_new(base, on_sweep, proxy);
	proxy->report = evtimer_new(base, on_report, proxy);
	if (!proxy->resume || !proxy->sweep || !proxy->report) {
		err_set(e, "cannot make the proxy's timers");
		destroy(proxy);
		return NULL;
	}
	proxy->resolver = resolver_new(base, NULL, e);
	if (!proxy->resolver) {
		destroy(proxy);
		return NULL;
	}
	return proxy;
}

int proxy_set_lookup(struct proxy *proxy, resolve_lookup lookup, struct err *e)
{
	struct resolver *resolver = resolver_new(proxy->base, lookup, e);

	if (!resolver)
		return -1;
	resolver_free(proxy->resolver);
	proxy->resolver = resolver;
	return 0;
}

static int add_listener(struct proxy *proxy, int fd, int bridge_port, bool is_direct,
			struct err *e)
{
	struct listener *listener;

	if (set_nonblocking(fd, true) < 0) {
		err_errno(e, "cannot make the listener non-blocking");
		close(fd);
		return -1;
	}
	stream_set_near_options(fd);
	listener = xcalloc(1, sizeof(*listener));
	listener->proxy = proxy;
	listener->fd = fd;
	listener->bridge_port = bridge_port;
	listener->is_direct = is_direct;
	listener->readable = event_new(proxy->base, fd, EV_READ | EV_PERSIST, on_accept, listener);
	if (!listener->readable ||
	    (proxy->is_accepting && event_add(listener->readable, NULL) < 0)) {
		if (listener->readable)
			event_free(listener->readable);
		free(listener);
		close(fd);
		return err_set(e, "cannot watch the listener");
	}
	listener->next = proxy->listeners;
	proxy->listeners = listener;
	return 0;
}

int proxy_add_listener(struct proxy *proxy, int fd, struct err *e)
{
	return add_listener(proxy, fd, 0, false, e);
}

int proxy_add_bridge(struct proxy *proxy, int fd, int port, struct err *e)
{
	return add_listener(proxy, fd, port, false, e);
}

int proxy_add_direct(struct proxy *proxy, int fd, struct err *e)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &size) < 0) {
		err_errno(e, "cannot ask a listener for its port");
		close(fd);
		return -1;
	}
	if (add_listener(proxy, fd, 0, true, e) < 0)
		return -1;
	proxy->listeners->port = port_of(&own);
	proxy->listeners->last_used = ++proxy->uses;
	return 0;
}

static bool somebody_waits(const struct listener *listener)
{
	struct pollfd p = { .fd = listener->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static struct listener **find_least_used(struct proxy *proxy)
{
	struct listener **least = NULL;

	for (struct listener **at = &proxy->listeners; *at; at = &(*at)->next)
		if ((*at)->is_direct && (!least || (*at)->last_used < (*least)->last_used))
			least = at;
	return least;
}

int proxy_drop_direct(struct proxy *proxy)
{
	for (int i = 0; i < DROP_TRIES; i++) {
		struct listener **least = find_least_used(proxy), *gone = least ? *least : NULL;
		int port;

		if (!gone)
			return -1;
		if (somebody_waits(gone)) {
			gone->last_used = ++proxy->uses;
			continue;
		}
		port = gone->port;
		*least = gone->next;
		event_free(gone->readable);
		close(gone->fd);
		free(gone);
		return port;
	}
	return -1;
}

void proxy_set_connections_most(struct proxy *proxy, int connections)
{
	proxy->limits.connections = connections;
}

int proxy_held(const struct proxy *proxy)
{
	return proxy->held;
}

void proxy_set_routes(struct proxy *proxy, const struct route_rules *routes)
{
	proxy->routes = routes;
}

void proxy_set_restrictions(struct proxy *proxy, const struct proxy_restrictions *restrictions)
{
	proxy->restrictions = *restrictions;
}

void proxy_set_lists(struct proxy *proxy, const struct strings *allowed,
		     const struct strings *denied, const struct strings *denied_addresses)
{
	proxy->allowed = allowed;
	proxy->denied = denied;
	proxy->denied_addresses = denied_addresses;
}

void proxy_set_secrets(struct proxy *proxy, const struct secrets *secrets)
{
	proxy->secrets = secrets;
}

void proxy_request_set_data(struct proxy_request *request, void *data)
{
	request->data = data;
}

void proxy_request_answer(struct proxy_request *request, const struct proxy_verdict *verdict)
{
	struct connection *c = request->connection;
	struct proxy *proxy = c->proxy;

	if (c->dead || c->phase != PHASE_JUDGING || c->is_answered || proxy->is_dying)
		return;
	connection_take_verdict(c, verdict);
	if (c->is_being_put)
		return; /* connection_judge() goes on when the owner returns */
	proxy_enter(proxy);
	connection_run(c);
	proxy_leave(proxy);
}
