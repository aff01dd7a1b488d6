/* SPDX-License-Identifier: MIT */
/* Before anything runs: what to do. */
#include "core/base/mem.h"
#include "tui/text.h"
#include "tui/view.h"

static const struct {
	enum role role;
	const char *text;
} lines[] = {
	{ ROLE_TITLE, "No session is running." },
	{ ROLE_TEXT, "" },
	{ ROLE_TEXT, "Start a command or MCP server in the sandbox:" },
	{ ROLE_TEXT, "" },
	{ ROLE_KEY, "  srt-top run -- CMD" },
	{ ROLE_TEXT, "" },
	{ ROLE_TEXT, "or press + to start one from here." },
	{ ROLE_TEXT, "" },
	{ ROLE_DIM, "It appears here as soon as it runs." },
};

void view_empty(struct cells *cells, const struct model *model, struct area area)
{
	int count = (int)ARRAY_LENGTH(lines), widest = 0, used = 0, row, col;
	bool dense;

	(void)model;
	for (int i = 0; i < count; i++) {
		int width = text_width(lines[i].text);

		widest = width > widest ? width : widest;
		used += width > 0;
	}
	dense = count > area.rows - 1;
	row = area.row + (area.rows - 1 - (dense ? used : count)) / 2;
	col = area.cols > widest ? (area.cols - widest) / 2 : 0;
	row = row < area.row ? area.row : row;
	for (int i = 0; i < count && row < area.row + area.rows; i++) {
		if (dense && lines[i].text[0] == '\0')
			continue;
		cells_put(cells, row++, col, area.cols - col, lines[i].role, lines[i].text);
	}
}
