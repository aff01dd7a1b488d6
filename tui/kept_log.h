/* SPDX-License-Identifier: MIT */
#ifndef TUI_KEPT_LOG_H
#define TUI_KEPT_LOG_H

/* What a server that was started here prints, in a file of bounded size. */
#include <stddef.h>

#define KEPT_LOG_MOST (8 * 1024 * 1024) /* bytes */

/*
 * Appends what comes to the file until the end of `input`, which is borrowed. Where it would grow
 * beyond `most` bytes its older half goes: who reads it finds whole lines, up to the newest. Whoever
 * prints is never held up by a file that cannot be written. 0, or -1 with errno: it cannot be opened.
 */
int kept_log_run(int input, const char *path, size_t most);

#endif
