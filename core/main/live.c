/* SPDX-License-Identifier: MIT */
#include "core/main/live.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/report.h"
#include "core/session/runtime_dir.h"

static void session_free(struct live_session *session)
{
	free(session->path);
	client_free(session->client);
	session_info_free(&session->info);
	strings_free(&session->seen);
}

void live_free(struct live *live)
{
	for (size_t i = 0; i < live->count; i++)
		session_free(&live->items[i]);
	free(live->items);
	*live = (struct live){ NULL, 0, 0 };
}

static bool is_known(const struct live *live, const char *path)
{
	for (size_t i = 0; i < live->count; i++)
		if (strcmp(live->items[i].path, path) == 0)
			return true;
	return false;
}

static void add_session(struct live *live, const char *path, struct client *client)
{
	struct live_session *session;

	grow_array(live->items, live->count, live->capacity);
	session = &live->items[live->count++];
	memset(session, 0, sizeof(*session));
	session->path = xstrdup(path);
	session->client = client;
}

static void drop_gone(struct live *live, const struct strings *paths)
{
	size_t kept = 0;

	for (size_t i = 0; i < live->count; i++) {
		if (live->items[i].client || strings_contain(paths, live->items[i].path))
			live->items[kept++] = live->items[i];
		else
			session_free(&live->items[i]);
	}
	live->count = kept;
}

int live_scan(struct live *live, struct err *e)
{
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;

	if (runtime_dir_sockets(&paths, e) < 0)
		return -1;
	drop_gone(live, &paths);
	for (size_t i = 0; i < paths.count; i++) {
		struct err why = { .code = ERR_GENERAL };
		struct client *client;

		if (is_known(live, paths.items[i]))
			continue;
		client = client_connect(paths.items[i], false, &why);
		/* One that is just starting or ending is looked at again next time. */
		if (!client && (why.code == ERR_NOT_FOUND || why.code == ERR_BUSY))
			continue;
		if (!client) {
			err_wrap(&why, "%s", paths.items[i]);
			report_warning(&why);
		}
		add_session(live, paths.items[i], client);
	}
	return 0;
}

void live_ask_pending(struct live *live)
{
	for (size_t i = 0; i < live->count; i++) {
		struct live_session *session = &live->items[i];

		/* A slow supervisor is not to be buried. */
		if (!session->client || session->waiting)
			continue;
		client_ask_pending(session->client);
		session->waiting = true;
	}
}

static void take_message(struct live_session *session, const struct wire_message *message,
			 live_handler handler, void *context)
{
	if (message->type == WIRE_HELLO || message->type == WIRE_SESSION) {
		session_info_free(&session->info);
		session_info_copy(&session->info, &message->session);
		session->greeted = true;
	}
	if (message->type == WIRE_QUESTIONS) {
		session->waiting = false;
		session->replied = true;
	}
	if (handler)
		handler(context, session, message);
}

static void end_session(struct live_session *session, live_handler handler, void *context)
{
	client_free(session->client);
	session->client = NULL;
	if (handler && session->greeted)
		handler(context, session, NULL);
}

static void read_session(struct live_session *session, live_handler handler, void *context)
{
	struct wire_message message;
	struct err e;
	int more = client_read(session->client, &e);

	while (client_next(session->client, &message)) {
		if (message.type == WIRE_ERROR) {
			err_set(&e, "%s", message.text ? message.text : "refused");
			more = -1;
		} else {
			take_message(session, &message, handler, context);
		}
		wire_message_free(&message);
	}
	if (more < 0) {
		err_wrap(&e, "%s", session->path);
		report_warning(&e);
	}
	if (more <= 0)
		end_session(session, handler, context);
}

bool live_wait(struct live *live, int ms, live_handler handler, void *context)
{
	_cleanup_free_ struct pollfd *fds = xcalloc(live->count + 1, sizeof(*fds));

	fds[live->count].fd = STDOUT_FILENO;
	for (size_t i = 0; i < live->count; i++) {
		struct live_session *session = &live->items[i];

		if (session->client && client_flush(session->client) < 0)
			end_session(session, handler, context);
		fds[i].fd = -1;
		if (!session->client)
			continue;
		fds[i].fd = client_fd(session->client);
		fds[i].events = POLLIN | (client_wants_write(session->client) ? POLLOUT : 0);
	}
	if (poll(fds, live->count + 1, ms) <= 0)
		return true;
	for (size_t i = 0; i < live->count; i++)
		if (live->items[i].client && (fds[i].revents & (POLLIN | POLLHUP | POLLERR)))
			read_session(&live->items[i], handler, context);
	return !(fds[live->count].revents & (POLLERR | POLLHUP | POLLNVAL));
}

static bool is_complete(const struct live *live, bool questions)
{
	for (size_t i = 0; i < live->count; i++) {
		const struct live_session *session = &live->items[i];

		if (session->client && (!session->greeted || (questions && !session->replied)))
			return false;
	}
	return true;
}

static void leave_out_silent(struct live *live, bool questions)
{
	for (size_t i = 0; i < live->count; i++) {
		struct live_session *session = &live->items[i];
		struct err e;

		if (!session->client || (session->greeted && (!questions || session->replied)))
			continue;
		err_set(&e, "%s does not respond", session->path);
		report_warning(&e);
		client_free(session->client);
		session->client = NULL;
		session->greeted = false;
	}
}

int live_gather(struct live *live, bool questions, live_handler handler, void *context,
		struct err *e)
{
	int64_t deadline = clock_mono_ms() + LIVE_REPLY_MS;
	int64_t left;

	if (live_scan(live, e) < 0)
		return -1;
	if (questions)
		live_ask_pending(live);
	while (!is_complete(live, questions) && (left = deadline - clock_mono_ms()) > 0)
		live_wait(live, (int)left, handler, context);
	leave_out_silent(live, questions);
	return 0;
}
