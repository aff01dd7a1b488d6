/* SPDX-License-Identifier: MIT */
/*
 * What the notification thread hands over, and to whom it goes; what it has counted; and who called, of
 * each event.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/session/supervisor_parts.h"

void supervisor_attribute(struct supervisor *s, const struct notice *notice,
			  struct access_event *event)
{
	const struct process_facts *facts =
		process_facts_find(s->processes, notice->pid, s->sandbox.init, notice->programs,
				   clock_mono_ms());

	/* Of a call that was answered already, the thread looked itself: the caller may be gone. */
	event->exe = notice->exe;
	event->pid = notice->pid;
	if (!facts || (notice->exe && strcmp(facts->exe, notice->exe) != 0))
		return;
	event->pid = facts->pid;
	event->exe = facts->exe;
	event->command_line = facts->command_line;
	event->chain = facts->chain;
}

/* While the process is there: its call is held, as a rule. */
static void describe_process(const struct supervisor *s, struct access_event *event)
{
	if (!event->pid)
		return;
	if (!event->command_line)
		event->command_line = process_command_line(event->pid);
	if (!event->chain)
		event->chain = process_chain(event->pid, s->sandbox.init);
}

static void describe_event(void *arg, struct access_event *event)
{
	struct supervisor *s = arg;

	describe_process(s, event);
	if (s->drift && !event->drift)
		event->drift = s->options->drift->tell(s->drift, event->kind, event->object);
}

static char *request_in_flight(void *arg)
{
	struct supervisor *s = arg;

	return s->tap ? stdio_tap_request(s->tap) : NULL;
}

void notices_witness(struct supervisor *s)
{
	static const struct journal_witness witness = { .request = request_in_flight,
							.describe = describe_event };

	journal_set_witness(s->journal, &witness, s);
}

/* A call that no policy opens: it was answered already. */
static void call_refused(struct supervisor *s, const struct notice *notice)
{
	struct access_event event = { .time_ms = clock_wall_ms(),
				      .kind = notice->kind,
				      .object = notice->object,
				      .verdict = VERDICT_DENY,
				      .why = (char *)"closed in every sandbox",
				      .syscall = (char *)notice->syscall,
				      .error = notice->error,
				      .count = 1 };

	supervisor_attribute(s, notice, &event);
	supervisor_event(s, &event);
	s->denied++;
	s->changed = true;
}

static void take_notice(struct supervisor *s, struct notice *notice)
{
	if (notice->rehearsed) {
		self_test_saw(s, notice);
		return;
	}
	switch (notice->type) {
	case NOTICE_FILE:
		files_refused(s, notice);
		break;
	case NOTICE_REFUSED:
		call_refused(s, notice);
		break;
	case NOTICE_UNIX:
		unix_wanted(s, notice);
		break;
	case NOTICE_NETWORK:
		network_needed(s, notice->id);
		break;
	case NOTICE_CONNECT:
		network_wanted(s, notice);
		break;
	}
}

void notices_take(struct supervisor *s)
{
	struct notice *notice = notifier_take(s->notifier);

	while (notice) {
		struct notice *next = notice->next;

		take_notice(s, notice);
		notice_free(notice);
		notice = next;
	}
	self_test_progress(s);
}

void notices_count_accesses(struct supervisor *s)
{
	struct access_row *rows;
	size_t count;
	uint64_t dropped = notifier_take_accesses(s->notifier, &rows, &count);

	/* They went through, and no history will have them. */
	s->allowed += dropped;
	journal_lose(s->journal, dropped);
	for (size_t i = 0; i < count; i++)
		s->allowed += rows[i].count;
	if (count || dropped)
		s->changed = true;
	if (s->report)
		run_report_add_accesses(s->report, rows, count);
	journal_accesses(s->journal, rows, count);
}
