/* SPDX-License-Identifier: MIT */
/* What is on every screen: the title above, the status line and the keys below. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/key.h"
#include "tui/prompt.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

#define METER_COLS 16

static int put(struct cells *cells, int col, int limit, enum role role, const char *text)
{
	return col < limit ? col + cells_put(cells, 0, col, limit - col, role, text) : col;
}

/* "allow [|||||     ] 58/min", the bar on a logarithmic scale so that few are seen among many. */
static int put_meter(struct cells *cells, const struct model *model, int col, int limit,
		     const char *name, enum role role, uint64_t per_minute)
{
	_cleanup_buf_ struct buf number = BUF_EMPTY;
	int filled = 0;

	for (uint64_t n = per_minute; n > 0 && filled < METER_COLS; n /= 2)
		filled++;
	text_count(&number, per_minute);
	buf_adds(&number, "/min");
	if (col + METER_COLS + 20 > limit)
		return col;
	col = put(cells, col, limit, ROLE_TEXT, name);
	col = put(cells, col, limit, ROLE_DIM, " [");
	for (int i = 0; i < METER_COLS; i++)
		col = put(cells, col, limit, role,
			  i < filled ? model->glyphs->full : model->glyphs->empty);
	col = put(cells, col, limit, ROLE_DIM, "] ");
	return put(cells, col, limit, ROLE_TEXT, buf_text(&number)) + 3;
}

void view_title(struct cells *cells, const struct model *model, int64_t now_ms)
{
	size_t held = questions_held(&model->questions), running = 0;
	uint64_t denied = rate_sum(&model->denied, now_ms);
	_cleanup_buf_ struct buf clock = BUF_EMPTY;
	_cleanup_free_ char *count = NULL, *asking = NULL, *rate = NULL;
	int limit = cells->cols, col;

	for (size_t i = 0; i < model->session_count; i++)
		running += !model->sessions[i].ended;
	count = xasprintf("  %zu session%s", running, running == 1 ? "" : "s");
	asking = xasprintf(" %zu ASKING ", held);
	rate = xasprintf("  %" PRIu64 " denied/min", denied);
	/* The clock stands still where nothing runs, so it is not shown there. */
	if (running > 0) {
		text_time(&clock, now_ms, false);
		limit = cells->cols - 10;
		cells_put(cells, 0, limit + 1, 8, ROLE_TEXT, buf_text(&clock));
	}
	col = put(cells, 1, limit, ROLE_TITLE, "srt-top");
	/* On a narrow screen what waits is told before what runs. */
	if (held == 0 || cells->cols >= 50)
		col = put(cells, col, limit, ROLE_TEXT, count);
	if (held > 0)
		col = put(cells, col + 2, limit, ROLE_FOCUS, asking);
	if (model_layout(model).size == LAYOUT_WIDE && running > 0) {
		uint64_t allowed = rate_sum(&model->allowed, now_ms);

		col = put_meter(cells, model, col + 3, limit, "allow", ROLE_ALLOW, allowed);
		put_meter(cells, model, col, limit, "deny", ROLE_DENY, denied);
	} else if (running > 0 && col + text_width(rate) <= limit) {
		put(cells, col, limit, denied > 0 ? ROLE_DENY : ROLE_DIM, rate);
	}
}

static void status_event(struct cells *cells, const struct model *model, int row)
{
	const struct logged_event *logged = model_selected_event(model);
	_cleanup_free_ char *process = NULL, *object = NULL, *head = NULL;
	char letter[2] = "";
	int col;

	if (logged == NULL || event_list_count(model) == 0)
		return;
	process = words_process(model, &logged->event);
	object = words_object(model, &logged->event);
	head = xasprintf(" %s %s ", process, access_kind_name(logged->event.kind));
	letter[0] = words_letter(logged->event.verdict);
	cells_put(cells, row, 1, 1, words_role(logged->event.verdict), letter);
	col = 2 + cells_put(cells, row, 2, cells->cols / 2, ROLE_DIM, head);
	view_put_path(cells, model, row, col, cells->cols - col - 1, ROLE_TEXT, object);
}

/* The end of what is typed stays in sight. */
static void status_prompt(struct cells *cells, const struct model *model, int row)
{
	const char *mistake = model->event_list.mistake;
	_cleanup_free_ char *typed = text_safe(model->prompt.text, model->glyphs->ascii);
	int col = 1 + cells_put(cells, row, 1, cells->cols - 1, ROLE_KEY,
				prompt_label(&model->prompt));
	int room = cells->cols - col - 2, width = text_width(typed);
	const char *from = typed;

	if (width > room)
		from += text_fit(typed, width - room, NULL);
	col += cells_put(cells, row, col, room, ROLE_TITLE, from);
	cells->cursor_row = row;
	cells->cursor_col = col;
	cells->cursor_shown = true;
	if (model->prompt.kind == PROMPT_FILTER && mistake != NULL)
		view_put_cut(cells, model, row, col + 3, cells->cols - col - 4, ROLE_WARN, mistake);
}

