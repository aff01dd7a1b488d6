/* SPDX-License-Identifier: MIT */
#ifndef TUI_EVENTS_H
#define TUI_EVENTS_H

/*
 * The newest events of all sessions: a ring that forgets the oldest, found by id through
 * hash chains, because the same id arrives again whenever its count or verdict changes.
 * A serial number names an event for as long as it is kept.
 */
#include "core/policy/access.h"

#define EVENTS_MOST 20000

struct logged_event {
	struct access_event event;
	uint64_t serial;
	unsigned session; /* its number in the model */
};

struct events;

/* What to show: 0, NULL and all true for everything. */
struct event_filter {
	unsigned session;
	bool verdicts[VERDICT_COUNT];
	const char *text; /* part of object, reason, program or kind, in any case */
};

struct serials {
	uint64_t *items; /* ascending */
	size_t count, capacity;
};

struct events *events_new(size_t capacity);
void events_free(struct events *events);
/* Adds it, or replaces the one with its id. Returns by how much the count grew. */
uint64_t events_put(struct events *events, unsigned session, const struct access_event *event);
/* The event, or NULL where it was forgotten or never there. Borrowed until the next put. */
struct logged_event *events_get(const struct events *events, uint64_t serial);
struct logged_event *events_find(const struct events *events, const char *id);
size_t events_count(const struct events *events);
/* The serial number that the next new event gets. */
uint64_t events_next(const struct events *events);
/* Fills *out with what the filter shows, oldest first. */
void events_select(const struct events *events, const struct event_filter *filter,
		   struct serials *out);
void serials_free(struct serials *serials);
/* Index of the first serial that is not below `serial` (count where there is none). */
size_t serials_lower(const struct serials *serials, uint64_t serial);

#endif
