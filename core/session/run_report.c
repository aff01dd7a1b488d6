/* SPDX-License-Identifier: MIT */
#include "core/session/run_report.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/shell_quote.h"

/* So many are named in the text; the JSON has all. */
#define TEXT_ACCESSES_MOST 50

/* --- accesses --- */

static int compare_rows(const void *a, const void *b)
{
	const struct access_row *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->object, right->object);
}

void run_report_settle(struct run_report *report)
{
	struct access_row *rows = report->accesses;
	size_t kept = 0;

	if (report->access_count)
		qsort(rows, report->access_count, sizeof(*rows), compare_rows);
	for (size_t i = 0; i < report->access_count; i++) {
		if (!kept || compare_rows(&rows[kept - 1], &rows[i]) != 0) {
			rows[kept++] = rows[i];
			continue;
		}
		rows[kept - 1].count += rows[i].count;
		rows[kept - 1].created |= rows[i].created;
		access_row_free(&rows[i]);
	}
	report->access_count = kept;
}

void run_report_add_accesses(struct run_report *report, const struct access_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct access_row *kept;

		if (rows[i].verdict != VERDICT_ALLOW)
			continue;
		/* Sorting has to pay: it makes room for as many as it leaves, or is not done again. */
		if (!report->full && report->access_count == 2 * RUN_REPORT_ACCESSES_MOST) {
			run_report_settle(report);
			report->full = report->access_count > RUN_REPORT_ACCESSES_MOST;
		}
		if (report->full) {
			report->left_out += rows[i].count;
			continue;
		}
		grow_array(report->accesses, report->access_count, report->access_capacity);
		kept = &report->accesses[report->access_count++];
		*kept = (struct access_row){ .kind = rows[i].kind,
					     .verdict = VERDICT_ALLOW,
					     .object = xstrdup(rows[i].object),
					     .exe = xstrdup(rows[i].exe),
					     .count = rows[i].count,
					     .created = rows[i].created };
	}
}

void run_report_free(struct run_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->items[i].next);
	free(report->items);
	access_rows_free(report->accesses, report->access_count);
	memset(report, 0, sizeof(*report));
}

/* --- what to do --- */

static bool begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

/* A rule is asked before the list of allowed hosts, and no rule before what is checked after it. */
static bool rule_helps_host(const struct access_event *event, const struct run_report_refusal *refusal)
{
	if (refusal->asked || (event->why && strcmp(event->why, "host is not on the allow list") == 0))
		return true;
	return event->rule && !begins(event->rule, "deniedDomains ");
}

/* What is not there yet is allowed by its directory, but where it can be made in the call's stead. */
static char *subject_of(const struct access_event *event, const struct run_report_refusal *refusal)
{
	const char *slash = strrchr(event->object, '/');

	if (event->kind != ACCESS_WRITE || refusal->exists || event->makes || !slash ||
	    slash == event->object)
		return xstrdup(event->object);
	return xstrndup(event->object, (size_t)(slash - event->object));
}

static void advise_rule(struct run_report_item *item, const char *server,
			const struct run_report_refusal *refusal)
{
	_cleanup_free_ char *subject = subject_of(item->event, refusal);
	_cleanup_free_ char *shown = NULL;
	struct buf command = BUF_EMPTY;

	buf_adds(&command, "srt-top rules add --name ");
	shell_quote(&command, server);
	buf_addf(&command, " allow %s ", access_kind_name(item->event->kind));
	shell_quote(&command, subject);
	shown = escape_string(buf_text(&command));
	item->is_command = strcmp(shown, buf_text(&command)) == 0;
	if (item->is_command) {
		item->next = buf_steal(&command);
		return;
	}
	/* It would have to be copied from here. */
	buf_free(&command);
	item->next = xstrdup("a rule for it, made on the dashboard: its name cannot be shown here");
}

