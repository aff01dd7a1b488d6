/* SPDX-License-Identifier: MIT */
/* The session's broker: forked when it is wanted, and whom its replies are for. */
#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

static void on_broker(evutil_socket_t fd, short what, void *arg)
{
	struct supervisor *s = arg;
	struct broker_reply reply;
	int got;

	(void)fd;
	(void)what;
	while ((got = broker_read(s->broker, &reply)) > 0) {
		if (reply.type == BROKER_NETWORK)
			network_made(s, &reply);
		else if (reply.type == BROKER_LISTENING)
			network_broker_reply(s, &reply);
		else if (reply.type == BROKER_SOCKET)
			publish_broker_reply(s, &reply);
		else
			files_broker_reply(s, &reply);
		close_fd(&reply.fd);
	}
	/* Without its broker a session goes on as it is; only file grants fail, and say so. */
	if (got < 0) {
		event_del(s->broker_event);
		s->broker_failed = true;
		files_broker_gone(s);
		network_broker_gone(s);
		publish_broker_gone(s);
	}
}

void supervisor_watch_broker(struct supervisor *s)
{
	s->broker_event =
		event_new(s->base, broker_fd(s->broker), EV_READ | EV_PERSIST, on_broker, s);
	event_add(s->broker_event, NULL);
}

int supervisor_start_broker(struct supervisor *s, struct broker_sandbox *where, struct err *e)
{
	_cleanup_close_ int mounts = sandbox_open_namespace(&s->sandbox, "mnt", e);
	_cleanup_close_ int network = mounts < 0 ? -1 : sandbox_open_namespace(&s->sandbox, "net", e);

	/* It alone keeps them: they are taken apart where nobody waits for that. */
	where->mount_namespace = mounts;
	where->network_namespace = network;
	return network < 0 ? -1 : broker_start(&s->broker, where, e);
}

struct broker *supervisor_broker(struct supervisor *s)
{
	struct broker_sandbox where = { .mask_device = NULL };
	struct err e;

	if (s->broker || s->broker_failed)
		return s->broker;
	if (supervisor_start_broker(s, &where, &e) < 0) {
		s->broker_failed = true;
		return NULL;
	}
	supervisor_watch_broker(s);
	return s->broker;
}
