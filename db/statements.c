/* SPDX-License-Identifier: MIT */
/* Every statement of the program, and the few ways in which one is run. */
#include "db/internal.h"

#include <limits.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"

/* Sums stay far from where SQLite's integers would turn into reals. */
#define COUNT_MOST "4611686018427387904"

#define RULE_COLUMNS                                                                               \
	"SELECT r.id, v.name, r.kind, r.verdict, r.scope, r.pattern, r.duration, r.created_ms, "   \
	"r.last_used_ms, r.hits FROM rule r JOIN server v ON v.id = r.server "

#define SESSION_COLUMNS                                                                            \
	"SELECT s.id, s.name, v.name, s.command, s.cwd, s.mode, s.started_ms, s.ended_ms, "        \
	"s.status FROM session s JOIN server v ON v.id = s.server "

/* CROSS JOIN fixes the order of the loops: newest event first, names looked up. */
#define EVENT_COLUMNS                                                                              \
	"SELECT e.sequence, e.id, e.time_ms, s.name, v.name, e.kind, e.object, e.verdict, e.why, " \
	"e.rule, e.pid, e.exe, e.syscall, e.errno, e.count, e.command_line, e.chain, e.request, "  \
	"e.drift "                                                                                 \
	"FROM event e "                                                                            \
	"CROSS JOIN session s ON s.id = e.session CROSS JOIN server v ON v.id = e.server "         \
	"WHERE e.sequence > ?1 AND e.sequence < ?2 "
#define EVENT_SERVER "AND e.server = (SELECT id FROM server WHERE name = ?4) "
#define EVENT_SESSION                                                                              \
	"AND e.session = (SELECT id FROM session WHERE name = ?5) AND (?4 IS NULL OR v.name = ?4) "
#define EVENT_DENY "AND e.verdict = 'deny' "
/* Lists of names with a blank around each: which ones is not known before. */
#define EVENT_SETS "AND instr(?4, ' ' || e.kind || ' ') AND instr(?5, ' ' || e.verdict || ' ') "
#define EVENT_ORDER "ORDER BY e.sequence DESC LIMIT ?3"

