/* SPDX-License-Identifier: MIT */
#include "core/sandbox/access_table.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/lib/unit.h"

START_TEST(a_million_accesses_of_one_object_are_one_row)
{
	struct access_table *table = access_table_new(16);
	struct access_row *rows;
	size_t count;

	for (int i = 0; i < 1000000; i++)
		access_table_add(table, ACCESS_READ, VERDICT_ALLOW, "/etc/hosts", getpid(), 0, false, 1000 + i);
	access_table_take(table, &rows, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(rows[0].count, 1000000);
	ck_assert_int_eq(rows[0].first_ms, 1000);
	ck_assert_int_eq(rows[0].last_ms, 1000 + 999999);
	ck_assert_ptr_nonnull(rows[0].exe);
	access_rows_free(rows, count);
	access_table_free(table);
}
END_TEST

START_TEST(kinds_and_verdicts_and_objects_are_kept_apart)
{
	struct access_table *table = access_table_new(16);
	struct access_row *rows;
	size_t count;

	access_table_add(table, ACCESS_READ, VERDICT_ALLOW, "/a", 0, 0, false, 1);
	access_table_add(table, ACCESS_WRITE, VERDICT_ALLOW, "/a", 0, 0, true, 1);
	access_table_add(table, ACCESS_WRITE, VERDICT_ALLOW, "/a", 0, 0, false, 2);
	access_table_add(table, ACCESS_READ, VERDICT_DENY, "/a", 0, 13, false, 1);
	access_table_add(table, ACCESS_READ, VERDICT_ALLOW, "/b", 0, 0, false, 1);
	access_table_take(table, &rows, &count);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(rows[2].error, 13);
	ck_assert(!rows[0].created);
	ck_assert(rows[1].created);
	access_rows_free(rows, count);
	/* Taking leaves it empty, and usable. */
	access_table_take(table, &rows, &count);
	ck_assert_uint_eq(count, 0);
	access_rows_free(rows, count);
	access_table_add(table, ACCESS_READ, VERDICT_ALLOW, "/a", 0, 0, false, 1);
	access_table_take(table, &rows, &count);
	ck_assert_uint_eq(count, 1);
	access_rows_free(rows, count);
	access_table_free(table);
}
END_TEST

START_TEST(beyond_the_bound_objects_are_counted_not_kept)
{
	struct access_table *table = access_table_new(1000);
	char object[32];
	struct access_row *rows;
	size_t count;

	for (int i = 0; i < 3000; i++) {
		snprintf(object, sizeof(object), "/f%d", i);
		access_table_add(table, ACCESS_READ, VERDICT_ALLOW, object, 0, 0, false, 1);
	}
	/* Told once. */
	ck_assert_uint_eq(access_table_take(table, &rows, &count), 2000);
	ck_assert_uint_eq(count, 1000);
	access_rows_free(rows, count);
	ck_assert_uint_eq(access_table_take(table, &rows, &count), 0);
	access_rows_free(rows, count);
	access_table_free(table);
}
END_TEST

static Suite *access_table_suite(void)
{
	Suite *suite = suite_create("access_table");
	TCase *tests = tcase_create("access_table");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_million_accesses_of_one_object_are_one_row);
	tcase_add_test(tests, kinds_and_verdicts_and_objects_are_kept_apart);
	tcase_add_test(tests, beyond_the_bound_objects_are_counted_not_kept);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(access_table_suite)
