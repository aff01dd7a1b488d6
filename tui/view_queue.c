/* SPDX-License-Identifier: MIT */
/* Every question that can be answered: those that hold a program first, then refused ones. */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/detail.h"
#include "tui/text.h"
#include "tui/view.h"
#include "tui/words.h"

#define STATE_COLS 11
#define WHO_COLS 14

static char *state_words(const struct asked *asked, int64_t now_ms)
{
	int64_t left = (asked->question.deadline_ms - now_ms + 999) / 1000;

	if (asked->sent)
		return xasprintf("%s sent",
				 asked->sent_verdict == VERDICT_ALLOW ? "allow" : "deny");
	if (!asked->held)
		return xstrdup("refused");
	return xasprintf("waits %" PRId64 "s", left > 0 ? left : 0);
}

static void queue_row(struct cells *cells, const struct model *model, int row,
		      const struct asked *asked, int64_t now_ms)
{
	const struct access_event *event = &asked->question.event;
	bool narrow = cells->cols < 60;
	_cleanup_free_ char *state = state_words(asked, now_ms);
	_cleanup_free_ char *who = text_safe(event->server, model->glyphs->ascii);
	_cleanup_free_ char *object = words_object(model, event);
	_cleanup_buf_ struct buf time = BUF_EMPTY;
	int col = 1;

	text_time(&time, event->time_ms, false);
	if (!narrow) {
		cells_put(cells, row, col, 8, ROLE_TEXT, buf_text(&time));
		col += 9;
	}
	cells_put(cells, row, col, STATE_COLS, asked->held && !asked->sent ? ROLE_ASK : ROLE_DIM,
		  state);
	col += STATE_COLS + 1;
	if (!narrow) {
		view_put_cut(cells, model, row, col, WHO_COLS, ROLE_TEXT, who);
		col += WHO_COLS + 1;
	}
	cells_put(cells, row, col, 7, ROLE_TEXT, access_kind_name(event->kind));
	col += 8;
	view_put_path(cells, model, row, col, cells->cols - col - 1, ROLE_TEXT, object);
}

static void queue_header(struct cells *cells, int row)
{
	bool narrow = cells->cols < 60;
	int col = 1;

	cells_fill(cells, (struct area){ .row = row, .rows = 1, .cols = cells->cols }, ROLE_HEADER,
		   " ");
	if (!narrow) {
		cells_put(cells, row, col, 8, ROLE_HEADER, "TIME");
		col += 9;
	}
	cells_put(cells, row, col, STATE_COLS, ROLE_HEADER, "STATE");
	col += STATE_COLS + 1;
	if (!narrow) {
		cells_put(cells, row, col, WHO_COLS, ROLE_HEADER, "SERVER");
		col += WHO_COLS + 1;
	}
	cells_put(cells, row, col, 7, ROLE_HEADER, "KIND");
	cells_put(cells, row, col + 8, cells->cols - col - 8, ROLE_HEADER, "OBJECT");
}

/* What `a` makes for the selected row, over two rows: nothing is answered unseen. */
static void queue_makes(struct cells *cells, const struct model *model, int row)
{
	const struct asked *asked = questions_find(&model->questions, model->queue_id);
	_cleanup_buf_ struct buf cut = BUF_EMPTY;
	_cleanup_free_ char *rule = NULL, *first = NULL;
	int col = 10, room = cells->cols - col - 1;
	size_t length;

	if (asked == NULL || asked->sent)
		return;
	rule = words_rule(model, &asked->question, VERDICT_ALLOW, 0, DURATION_SESSION);
	text_cut_middle(&cut, rule, 2 * room - 1, model->glyphs->ellipsis);
	length = text_fit(buf_text(&cut), room, NULL);
	first = xstrndup(buf_text(&cut), length);
	cells_put(cells, row, 1, col - 1, ROLE_KEY, "a");
	cells_put(cells, row, 3, col - 3, ROLE_DIM, "makes");
	cells_put(cells, row, col, room, ROLE_ALLOW, first);
	cells_put(cells, row + 1, col, room, ROLE_ALLOW, buf_text(&cut) + length);
}

void view_queue(struct cells *cells, const struct model *model, int64_t now_ms)
{
	struct area body = model_layout(model).body;
	struct area divider = { .row = body.row, .rows = 1, .cols = body.cols };
	_cleanup_free_ size_t *order = questions_order(&model->questions);
	int height = body.rows - QUEUE_FRAME_ROWS;

	view_divider(cells, model, divider, ROLE_BORDER, "questions");
	view_position(cells, divider, model->queue_list.top, height, model->questions.count);
	queue_header(cells, body.row + 1);
	if (model->questions.count == 0)
		cells_put(cells, body.row + 3, 2, body.cols - 4, ROLE_DIM,
			  "No question is open.");
	for (int i = 0; i < height; i++) {
		size_t index = model->queue_list.top + (size_t)i;

		if (index >= model->questions.count)
			break;
		queue_row(cells, model, body.row + 2 + i, &model->questions.items[order[index]],
			  now_ms);
		view_row(cells, model, body.row + 2 + i, index == model->queue_list.selected, true);
	}
	queue_makes(cells, model, body.row + body.rows - 2);
}
