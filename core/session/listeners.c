/* SPDX-License-Identifier: MIT */
/*
 * Servers inside: the kernel is asked now and then what listens in the sandbox's network, or its table
 * is read where it cannot tell, and each new one is an event that tells how to reach it. Nothing
 * depends on it.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/tcp_table.h"
#include "core/policy/domain.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/socket_diag.h"
#include "core/session/supervisor_parts.h"

#define LOOK_EVERY_MS 1000
#define LISTENERS_MOST 256
#define DNS_PORT 53

struct listener {
	char host[INET6_ADDRSTRLEN];
	int port;
	bool on_loopback;
	bool seen; /* in this look */
};

struct listeners {
	int64_t last_ms;
	struct listener *items;
	size_t count, capacity;
};

void listeners_free(struct listeners *listeners)
{
	if (!listeners)
		return;
	free(listeners->items);
	free(listeners);
}

static bool is_ours(const struct supervisor *s, int port)
{
	return port == SANDBOX_HTTP_PORT || port == SANDBOX_SOCKS_PORT || port == DNS_PORT ||
	       (s->network && network_shares_ports(s->network) &&
		notifier_has_listening(s->notifier, port));
}

static struct listener *find(struct listeners *listeners, const char *host, int port)
{
	for (size_t i = 0; i < listeners->count; i++)
		if (listeners->items[i].port == port && strcmp(listeners->items[i].host, host) == 0)
			return &listeners->items[i];
	return NULL;
}

static void tell(struct supervisor *s, const struct listener *listener, bool on_loopback)
{
	_cleanup_buf_ struct buf object = BUF_EMPTY, why = BUF_EMPTY;
	int host_port = publish_find(s->publishing, listener->port);
	struct socket_owner owner = SOCKET_OWNER_NONE;
	bool found = socket_owner_find(&owner, s->sandbox.init,
				       socket_inode_by_port(s->sandbox.init, SOCKET_TCP, listener->port));
	_cleanup_free_ char *exe = found ? socket_owner_executable(&owner) : NULL;
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = ACCESS_BIND,
				      .verdict = VERDICT_ALLOW,
				      .pid = owner.pid,
				      .exe = exe,
				      .count = 1 };

	domain_format_endpoint(&object, listener->host, listener->port);
	buf_adds(&why, "listens inside");
	if (host_port)
		buf_addf(&why, "; published as 127.0.0.1:%d", host_port);
	else if (on_loopback)
		buf_addf(&why, "; publish it with -p HOSTPORT:%d", listener->port);
	event.object = object.data;
	event.why = why.data;
	supervisor_event(s, &event);
	socket_owner_forget(&owner);
	s->changed = true;
}

static void note(void *arg, const struct in6_addr *address, int port)
{
	struct supervisor *s = arg;
	struct listeners *listeners = s->listeners;
	struct listener listener = { .port = port, .seen = true };
	bool on_loopback = tcp_is_on_loopback(address, listener.host);
	struct listener *known = find(listeners, listener.host, port);

	listener.on_loopback = on_loopback;
	if (known)
		known->seen = true;
	if (known || is_ours(s, port) || listeners->count == LISTENERS_MOST)
		return;
	grow_array(listeners->items, listeners->count, listeners->capacity);
	listeners->items[listeners->count++] = listener;
	tell(s, &listener, on_loopback);
}

/* What listens comes first in the table: its connections, however many, are not read. */
static void read_table(struct supervisor *s, const char *name)
{
	char path[64], line[512];
	struct tcp_row row;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", s->sandbox.init, name);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (!tcp_table_row(&row, line))
			continue;
		if (!row.listens)
			break;
		note(s, &row.local, row.port);
	}
	fclose(file);
}

void listeners_look(struct supervisor *s)
{
	int64_t now = clock_mono_ms();
	size_t kept = 0;

	if (!s->listeners)
		s->listeners = xcalloc(1, sizeof(*s->listeners));
	if (s->listeners->last_ms && now - s->listeners->last_ms < LOOK_EVERY_MS)
		return;
	s->listeners->last_ms = now;
	for (size_t i = 0; i < s->listeners->count; i++)
		s->listeners->items[i].seen = false;
	if (!socket_diag_listeners(s->sandbox.socket_diag, AF_INET, note, s))
		read_table(s, "tcp");
	if (!socket_diag_listeners(s->sandbox.socket_diag, AF_INET6, note, s))
		read_table(s, "tcp6");
	for (size_t i = 0; i < s->listeners->count; i++)
		if (s->listeners->items[i].seen)
			s->listeners->items[kept++] = s->listeners->items[i];
	s->changed |= kept < s->listeners->count;
	s->listeners->count = kept;
}

void listeners_list(const struct supervisor *s, struct session_info *info)
{
	const struct listeners *listeners = s->listeners;

	for (size_t i = 0; listeners && i < listeners->count; i++) {
		size_t at = 0;

		if (!listeners->items[i].on_loopback)
			continue;
		/* The same port of both families is one. */
		while (at < info->port_count && info->ports[at].port != listeners->items[i].port)
			at++;
		if (at == SESSION_PORTS_MOST)
			return;
		if (at == info->port_count)
			info->ports[info->port_count++] = (struct session_port){
				.port = listeners->items[i].port, .listens = true };
	}
}
