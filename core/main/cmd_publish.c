/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/live.h"
#include "core/session/published.h"
#include "core/main/report.h"

#define REPLY_MS 10000
#define WAIT_MS 100

struct reply {
	const struct live_session *session;
	bool came, ok, gone;
	char *error;
};

/* The one session with this id, or of the server with this name. NULL with *e. */
static struct live_session *find_session(struct live *live, const char *word, struct err *e)
{
	struct live_session *found = NULL;

	for (size_t i = 0; i < live->count; i++) {
		struct live_session *session = &live->items[i];

		if (!session->client || !session->greeted)
			continue;
		if (strcmp(session->info.id, word) == 0)
			return session;
		if (!session->info.server || strcmp(session->info.server, word) != 0)
			continue;
		if (found) {
			err_set(e, "several sessions of %.200s run: name one by its id; srt-top "
				   "sessions lists them", word);
			return NULL;
		}
		found = session;
	}
	if (!found)
		err_set(e, "no session %.200s runs; srt-top sessions lists them", word);
	return found;
}

static void take(void *context, struct live_session *session, const struct wire_message *message)
{
	struct reply *reply = context;

	if (session != reply->session || reply->came)
		return;
	if (!message) {
		reply->gone = true;
		return;
	}
	if (message->type != WIRE_PUBLISHED && message->type != WIRE_ERROR)
		return;
	reply->came = true;
	reply->ok = message->type == WIRE_PUBLISHED && message->ok;
	reply->error = xstrdup(message->text ? message->text : "refused");
}

static int publish(struct live *live, const char *word, const struct published_port *port,
		   struct err *e)
{
	int64_t deadline = clock_mono_ms() + REPLY_MS;
	struct reply reply = { .came = false };
	struct live_session *session;

	if (live_gather(live, false, NULL, NULL, e) < 0)
		return -1;
	session = find_session(live, word, e);
	if (!session)
		return -1;
	reply.session = session;
	if (!client_can_publish(session->client))
		return err_set(e, "the session was started by an srt-top that cannot publish");
	client_publish(session->client, port->host_port, port->port);
	while (!reply.came && !reply.gone && clock_mono_ms() < deadline)
		if (!live_wait(live, WAIT_MS, take, &reply))
			break;
	if (!reply.came)
		return err_set(e, reply.gone ? "the session has just ended"
					     : "the session does not respond");
	if (!reply.ok)
		err_set(e, "%s", reply.error);
	free(reply.error);
	return reply.ok ? 0 : -1;
}

int cmd_publish(int argc, char **argv)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	struct table table = { .columns = 1 };
	struct live live = { 0 };
	struct published_port port;
	struct err e;
	int status = report_options("publish", NULL, 0, argc, argv, &words);

	if (status >= 0)
		return status;
	if (words.count != 2 || !published_parse(words.items[1], &port)) {
		err_set(&e, "publish takes a session and HOSTPORT:PORT");
		return report_misuse("publish", &e);
	}
	status = publish(&live, words.items[0], &port, &e);
	live_free(&live);
	if (status < 0)
		return report_failure(&e);
	table_addf(&table, "127.0.0.1:%d leads to port %d inside", port.host_port, port.port);
	table_print(&table);
	return report_end();
}
