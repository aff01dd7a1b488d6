/* SPDX-License-Identifier: MIT */
#ifndef TUI_FLOWS_H
#define TUI_FLOWS_H

/* Whom a session talked to, or which files it used, added up by kind and object from the latest of its
 * events that are held. */
#include "tui/events.h"

#define FLOWS_MOST 1000 /* the latest ones */
#define FLOW_EVENTS_MOST 8000 /* that are added up: it is done for each painting */

struct flow {
	enum access_kind kind;
	const char *object; /* borrowed from the event */
	uint64_t allowed, denied;
	bool asked; /* a question is open */
	int64_t last_ms;
};

struct flows {
	struct flow *items; /* latest first */
	size_t count;
	bool more; /* there are earlier events, or other objects */
};

void flows_free(struct flows *flows);
#define _cleanup_flows_ __attribute__((cleanup(flows_free)))
/* Borrows from the events: to be used before the next of them is put. `files`: those, not the network. */
void flows_collect(struct flows *flows, const struct events *events, unsigned session, bool files);

#endif
