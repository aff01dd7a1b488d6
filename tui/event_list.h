/* SPDX-License-Identifier: MIT */
#ifndef TUI_EVENT_LIST_H
#define TUI_EVENT_LIST_H

/*
 * Which events are listed, and in which order. What passes the filter is kept up to date event by
 * event; only another filter looks at all of them. An order other than by time is made anew at
 * most once a second.
 */
#include "tui/events.h"
#include "tui/filter.h"
#include "tui/layout.h"

struct model;

#define ORDER_TEXTS_MOST 15000 /* ordered by object are the newest of so many */

enum show { SHOW_ALL, SHOW_REFUSED, SHOW_ALLOWED, SHOW_COUNT };
enum event_order { ORDER_TIME, ORDER_COUNT, ORDER_KIND, ORDER_OBJECT, ORDER_ORDERS };

struct event_list {
	/* what the person has set */
	enum show show;
	bool only; /* events of the selected session only */
	char text[FILTER_MOST + 1];
	struct filter *filter; /* of the text, as far as it could be read; NULL = everything */
	char *mistake;	       /* why the text cannot be read, NULL = it can */
	enum event_order order;
	char find[FILTER_MOST + 1];

	/* what comes of it */
	bool stale;	  /* `shown` has to be made anew */
	unsigned session; /* that `only` was made for */
	struct serials shown;
	uint64_t *ordered; /* the same in the order, where it is not by time */
	size_t ordered_count;
	bool ordered_stale;
	int64_t ordered_ms; /* monotonic, when it was made */

	/* where the person is: kept by serial number, so that what arrives never moves it */
	struct list list;
	uint64_t serial, top;
	bool follow;
	uint64_t paused_at;
};

void event_list_free(struct event_list *list);
/* An event was put into the ring. */
void event_list_put(struct model *model, const struct logged_event *entry);
/* Makes the list what it has to be, for a pane of so many rows. */
void event_list_settle(struct model *model, int height);
void event_list_move(struct model *model, long by);
void event_list_pause(struct model *model);
void event_list_follow(struct model *model, bool follow);
void event_list_set_filter(struct model *model, const char *text);
void event_list_set_order(struct model *model, enum event_order order);
/* Selects the next row (or the one before) that holds the text that is looked for; with `here` the
 * selected row counts too. False where there is none. */
bool event_list_find(struct model *model, bool forward, bool here);

/* Rows, in the order shown. */
size_t event_list_count(const struct model *model);
uint64_t event_list_serial(const struct model *model, size_t row);
const char *event_order_name(enum event_order order);

#endif
