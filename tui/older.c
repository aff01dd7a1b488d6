/* SPDX-License-Identifier: MIT */
#include "tui/older.h"

#include <string.h>

#include "core/base/mem.h"

void history_events_free(struct history_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++)
		access_event_free(&events[i].event);
	free(events);
}

void older_free(struct older *older)
{
	history_events_free(older->items, older->count);
	older->items = NULL;
	older->count = 0;
	free(steal_ptr(&older->trouble));
}

static void want(struct older *older)
{
	older->wanted = true;
	older->cursor = older->before[older->page];
	older->looked = 0;
	older->at_end = false;
}

void older_open(struct older *older, const char *filter)
{
	older_free(older);
	filter_free(older->filter);
	older->filter = filter_parse(filter, NULL);
	strncpy(older->text, filter, FILTER_MOST);
	older->text[FILTER_MOST] = '\0';
	older->page = 0;
	older->before[0] = 0;
	older->known = false;
	older->from_top = false;
	memset(&older->list, 0, sizeof(older->list));
	want(older);
}

static void turn_older(struct older *older)
{
	if (older->at_end || older->page + 1 == OLDER_DEPTH)
		return;
	older->before[++older->page] = older->cursor;
	older->from_top = false;
	want(older);
}

static void turn_newer(struct older *older)
{
	if (older->page == 0)
		return;
	older->page--;
	older->from_top = true;
	want(older);
}

void older_move(struct older *older, long by)
{
	if (older->wanted || !older->known)
		return;
	/* A page without a match is still one to go on from. */
	if (by < 0 && older->list.selected == 0)
		turn_older(older);
	else if (by > 0 && older->list.selected + 1 >= older->count)
		turn_newer(older);
	else
		list_move(&older->list, older->count, by);
}

void older_query(const struct older *older, struct history_query *query)
{
	*query = (struct history_query){ .before = older->cursor, .limit = OLDER_PAGE };
	if (filter_is_empty(older->filter))
		return;
	/* Where the newest is has to be known first. */
	if (older->cursor == 0) {
		query->limit = 1;
		return;
	}
	filter_bounds(older->filter, &query->kinds, &query->verdicts);
	if (older->cursor > OLDER_WINDOW)
		query->after = older->cursor - OLDER_WINDOW - 1;
}

/* The newest first, as many as find room; `cursor` is left at the oldest that was looked at. */
static void take_matches(struct older *older, struct history_event *events, size_t count)
{
	older->items = xrealloc(older->items, OLDER_PAGE, sizeof(*older->items));
	for (size_t i = count; i-- > 0;) {
		if (older->count == OLDER_PAGE ||
		    !filter_matches(older->filter, &events[i].event, events[i].session)) {
			access_event_free(&events[i].event);
			continue;
		}
		older->items[older->count++] = events[i];
		if (older->count == OLDER_PAGE) {
			older->cursor = events[i].sequence;
			older->at_end = false;
		}
	}
	free(events);
}

static void turn_around(struct older *older)
{
	for (size_t i = 0; i < older->count / 2; i++) {
		struct history_event other = older->items[i];

		older->items[i] = older->items[older->count - 1 - i];
		older->items[older->count - 1 - i] = other;
	}
}

void older_take(struct older *older, const struct history_query *query,
		struct history_event *events, size_t count)
{
	bool filtered = !filter_is_empty(older->filter), probe = filtered && query->before == 0;
	int64_t oldest = count > 0 ? events[0].sequence : 0;

	if (older->looked == 0)
		older_free(older);
	if (probe) {
		older->cursor = count > 0 ? oldest + 1 : 0;
		older->at_end = count == 0;
		history_events_free(events, count);
	} else {
		/* What is full may have left something out. */
		bool full = count == query->limit;

		older->cursor = full || !filtered ? oldest : query->after + 1;
		older->at_end = !full && (!filtered || query->after == 0);
		older->looked += filtered ? query->before - older->cursor : 0;
		take_matches(older, events, count);
	}
	if (!older->at_end && older->count < OLDER_PAGE &&
	    (probe || (filtered && older->looked < OLDER_LOOK_MOST)))
		return;
	turn_around(older);
	older->wanted = false;
	older->known = true;
	older->list.selected = older->from_top || older->count == 0 ? 0 : older->count - 1;
	older->list.top = older->list.selected;
}

void older_failed(struct older *older, const char *why)
{
	free(older->trouble);
	older->trouble = xstrdup(why);
	older->wanted = false;
}
