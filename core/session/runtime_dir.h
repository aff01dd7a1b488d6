/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_RUNTIME_DIR_H
#define CORE_SESSION_RUNTIME_DIR_H

/*
 * Where the control sockets live: $SRT_TOP_RUNTIME_DIR, else $XDG_RUNTIME_DIR/srt-top,
 * else /tmp/srt-top-<uid>. Always a 0700 directory of this user; anything else is refused.
 * And the other directories that are the program's own.
 */
#include "core/base/buf.h"
#include "core/base/err.h"

/* Makes the directory if needed, checks it and returns its path; NULL with *e. Caller frees. */
char *runtime_dir(struct err *e);
/* Appends the full paths of the sockets (*.sock) that lie there now, sorted. 0, or -1 with *e. */
int runtime_dir_sockets(struct strings *paths, struct err *e);
/* Path of the database: $SRT_TOP_DB, else $XDG_STATE_HOME/srt-top/srt-top.db, else
 * ~/.local/state/srt-top/srt-top.db. Caller frees. */
char *database_path(void);
/* Where the layers of servers that are learned lie: $XDG_STATE_HOME/srt-top/layers, else
 * ~/.local/state/srt-top/layers. Caller frees. */
char *layers_dir(void);
/* $XDG_CONFIG_HOME/srt-top, else ~/.config/srt-top. Caller frees. */
char *config_dir(void);
/* $HOME, else the passwd entry, else "/". Caller frees. */
char *home_dir(void);

#endif
