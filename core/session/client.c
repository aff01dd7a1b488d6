/* SPDX-License-Identifier: MIT */
#include "core/session/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#define READ_MOST 65536
/* Questions of one reply over all its lines: a session never holds that many. */
#define QUESTIONS_MOST 16384

struct client {
	int fd;
	bool greeted, can_hold, can_rules, can_publish;
	struct buf in, out;
	struct wire_message *queue; /* whole messages, from `head` on */
	size_t head, count, capacity;
	struct wire_message parts; /* QUESTIONS of which more lines are to come */
};

/*
 * A path may be longer than a socket address holds: the directory is then opened and the
 * socket is reached through its descriptor.
 */
static int connect_path(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int directory = -1;
	size_t length = strlen(path);

	if (length < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, length);
	} else {
		const char *slash = strrchr(path, '/');
		_cleanup_free_ char *parent = NULL;
		int written;

		if (!slash) {
			errno = ENAMETOOLONG;
			return -1;
		}
		parent = xstrndup(path, (size_t)(slash - path));
		directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			return -1;
		written = snprintf(address.sun_path, sizeof(address.sun_path),
				   "/proc/self/fd/%d/%s", directory, slash + 1);
		if (written < 0 || (size_t)written >= sizeof(address.sun_path)) {
			errno = ENAMETOOLONG;
			return -1;
		}
	}
	return connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

/* The directory is private already; this also holds where it is not what it was. */
static int check_peer(int fd, struct err *e)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return err_errno(e, "cannot tell who listens there");
	if (peer.uid != geteuid())
		return err_set(e, "another user listens there");
	return 0;
}

static int connect_error(struct err *e)
{
	if (errno == ECONNREFUSED || errno == ENOENT)
		return err_code(e, ERR_NOT_FOUND, "nobody listens there any more");
	if (errno == EAGAIN)
		return err_code(e, ERR_BUSY, "too many are waiting to attach");
	return err_errno(e, "cannot connect");
}

struct client *client_connect(const char *socket_path, bool dashboard, struct err *e)
{
	const struct wire_message attach = { .type = WIRE_ATTACH,
					     .version = WIRE_VERSION,
					     .dashboard = dashboard };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct client *client;

	if (fd < 0) {
		err_errno(e, "cannot make a socket");
		return NULL;
	}
	if (connect_path(fd, socket_path) < 0) {
		connect_error(e);
		return NULL;
	}
	if (check_peer(fd, e) < 0)
		return NULL;
	client = xcalloc(1, sizeof(*client));
	client->fd = steal_fd(&fd);
	wire_write(&client->out, &attach);
	if (client_flush(client) < 0) {
		client_free(client);
		err_code(e, ERR_NOT_FOUND, "nobody listens there any more");
		return NULL;
	}
	return client;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	for (size_t i = client->head; i < client->count; i++)
		wire_message_free(&client->queue[i]);
	free(client->queue);
	wire_message_free(&client->parts);
	buf_free(&client->in);
	buf_free(&client->out);
	close_fd(&client->fd);
	free(client);
}

int client_fd(const struct client *client)
{
	return client->fd;
}

bool client_wants_write(const struct client *client)
{
	return client->out.length > 0;
}

