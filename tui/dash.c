/* SPDX-License-Identifier: MIT */
/* The dashboard: what its keys do. Which rows are listed is settled before each painting. */
#include "core/base/mem.h"
#include "tui/ports.h"
#include "tui/prompt.h"
#include "tui/session_acts.h"
#include "tui/view.h"
#include "tui/views.h"

static const struct command nothing = { .type = COMMAND_NONE };

static bool in_events(const struct model *model)
{
	return model->pane == PANE_EVENTS;
}

static int dash_page(const struct model *model)
{
	struct layout layout = model_layout(model);

	return (in_events(model) ? layout.events.rows : layout.sessions.rows) - 1;
}

static void dash_move(struct model *model, long by)
{
	if (in_events(model)) {
		event_list_move(model, by);
		return;
	}
	session_list_move(model, by);
}

/* Sessions differ in height where their processes are shown. */
static void click_session(struct model *model, int row)
{
	size_t index = model->session_list.top;

	while (row > 0 && index < model->session_count) {
		_cleanup_free_ struct process_row *rows = NULL;
		const struct tui_session *session = session_list_at(model, index);

		row--;
		if (model->tree && !session->ended)
			row -= (int)processes_tree(&model->processes, session->info.child, &rows);
		if (row >= 0)
			index++;
	}
	if (index < model->session_count)
		session_list_select(model, index);
}

static void dash_click(struct model *model, int row)
{
	struct layout layout = model_layout(model);
	int at = row - (in_events(model) ? layout.events.row : layout.sessions.row) - 1;
	size_t index = model->event_list.list.top + (size_t)at;

	if (at < 0)
		return;
	if (!in_events(model))
		click_session(model, at);
	else if (index < event_list_count(model))
		event_list_move(model, (long)index - (long)model->event_list.list.selected);
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
		if (event_list_count(model) > 0)
			open_event(model);
	} else if (session != NULL) {
		model->detail_session = session->number;
		model->output_known = model->output_paused = false;
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
		} else {
			model->sessions[kept++] = *session;
		}
	}
	model->session_count = kept;
	if (kept == 0)
		model->event_list.only = false;
	model->event_list.stale = true;
}

static void toggle_pane(struct model *model)
{
	model->pane = in_events(model) ? PANE_SESSIONS : PANE_EVENTS;
}

static void find_next(struct model *model, bool forward, struct instant now)
{
	const char *text = model->event_list.find;

	if (text[0] == '\0')
		prompt_open(model, PROMPT_FIND, "");
	else if (!(in_events(model) ? event_list_find(model, forward, false)
				    : session_list_find(model, text, forward, false)))
		model_notice(model, now, ROLE_WARN, xstrdup("Nothing listed holds that text."));
}

/* Of the pane with the focus. */
static void next_order(struct model *model)
{
	if (in_events(model))
		event_list_set_order(model, (model->event_list.order + 1) % ORDER_ORDERS);
	else
		model->session_order = (model->session_order + 1) % SESSION_ORDERS;
}

static struct command dash_act(struct model *model, enum action action, struct instant now)
{
	struct event_list *list = &model->event_list;

	switch (action) {
	case ACTION_OPEN:
		open_selected(model);
		break;
	case ACTION_BOTTOM:
		if (in_events(model))
			list->follow = true;
		break;
	case ACTION_PANE:
		toggle_pane(model);
		break;
	case ACTION_FOLLOW:
		event_list_follow(model, !list->follow);
		break;
	case ACTION_FIND:
		prompt_open(model, PROMPT_FIND, "");
		break;
	case ACTION_FIND_NEXT:
	case ACTION_FIND_PREVIOUS:
		find_next(model, action == ACTION_FIND_NEXT, now);
		break;
	case ACTION_FILTER:
		prompt_open(model, PROMPT_FILTER, list->text);
		break;
	case ACTION_SORT:
		next_order(model);
		break;
	case ACTION_TREE:
		model->tree = !model->tree;
		break;
	case ACTION_STOP:
		session_stop(model, model_selected_session(model));
		break;
	case ACTION_RESTART:
		return session_restart(model, model_selected_session(model));
	case ACTION_EXPORT:
		session_export(model, model_selected_session(model));
		break;
	case ACTION_LAYER:
		session_layer(model, model_selected_session(model), NULL);
		break;
	case ACTION_PUBLISH:
		ports_publish(model, model_selected_session(model));
		break;
	case ACTION_VERDICTS:
		list->show = (list->show + 1) % SHOW_COUNT;
		list->stale = true;
		break;
	case ACTION_ONLY:
		list->only = !list->only;
		list->stale = true;
		break;
	case ACTION_CLEAR:
		clear_ended(model);
		break;
	default:
		break;
	}
	return nothing;
}

/* Rows differ in height: the selected session has to be inside, with what is below it. */
static void settle_tree(struct model *model, int height)
{
	struct list *list = &model->session_list;
	int used = 0;

	for (size_t i = list->selected + 1; i-- > list->top;) {
		_cleanup_free_ struct process_row *rows = NULL;
		const struct tui_session *session;

		if (i >= model->session_count)
			continue;
		session = session_list_at(model, i);
		used += 1;
		if (!session->ended)
			used += (int)processes_tree(&model->processes, session->info.child, &rows);
		if (used > height && i < list->selected) {
			list->top = i + 1;
			return;
		}
	}
}

static void dash_settle(struct model *model)
{
	struct layout layout = model_layout(model);

	session_list_settle(model, layout.sessions.rows - 1);
	if (model->tree)
		settle_tree(model, layout.sessions.rows - 1);
	event_list_settle(model, layout.events.rows - 1);
}

const struct view_ops view_dash_ops = {
	.context = CONTEXT_DASH,
	.box = BOX_ALWAYS,
	.settle = dash_settle,
	.draw = view_dash,
	.move = dash_move,
	.click = dash_click,
	.page = dash_page,
	.act = dash_act,
};
