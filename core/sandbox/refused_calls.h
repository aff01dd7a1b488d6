/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_REFUSED_CALLS_H
#define CORE_SANDBOX_REFUSED_CALLS_H

/*
 * System calls that the filter refuses whatever they are about, as a table. They are notified and
 * answered with an error by the supervisor, which sees each attempt that way; nothing in memory
 * decides, and no such call is ever let on.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/policy/access.h"

/* What a policy can open again. */
enum refused_group {
	REFUSED_SOCKETS,    /* ways out of the network namespace, and around the filter */
	REFUSED_NAMESPACES, /* places where masks could be moved */
	REFUSED_KEYS,	    /* the person's own keys and terminal */
	REFUSED_PACKETS,    /* which the kernel refuses by itself: so that they are seen */
};

#define REFUSED_ARGUMENTS_MOST 2

struct refused_argument {
	unsigned index; /* from 0 */
	uint64_t mask, value;
};

struct refused_call {
	enum refused_group group;
	const char *name;	 /* of the system call */
	const char *shown;	 /* in events */
	enum access_kind kind;	 /* of the event */
	int error;
	/* The call is refused where all of these hold: (args[index] & mask) == value. */
	size_t count;
	struct refused_argument where[REFUSED_ARGUMENTS_MOST];
};

extern const struct refused_call refused_calls[];
extern const size_t refused_call_count;

/* The entry that a notified call matches, or NULL. Numbers are this architecture's. */
const struct refused_call *refused_call_find(int number, const uint64_t args[6]);

#endif
