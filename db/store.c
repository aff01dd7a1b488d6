/* SPDX-License-Identifier: MIT */
/*
 * The writer behind core's store operations. Every operation is one transaction that takes the
 * write lock at once, so a locked database is noticed before anything was done and the caller
 * makes the same call again.
 *
 * Nothing that a sandboxed program does makes the file grow for ever: accesses of one object are
 * one row with a count, and each table has a bound. How many rows there are is kept in the table
 * `tally`, exact across processes because it changes in the same transaction, so that no write
 * has to count. What is too much goes oldest first, a few rows more than were added, so that
 * a write stays short. Accesses are bounded per server: a noisy one pushes out only its own.
 */
#include "db/internal.h"

#include <string.h>

#define PRUNE_STEP 256
#define COUNT_PART_MOST ((uint64_t)1 << 61)

static int64_t count_part(uint64_t count)
{
	return (int64_t)(count < COUNT_PART_MOST ? count : COUNT_PART_MOST);
}

static void bind_name(sqlite3_stmt *statement, int index, const char *name)
{
	sqlite3_bind_text(statement, index, name, -1, SQLITE_STATIC);
}

/* Runs and tells how many rows changed, or -1 with *e. */
static int64_t run_counting(struct db *db, sqlite3_stmt *statement, struct err *e)
{
	return db_run(db, statement, e) < 0 ? -1 : sqlite3_changes(db->handle);
}

