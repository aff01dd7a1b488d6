/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_LIVE_H
#define CORE_MAIN_LIVE_H

/* Connections to the supervisors that run now, as a script has them. */
#include "core/session/client.h"

struct live_session {
	char *path;
	struct client *client; /* NULL once the connection is gone */
	struct session_info info;
	bool greeted;	/* info is filled */
	bool waiting;	/* for QUESTIONS */
	bool replied;	/* QUESTIONS came */
	struct strings seen; /* for the caller: what it has printed of this session */
};

struct live {
	struct live_session *items;
	size_t count;
	size_t capacity;
};

/* A reply is waited for so long. */
#define LIVE_REPLY_MS 3000

void live_free(struct live *live);
#define _cleanup_live_ __attribute__((cleanup(live_free)))

/*
 * Connects to the sockets that are new in the directory and drops what is gone. Sockets without a
 * listener are passed over. 0, or -1 with *e.
 */
int live_scan(struct live *live, struct err *e);

/* Asks every session for its questions, unless an earlier reply is still out. */
void live_ask_pending(struct live *live);

/* Told of every message, and with NULL when the connection ended. */
typedef void (*live_handler)(void *context, struct live_session *session,
			     const struct wire_message *message);

/*
 * Writes what is queued, waits at most `ms` and hands over what came. The handler may be NULL.
 * False when nobody reads standard output any more.
 */
bool live_wait(struct live *live, int ms, live_handler handler, void *context);

/*
 * Scans and waits until every session has greeted and, with `questions`, has told its questions to
 * the handler. A session that does not respond is named on standard error and left out.
 */
int live_gather(struct live *live, bool questions, live_handler handler, void *context,
		struct err *e);

#endif
