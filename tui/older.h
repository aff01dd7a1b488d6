/* SPDX-License-Identifier: MIT */
#ifndef TUI_OLDER_H
#define TUI_OLDER_H

/*
 * Events of the database, a page at a time: however many there are, one page is held. With a filter
 * a page is put together from several looks, each of them over so many sequence numbers at most, so
 * that the dashboard can do something else in between.
 */
#include "tui/filter.h"
#include "tui/history.h"
#include "tui/layout.h"

#define OLDER_PAGE 500
#define OLDER_DEPTH 4096    /* pages that can be gone back to */
#define OLDER_WINDOW 5000   /* sequence numbers that one look spans, with a filter */
#define OLDER_LOOK_MOST 500000 /* that are looked through for one page */

struct older {
	struct history_event *items; /* oldest first; while a page is put together newest first */
	size_t count;
	struct list list;
	int64_t before[OLDER_DEPTH]; /* where each page from the newest to this one ends */
	size_t page;		     /* 0 = the newest */
	int64_t cursor;		     /* older ones were not looked at yet; 0 = nothing was */
	int64_t looked;		     /* sequence numbers for this page so far */
	bool at_end;		     /* there is nothing older */
	bool wanted;		     /* it has to be read */
	bool known;
	bool from_top; /* the first row is to be selected when it comes, else the last */
	struct filter *filter;
	char text[FILTER_MOST + 1]; /* of the filter */
	char *trouble;
};

/* All but the filter. */
void older_free(struct older *older);
/* Begins with the newest page. The filter was read without a mistake before. */
void older_open(struct older *older, const char *filter);
void older_move(struct older *older, long by);
/* What is to be read next, while something is wanted. */
void older_query(const struct older *older, struct history_query *query);
/* What came of it; taken over. */
void older_take(struct older *older, const struct history_query *query,
		struct history_event *events, size_t count);
void older_failed(struct older *older, const char *why);

#endif
