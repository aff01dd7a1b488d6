/* SPDX-License-Identifier: MIT */
#ifndef TUI_SURE_H
#define TUI_SURE_H

/* Asking back before what cannot be taken back: only "y" does it. */
#include "tui/model.h"

/* Takes the question and the command over. */
void sure_ask(struct model *model, char *question, struct command command);
struct command sure_answer(struct model *model, enum action action);
void sure_forget(struct model *model);

#endif
