/* SPDX-License-Identifier: MIT */
#ifndef TUI_SIGNALS_H
#define TUI_SIGNALS_H

/*
 * The signals that a program with a whole screen must not die of without tidying up, as
 * readable data: handlers write a byte to a pipe, the loop reads what came.
 */
#include <termios.h>

#include "core/base/err.h"

enum {
	SIGNALS_RESIZED = 1 << 0,
	SIGNALS_LEAVE = 1 << 1,	  /* INT, TERM, HUP */
	SIGNALS_SUSPEND = 1 << 2, /* TSTP */
	SIGNALS_RESUMED = 1 << 3, /* CONT */
	SIGNALS_CHILD = 1 << 4,	  /* CHLD */
};

/* Installs the handlers. Returns the descriptor to poll, or -1 with *e. One at a time in a process.
 */
int signals_open(struct err *e);
/* What came since the last call. */
unsigned signals_take(int fd);
/* Stops this process the way the terminal's Ctrl-Z does; returns when it goes on. */
void signals_stop_self(void);
void signals_close(int fd);

/*
 * If the process crashes from now on, the terminal on `fd` gets these bytes and these modes before
 * the process dies of what killed it.
 */
void signals_restore_on_crash(int fd, const struct termios *modes, const char *bytes,
			      size_t length);
void signals_forget_crash(void);

#endif