void run_report_advise(struct run_report_item *item, const char *server,
		       const struct run_report_refusal *refusal)
{
	const struct access_event *event = item->event;

	if (event->why && strcmp(event->why, "closed in every sandbox") == 0) {
		item->next = xstrdup("nothing opens it");
	} else if (refusal->fixed || begins(event->rule, "deniedDomains ")) {
		item->next = event->rule ? xasprintf("the settings file says so: %s", event->rule)
					 : xstrdup("the settings file says so");
	} else if (event->kind == ACCESS_UNIX || event->kind == ACCESS_BIND) {
		item->next = xstrdup("network.allowUnixSockets of the settings file, or an answer "
				     "while it runs");
	} else if (event->kind == ACCESS_DNS ||
		   (event->kind == ACCESS_CONNECT && !rule_helps_host(event, refusal))) {
		item->next = xstrdup("no rule opens it");
	} else {
		advise_rule(item, server, refusal);
	}
}

/* --- JSON --- */

static void write_items(struct buf *out, const struct run_report *report, const char *name,
			enum verdict verdict)
{
	bool first = true;

	json_key(out, name);
	buf_addc(out, '[');
	for (size_t i = 0; i < report->count; i++) {
		const struct run_report_item *item = &report->items[i];

		if (item->event->verdict != verdict)
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		wire_write_event(out, item->event);
		/* Reopened for what only the report knows. */
		out->length--;
		json_member_bool(out, "asked", item->asked);
		json_member_string(out, "next", item->next);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void write_accesses(struct buf *out, const struct run_report *report)
{
	json_key(out, "accesses");
	buf_addc(out, '[');
	for (size_t i = 0; i < report->access_count; i++) {
		const struct access_row *row = &report->accesses[i];

		if (i)
			buf_addc(out, ',');
		buf_addc(out, '{');
		json_member_string(out, "kind", access_kind_name(row->kind));
		json_member_string(out, "object", row->object);
		json_member_string(out, "exe", row->exe);
		json_member_bool(out, "created", row->created);
		json_member_unsigned(out, "count", row->count);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void write_json(struct buf *out, const struct run_report *report, const char *export)
{
	buf_addc(out, '{');
	json_member_integer(out, "v", WIRE_VERSION);
	json_key(out, "session");
	wire_write_session(out, &report->info);
	json_member_time(out, "ended", report->ended_ms);
	write_items(out, report, "refused", VERDICT_DENY);
	write_items(out, report, "allowed", VERDICT_ALLOW);
	write_accesses(out, report);
	json_member_unsigned(out, "left_out", report->left_out);
	json_member_string(out, "export", export);
	buf_adds(out, "}\n");
}

/* --- text --- */

static void add_escaped(struct buf *out, const char *text)
{
	_cleanup_free_ char *shown = escape_string(text ? text : "-");

	buf_adds(out, shown);
}

static void add_line(struct buf *out, const char *label, const char *text)
{
	buf_addf(out, "%-9s ", label);
	add_escaped(out, text);
	buf_addc(out, '\n');
}

static void add_time(struct buf *out, const char *label, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(wall_ms, text);
	add_line(out, label, text);
}

static void add_who(struct buf *out, const struct access_event *event)
{
	_cleanup_free_ char *chain = xstrdup(event->chain);
	char *rest = chain ? strchr(chain, '\n') : NULL;

	if (event->exe) {
		buf_adds(out, "      by ");
		add_escaped(out, event->exe);
		while (rest) {
			char *link = rest + 1;

			rest = strchr(link, '\n');
			if (rest)
				*rest = '\0';
			buf_adds(out, " < ");
			add_escaped(out, link);
		}
		buf_addc(out, '\n');
	}
	if (event->request) {
		buf_adds(out, "      during ");
		add_escaped(out, event->request);
		buf_addc(out, '\n');
	}
}

static void add_item(struct buf *out, const struct run_report_item *item)
{
	const struct access_event *event = item->event;

	buf_addf(out, "  %-8s", access_kind_name(event->kind));
	add_escaped(out, event->object);
	if (event->count > 1)
		buf_addf(out, "  (%llu times)", (unsigned long long)event->count);
	if (item->asked)
		buf_adds(out, "  [asked]");
	buf_addc(out, '\n');
	add_who(out, event);
	if (event->why) {
		buf_adds(out, "      ");
		add_escaped(out, event->why);
		buf_addc(out, '\n');
	}
	if (item->next) {
		buf_adds(out, item->is_command ? "      to allow it: " : "      next: ");
		add_escaped(out, item->next);
		buf_addc(out, '\n');
	}
}

static void add_items(struct buf *out, const struct run_report *report, const char *heading,
		      enum verdict verdict, uint64_t total)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->items[i].event->verdict == verdict;
	if (!count && !total)
		return;
	buf_addf(out, "\n%s: %llu\n", heading, (unsigned long long)total);
	for (size_t i = 0; i < report->count; i++)
		if (report->items[i].event->verdict == verdict)
			add_item(out, &report->items[i]);
}

static void add_accesses(struct buf *out, const struct run_report *report)
{
	for (int kind = 0; kind < ACCESS_KIND_COUNT; kind++) {
		size_t shown = 0, count = 0;
		uint64_t times = 0;

		for (size_t i = 0; i < report->access_count; i++)
			if (report->accesses[i].kind == (enum access_kind)kind) {
				count++;
				times += report->accesses[i].count;
			}
		if (!count)
			continue;
		buf_addf(out, "  %-8s%zu files, %llu times\n", access_kind_name((enum access_kind)kind),
			 count, (unsigned long long)times);
		for (size_t i = 0; i < report->access_count; i++) {
			const struct access_row *row = &report->accesses[i];

			if (row->kind != (enum access_kind)kind || kind == ACCESS_READ)
				continue;
			if (shown++ == TEXT_ACCESSES_MOST) {
				buf_addf(out, "      and %zu more\n", count - TEXT_ACCESSES_MOST);
				break;
			}
			buf_adds(out, "      ");
			add_escaped(out, row->object);
			buf_addf(out, "%s\n", row->created ? "  (new)" : "");
		}
	}
	if (report->left_out)
		buf_addf(out, "  and %llu accesses to so many others that they are not listed\n",
			 (unsigned long long)report->left_out);
}

static void write_text(struct buf *out, const struct run_report *report, const char *export)
{
	const struct session_info *info = &report->info;

	add_line(out, "server", info->server);
	add_line(out, "session", info->id);
	add_line(out, "command", info->command);
	add_line(out, "directory", info->cwd);
	add_line(out, "mode", info->mode);
	add_time(out, "started", info->started_ms);
	add_time(out, "ended", report->ended_ms);
	buf_addf(out, "%-9s %d\n", "status", info->status);
	if (info->banner)
		add_line(out, "unseen", info->banner);
	if (info->asked)
		buf_addf(out, "%-9s %llu\n", "asked", (unsigned long long)info->asked);
	add_items(out, report, "Refused", VERDICT_DENY, info->denied);
	add_items(out, report, "Allowed", VERDICT_ALLOW, info->allowed);
	add_accesses(out, report);
	buf_adds(out, "\nThe settings file that this server needs, so far:\n  ");
	add_escaped(out, export);
	buf_addc(out, '\n');
}

void run_report_write(struct buf *out, const struct run_report *report,
		      enum run_report_format format)
{
	_cleanup_buf_ struct buf export = BUF_EMPTY;

	buf_adds(&export, "srt-top export ");
	shell_quote(&export, report->info.server ? report->info.server : "");
	buf_adds(&export, " -o srt-settings.json");
	if (format == RUN_REPORT_JSON)
		write_json(out, report, buf_text(&export));
	else
		write_text(out, report, buf_text(&export));
}
