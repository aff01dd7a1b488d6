/* SPDX-License-Identifier: MIT */
/*
 * The schema as a list of steps: step n takes a database from user_version n-1 to n. A step that
 * was released is never edited, only followed by another one; the tests keep the text of every
 * released version and migrate it.
 *
 * Each step exists twice, for SQLite with STRICT tables (3.37) and without. In a STRICT table ANY
 * keeps a value as it was bound; in an ordinary one that is what BLOB does, while ANY would
 * turn "1e3" into a number.
 */
#include "db/internal.h"

#include "core/base/mem.h"

#define KINDS "'read', 'write', 'exec', 'connect', 'dns', 'bind', 'unix'"

#define SCHEMA_1(ANY, STRICT, ALSO_STRICT)                                                         \
	"CREATE TABLE server(\n"                                                                   \
	"  id INTEGER PRIMARY KEY,\n"                                                              \
	"  name " ANY " NOT NULL UNIQUE,\n"                                                        \
	"  accesses INTEGER NOT NULL DEFAULT 0\n"                                                  \
	")" STRICT ";\n"                                                                           \
	"CREATE TABLE session(\n"                                                                  \
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                \
	"  name " ANY " NOT NULL UNIQUE,\n"                                                        \
	"  server INTEGER NOT NULL REFERENCES server(id),\n"                                       \
	"  command " ANY ",\n"                                                                     \
	"  cwd " ANY ",\n"                                                                         \
	"  mode " ANY ",\n"                                                                        \
	"  pid INTEGER NOT NULL DEFAULT 0,\n"                                                      \
	"  started_ms INTEGER NOT NULL,\n"                                                         \
	"  ended_ms INTEGER,\n"                                                                    \
	"  status INTEGER\n"                                                                       \
	")" STRICT ";\n"                                                                           \
	"CREATE INDEX session_server ON session(server);\n"                                        \
	"CREATE TABLE event(\n"                                                                    \
	"  sequence INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                          \
	"  id " ANY " NOT NULL UNIQUE,\n"                                                          \
	"  time_ms INTEGER NOT NULL,\n"                                                            \
	"  session INTEGER NOT NULL REFERENCES session(id),\n"                                     \
	"  server INTEGER NOT NULL REFERENCES server(id),\n"                                       \
	"  kind TEXT NOT NULL CHECK(kind IN (" KINDS ")),\n"                                       \
	"  object " ANY " NOT NULL,\n"                                                             \
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny', 'ask')),\n"                    \
	"  why " ANY ",\n"                                                                         \
	"  rule " ANY ",\n"                                                                        \
	"  pid INTEGER NOT NULL DEFAULT 0,\n"                                                      \
	"  exe " ANY ",\n"                                                                         \
	"  syscall " ANY ",\n"                                                                     \
	"  errno INTEGER NOT NULL DEFAULT 0,\n"                                                    \
	"  count INTEGER NOT NULL DEFAULT 1\n"                                                     \
	")" STRICT ";\n"                                                                           \
	"CREATE INDEX event_session ON event(session);\n"                                          \
	"CREATE INDEX event_server ON event(server);\n"                                            \
	"CREATE INDEX event_denied ON event(verdict) WHERE verdict = 'deny';\n"                    \
	"CREATE TABLE access(\n"                                                                   \
	"  session INTEGER NOT NULL REFERENCES session(id),\n"                                     \
	"  kind TEXT NOT NULL CHECK(kind IN (" KINDS ")),\n"                                       \
	"  object " ANY " NOT NULL,\n"                                                             \
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"                           \
	"  exe " ANY ",\n"                                                                         \
	"  count INTEGER NOT NULL,\n"                                                              \
	"  first_ms INTEGER NOT NULL,\n"                                                           \
	"  last_ms INTEGER NOT NULL,\n"                                                            \
	"  errno INTEGER NOT NULL DEFAULT 0,\n"                                                    \
	"  created INTEGER NOT NULL DEFAULT 0,\n"                                                  \
	"  PRIMARY KEY(session, kind, object, verdict)\n"                                          \
	") WITHOUT ROWID" ALSO_STRICT ";\n"                                                        \
	"CREATE TABLE decision(\n"                                                                 \
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                \
	"  time_ms INTEGER NOT NULL,\n"                                                            \
	"  event " ANY ",\n"                                                                       \
	"  session INTEGER NOT NULL REFERENCES session(id),\n"                                     \
	"  kind TEXT NOT NULL CHECK(kind IN (" KINDS ")),\n"                                       \
	"  object " ANY " NOT NULL,\n"                                                             \
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"                           \
	"  scope TEXT NOT NULL,\n"                                                                 \
	"  duration TEXT NOT NULL,\n"                                                              \
	"  by " ANY "\n"                                                                           \
	")" STRICT ";\n"                                                                           \
	"CREATE INDEX decision_session ON decision(session);\n"                                    \
	"CREATE TABLE rule(\n"                                                                     \
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                \
	"  server INTEGER NOT NULL REFERENCES server(id),\n"                                       \
	"  kind TEXT NOT NULL CHECK(kind IN (" KINDS ")),\n"                                       \
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"                           \
	"  scope TEXT NOT NULL CHECK(scope IN ('exact', 'file', 'dir', 'host', 'domain')),\n"      \
	"  pattern " ANY " NOT NULL,\n"                                                            \
	"  duration TEXT NOT NULL CHECK(duration IN ('once', 'session', 'always')),\n"             \
	"  created_ms INTEGER NOT NULL,\n"                                                         \
	"  last_used_ms INTEGER NOT NULL DEFAULT 0,\n"                                             \
	"  hits INTEGER NOT NULL DEFAULT 0,\n"                                                     \
	"  UNIQUE(server, kind, scope, pattern)\n"                                                 \
	")" STRICT ";\n"                                                                           \
	"CREATE TABLE tally(\n"                                                                    \
	"  name TEXT PRIMARY KEY,\n"                                                               \
	"  rows INTEGER NOT NULL\n"                                                                \
	") WITHOUT ROWID" ALSO_STRICT ";\n"                                                        \
	"INSERT INTO tally(name, rows) VALUES('event', 0), ('decision', 0), ('session', 0);\n"

