/* SPDX-License-Identifier: MIT */
#ifndef DB_INTERNAL_H
#define DB_INTERNAL_H

/* What the files of db/ share; nobody else includes it but their tests. */
#include <sqlite3.h>

#include "db/db.h"

#define DB_APPLICATION_ID 0x53725470 /* "SrTp" */
#define DB_SCHEMA_VERSION 6
#define DB_BUSY_MS 5 /* no store operation waits longer for another writer */
#define DB_EXPORTS_MOST 16 /* kept of one server */
#define DB_PROOFS_MOST 4096 /* the same */
#define DB_PROGRAMS_MOST 8 /* kept of one access */
#define DB_USES_WINDOW 200000 /* sequence numbers of events that are looked through for what decided */
#define DB_USES_MOST 10000
#define DB_TEXT_MOST 8192 /* bytes kept of any text; twice the longest path */

enum statement_id {
	SERVER_FIND,
	SERVER_ADD,
	SERVER_ACCESSES,
	SERVER_ACCESSES_GET,
	SESSION_FIND,
	SESSION_OF_SERVER,
	SESSION_ADD,
	SESSION_DESCRIBE,
	SESSION_END,
	SESSION_OLDEST,
	SESSION_SERVER,
	SESSION_REMOVE,
	SESSION_DROP_EVENTS,
	SESSION_DROP_ACCESSES,
	SESSION_DROP_DECISIONS,
	EVENT_REMOVE,
	EVENT_ADD,
	EVENT_PRUNE,
	ACCESS_UPDATE,
	ACCESS_ADD,
	ACCESS_PROGRAM,
	ACCESS_KNOWN,
	ACCESS_PRUNE,
	DECISION_ADD,
	DECISION_PRUNE,
	TALLY_ADD,
	TALLY_GET,
	RULE_ADD,
	RULE_USED,
	RULE_REMOVE,
	RULE_DISABLE,
	RULES_ALWAYS,
	RULES_OF_SERVER,
	RULES_ALL,
	RULES_DISABLED,
	SESSIONS_OF_SERVER,
	SESSIONS_ALL,
	EVENTS_ALL,
	EVENTS_DENIED,
	EVENTS_OF_SERVER,
	EVENTS_OF_SERVER_DENIED,
	EVENTS_OF_SESSION,
	EVENTS_OF_SESSION_DENIED,
	EVENTS_OF_SETS,
	ACCESSES_OF_SERVER,
	PROGRAMS_OF_SERVER,
	ACCESSES_IN_RANGE,
	RULE_USES,
	DECIDED_BY,
	EXPORT_ADD,
	EXPORT_PRUNE,
	EXPORT_LAST,
	PROOF_ADD,
	PROOF_PRUNE,
	PROOFS,
	SERVERS_ALL,
	DATA_VERSION,
	STATEMENT_COUNT
};

/* How many rows are kept; the oldest go first. Tests make them small. */
struct db_limits {
	int64_t events;	   /* of the database */
	int64_t decisions; /* of the database */
	int64_t accesses;  /* of one server */
	int64_t sessions;  /* of the database */
};

struct db {
	sqlite3 *handle;
	char *path;
	sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first used, kept */
	struct db_limits limits;
};

/* Sets *e from SQLite's result: the file, what happened, the next step. Always -1. */
int db_failed(struct db *db, int result, struct err *e);

/* The statement, reset and without bindings; NULL with *e. Borrowed. */
sqlite3_stmt *db_statement(struct db *db, enum statement_id id, struct err *e);
/* Runs a statement that gives no rows and resets it. 0, or -1 with *e. */
int db_run(struct db *db, sqlite3_stmt *statement, struct err *e);
/* Runs one that gives at most one row: 1 and its first column, 0 for no row, -1 with *e. */
int db_get(struct db *db, sqlite3_stmt *statement, int64_t *value, struct err *e);
/* Runs plain text. */
int db_exec(struct db *db, const char *sql, struct err *e);
int db_pragma_get(struct db *db, const char *sql, int64_t *value, struct err *e);

/*
 * Bytes of any kind: TEXT where they are UTF-8, BLOB otherwise, so that they come back as they were
 * and other tools can read what is readable. Borrowed until the statement is reset.
 */
void db_bind(sqlite3_stmt *statement, int index, const char *text);
/* A column's bytes as a new string, NULL for NULL. Caller frees. */
char *db_column(sqlite3_stmt *statement, int column);

/* A transaction that takes the write lock at once. db_finish() commits where `result` is 0 and
 * rolls back otherwise; it returns 0, or -1 with *e (of the commit; what failed before stays). */
int db_begin(struct db *db, struct err *e);
int db_finish(struct db *db, int result, struct err *e);

/* Brings the schema to DB_SCHEMA_VERSION, in one transaction. */
int schema_migrate(struct db *db, bool strict, struct err *e);

/* Finds the server's row and makes it where there is none. */
int db_server_id(struct db *db, const char *name, int64_t *id, struct err *e);

/* 1: a row, 0: the end, -1 with *e. The statement is reset at the end and on error. */
int db_next_row(struct db *db, sqlite3_stmt *statement, struct err *e);
/* A column that holds a name, "" for NULL. Borrowed until the next row. */
const char *db_column_name(sqlite3_stmt *statement, int column);

/* The same for the store and for queries. */
int db_read_rules(struct db *db, enum statement_id id, const char *server, struct rule **rules,
		  size_t *count, struct err *e);

#endif
