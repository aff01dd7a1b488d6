/* SPDX-License-Identifier: MIT */
#include "core/session/loop.h"

#include <sched.h>
#include <stdbool.h>

#include "core/base/clock.h"
#include "core/base/footprint.h"

void loop_init(struct loop *loop, struct event_base *base)
{
	cpu_set_t ours;
	bool alone = sched_getaffinity(0, sizeof(ours), &ours) == 0 && CPU_COUNT(&ours) == 1;

	*loop = (struct loop){ .base = base, .poll_most_us = alone ? 0 : LOOP_POLL_MOST_US };
}

/* Whether there were events since the last call. */
RUNS_IDLE static bool was_busy(const struct loop *loop)
{
	return event_base_get_max_events(loop->base, EVENT_BASE_COUNT_ACTIVE, true) > 0;
}

RUNS_IDLE void loop_offered(struct loop *loop, int64_t before_us, int64_t now_us)
{
	if (now_us - before_us <= LOOP_CROWDED_US)
		return;
	if (now_us < loop->doubt_until_us)
		loop->rest_until_us = now_us + LOOP_REST_US;
	loop->doubt_until_us = now_us + LOOP_AGAIN_US;
}

/* True where something came, and was served. */
RUNS_IDLE static bool poll_for_a_moment(struct loop *loop)
{
	int64_t now = clock_mono_us(), until = now + loop->poll_us;

	do {
		int result = event_base_loop(loop->base, EVLOOP_NONBLOCK);
		int64_t before = now;

		if (was_busy(loop))
			return true;
		if (result != 0)
			return false; /* the caller finds out */
		/* Whoever else can use the processor has it. */
		sched_yield();
		now = clock_mono_us();
		loop_offered(loop, before, now);
	} while (now < until);
	return false;
}

RUNS_IDLE int loop_turn(struct loop *loop)
{
	int64_t began, now;
	int result;

	if (loop->poll_us && poll_for_a_moment(loop)) {
		loop->poll_us = loop->poll_most_us;
		return 0;
	}
	began = clock_mono_us();
	loop->poll_us = began < loop->rest_until_us ? 0 : loop->poll_us / 2;
	result = event_base_loop(loop->base, EVLOOP_ONCE);
	(void)was_busy(loop);
	now = clock_mono_us();
	/* It would have been worth the while. */
	if (now - began < loop->poll_most_us && now >= loop->rest_until_us)
		loop->poll_us = loop->poll_most_us;
	return result;
}