int db_server_id(struct db *db, const char *name, int64_t *id, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, SERVER_FIND, e);
	int found;

	if (!statement)
		return -1;
	db_bind(statement, 1, name);
	found = db_get(db, statement, id, e);
	if (found)
		return found < 0 ? -1 : 0;
	statement = db_statement(db, SERVER_ADD, e);
	if (!statement)
		return -1;
	db_bind(statement, 1, name);
	if (db_run(db, statement, e) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

static int tally_add(struct db *db, const char *table, int64_t change, int64_t *rows, struct err *e)
{
	sqlite3_stmt *statement;

	if (change) {
		statement = db_statement(db, TALLY_ADD, e);
		if (!statement)
			return -1;
		bind_name(statement, 1, table);
		sqlite3_bind_int64(statement, 2, change);
		if (db_run(db, statement, e) < 0)
			return -1;
	}
	if (!rows)
		return 0;
	statement = db_statement(db, TALLY_GET, e);
	if (!statement)
		return -1;
	bind_name(statement, 1, table);
	*rows = 0;
	return db_get(db, statement, rows, e) < 0 ? -1 : 0;
}

/* Makes the session's row where session_begin() did not get through. */
static int session_id(struct db *db, const char *name, int64_t server, int64_t *id, struct err *e,
		      int64_t now_ms)
{
	sqlite3_stmt *statement = db_statement(db, SESSION_FIND, e);
	int found;

	if (!statement)
		return -1;
	db_bind(statement, 1, name);
	found = db_get(db, statement, id, e);
	if (found)
		return found < 0 ? -1 : 0;
	statement = db_statement(db, SESSION_ADD, e);
	if (!statement)
		return -1;
	db_bind(statement, 1, name);
	sqlite3_bind_int64(statement, 2, server);
	sqlite3_bind_int64(statement, 3, now_ms);
	if (db_run(db, statement, e) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return tally_add(db, "session", 1, NULL, e);
}

/* --- one batch --- */

struct subject {
	const char *server_name, *session_name; /* borrowed; NULL before the first */
	int64_t server, session;
	int64_t access_rows; /* how many were added for this server */
};

static int find_subject(struct db *db, struct subject *subject, const char *server,
			const char *session, int64_t now_ms, struct err *e)
{
	if (!server || !session)
		return err_set(e, "%s: a record without server or session", db->path);
	if (subject->session_name && strcmp(subject->session_name, session) == 0 &&
	    strcmp(subject->server_name, server) == 0)
		return 0;
	if (db_server_id(db, server, &subject->server, e) < 0 ||
	    session_id(db, session, subject->server, &subject->session, e, now_ms) < 0)
		return -1;
	subject->server_name = server;
	subject->session_name = session;
	return 0;
}

static int write_event(struct db *db, const struct subject *subject,
		       const struct access_event *event, int64_t *change, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, EVENT_REMOVE, e);
	int64_t removed;

	if (!event->id || !event->object)
		return err_set(e, "%s: an event without id or object", db->path);
	if (!statement)
		return -1;
	db_bind(statement, 1, event->id);
	removed = run_counting(db, statement, e);
	if (removed < 0)
		return -1;
	statement = db_statement(db, EVENT_ADD, e);
	if (!statement)
		return -1;
	db_bind(statement, 1, event->id);
	sqlite3_bind_int64(statement, 2, event->time_ms);
	sqlite3_bind_int64(statement, 3, subject->session);
	sqlite3_bind_int64(statement, 4, subject->server);
	bind_name(statement, 5, access_kind_name(event->kind));
	db_bind(statement, 6, event->object);
	bind_name(statement, 7, verdict_name(event->verdict));
	db_bind(statement, 8, event->why);
	db_bind(statement, 9, event->rule);
	sqlite3_bind_int64(statement, 10, event->pid);
	db_bind(statement, 11, event->exe);
	db_bind(statement, 12, event->syscall);
	sqlite3_bind_int(statement, 13, event->error);
	sqlite3_bind_int64(statement, 14, count_part(event->count ? event->count : 1));
	db_bind(statement, 15, event->command_line);
	db_bind(statement, 16, event->chain);
	db_bind(statement, 17, event->request);
	db_bind(statement, 18, event->drift);
	*change += 1 - removed;
	return db_run(db, statement, e);
}

/* Deletes by a statement whose last parameter is a LIMIT what is above the bound. */
static int64_t prune(struct db *db, enum statement_id id, int64_t owner, int64_t rows, int64_t most,
		     int64_t added, struct err *e)
{
	int64_t step = PRUNE_STEP + 2 * (added > 0 ? added : 0);
	sqlite3_stmt *statement;

	if (rows <= most)
		return 0;
	statement = db_statement(db, id, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, owner ? owner : (rows - most < step ? rows - most : step));
	if (owner)
		sqlite3_bind_int64(statement, 2, rows - most < step ? rows - most : step);
	return run_counting(db, statement, e);
}

static int settle(struct db *db, const char *table, enum statement_id pruning, int64_t added,
		  int64_t most, struct err *e)
{
	int64_t rows, removed;

	if (tally_add(db, table, added, &rows, e) < 0)
		return -1;
	removed = prune(db, pruning, 0, rows, most, added, e);
	if (removed < 0)
		return -1;
	return tally_add(db, table, -removed, NULL, e);
}

static int write_events(struct db *db, const struct store_batch *batch, struct subject *subject,
			struct err *e)
{
	int64_t change = 0;

	for (size_t i = 0; i < batch->event_count; i++) {
		const struct access_event *event = &batch->events[i];

		if (find_subject(db, subject, event->server ? event->server : batch->server,
				 event->session ? event->session : batch->session, event->time_ms,
				 e) < 0 ||
		    write_event(db, subject, event, &change, e) < 0)
			return -1;
	}
	if (!batch->event_count)
		return 0;
	return settle(db, "event", EVENT_PRUNE, change, db->limits.events, e);
}

static int write_program(struct db *db, const struct subject *subject, const struct access_row *row,
			 struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, ACCESS_PROGRAM, e);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, subject->session);
	bind_name(statement, 2, access_kind_name(row->kind));
	db_bind(statement, 3, row->object);
	bind_name(statement, 4, verdict_name(row->verdict));
	db_bind(statement, 5, row->exe);
	sqlite3_bind_int(statement, 6, DB_PROGRAMS_MOST - 1);
	return db_run(db, statement, e);
}

