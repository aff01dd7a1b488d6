/* SPDX-License-Identifier: MIT */
/*
 * Before each painting: which question is in front, which rows are listed, and every
 * selection inside its list. Selections are kept by name (serial number, id) and looked up
 * here, so that what arrives or leaves in between never moves them to something else.
 */
#include <string.h>

#include "core/base/mem.h"
#include "tui/views.h"
#include "tui/words.h"

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
	if (model->prompt.kind != PROMPT_NONE)
		return;
	for (size_t i = 0; i < model->questions.count; i++) {
		const struct asked *asked = &model->questions.items[i];

		if (asked->held && !asked->later && !asked->sent) {
			model->box.id = xstrdup(asked->question.event.id);
			model_begin_box(model);
			return;
		}
	}
}

/* Looked for once for each scope, not at every painting. */
static void settle_also(struct model *model)
{
	const struct asked *asked = model_box_question(model);

	if (asked == NULL || (model->box.also != NULL && model->box.also_scope == model->box.scope))
		return;
	free(model->box.also);
	model->box.also = words_also(model, asked, model->box.scope);
	model->box.also_scope = model->box.scope;
}

void model_settle(struct model *model)
{
	settle_box(model);
	settle_also(model);
	/* The dashboard is below every other view, and the queue is counted on it. */
	for (int view = 0; view < VIEW_COUNT; view++)
		if (view_ops((enum view)view)->lines == NULL)
			view_ops((enum view)view)->settle(model);
	if (view_top(model)->lines != NULL)
		view_top(model)->settle(model);
}
