/* SPDX-License-Identifier: MIT */
/* What a server has written while it was learned: the list, the difference, what becomes of it. */
#include <string.h>

#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"

#define FRAME_ROWS 2 /* title and summary */
#define DIFF_LEAST 4 /* rows, with its title */

static const struct command nothing = { .type = COMMAND_NONE };

/* The upper part is the list, as long as it has to be; the difference gets the rest. */
static int written_page(const struct model *model)
{
	int room = model_layout(model).body.rows - FRAME_ROWS;
	int most = room >= DIFF_LEAST * 2 ? room / 2 : room;
	int count = model->written.count > 0 ? (int)model->written.count : 1;

	return count < most ? count : most;
}

static void written_settled(struct model *model)
{
	list_settle(&model->written.list, model->written.count, written_page(model));
}

static void written_move(struct model *model, long by)
{
	list_move(&model->written.list, model->written.count, by);
}

/* --- drawing --- */

static char *size_words(const struct written_row *row)
{
	struct buf out = BUF_EMPTY;

	if (row->was_size >= 0 && row->size >= 0) {
		text_bytes(&out, (uint64_t)row->was_size);
		buf_adds(&out, ">");
		text_bytes(&out, (uint64_t)row->size);
	} else if (row->size >= 0 || row->was_size >= 0) {
		text_bytes(&out, (uint64_t)(row->size >= 0 ? row->size : row->was_size));
	} else {
		buf_adds(&out, row->type == LAYER_DIRECTORY ? "dir"
			       : row->type == LAYER_LINK    ? "link"
							    : "");
	}
	return buf_steal(&out);
}

static char *path_words(const struct model *model, const struct written_row *row)
{
	_cleanup_free_ char *path = text_safe_path(row->path, model->home, model->glyphs->ascii);
	_cleanup_free_ char *target = text_safe(row->target, model->glyphs->ascii);
	const char *trouble = row->fate == WRITTEN_FAILED ? row->why : row->refused;
	_cleanup_free_ char *why = text_safe(trouble, model->glyphs->ascii);

	return xasprintf("%s%s%s%s%s%s", path, row->type == LAYER_DIRECTORY ? "/" : "",
			 target[0] ? " -> " : "", target, why[0] ? "  ! " : "", why);
}

static void draw_row(struct cells *cells, const struct model *model, int at,
		     const struct written_row *row)
{
	static const char *const changes[] = { "created", "changed", "deleted" };
	static const enum role roles[] = { ROLE_ALLOW, ROLE_TEXT, ROLE_DENY };
	static const char *const fates[] = { "", "kept", "dropped", "not kept" };
	_cleanup_free_ char *size = size_words(row), *path = path_words(model, row);
	bool is_over = row->fate == WRITTEN_KEPT || row->fate == WRITTEN_DROPPED;
	const char *mark = row->fate != WRITTEN_LEFT ? fates[row->fate]
			   : row->refused != NULL    ? "cannot"
			   : row->ticked	     ? "[x]"
						     : "[ ]";

	cells_put(cells, at, 1, 8,
		  row->fate == WRITTEN_FAILED || row->refused != NULL ? ROLE_WARN
		  : is_over					      ? ROLE_DIM
								      : ROLE_KEY,
		  mark);
	cells_put(cells, at, 10, 7, is_over ? ROLE_DIM : roles[row->change], changes[row->change]);
	cells_put_right(cells, at, 18, 11, ROLE_DIM, size);
	view_put_path(cells, model, at, 30, cells->cols - 31, is_over ? ROLE_DIM : ROLE_TEXT, path);
}

static void draw_summary(struct cells *cells, const struct model *model, int row)
{
	const struct written *written = &model->written;
	size_t counts[3], ticked = written_ticked(written, counts);
	_cleanup_free_ char *text = NULL;

	if (written->trouble != NULL) {
		text = text_safe(written->trouble, model->glyphs->ascii);
		view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_WARN, text);
		return;
	}
	if (written->work == WRITTEN_APPLYING)
		text = xstrdup("At work on it.");
	else if (!written->known && written->looked == 0)
		text = xstrdup("Reading the layer.");
	else if (!written->known)
		text = xasprintf("Reading the layer: %zu files so far.", written->looked);
	else if (written->count == 0)
		text = xstrdup("Nothing was written that is not so on the host.");
	else
		text = xasprintf("%zu change%s in the layer, %zu ticked; w writes those to the host",
				 written->count, written->count == 1 ? "" : "s", ticked);
	view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_DIM, text);
}

static const char *diff_lines(struct detail_lines *lines, const struct model *model, int cols)
{
	const struct written *written = &model->written;

	(void)cols;
	if (written->diff_for == written->list.selected)
		lines_add_diff(lines, written->diff, model->glyphs->ascii);
	return "difference";
}

