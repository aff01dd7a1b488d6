/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#define SENTENCE_ROWS 10
#define SENTENCE_COLS 40
#define SINGLE_ROWS 16
#define SINGLE_COLS 60
#define WIDE_ROWS 30
#define WIDE_COLS 110
#define DETAIL_ROWS 9

static struct area band(int row, int rows, int cols)
{
	struct area area = { .row = row, .col = 0, .rows = rows, .cols = cols };

	return area;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

struct layout layout_make(int rows, int cols, size_t session_rows, bool has_banner, enum pane focus)
{
	int listed = session_rows > 1000 ? 1000 : (int)session_rows;
	struct layout layout = { .size = LAYOUT_NORMAL };
	int top = 1, bottom = rows - 1;

	if (rows < SENTENCE_ROWS || cols < SENTENCE_COLS) {
		layout.size = LAYOUT_SENTENCE;
		layout.body = band(0, rows, cols);
		return layout;
	}
	layout.title = band(0, 1, cols);
	layout.footer = band(rows - 1, 1, cols);
	layout.status = band(rows - 2, 1, cols);
	layout.body = band(1, rows - 3, cols);
	bottom--;
	if (rows < SINGLE_ROWS || cols < SINGLE_COLS) {
		layout.size = LAYOUT_SINGLE;
		if (focus == PANE_SESSIONS) {
			layout.sessions = band(top, bottom - top, cols);
		} else {
			layout.divider = band(top, 1, cols);
			layout.events = band(top + 1, bottom - top - 1, cols);
		}
		return layout;
	}
	layout.sessions = band(top, 1 + least(listed > 1 ? listed : 1, rows / 3), cols);
	top += layout.sessions.rows;
	if (has_banner)
		layout.banner = band(top++, 1, cols);
	layout.divider = band(top++, 1, cols);
	if (rows >= WIDE_ROWS && cols >= WIDE_COLS) {
		layout.size = LAYOUT_WIDE;
		bottom -= DETAIL_ROWS;
		layout.detail = band(bottom, DETAIL_ROWS, cols);
	}
	layout.events = band(top, bottom - top, cols);
	return layout;
}

void list_settle(struct list *list, size_t count, int height)
{
	size_t room = height > 0 ? (size_t)height : 1;

	if (list->selected >= count)
		list->selected = count > 0 ? count - 1 : 0;
	if (list->top > list->selected)
		list->top = list->selected;
	if (list->selected - list->top >= room)
		list->top = list->selected - room + 1;
	if (list->top + room > count)
		list->top = count > room ? count - room : 0;
}

void list_move(struct list *list, size_t count, long by)
{
	size_t distance = by < 0 ? (size_t)-by : (size_t)by;

	if (count == 0)
		list->selected = 0;
	else if (by < 0)
		list->selected = list->selected > distance ? list->selected - distance : 0;
	else
		list->selected = count - 1 - list->selected > distance ? list->selected + distance
								       : count - 1;
}
