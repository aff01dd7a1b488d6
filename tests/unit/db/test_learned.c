/* SPDX-License-Identifier: MIT */
#include "tests/unit/db/fixture.h"

static struct place place;
static struct db *db;

static void setup(void)
{
	place_make(&place);
	db = place_open(&place);
}

static void teardown(void)
{
	db_close(db);
	place_remove(&place);
}

START_TEST(the_last_export_is_told_and_old_ones_go)
{
	struct export_row row = { .settings = (char *)"{}" }, last;
	struct err e = { 0 };
	char *longest;

	OK(db_export_last(db, "fs", &last, why));
	ck_assert_int_eq(last.time_ms, 0);
	for (int i = 1; i <= 40; i++) {
		row.time_ms = i;
		row.file = i % 2 ? NULL : (char *)"/a/\xff";
		row.cwd = (char *)"/src";
		row.programs = (char *)"1.0 2 - /p\n";
		OK(db_export_add(db, i == 40 ? "web" : "fs", &row, why));
	}
	OK(db_export_last(db, "fs", &last, why));
	ck_assert_int_eq(last.time_ms, 39);
	ck_assert_ptr_null(last.file);
	ck_assert_str_eq(last.cwd, "/src");
	ck_assert_str_eq(last.settings, "{}");
	ck_assert_str_eq(last.programs, "1.0 2 - /p\n");
	export_row_free(&last);
	OK(db_export_last(db, "web", &last, why));
	ck_assert_str_eq(last.file, "/a/\xff");
	export_row_free(&last);
	ck_assert_int_eq(count_rows(db, "export"), DB_EXPORTS_MOST + 1);
	longest = xmalloc(600 * 1024);
	memset(longest, ' ', 600 * 1024 - 1);
	longest[600 * 1024 - 1] = '\0';
	row.settings = longest;
	ck_assert_int_eq(db_export_add(db, "fs", &row, &e), -1);
	free(longest);
}
END_TEST

static const struct {
	const char *server, *object;
	enum access_kind kind;
	int64_t until_ms;
	bool known;
} lookups[] = {
	{ "fs", "/a/\xff", ACCESS_READ, 10, true },  { "fs", "/a/\xff", ACCESS_READ, 9, false },
	{ "fs", "/a/\xff", ACCESS_READ, 99, true },  { "fs", "/a/\xff", ACCESS_WRITE, 99, false },
	{ "web", "/a/\xff", ACCESS_READ, 99, false }, { "fs", "/a", ACCESS_READ, 99, false },
	{ "none", "/a/\xff", ACCESS_READ, 99, false },
};

START_TEST(what_was_recorded_up_to_a_time_is_known)
{
	static const int64_t first[] = { 10, 20 };
	struct store store = db_store(db);
	bool known;

	for (size_t i = 0; i < ARRAY_LENGTH(first); i++) {
		const struct access_row row = { .kind = ACCESS_READ,
						.object = (char *)"/a/\xff",
						.verdict = VERDICT_DENY,
						.count = 1,
						.first_ms = first[i],
						.last_ms = first[i] };
		const struct store_batch batch = { .session = i ? "1-b" : "1-a",
						   .server = "fs",
						   .accesses = &row,
						   .access_count = 1 };

		OK(store.ops->write(store.handle, &batch, why));
	}
	OK(db_export_add(db, "web", &(struct export_row){ .settings = (char *)"{}" }, why));
	OK(db_access_known(db, lookups[_i].server, lookups[_i].kind, lookups[_i].object,
			   lookups[_i].until_ms, &known, why));
	ck_assert_int_eq(known, lookups[_i].known);
}
END_TEST

START_TEST(runs_of_a_proof_add_up)
{
	struct proof_row row = { .list = (char *)"allowRead", .entry = (char *)"~/a" }, *rows;
	size_t count;

	row.needed = 1;
	row.why = (char *)"status 1";
	OK(db_proof_add(db, "fs", "s1", &row, why));
	row.needed = 0;
	row.why = NULL;
	OK(db_proof_add(db, "fs", "s1", &row, why));
	OK(db_proof_add(db, "fs", "s2", &row, why));
	OK(db_proof_add(db, "web", "s1", &row, why));
	OK(db_proofs(db, "fs", "s1", &rows, &count, why));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(rows[0].runs, 2);
	ck_assert_int_eq(rows[0].needed, 1);
	ck_assert_str_eq(rows[0].why, "status 1");
	ck_assert_str_eq(rows[0].entry, "~/a");
	proof_rows_free(rows, count);
	OK(db_proofs(db, "none", "s1", &rows, &count, why));
	ck_assert_uint_eq(count, 0);
	proof_rows_free(rows, count);
}
END_TEST

static Suite *learned_suite(void)
{
	Suite *suite = suite_create("db learned");
	TCase *tests = tcase_create("learned");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_last_export_is_told_and_old_ones_go);
	tcase_add_test(tests, runs_of_a_proof_add_up);
	tcase_add_loop_test(tests, what_was_recorded_up_to_a_time_is_known, 0,
			    ARRAY_LENGTH(lookups));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(learned_suite)
