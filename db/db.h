/* SPDX-License-Identifier: MIT */
#ifndef DB_DB_H
#define DB_DB_H

/*
 * The database: schema and migrations, the writer behind core's store operations, and paged
 * queries. No SQL lives anywhere else. See srt-top-db(5).
 */
#include "core/base/buf.h"
#include "core/session/store.h"

struct db;

/*
 * Opens (and with `create` makes, 0600 in a 0700 directory) the database, checks that it is ours
 * and migrates it. NULL with *e: one line that names the file and the next step. A file that is
 * not a database, or of a newer version, is never touched.
 */
struct db *db_open(const char *path, bool create, struct err *e);
void db_close(struct db *db);
/* Gives back the pages that it keeps in memory. */
void db_shrink(struct db *db);
/* The store operations over this database; store.close() closes it. */
struct store db_store(struct db *db);

/* --- queries: each returns 0, or -1 with *e --- */

struct session_row {
	int64_t rowid;
	char *id, *server, *command, *cwd, *mode;
	int64_t started_ms, ended_ms; /* ended_ms 0 = not (cleanly) ended */
	int status;		      /* -1 unknown */
};
void session_rows_free(struct session_row *rows, size_t count);
/* Newest first. server NULL = all. */
int db_sessions(struct db *db, const char *server, size_t limit, struct session_row **rows,
		size_t *count, struct err *e);

struct event_query {
	const char *server;  /* NULL = all */
	const char *session; /* NULL = all */
	bool denied_only;
	int64_t after;	     /* rows with a greater sequence number; 0 = from the start */
	int64_t before;	     /* rows with a smaller one; 0 = no bound */
	/* 1 << enum access_kind and so on; not with server or session. 0 = all. */
	unsigned kinds, verdicts;
	size_t limit;	     /* at most so many: the newest ones, in ascending order */
};
struct event_row {
	int64_t sequence; /* grows with every change of the row: poll with `after` */
	struct access_event event;
};
void event_rows_free(struct event_row *rows, size_t count);
int db_events(struct db *db, const struct event_query *query, struct event_row **rows,
	      size_t *count, struct err *e);

/*
 * Evidence of a server over its sessions, added up by (kind, object, verdict) and in this order.
 * Sessions named in `without` (NULL = none) are left out; ERR_NOT_FOUND where one of them is no
 * session of this server.
 */
struct evidence_rows {
	struct access_row *items;
	size_t count;
	uint64_t runs; /* how many sessions it comes from */
};
void evidence_rows_free(struct evidence_rows *rows);
int db_accesses(struct db *db, const char *server, const struct strings *without,
		struct evidence_rows *rows, struct err *e);

/*
 * What was recorded that the rule speaks about, of its server, added up as db_accesses() does it; at most
 * `most` different ones, and *more where there are others. Reads that part of the evidence alone.
 */
int db_accesses_of_rule(struct db *db, const struct rule *rule, size_t most, struct access_row **rows,
			size_t *count, bool *more, struct err *e);

/* --- what decided, by the newest events: as many as DB_USES_WINDOW sequence numbers span --- */

/* Caller: rule_uses_free(). */
int db_rule_uses(struct db *db, struct rule_use **uses, size_t *count, struct err *e);
/* What the rule or entry of this text has decided, the latest first, at most `most`. server NULL = all. */
int db_decided_by(struct db *db, const char *server, const char *rule, size_t most,
		  struct access_row **rows, size_t *count, struct err *e);

/* What was exported. */
struct export_row {
	int64_t time_ms; /* 0 = never */
	char *file;	 /* absolute; NULL = standard output */
	char *cwd;	 /* that the settings are for; NULL = unknown */
	char *settings;	 /* the text */
	char *programs;	 /* program_marks(), at most DB_TEXT_MOST bytes of it; NULL = unknown */
};
void export_row_free(struct export_row *row);
int db_export_add(struct db *db, const char *server, const struct export_row *row, struct err *e);
/* Whether an access to this object, whatever came of it, was recorded up to `until_ms`. */
int db_access_known(struct db *db, const char *server, enum access_kind kind, const char *object,
		    int64_t until_ms, bool *known, struct err *e);
/* The last one. */
int db_export_last(struct db *db, const char *server, struct export_row *row, struct err *e);

/* What runs without one entry of a settings file have shown. */
struct proof_row {
	char *list, *entry;
	int64_t runs, needed; /* needed: of the runs, those that ended differently */
	char *why;	      /* of the last one that did; NULL = none */
};
void proof_rows_free(struct proof_row *rows, size_t count);
/* Adds one run. `subject` says what was proved: the settings and the command. */
int db_proof_add(struct db *db, const char *server, const char *subject,
		 const struct proof_row *row, struct err *e);
int db_proofs(struct db *db, const char *server, const char *subject, struct proof_row **rows,
	      size_t *count, struct err *e);

/* Rules in force, newest first. server NULL = all. */
int db_rules(struct db *db, const char *server, struct rule **rules, size_t *count, struct err *e);
int db_rule_remove(struct db *db, int64_t id, struct err *e); /* ERR_NOT_FOUND */
/* Takes a rule out of force, where it stays, or puts it back. ERR_NOT_FOUND */
int db_rule_disable(struct db *db, int64_t id, bool disabled, struct err *e);
/* Those out of force. */
int db_rules_disabled(struct db *db, struct rule **rules, size_t *count, struct err *e);
/* Names of all servers known, sorted. */
int db_servers(struct db *db, struct strings *names, struct err *e);

#endif
