/* SPDX-License-Identifier: MIT */
#include "tui/flows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

void flows_free(struct flows *flows)
{
	free(flows->items);
	memset(flows, 0, sizeof(*flows));
}

static int compare_objects(const void *a, const void *b)
{
	const struct flow *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->object, right->object);
}

static int compare_times(const void *a, const void *b)
{
	const struct flow *left = a, *right = b;

	if (left->last_ms != right->last_ms)
		return left->last_ms > right->last_ms ? -1 : 1;
	return compare_objects(a, b);
}

static struct flow flow_of(const struct access_event *event)
{
	struct flow flow = { .kind = event->kind,
			     .object = event->object != NULL ? event->object : "",
			     .asked = event->verdict == VERDICT_ASK,
			     .last_ms = event->time_ms };

	if (event->verdict == VERDICT_ALLOW)
		flow.allowed = event->count;
	else if (event->verdict == VERDICT_DENY)
		flow.denied = event->count;
	return flow;
}

void flows_collect(struct flows *flows, const struct events *events, unsigned session, bool files)
{
	uint64_t first = events_first(events);
	size_t capacity = 0, kept = 0;

	flows_free(flows);
	for (uint64_t serial = events_next(events); serial-- > first;) {
		const struct logged_event *entry = events_get(events, serial);

		if (entry->session != session || access_is_file(entry->event.kind) != files)
			continue;
		if (flows->count == FLOW_EVENTS_MOST) {
			flows->more = true;
			break;
		}
		grow_array(flows->items, flows->count, capacity);
		flows->items[flows->count++] = flow_of(&entry->event);
	}
	if (flows->count == 0)
		return;
	qsort(flows->items, flows->count, sizeof(*flows->items), compare_objects);
	for (size_t i = 1; i < flows->count; i++) {
		struct flow *sum = &flows->items[kept], *flow = &flows->items[i];

		if (compare_objects(sum, flow) != 0) {
			flows->items[++kept] = *flow;
			continue;
		}
		sum->allowed += flow->allowed;
		sum->denied += flow->denied;
		sum->asked |= flow->asked;
		if (flow->last_ms > sum->last_ms)
			sum->last_ms = flow->last_ms;
	}
	flows->count = kept + 1;
	qsort(flows->items, flows->count, sizeof(*flows->items), compare_times);
	if (flows->count > FLOWS_MOST) {
		flows->count = FLOWS_MOST;
		flows->more = true;
	}
}
