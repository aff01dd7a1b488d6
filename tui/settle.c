/* SPDX-License-Identifier: MIT */
/*
 * Before each painting: which question is in front, which rows are listed, and every
 * selection inside its list. Selections are kept by name (serial number, id) and looked up
 * here, so that what arrives or leaves in between never moves them to something else.
 */
#include <string.h>

#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/model.h"

static bool may_be_in_front(const struct model *model, const struct asked *asked)
{
	if (asked == NULL || asked->sent)
		return false;
	return model->box.chosen || (asked->held && !asked->later);
}

static void settle_box(struct model *model)
{
	if (model->box.id != NULL) {
		const struct asked *front = model_box_question(model);

		if (may_be_in_front(model, front)) {
			if (!question_keeps(&front->question, model->box.keep))
				model->box.keep = DURATION_SESSION;
			return;
		}
		model_close_box(model);
		if (model_view(model) == VIEW_QUESTION)
			model_pop(model);
	}
	if (model->filtering)
		return;
	for (size_t i = 0; i < model->questions.count; i++) {
		const struct asked *asked = &model->questions.items[i];

		if (asked->held && !asked->later && !asked->sent) {
			model->box.id = xstrdup(asked->question.event.id);
			return;
		}
	}
}

static void settle_events(struct model *model, int height)
{
	const struct tui_session *session = model_selected_session(model);
	struct event_filter filter = {
		.session = model->only && session != NULL ? session->number : 0,
		.verdicts = { [VERDICT_ALLOW] = model->show != SHOW_REFUSED,
			      [VERDICT_DENY] = model->show != SHOW_ALLOWED,
			      [VERDICT_ASK] = model->show != SHOW_ALLOWED },
		.text = model->filter,
	};
	struct serials *shown = &model->shown;
	struct list *list = &model->event_list;

	if (model->stale)
		events_select(model->events, &filter, shown);
	model->stale = false;
	if (model->follow && shown->count > 0)
		list->selected = shown->count - 1;
	else
		list->selected = serials_lower(shown, model->event_serial);
	list->top = serials_lower(shown, model->event_top);
	list_settle(list, shown->count, height);
	if (shown->count == 0)
		return;
	/* The event in the detail view stays, even where the filter would hide it. */
	if (model_view(model) != VIEW_EVENT || model_selected_event(model) == NULL)
		model->event_serial = shown->items[list->selected];
	model->event_top = shown->items[list->top];
}

static void settle_queue(struct model *model, int height)
{
	_cleanup_free_ size_t *order = questions_order(&model->questions);
	struct list *list = &model->queue_list;
	size_t count = model->questions.count;

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

void model_settle(struct model *model)
{
	struct layout layout = model_layout(model);

	settle_box(model);
	list_settle(&model->session_list, model->session_count, layout.sessions.rows - 1);
	settle_events(model, layout.events.rows - 1);
	settle_queue(model, layout.body.rows - QUEUE_FRAME_ROWS);
	detail_settle(model, layout.body.rows - 1);
}
