/* SPDX-License-Identifier: MIT */
#include "core/sandbox/broker_side.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "core/base/io.h"
#include "core/base/mem.h"

static bool send_kept(struct broker_side *side)
{
	while (side->first_kept) {
		struct kept_reply *kept = side->first_kept;
		struct broker_message message = { 0 };

		memcpy(&message, kept->message, sizeof(kept->message));
		if (send_fds(side->socket, &message, sizeof(message), &kept->fd, kept->fd >= 0) < 0 &&
		    errno == EAGAIN)
			return false;
		side->first_kept = kept->next;
		close_fd(&kept->fd);
		free(kept);
	}
	side->last_kept = &side->first_kept;
	return true;
}

static void send_reply(struct broker_side *side, const struct broker_message *answer, int fd)
{
	struct kept_reply *kept;

	if (!side->first_kept &&
	    (send_fds(side->socket, answer, sizeof(*answer), &fd, fd >= 0) == 0 || errno != EAGAIN))
		return;
	kept = xcalloc(1, sizeof(*kept));
	kept->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	memcpy(kept->message, answer, sizeof(kept->message));
	kept->message[sizeof(kept->message) - 1] = '\0';
	*side->last_kept = kept;
	side->last_kept = &kept->next;
}

bool broker_wait_for_request(struct broker_side *side)
{
	for (;;) {
		struct pollfd waiting = { .fd = side->socket, .events = POLLIN };

		if (!send_kept(side))
			waiting.events |= POLLOUT;
		if (poll(&waiting, 1, -1) < 0 && errno != EINTR)
			return false;
		if (waiting.revents & (POLLIN | POLLHUP | POLLERR))
			return true;
	}
}

void broker_answer_with(struct broker_side *side, const struct broker_message *request,
			enum broker_reply_type type, int error, const char *step, bool flag, int fd)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = type,
					 .serial = request->serial,
					 .pin = request->pin,
					 .error = error,
					 .flag = flag };

	snprintf(answer.text, sizeof(answer.text), "%s", step);
	send_reply(side, &answer, fd);
}

void broker_answer_network(struct broker_side *side, const int sockets[BROKER_SOCKETS],
			   bool shares_ports, int error, const char *step)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = BROKER_NETWORK,
					 .flag = shares_ports,
					 .error = error };
	size_t count = 0;

	/* Those that may be missing are the last ones. */
	while (!error && count < BROKER_SOCKETS && sockets[count] >= 0)
		count++;
	snprintf(answer.text, sizeof(answer.text), "%s", step);
	send_fds(side->socket, &answer, sizeof(answer), sockets, count);
}

void broker_answer(struct broker_side *side, const struct broker_message *request,
		   enum broker_reply_type type, int error, const char *step, bool flag)
{
	broker_answer_with(side, request, type, error, step, flag, -1);
}

void broker_answer_made(struct broker_side *side, const struct broker_message *request,
			bool is_directory, bool was_made)
{
	struct broker_message answer = { .type = BROKER_MESSAGE_REPLY,
					 .reply_type = BROKER_PINNED,
					 .serial = request->serial,
					 .pin = request->pin,
					 .flag = is_directory,
					 .was_made = was_made };

	send_reply(side, &answer, -1);
}
