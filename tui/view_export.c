/* SPDX-License-Identifier: MIT */
/* The review before a settings file is written: the changes, the reason of each, what they come to.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/prompt.h"
#include "tui/sure.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/views.h"

#define FRAME_ROWS 5 /* title, summary, what it comes to, and two for the reason */

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

static const char *mark_of(const struct export_entry *entry)
{
	if (entry->change == EXPORT_SAME || entry->covered)
		return "";
	if (entry->denied != NULL)
		return " ! ";
	return entry->ticked ? "[x]" : "[ ]";
}

static const char *suffix_of(const struct export_entry *entry)
{
	if (entry->covered)
		return "  (in a wider one)";
	return entry->steps != NULL || entry->beside ? "  ! wider than seen" : "";
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
	bool counts = (entry->ticked && !entry->covered) || entry->change == EXPORT_SAME;
	enum role role = counts ? roles[entry->change] : ROLE_DIM;
	_cleanup_free_ char *path = text_safe_path(entry->text, model->home, model->glyphs->ascii);
	_cleanup_free_ char *text = xasprintf("%s%s", path, suffix_of(entry));
	char sign[2] = { signs[entry->change], '\0' };

	if (names)
		cells_put(cells, row, 1, 14, ROLE_TITLE, export_list_name(entry->list));
	cells_put(cells, row, 16, 3, entry->denied != NULL ? ROLE_WARN : ROLE_KEY, mark_of(entry));
	cells_put(cells, row, 20, 1, role, sign);
	view_put_path(cells, model, row, 22, cells->cols - 23, role, text);
}

static void draw_summary(struct cells *cells, const struct model *model, int row)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *path = text_safe_path(review->path, model->home, model->glyphs->ascii);
	size_t changes = export_review_changes(review);
	_cleanup_free_ char *text =
		xasprintf("%s %s: %zu of %zu change%s ticked; + is added, - goes",
			  review->before != NULL ? "beside" : "new file", path,
			  export_review_ticked(review), changes, changes == 1 ? "" : "s");

	view_put_cut(cells, model, row, 1, cells->cols - 2, ROLE_DIM, text);
}

/* Judged as when it runs: what was recorded, under the file as it would be. */
static void draw_figures(struct cells *cells, const struct model *model, int row)
{
	const struct export_review *review = &model->export;
	const struct export_figures *figures = &review->figures;
	_cleanup_free_ char *text = NULL, *why = NULL;

	cells_put(cells, row, 1, 6, ROLE_DIM, "replay");
	if (review->replay_trouble != NULL) {
		why = text_safe(review->replay_trouble, model->glyphs->ascii);
		view_put_cut(cells, model, row, 8, cells->cols - 9, ROLE_WARN, why);
		return;
	}
	if (!review->replay_known) {
		cells_put(cells, row, 8, cells->cols - 9, ROLE_DIM, "judging what was recorded");
		return;
	}
	text = xasprintf("%" PRIu64 " the same, %" PRIu64 " newly refused, %" PRIu64
			 " newly allowed%s",
			 figures->same, figures->refused, figures->allowed,
			 review->replaying || review->replay_wanted ? "  (judging anew)" : "");
	view_put_cut(cells, model, row, 8, cells->cols - 9,
		     figures->refused > 0 ? ROLE_WARN : ROLE_TEXT, text);
}

static char *reason_words(const struct export_entry *entry)
{
	if (entry->denied != NULL)
		return xasprintf(
			"the file denies it: %s; tick that this goes, then it can be ticked",
			entry->denied);
	if (entry->covered)
		return xstrdup("a wider entry of the list says it too, so that it is not written");
	if (entry->why != NULL)
		return xstrdup(entry->why);
	return xstrdup(entry->change == EXPORT_REMOVE ? "nothing recorded needs it"
						      : "no reason is recorded");
}

static void draw_reason(struct cells *cells, const struct model *model, int row)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *raw = reason_words(&review->items[review->list.selected]);
	_cleanup_free_ char *why = text_safe(raw, model->glyphs->ascii);
	const char *rest = why;

	cells_put(cells, row, 1, 4, ROLE_DIM, "why");
	for (int i = 0; i < 2 && *rest != '\0'; i++) {
		size_t length = text_line(rest, cells->cols - 9);
		_cleanup_free_ char *line = xstrndup(rest, length);

		cells_put(cells, row + i, 8, cells->cols - 9, ROLE_TEXT, line);
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
	draw_figures(cells, model, body.row + body.rows - 3);
	if (review->count > 0)
		draw_reason(cells, model, body.row + body.rows - 2);
}

static void refuse(struct model *model, const char *why)
{
	model_notice(model, model->now, ROLE_WARN, xstrdup(why));
}

static struct command ask_to_write(struct model *model)
{
	const struct export_review *review = &model->export;
	_cleanup_free_ char *path = NULL;

	if (!review->known)
		return nothing;
	if (review->before != NULL && export_review_ticked(review) == 0) {
		refuse(model, "Nothing is ticked: the file stays as it is.");
		return nothing;
	}
	path = text_safe_path(review->path, model->home, model->glyphs->ascii);
	sure_ask(model, xasprintf("%s %s?", review->before != NULL ? "Change" : "Write", path),
		 (struct command){ .type = COMMAND_EXPORT_WRITE });
	return nothing;
}

static struct command adjust(struct model *model, bool wider)
{
	struct export_review *review = &model->export;
	const char *why;

	if (review->count == 0)
		return nothing;
	why = export_review_may_adjust(review, review->list.selected, wider);
	if (why != NULL) {
		refuse(model, why);
		return nothing;
	}
	if (!wider && export_review_step_back(review, review->list.selected))
		return nothing;
	return (struct command){ .type = COMMAND_EXPORT_ADJUST,
				 .index = review->list.selected,
				 .force = wider };
}

static void tick(struct model *model)
{
	struct export_review *review = &model->export;
	const char *why;

	if (review->count == 0)
		return;
	why = export_review_tick(review, review->list.selected);
	if (why != NULL)
		refuse(model, why);
	else
		export_move(model, 1);
}

static struct command export_act(struct model *model, enum action action, struct instant now)
{
	struct export_review *review = &model->export;

	(void)now;
	if (!review->known && action != ACTION_FILE)
		return nothing;
	switch (action) {
	case ACTION_TICK:
		tick(model);
		break;
	case ACTION_OPEN:
		if (review->list.selected < review->count) {
			export_review_show(review, review->list.selected);
			model_push(model, VIEW_EXPORT_ENTRY);
		}
		break;
	case ACTION_WIDER:
		return adjust(model, true);
	case ACTION_NARROWER:
		return adjust(model, false);
	case ACTION_FILE:
		prompt_open(model, PROMPT_EXPORT_FILE, review->path);
		break;
	case ACTION_TEXT:
		model_push(model, VIEW_EXPORT_TEXT);
		break;
	case ACTION_DIFF:
		model_push(model, VIEW_EXPORT_DIFF);
		break;
	case ACTION_REPLAY:
		model_push(model, VIEW_EXPORT_REPLAY);
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
