/* SPDX-License-Identifier: MIT */
/*
 * Every released schema, kept as text, is opened by this version: its rows are there and its
 * shape is that of a new database. The text of a version is never edited.
 */
#include "db/internal.h"

#include "tests/unit/db/fixture.h"

static const char version_1[] =
	"CREATE TABLE server(\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  name ANY NOT NULL UNIQUE,\n"
	"  accesses INTEGER NOT NULL DEFAULT 0\n"
	") STRICT;\n"
	"CREATE TABLE session(\n"
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  name ANY NOT NULL UNIQUE,\n"
	"  server INTEGER NOT NULL REFERENCES server(id),\n"
	"  command ANY,\n"
	"  cwd ANY,\n"
	"  mode ANY,\n"
	"  pid INTEGER NOT NULL DEFAULT 0,\n"
	"  started_ms INTEGER NOT NULL,\n"
	"  ended_ms INTEGER,\n"
	"  status INTEGER\n"
	") STRICT;\n"
	"CREATE INDEX session_server ON session(server);\n"
	"CREATE TABLE event(\n"
	"  sequence INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  id ANY NOT NULL UNIQUE,\n"
	"  time_ms INTEGER NOT NULL,\n"
	"  session INTEGER NOT NULL REFERENCES session(id),\n"
	"  server INTEGER NOT NULL REFERENCES server(id),\n"
	"  kind TEXT NOT NULL CHECK(kind IN ('read', 'write', 'exec', 'connect', 'dns', 'bind', "
	"'unix')),\n"
	"  object ANY NOT NULL,\n"
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny', 'ask')),\n"
	"  why ANY,\n"
	"  rule ANY,\n"
	"  pid INTEGER NOT NULL DEFAULT 0,\n"
	"  exe ANY,\n"
	"  syscall ANY,\n"
	"  errno INTEGER NOT NULL DEFAULT 0,\n"
	"  count INTEGER NOT NULL DEFAULT 1\n"
	") STRICT;\n"
	"CREATE INDEX event_session ON event(session);\n"
	"CREATE INDEX event_server ON event(server);\n"
	"CREATE INDEX event_denied ON event(verdict) WHERE verdict = 'deny';\n"
	"CREATE TABLE access(\n"
	"  session INTEGER NOT NULL REFERENCES session(id),\n"
	"  kind TEXT NOT NULL CHECK(kind IN ('read', 'write', 'exec', 'connect', 'dns', 'bind', "
	"'unix')),\n"
	"  object ANY NOT NULL,\n"
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"
	"  exe ANY,\n"
	"  count INTEGER NOT NULL,\n"
	"  first_ms INTEGER NOT NULL,\n"
	"  last_ms INTEGER NOT NULL,\n"
	"  errno INTEGER NOT NULL DEFAULT 0,\n"
	"  created INTEGER NOT NULL DEFAULT 0,\n"
	"  PRIMARY KEY(session, kind, object, verdict)\n"
	") WITHOUT ROWID, STRICT;\n"
	"CREATE TABLE decision(\n"
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  time_ms INTEGER NOT NULL,\n"
	"  event ANY,\n"
	"  session INTEGER NOT NULL REFERENCES session(id),\n"
	"  kind TEXT NOT NULL CHECK(kind IN ('read', 'write', 'exec', 'connect', 'dns', 'bind', "
	"'unix')),\n"
	"  object ANY NOT NULL,\n"
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"
	"  scope TEXT NOT NULL,\n"
	"  duration TEXT NOT NULL,\n"
	"  by ANY\n"
	") STRICT;\n"
	"CREATE INDEX decision_session ON decision(session);\n"
	"CREATE TABLE rule(\n"
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  server INTEGER NOT NULL REFERENCES server(id),\n"
	"  kind TEXT NOT NULL CHECK(kind IN ('read', 'write', 'exec', 'connect', 'dns', 'bind', "
	"'unix')),\n"
	"  verdict TEXT NOT NULL CHECK(verdict IN ('allow', 'deny')),\n"
	"  scope TEXT NOT NULL CHECK(scope IN ('exact', 'file', 'dir', 'host', 'domain')),\n"
	"  pattern ANY NOT NULL,\n"
	"  duration TEXT NOT NULL CHECK(duration IN ('once', 'session', 'always')),\n"
	"  created_ms INTEGER NOT NULL,\n"
	"  last_used_ms INTEGER NOT NULL DEFAULT 0,\n"
	"  hits INTEGER NOT NULL DEFAULT 0,\n"
	"  UNIQUE(server, kind, scope, pattern)\n"
	") STRICT;\n"
	"CREATE TABLE tally(\n"
	"  name TEXT PRIMARY KEY,\n"
	"  rows INTEGER NOT NULL\n"
	") WITHOUT ROWID, STRICT;\n"
	"INSERT INTO tally(name, rows) VALUES('event', 0), ('decision', 0), ('session', 0);\n"
	"PRAGMA user_version = 1;\n";

