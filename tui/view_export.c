/* SPDX-License-Identifier: MIT */
/* The review before a settings file is written: the changes, the reason of each, the text. */
#include <string.h>

#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"

#define FRAME_ROWS 5 /* title, summary, and three for the reason */

static const struct command nothing = { .type = COMMAND_NONE };

static int export_page(const struct model *model)
{
	return model_layout(model).body.rows - FRAME_ROWS;
}

static void export_settle(struct model *model)
{
	list_settle(&model->export.list, model->export.count, export_page(model));
}

static void export_move(struct model *model, long by)
{
	list_move(&model->export.list, model->export.count, by);
}

/* Entries of a list follow each other: the first one names it. */
static void draw_entry(struct cells *cells, const struct model *model, int row, size_t index,
		       bool first)
{
	const struct export_entry *entry = &model->export.items[index];
	static const char signs[] = {
		[EXPORT_SAME] = '=', [EXPORT_ADD] = '+', [EXPORT_REMOVE] = '-'
	};
	static const enum role roles[] = {
		[EXPORT_SAME] = ROLE_DIM, [EXPORT_ADD] = ROLE_ALLOW, [EXPORT_REMOVE] = ROLE_DENY
	};
	bool names = first || model->export.items[index - 1].list != entry->list;
	enum role role = entry->ticked || entry->change == EXPORT_SAME ? roles[entry->change]
								       : ROLE_DIM;
	_cleanup_free_ char *text = text_safe_path(entry->text, model->home, model->glyphs->ascii);
	char sign[2] = { signs[entry->change], '\0' };

	if (names)
		cells_put(cells, row, 1, 14, ROLE_TITLE, export_list_name(entry->list));
	if (entry->change != EXPORT_SAME)
		cells_put(cells, row, 16, 3, ROLE_KEY, entry->ticked ? "[x]" : "[ ]");
	cells_put(cells, row, 20, 1, role, sign);
	view_put_path(cells, model, row, 22, cells->cols - 23, role, text);
}

static void draw_summary(struct cells *cells, const struct model *model, int row)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *path = text_safe_path(review->path, model->home, model->glyphs->ascii);
	_cleanup_free_ char *text = NULL;
	size_t changes = 0;

	for (size_t i = 0; i < review->count; i++)
		changes += review->items[i].change != EXPORT_SAME;
	text = xasprintf(
		"%s %s: %zu change%s, %zu of them ticked; ticked + is added, ticked - goes",
		review->before != NULL ? "beside" : "new file", path, changes,
		changes == 1 ? "" : "s", export_review_ticked(review));
	view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_DIM, text);
}

static void draw_reason(struct cells *cells, const struct model *model, int row)
{
	const struct export_review *review = &model->export;
	const struct export_entry *entry = &review->items[review->list.selected];
	const char *raw = entry->why != NULL		   ? entry->why
			  : entry->change == EXPORT_REMOVE ? "nothing recorded needs it"
							   : "no reason is recorded";
	_cleanup_free_ char *why = text_safe(raw, model->glyphs->ascii);
	const char *rest = why;

	cells_put(cells, row, 1, 4, ROLE_DIM, "why");
	for (int i = 0; i < 2 && *rest != '\0'; i++) {
		size_t length = text_line(rest, cells->cols - 7);
		_cleanup_free_ char *line = xstrndup(rest, length);

		cells_put(cells, row + i, 6, cells->cols - 7, ROLE_TEXT, line);
		rest += length;
	}
}

