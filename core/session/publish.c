/* SPDX-License-Identifier: MIT */
/*
 * Servers inside that are to be reached from the host: what connects to 127.0.0.1:HOSTPORT gets a
 * connection to the port inside. The broker makes a socket of the sandbox's network for each; it is
 * connected from here, and a relay does the rest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/relay.h"
#include "core/session/supervisor_parts.h"

#define CONNECTIONS_MOST 256
#define BACKLOG 128
#define PORTS_MOST 256
/* A server whose queue is full answers nothing; within this the kernel has tried three times more. */
#define CONNECT_MS 10000
/* Above the serial numbers of listeners, which are ports. */
#define SERIAL_FIRST (1 << 20)

struct visit {
	struct visit *next;
	struct publishing *publishing;
	uint64_t serial; /* of the socket that the broker was asked for */
	int port;	 /* inside */
	int family;	 /* of that socket */
	int client;	 /* -1 once the relay has it */
	int inside;	 /* being connected; -1 */
	struct event *connected;
	struct relay *relay;
};

struct port {
	struct port *next;
	struct publishing *publishing;
	int host_port, port;
	struct event *listener;
};

struct publishing {
	struct supervisor *supervisor;
	struct relay_pool *pool;
	struct port *ports;
	size_t port_count;
	struct visit *visits;
	size_t visit_count;
	uint64_t next_serial;
};

static void visit_end(struct visit *visit)
{
	struct visit **at = &visit->publishing->visits;

	while (*at != visit)
		at = &(*at)->next;
	*at = visit->next;
	visit->publishing->visit_count--;
	relay_free(visit->relay);
	if (visit->connected)
		event_free(visit->connected);
	close_fd(&visit->inside);
	close_fd(&visit->client);
	free(visit);
}

void publish_free(struct publishing *publishing)
{
	if (!publishing)
		return;
	while (publishing->ports) {
		struct port *next = publishing->ports->next;

		close(event_get_fd(publishing->ports->listener));
		event_free(publishing->ports->listener);
		free(publishing->ports);
		publishing->ports = next;
	}
	while (publishing->visits)
		visit_end(publishing->visits);
	relay_pool_free(publishing->pool);
	free(publishing);
}

/* --- one connection --- */

static void on_moved(void *arg, uint64_t to_client, uint64_t to_server)
{
	struct visit *visit = arg;
	struct supervisor *s = visit->publishing->supervisor;

	s->bytes_out += to_client;
	s->bytes_in += to_server;
	s->changed = true;
}

static void on_finished(void *arg)
{
	visit_end(arg);
}

static void start_relay(struct visit *visit)
{
	static const struct relay_callbacks callbacks = { on_moved, on_finished };
	struct event_base *base = visit->publishing->supervisor->base;
	struct stream client, server;

	stream_open(&client, base, steal_fd(&visit->client), NULL, NULL);
	stream_open(&server, base, steal_fd(&visit->inside), NULL, NULL);
	visit->relay = relay_start(visit->publishing->pool, &client, &server, NULL, NULL, &callbacks,
				   visit);
}

static void ask_for_socket(struct visit *visit, int family)
{
	struct publishing *publishing = visit->publishing;
	struct broker *broker = supervisor_broker(publishing->supervisor);

	visit->family = family;
	visit->serial = publishing->next_serial++;
	if (!broker || broker_socket_inside(broker, visit->serial, family, NULL) < 0)
		visit_end(visit);
}

static void settle(struct visit *visit, int error)
{
	if (visit->connected)
		event_free(visit->connected);
	visit->connected = NULL;
	if (!error) {
		start_relay(visit);
		return;
	}
	close_fd(&visit->inside);
	/* A server may listen on one of the two loopback addresses alone. */
	if (visit->family == AF_INET)
		ask_for_socket(visit, AF_INET6);
	else
		visit_end(visit);
}

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
	int error = 0;
	socklen_t size = sizeof(error);

	/* The other address has the same server, if any. */
	if (what & EV_TIMEOUT) {
		visit_end(arg);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	settle(arg, error);
}

