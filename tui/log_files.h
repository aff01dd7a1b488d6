/* SPDX-License-Identifier: MIT */
#ifndef TUI_LOG_FILES_H
#define TUI_LOG_FILES_H

/* The directory of what servers that were started here have printed: see kept_log.h for one file of it. */
#include <stddef.h>
#include <stdint.h>

#define LOG_FILES_MOST 20		       /* of servers that have ended */
#define LOG_FILES_AGE_S (14 * 24 * 3600) /* since the last line */

/*
 * Removes the logs of servers that have ended: all but the newest `most`, and those that were written to
 * before `oldest_s` (wall clock). A log that is still written is never removed, nor is anything that is
 * not named as a log. Whatever cannot be removed stays. Returns how many went.
 */
size_t log_files_prune(const char *directory, size_t most, int64_t oldest_s);

#endif
