/* SPDX-License-Identifier: MIT */
#include "tui/sure.h"

#include <string.h>

#include "core/base/mem.h"

void sure_forget(struct model *model)
{
	free(model->sure.question);
	command_free(&model->sure.command);
	memset(&model->sure, 0, sizeof(model->sure));
}

void sure_ask(struct model *model, char *question, struct command command)
{
	sure_forget(model);
	model->sure.question = question;
	model->sure.command = command;
}

struct command sure_answer(struct model *model, enum action action)
{
	struct command command = { .type = COMMAND_NONE };

	if (action == ACTION_YES) {
		command = model->sure.command;
		memset(&model->sure.command, 0, sizeof(model->sure.command));
	}
	sure_forget(model);
	return command;
}
