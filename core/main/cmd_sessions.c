/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/live.h"
#include "core/main/new_needs.h"
#include "core/main/report.h"

#define HISTORY_MOST 200
#define SCAN_MS 300

static const char *const headings[] = { "SESSION", "SERVER", "STARTED", "STATE", "SO FAR",
					"COMMAND" };

#define SERVERS_MOST 32 /* whose new needs are looked for: it takes reading all their evidence */

/* What is new of a server since its export. */
struct news {
	char *server;
	int64_t exported_ms; /* 0 = never exported */
	uint64_t count;
	struct strings changed; /* of its program, in sentences */
};

struct sessions {
	struct query_options options;
	struct live live;
	struct db *db; /* NULL: no history */
	struct table table;
	struct news news[SERVERS_MOST];
	size_t news_count;
};

/* NULL where nothing can be told. Borrowed. */
static const struct news *news_of(struct sessions *sessions, const char *server)
{
	struct new_needs needs;
	struct news *news;
	struct err e;

	if (!sessions->db || !server)
		return NULL;
	for (size_t i = 0; i < sessions->news_count; i++)
		if (strcmp(sessions->news[i].server, server) == 0)
			return &sessions->news[i];
	if (sessions->news_count == SERVERS_MOST)
		return NULL;
	news = &sessions->news[sessions->news_count++];
	*news = (struct news){ .server = xstrdup(server) };
	if (new_needs_find(&needs, sessions->db, server, &e) == 0) {
		news->exported_ms = needs.exported.time_ms;
		news->count = needs.drift.replay.refused;
		strings_copy(&news->changed, &needs.changed);
	}
	new_needs_free(&needs);
	return news;
}

static void print_news(const struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->news_count; i++) {
		const struct news *news = &sessions->news[i];
		_cleanup_free_ char *shown = escape_string(news->server);
		char when[LOCAL_TIME_SIZE];

		if (news->count)
			printf("\n%s: %llu new since its export of %s; srt-top export %s --explain "
			       "tells\n",
			       shown, (unsigned long long)news->count,
			       local_time(news->exported_ms, when), shown);
		for (size_t k = 0; k < news->changed.count; k++) {
			_cleanup_free_ char *what = escape_string(news->changed.items[k]);

			printf("%s: since its export %s\n", shown, what);
		}
	}
}

static void free_news(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->news_count; i++) {
		free(sessions->news[i].server);
		strings_free(&sessions->news[i].changed);
	}
}

/* ended_ms 0: it runs, or how it ended is not known. */
static void show(struct sessions *sessions, const struct session_info *info, bool live,
		 int64_t ended_ms)
{
	const struct news *news = news_of(sessions, info->server);
	_cleanup_buf_ struct buf line = BUF_EMPTY;

	if (sessions->options.json) {
		wire_write_session(&line, info);
		/* Reopened for what only this list knows. */
		line.length--;
		json_member_bool(&line, "live", live);
		json_member_time(&line, "ended", ended_ms);
		if (news && news->exported_ms)
			json_member_unsigned(&line, "new_since_export", news->count);
		if (news && news->changed.count)
			json_member_strings(&line, "changed_since_export", &news->changed);
		buf_addc(&line, '}');
		print_line(&line);
		return;
	}
	table_add(&sessions->table, info->id);
	table_add(&sessions->table, info->server);
	table_add_time(&sessions->table, info->started_ms);
	if (live)
		table_add(&sessions->table, info->state);
	else if (info->status >= 0)
		table_addf(&sessions->table, "exited %d", info->status);
	else
		table_add(&sessions->table, "ended");
	if (live)
		table_addf(&sessions->table, "%llu denied, %llu open",
			   (unsigned long long)info->denied, (unsigned long long)info->pending);
	else
		table_add(&sessions->table, NULL);
	table_add(&sessions->table, info->command);
	if (sessions->options.follow)
		table_print(&sessions->table);
}

static bool is_wanted(const struct sessions *sessions, const struct session_info *info)
{
	const char *name = sessions->options.name;

	return !name || (info->server && strcmp(info->server, name) == 0);
}

static bool is_live(const struct sessions *sessions, const char *id)
{
	for (size_t i = 0; i < sessions->live.count; i++) {
		const struct live_session *session = &sessions->live.items[i];

		if (session->client && session->greeted && strcmp(session->info.id, id) == 0)
			return true;
	}
	return false;
}

static int compare_started(const void *a, const void *b)
{
	const struct live_session *left = a, *right = b;

	return (left->info.started_ms < right->info.started_ms) -
	       (left->info.started_ms > right->info.started_ms);
}