static const char version_2_adds[] =
	"CREATE TABLE access_program(\n"
	"  session INTEGER NOT NULL,\n"
	"  kind TEXT NOT NULL,\n"
	"  object ANY NOT NULL,\n"
	"  verdict TEXT NOT NULL,\n"
	"  exe ANY NOT NULL,\n"
	"  PRIMARY KEY(session, kind, object, verdict, exe),\n"
	"  FOREIGN KEY(session, kind, object, verdict) REFERENCES access ON DELETE CASCADE\n"
	") WITHOUT ROWID, STRICT;\n"
	"PRAGMA user_version = 2;\n";

static const char version_3_adds[] =
	"CREATE TABLE export(\n"
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
	"  server INTEGER NOT NULL REFERENCES server(id),\n"
	"  time_ms INTEGER NOT NULL,\n"
	"  file ANY,\n"
	"  cwd ANY,\n"
	"  programs ANY,\n"
	"  settings ANY NOT NULL\n"
	") STRICT;\n"
	"CREATE INDEX export_server ON export(server);\n"
	"CREATE TABLE proof(\n"
	"  server INTEGER NOT NULL REFERENCES server(id),\n"
	"  subject TEXT NOT NULL,\n"
	"  list TEXT NOT NULL,\n"
	"  entry ANY NOT NULL,\n"
	"  runs INTEGER NOT NULL,\n"
	"  needed INTEGER NOT NULL,\n"
	"  why ANY,\n"
	"  PRIMARY KEY(server, subject, list, entry)\n"
	") WITHOUT ROWID, STRICT;\n"
	"PRAGMA user_version = 3;\n";

static const char version_4_adds[] =
	"ALTER TABLE event ADD COLUMN command_line ANY;\n"
	"ALTER TABLE event ADD COLUMN chain ANY;\n"
	"ALTER TABLE event ADD COLUMN request ANY;\n"
	"PRAGMA user_version = 4;\n";

static const char version_5_adds[] =
	"ALTER TABLE rule ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;\n"
	"PRAGMA user_version = 5;\n";

static const char version_6_adds[] =
	"ALTER TABLE event ADD COLUMN drift ANY;\n"
	"PRAGMA user_version = 6;\n";

/* What each version has beyond the one before. */
static const char *const versions[DB_SCHEMA_VERSION] = { version_1, version_2_adds, version_3_adds,
							 version_4_adds, version_5_adds, version_6_adds };

/* In the words of version 1, which every later one can still take up. */
static const char rows[] =
	"INSERT INTO server(id, name, accesses) VALUES(1, 'fs', 1);"
	"INSERT INTO session(name, server, command, cwd, mode, pid, started_ms) "
	"VALUES('1-a', 1, 'node x', '/src', 'ask', 7, 5);"
	"INSERT INTO event(id, time_ms, session, server, kind, object, verdict) "
	"VALUES('1-a.1', 6, 1, 1, 'read', x'2fff', 'deny');"
	"INSERT INTO access(session, kind, object, verdict, count, first_ms, last_ms) "
	"VALUES(1, 'connect', 'example.org:443', 'allow', 3, 6, 8);"
	"INSERT INTO rule(server, kind, verdict, scope, pattern, duration, created_ms) "
	"VALUES(1, 'connect', 'allow', 'host', 'example.org', 'always', 9);";

static struct place place;

static void setup(void)
{
	place_make(&place);
}

static void teardown(void)
{
	place_remove(&place);
}

