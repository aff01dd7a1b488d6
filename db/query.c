/* SPDX-License-Identifier: MIT */
/* Reading: rows become structs. Names that this version does not know are left out. */
#include "db/internal.h"

#include <string.h>

#include "core/base/mem.h"

int db_next_row(struct db *db, sqlite3_stmt *statement, struct err *e)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		return 1;
	if (result != SQLITE_DONE)
		db_failed(db, result, e);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

const char *db_column_name(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static int64_t bounded(size_t limit)
{
	return limit > INT64_MAX ? INT64_MAX : (int64_t)limit;
}

/* --- sessions --- */

void session_rows_free(struct session_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(rows[i].id);
		free(rows[i].server);
		free(rows[i].command);
		free(rows[i].cwd);
		free(rows[i].mode);
	}
	free(rows);
}

int db_sessions(struct db *db, const char *server, size_t limit, struct session_row **rows,
		size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, server ? SESSIONS_OF_SERVER : SESSIONS_ALL, e);
	struct session_row *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	if (server)
		db_bind(statement, 1, server);
	sqlite3_bind_int64(statement, 2, bounded(limit));
	while ((more = db_next_row(db, statement, e)) > 0) {
		grow_array(list, used, capacity);
		list[used++] = (struct session_row){
			.rowid = sqlite3_column_int64(statement, 0),
			.id = db_column(statement, 1),
			.server = db_column(statement, 2),
			.command = db_column(statement, 3),
			.cwd = db_column(statement, 4),
			.mode = db_column(statement, 5),
			.started_ms = sqlite3_column_int64(statement, 6),
			.ended_ms = sqlite3_column_int64(statement, 7),
			.status = sqlite3_column_type(statement, 8) == SQLITE_NULL ?
					  -1 :
					  sqlite3_column_int(statement, 8),
		};
	}
	if (more < 0) {
		session_rows_free(list, used);
		return -1;
	}
	*rows = list;
	*count = used;
	return 0;
}

/* --- events --- */

void event_rows_free(struct event_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		access_event_free(&rows[i].event);
	free(rows);
}

static bool read_event(sqlite3_stmt *statement, struct event_row *row)
{
	enum access_kind kind;
	enum verdict verdict;

	if (!access_kind_parse(db_column_name(statement, 5), &kind) ||
	    !verdict_parse(db_column_name(statement, 7), &verdict))
		return false;
	row->sequence = sqlite3_column_int64(statement, 0);
	row->event = (struct access_event){
		.id = db_column(statement, 1),
		.time_ms = sqlite3_column_int64(statement, 2),
		.session = db_column(statement, 3),
		.server = db_column(statement, 4),
		.kind = kind,
		.object = db_column(statement, 6),
		.verdict = verdict,
		.why = db_column(statement, 8),
		.rule = db_column(statement, 9),
		.pid = (pid_t)sqlite3_column_int64(statement, 10),
		.exe = db_column(statement, 11),
		.syscall = db_column(statement, 12),
		.error = sqlite3_column_int(statement, 13),
		.count = (uint64_t)sqlite3_column_int64(statement, 14),
		.command_line = db_column(statement, 15),
		.chain = db_column(statement, 16),
		.request = db_column(statement, 17),
		.drift = db_column(statement, 18),
	};
	return true;
}

static enum statement_id events_statement(const struct event_query *query)
{
	if (query->kinds || query->verdicts)
		return EVENTS_OF_SETS;
	if (query->session)
		return query->denied_only ? EVENTS_OF_SESSION_DENIED : EVENTS_OF_SESSION;
	if (query->server)
		return query->denied_only ? EVENTS_OF_SERVER_DENIED : EVENTS_OF_SERVER;
	return query->denied_only ? EVENTS_DENIED : EVENTS_ALL;
}

static void bind_sets(sqlite3_stmt *statement, const struct event_query *query)
{
	_cleanup_buf_ struct buf kinds = BUF_EMPTY, verdicts = BUF_EMPTY;

	buf_addc(&kinds, ' ');
	for (int i = 0; i < ACCESS_KIND_COUNT; i++)
		if (!query->kinds || query->kinds & 1u << i)
			buf_addf(&kinds, "%s ", access_kind_name((enum access_kind)i));
	buf_addc(&verdicts, ' ');
	for (int i = 0; i < VERDICT_COUNT; i++)
		if (!query->verdicts || query->verdicts & 1u << i)
			buf_addf(&verdicts, "%s ", verdict_name((enum verdict)i));
	sqlite3_bind_text(statement, 4, kinds.data, (int)kinds.length, SQLITE_TRANSIENT);
	sqlite3_bind_text(statement, 5, verdicts.data, (int)verdicts.length, SQLITE_TRANSIENT);
}

