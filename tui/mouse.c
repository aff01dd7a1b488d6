/* SPDX-License-Identifier: MIT */
#include "tui/mouse.h"

#include "tui/view.h"
#include "tui/views.h"

#define WHEEL_ROWS 3

static const struct command nothing = { .type = COMMAND_NONE };

static bool inside(struct area area, int row)
{
	return row >= area.row && row < area.row + area.rows;
}

/* What a click must never do, however it came about. */
static bool answers(enum action action)
{
	switch (action) {
	case ACTION_ALLOW:
	case ACTION_DENY:
	case ACTION_ALLOW_ALWAYS:
	case ACTION_DENY_ALWAYS:
	case ACTION_DEFAULT:
	case ACTION_YES:
		return true;
	default:
		return false;
	}
}

static struct command click_footer(struct model *model, int col, struct instant now)
{
	const struct action_row *row = view_footer_at(model, col);

	if (row == NULL || answers(row->action))
		return nothing;
	return update_key(model, row->keys[0], now);
}

struct command update_mouse(struct model *model, struct mouse mouse, struct instant now)
{
	struct layout layout = model_layout(model);
	const struct view_ops *top = view_top(model);
	enum context context = model_context(model);

	model->now = now;
	if (layout.size == LAYOUT_SENTENCE)
		return nothing;
	if (mouse.type == MOUSE_CLICK && inside(layout.footer, mouse.row))
		return click_footer(model, mouse.col, now);
	/* A box, a question back or a line that is typed stands in front. */
	if (context != top->context)
		return nothing;
	if (model_view(model) == VIEW_DASH)
		model->pane = inside(layout.sessions, mouse.row) ? PANE_SESSIONS : PANE_EVENTS;
	if (mouse.type == MOUSE_CLICK) {
		if (top->click != NULL)
			top->click(model, mouse.row);
	} else {
		top->move(model, mouse.type == MOUSE_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
	}
	return nothing;
}
