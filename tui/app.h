/* SPDX-License-Identifier: MIT */
#ifndef TUI_APP_H
#define TUI_APP_H

/* The dashboard: attaches to every session of this user and runs until the person quits. */
#include <stdbool.h>

#include "core/base/err.h"
#include "tui/export_ops.h"
#include "tui/history.h"
#include "tui/preferences.h"
#include "tui/written.h"

struct app_options {
	const char *runtime_dir; /* where the control sockets are */
	const char
		*only_session; /* NULL = all; else leave when that session ended and q or its end */
	const struct preferences *preferences;
	/* Taken over by app_run(). All but the first are used by its worker alone. */
	struct history history, background;
	struct exports exports;
	struct layers layers;
	const char *state_dir; /* where logs of servers started here go */
	bool no_colour;
	bool ascii;
	bool no_mouse;
};

/* 0 when the person quit, -1 with *e (no terminal, terminal too dumb, …). Restores the terminal. */
int app_run(const struct app_options *options, struct err *e);

#endif
