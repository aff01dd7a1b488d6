/* SPDX-License-Identifier: MIT */
#ifndef TUI_LINKS_H
#define TUI_LINKS_H

/*
 * The connections to the supervisors, and how they are found: the runtime directory is
 * watched (inotify, else looked at twice a second), and a socket whose supervisor does not
 * listen yet is tried again for a while.
 */
#include <poll.h>

#include "core/session/client.h"
#include "tui/model.h"

struct links;

/* `only`: the id of the one session to attach to, NULL = all. Borrowed. Never fails. */
struct links *links_new(const char *directory, const char *only);
void links_free(struct links *links);

/* Appends what to poll, and says when links_run() wants to be called anyway (-1 = never). */
size_t links_poll(struct links *links, struct pollfd **fds, size_t *capacity, size_t count);
int64_t links_wakeup(const struct links *links);
/*
 * Connects, reads, writes and tells the model; `fds` as links_poll() filled and poll() answered
 * it. Stops after a few milliseconds, so that keys are never kept waiting: what is left is still
 * readable at the next poll. True if the model changed.
 */
bool links_run(struct links *links, struct model *model, const struct pollfd *fds,
	       struct instant now);
void links_answer(struct links *links, unsigned link, const char *id, enum verdict verdict,
		  enum scope scope, enum duration duration);
void links_hold(struct links *links, unsigned link, const char *id);
/* Asks some of the sessions, in turn, for the rules that end with them. The replies are messages. */
void links_ask_rules(struct links *links);
/* Ends one of these rules. */
void links_revoke(struct links *links, unsigned link, const char *id);
/* 0, or -1 with *e: it has ended, or cannot do that. The reply is a message. */
int links_publish(struct links *links, unsigned link, int host_port, int port, struct err *e);
/* Sends a signal to the supervisor at the other end, as the kernel names it. 0, or -1 with *e. */
int links_signal(const struct links *links, unsigned link, int number, struct err *e);
/* No socket was found. */
bool links_empty(const struct links *links);
/* The only session that was wanted was there and is gone. */
bool links_done(const struct links *links);

#endif