/* The first program stands in the access itself; most objects have no other. */
#define SCHEMA_2(ANY, ALSO_STRICT)                                                                 \
	"CREATE TABLE access_program(\n"                                                           \
	"  session INTEGER NOT NULL,\n"                                                            \
	"  kind TEXT NOT NULL,\n"                                                                  \
	"  object " ANY " NOT NULL,\n"                                                             \
	"  verdict TEXT NOT NULL,\n"                                                               \
	"  exe " ANY " NOT NULL,\n"                                                                \
	"  PRIMARY KEY(session, kind, object, verdict, exe),\n"                                    \
	"  FOREIGN KEY(session, kind, object, verdict) REFERENCES access ON DELETE CASCADE\n"      \
	") WITHOUT ROWID" ALSO_STRICT ";\n"

/* What was exported when, and what a proof has found out so far. */
#define SCHEMA_3(ANY, STRICT, ALSO_STRICT)                                                         \
	"CREATE TABLE export(\n"                                                                   \
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                \
	"  server INTEGER NOT NULL REFERENCES server(id),\n"                                       \
	"  time_ms INTEGER NOT NULL,\n"                                                            \
	"  file " ANY ",\n"                                                                        \
	"  cwd " ANY ",\n"                                                                         \
	"  programs " ANY ",\n"                                                                    \
	"  settings " ANY " NOT NULL\n"                                                            \
	")" STRICT ";\n"                                                                           \
	"CREATE INDEX export_server ON export(server);\n"                                          \
	"CREATE TABLE proof(\n"                                                                    \
	"  server INTEGER NOT NULL REFERENCES server(id),\n"                                       \
	"  subject TEXT NOT NULL,\n"                                                               \
	"  list TEXT NOT NULL,\n"                                                                  \
	"  entry " ANY " NOT NULL,\n"                                                              \
	"  runs INTEGER NOT NULL,\n"                                                               \
	"  needed INTEGER NOT NULL,\n"                                                             \
	"  why " ANY ",\n"                                                                         \
	"  PRIMARY KEY(server, subject, list, entry)\n"                                            \
	") WITHOUT ROWID" ALSO_STRICT ";\n"

/* Who did it, beyond the program itself, and what it was asked to do meanwhile. */
#define SCHEMA_4(ANY)                                                                              \
	"ALTER TABLE event ADD COLUMN command_line " ANY ";\n"                                     \
	"ALTER TABLE event ADD COLUMN chain " ANY ";\n"                                            \
	"ALTER TABLE event ADD COLUMN request " ANY ";\n"

/* A rule that a person took out of force, and may put back. */
#define SCHEMA_5 "ALTER TABLE rule ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;\n"

/* What of an event was new since the export. */
#define SCHEMA_6(ANY) "ALTER TABLE event ADD COLUMN drift " ANY ";\n"

static const struct {
	const char *plain, *strict;
} steps[DB_SCHEMA_VERSION] = {
	{ SCHEMA_1("BLOB", "", ""), SCHEMA_1("ANY", " STRICT", ", STRICT") },
	{ SCHEMA_2("BLOB", ""), SCHEMA_2("ANY", ", STRICT") },
	{ SCHEMA_3("BLOB", "", ""), SCHEMA_3("ANY", " STRICT", ", STRICT") },
	{ SCHEMA_4("BLOB"), SCHEMA_4("ANY") },
	{ SCHEMA_5, SCHEMA_5 },
	{ SCHEMA_6("BLOB"), SCHEMA_6("ANY") },
};

int schema_migrate(struct db *db, bool strict, struct err *e)
{
	int64_t version = 0;
	int result;

	if (db_begin(db, e) < 0)
		return -1;
	/* Another process may have done it while this one waited for the lock. */
	result = db_pragma_get(db, "PRAGMA user_version", &version, e);
	if (result == 0 && version > DB_SCHEMA_VERSION)
		result = err_set(e, "%s was written by a newer srt-top: update srt-top", db->path);
	for (int64_t i = version; result == 0 && i < DB_SCHEMA_VERSION; i++) {
		_cleanup_free_ char *stamp =
			xasprintf("PRAGMA user_version = %d; PRAGMA application_id = %d",
				  (int)(i + 1), DB_APPLICATION_ID);

		result = db_exec(db, strict ? steps[i].strict : steps[i].plain, e);
		if (result == 0)
			result = db_exec(db, stamp, e);
	}
	return db_finish(db, result, e);
}