void view_status(struct cells *cells, const struct model *model)
{
	size_t held = questions_held(&model->questions);
	int row = model_layout(model).status.row;
	_cleanup_free_ char *text = NULL;

	if (model->prompt.kind != PROMPT_NONE) {
		status_prompt(cells, model, row);
	} else if (model->sure.question != NULL) {
		text = xasprintf("%s  y: yes, Esc: no", model->sure.question);
		view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_ASK, text);
	} else if (model->notice.text != NULL) {
		view_put_cut(cells, model, row, 1, cells->cols - 2, model->notice.role,
			     model->notice.text);
	} else if (held > 0 && !model_box_visible(model)) {
		const char *how = model_view(model) == VIEW_QUEUE ? "Enter opens it"
				  : model_view(model) == VIEW_HELP ||
						  model_view(model) == VIEW_QUESTION
					  ? "Esc goes back to it"
					  : "p opens the queue";

		text = xasprintf("? %zu question%s wait%s: %s", held, held == 1 ? "" : "s",
				 held == 1 ? "s" : "", how);
		cells_put(cells, row, 1, cells->cols - 2, ROLE_ASK, text);
	} else if (model_view(model) == VIEW_DASH && model->session_count > 0 &&
		   model_layout(model).size != LAYOUT_WIDE && !model_box_visible(model)) {
		status_event(cells, model, row);
	} else if (view_top(model)->hint != NULL && view_top(model)->hint(model) != NULL) {
		view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_DIM,
			     view_top(model)->hint(model));
	}
}

static bool in_footer(const struct action_row *row, enum context context)
{
	return (row->contexts & (1u << context)) != 0 && row->bar != NULL;
}

static int item_cols(const struct action_row *row)
{
	_cleanup_buf_ struct buf key = BUF_EMPTY;

	action_key_name(&key, row->keys[0]);
	return text_width(buf_text(&key)) + text_width(row->bar) + 1;
}

/* Calls `each` for what fits; the last one, how to leave, keeps its place on a narrow screen. */
static void walk_footer(const struct model *model, int cols,
			void (*each)(void *arg, const struct action_row *row, int col, int width),
			void *arg)
{
	enum context context = model_context(model);
	const struct action_row *row;
	size_t last = 0;
	int col = 0, reserved = 0;

	for (size_t i = 0; (row = action_row(i)) != NULL; i++)
		if (in_footer(row, context)) {
			reserved = item_cols(row);
			last = i;
		}
	for (size_t i = 0; (row = action_row(i)) != NULL; i++) {
		if (!in_footer(row, context) ||
		    col + item_cols(row) + (i == last ? 0 : reserved) > cols)
			continue;
		each(arg, row, col, item_cols(row));
		col += item_cols(row);
	}
}

struct footer_paint {
	struct cells *cells;
	const struct model *model;
	int row;
};

static void paint_item(void *arg, const struct action_row *row, int col, int width)
{
	const struct footer_paint *paint = arg;
	bool paused = row->action == ACTION_FOLLOW && !paint->model->event_list.follow;
	_cleanup_free_ char *label = xasprintf("%s ", paused ? "Follow" : row->bar);
	_cleanup_buf_ struct buf key = BUF_EMPTY;
	int used;

	action_key_name(&key, row->keys[0]);
	used = cells_put(paint->cells, paint->row, col, width, ROLE_KEY, buf_text(&key));
	cells_put(paint->cells, paint->row, col + used, width - used, ROLE_BAR, label);
}

void view_footer(struct cells *cells, const struct model *model)
{
	struct area footer = model_layout(model).footer;
	struct footer_paint paint = { .cells = cells, .model = model, .row = footer.row };

	cells_fill(cells, footer, ROLE_BAR, " ");
	walk_footer(model, footer.cols, paint_item, &paint);
}

struct footer_find {
	int col;
	const struct action_row *found;
};

static void find_item(void *arg, const struct action_row *row, int col, int width)
{
	struct footer_find *find = arg;

	if (find->col >= col && find->col < col + width)
		find->found = row;
}

const struct action_row *view_footer_at(const struct model *model, int col)
{
	struct footer_find find = { .col = col };

	walk_footer(model, model_layout(model).footer.cols, find_item, &find);
	return find.found;
}
