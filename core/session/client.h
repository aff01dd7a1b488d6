/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_CLIENT_H
#define CORE_SESSION_CLIENT_H

/*
 * One connection to one supervisor's control socket, for dashboards and scripts. No event
 * loop of its own: the caller polls client_fd() and calls client_read() when it is readable
 * and client_flush() while client_wants_write().
 */
#include "core/session/wire.h"

struct client;

/* Connects and sends the attach line. NULL with *e (ERR_NOT_FOUND: nobody listens there any more). */
struct client *client_connect(const char *socket_path, bool dashboard, struct err *e);
void client_free(struct client *client);
int client_fd(const struct client *client);
bool client_wants_write(const struct client *client);
/* Writes what is queued, without blocking. 0, or -1: the connection is gone. */
int client_flush(struct client *client);
/*
 * Reads what is there, at most 64 KiB. 1: more may follow, 0: end of file, -1: error with *e, the
 * connection is of no use any more. Messages that were read before can be taken in any case.
 * The first one is HELLO, of our version, or ERROR.
 */
int client_read(struct client *client, struct err *e);
/* Takes the next whole message (a reply of several lines comes as one). true and *message (caller: wire_message_free), or false. */
bool client_next(struct client *client, struct wire_message *message);
/* Queues a request. */
void client_answer(struct client *client, const char *id, enum verdict verdict, enum scope scope,
		   enum duration duration);
void client_ask_pending(struct client *client);
/* Somebody is deciding about this question: nothing where the session does not understand it. */
void client_hold(struct client *client, const char *id);
/* Known once HELLO came. The next two must not be called where it is false. */
bool client_can_rules(const struct client *client);
void client_ask_rules(struct client *client);
void client_revoke(struct client *client, const char *rule_id);
/* The same for this one. */
bool client_can_publish(const struct client *client);
void client_publish(struct client *client, int host_port, int port);

#endif
