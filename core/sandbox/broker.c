/* SPDX-License-Identifier: MIT */
/* The supervisor's side: forks the broker, asks it, and reads its replies. */
#include "core/sandbox/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/sandbox/broker_side.h"

struct broker {
	pid_t pid;
	int socket;
};

int broker_start(struct broker **broker, const struct broker_sandbox *sandbox, struct err *e)
{
	int pair[2];
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, "socketpair");
	errno = EAGAIN;
	pid = is_switched_off("broker") ? -1 : fork();
	if (pid < 0) {
		err_errno(e, "fork");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (pid == 0) {
		close(pair[0]);
		broker_main(pair[1], sandbox, parent);
	}
	close(pair[1]);
	*broker = xcalloc(1, sizeof(**broker));
	(*broker)->pid = pid;
	(*broker)->socket = pair[0];
	return 0;
}

void broker_free(struct broker *broker)
{
	if (!broker)
		return;
	/* It ends by itself at the end of its socket: nobody has to wait while the kernel takes its
	 * namespaces apart. If it is still at it when we leave, init reaps it. */
	close_fd(&broker->socket);
	waitpid(broker->pid, NULL, WNOHANG);
	free(broker);
}

int broker_fd(const struct broker *broker)
{
	return broker->socket;
}

static int request(struct broker *broker, const struct broker_message *message, int fd, struct err *e)
{
	if (send_fds(broker->socket, message, sizeof(*message), &fd, fd >= 0 ? 1 : 0) < 0)
		return err_errno(e, "asking the broker");
	return 0;
}

int broker_pin(struct broker *broker, uint64_t serial, uint32_t pin, const char *path, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_PIN, .serial = serial, .pin = pin };

	if (strlen(path) >= sizeof(message.text))
		return err_set(e, "the path is too long");
	strcpy(message.text, path);
	return request(broker, &message, -1, e);
}

int broker_make(struct broker *broker, uint64_t serial, uint32_t pin, uint32_t parent,
		const char *name, mode_t makes, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_MAKE,
					  .serial = serial,
					  .pin = pin,
					  .parent = parent,
					  .flag = makes };

	snprintf(message.text, sizeof(message.text), "%s", name);
	return request(broker, &message, -1, e);
}

void broker_unpin(struct broker *broker, uint32_t pin)
{
	struct broker_message message = { .type = BROKER_MESSAGE_UNPIN, .pin = pin };

	request(broker, &message, -1, NULL);
}

static void add_field(struct buf *text, const char *field)
{
	buf_add(text, field, strlen(field) + 1);
}

static void add_item(struct buf *text, enum mount_type type, const struct mount *mount)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)type);
	add_field(text, number);
	add_field(text, mount->source ? mount->source : "");
	add_field(text, mount->target);
}

static int send_order(struct broker *broker, const struct broker_message *message,
		      const struct broker_grant *grant, struct err *e)
{
	_cleanup_close_ int fd = memfd_create("srt-top-grant", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	add_field(&text, grant->target);
	add_field(&text, grant->mask ? grant->mask : "");
	add_field(&text, grant->in_place ? grant->in_place : "");
	for (size_t i = 0; i < grant->pin_count; i++)
		add_item(&text, GRANT_PIN, &grant->pins[i]);
	for (size_t i = 0; i < grant->below_count; i++)
		add_item(&text, grant->below[i].type, &grant->below[i]);
	if (fd < 0 || write_all(fd, text.data, text.length) < 0)
		return err_errno(e, "writing the grant");
	if (text.length > BROKER_ORDER_MOST)
		return err_set(e, "the grant would need too many mounts");
	return request(broker, message, fd, e);
}

int broker_grant(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		 struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_GRANT,
					  .serial = serial,
					  .pin = grant->pin,
					  .flag = grant->writable };

	return send_order(broker, &message, grant, e);
}

int broker_revoke(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		  bool hidden, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_REVOKE,
					  .serial = serial,
					  .pin = grant->pin,
					  .flag = hidden };

	return send_order(broker, &message, grant, e);
}

int broker_mask(struct broker *broker, const struct mount *mounts, size_t count, struct err *e)
{
	const struct broker_message message = { .type = BROKER_MESSAGE_MASK };
	const struct broker_grant all = { .target = "/", .below = mounts, .below_count = count };

	return send_order(broker, &message, &all, e);
}

int broker_fetch(struct broker *broker, uint64_t serial, uint32_t pin, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_FETCH, .serial = serial, .pin = pin };

	return request(broker, &message, -1, e);
}

int broker_make_network(struct broker *broker, const struct broker_network *network, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_NETWORK,
					  .flag = network->with_local_dns,
					  .pin = network->without_veth };

	return request(broker, &message, -1, e);
}

int broker_listen(struct broker *broker, uint64_t serial, int port, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_LISTEN,
					  .serial = serial,
					  .flag = (uint32_t)port };

	return request(broker, &message, -1, e);
}

int broker_socket_inside(struct broker *broker, uint64_t serial, int family, struct err *e)
{
	struct broker_message message = { .type = BROKER_MESSAGE_SOCKET,
					  .serial = serial,
					  .flag = (uint32_t)family };

	return request(broker, &message, -1, e);
}

int broker_wait(struct broker *broker, struct broker_reply *reply)
{
	struct broker_message message;
	int fds[BROKER_SOCKETS];
	size_t count = ARRAY_LENGTH(fds);
	ssize_t got = recv_fds(broker->socket, &message, sizeof(message), fds, &count, NULL);

	if (got != (ssize_t)sizeof(message) || message.type != BROKER_MESSAGE_REPLY) {
		for (size_t i = 0; got > 0 && i < count; i++)
			close(fds[i]);
		return -1;
	}
	message.text[sizeof(message.text) - 1] = '\0';
	*reply = (struct broker_reply){ .type = message.reply_type,
					.serial = message.serial,
					.is_directory = message.flag,
					.was_made = message.was_made,
					.covered = message.flag,
					.shares_ports = message.flag,
					.fd = -1,
					.error = message.error };
	for (size_t i = 0; i < BROKER_SOCKETS; i++)
		reply->sockets[i] = reply->type == BROKER_NETWORK && i < count ? fds[i] : -1;
	if (reply->type != BROKER_NETWORK && count)
		reply->fd = fds[0];
	snprintf(reply->step, sizeof(reply->step), "%.63s", message.text);
	return 0;
}

int broker_read(struct broker *broker, struct broker_reply *reply)
{
	struct pollfd waiting = { .fd = broker->socket, .events = POLLIN };

	if (poll(&waiting, 1, 0) <= 0)
		return 0;
	return broker_wait(broker, reply) < 0 ? -1 : 1;
}
