/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/older.h"

#define TOTAL 1234

static struct older *older;

static void setup(void)
{
	older = xcalloc(1, sizeof(*older));
	older_open(older);
}

static void teardown(void)
{
	older_free(older);
	free(older);
}

/* The history has events 1 to TOTAL; this is the page that is wanted. */
static void serve(void)
{
	int64_t before = older->before[older->page];
	int64_t last = before == 0 ? TOTAL : before - 1;
	int64_t first = last > OLDER_PAGE ? last - OLDER_PAGE + 1 : 1;
	size_t count = (size_t)(last - first + 1);
	struct history_event *events = xcalloc(count + 1, sizeof(*events));

	ck_assert(older->wanted);
	for (size_t i = 0; i < count; i++)
		events[i].sequence = first + (int64_t)i;
	older_take(older, events, count);
}

static int64_t selected(void)
{
	return older->items[older->list.selected].sequence;
}

/* From the newest to the oldest and back: every event once, none twice, one page at a time. */
START_TEST(pages_join_without_a_gap)
{
	serve();
	for (int64_t expected = TOTAL; expected > 1; expected--) {
		ck_assert_int_eq(selected(), expected);
		older_move(older, -1);
		if (older->wanted)
			serve();
		ck_assert_uint_le(older->count, OLDER_PAGE);
	}
	ck_assert_int_eq(selected(), 1);
	older_move(older, -1);
	ck_assert(!older->wanted);
	for (int64_t expected = 1; expected < TOTAL; expected++) {
		ck_assert_int_eq(selected(), expected);
		older_move(older, 1);
		if (older->wanted)
			serve();
	}
	ck_assert_int_eq(selected(), TOTAL);
	older_move(older, 1);
	ck_assert(!older->wanted);
}
END_TEST

START_TEST(nothing_moves_while_a_page_is_on_its_way)
{
	serve();
	older_move(older, -1000000);
	older_move(older, -1);
	ck_assert(older->wanted);
	older_move(older, -1);
	ck_assert_uint_eq(older->page, 1);
	older_failed(older, "busy");
	ck_assert(!older->wanted);
	ck_assert_str_eq(older->trouble, "busy");
}
END_TEST

START_TEST(an_empty_history_is_one_empty_page)
{
	older_take(older, NULL, 0);
	older_move(older, -1);
	older_move(older, 1);
	ck_assert(older->known && !older->wanted);
	ck_assert_uint_eq(older->list.selected, 0);
}
END_TEST

static Suite *older_suite(void)
{
	Suite *suite = suite_create("older");
	TCase *tests = tcase_create("older");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, pages_join_without_a_gap);
	tcase_add_test(tests, nothing_moves_while_a_page_is_on_its_way);
	tcase_add_test(tests, an_empty_history_is_one_empty_page);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(older_suite)
