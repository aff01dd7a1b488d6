/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

/* Milliseconds since the epoch (CLOCK_REALTIME): for showing and storing. */
int64_t clock_wall_ms(void);
/* Milliseconds of CLOCK_MONOTONIC: for deadlines. */
int64_t clock_mono_ms(void);
/* Microseconds of the same clock: for measuring. */
int64_t clock_mono_us(void);
/* Microseconds of processor time that the calling thread has had (a system call). */
int64_t clock_thread_us(void);

/* A span of so many milliseconds, as timers take it. */
struct timeval clock_timeval(int64_t ms);

#define CLOCK_TEXT_SIZE 80
/* RFC 3339 in UTC with milliseconds ("2026-01-02T03:04:05.678Z") into out[CLOCK_TEXT_SIZE]; returns out. */
const char *clock_format(int64_t wall_ms, char *out);
/* Parses what clock_format() writes. Returns 0, or -1. */
int clock_parse(const char *text, int64_t *wall_ms);

#endif
