/* SPDX-License-Identifier: MIT */
#include "tui/view.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/text.h"
#include "tui/views.h"

void view_put_cut(struct cells *cells, const struct model *model, int row, int col, int width,
		  enum role role, const char *text)
{
	_cleanup_buf_ struct buf cut = BUF_EMPTY;

	text_cut(&cut, text, width, model->glyphs->ellipsis);
	cells_put(cells, row, col, width, role, buf_text(&cut));
}

void view_put_path(struct cells *cells, const struct model *model, int row, int col, int width,
		   enum role role, const char *text)
{
	_cleanup_buf_ struct buf cut = BUF_EMPTY;

	text_cut_middle(&cut, text, width, model->glyphs->ellipsis);
	cells_put(cells, row, col, width, role, buf_text(&cut));
}

int view_divider(struct cells *cells, const struct model *model, struct area area, enum role role,
		 const char *title)
{
	_cleanup_free_ char *framed = xasprintf(" %s ", title);

	cells_fill(cells, area, role, model->glyphs->horizontal);
	return area.col + 2 +
	       cells_put(cells, area.row, area.col + 2, area.cols - 4, ROLE_TITLE, framed);
}

void view_position(struct cells *cells, struct area divider, size_t top, int height, size_t count)
{
	size_t room = height > 0 ? (size_t)height : 0;
	size_t last = top + room < count ? top + room : count;
	_cleanup_free_ char *text = NULL;

	if (count <= room)
		return;
	text = xasprintf(" %zu-%zu of %zu ", top + 1, last, count);
	cells_put_right(cells, divider.row, divider.col, divider.cols - 2, ROLE_DIM, text);
}

void view_row(struct cells *cells, const struct model *model, int row, bool selected, bool focus)
{
	struct area line = { .row = row, .col = 0, .rows = 1, .cols = cells->cols };

	if (!selected)
		return;
	cells_put(cells, row, 0, 1, ROLE_TEXT, model->glyphs->pointer);
	if (focus) {
		cells_paint(cells, line, ROLE_SELECT);
		cells->cursor_row = row;
		cells->cursor_col = 0;
	}
}

void view_lines(struct cells *cells, struct area area, const struct detail_lines *lines, size_t top)
{
	for (int row = 0; row < area.rows && top + (size_t)row < lines->count; row++) {
		const struct detail_line *line = &lines->items[top + (size_t)row];
		int col = area.col + 1;

		if (line->label != NULL) {
			cells_put(cells, area.row + row, col, lines->label_cols, line->label_role,
				  line->label);
			col += lines->label_cols;
		}
		cells_put(cells, area.row + row, col, area.cols - col, line->role, line->text);
	}
}

static void sentence(struct cells *cells, const struct model *model)
{
	size_t held = questions_held(&model->questions);
	_cleanup_free_ char *text = NULL;
	const char *rest;

	if (held > 0)
		text = xasprintf(
			"srt-top: %zu question%s wait%s. Enlarge the window to 40x10 to answer.",
			held, held == 1 ? "" : "s", held == 1 ? "s" : "");
	else
		text = xasprintf("srt-top: %zu session%s. Enlarge the window to 40x10.",
				 model->session_count, model->session_count == 1 ? "" : "s");
	rest = text;
	for (int row = 0; row < cells->rows && *rest != '\0'; row++) {
		size_t length = text_line(rest, cells->cols);
		_cleanup_free_ char *line = xstrndup(rest, length);

		cells_put(cells, row, 0, cells->cols, held > 0 ? ROLE_ASK : ROLE_TEXT, line);
		rest += length;
	}
}

void view_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	if (model_layout(model).size == LAYOUT_SENTENCE) {
		sentence(cells, model);
		return;
	}
	view_title(cells, model, now_ms);
	view_top(model)->draw(cells, model, now_ms);
	view_status(cells, model);
	view_footer(cells, model);
	if (model_box_visible(model))
		view_question(cells, model, now_ms);
}
