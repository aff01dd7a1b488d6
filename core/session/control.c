/* SPDX-License-Identifier: MIT */
#include "core/session/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/mem.h"

#define CLIENTS_MOST 32
#define QUEUE_MOST (1024 * 1024) /* bytes waiting for one client */

struct control_client {
	struct control *control;
	struct control_client *next;
	uint64_t number;
	int fd;
	struct event *readable, *writable;
	struct buf in, out;
	bool attached, dashboard, refused;
	uint64_t lost; /* messages that found no room */
	bool missed;   /* questions among them: they are told again */
};

struct control {
	struct event_base *base;
	struct control_callbacks callbacks;
	void *owner;
	char *path;
	int fd;
	struct event *acceptable;
	struct control_client *clients;
	size_t client_count, answerers;
	uint64_t next_number;
};

static void drop(struct control_client *client)
{
	struct control *control = client->control;

	for (struct control_client **at = &control->clients; *at; at = &(*at)->next)
		if (*at == client) {
			*at = client->next;
			break;
		}
	control->client_count--;
	event_free(client->readable);
	event_free(client->writable);
	close(client->fd);
	buf_free(&client->in);
	buf_free(&client->out);
	if (client->dashboard) {
		control->answerers--;
		control->callbacks.answerers(control->owner, control->answerers);
	}
	free(client);
}

/* False if the client is gone (and freed only by whoever called from the loop). */
static bool flush(struct control_client *client)
{
	while (client->out.length) {
		ssize_t sent = send(client->fd, client->out.data, client->out.length,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN) {
			event_add(client->writable, NULL);
			return true;
		}
		if (sent < 0)
			return false;
		buf_consume(&client->out, (size_t)sent);
	}
	return true;
}

static void tell_lost(struct control_client *client)
{
	struct wire_message message = { .type = WIRE_LOST, .count = client->lost };

	if (!client->lost || client->out.length > QUEUE_MOST / 2)
		return;
	wire_write(&client->out, &message);
	client->lost = 0;
}

void control_send(struct control_client *client, const struct wire_message *message)
{
	tell_lost(client);
	/* A question can be told later as well: it is what it is then. */
	if (client->out.length > QUEUE_MOST && message->type == WIRE_QUESTION) {
		client->missed = true;
		return;
	}
	/* Events may be lost; what answers a request, or ends a question, may not. */
	if (client->out.length > QUEUE_MOST &&
	    (message->type == WIRE_EVENT || message->type == WIRE_SESSION)) {
		client->lost++;
		return;
	}
	if (client->out.length > QUEUE_MOST * 8) {
		shutdown(client->fd, SHUT_RDWR);
		return;
	}
	wire_write(&client->out, message);
	/* An error shows up as readable, too: the client is dropped there. */
	flush(client);
}

void control_broadcast(struct control *control, const struct wire_message *message)
{
	for (struct control_client *client = control->clients; client; client = client->next)
		if (client->attached)
			control_send(client, message);
}

static void refuse(struct control_client *client, const char *text)
{
	struct wire_message message = { .type = WIRE_ERROR, .text = (char *)text };

	control_send(client, &message);
	client->refused = true;
	shutdown(client->fd, SHUT_RDWR);
}

static void attach(struct control_client *client, const struct wire_message *message)
{
	struct control *control = client->control;

	if (message->version != WIRE_VERSION) {
		refuse(client, "this session speaks another version of the protocol: use the srt-top "
			       "that started it");
		return;
	}
	client->attached = true;
	control->callbacks.attached(control->owner, client, message->dashboard);
	if (message->dashboard) {
		client->dashboard = true;
		control->answerers++;
		control->callbacks.answerers(control->owner, control->answerers);
	}
}

