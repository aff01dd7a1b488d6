/* SPDX-License-Identifier: MIT */
#include "core/session/loop.h"

#include <sched.h>
#include <stdbool.h>

#include "core/base/clock.h"

void loop_init(struct loop *loop, struct event_base *base)
{
	cpu_set_t ours;
	bool alone = sched_getaffinity(0, sizeof(ours), &ours) == 0 && CPU_COUNT(&ours) == 1;

	*loop = (struct loop){ .base = base, .poll_most_us = alone ? 0 : LOOP_POLL_MOST_US };
}

/* Whether there were events since the last call. */
static bool was_busy(const struct loop *loop)
{
	return event_base_get_max_events(loop->base, EVENT_BASE_COUNT_ACTIVE, true) > 0;
}

/* True where something came, and was served. */
static bool poll_for_a_moment(const struct loop *loop)
{
	int64_t until = clock_mono_us() + loop->poll_us;

	do {
		int result = event_base_loop(loop->base, EVLOOP_NONBLOCK);

		if (was_busy(loop))
			return true;
		if (result != 0)
			return false; /* the caller finds out */
		/* Whoever else can use the processor has it. */
		sched_yield();
	} while (clock_mono_us() < until);
	return false;
}

int loop_turn(struct loop *loop)
{
	int64_t began;
	int result;

	if (loop->poll_us && poll_for_a_moment(loop)) {
		loop->poll_us = loop->poll_most_us;
		return 0;
	}
	loop->poll_us /= 2;
	began = clock_mono_us();
	result = event_base_loop(loop->base, EVLOOP_ONCE);
	(void)was_busy(loop);
	/* It would have been worth the while. */
	if (clock_mono_us() - began < loop->poll_most_us)
		loop->poll_us = loop->poll_most_us;
	return result;
}
