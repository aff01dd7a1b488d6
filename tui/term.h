/* SPDX-License-Identifier: MIT */
#ifndef TUI_TERM_H
#define TUI_TERM_H

/* The terminal: the only user of ncurses. Paints cells, reads keys, leaves everything as it was. */
#include <stdbool.h>

#include "core/base/err.h"
#include "tui/cells.h"
#include "tui/mouse.h"

struct terminal;

struct term_options {
	bool colour;
	bool dark; /* of 256 colours, where there are so many */
	bool mouse;
};

/* Takes over the terminal of standard input and output. NULL with *e. */
struct terminal *term_open(const struct term_options *options, struct err *e);
/* Gives the terminal back as it was. */
void term_close(struct terminal *term);
/* Descriptor that is readable when keys are there. */
int term_fd(const struct terminal *term);
void term_size(const struct terminal *term, int *rows, int *cols);
/* After SIGWINCH. */
void term_resized(struct terminal *term);
void term_paint(struct terminal *term, const struct cells *cells);
/* Forgets what it thinks is on the screen: the next painting sends everything. */
void term_redraw(struct terminal *term);
/* The next key that is there (tui/key.h), or TUI_KEY_NONE. */
int term_key(struct terminal *term);
/* After TUI_KEY_MOUSE. */
struct mouse term_mouse(const struct terminal *term);
/* Throws away keys that were typed already. */
void term_drain(struct terminal *term);
/* Rings the bell, and tells the terminal (OSC 9 and OSC 777) in plain ASCII that may not hold ";".
 */
void term_bell(struct terminal *term);
void term_tell(struct terminal *term, const char *text);
/* Ctrl-Z: gives the terminal back, stops, and takes it again. */
void term_suspend(struct terminal *term);

#endif
