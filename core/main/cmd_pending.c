/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/live.h"
#include "core/main/report.h"

/* Questions are asked for again this often: a supervisor need not tell scripts of new ones. */
#define ASK_MS 100

static const char *const headings[] = { "ID", "SERVER", "HELD", "SCOPES", "KIND", "OBJECT", "NEW" };

struct pending {
	struct query_options options;
	struct live live;
	struct table table;
};

static void show(struct pending *pending, const struct question *question)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	const struct access_event *event = &question->event;
	int64_t left = question->deadline_ms - clock_wall_ms();

	if (pending->options.json) {
		wire_write_question(&line, question);
		print_line(&line);
		return;
	}
	for (size_t i = 0; i < question->scope_count; i++)
		buf_addf(&line, "%s%s", i ? "," : "", scope_name(question->scopes[i]));
	table_add(&pending->table, event->id);
	table_add(&pending->table, event->server);
	if (question->deadline_ms)
		table_addf(&pending->table, "%lld s left", (long long)(left > 0 ? left / 1000 : 0));
	else
		table_add(&pending->table, "refused");
	table_add(&pending->table, buf_text(&line));
	table_add(&pending->table, access_kind_name(event->kind));
	table_add(&pending->table, event->object);
	table_add(&pending->table, event->drift);
	if (pending->options.follow)
		table_print(&pending->table);
}

static bool is_wanted(const struct pending *pending, const struct question *question)
{
	const char *name = pending->options.name;

	if (name && (!question->event.server || strcmp(question->event.server, name) != 0))
		return false;
	return !pending->options.denied || question->deadline_ms == 0;
}

static void show_once(struct pending *pending, struct live_session *session,
		      const struct question *question)
{
	if (!is_wanted(pending, question) || strings_contain(&session->seen, question->event.id))
		return;
	strings_add(&session->seen, question->event.id);
	show(pending, question);
}

/* Ids that are no longer open need not be remembered. */
static void forget_closed(struct live_session *session, const struct wire_message *message)
{
	struct strings kept = STRINGS_EMPTY;

	for (size_t i = 0; i < message->question_count; i++)
		if (strings_contain(&session->seen, message->questions[i].event.id))
			strings_add(&kept, message->questions[i].event.id);
	strings_free(&session->seen);
	session->seen = kept;
}

static void take_message(void *context, struct live_session *session,
			 const struct wire_message *message)
{
	struct pending *pending = context;

	if (!message)
		return;
	if (message->type == WIRE_QUESTION && pending->options.follow)
		show_once(pending, session, &message->question);
	if (message->type != WIRE_QUESTIONS)
		return;
	forget_closed(session, message);
	for (size_t i = 0; i < message->question_count; i++)
		show_once(pending, session, &message->questions[i]);
}

static int follow(struct pending *pending, struct err *e)
{
	int64_t next = 0;
	int64_t now;

	do {
		now = clock_mono_ms();
		if (now >= next) {
			if (live_scan(&pending->live, e) < 0)
				return -1;
			live_ask_pending(&pending->live);
			next = now + ASK_MS;
		}
	} while (live_wait(&pending->live, (int)(next - now), take_message, pending) &&
		 !ferror(stdout));
	return 0;
}

int cmd_pending(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct pending pending = { .table = { .columns = 7, .headings = headings } };
	const struct option_spec specs[] = { QUERY_OPTIONS(pending.options) };
	struct err e;
	int status = report_options("pending", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	int result;

	if (status >= 0)
		return status;
	if (operands.count) {
		err_set(&e, "pending takes no operand");
		return report_misuse("pending", &e);
	}
	if (pending.options.follow)
		report_line_by_line();
	result = pending.options.follow ?
			 follow(&pending, &e) :
			 live_gather(&pending.live, true, take_message, &pending, &e);
	table_print(&pending.table);
	live_free(&pending.live);
	if (result < 0)
		return report_failure(&e);
	return report_end();
}
