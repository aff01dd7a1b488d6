/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_SWEEPER_H
#define CORE_SANDBOX_SWEEPER_H

/*
 * A process that outlives the supervisor, however that ends, and then removes the placeholders
 * that are left. It has the same locked descriptors (not copies: the lock is one), nothing else
 * of the supervisor's, and ends as soon as the supervisor and the sandbox are gone.
 */
#include <sys/types.h>

#include "core/base/err.h"
#include "core/sandbox/sweep.h"

#define SWEEPER_BATCH 8 /* what send_fds() takes */

struct sweeper {
	pid_t pid;
	int socket; /* its end of file means that the supervisor is gone; -1 = not started */
	int parent; /* the last directory that was sent */
	unsigned announced;
	int held; /* not sent yet */
	unsigned numbers[SWEEPER_BATCH];
	int fds[SWEEPER_BATCH];
};

/* May be called while there are other threads. 0, or -1 with *e. */
int sweeper_start(struct sweeper *sweeper, struct err *e);
/*
 * Tells it a name that is about to be made: its number. Its directory's descriptor stays the
 * caller's, and open. If the process is gone, nothing is lost but its help.
 */
unsigned sweeper_announce(struct sweeper *sweeper, const struct sweep_name *item);
/* Gives it the lock on what has been made; the descriptor stays the caller's, too. */
void sweeper_hold(struct sweeper *sweeper, unsigned number, int fd);
/* Sends what sweeper_hold() has collected; before anything relies on it. */
void sweeper_flush(struct sweeper *sweeper);
/* It removes nothing before this descriptor is ready (a pidfd, the reading end of a pipe). */
void sweeper_wait_for(struct sweeper *sweeper, int fd);
/* Lets it go; does not wait for it. */
void sweeper_stop(struct sweeper *sweeper);

#endif
