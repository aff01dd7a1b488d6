/* SPDX-License-Identifier: MIT */
#ifndef TUI_WORKER_H
#define TUI_WORKER_H

/*
 * What takes too long between two keys: done by one thread beside the loop, one job after the other.
 * A job owns what it works on; nothing of the model is seen by the thread.
 */
#include <stdbool.h>

#include "core/base/err.h"

struct worker;

struct job {
	void (*run)(void *data);		     /* in the thread */
	void (*finish)(void *data, void *context); /* in the loop, afterwards */
	void (*free)(void *data);		     /* in the end, also of one that was never run */
	void *data;
};

/* The thread begins with the first job. NULL with *e. */
struct worker *worker_new(struct err *e);
/* Readable while worker_collect() has something to do. */
int worker_fd(const struct worker *worker);
/* Takes the job's data over. 0, or -1 with *e: then it is freed already. */
int worker_add(struct worker *worker, const struct job *job, struct err *e);
/* Something waits, runs, or was not collected yet. */
bool worker_is_busy(const struct worker *worker);
/* Finishes what is done. False if there was nothing. */
bool worker_collect(struct worker *worker, void *context);
/*
 * True: the thread has ended. False: a job still runs; it is left to itself, and what it works on has
 * to stay until the process ends.
 */
bool worker_free(struct worker *worker);

#endif
