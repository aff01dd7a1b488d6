/* SPDX-License-Identifier: MIT */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

/* Model to cells, and nothing else: no view changes anything or knows of a terminal. */
#include "tui/cells.h"
#include "tui/model.h"

/* Paints the whole grid. The model was settled for a screen of this size. */
void view_draw(struct cells *cells, const struct model *model, int64_t now_ms);

/* The parts, each in its file. */
void view_dash(struct cells *cells, const struct model *model, int64_t now_ms);
/* The table of sessions in its area. */
void view_sessions(struct cells *cells, const struct model *model, struct area area,
		   int64_t now_ms);
/* Columns that the numbers of sessions take. */
int view_number_cols(const struct model *model);
/* The lines of the tree in front of a process; its words, of which caller frees. */
void view_process_tree(struct buf *out, const struct model *model, const struct process_row *row);
char *view_process_words(const struct model *model, const struct process_row *row);
/* A rule in words. Caller frees. */
char *view_rule_words(const struct model *model, const struct rule *rule);
void view_queue(struct cells *cells, const struct model *model, int64_t now_ms);
void view_question(struct cells *cells, const struct model *model, int64_t now_ms);
void view_empty(struct cells *cells, const struct model *model, struct area area);
void view_title(struct cells *cells, const struct model *model, int64_t now_ms);
void view_status(struct cells *cells, const struct model *model);
void view_footer(struct cells *cells, const struct model *model);
/* What stands in the footer there, or NULL. */
const struct action_row *view_footer_at(const struct model *model, int col);

/* A line across with a title in it; returns the column after the title. */
int view_divider(struct cells *cells, const struct model *model, struct area area, enum role role,
		 const char *title);
/* A row of an open list: selected or not, with the focus or not; returns its plain role. */
void view_row(struct cells *cells, const struct model *model, int row, bool selected, bool focus);
/* What ends a scrolled text: "12-30 of 80", where it does not fit. */
void view_position(struct cells *cells, struct area divider, size_t top, int height, size_t count);
/* Lines of a detail text, from `top` on. */
struct detail_lines;
void view_lines(struct cells *cells, struct area area, const struct detail_lines *lines,
		size_t top);
/* Text cut at its end, or in the middle. */
void view_put_cut(struct cells *cells, const struct model *model, int row, int col, int width,
		  enum role role, const char *text);
void view_put_path(struct cells *cells, const struct model *model, int row, int col, int width,
		   enum role role, const char *text);

#endif