static void export_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct export_review *review = &model->export;
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	_cleanup_free_ char *server = text_safe(review->server, model->glyphs->ascii);
	_cleanup_free_ char *title = xasprintf("settings that %s needs", server);
	int height = export_page(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER, title);
	view_position(cells, divider, review->list.top, height, review->count);
	if (review->trouble != NULL) {
		_cleanup_free_ char *why = text_safe(review->trouble, model->glyphs->ascii);
		const char *rest = why;

		for (int i = 0; i < 4 && *rest != '\0'; i++) {
			size_t length = text_line(rest, body.cols - 4);
			_cleanup_free_ char *line = xstrndup(rest, length);

			cells_put(cells, body.row + 2 + i, 2, body.cols - 4, ROLE_WARN, line);
			rest += length;
		}
		return;
	}
	if (!review->known) {
		cells_put(cells, body.row + 2, 2, body.cols - 4, ROLE_DIM, "Reading the history.");
		return;
	}
	draw_summary(cells, model, body.row + 1);
	for (int i = 0; i < height && review->list.top + (size_t)i < review->count; i++) {
		size_t index = review->list.top + (size_t)i;

		draw_entry(cells, model, body.row + 2 + i, index, i == 0);
		view_row(cells, model, body.row + 2 + i, index == review->list.selected, true);
	}
	if (review->count == 0)
		cells_put(cells, body.row + 3, 2, body.cols - 4, ROLE_DIM,
			  "It needs nothing beyond what every server may.");
	else
		draw_reason(cells, model, body.row + body.rows - 2);
}

static struct command ask_to_write(struct model *model)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *path = NULL;

	if (!review->known)
		return nothing;
	path = text_safe_path(review->path, model->home, model->glyphs->ascii);
	sure_ask(model, xasprintf("%s %s?", review->before != NULL ? "Change" : "Write", path),
		 (struct command){ .type = COMMAND_EXPORT_WRITE });
	return nothing;
}

static struct command export_act(struct model *model, enum action action, struct instant now)
{
	struct export_review *review = &model->export;

	(void)now;
	switch (action) {
	case ACTION_TICK:
		if (review->list.selected < review->count &&
		    review->items[review->list.selected].change != EXPORT_SAME)
			review->items[review->list.selected].ticked =
				!review->items[review->list.selected].ticked;
		export_move(model, 1);
		break;
	case ACTION_FILE:
		prompt_open(model, PROMPT_EXPORT_FILE, review->path);
		break;
	case ACTION_TEXT:
		model_push(model, VIEW_EXPORT_TEXT);
		break;
	case ACTION_WRITE:
		return ask_to_write(model);
	default:
		break;
	}
	return nothing;
}

static void export_click(struct model *model, int row)
{
	const struct list *list = &model->export.list;
	long at = (long)list->top + row - model_layout(model).body.row - 2;

	if (at >= (long)list->top && (size_t)at < model->export.count)
		model->export.list.selected = (size_t)at;
}

const struct view_ops view_export_ops = {
	.context = CONTEXT_EXPORT,
	.box = BOX_ALWAYS,
	.settle = export_settle,
	.draw = export_draw,
	.move = export_move,
	.click = export_click,
	.page = export_page,
	.act = export_act,
};

static const char *export_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct export_review *review = &model->export;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };
	char *line, *rest;

	lines->label_cols = 0;
	if (export_review_text(review, &text, &e) < 0) {
		lines_add_wrapped(lines, NULL, ROLE_WARN, e.message, ROLE_WARN, cols);
		return "settings file";
	}
	for (line = strtok_r(text.data, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		_cleanup_free_ char *safe = text_safe(line, model->glyphs->ascii);

		lines_add_text(lines, ROLE_TEXT, safe);
	}
	for (size_t i = 0; i < review->notes.count; i++) {
		_cleanup_free_ char *safe = text_safe(review->notes.items[i], model->glyphs->ascii);

		if (i == 0)
			lines_add_heading(lines, "What the file cannot say");
		lines_add_wrapped(lines, NULL, ROLE_WARN, safe, ROLE_WARN, cols);
	}
	return "settings file";
}

const struct view_ops view_export_text_ops = { TEXT_VIEW(CONTEXT_DETAIL, export_lines),
					       .box = BOX_ALWAYS };
