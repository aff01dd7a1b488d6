/* SPDX-License-Identifier: MIT */
#include "core/main/session_rules.h"

#include <poll.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/report.h"
#include "core/session/client.h"
#include "core/session/runtime_dir.h"

#define REPLY_MS 10000

/* Talks to one session until a message of this type with this id (NULL = any) came: 0, or -1. */
static int wait_for(struct client *client, enum wire_type type, const char *id,
		    struct wire_message *message, struct err *e)
{
	int64_t deadline = clock_mono_ms() + REPLY_MS;

	for (;;) {
		struct pollfd waiting = { .fd = client_fd(client), .events = POLLIN };
		int64_t left = deadline - clock_mono_ms();
		int more;

		while (client_next(client, message)) {
			if (message->type == type && (!id || (message->id && strcmp(message->id, id) == 0)))
				return 0;
			if (message->type == WIRE_ERROR) {
				err_set(e, "%s", message->text ? message->text : "refused");
				wire_message_free(message);
				return -1;
			}
			wire_message_free(message);
		}
		if (left <= 0)
			return err_set(e, "the session does not respond");
		if (client_flush(client) < 0)
			return err_set(e, "the session has just ended");
		if (client_wants_write(client))
			waiting.events |= POLLOUT;
		if (poll(&waiting, 1, (int)left) <= 0 || !(waiting.revents & ~POLLOUT))
			continue;
		more = client_read(client, e);
		if (more < 0)
			return -1;
		/* What came before the end is looked at first. */
		if (more == 0 && !client_next(client, message))
			return err_code(e, ERR_NOT_FOUND, "the session has just ended");
		if (more == 0)
			wire_message_free(message);
	}
}

/* NULL with *e; ERR_UNSUPPORTED for a session of a version without this. */
static struct client *greet(const char *path, struct err *e)
{
	struct client *client = client_connect(path, false, e);
	struct wire_message hello;

	if (!client)
		return NULL;
	if (wait_for(client, WIRE_HELLO, NULL, &hello, e) == 0) {
		wire_message_free(&hello);
		if (client_can_rules(client))
			return client;
		err_code(e, ERR_UNSUPPORTED, "the session was started by an srt-top that cannot tell");
	}
	client_free(client);
	return NULL;
}

static int list_one(const char *path, const char *server,
		    void (*each)(void *arg, const struct session_rule *rule), void *arg, struct err *e)
{
	struct client *client = greet(path, e);
	struct wire_message message;
	bool more = true;
	int result = client ? 0 : -1;

	if (client)
		client_ask_rules(client);
	while (result == 0 && more) {
		result = wait_for(client, WIRE_RULE_LIST, NULL, &message, e);
		if (result < 0)
			break;
		for (size_t i = 0; i < message.rule_count; i++)
			if (!server || (message.rules[i].rule.server &&
					strcmp(message.rules[i].rule.server, server) == 0))
				each(arg, &message.rules[i]);
		more = message.more;
		wire_message_free(&message);
	}
	client_free(client);
	return result;
}

int session_rules_each(const char *server, void (*each)(void *arg, const struct session_rule *rule),
		       void *arg, struct err *e)
{
	_cleanup_strings_ struct strings paths = STRINGS_EMPTY;

	if (runtime_dir_sockets(&paths, e) < 0)
		return -1;
	for (size_t i = 0; i < paths.count; i++) {
		struct err why = { .code = ERR_GENERAL };

		if (list_one(paths.items[i], server, each, arg, &why) == 0 ||
		    why.code == ERR_NOT_FOUND || why.code == ERR_UNSUPPORTED)
			continue;
		err_wrap(&why, "%s", paths.items[i]);
		report_warning(&why);
	}
	return 0;
}

bool session_rules_is_id(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon && colon > id && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
	       strspn(id, "0123456789abcdef-") == (size_t)(colon - id);
}

int session_rules_remove(const char *id, struct err *e)
{
	_cleanup_free_ char *directory = runtime_dir(e);
	_cleanup_free_ char *path = NULL;
	struct wire_message message;
	struct client *client;
	int result;

	if (!directory)
		return -1;
	path = xasprintf("%s/%.*s.sock", directory, (int)strcspn(id, ":"), id);
	client = greet(path, e);
	if (!client)
		return err_wrap(e, "there is no rule %s", id);
	client_revoke(client, id);
	result = wait_for(client, WIRE_ANSWERED, id, &message, e);
	client_free(client);
	if (result < 0)
		return -1;
	if (!message.ok)
		result = err_set(e, "%s", message.text ? message.text : "not accepted");
	wire_message_free(&message);
	return result;
}
