/* SPDX-License-Identifier: MIT */
#include "tui/update.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/key.h"
#include "tui/text.h"

static const struct command nothing = { .type = COMMAND_NONE };

void command_free(struct command *command)
{
	free(command->id);
	command->id = NULL;
}

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

static int page(const struct model *model)
{
	struct layout layout = model_layout(model);
	int rows = layout.body.rows - 1;

	switch (model_context(model)) {
	case CONTEXT_DASH:
		rows = (in_events(model) ? layout.events.rows : layout.sessions.rows) - 1;
		break;
	case CONTEXT_QUEUE:
		rows = layout.body.rows - QUEUE_FRAME_ROWS;
		break;
	default:
		break;
	}
	return rows > 1 ? rows : 1;
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

static void move_queue(struct model *model, long by)
{
	_cleanup_free_ size_t *order = questions_order(&model->questions);
	struct list *list = &model->queue_list;

	list_move(list, model->questions.count, by);
	free(steal_ptr(&model->queue_id));
	if (list->selected < model->questions.count)
		model->queue_id = xstrdup(
			model->questions.items[order[list->selected]].question.event.id);
	model->moved = true;
}

static void move(struct model *model, long by)
{
	switch (model_context(model)) {
	case CONTEXT_DASH:
		if (in_events(model)) {
			move_events(model, by);
		} else {
			list_move(&model->session_list, model->session_count, by);
			model->stale = true;
		}
		break;
	case CONTEXT_QUEUE:
		move_queue(model, by);
		break;
	default:
		/* Text scrolls; model_settle() keeps it inside. */
		if (by < 0 && (size_t)-by > model->detail_list.top)
			model->detail_list.top = 0;
		else
			model->detail_list.top += (size_t)by;
	}
}

static void go_to_end(struct model *model, bool bottom)
{
	move(model, bottom ? 1L << 30 : -(1L << 30));
	if (bottom && model_context(model) == CONTEXT_DASH && in_events(model))
		model->follow = true;
}

static void open_selected(struct model *model)
{
	const struct tui_session *session = model_selected_session(model);

	if (model_context(model) == CONTEXT_QUEUE) {
		if (model->queue_id != NULL)
			model_choose(model, model->queue_id);
	} else if (!in_events(model)) {
		if (session == NULL)
			return;
		model->detail_session = session->number;
		model_push(model, VIEW_SESSION);
	} else if (model->shown.count > 0) {
		const struct logged_event *logged = model_selected_event(model);
		const struct asked *asked =
			logged != NULL ? questions_find(&model->questions, logged->event.id) : NULL;

		/* A question that waits is more than a row to look at. */
		if (asked != NULL && asked->held && !asked->sent)
			model_choose(model, asked->question.event.id);
		else if (logged != NULL)
			model_push(model, VIEW_EVENT);
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

static void help(struct model *model)
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

static void toggle_pane(struct model *model)
{
	model->pane = in_events(model) ? PANE_SESSIONS : PANE_EVENTS;
}

static struct command update_dash(struct model *model, enum action action)
{
	switch (action) {
	case ACTION_OPEN:
		open_selected(model);
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

static struct command update_action(struct model *model, enum action action, struct instant now)
{
	enum context context = model_context(model);

	switch (action) {
	case ACTION_QUIT:
		return (struct command){ .type = COMMAND_QUIT };
	case ACTION_REDRAW:
		return (struct command){ .type = COMMAND_REDRAW };
	case ACTION_HELP:
		help(model);
		return nothing;
	case ACTION_QUEUE:
		open_queue(model);
		return nothing;
	default:
		break;
	}
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
		break;
	case ACTION_UP:
		move(model, -1);
		break;
	case ACTION_DOWN:
		move(model, 1);
		break;
	case ACTION_PAGE_UP:
		move(model, -page(model));
		break;
	case ACTION_PAGE_DOWN:
		move(model, page(model));
		break;
	case ACTION_TOP:
		go_to_end(model, false);
		break;
	case ACTION_BOTTOM:
		go_to_end(model, true);
		break;
	default:
		return update_dash(model, action);
	}
	return nothing;
}

/* Removes the last character, however many bytes it has. */
static void erase(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
		;
	text[length] = '\0';
}

static void type(struct model *model, enum action action, int key)
{
	_cleanup_buf_ struct buf typed = BUF_EMPTY;

	model->stale = true;
	switch (action) {
	case ACTION_ACCEPT:
		model->filtering = false;
		return;
	case ACTION_BACK:
		model->filtering = false;
		model->filter[0] = '\0';
		return;
	case ACTION_ERASE:
		erase(model->filter);
		return;
	default:
		break;
	}
	if (key <= 0 || key >= TUI_KEY_UP || text_code_width((uint32_t)key) < 1)
		return;
	text_encode(&typed, (uint32_t)key);
	if (strlen(model->filter) + typed.length <= FILTER_MOST)
		strcat(model->filter, typed.data);
}

struct command update_key(struct model *model, int key, struct instant now)
{
	bool too_small = model_layout(model).size == LAYOUT_SENTENCE;
	enum context context = too_small ? CONTEXT_DASH : model_context(model);
	enum action action = action_find(context, key);

	if (context == CONTEXT_FILTER && action != ACTION_REDRAW) {
		type(model, action, key);
		return nothing;
	}
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
