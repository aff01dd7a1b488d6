/* SPDX-License-Identifier: MIT */
#ifndef TUI_EVENTS_H
#define TUI_EVENTS_H

/*
 * The newest events of all sessions: a ring that forgets the oldest, found by id through
 * hash chains, because the same id arrives again whenever its count or verdict changes.
 * A serial number names an event for as long as it is kept. Each event is one block of memory.
 */
#include "core/policy/access.h"

#define EVENTS_MOST 100000

struct logged_event {
	struct access_event event; /* its strings lie in `block`: never freed one by one */
	uint64_t serial;
	unsigned session; /* its number in the model */
	char *block;
};

struct events;

struct events *events_new(size_t capacity);
void events_free(struct events *events);
/*
 * Adds it, or replaces the one with its id. Returns by how much the count grew. *entry (may be
 * NULL) is where it is now: borrowed until the next put.
 */
uint64_t events_put(struct events *events, unsigned session, const struct access_event *event,
		    struct logged_event **entry);
/* The event, or NULL where it was forgotten or never there. Borrowed until the next put. */
struct logged_event *events_get(const struct events *events, uint64_t serial);
struct logged_event *events_find(const struct events *events, const char *id);
size_t events_count(const struct events *events);
/* The oldest that is kept, and the one that the next new event gets. */
uint64_t events_first(const struct events *events);
uint64_t events_next(const struct events *events);

/* Serial numbers, ascending: cheap to add at the end, to drop at the front, and to search. */
struct serials {
	uint64_t *items; /* inside base */
	size_t count;
	uint64_t *base;
	size_t capacity;
};

void serials_free(struct serials *serials);
void serials_clear(struct serials *serials);
void serials_append(struct serials *serials, uint64_t serial);
/* Drops what is below `serial`. */
void serials_drop_below(struct serials *serials, uint64_t serial);
/* Puts it in its place, or takes it out; nothing where that is so already. */
void serials_set(struct serials *serials, uint64_t serial, bool in);
/* Index of the first serial that is not below `serial` (count where there is none). */
size_t serials_lower(const struct serials *serials, uint64_t serial);

#endif
