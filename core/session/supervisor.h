/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_SUPERVISOR_H
#define CORE_SESSION_SUPERVISOR_H

/*
 * One sandboxed command from start to end: the process that the person started becomes its
 * supervisor and leaves with its exit status.
 */
#include "core/base/err.h"
#include "core/policy/judge.h"
#include "core/session/store.h"

struct supervisor_options {
	const char *server;
	char *const *command;		 /* NULL-terminated words */
	enum mode mode;
	const struct settings *settings; /* never NULL */
	const char *settings_path;	 /* the file in force, resolved; NULL = built-in base */
	int hold_seconds;		 /* -1 = 30 s while a dashboard is attached, else not at all */
	/* Opens the store, {NULL, NULL} = no history; the supervisor closes it. NULL = none. Called
	 * after the broker was forked: the broker shares nothing with it. */
	struct store (*open_store)(void);
};

/*
 * Runs the command. 0 and *status (0-255, 128+n for a signal), or -1 with *e where it could
 * not be started; then nothing ran.
 */
int supervisor_run(const struct supervisor_options *options, int *status, struct err *e);

/* The bwrap command line that supervisor_run() would use, for showing and measuring. */
int supervisor_bwrap_arguments(const struct supervisor_options *options, struct strings *out,
			       struct err *e);

#endif
