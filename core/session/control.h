/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_CONTROL_H
#define CORE_SESSION_CONTROL_H

/*
 * The control socket of one session: dashboards and scripts attach, hear what happens, and
 * answer. A client that reads too slowly loses events and is told how many; it never
 * holds anybody up.
 */
#include <event2/event.h>

#include "core/base/err.h"
#include "core/session/wire.h"

struct control;
struct control_client;

struct control_callbacks {
	/* A client attached: send it what it has to know. */
	void (*attached)(void *owner, struct control_client *client, bool dashboard);
	/* The last client that can answer left, or the first came. */
	void (*answerers)(void *owner, size_t count);
	void (*pending)(void *owner, struct control_client *client);
	/* Answers with control_send(WIRE_ANSWERED), now or later; the client may be gone by then. */
	void (*answer)(void *owner, struct control_client *client, const struct wire_message *message);
	/* Somebody who can answer is deciding about this question. */
	void (*hold)(void *owner, const char *id);
	/* The rules of the session alone: answers with WIRE_RULE_LIST. */
	void (*rules)(void *owner, struct control_client *client);
	/* The end of one of them: as answer(). */
	void (*revoke)(void *owner, struct control_client *client, const char *id);
	/* A client that missed questions has room for them again. */
	void (*caught_up)(void *owner, struct control_client *client);
	/* Answers with control_send(WIRE_PUBLISHED). NULL = it is no request. */
	void (*publish)(void *owner, struct control_client *client, const struct wire_message *message);
};

/* Listens on `path` (removed first if it is a stale socket of ours). NULL with *e. */
struct control *control_new(struct event_base *base, const char *path,
			    const struct control_callbacks *callbacks, void *owner, struct err *e);
/* Closes every connection after what is queued was tried once more, and removes the socket. */
void control_free(struct control *control);
/* Sends to one client. */
void control_send(struct control_client *client, const struct wire_message *message);
/* Sends to every client that attached. */
void control_broadcast(struct control *control, const struct wire_message *message);
size_t control_answerers(const struct control *control);
bool control_has_clients(const struct control *control);
/* A number that names a client for as long as the control lives; and back (NULL: it left). */
uint64_t control_client_number(const struct control_client *client);
struct control_client *control_client_by_number(struct control *control, uint64_t number);

#endif
