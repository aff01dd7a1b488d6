/* SPDX-License-Identifier: MIT */
/* Locks, rivals and full disks: each costs history for a while, nothing else. */
#include "db/internal.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/clock.h"
#include "tests/unit/db/fixture.h"

static struct place place;

static void setup(void)
{
	place_make(&place);
}

static void teardown(void)
{
	place_remove(&place);
}

static int write_one(struct db *db, const char *id, struct err *e)
{
	struct store store = db_store(db);
	struct access_event event = an_event(id, "/a", VERDICT_ALLOW);
	struct store_batch batch = a_batch();

	batch.events = &event;
	batch.event_count = 1;
	return store.ops->write(store.handle, &batch, e);
}

START_TEST(a_locked_database_is_busy_at_once_and_works_later)
{
	static const char *const locks[] = { "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE" };
	struct db *db = place_open(&place);
	struct store store = db_store(db);
	struct session_record session = { .id = "1-a", .server = "fs", .started_ms = 1 };
	struct rule rule = { .server = (char *)"fs",
			     .kind = ACCESS_READ,
			     .verdict = VERDICT_ALLOW,
			     .scope = SCOPE_FILE,
			     .pattern = (char *)"/a",
			     .duration = DURATION_ALWAYS };
	const struct session_end end = { .time_ms = 1 };
	const struct store_batch last = { .session = "1-a", .server = "fs", .end = &end };
	struct rule *rules;
	sqlite3 *rival;
	int64_t started;
	size_t count;

	ck_assert_int_eq(sqlite3_open(place.file, &rival), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(rival, locks[_i], NULL, NULL, NULL), SQLITE_OK);
	started = clock_mono_ms();
	for (int i = 0; i < 5; i++) {
		struct err e = { 0 };
		int result = 0;

		switch (i) {
		case 0: result = write_one(db, "s.1", &e); break;
		case 1: result = store.ops->session_begin(store.handle, &session, &e); break;
		case 2: result = store.ops->write(store.handle, &last, &e); break;
		case 3: result = store.ops->rule_add(store.handle, &rule, &e); break;
		case 4: result = store.ops->rule_used(store.handle, 1, 1, 1, &e); break;
		}
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(e.code, ERR_BUSY);
	}
	ck_assert_int_lt(clock_mono_ms() - started, 500);
	/* Reading goes on meanwhile. */
	OK(store.ops->rules_load(store.handle, "fs", &rules, &count, why));
	rules_free(rules, count);
	ck_assert_int_eq(rule.id, 0);
	ck_assert_int_eq(sqlite3_exec(rival, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(rival);
	OK(write_one(db, "s.1", why));
	OK(store.ops->session_begin(store.handle, &session, why));
	OK(store.ops->rule_add(store.handle, &rule, why));
	ck_assert_int_eq(count_rows(db, "event"), 1);
	db_close(db);
}
END_TEST

START_TEST(opening_does_not_wait_for_a_writer)
{
	struct db *writer = place_open(&place), *db;

	OK(db_begin(writer, why));
	db = place_open(&place);
	db_close(db);
	OK(db_finish(writer, 0, why));
	db_close(writer);
}
END_TEST

/* Writes until `count` writes got through. */
static int write_many(const char *path, int number, int count)
{
	struct err e = { 0 };
	struct db *db = db_open(path, true, &e);

	if (!db)
		return 1;
	for (int i = 0; i < count;) {
		char id[32];

		snprintf(id, sizeof(id), "%d.%d", number, i);
		if (write_one(db, id, &e) == 0)
			i++;
		else if (e.code != ERR_BUSY)
			return 2;
	}
	db_close(db);
	return 0;
}

/* They also race for making the file and its schema. */
START_TEST(processes_that_write_at_once_lose_nothing)
{
	enum { PROCESSES = 4, WRITES = 150 };
	pid_t children[PROCESSES];
	struct db *db;
	int64_t tally = 0;

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(write_many(place.file, i, WRITES));
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	db = place_open(&place);
	ck_assert_int_eq(count_rows(db, "event"), PROCESSES * WRITES);
	OK(db_pragma_get(db, "SELECT rows FROM tally WHERE name = 'event'", &tally, why));
	ck_assert_int_eq(tally, PROCESSES * WRITES);
	ck_assert_int_eq(count_rows(db, "server"), 1);
	db_close(db);
}
END_TEST

static bool fill(struct db *db, struct err *e)
{
	char object[4000];
	struct access_row row = an_access(ACCESS_READ, object, VERDICT_ALLOW);
	struct store store = db_store(db);
	struct store_batch batch = a_batch();

	batch.accesses = &row;
	batch.access_count = 1;
	for (int i = 0; i < 2000; i++) {
		memset(object, 'a', sizeof(object) - 1);
		snprintf(object, sizeof(object), "/%d", i);
		object[strlen(object)] = 'b';
		object[sizeof(object) - 1] = '\0';
		if (store.ops->write(store.handle, &batch, e) < 0)
			return true;
	}
	return false;
}

START_TEST(a_full_database_says_so_and_recovers)
{
	struct db *db = place_open(&place);
	struct err e = { 0 };

	OK(db_exec(db, "PRAGMA max_page_count = 60", why));
	ck_assert(fill(db, &e));
	ck_assert_int_eq(e.code, ERR_GENERAL);
	ck_assert_ptr_nonnull(strstr(e.message, "full"));
	ck_assert_int_ne(sqlite3_get_autocommit(db->handle), 0);
	OK(db_exec(db, "PRAGMA max_page_count = 1000000", why));
	OK(write_one(db, "s.after", why));
	db_close(db);
	db = place_open(&place);
	ck_assert_int_eq(count_rows(db, "event"), 1);
	db_close(db);
}
END_TEST

START_TEST(a_file_size_limit_costs_history_only)
{
	struct rlimit limit, old;
	struct db *db = place_open(&place);
	struct err e = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 300 * 1024;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(fill(db, &e));
	ck_assert_ptr_nonnull(strstr(e.message, place.file));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	OK(write_one(db, "s.after", why));
	db_close(db);
	db = place_open(&place);
	ck_assert_int_eq(count_rows(db, "event"), 1);
	db_close(db);
}
END_TEST

START_TEST(a_disk_that_is_full_from_the_start_leaves_nothing_behind_that_blocks_later)
{
	struct rlimit limit, old;
	struct err e = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_ptr_null(db_open(place.file, true, &e));
	ck_assert_ptr_nonnull(strstr(e.message, place.file));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	db_close(place_open(&place));
}
END_TEST

/* A writer that dies in the middle of a transaction leaves what was committed before. */
START_TEST(a_killed_writer_leaves_a_whole_database)
{
	struct db *db;
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct err e = { 0 };

		db = db_open(place.file, true, &e);
		if (!db || write_one(db, "s.1", &e) < 0 || db_begin(db, &e) < 0 ||
		    db_exec(db, "DELETE FROM event", &e) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	db = place_open(&place);
	ck_assert_int_eq(count_rows(db, "event"), 1);
	db_close(db);
}
END_TEST

static Suite *trouble_suite(void)
{
	Suite *suite = suite_create("db trouble");
	TCase *tests = tcase_create("trouble");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_locked_database_is_busy_at_once_and_works_later, 0, 2);
	tcase_add_test(tests, opening_does_not_wait_for_a_writer);
	tcase_add_test(tests, processes_that_write_at_once_lose_nothing);
	tcase_add_test(tests, a_full_database_says_so_and_recovers);
	tcase_add_test(tests, a_file_size_limit_costs_history_only);
	tcase_add_test(tests,
		       a_disk_that_is_full_from_the_start_leaves_nothing_behind_that_blocks_later);
	tcase_add_test(tests, a_killed_writer_leaves_a_whole_database);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(trouble_suite)