static void connect_inside(struct visit *visit)
{
	const struct sockaddr_in four = { .sin_family = AF_INET,
					  .sin_port = htons((in_port_t)visit->port),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr_in6 six = { .sin6_family = AF_INET6,
					  .sin6_port = htons((in_port_t)visit->port),
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct timeval timeout = clock_timeval(CONNECT_MS);
	bool is_four = visit->family == AF_INET;

	if (connect(visit->inside,
		    is_four ? (const struct sockaddr *)&four : (const struct sockaddr *)&six,
		    is_four ? sizeof(four) : sizeof(six)) == 0) {
		settle(visit, 0);
		return;
	}
	if (errno != EINPROGRESS) {
		settle(visit, errno);
		return;
	}
	visit->connected = event_new(visit->publishing->supervisor->base, visit->inside, EV_WRITE,
				     on_connected, visit);
	event_add(visit->connected, &timeout);
}

void publish_broker_reply(struct supervisor *s, struct broker_reply *reply)
{
	struct visit *visit = s->publishing ? s->publishing->visits : NULL;

	while (visit && visit->serial != reply->serial)
		visit = visit->next;
	if (!visit)
		return;
	visit->serial = 0;
	visit->inside = steal_fd(&reply->fd);
	if (visit->inside < 0) {
		settle(visit, reply->error ? reply->error : EIO);
		return;
	}
	stream_set_near_options(visit->inside);
	connect_inside(visit);
}

void publish_broker_gone(struct supervisor *s)
{
	struct visit *visit = s->publishing ? s->publishing->visits : NULL;

	while (visit) {
		struct visit *next = visit->next;

		if (visit->serial)
			visit_end(visit);
		visit = next;
	}
}

static void listen_again(evutil_socket_t fd, short what, void *arg)
{
	const struct port *port = arg;

	(void)fd;
	(void)what;
	event_add(port->listener, NULL);
}

static void on_visitor(evutil_socket_t fd, short what, void *arg)
{
	const struct port *port = arg;
	struct publishing *publishing = port->publishing;
	int client = accept4((int)fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct visit *visit;

	(void)what;
	if (client < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		const struct timeval soon = { .tv_usec = 100000 };

		/* It stays readable: without a pause nothing else would ever be done. */
		event_del(port->listener);
		if (event_base_once(publishing->supervisor->base, -1, EV_TIMEOUT, listen_again,
				    arg, &soon) < 0)
			event_add(port->listener, NULL);
	}
	if (client < 0)
		return;
	if (publishing->visit_count == CONNECTIONS_MOST) {
		close(client);
		return;
	}
	visit = xcalloc(1, sizeof(*visit));
	*visit = (struct visit){ .next = publishing->visits,
				 .publishing = publishing,
				 .port = port->port,
				 .client = client,
				 .inside = -1 };
	publishing->visits = visit;
	publishing->visit_count++;
	ask_for_socket(visit, AF_INET);
}

/* --- starting --- */

static int listen_on_host(int port, struct err *e)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((in_port_t)port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return err_errno(e, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	stream_set_near_options(fd);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_errno(e, "publishing on port %d of 127.0.0.1", port);
	return steal_fd(&fd);
}

/* One more, at any time. */
static int add_port(struct supervisor *s, int host_port, int port, struct err *e)
{
	struct port *added;
	int fd;

	if (!s->publishing) {
		s->publishing = xcalloc(1, sizeof(*s->publishing));
		*s->publishing = (struct publishing){ .supervisor = s,
						      .pool = relay_pool_new(),
						      .next_serial = SERIAL_FIRST };
	}
	if (s->publishing->port_count == PORTS_MOST)
		return err_set(e, "at most %d ports can be published", PORTS_MOST);
	fd = listen_on_host(host_port, e);
	if (fd < 0)
		return -1;
	added = xmalloc(sizeof(*added));
	*added = (struct port){ .next = s->publishing->ports,
				.publishing = s->publishing,
				.host_port = host_port,
				.port = port };
	added->listener = event_new(s->base, fd, EV_READ | EV_PERSIST, on_visitor, added);
	event_add(added->listener, NULL);
	s->publishing->ports = added;
	s->publishing->port_count++;
	return 0;
}

int publish_start(struct supervisor *s, struct err *e)
{
	const struct supervisor_options *o = s->options;

	for (size_t i = 0; i < o->published_count; i++)
		if (add_port(s, o->published[i].host_port, o->published[i].port, e) < 0)
			return -1;
	return 0;
}

int publish_find(const struct publishing *publishing, int port)
{
	for (const struct port *p = publishing ? publishing->ports : NULL; p; p = p->next)
		if (p->port == port)
			return p->host_port;
	return 0;
}

void publish_list(const struct publishing *publishing, struct session_info *info)
{
	for (const struct port *p = publishing ? publishing->ports : NULL; p; p = p->next) {
		size_t i = 0;

		/* A port inside may be published twice: each has its row. */
		while (i < info->port_count &&
		       (info->ports[i].port != p->port || info->ports[i].host_port))
			i++;
		if (i == SESSION_PORTS_MOST)
			return;
		if (i == info->port_count)
			info->ports[info->port_count++] = (struct session_port){ .port = p->port };
		info->ports[i].host_port = p->host_port;
	}
}

/* --- while it runs --- */

static void record(struct supervisor *s, const struct wire_message *message)
{
	_cleanup_free_ char *object = xasprintf("127.0.0.1:%d", message->port);
	_cleanup_free_ char *why = xasprintf("a person published it as 127.0.0.1:%d",
					     message->host_port);
	const struct access_event event = { .time_ms = clock_wall_ms(),
					    .kind = ACCESS_BIND,
					    .object = object,
					    .verdict = VERDICT_ALLOW,
					    .why = why,
					    .count = 1 };

	supervisor_event(s, &event);
}

void publish_asked(struct supervisor *s, struct control_client *client,
		   const struct wire_message *message)
{
	struct err e = { .message = "" };
	struct wire_message reply = { .type = WIRE_PUBLISHED,
				      .host_port = message->host_port,
				      .port = message->port };

	reply.ok = add_port(s, message->host_port, message->port, &e) == 0;
	if (reply.ok)
		record(s, message);
	else
		reply.text = e.message;
	control_send(client, &reply);
	if (reply.ok)
		session_tell(s);
}
