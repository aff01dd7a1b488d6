/* SPDX-License-Identifier: MIT */
#ifndef TUI_UPDATE_H
#define TUI_UPDATE_H

/* A key changes the model, and may ask for something to be done outside. Pure. */
#include "tui/model.h"

enum command_type { COMMAND_NONE, COMMAND_QUIT, COMMAND_ANSWER, COMMAND_REDRAW };

struct command {
	enum command_type type;
	/* ANSWER */
	unsigned link;
	char *id; /* owned */
	enum verdict verdict;
	enum scope scope;
	enum duration duration;
};

void command_free(struct command *command);
#define _cleanup_command_ __attribute__((cleanup(command_free)))

struct command update_key(struct model *model, int key, struct instant now);
/* The part that answers questions: see update_question.c. */
struct command update_question(struct model *model, enum action action, struct instant now);

#endif
