/* SPDX-License-Identifier: MIT */
#ifndef TUI_VIEWS_H
#define TUI_VIEWS_H

/*
 * What makes a view: one const table of operations each. The stack in the model says which view is
 * on top; update and painting go through its table and know no view by name.
 */
#include "tui/cells.h"
#include "tui/detail.h"
#include "tui/model.h"
#include "tui/update.h"

/* When a question may stand in front of the view. */
enum box_place {
	BOX_NEVER,
	BOX_CHOSEN, /* only one that the person picked */
	BOX_ALWAYS,
};

struct view_ops {
	enum context context; /* its keys */
	enum box_place box;
	/* Brings selections and scroll positions inside what there is to show. */
	void (*settle)(struct model *model);
	/* Paints everything between the title and the status line. */
	void (*draw)(struct cells *cells, const struct model *model, int64_t now_ms);
	/* Moves the selection or scrolls; `by` may be far beyond the ends. */
	void (*move)(struct model *model, long by);
	/* Selects what is on that row of the screen; NULL = nothing can be selected. */
	void (*click)(struct model *model, int row);
	/* Rows of a page. */
	int (*page)(const struct model *model);
	/* What is particular to the view; NULL = nothing is. */
	struct command (*act)(struct model *model, enum action action, struct instant now);
	/* Views of text: fills the lines and returns the title. NULL for others. */
	const char *(*lines)(struct detail_lines *lines, const struct model *model, int cols);
	/* What the status line says while there is nothing else to say; NULL = nothing. */
	const char *(*hint)(const struct model *model);
};

const struct view_ops *view_ops(enum view view);
/* Of the view on top. */
const struct view_ops *view_top(const struct model *model);

extern const struct view_ops view_dash_ops, view_queue_ops, view_event_ops, view_session_ops,
	view_question_ops, view_help_ops, view_rules_ops, view_rule_ops, view_older_ops,
	view_export_ops, view_export_text_ops, view_export_diff_ops,
	view_export_entry_ops, view_export_replay_ops, view_start_ops, view_log_ops, view_written_ops,
	view_written_diff_ops;

#define TEXT_VIEW(where, make)                                                                     \
	.context = (where), .settle = text_view_settle, .draw = text_view_draw,                    \
	.move = text_view_move, .page = text_view_page, .lines = (make)

/* For views of text (text_view.c): everything follows from lines(). */
void text_view_settle(struct model *model);
/* The first line on the screen when it shows the end. */
size_t text_view_end(const struct model *model);
void text_view_draw(struct cells *cells, const struct model *model, int64_t now_ms);
void text_view_move(struct model *model, long by);
int text_view_page(const struct model *model);

#endif
