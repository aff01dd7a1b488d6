/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_RUN_REPORT_H
#define CORE_SESSION_RUN_REPORT_H

/*
 * What one run came to, for `srt-top run --report`: as text for people, in which nothing from
 * inside reaches a terminal unescaped, and as JSON (srt-top-protocol(7)). Pure.
 */
#include "core/session/wire.h"

#define RUN_REPORT_ACCESSES_MOST 20000

struct run_report_item {
	const struct access_event *event; /* borrowed */
	bool asked;	/* it was a question */
	char *next;	/* a command that would allow it, or words; NULL = nothing to do */
	bool is_command;
};

struct run_report {
	struct session_info info; /* borrowed strings */
	int64_t ended_ms;
	struct run_report_item *items; /* oldest first */
	size_t count, capacity;
	uint64_t left_out; /* accesses for which there was no room */
	bool full;
	/* Allowed accesses to files; each object and kind once after run_report_settle(). */
	struct access_row *accesses;
	size_t access_count, access_capacity;
};

enum run_report_format { RUN_REPORT_NONE, RUN_REPORT_TEXT, RUN_REPORT_JSON };

/* Adds up allowed accesses: copies what it keeps. */
void run_report_add_accesses(struct run_report *report, const struct access_row *rows, size_t count);
void run_report_settle(struct run_report *report);
void run_report_free(struct run_report *report);

/* What is known of a refused thing beyond its event. */
struct run_report_refusal {
	bool fixed;	/* the settings file, or this program, says so: no rule helps */
	bool exists;	/* a file: on the host */
	bool asked;
};
/* Fills in item->next for item->event, which was refused. */
void run_report_advise(struct run_report_item *item, const char *server,
		       const struct run_report_refusal *refusal);

void run_report_write(struct buf *out, const struct run_report *report,
		      enum run_report_format format);

#endif
