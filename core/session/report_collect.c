/* SPDX-License-Identifier: MIT */
/* Where a run's report comes from: the journal, whose last events it lists, and what is added up. */
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

static bool is_fixed(const struct supervisor *s, const struct access_event *event)
{
	enum mount_origin origin;

	if (!access_is_file(event->kind) || !event->object || event->object[0] != '/' ||
	    s->options->settings->filesystem_disabled)
		return false;
	origin = mount_plan_find(&s->plan, event->object)->origin;
	return origin == ORIGIN_SETTINGS || origin == ORIGIN_MANDATORY || origin == ORIGIN_OWN;
}

static void add(void *arg, const struct access_event *event)
{
	struct supervisor *s = arg;
	struct run_report *report = s->report;
	struct run_report_item *item;
	struct stat st;

	grow_array(report->items, report->count, report->capacity);
	item = &report->items[report->count++];
	*item = (struct run_report_item){ .event = event,
					  .asked = strings_contain(&s->asked_ids, event->id) };
	if (event->verdict == VERDICT_DENY && event->object) {
		const struct run_report_refusal refusal = {
			.fixed = is_fixed(s, event),
			.exists = access_is_file(event->kind) && lstat(event->object, &st) == 0,
			.asked = item->asked,
		};

		run_report_advise(item, s->options->server, &refusal);
	}
}

char *report_make(struct supervisor *s, const struct session_info *info)
{
	struct buf text = BUF_EMPTY;

	if (!s->report)
		return NULL;
	s->report->info = *info;
	s->report->ended_ms = clock_wall_ms();
	run_report_settle(s->report);
	journal_recent(s->journal, add, s);
	run_report_write(&text, s->report, s->options->report);
	return buf_steal(&text);
}
