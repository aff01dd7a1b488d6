/* SPDX-License-Identifier: MIT */
#include "tui/events.h"

#include <string.h>

#include "core/base/mem.h"

struct events {
	struct logged_event *slots; /* slot = serial % capacity */
	uint32_t *heads, *chain;    /* hash bucket -> slot + 1 -> slot + 1; 0 ends */
	size_t capacity, buckets;
	uint64_t first, next;
};

/* What calloc() gives is touched only as events come: an empty ring costs no memory. */
struct events *events_new(size_t capacity)
{
	struct events *events = xcalloc(1, sizeof(*events));

	events->capacity = capacity;
	events->buckets = capacity * 2 + 1;
	events->slots = xcalloc(capacity, sizeof(*events->slots));
	events->chain = xcalloc(capacity, sizeof(*events->chain));
	events->heads = xcalloc(events->buckets, sizeof(*events->heads));
	return events;
}

void events_free(struct events *events)
{
	if (events == NULL)
		return;
	for (uint64_t s = events->first; s < events->next; s++)
		free(events->slots[s % events->capacity].block);
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
	uint32_t *link;

	if (id == NULL)
		return;
	link = &events->heads[bucket_of(events, id)];
	while (*link != 0 && *link != slot + 1)
		link = &events->chain[*link - 1];
	if (*link == slot + 1)
		*link = events->chain[slot];
}

struct logged_event *events_find(const struct events *events, const char *id)
{
	if (id == NULL)
		return NULL;
	for (uint32_t at = events->heads[bucket_of(events, id)]; at != 0;
	     at = events->chain[at - 1])
		if (strcmp(events->slots[at - 1].event.id, id) == 0)
			return &events->slots[at - 1];
	return NULL;
}

#define STRINGS 8

/* Copies an event with all its strings into one block. */
static void pack(struct logged_event *entry, const struct access_event *event)
{
	const char *const from[STRINGS] = { event->id,	   event->session, event->server,
					    event->object, event->why,	   event->rule,
					    event->exe,	   event->syscall };
	struct access_event *to = &entry->event;
	char **const into[STRINGS] = { &to->id,	 &to->session, &to->server, &to->object,
				       &to->why, &to->rule,    &to->exe,    &to->syscall };
	char *block, *at;
	size_t lengths[STRINGS], total = 0;

	for (size_t i = 0; i < STRINGS; i++) {
		lengths[i] = from[i] != NULL ? strlen(from[i]) + 1 : 0;
		total += lengths[i];
	}
	/* The new strings may come from the old block. */
	at = block = xmalloc(total + 1);
	*to = *event;
	for (size_t i = 0; i < STRINGS; i++) {
		*into[i] = from[i] != NULL ? memcpy(at, from[i], lengths[i]) : NULL;
		at += lengths[i];
	}
	free(entry->block);
	entry->block = block;
}

uint64_t events_put(struct events *events, unsigned session, const struct access_event *event,
		    struct logged_event **place)
{
	struct logged_event *entry = events_find(events, event->id);
	size_t slot;

	if (entry != NULL) {
		uint64_t before = entry->event.count;

		pack(entry, event);
		entry->session = session;
		if (place != NULL)
			*place = entry;
		return event->count > before ? event->count - before : 0;
	}
	if (events->next - events->first == events->capacity) {
		slot = events->first % events->capacity;
		unchain(events, slot);
		free(steal_ptr(&events->slots[slot].block));
		events->first++;
	}
	slot = events->next % events->capacity;
	entry = &events->slots[slot];
	pack(entry, event);
	entry->serial = events->next++;
	entry->session = session;
	if (event->id != NULL) {
		size_t bucket = bucket_of(events, event->id);

		events->chain[slot] = events->heads[bucket];
		events->heads[bucket] = (uint32_t)(slot + 1);
	}
	if (place != NULL)
		*place = entry;
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

uint64_t events_first(const struct events *events)
{
	return events->first;
}

uint64_t events_next(const struct events *events)
{
	return events->next;
}

/* --- serials --- */

void serials_free(struct serials *serials)
{
	free(serials->base);
	memset(serials, 0, sizeof(*serials));
}

void serials_clear(struct serials *serials)
{
	serials->items = serials->base;
	serials->count = 0;
}

/* Makes room for one more at the end: by moving to the front where half of it is empty. */
static void make_room(struct serials *serials)
{
	size_t start = (size_t)(serials->items - serials->base);

	if (start + serials->count < serials->capacity)
		return;
	if (start > 0 && start >= serials->capacity / 2) {
		memmove(serials->base, serials->items, serials->count * sizeof(*serials->items));
	} else {
		serials->capacity = serials->capacity > 0 ? serials->capacity * 2 : 64;
		serials->base = xrealloc(serials->base, serials->capacity, sizeof(*serials->base));
		if (start > 0)
			memmove(serials->base, serials->base + start,
				serials->count * sizeof(*serials->items));
	}
	serials->items = serials->base;
}

void serials_append(struct serials *serials, uint64_t serial)
{
	make_room(serials);
	serials->items[serials->count++] = serial;
}

void serials_drop_below(struct serials *serials, uint64_t serial)
{
	while (serials->count > 0 && serials->items[0] < serial) {
		serials->items++;
		serials->count--;
	}
}

void serials_set(struct serials *serials, uint64_t serial, bool in)
{
	size_t at = serials_lower(serials, serial);
	bool there = at < serials->count && serials->items[at] == serial;

	if (there == in)
		return;
	if (in) {
		make_room(serials);
		memmove(serials->items + at + 1, serials->items + at,
			(serials->count - at) * sizeof(*serials->items));
		serials->items[at] = serial;
		serials->count++;
	} else {
		serials->count--;
		memmove(serials->items + at, serials->items + at + 1,
			(serials->count - at) * sizeof(*serials->items));
	}
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
