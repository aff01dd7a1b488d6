/* SPDX-License-Identifier: MIT */
#ifndef TUI_LOOKUP_H
#define TUI_LOOKUP_H

/* What can be seen of a sandbox from the host, in /proc and in the log of a server started here. */
#include "core/base/buf.h"
#include "tui/mount_words.h"
#include "tui/processes.h"

/* All processes of this user. */
void lookup_processes(struct processes *processes);
/* The mounts as the process has them. False where they cannot be read. */
bool lookup_mounts(struct mount_rows *rows, pid_t pid);
/* The last lines of a file, at most 64 KiB, if it was changed after `since_ms`. */
bool lookup_tail(struct strings *lines, const char *path, int64_t since_ms);

#endif