int db_events(struct db *db, const struct event_query *query, struct event_row **rows,
	      size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, events_statement(query), e);
	struct event_row *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, query->after);
	sqlite3_bind_int64(statement, 2, query->before ? query->before : INT64_MAX);
	sqlite3_bind_int64(statement, 3, bounded(query->limit));
	if (query->server)
		db_bind(statement, 4, query->server);
	if (query->session)
		db_bind(statement, 5, query->session);
	if (query->kinds || query->verdicts)
		bind_sets(statement, query);
	while ((more = db_next_row(db, statement, e)) > 0) {
		grow_array(list, used, capacity);
		if (read_event(statement, &list[used]))
			used++;
	}
	if (more < 0) {
		event_rows_free(list, used);
		return -1;
	}
	for (size_t i = 0; i < used / 2; i++) {
		struct event_row swapped = list[i];

		list[i] = list[used - 1 - i];
		list[used - 1 - i] = swapped;
	}
	*rows = list;
	*count = used;
	return 0;
}

/* --- rules --- */

static bool read_rule(sqlite3_stmt *statement, struct rule *rule)
{
	enum access_kind kind;
	enum verdict verdict;
	enum scope scope;
	enum duration duration;

	if (!access_kind_parse(db_column_name(statement, 2), &kind) ||
	    !verdict_parse(db_column_name(statement, 3), &verdict) ||
	    !scope_parse(db_column_name(statement, 4), &scope) ||
	    !duration_parse(db_column_name(statement, 6), &duration))
		return false;
	*rule = (struct rule){
		.id = sqlite3_column_int64(statement, 0),
		.server = db_column(statement, 1),
		.kind = kind,
		.verdict = verdict,
		.scope = scope,
		.pattern = db_column(statement, 5),
		.duration = duration,
		.created_ms = sqlite3_column_int64(statement, 7),
		.last_used_ms = sqlite3_column_int64(statement, 8),
		.hits = (uint64_t)sqlite3_column_int64(statement, 9),
	};
	return true;
}

int db_read_rules(struct db *db, enum statement_id id, const char *server, struct rule **rules,
		  size_t *count, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, id, e);
	struct rule *list = NULL;
	size_t used = 0, capacity = 0;
	int more;

	if (!statement)
		return -1;
	if (server)
		db_bind(statement, 1, server);
	while ((more = db_next_row(db, statement, e)) > 0) {
		grow_array(list, used, capacity);
		if (read_rule(statement, &list[used]))
			used++;
	}
	if (more < 0) {
		rules_free(list, used);
		return -1;
	}
	*rules = list;
	*count = used;
	return 0;
}

int db_rules(struct db *db, const char *server, struct rule **rules, size_t *count, struct err *e)
{
	return db_read_rules(db, server ? RULES_OF_SERVER : RULES_ALL, server, rules, count, e);
}

int db_rules_disabled(struct db *db, struct rule **rules, size_t *count, struct err *e)
{
	return db_read_rules(db, RULES_DISABLED, NULL, rules, count, e);
}

/* `value` is for the statement's second parameter where it has one. */
static int change_rule(struct db *db, enum statement_id change, int64_t id, int value,
		       struct err *e)
{
	sqlite3_stmt *statement;
	int result = -1;

	if (db_begin(db, e) < 0)
		return -1;
	statement = db_statement(db, change, e);
	if (statement) {
		sqlite3_bind_int64(statement, 1, id);
		sqlite3_bind_int(statement, 2, value);
		result = db_run(db, statement, e);
	}
	if (result == 0 && sqlite3_changes(db->handle) == 0)
		result = err_code(e, ERR_NOT_FOUND, "there is no rule %lld", (long long)id);
	return db_finish(db, result, e);
}

int db_rule_remove(struct db *db, int64_t id, struct err *e)
{
	return change_rule(db, RULE_REMOVE, id, 0, e);
}

int db_rule_disable(struct db *db, int64_t id, bool disabled, struct err *e)
{
	return change_rule(db, RULE_DISABLE, id, disabled, e);
}

int db_servers(struct db *db, struct strings *names, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, SERVERS_ALL, e);
	struct strings found = STRINGS_EMPTY;
	int more;

	if (!statement)
		return -1;
	while ((more = db_next_row(db, statement, e)) > 0)
		strings_take(&found, db_column(statement, 0));
	if (more == 0)
		strings_copy(names, &found);
	strings_free(&found);
	return more;
}