static void show_live(struct sessions *sessions)
{
	struct live *live = &sessions->live;

	if (live->count)
		qsort(live->items, live->count, sizeof(*live->items), compare_started);
	for (size_t i = 0; i < live->count; i++) {
		const struct live_session *session = &live->items[i];

		if (session->client && session->greeted && is_wanted(sessions, &session->info) &&
		    (!sessions->options.denied || session->info.denied))
			show(sessions, &session->info, true, 0);
	}
}

static int has_denials(struct sessions *sessions, const char *id, bool *found, struct err *e)
{
	const struct event_query query = { .session = id, .denied_only = true, .limit = 1 };
	struct event_row *rows;
	size_t count;

	if (db_events(sessions->db, &query, &rows, &count, e) < 0)
		return -1;
	*found = count > 0;
	event_rows_free(rows, count);
	return 0;
}

static int show_row(struct sessions *sessions, const struct session_row *row, struct err *e)
{
	const struct session_info info = { .id = row->id,
					   .server = row->server,
					   .command = row->command,
					   .cwd = row->cwd,
					   .mode = row->mode,
					   .state = (char *)"exited",
					   .started_ms = row->started_ms,
					   .status = row->status };
	bool wanted = true;

	if (is_live(sessions, row->id))
		return 0;
	if (sessions->options.denied && has_denials(sessions, row->id, &wanted, e) < 0)
		return -1;
	if (wanted)
		show(sessions, &info, false, row->ended_ms);
	return 0;
}

static int show_history(struct sessions *sessions, struct err *e)
{
	struct session_row *rows;
	size_t count;
	int result = 0;

	if (!sessions->db)
		return 0;
	if (db_sessions(sessions->db, sessions->options.name, HISTORY_MOST, &rows, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		result = show_row(sessions, &rows[i], e);
	session_rows_free(rows, count);
	return result;
}

/* Following: a line when a session appears, when its state changes, and when it is gone. */
static void follow_message(void *context, struct live_session *session,
			   const struct wire_message *message)
{
	struct sessions *sessions = context;
	const char *state = session->info.state ? session->info.state : "";

	if (!is_wanted(sessions, &session->info))
		return;
	if (!message) {
		if (!sessions->options.denied || session->info.denied)
			show(sessions, &session->info, false, clock_wall_ms());
		return;
	}
	if (message->type != WIRE_HELLO && message->type != WIRE_SESSION)
		return;
	if (sessions->options.denied && !session->info.denied)
		return;
	if (session->seen.count && strcmp(session->seen.items[session->seen.count - 1], state) == 0)
		return;
	strings_free(&session->seen);
	strings_add(&session->seen, state);
	show(sessions, &session->info, true, 0);
}

static int follow(struct sessions *sessions, struct err *e)
{
	do {
		if (live_scan(&sessions->live, e) < 0)
			return -1;
	} while (live_wait(&sessions->live, SCAN_MS, follow_message, sessions) && !ferror(stdout));
	return 0;
}

static int list(struct sessions *sessions, struct err *e)
{
	if (live_gather(&sessions->live, false, NULL, NULL, e) < 0)
		return -1;
	show_live(sessions);
	if (show_history(sessions, e) < 0) {
		/* What runs is told even where the history cannot be read. */
		table_print(&sessions->table);
		return -1;
	}
	table_print(&sessions->table);
	if (!sessions->options.json)
		print_news(sessions);
	return 0;
}

int cmd_sessions(int argc, char **argv)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	struct sessions sessions = { .table = { .columns = 6, .headings = headings } };
	const struct option_spec specs[] = { QUERY_OPTIONS(sessions.options) };
	_cleanup_db_ struct db *db = NULL;
	struct err e;
	int status = report_options("sessions", specs, ARRAY_LENGTH(specs), argc, argv, &operands);
	int result;

	if (status >= 0)
		return status;
	if (operands.count) {
		err_set(&e, "sessions takes no operand");
		return report_misuse("sessions", &e);
	}
	if (!sessions.options.follow && open_history(&db, &e) < 0)
		report_warning(&e);
	sessions.db = db;
	if (sessions.options.follow)
		report_line_by_line();
	result = sessions.options.follow ? follow(&sessions, &e) : list(&sessions, &e);
	live_free(&sessions.live);
	table_free(&sessions.table);
	free_news(&sessions);
	if (result < 0)
		return report_failure(&e);
	return report_end();
}