static void handle_line(struct control_client *client, const char *line, size_t length)
{
	struct control *control = client->control;
	struct wire_message message = { 0 };
	struct err e;

	if (wire_parse(&message, line, length, &e) < 0) {
		refuse(client, e.message);
		return;
	}
	if (!client->attached && message.type != WIRE_ATTACH)
		refuse(client, "the first message has to be attach");
	else if (!client->attached)
		attach(client, &message);
	else if (message.type == WIRE_PENDING)
		control->callbacks.pending(control->owner, client);
	else if (message.type == WIRE_ANSWER)
		control->callbacks.answer(control->owner, client, &message);
	else if (message.type == WIRE_RULES)
		control->callbacks.rules(control->owner, client);
	else if (message.type == WIRE_REVOKE)
		control->callbacks.revoke(control->owner, client, message.id);
	else if (message.type == WIRE_PUBLISH && control->callbacks.publish)
		control->callbacks.publish(control->owner, client, &message);
	else if (message.type == WIRE_HOLD) {
		if (client->dashboard)
			control->callbacks.hold(control->owner, message.id);
	} else
		refuse(client, "not a request");
	wire_message_free(&message);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct control_client *client = arg;
	char block[8192];
	ssize_t got = recv(fd, block, sizeof(block), MSG_DONTWAIT);

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(client);
		return;
	}
	buf_add(&client->in, block, (size_t)got);
	for (;;) {
		char *end = client->in.length ? memchr(client->in.data, '\n', client->in.length) : NULL;
		size_t length;

		if (!end || client->refused)
			break;
		length = (size_t)(end - client->in.data);
		handle_line(client, client->in.data, length);
		buf_consume(&client->in, length + 1);
	}
	if (client->in.length > WIRE_LINE_MOST)
		refuse(client, "the line is too long");
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct control_client *client = arg;

	(void)fd;
	(void)what;
	if (!flush(client)) {
		drop(client);
		return;
	}
	tell_lost(client);
	if (client->missed && client->out.length < QUEUE_MOST / 4) {
		client->missed = false;
		client->control->callbacks.caught_up(client->control->owner, client);
	}
	flush(client);
}

static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct control *control = arg;
	int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_client *client;

	(void)what;
	if (accepted < 0)
		return;
	if (!is_ours(accepted) || control->client_count >= CLIENTS_MOST) {
		close(accepted);
		return;
	}
	client = xcalloc(1, sizeof(*client));
	client->control = control;
	client->fd = accepted;
	client->number = ++control->next_number;
	client->readable = event_new(control->base, accepted, EV_READ | EV_PERSIST, on_readable, client);
	client->writable = event_new(control->base, accepted, EV_WRITE, on_writable, client);
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	event_add(client->readable, NULL);
}

struct control *control_new(struct event_base *base, const char *path,
			    const struct control_callbacks *callbacks, void *owner, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct control *control;
	mode_t before;
	int result;

	if (strlen(path) >= sizeof(address.sun_path)) {
		err_set(e, "%s: the path is too long for a socket", path);
		return NULL;
	}
	strcpy(address.sun_path, path);
	before = umask(077);
	result = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(before);
	if (result < 0 || listen(fd, 16) < 0) {
		err_errno(e, "%s", path);
		return NULL;
	}
	control = xcalloc(1, sizeof(*control));
	control->base = base;
	control->callbacks = *callbacks;
	control->owner = owner;
	control->path = xstrdup(path);
	control->fd = steal_fd(&fd);
	control->acceptable =
		event_new(base, control->fd, EV_READ | EV_PERSIST, on_acceptable, control);
	event_add(control->acceptable, NULL);
	return control;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	control->callbacks.answerers = NULL;
	while (control->clients) {
		struct control_client *client = control->clients;

		flush(client);
		/* drop() would report the last dashboard leaving to an owner that is going. */
		client->dashboard = false;
		drop(client);
	}
	event_free(control->acceptable);
	close(control->fd);
	unlink(control->path);
	free(control->path);
	free(control);
}

size_t control_answerers(const struct control *control)
{
	return control->answerers;
}

bool control_has_clients(const struct control *control)
{
	return control->clients != NULL;
}

uint64_t control_client_number(const struct control_client *client)
{
	return client->number;
}

struct control_client *control_client_by_number(struct control *control, uint64_t number)
{
	for (struct control_client *client = control->clients; client; client = client->next)
		if (client->number == number)
			return client;
	return NULL;
}