static void make_old(int version)
{
	_cleanup_free_ char *sql = NULL;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	sqlite3 *handle;

	for (int i = 0; i < version; i++)
		buf_adds(&text, versions[i]);
	sql = xasprintf("%s%sPRAGMA application_id = %d;", buf_text(&text), rows,
			DB_APPLICATION_ID);

	ck_assert_int_eq(sqlite3_open(place.file, &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	ck_assert_int_eq(chmod(place.file, 0600), 0);
}

static char *schema_of(struct db *db)
{
	struct buf text = BUF_EMPTY;
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(db->handle,
					    "SELECT sql FROM sqlite_schema WHERE sql NOT NULL "
					    "ORDER BY name",
					    -1, &statement, NULL),
			 SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW)
		buf_addf(&text, "%s\n", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return buf_steal(&text);
}

START_TEST(an_older_database_is_brought_up_with_its_rows)
{
	_cleanup_free_ char *old = NULL, *fresh = NULL;
	struct event_query query = { .limit = 10 };
	struct session_row *sessions;
	struct evidence_rows accesses;
	struct event_row *events;
	struct rule *rules;
	struct db *db;
	int64_t version;
	size_t count;

	make_old(_i);
	db = place_open(&place);
	OK(db_pragma_get(db, "PRAGMA user_version", &version, why));
	ck_assert_int_eq(version, DB_SCHEMA_VERSION);
	OK(db_sessions(db, "fs", 10, &sessions, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(sessions[0].command, "node x");
	session_rows_free(sessions, count);
	OK(db_events(db, &query, &events, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(events[0].event.object, "/\xff");
	event_rows_free(events, count);
	OK(db_accesses(db, "fs", NULL, &accesses, why));
	ck_assert_uint_eq(accesses.count, 1);
	ck_assert_uint_eq(accesses.items[0].count, 3);
	evidence_rows_free(&accesses);
	OK(db_rules(db, "fs", &rules, &count, why));
	ck_assert_uint_eq(count, 1);
	rules_free(rules, count);
	old = schema_of(db);
	db_close(db);

	ck_assert_int_eq(unlink(place.file), 0);
	db = place_open(&place);
	fresh = schema_of(db);
	db_close(db);
	ck_assert_str_eq(old, fresh);
}
END_TEST

/* The variant for SQLite before 3.37 holds the same. */
START_TEST(ordinary_tables_serve_as_well_as_strict_ones)
{
	struct db *db = place_open(&place);
	struct access_row row = an_access(ACCESS_READ, "/\xff", VERDICT_ALLOW);
	struct evidence_rows got;
	struct store_batch batch = { .session = "1e3", .server = "007" };
	struct store store;
	struct strings names = STRINGS_EMPTY;

	OK(db_exec(
		db,
		"DROP TABLE export; DROP TABLE proof; DROP TABLE access_program; DROP TABLE rule; DROP TABLE decision; DROP TABLE access; DROP TABLE event;"
		"DROP TABLE session; DROP TABLE server; DROP TABLE tally; PRAGMA user_version = 0",
		why));
	OK(schema_migrate(db, false, why));
	store = db_store(db);
	batch.accesses = &row;
	batch.access_count = 1;
	OK(store.ops->write(store.handle, &batch, why));
	OK(store.ops->write(store.handle, &batch, why));
	OK(db_accesses(db, "007", NULL, &got, why));
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.items[0].count, 2);
	ck_assert_str_eq(got.items[0].object, "/\xff");
	evidence_rows_free(&got);
	OK(db_servers(db, &names, why));
	ck_assert_uint_eq(names.count, 1);
	ck_assert_str_eq(names.items[0], "007");
	strings_free(&names);
	db_close(db);
}
END_TEST

/* A step that fails leaves the version it started from. */
START_TEST(a_failed_migration_changes_nothing)
{
	struct db *db = place_open(&place);
	struct err e = { 0 };
	int64_t version = -1;

	OK(db_exec(db, "DROP TABLE tally; PRAGMA user_version = 0", why));
	ck_assert_int_eq(schema_migrate(db, true, &e), -1);
	OK(db_pragma_get(db, "PRAGMA user_version", &version, why));
	ck_assert_int_eq(version, 0);
	ck_assert_int_ne(sqlite3_get_autocommit(db->handle), 0);
	db_close(db);
}
END_TEST

static Suite *migrate_suite(void)
{
	Suite *suite = suite_create("db migrate");
	TCase *tests = tcase_create("migrate");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, an_older_database_is_brought_up_with_its_rows, 1,
			    DB_SCHEMA_VERSION + 1);
	tcase_add_test(tests, ordinary_tables_serve_as_well_as_strict_ones);
	tcase_add_test(tests, a_failed_migration_changes_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(migrate_suite)
