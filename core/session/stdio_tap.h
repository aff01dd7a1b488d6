/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_STDIO_TAP_H
#define CORE_SESSION_STDIO_TAP_H

/*
 * Stands between the client and the program's standard input and output: copies both byte for byte
 * and reads JSON-RPC along. A thread for each direction, which reads no more than it can pass on:
 * the one who writes waits for the one who reads, as at a pipe.
 */
#include "core/base/err.h"

struct stdio_tap;

/* Makes the pipes; nothing is read yet. 0, or -1 with *e. */
int stdio_tap_new(struct stdio_tap **tap, struct err *e);
/* The program's ends: its input and its output. Open until stdio_tap_start(). */
const int *stdio_tap_ends(const struct stdio_tap *tap);
/* Closes the program's ends here and begins to copy. 0, or -1 with *e. */
int stdio_tap_start(struct stdio_tap *tap, struct err *e);
/* The request that the program is working on, NULL = none. Caller frees. From any thread. */
char *stdio_tap_request(struct stdio_tap *tap);
/*
 * Waits until what the program has written is passed on; to be called once it has ended, with
 * signals as the person wants them. Does nothing with NULL.
 */
void stdio_tap_finish(struct stdio_tap *tap);

#endif
