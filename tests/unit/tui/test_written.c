/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/written.h"

static struct written written;

static struct written_row make(enum layer_change_type change, enum layer_file_type type,
			       const char *path, const char *refused)
{
	return (struct written_row){ .change = change,
				     .type = type,
				     .path = xstrdup(path),
				     .size = 1,
				     .was_size = -1,
				     .refused = xstrdup(refused) };
}

static void setup(void)
{
	struct written_row *rows = xcalloc(5, sizeof(*rows));

	written_open(&written, "t");
	rows[0] = make(LAYER_CREATED, LAYER_DIRECTORY, "/h/new", NULL);
	rows[1] = make(LAYER_CREATED, LAYER_FILE, "/h/new/a", NULL);
	rows[2] = make(LAYER_CREATED, LAYER_OTHER, "/h/new/pipe", "a pipe");
	rows[3] = make(LAYER_CHANGED, LAYER_FILE, "/h/newer", NULL);
	rows[4] = make(LAYER_DELETED, LAYER_FILE, "/h/old", NULL);
	ck_assert(written.wanted);
	written_take(&written, rows, 5);
}

static void teardown(void)
{
	written_free(&written);
}

static void expect(const char *ticks)
{
	for (size_t i = 0; i < written.count; i++)
		ck_assert_msg(written.items[i].ticked == (ticks[i] == 'x'), "row %zu of %s", i,
			      ticks);
}

START_TEST(nothing_is_ticked_by_itself)
{
	size_t counts[3];

	expect(".....");
	ck_assert_uint_eq(written_ticked(&written, counts), 0);
}
END_TEST

START_TEST(a_directory_goes_with_what_is_in_it)
{
	size_t counts[3];

	written_tick(&written, 0);
	expect("xx...");
	written_tick(&written, 1);
	expect("x....");
	written_tick(&written, 0);
	expect(".....");
	/* And what is in it needs it. */
	written_tick(&written, 1);
	expect("xx...");
	written_tick(&written, 4);
	ck_assert_uint_eq(written_ticked(&written, counts), 3);
	ck_assert_uint_eq(counts[LAYER_CREATED], 2);
	ck_assert_uint_eq(counts[LAYER_DELETED], 1);
}
END_TEST

START_TEST(what_cannot_be_kept_is_never_ticked)
{
	written_tick(&written, 2);
	written_tick(&written, 99);
	expect(".....");
	written_tick_all(&written);
	expect("xx.xx");
	written_tick_all(&written);
	expect(".....");
}
END_TEST

START_TEST(each_row_tells_what_became_of_it)
{
	struct written_outcome outcomes[5] = { [3] = { .done = true },
					       [4] = { .why = xstrdup("no") } };

	written_tick(&written, 3);
	written_tick(&written, 4);
	written_settle(&written, true, false, outcomes);
	ck_assert_int_eq(written.items[0].fate, WRITTEN_LEFT);
	ck_assert_int_eq(written.items[3].fate, WRITTEN_KEPT);
	ck_assert_int_eq(written.items[4].fate, WRITTEN_FAILED);
	ck_assert_str_eq(written.items[4].why, "no");
	expect(".....");
	/* Once is enough; what failed can be tried again. */
	written_tick(&written, 3);
	written_tick(&written, 4);
	expect("....x");
}
END_TEST

static Suite *written_suite(void)
{
	Suite *suite = suite_create("written");
	TCase *tests = tcase_create("written");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_is_ticked_by_itself);
	tcase_add_test(tests, a_directory_goes_with_what_is_in_it);
	tcase_add_test(tests, what_cannot_be_kept_is_never_ticked);
	tcase_add_test(tests, each_row_tells_what_became_of_it);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(written_suite)
