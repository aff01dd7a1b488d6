/* SPDX-License-Identifier: MIT */
/* The queue of questions: its selection is kept by id, so that what arrives never moves it. */
#include <string.h>

#include "core/base/mem.h"
#include "tui/view.h"
#include "tui/views.h"

static int queue_page(const struct model *model)
{
	return model_layout(model).body.rows - QUEUE_FRAME_ROWS;
}

static void queue_move(struct model *model, long by)
{
	_cleanup_free_ size_t *order = questions_order(&model->questions);
	struct list *list = &model->queue_list;

	list_move(list, model->questions.count, by);
	free(steal_ptr(&model->queue_id));
	if (list->selected < model->questions.count)
		model->queue_id =
			xstrdup(model->questions.items[order[list->selected]].question.event.id);
	model->moved = true;
}

static void queue_settle(struct model *model)
{
	_cleanup_free_ size_t *order = questions_order(&model->questions);
	struct list *list = &model->queue_list;
	size_t count = model->questions.count;
	int height = queue_page(model);

	for (size_t i = 0; i < count; i++)
		if (model->queue_id != NULL &&
		    strcmp(model->questions.items[order[i]].question.event.id, model->queue_id) ==
			    0)
			list->selected = i;
	list_settle(list, count, height);
	free(steal_ptr(&model->queue_id));
	if (count > 0)
		model->queue_id =
			xstrdup(model->questions.items[order[list->selected]].question.event.id);
}

static struct command queue_act(struct model *model, enum action action, struct instant now)
{
	(void)now;
	if (action == ACTION_OPEN && model->queue_id != NULL)
		model_choose(model, model->queue_id);
	return (struct command){ .type = COMMAND_NONE };
}

static void queue_click(struct model *model, int row)
{
	const struct list *list = &model->queue_list;
	long at = (long)list->top + row - model_layout(model).body.row - 2;

	if (at < (long)list->top || (size_t)at >= model->questions.count)
		return;
	queue_move(model, at - (long)list->selected);
	/* A click is no look: the keys that answer are guarded anew. */
	model->moved = false;
}

const struct view_ops view_queue_ops = {
	.context = CONTEXT_QUEUE,
	.box = BOX_CHOSEN,
	.settle = queue_settle,
	.draw = view_queue,
	.move = queue_move,
	.click = queue_click,
	.page = queue_page,
	.act = queue_act,
};
