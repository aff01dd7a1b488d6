/* SPDX-License-Identifier: MIT */
/* Views that are text from top to bottom: details and help. */
#include "tui/view.h"
#include "tui/views.h"

int text_view_page(const struct model *model)
{
	return model_layout(model).body.rows - 1;
}

size_t text_view_end(const struct model *model)
{
	_cleanup_lines_ struct detail_lines lines = { 0 };
	int height = text_view_page(model);
	size_t room = height > 0 ? (size_t)height : 1;

	view_top(model)->lines(&lines, model, model->cols);
	return lines.count > room ? lines.count - room : 0;
}

void text_view_settle(struct model *model)
{
	size_t end = text_view_end(model);

	if (model->detail_list.top > end)
		model->detail_list.top = end;
}

void text_view_move(struct model *model, long by)
{
	/* text_view_settle() keeps it inside. */
	if (by < 0 && (size_t)-by > model->detail_list.top)
		model->detail_list.top = 0;
	else
		model->detail_list.top += (size_t)by;
}

void text_view_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .col = 0, .rows = 1, .cols = body.cols };
	_cleanup_lines_ struct detail_lines lines = { 0 };
	const char *title = view_top(model)->lines(&lines, model, cells->cols);

	(void)now_ms;
	body.row++;
	body.rows--;
	view_divider(cells, model, divider, ROLE_BORDER, title);
	view_position(cells, divider, model->detail_list.top, body.rows, lines.count);
	view_lines(cells, body, &lines, model->detail_list.top);
	cells->cursor_row = body.row;
}
