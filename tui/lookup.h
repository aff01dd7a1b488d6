/* SPDX-License-Identifier: MIT */
#ifndef TUI_LOOKUP_H
#define TUI_LOOKUP_H

/* What can be seen of a sandbox from the host, in /proc and in the log of a server started here. */
#include "core/base/buf.h"
#include "tui/mount_words.h"
#include "tui/processes.h"

#define LOOKUP_PROCESSES_MOST 2000

/*
 * These processes and all below them, as the kernel lists children; where it does not, all of this
 * user. However many others there are, they cost nothing.
 */
void lookup_processes(struct processes *processes, const pid_t *roots, size_t count);
/* The mounts as the process has them. False where they cannot be read. */
bool lookup_mounts(struct mount_rows *rows, pid_t pid);
/* The last lines of a file, at most 64 KiB, if it was changed after `since_ms`. */
bool lookup_tail(struct strings *lines, const char *path, int64_t since_ms);

#endif
