/* SPDX-License-Identifier: MIT */
#include "core/base/clock.h"

#include <stdio.h>
#include <time.h>

#include "core/base/footprint.h"

static int64_t read_clock(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct timeval clock_timeval(int64_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

RUNS_IDLE static int64_t read_clock_us(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

RUNS_IDLE int64_t clock_mono_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

int64_t clock_thread_us(void)
{
	return read_clock_us(CLOCK_THREAD_CPUTIME_ID);
}

const char *clock_format(int64_t wall_ms, char *out)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		 (parts.tm_year + 1900) % 10000, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
		 parts.tm_min, parts.tm_sec, (int)(wall_ms % 1000));
	return out;
}

int clock_parse(const char *text, int64_t *wall_ms)
{
	struct tm parts = { 0 };
	int ms, end = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts.tm_year, &parts.tm_mon,
		   &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &ms, &end) != 7 ||
	    end == 0 || text[end] != '\0')
		return -1;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	*wall_ms = (int64_t)timegm(&parts) * 1000 + ms;
	return 0;
}
