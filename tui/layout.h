/* SPDX-License-Identifier: MIT */
#ifndef TUI_LAYOUT_H
#define TUI_LAYOUT_H

/* Which part of the screen shows what: a pure function of its size and of what there is to show. */
#include <stdbool.h>
#include <stddef.h>

#include "tui/cells.h"

enum layout_size {
	LAYOUT_SENTENCE, /* too small to work with: one sentence */
	LAYOUT_SINGLE,	 /* one pane at a time */
	LAYOUT_NORMAL,
	LAYOUT_WIDE, /* with a detail pane and more columns */
};

enum pane { PANE_SESSIONS, PANE_EVENTS };

/* An area without rows is not shown. */
struct layout {
	enum layout_size size;
	struct area title;
	struct area sessions; /* with its row of column names */
	struct area banner;   /* what is blind */
	struct area divider;  /* above the events */
	struct area events;   /* with its row of column names */
	struct area detail;   /* with its divider */
	struct area status;
	struct area footer;
	struct area body; /* everything between title and status: for other views and the box */
};

/* `session_rows` is what the sessions would take, with their processes where these are shown. */
struct layout layout_make(int rows, int cols, size_t session_rows, bool has_banner,
			  enum pane focus);

/* A list longer than its area: the selected row is always inside. */
struct list {
	size_t selected, top;
};

void list_settle(struct list *list, size_t count, int height);
/* Moves the selection by `by` rows; stops at the ends. */
void list_move(struct list *list, size_t count, long by);

#endif
