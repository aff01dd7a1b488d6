/* SPDX-License-Identifier: MIT */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

/* A line to type in, at the status line: one table says what each kind of it does. */
#include "tui/update.h"

void prompt_open(struct model *model, enum prompt_kind kind, const char *text);
/* A key while the line is open; `action` is what it means there. */
struct command prompt_key(struct model *model, enum action action, int key);
const char *prompt_label(const struct prompt *prompt);

#endif
