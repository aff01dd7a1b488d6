/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_LOOP_H
#define CORE_SESSION_LOOP_H

/*
 * Turns of the event loop. To sleep and be woken takes a processor some tens of microseconds, in a
 * virtual machine above all, and who waits for a proxy waits for that several times a connection. So
 * while events come thick, the loop looks for the next one for a moment before it sleeps.
 */
#include <event2/event.h>
#include <stdint.h>

/* For how long at most: about what sleeping costs, so that looking in vain costs no more than that. */
#define LOOP_POLL_MOST_US 50

/*
 * Who is off the processor for so long, and soon again, has competitors for it, and does not look for a
 * while. Once alone may as well be the host of a virtual machine, which no rest would help.
 */
#define LOOP_CROWDED_US 1000
#define LOOP_AGAIN_US 20000
#define LOOP_REST_US 50000

struct loop {
	struct event_base *base;
	int64_t poll_most_us; /* 0 where there is one processor only: what is awaited could not run */
	int64_t poll_us;      /* before the next sleep; 0 = not at all */
	int64_t rest_until_us; /* CLOCK_MONOTONIC */
	int64_t doubt_until_us; /* once more until then means competitors */
};

/* The base is borrowed. */
void loop_init(struct loop *loop, struct event_base *base);
/* Between these times (CLOCK_MONOTONIC) the thread had offered the processor to others. */
void loop_offered(struct loop *loop, int64_t before_us, int64_t now_us);
/* Waits for events and serves them. Returns 0, 1 where there is nothing to wait for, -1 on failure. */
int loop_turn(struct loop *loop);

#endif