static int write_access(struct db *db, struct subject *subject, const struct access_row *row,
			struct err *e)
{
	static const enum statement_id either[] = { ACCESS_UPDATE, ACCESS_ADD };

	/* Longer than any path or host: cut off it would name something else. */
	if (!row->object || strlen(row->object) > DB_TEXT_MOST || row->verdict == VERDICT_ASK)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		sqlite3_stmt *statement = db_statement(db, either[i], e);
		int64_t changed;

		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, subject->session);
		bind_name(statement, 2, access_kind_name(row->kind));
		db_bind(statement, 3, row->object);
		bind_name(statement, 4, verdict_name(row->verdict));
		sqlite3_bind_int64(statement, 5, count_part(row->count));
		sqlite3_bind_int64(statement, 6, row->first_ms);
		sqlite3_bind_int64(statement, 7, row->last_ms);
		sqlite3_bind_int(statement, 8, row->error);
		sqlite3_bind_int(statement, 9, row->created);
		db_bind(statement, 10, row->exe);
		changed = run_counting(db, statement, e);
		if (changed < 0)
			return -1;
		if (changed) {
			subject->access_rows += (int64_t)i;
			return i || !row->exe ? 0 : write_program(db, subject, row, e);
		}
	}
	return 0;
}

static int server_accesses(struct db *db, int64_t server, int64_t change, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, SERVER_ACCESSES, e);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, server);
	sqlite3_bind_int64(statement, 2, change);
	return db_run(db, statement, e);
}

static int write_accesses(struct db *db, const struct store_batch *batch, struct subject *subject,
			  struct err *e)
{
	sqlite3_stmt *statement;
	int64_t rows = 0, removed;

	if (!batch->access_count)
		return 0;
	if (find_subject(db, subject, batch->server, batch->session, batch->accesses[0].first_ms,
			 e) < 0)
		return -1;
	for (size_t i = 0; i < batch->access_count; i++)
		if (write_access(db, subject, &batch->accesses[i], e) < 0)
			return -1;
	if (!subject->access_rows)
		return 0;
	if (server_accesses(db, subject->server, subject->access_rows, e) < 0)
		return -1;
	statement = db_statement(db, SERVER_ACCESSES_GET, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, subject->server);
	if (db_get(db, statement, &rows, e) < 0)
		return -1;
	removed = prune(db, ACCESS_PRUNE, subject->server, rows, db->limits.accesses,
			subject->access_rows, e);
	if (removed <= 0)
		return (int)removed;
	return server_accesses(db, subject->server, -removed, e);
}

static int write_decisions(struct db *db, const struct store_batch *batch, struct subject *subject,
			   struct err *e)
{
	for (size_t i = 0; i < batch->decision_count; i++) {
		const struct decision *decision = &batch->decisions[i];
		sqlite3_stmt *statement;

		if (!decision->object || decision->verdict == VERDICT_ASK)
			return err_set(e, "%s: a decision without object or verdict", db->path);
		if (find_subject(db, subject, decision->server ? decision->server : batch->server,
				 decision->session ? decision->session : batch->session,
				 decision->time_ms, e) < 0)
			return -1;
		statement = db_statement(db, DECISION_ADD, e);
		if (!statement)
			return -1;
		sqlite3_bind_int64(statement, 1, decision->time_ms);
		db_bind(statement, 2, decision->event);
		sqlite3_bind_int64(statement, 3, subject->session);
		bind_name(statement, 4, access_kind_name(decision->kind));
		db_bind(statement, 5, decision->object);
		bind_name(statement, 6, verdict_name(decision->verdict));
		bind_name(statement, 7, scope_name(decision->scope));
		bind_name(statement, 8, duration_name(decision->duration));
		db_bind(statement, 9, decision->by);
		if (db_run(db, statement, e) < 0)
			return -1;
	}
	if (!batch->decision_count)
		return 0;
	return settle(db, "decision", DECISION_PRUNE, (int64_t)batch->decision_count,
		      db->limits.decisions, e);
}

