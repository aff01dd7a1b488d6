/* SPDX-License-Identifier: MIT */
#include "tui/events.h"

#include <string.h>

#include "core/base/mem.h"

#define NOBODY SIZE_MAX

struct events {
	struct logged_event *slots; /* slot = serial % capacity */
	size_t *heads, *chain;	    /* hash bucket -> slot -> slot, NOBODY ends */
	size_t capacity, buckets;
	uint64_t first, next;
};

struct events *events_new(size_t capacity)
{
	struct events *events = xcalloc(1, sizeof(*events));

	events->capacity = capacity;
	events->buckets = capacity * 2 + 1;
	events->slots = xcalloc(capacity, sizeof(*events->slots));
	events->chain = xcalloc(capacity, sizeof(*events->chain));
	events->heads = xcalloc(events->buckets, sizeof(*events->heads));
	for (size_t i = 0; i < events->buckets; i++)
		events->heads[i] = NOBODY;
	return events;
}

void events_free(struct events *events)
{
	if (events == NULL)
		return;
	for (uint64_t s = events->first; s < events->next; s++)
		access_event_free(&events->slots[s % events->capacity].event);
	free(events->slots);
	free(events->chain);
	free(events->heads);
	free(events);
}

static size_t bucket_of(const struct events *events, const char *id)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 1099511628211u;
	return (size_t)(hash % events->buckets);
}

static void unchain(struct events *events, size_t slot)
{
	const char *id = events->slots[slot].event.id;
	size_t *link;

	if (id == NULL)
		return;
	link = &events->heads[bucket_of(events, id)];
	while (*link != NOBODY && *link != slot)
		link = &events->chain[*link];
	if (*link == slot)
		*link = events->chain[slot];
}

struct logged_event *events_find(const struct events *events, const char *id)
{
	if (id == NULL)
		return NULL;
	for (size_t slot = events->heads[bucket_of(events, id)]; slot != NOBODY;
	     slot = events->chain[slot])
		if (strcmp(events->slots[slot].event.id, id) == 0)
			return &events->slots[slot];
	return NULL;
}

uint64_t events_put(struct events *events, unsigned session, const struct access_event *event)
{
	struct logged_event *entry = events_find(events, event->id);
	size_t slot;

	if (entry != NULL) {
		uint64_t before = entry->event.count;

		access_event_free(&entry->event);
		access_event_copy(&entry->event, event);
		entry->session = session;
		return event->count > before ? event->count - before : 0;
	}
	if (events->next - events->first == events->capacity) {
		slot = events->first % events->capacity;
		unchain(events, slot);
		access_event_free(&events->slots[slot].event);
		events->first++;
	}
	slot = events->next % events->capacity;
	entry = &events->slots[slot];
	access_event_copy(&entry->event, event);
	entry->serial = events->next++;
	entry->session = session;
	if (event->id != NULL) {
		size_t bucket = bucket_of(events, event->id);

		events->chain[slot] = events->heads[bucket];
		events->heads[bucket] = slot;
	}
	return event->count;
}

struct logged_event *events_get(const struct events *events, uint64_t serial)
{
	if (serial < events->first || serial >= events->next)
		return NULL;
	return &events->slots[serial % events->capacity];
}

size_t events_count(const struct events *events)
{
	return (size_t)(events->next - events->first);
}

uint64_t events_next(const struct events *events)
{
	return events->next;
}

static bool contains(const char *text, const char *part)
{
	return text != NULL && strcasestr(text, part) != NULL;
}

static bool shows(const struct event_filter *filter, const struct logged_event *entry)
{
	const struct access_event *event = &entry->event;

	if (filter->session != 0 && filter->session != entry->session)
		return false;
	if (!filter->verdicts[event->verdict])
		return false;
	if (filter->text == NULL || filter->text[0] == '\0')
		return true;
	return contains(event->object, filter->text) || contains(event->why, filter->text) ||
	       contains(event->exe, filter->text) ||
	       contains(access_kind_name(event->kind), filter->text);
}

void events_select(const struct events *events, const struct event_filter *filter,
		   struct serials *out)
{
	out->count = 0;
	for (uint64_t s = events->first; s < events->next; s++) {
		if (!shows(filter, &events->slots[s % events->capacity]))
			continue;
		grow_array(out->items, out->count, out->capacity);
		out->items[out->count++] = s;
	}
}

void serials_free(struct serials *serials)
{
	free(serials->items);
	memset(serials, 0, sizeof(*serials));
}

size_t serials_lower(const struct serials *serials, uint64_t serial)
{
	size_t low = 0, high = serials->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (serials->items[middle] < serial)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
