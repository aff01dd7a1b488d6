/* SPDX-License-Identifier: MIT */
#ifndef TUI_OLDER_H
#define TUI_OLDER_H

/* Events of the database, a page at a time: however many there are, one page is held. */
#include "tui/history.h"
#include "tui/layout.h"

#define OLDER_PAGE 500
#define OLDER_DEPTH 4096 /* pages that can be gone back to */

struct older {
	struct history_event *items; /* oldest first */
	size_t count;
	struct list list;
	int64_t before[OLDER_DEPTH]; /* where each page from the newest to this one ends */
	size_t page;		     /* 0 = the newest */
	bool wanted;		     /* it has to be read */
	bool known;
	bool from_top; /* the first row is to be selected when it comes, else the last */
	char *trouble;
};

void older_free(struct older *older);
/* Begins with the newest page. */
void older_open(struct older *older);
void older_move(struct older *older, long by);
/* The page that was wanted; taken over. */
void older_take(struct older *older, struct history_event *events, size_t count);
void older_failed(struct older *older, const char *why);

#endif
