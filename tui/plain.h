/* SPDX-License-Identifier: MIT */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

/*
 * The dashboard line by line, for screen readers, braille displays and plain pipes: each thing
 * that happens is one line of text, and each command is one line of words. Nothing is redrawn.
 */
#include "tui/app.h"

/* 0 at "quit" or the end of the input, -1 with *e. */
int plain_run(const struct app_options *options, struct err *e);

#endif