int client_flush(struct client *client)
{
	while (client->out.length) {
		ssize_t sent = send(client->fd, client->out.data, client->out.length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		buf_consume(&client->out, (size_t)sent);
	}
	return 0;
}

static void enqueue(struct client *client, struct wire_message *message)
{
	grow_array(client->queue, client->count, client->capacity);
	client->queue[client->count++] = *message;
	memset(message, 0, sizeof(*message));
}

/* Puts the lines of one reply together. */
static int take_questions(struct client *client, struct wire_message *message, struct err *e)
{
	struct wire_message *parts = &client->parts;
	size_t count = parts->question_count + message->question_count;

	if (count > QUESTIONS_MOST)
		return err_set(e, "too many questions in one reply");
	if (count > 0) {
		parts->questions = xrealloc(parts->questions, count, sizeof(*parts->questions));
		if (message->question_count)
			memcpy(&parts->questions[parts->question_count], message->questions,
			       message->question_count * sizeof(*parts->questions));
	}
	parts->question_count = count;
	parts->type = WIRE_QUESTIONS;
	message->question_count = 0;
	if (!message->more)
		enqueue(client, parts);
	return 0;
}

static int check_greeting(struct client *client, const struct wire_message *message, struct err *e)
{
	if (message->type == WIRE_ERROR)
		return 0;
	if (!client->greeted && message->type != WIRE_HELLO)
		return err_set(e, "the session does not greet");
	if (message->type == WIRE_HELLO && message->version != WIRE_VERSION)
		return err_code(e, ERR_UNSUPPORTED,
				"the session speaks protocol version %d, this program %d: "
				"use the srt-top that started it",
				message->version, WIRE_VERSION);
	client->greeted = true;
	if (message->type == WIRE_HELLO) {
		client->can_hold = message->can_hold;
		client->can_rules = message->can_rules;
		client->can_publish = message->can_publish;
	}
	return 0;
}

static int take_message(struct client *client, struct wire_message *message, struct err *e)
{
	if (message->type < WIRE_HELLO)
		return err_set(e, "the session sends requests");
	if (check_greeting(client, message, e) < 0)
		return -1;
	if (message->type == WIRE_QUESTIONS)
		return take_questions(client, message, e);
	enqueue(client, message);
	return 0;
}

static int take_line(struct client *client, const char *line, size_t length, struct err *e)
{
	struct wire_message message;
	struct err why = { .code = ERR_GENERAL };
	int result;

	if (wire_parse(&message, line, length, &why) < 0) {
		/* A newer program may say more than this one knows. */
		if (why.code == ERR_UNSUPPORTED && client->greeted)
			return 0;
		return err_set(e, "the session sent a malformed message: %s", why.message);
	}
	result = take_message(client, &message, e);
	wire_message_free(&message);
	return result;
}

static int take_lines(struct client *client, struct err *e)
{
	size_t start = 0;

	for (;;) {
		const char *from = client->in.data + start;
		const char *end = memchr(from, '\n', client->in.length - start);

		if (!end)
			break;
		if (take_line(client, from, (size_t)(end - from), e) < 0)
			return -1;
		start += (size_t)(end - from) + 1;
	}
	buf_consume(&client->in, start);
	if (client->in.length > WIRE_LINE_MOST)
		return err_set(e, "the session sent a line longer than %d bytes", WIRE_LINE_MOST);
	return 0;
}

int client_read(struct client *client, struct err *e)
{
	_cleanup_free_ char *chunk = xmalloc(READ_MOST);
	ssize_t got;

	do {
		got = recv(client->fd, chunk, READ_MOST, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 1;
	if (got < 0 && errno == ECONNRESET)
		return 0;
	if (got < 0)
		return err_errno(e, "cannot read from the session");
	if (got == 0)
		return 0;
	buf_add(&client->in, chunk, (size_t)got);
	return take_lines(client, e) < 0 ? -1 : 1;
}

bool client_next(struct client *client, struct wire_message *message)
{
	if (client->head == client->count)
		return false;
	*message = client->queue[client->head++];
	if (client->head == client->count)
		client->head = client->count = 0;
	return true;
}

void client_answer(struct client *client, const char *id, enum verdict verdict, enum scope scope,
		   enum duration duration)
{
	const struct wire_message answer = { .type = WIRE_ANSWER,
					     .id = (char *)id,
					     .verdict = verdict,
					     .scope = scope,
					     .duration = duration };

	wire_write(&client->out, &answer);
}

void client_ask_pending(struct client *client)
{
	const struct wire_message pending = { .type = WIRE_PENDING };

	wire_write(&client->out, &pending);
}

void client_hold(struct client *client, const char *id)
{
	const struct wire_message hold = { .type = WIRE_HOLD, .id = (char *)id };

	if (client->can_hold)
		wire_write(&client->out, &hold);
}

bool client_can_rules(const struct client *client)
{
	return client->can_rules;
}

void client_ask_rules(struct client *client)
{
	const struct wire_message rules = { .type = WIRE_RULES };

	wire_write(&client->out, &rules);
}

void client_revoke(struct client *client, const char *rule_id)
{
	const struct wire_message revoke = { .type = WIRE_REVOKE, .id = (char *)rule_id };

	wire_write(&client->out, &revoke);
}

bool client_can_publish(const struct client *client)
{
	return client->can_publish;
}

void client_publish(struct client *client, int host_port, int port)
{
	const struct wire_message publish = { .type = WIRE_PUBLISH,
					      .host_port = host_port,
					      .port = port };

	wire_write(&client->out, &publish);
}