/* --- sessions --- */

static int64_t drop_rows(struct db *db, enum statement_id id, int64_t session, struct err *e)
{
	sqlite3_stmt *statement = db_statement(db, id, e);

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, session);
	sqlite3_bind_int64(statement, 2, PRUNE_STEP);
	return run_counting(db, statement, e);
}

/* Takes a step towards forgetting the oldest session where there are too many. */
static int prune_sessions(struct db *db, struct err *e)
{
	int64_t rows, oldest = 0, server = 0, events, accesses, decisions;
	sqlite3_stmt *statement;

	if (tally_add(db, "session", 0, &rows, e) < 0)
		return -1;
	if (rows <= db->limits.sessions)
		return 0;
	statement = db_statement(db, SESSION_OLDEST, e);
	if (!statement || db_get(db, statement, &oldest, e) < 0)
		return -1;
	statement = db_statement(db, SESSION_SERVER, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, oldest);
	if (db_get(db, statement, &server, e) < 0)
		return -1;
	events = drop_rows(db, SESSION_DROP_EVENTS, oldest, e);
	accesses = events < 0 ? -1 : drop_rows(db, SESSION_DROP_ACCESSES, oldest, e);
	decisions = accesses < 0 ? -1 : drop_rows(db, SESSION_DROP_DECISIONS, oldest, e);
	if (decisions < 0 || tally_add(db, "event", -events, NULL, e) < 0 ||
	    tally_add(db, "decision", -decisions, NULL, e) < 0 ||
	    server_accesses(db, server, -accesses, e) < 0)
		return -1;
	if (events == PRUNE_STEP || accesses == PRUNE_STEP || decisions == PRUNE_STEP)
		return 0;
	statement = db_statement(db, SESSION_REMOVE, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, oldest);
	if (db_run(db, statement, e) < 0)
		return -1;
	return tally_add(db, "session", -1, NULL, e);
}