static const char *const texts[STATEMENT_COUNT] = {
	[SERVER_FIND] = "SELECT id FROM server WHERE name = ?1",
	[SERVER_ADD] = "INSERT INTO server(name) VALUES(?1)",
	[SERVER_ACCESSES] = "UPDATE server SET accesses = max(accesses + ?2, 0) WHERE id = ?1",
	[SERVER_ACCESSES_GET] = "SELECT accesses FROM server WHERE id = ?1",
	[SESSION_FIND] = "SELECT id FROM session WHERE name = ?1",
	[SESSION_OF_SERVER] = "SELECT id FROM session WHERE name = ?1 "
			      "AND server = (SELECT id FROM server WHERE name = ?2)",
	[SESSION_ADD] = "INSERT INTO session(name, server, started_ms) VALUES(?1, ?2, ?3)",
	[SESSION_DESCRIBE] = "UPDATE session SET server = ?2, command = ?3, cwd = ?4, mode = ?5, "
			     "pid = ?6, started_ms = ?7 WHERE id = ?1",
	[SESSION_END] = "UPDATE session SET status = ?2, ended_ms = ?3 WHERE id = ?1",
	[SESSION_OLDEST] = "SELECT min(id) FROM session",
	[SESSION_SERVER] = "SELECT server FROM session WHERE id = ?1",
	[SESSION_REMOVE] = "DELETE FROM session WHERE id = ?1",
	[SESSION_DROP_EVENTS] = "DELETE FROM event WHERE sequence IN "
				"(SELECT sequence FROM event WHERE session = ?1 LIMIT ?2)",
	[SESSION_DROP_ACCESSES] =
		"DELETE FROM access WHERE session = ?1 AND (kind, object, verdict) IN "
		"(SELECT kind, object, verdict FROM access WHERE session = ?1 LIMIT ?2)",
	[SESSION_DROP_DECISIONS] = "DELETE FROM decision WHERE id IN "
				   "(SELECT id FROM decision WHERE session = ?1 LIMIT ?2)",
	[EVENT_REMOVE] = "DELETE FROM event WHERE id = ?1",
	[EVENT_ADD] = "INSERT INTO event(id, time_ms, session, server, kind, object, verdict, why, "
		      "rule, pid, exe, syscall, errno, count, command_line, chain, request, drift) "
		      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
		      "?16, ?17, ?18)",
	[EVENT_PRUNE] = "DELETE FROM event WHERE sequence IN "
			"(SELECT sequence FROM event ORDER BY sequence LIMIT ?1)",
	[ACCESS_UPDATE] = "UPDATE access SET count = min(count + ?5, " COUNT_MOST "), "
			  "first_ms = min(first_ms, ?6), last_ms = max(last_ms, ?7), "
			  "errno = CASE WHEN errno = 0 THEN 0 ELSE ?8 END, "
			  "created = max(created, ?9), exe = coalesce(exe, ?10) "
			  "WHERE session = ?1 AND kind = ?2 AND object = ?3 AND verdict = ?4",
	[ACCESS_ADD] =
		"INSERT INTO access(session, kind, object, verdict, count, first_ms, last_ms, "
		"errno, created, exe) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	/* A program beyond the first, if there is room for it. */
	[ACCESS_PROGRAM] =
		"INSERT OR IGNORE INTO access_program(session, kind, object, verdict, exe) "
		"SELECT session, kind, object, verdict, ?5 FROM access WHERE session = ?1 "
		"AND kind = ?2 AND object = ?3 AND verdict = ?4 AND exe IS NOT ?5 "
		"AND (SELECT count(*) FROM access_program WHERE session = ?1 AND kind = ?2 "
		"AND object = ?3 AND verdict = ?4) < ?6",
	[ACCESS_KNOWN] = "SELECT 1 FROM session s CROSS JOIN access a ON a.session = s.id "
			 "WHERE s.server = (SELECT id FROM server WHERE name = ?1) "
			 "AND a.kind = ?2 AND a.object = ?3 AND a.first_ms <= ?4 LIMIT 1",
	[ACCESS_PRUNE] = "DELETE FROM access WHERE (session, kind, object, verdict) IN "
			 "(SELECT a.session, a.kind, a.object, a.verdict FROM session s "
			 "CROSS JOIN access a ON a.session = s.id WHERE s.server = ?1 "
			 "ORDER BY s.id LIMIT ?2)",
	[DECISION_ADD] = "INSERT INTO decision(time_ms, event, session, kind, object, verdict, "
			 "scope, duration, by) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[DECISION_PRUNE] = "DELETE FROM decision WHERE id IN "
			   "(SELECT id FROM decision ORDER BY id LIMIT ?1)",
	[TALLY_ADD] = "UPDATE tally SET rows = max(rows + ?2, 0) WHERE name = ?1",
	[TALLY_GET] = "SELECT rows FROM tally WHERE name = ?1",
	/* The newest word about the same thing replaces the older one: removing it later does not
	 * bring back what it replaced. */
	[RULE_ADD] = "INSERT OR REPLACE INTO rule(server, kind, verdict, scope, pattern, duration, "
		     "created_ms, last_used_ms, hits) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[RULE_USED] = "UPDATE rule SET hits = min(hits + ?2, " COUNT_MOST "), "
		      "last_used_ms = max(last_used_ms, ?3) WHERE id = ?1",
	[RULE_REMOVE] = "DELETE FROM rule WHERE id = ?1",
	[RULE_DISABLE] = "UPDATE rule SET disabled = ?2 WHERE id = ?1",
	[RULES_ALWAYS] = RULE_COLUMNS "WHERE v.name = ?1 AND r.duration = 'always' "
				      "AND NOT r.disabled ORDER BY r.id DESC",
	[RULES_OF_SERVER] = RULE_COLUMNS "WHERE v.name = ?1 AND NOT r.disabled ORDER BY r.id DESC",
	[RULES_ALL] = RULE_COLUMNS "WHERE NOT r.disabled ORDER BY r.id DESC",
	[RULES_DISABLED] = RULE_COLUMNS "WHERE r.disabled ORDER BY r.id DESC",
	[SESSIONS_OF_SERVER] = SESSION_COLUMNS "WHERE v.name = ?1 ORDER BY s.id DESC LIMIT ?2",
	[SESSIONS_ALL] = SESSION_COLUMNS "ORDER BY s.id DESC LIMIT ?2",
	[EVENTS_ALL] = EVENT_COLUMNS EVENT_ORDER,
	[EVENTS_DENIED] = EVENT_COLUMNS EVENT_DENY EVENT_ORDER,
	[EVENTS_OF_SERVER] = EVENT_COLUMNS EVENT_SERVER EVENT_ORDER,
	[EVENTS_OF_SERVER_DENIED] = EVENT_COLUMNS EVENT_SERVER EVENT_DENY EVENT_ORDER,
	[EVENTS_OF_SESSION] = EVENT_COLUMNS EVENT_SESSION EVENT_ORDER,
	[EVENTS_OF_SESSION_DENIED] = EVENT_COLUMNS EVENT_SESSION EVENT_DENY EVENT_ORDER,
	[EVENTS_OF_SETS] = EVENT_COLUMNS EVENT_SETS EVENT_ORDER,
	/* In the order of the primary key, session by session: nothing is sorted. */
	[ACCESSES_OF_SERVER] =
		"SELECT a.session, a.kind, a.object, a.verdict, a.exe, a.count, a.first_ms, "
		"a.last_ms, a.errno, a.created FROM session s "
		"CROSS JOIN access a ON a.session = s.id "
		"WHERE s.server = (SELECT id FROM server WHERE name = ?1) ORDER BY s.id",
	[PROGRAMS_OF_SERVER] =
		"SELECT p.session, p.kind, p.object, p.verdict, p.exe FROM session s "
		"CROSS JOIN access_program p ON p.session = s.id "
		"WHERE s.server = (SELECT id FROM server WHERE name = ?1) ORDER BY s.id",
	/* A range of the primary key in each session; the sum is made as for all of them. */
	[ACCESSES_IN_RANGE] =
		"SELECT a.session, a.kind, a.object, a.verdict, a.exe, a.count, a.first_ms, "
		"a.last_ms, a.errno, a.created FROM session s "
		"CROSS JOIN access a ON a.session = s.id "
		"WHERE s.server = (SELECT id FROM server WHERE name = ?1) "
		"AND a.kind = ?2 AND a.object >= ?3 AND a.object < ?4 ORDER BY s.id",
	[RULE_USES] = "SELECT v.name, e.rule, sum(e.count), max(e.time_ms) FROM event e "
		      "CROSS JOIN server v ON v.id = e.server "
		      "WHERE e.sequence > (SELECT max(sequence) FROM event) - ?1 "
		      "AND e.rule IS NOT NULL GROUP BY 1, 2 ORDER BY 4 DESC LIMIT ?2",
	[DECIDED_BY] = "SELECT e.kind, e.object, e.verdict, sum(e.count), max(e.time_ms), e.exe "
		       "FROM event e CROSS JOIN server v ON v.id = e.server "
		       "WHERE e.sequence > (SELECT max(sequence) FROM event) - ?1 "
		       "AND e.rule = ?2 AND (?3 IS NULL OR v.name = ?3) "
		       "GROUP BY 1, 2, 3 ORDER BY 5 DESC LIMIT ?4",
	[EXPORT_ADD] = "INSERT INTO export(server, time_ms, file, cwd, settings, programs) "
		       "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[EXPORT_PRUNE] = "DELETE FROM export WHERE id IN (SELECT id FROM export WHERE server = ?1 "
			 "ORDER BY id DESC LIMIT -1 OFFSET ?2)",
	[EXPORT_LAST] = "SELECT time_ms, file, cwd, settings, programs FROM export "
			"WHERE server = (SELECT id FROM server WHERE name = ?1) "
			"ORDER BY id DESC LIMIT 1",
	[PROOF_ADD] = "INSERT INTO proof(server, subject, list, entry, runs, needed, why) "
		      "VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6) ON CONFLICT(server, subject, list, "
		      "entry) DO UPDATE SET runs = runs + 1, "
		      "needed = needed + excluded.needed, why = coalesce(excluded.why, why)",
	/* A proof of another subject than this one is the first to go. */
	[PROOF_PRUNE] = "DELETE FROM proof WHERE server = ?1 AND subject <> ?2 AND "
			"(SELECT count(*) FROM proof WHERE server = ?1) > ?3",
	[PROOFS] = "SELECT list, entry, runs, needed, why FROM proof "
		   "WHERE server = (SELECT id FROM server WHERE name = ?1) AND subject = ?2",
	[SERVERS_ALL] = "SELECT name FROM server ORDER BY name",
	[DATA_VERSION] = "PRAGMA data_version",
};

sqlite3_stmt *db_statement(struct db *db, enum statement_id id, struct err *e)
{
	sqlite3_stmt **kept = &db->statements[id];
	int result;

	if (*kept) {
		sqlite3_reset(*kept);
		sqlite3_clear_bindings(*kept);
		return *kept;
	}
	result = sqlite3_prepare_v3(db->handle, texts[id], -1, SQLITE_PREPARE_PERSISTENT, kept,
				    NULL);
	if (result != SQLITE_OK) {
		db_failed(db, result, e);
		return NULL;
	}
	return *kept;
}

int db_run(struct db *db, sqlite3_stmt *statement, struct err *e)
{
	int result = sqlite3_step(statement);

	if (result != SQLITE_DONE && result != SQLITE_ROW) {
		db_failed(db, result, e);
		sqlite3_reset(statement);
		return -1;
	}
	sqlite3_reset(statement);
	return 0;
}

int db_get(struct db *db, sqlite3_stmt *statement, int64_t *value, struct err *e)
{
	int result = sqlite3_step(statement);
	int found = 0;

	if (result == SQLITE_ROW) {
		*value = sqlite3_column_int64(statement, 0);
		found = 1;
	} else if (result != SQLITE_DONE) {
		found = db_failed(db, result, e);
	}
	sqlite3_reset(statement);
	return found;
}

int db_exec(struct db *db, const char *sql, struct err *e)
{
	int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : db_failed(db, result, e);
}

int db_pragma_get(struct db *db, const char *sql, int64_t *value, struct err *e)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
	int found;

	if (result != SQLITE_OK)
		return db_failed(db, result, e);
	found = db_get(db, statement, value, e);
	sqlite3_finalize(statement);
	if (found == 0)
		return err_set(e, "%s: no answer to %s", db->path, sql);
	return found < 0 ? -1 : 0;
}

void db_bind(sqlite3_stmt *statement, int index, const char *text)
{
	size_t length = text ? strnlen(text, DB_TEXT_MOST) : 0;

	if (!text)
		sqlite3_bind_null(statement, index);
	else if (utf8_is_valid(text, length))
		sqlite3_bind_text(statement, index, text, (int)length, SQLITE_STATIC);
	else
		sqlite3_bind_blob(statement, index, text, (int)length, SQLITE_STATIC);
}

char *db_column(sqlite3_stmt *statement, int column)
{
	const char *bytes;

	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return NULL;
	bytes = sqlite3_column_blob(statement, column);
	return xstrndup(bytes ? bytes : "", (size_t)sqlite3_column_bytes(statement, column));
}

int db_begin(struct db *db, struct err *e)
{
	return db_exec(db, "BEGIN IMMEDIATE", e);
}

int db_finish(struct db *db, int result, struct err *e)
{
	if (result == 0 && db_exec(db, "COMMIT", e) == 0)
		return 0;
	/* A full disk or an input error may have rolled back already. */
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}
