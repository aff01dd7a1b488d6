/* SPDX-License-Identifier: MIT */
/* What can be started: a command line, or a server of an MCP configuration file. */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/shell_quote.h"
#include "tui/prompt.h"
#include "tui/session_acts.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"

#define FRAME_ROWS 3 /* title, and two for what goes wrong */

static int start_page(const struct model *model)
{
	return model_layout(model).body.rows - FRAME_ROWS;
}

/* The first row is the command line. */
static size_t row_count(const struct model *model)
{
	return model->servers.count + 1;
}

static void start_settle(struct model *model)
{
	list_settle(&model->start_list, row_count(model), start_page(model));
}

static void start_move(struct model *model, long by)
{
	list_move(&model->start_list, row_count(model), by);
}

static void draw_spec(struct cells *cells, const struct model *model, int row,
		      const struct server_spec *spec)
{
	_cleanup_free_ char *name = text_safe(spec->name, model->glyphs->ascii), *command = NULL;
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	shell_join(&line, spec->words.items, spec->words.count);
	command = text_safe(buf_text(&line), model->glyphs->ascii);
	view_put_cut(cells, model, row, 2, 20, ROLE_TITLE, name);
	view_put_cut(cells, model, row, 24, cells->cols - 25, ROLE_TEXT, command);
}

static void start_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	_cleanup_free_ char *path =
		text_safe_path(model->servers_path, model->home, model->glyphs->ascii);
	_cleanup_free_ char *title = xasprintf("start a server: %s", path);
	int height = start_page(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER,
		     model->servers_path != NULL ? title : "start a server");
	view_position(cells, divider, model->start_list.top, height, row_count(model));
	for (int i = 0; i < height && model->start_list.top + (size_t)i < row_count(model); i++) {
		size_t index = model->start_list.top + (size_t)i;
		int row = body.row + 1 + i;

		if (index == 0)
			cells_put(cells, row, 2, cells->cols - 3, ROLE_TEXT,
				  "a command line that you type");
		else
			draw_spec(cells, model, row, &model->servers.items[index - 1]);
		view_row(cells, model, row, index == model->start_list.selected, true);
	}
	if (model->servers.count == 0)
		view_put_cut(cells, model, body.row + 3, 2, cells->cols - 3, ROLE_DIM,
			     "or  f  for the servers of a file, such as .mcp.json");
	if (model->servers_trouble != NULL) {
		_cleanup_free_ char *why = text_safe(model->servers_trouble, model->glyphs->ascii);

		view_put_cut(cells, model, body.row + body.rows - 1, 1, cells->cols - 2, ROLE_WARN,
			     why);
	}
}

static struct command start_act(struct model *model, enum action action, struct instant now)
{
	(void)now;
	if (action == ACTION_FILE) {
		prompt_open(model, PROMPT_SERVERS_FILE,
			    model->servers_path != NULL ? model->servers_path : "");
	} else if (action == ACTION_OPEN) {
		if (model->start_list.selected > 0)
			return (struct command){ .type = COMMAND_START,
						 .index = model->start_list.selected - 1 };
		prompt_open(model, PROMPT_COMMAND_LINE, "");
	} else if (action == ACTION_LAYER) {
		size_t row = model->start_list.selected;

		session_layer(model, NULL, row > 0 ? model->servers.items[row - 1].name : NULL);
	}
	return (struct command){ .type = COMMAND_NONE };
}

static void start_click(struct model *model, int row)
{
	const struct list *list = &model->start_list;
	long at = (long)list->top + row - model_layout(model).body.row - 1;

	if (at >= (long)list->top && (size_t)at < row_count(model))
		model->start_list.selected = (size_t)at;
}

const struct view_ops view_start_ops = {
	.context = CONTEXT_START,
	.box = BOX_ALWAYS,
	.settle = start_settle,
	.draw = start_draw,
	.move = start_move,
	.click = start_click,
	.page = start_page,
	.act = start_act,
};
