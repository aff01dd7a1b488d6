/* SPDX-License-Identifier: MIT */
#include "tui/update.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/key.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/views.h"

#define FAR (1L << 30) /* rows: to the end */

static const struct command nothing = { .type = COMMAND_NONE };

void command_free(struct command *command)
{
	free(command->id);
	free(command->text);
	rule_free(&command->rule);
	command->id = command->text = NULL;
}

static void show_help(struct model *model)
{
	enum context context = model_context(model);

	if (context == CONTEXT_HELP) {
		model_pop(model);
		return;
	}
	model->help_for = context;
	model_push(model, VIEW_HELP);
}

static void open_queue(struct model *model)
{
	model_close_box(model);
	model_push(model, VIEW_QUEUE);
}

static int page(const struct model *model, const struct view_ops *ops)
{
	int rows = ops->page(model);

	return rows > 1 ? rows : 1;
}

static struct command update_action(struct model *model, enum action action, struct instant now)
{
	const struct view_ops *top = view_top(model);
	enum context context = model_context(model);

	switch (action) {
	case ACTION_QUIT:
		return (struct command){ .type = COMMAND_QUIT };
	case ACTION_REDRAW:
		return (struct command){ .type = COMMAND_REDRAW };
	case ACTION_HELP:
		show_help(model);
		return nothing;
	case ACTION_QUEUE:
		open_queue(model);
		return nothing;
	default:
		break;
	}
	if (context == CONTEXT_SURE)
		return sure_answer(model, action);
	if (context == CONTEXT_QUESTION || context == CONTEXT_CONFIRM)
		return update_question(model, action, now);
	switch (action) {
	case ACTION_ALLOW:
	case ACTION_DENY:
	case ACTION_ALLOW_ALWAYS:
	case ACTION_DENY_ALWAYS:
		return update_question(model, action, now);
	case ACTION_BACK:
		model_pop(model);
		return nothing;
	case ACTION_RULES:
		model_push(model, VIEW_RULES);
		return nothing;
	case ACTION_MESSAGES:
		model_push(model, VIEW_LOG);
		return nothing;
	case ACTION_OLDER:
		older_open(&model->older, model->event_list.text);
		model_push(model, VIEW_OLDER);
		return nothing;
	case ACTION_START:
		model_push(model, VIEW_START);
		/* Where there is nothing to choose from, it is typed at once. */
		if (model->servers.count == 0)
			prompt_open(model, PROMPT_COMMAND_LINE, "");
		return nothing;
	case ACTION_UP:
		top->move(model, -1);
		break;
	case ACTION_DOWN:
		top->move(model, 1);
		break;
	case ACTION_PAGE_UP:
		top->move(model, -page(model, top));
		break;
	case ACTION_PAGE_DOWN:
		top->move(model, page(model, top));
		break;
	case ACTION_TOP:
		top->move(model, -FAR);
		break;
	case ACTION_BOTTOM:
		top->move(model, FAR);
		break;
	default:
		break;
	}
	return top->act != NULL ? top->act(model, action, now) : nothing;
}

struct command update_key(struct model *model, int key, struct instant now)
{
	bool too_small = model_layout(model).size == LAYOUT_SENTENCE;
	enum context context = too_small ? CONTEXT_DASH : model_context(model);
	enum action action = action_find(context, key);

	model->now = now;
	if (context == CONTEXT_PROMPT && action != ACTION_REDRAW)
		return prompt_key(model, action, key);
	if (action == ACTION_NONE)
		return nothing;
	/* Nothing that a key could mean is on the screen. */
	if (too_small && action != ACTION_QUIT && action != ACTION_REDRAW)
		return nothing;
	/* Help and the queue, too, may have been typed for what was there before. */
	if ((context == CONTEXT_QUESTION || context == CONTEXT_CONFIRM) && !model_ready(model, now))
		return nothing;
	return update_action(model, action, now);
}
