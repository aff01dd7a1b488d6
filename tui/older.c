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

void older_open(struct older *older)
{
	older_free(older);
	older->page = 0;
	older->before[0] = 0;
	older->wanted = true;
	older->known = false;
	older->from_top = false;
	memset(&older->list, 0, sizeof(older->list));
}

static void turn_older(struct older *older)
{
	/* A page that is not full is the last one. */
	if (older->count < OLDER_PAGE || older->page + 1 == OLDER_DEPTH)
		return;
	older->before[++older->page] = older->items[0].sequence;
	older->from_top = false;
	older->wanted = true;
}

static void turn_newer(struct older *older)
{
	if (older->page == 0)
		return;
	older->page--;
	older->from_top = true;
	older->wanted = true;
}

void older_move(struct older *older, long by)
{
	if (older->wanted || older->count == 0)
		return;
	if (by < 0 && older->list.selected == 0)
		turn_older(older);
	else if (by > 0 && older->list.selected + 1 >= older->count)
		turn_newer(older);
	else
		list_move(&older->list, older->count, by);
}

void older_take(struct older *older, struct history_event *events, size_t count)
{
	older_free(older);
	older->items = events;
	older->count = count;
	older->wanted = false;
	older->known = true;
	older->list.selected = older->from_top || count == 0 ? 0 : count - 1;
	older->list.top = older->list.selected;
}

void older_failed(struct older *older, const char *why)
{
	free(older->trouble);
	older->trouble = xstrdup(why);
	older->wanted = false;
}
