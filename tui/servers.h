/* SPDX-License-Identifier: MIT */
#ifndef TUI_SERVERS_H
#define TUI_SERVERS_H

/*
 * Servers that this dashboard starts: each is `srt-top run` in a session of its own, so that it
 * lives on without the dashboard. It gets a standard input that stays open and says nothing, and
 * what it prints goes to STATE/log/PID.log.
 */
#include <sys/types.h>

#include "tui/server_spec.h"

struct servers;

/* `hold` as for `run --hold`, -1 = as usual. `files` is the limit of descriptors that they get. */
struct servers *servers_new(const char *state_dir, int hold, unsigned long files);
/* Forgets them; they go on. */
void servers_free(struct servers *servers);
/* The pid of the supervisor, or -1 with *e. */
pid_t servers_start(struct servers *servers, const struct server_spec *spec, struct err *e);
/*
 * Starts it again: at once where it has ended (*ended), else as soon as it will have; the caller
 * ends it then. 0, or -1 with *e (ERR_NOT_FOUND: it was not started here).
 */
int servers_restart(struct servers *servers, pid_t pid, bool *ended, struct err *e);
/* After SIGCHLD: notes what has ended, and starts again what is to be. Returns what went wrong
 * with that as words (caller frees), NULL = nothing. */
char *servers_reap(struct servers *servers);
/* Runs a program and forgets about it; its input and output are closed. */
void servers_spawn(const char *const *words);

#endif
