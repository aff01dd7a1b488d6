/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_APART_H
#define CORE_BASE_APART_H

/*
 * Work that changes what cannot be changed back (the namespaces that a process is in), done in a
 * process that ends with it.
 */
#include <stdbool.h>
#include <stddef.h>

struct apart {
	int error; /* errno; 0: done */
	char step[64]; /* where it failed */
	bool flag; /* whatever the work says */
	int fds[2]; /* handed over, the receiver's own */
	size_t fd_count;
};

/* Fills *result, which is all zeroes before, and returns. Signals are as they were. */
typedef void apart_fn(void *work, struct apart *result);

/*
 * Runs it and waits for its end. A process that could not be started, or that ended without a
 * result, is an error like one of its own, and `step` says which. Descriptors come close-on-exec.
 * In a process with threads `run` may use what is safe after fork(2) alone.
 */
void run_apart(apart_fn *run, void *work, struct apart *result);

/* For `run`: the error (errno, or 0 where `status` is not negative) and the step. */
void apart_end(struct apart *result, int status, const char *step);

#endif
