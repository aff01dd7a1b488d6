/* SPDX-License-Identifier: MIT */
/* Older events, from the database. */
#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"
#include "tui/words.h"

#define FRAME_ROWS 2 /* title and column names */

static int older_page_rows(const struct model *model)
{
	return model_layout(model).body.rows - FRAME_ROWS;
}

static void older_settle(struct model *model)
{
	list_settle(&model->older.list, model->older.count, older_page_rows(model));
}

static void older_moved(struct model *model, long by)
{
	older_move(&model->older, by);
}

static void draw_row(struct cells *cells, const struct model *model, int row,
		     const struct access_event *event)
{
	bool narrow = cells->cols < 60;
	char letter[2] = { words_letter(event->verdict), '\0' };
	_cleanup_free_ char *server = text_safe(event->server, model->glyphs->ascii);
	_cleanup_free_ char *object = words_object(model, event);
	_cleanup_buf_ struct buf date = BUF_EMPTY, times = BUF_EMPTY;
	int col = 1, room;

	text_date(&date, event->time_ms);
	cells_put(cells, row, col, 19, ROLE_TEXT, buf_text(&date));
	col += 20;
	if (!narrow) {
		view_put_cut(cells, model, row, col, 12, ROLE_DIM, server);
		col += 13;
	}
	cells_put(cells, row, col, 1, words_role(event->verdict), letter);
	cells_put(cells, row, col + 2, 7, ROLE_TEXT, access_kind_name(event->kind));
	col += 10;
	room = cells->cols - col - 8;
	view_put_path(cells, model, row, col, room,
		      event->verdict == VERDICT_ALLOW ? ROLE_TEXT : words_role(event->verdict),
		      object);
	if (event->count > 1) {
		buf_adds(&times, "x");
		text_count(&times, event->count);
		cells_put_right(cells, row, col + room + 1, 6, ROLE_TEXT, buf_text(&times));
	}
}

static char *title_words(const struct model *model)
{
	const struct older *older = &model->older;
	_cleanup_free_ char *filter = text_safe(older->text, model->glyphs->ascii);

	if (filter[0] == '\0')
		return xasprintf("older events, page %zu", older->page + 1);
	return xasprintf("older events [%s], page %zu", filter, older->page + 1);
}

/* In the place of rows. Caller frees. */
static char *empty_words(const struct older *older)
{
	_cleanup_buf_ struct buf looked = BUF_EMPTY;

	text_count(&looked, (uint64_t)older->looked);
	if (older->wanted && older->looked > 0)
		return xasprintf("Looking through the history: %s so far, %zu match.",
				 buf_text(&looked), older->count);
	if (older->wanted || !older->known)
		return xstrdup("Reading the history.");
	if (filter_is_empty(older->filter))
		return xstrdup("Nothing is recorded yet.");
	return xasprintf("Nothing matches%s; \\ changes the filter.",
			 older->at_end ? "" : " in the last 500K: Up looks further back");
}

static void older_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct older *older = &model->older;
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	_cleanup_free_ char *title = title_words(model);
	int height = older_page_rows(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER, title);
	view_position(cells, divider, older->list.top, height, older->count);
	cells_fill(cells, (struct area){ .row = body.row + 1, .rows = 1, .cols = cells->cols },
		   ROLE_HEADER, " ");
	cells_put(cells, body.row + 1, 1, cells->cols, ROLE_HEADER,
		  cells->cols < 60 ? "TIME                V KIND    OBJECT"
				   : "TIME                SERVER       V KIND    OBJECT");
	if (older->count == 0 || older->wanted) {
		_cleanup_free_ char *said = empty_words(older);

		view_put_cut(cells, model, body.row + 3, 2, body.cols - 4, ROLE_DIM, said);
	}
	if (older->trouble != NULL) {
		_cleanup_free_ char *why = text_safe(older->trouble, model->glyphs->ascii);

		view_put_cut(cells, model, body.row + 3, 2, body.cols - 4, ROLE_WARN, why);
	}
	for (int i = 0; !older->wanted && i < height && older->list.top + (size_t)i < older->count; i++) {
		size_t index = older->list.top + (size_t)i;

		draw_row(cells, model, body.row + 2 + i, &older->items[index].event);
		view_row(cells, model, body.row + 2 + i, index == older->list.selected, true);
	}
}

static void older_click(struct model *model, int row)
{
	const struct list *list = &model->older.list;
	long at = (long)list->top + row - model_layout(model).body.row - 2;

	if (at >= (long)list->top && (size_t)at < model->older.count)
		model->older.list.selected = (size_t)at;
}

static struct command older_act(struct model *model, enum action action, struct instant now)
{
	(void)now;
	if (action == ACTION_FILTER)
		prompt_open(model, PROMPT_FILTER, model->event_list.text);
	return (struct command){ .type = COMMAND_NONE };
}

const struct view_ops view_older_ops = {
	.context = CONTEXT_OLDER,
	.box = BOX_ALWAYS,
	.settle = older_settle,
	.draw = older_draw,
	.move = older_moved,
	.click = older_click,
	.page = older_page_rows,
	.act = older_act,
};
