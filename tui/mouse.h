/* SPDX-License-Identifier: MIT */
#ifndef TUI_MOUSE_H
#define TUI_MOUSE_H

/* The mouse selects and scrolls, and presses keys of the footer; it never answers. Pure. */
#include "tui/update.h"

enum mouse_type { MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_type type;
	int row, col;
};

struct command update_mouse(struct model *model, struct mouse mouse, struct instant now);

#endif
