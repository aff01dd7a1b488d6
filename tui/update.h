/* SPDX-License-Identifier: MIT */
#ifndef TUI_UPDATE_H
#define TUI_UPDATE_H

/* A key changes the model, and may ask for something to be done outside. Pure. */
#include "tui/model.h"

struct command update_key(struct model *model, int key, struct instant now);
/* The part that answers questions: see update_question.c. */
struct command update_question(struct model *model, enum action action, struct instant now);
/* What time makes necessary: a question that somebody decides about is to be held. */
struct command update_time(struct model *model, struct instant now);

#endif