static int describe_session(struct db *db, const struct session_record *session, struct err *e)
{
	sqlite3_stmt *statement;
	int64_t server, id;

	if (db_server_id(db, session->server, &server, e) < 0 ||
	    session_id(db, session->id, server, &id, e, session->started_ms) < 0)
		return -1;
	statement = db_statement(db, SESSION_DESCRIBE, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	sqlite3_bind_int64(statement, 2, server);
	db_bind(statement, 3, session->command);
	db_bind(statement, 4, session->cwd);
	db_bind(statement, 5, session->mode);
	sqlite3_bind_int64(statement, 6, session->pid);
	sqlite3_bind_int64(statement, 7, session->started_ms);
	return db_run(db, statement, e);
}

static int store_session_begin(void *store, const struct session_record *session, struct err *e)
{
	struct db *db = store;
	int result = 0;

	if (!session->id || !session->server)
		return err_set(e, "%s: a session without id or server", db->path);
	if (db_begin(db, e) < 0)
		return -1;
	if (describe_session(db, session, e) < 0 || prune_sessions(db, e) < 0)
		result = -1;
	return db_finish(db, result, e);
}

static int write_end(struct db *db, const struct store_batch *batch, struct subject *subject,
		     struct err *e)
{
	sqlite3_stmt *statement;

	if (!batch->end)
		return 0;
	if (find_subject(db, subject, batch->server, batch->session, batch->end->time_ms, e) < 0)
		return -1;
	statement = db_statement(db, SESSION_END, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, subject->session);
	sqlite3_bind_int(statement, 2, batch->end->status);
	sqlite3_bind_int64(statement, 3, batch->end->time_ms);
	return db_run(db, statement, e);
}

static int store_write(void *store, const struct store_batch *batch, struct err *e)
{
	struct db *db = store;
	struct subject subject = { 0 };
	int result = 0;

	if (!batch->event_count && !batch->access_count && !batch->decision_count && !batch->end)
		return 0;
	if (db_begin(db, e) < 0)
		return -1;
	if (write_events(db, batch, &subject, e) < 0 ||
	    write_accesses(db, batch, &subject, e) < 0 ||
	    write_decisions(db, batch, &subject, e) < 0 ||
	    write_end(db, batch, &subject, e) < 0)
		result = -1;
	return db_finish(db, result, e);
}

/* What every session's end runs. */
static void store_warm_up(void *store)
{
	static const enum statement_id ids[] = { SESSION_FIND, ACCESS_UPDATE, ACCESS_ADD,
						 SERVER_ACCESSES, SERVER_ACCESSES_GET, SESSION_END };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		db_statement(store, ids[i], NULL);
}

/* --- rules --- */

static int add_rule(struct db *db, const struct rule *rule, int64_t *id, struct err *e)
{
	sqlite3_stmt *statement;
	int64_t server;

	if (db_server_id(db, rule->server, &server, e) < 0)
		return -1;
	statement = db_statement(db, RULE_ADD, e);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, server);
	bind_name(statement, 2, access_kind_name(rule->kind));
	bind_name(statement, 3, verdict_name(rule->verdict));
	bind_name(statement, 4, scope_name(rule->scope));
	db_bind(statement, 5, rule->pattern);
	bind_name(statement, 6, duration_name(rule->duration));
	sqlite3_bind_int64(statement, 7, rule->created_ms);
	sqlite3_bind_int64(statement, 8, rule->last_used_ms);
	sqlite3_bind_int64(statement, 9, count_part(rule->hits));
	if (db_run(db, statement, e) < 0)
		return -1;
	*id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

static int store_rule_add(void *store, struct rule *rule, struct err *e)
{
	struct db *db = store;
	int64_t id = 0;

	if (!rule->server || !rule->pattern || strlen(rule->pattern) > DB_TEXT_MOST ||
	    rule->verdict == VERDICT_ASK)
		return err_set(e, "%s: a rule without server, pattern or verdict", db->path);
	if (db_begin(db, e) < 0)
		return -1;
	if (db_finish(db, add_rule(db, rule, &id, e), e) < 0)
		return -1;
	rule->id = id;
	return 0;
}

static int store_rule_used(void *store, int64_t rule_id, uint64_t hits, int64_t when_ms,
			   struct err *e)
{
	struct db *db = store;
	sqlite3_stmt *statement;
	int result = -1;

	if (db_begin(db, e) < 0)
		return -1;
	statement = db_statement(db, RULE_USED, e);
	if (statement) {
		sqlite3_bind_int64(statement, 1, rule_id);
		sqlite3_bind_int64(statement, 2, count_part(hits));
		sqlite3_bind_int64(statement, 3, when_ms);
		result = db_run(db, statement, e);
	}
	return db_finish(db, result, e);
}

static int store_rules_load(void *store, const char *server, struct rule **rules, size_t *count,
			    struct err *e)
{
	return db_read_rules(store, RULES_ALWAYS, server, rules, count, e);
}

static int store_data_version(void *store, int64_t *version, struct err *e)
{
	struct db *db = store;
	sqlite3_stmt *statement = db_statement(db, DATA_VERSION, e);

	if (!statement)
		return -1;
	return db_get(db, statement, version, e) < 0 ? -1 : 0;
}

static void store_shrink(void *store)
{
	db_shrink(store);
}

static void store_close(void *store)
{
	db_close(store);
}

struct store db_store(struct db *db)
{
	static const struct store_ops ops = {
		.session_begin = store_session_begin,
		.write = store_write,
		.rule_add = store_rule_add,
		.rule_used = store_rule_used,
		.rules_load = store_rules_load,
		.data_version = store_data_version,
		.warm_up = store_warm_up,
		.shrink = store_shrink,
		.close = store_close,
	};

	return (struct store){ &ops, db };
}