static void draw_diff(struct cells *cells, const struct model *model, struct area area)
{
	struct area divider = { .row = area.row, .rows = 1, .cols = area.cols };
	_cleanup_lines_ struct detail_lines lines = { 0 };
	const struct written_row *row = written_selected(&model->written);

	if (area.rows < 2 || row == NULL)
		return;
	diff_lines(&lines, model, area.cols);
	area.row++;
	area.rows--;
	view_divider(cells, model, divider, ROLE_BORDER, "how it differs from the host");
	if (lines.count == 0)
		cells_put(cells, area.row, 1, area.cols - 2, ROLE_DIM,
			  model->written.diff_for != model->written.list.selected ? "Comparing."
			  : row->type == LAYER_FILE ? "No difference in what it holds."
						    : "No file: nothing to compare.");
	if (lines.count > (size_t)area.rows)
		view_position(cells, divider, 0, area.rows, lines.count);
	view_lines(cells, area, &lines, 0);
}

static void written_draw(struct cells *cells, const struct model *model, int64_t now_ms)
{
	const struct written *written = &model->written;
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	_cleanup_free_ char *server = text_safe(written->server, model->glyphs->ascii);
	_cleanup_free_ char *title = xasprintf("what %s has written while it was learned", server);
	int height = written_page(model);

	(void)now_ms;
	view_divider(cells, model, divider, ROLE_BORDER, title);
	view_position(cells, divider, written->list.top, height, written->count);
	draw_summary(cells, model, body.row + 1);
	for (int i = 0; i < height && written->list.top + (size_t)i < written->count; i++) {
		size_t index = written->list.top + (size_t)i;

		draw_row(cells, model, body.row + FRAME_ROWS + i, &written->items[index]);
		view_row(cells, model, body.row + FRAME_ROWS + i, index == written->list.selected,
			 true);
	}
	body.row += FRAME_ROWS + height;
	body.rows -= FRAME_ROWS + height;
	draw_diff(cells, model, body);
}

/* --- keys --- */

static void ask_to_keep(struct model *model)
{
	size_t counts[3], ticked = written_ticked(&model->written, counts);

	if (ticked == 0) {
		model_notice(model, model->now, ROLE_WARN,
			     xstrdup("Nothing is ticked: Space ticks a row, a all of them."));
		return;
	}
	sure_ask(model,
		 xasprintf("Write to the host: %zu created, %zu changed, %zu deleted?",
			   counts[LAYER_CREATED], counts[LAYER_CHANGED], counts[LAYER_DELETED]),
		 (struct command){ .type = COMMAND_LAYER_KEEP });
}

static void ask_to_drop(struct model *model)
{
	_cleanup_free_ char *server = text_safe(model->written.server, model->glyphs->ascii);

	if (model->written.count == 0)
		return;
	sure_ask(model,
		 xasprintf("Drop all %zu changes of %s? They are gone then.", model->written.count,
			   server),
		 (struct command){ .type = COMMAND_LAYER_DROP });
}

static struct command written_act(struct model *model, enum action action, struct instant now)
{
	struct written *written = &model->written;

	(void)now;
	if (written->work == WRITTEN_APPLYING && action != ACTION_OPEN) {
		if (action == ACTION_TICK || action == ACTION_TICK_ALL || action == ACTION_WRITE ||
		    action == ACTION_DROP)
			model_notice(model, model->now, ROLE_WARN,
				     xstrdup("What was said before is still being done."));
		return nothing;
	}
	switch (action) {
	case ACTION_TICK:
		written_tick(written, written->list.selected);
		break;
	case ACTION_TICK_ALL:
		written_tick_all(written);
		break;
	case ACTION_WRITE:
		ask_to_keep(model);
		break;
	case ACTION_DROP:
		ask_to_drop(model);
		break;
	case ACTION_OPEN:
		if (written_selected(written) != NULL)
			model_push(model, VIEW_WRITTEN_DIFF);
		break;
	default:
		break;
	}
	return nothing;
}

static void written_click(struct model *model, int row)
{
	const struct list *list = &model->written.list;
	long at = (long)list->top + row - model_layout(model).body.row - FRAME_ROWS;

	if (row < model_layout(model).body.row + FRAME_ROWS + written_page(model) &&
	    at >= (long)list->top && (size_t)at < model->written.count)
		model->written.list.selected = (size_t)at;
}

const struct view_ops view_written_ops = {
	.context = CONTEXT_WRITTEN,
	.box = BOX_ALWAYS,
	.settle = written_settled,
	.draw = written_draw,
	.move = written_move,
	.click = written_click,
	.page = written_page,
	.act = written_act,
};

const struct view_ops view_written_diff_ops = { TEXT_VIEW(CONTEXT_DETAIL, diff_lines),
						.box = BOX_ALWAYS };
