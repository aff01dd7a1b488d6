/* SPDX-License-Identifier: MIT */
/* The dashboard: what its keys do. Which rows are listed is settled before each painting. */
#include "core/base/mem.h"
#include "tui/view.h"
#include "tui/views.h"

static const struct command nothing = { .type = COMMAND_NONE };

static bool in_events(const struct model *model)
{
	return model->pane == PANE_EVENTS;
}

static void pause_here(struct model *model)
{
	if (!model->follow)
		return;
	model->follow = false;
	model->paused_at = events_next(model->events);
}

static int dash_page(const struct model *model)
{
	struct layout layout = model_layout(model);

	return (in_events(model) ? layout.events.rows : layout.sessions.rows) - 1;
}

static void move_events(struct model *model, long by)
{
	if (model->shown.count == 0)
		return;
	list_move(&model->event_list, model->shown.count, by);
	pause_here(model);
	if (model->event_list.selected < model->shown.count)
		model->event_serial = model->shown.items[model->event_list.selected];
}

static void dash_move(struct model *model, long by)
{
	if (in_events(model)) {
		move_events(model, by);
		return;
	}
	list_move(&model->session_list, model->session_count, by);
	model->stale = true;
}

static void open_event(struct model *model)
{
	const struct logged_event *logged = model_selected_event(model);
	const struct asked *asked =
		logged != NULL ? questions_find(&model->questions, logged->event.id) : NULL;

	/* A question that waits is more than a row to look at. */
	if (asked != NULL && asked->held && !asked->sent)
		model_choose(model, asked->question.event.id);
	else if (logged != NULL)
		model_push(model, VIEW_EVENT);
}

static void open_selected(struct model *model)
{
	const struct tui_session *session = model_selected_session(model);

	if (in_events(model)) {
		if (model->shown.count > 0)
			open_event(model);
	} else if (session != NULL) {
		model->detail_session = session->number;
		model_push(model, VIEW_SESSION);
	}
}

static void clear_ended(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->session_count; i++) {
		struct tui_session *session = &model->sessions[i];

		if (session->ended && session->link == 0) {
			session_info_free(&session->info);
			if (model->session_list.selected > kept)
				model->session_list.selected--;
		} else {
			model->sessions[kept++] = *session;
		}
	}
	model->session_count = kept;
	if (kept == 0)
		model->only = false;
	model->stale = true;
}

static void toggle_pane(struct model *model)
{
	model->pane = in_events(model) ? PANE_SESSIONS : PANE_EVENTS;
}

static struct command dash_act(struct model *model, enum action action, struct instant now)
{
	(void)now;
	switch (action) {
	case ACTION_OPEN:
		open_selected(model);
		break;
	case ACTION_BOTTOM:
		if (in_events(model))
			model->follow = true;
		break;
	case ACTION_PANE:
		toggle_pane(model);
		break;
	case ACTION_FOLLOW:
		if (model->follow)
			pause_here(model);
		else
			model->follow = true;
		break;
	case ACTION_FILTER:
		model->filtering = true;
		break;
	case ACTION_VERDICTS:
		model->show = (model->show + 1) % SHOW_COUNT;
		model->stale = true;
		break;
	case ACTION_ONLY:
		model->only = !model->only;
		model->stale = true;
		break;
	case ACTION_CLEAR:
		clear_ended(model);
		break;
	default:
		break;
	}
	return nothing;
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

static void dash_settle(struct model *model)
{
	struct layout layout = model_layout(model);

	list_settle(&model->session_list, model->session_count, layout.sessions.rows - 1);
	settle_events(model, layout.events.rows - 1);
}

const struct view_ops view_dash_ops = {
	.context = CONTEXT_DASH,
	.box = BOX_ALWAYS,
	.settle = dash_settle,
	.draw = view_dash,
	.move = dash_move,
	.page = dash_page,
	.act = dash_act,
};
