/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/older.h"

#define TOTAL 12340

static struct older *older;

static void setup(void)
{
	older = xcalloc(1, sizeof(*older));
	older_open(older, "");
}

static void teardown(void)
{
	older_free(older);
	filter_free(older->filter);
	free(older);
}

/* The history has events 1 to TOTAL, of which every tenth was refused; this is what is wanted. */
static void serve_once(void)
{
	struct history_event *events = xcalloc(OLDER_PAGE + 1, sizeof(*events));
	struct history_query query;
	size_t count = 0;
	int64_t last;

	ck_assert(older->wanted);
	older_query(older, &query);
	last = query.before == 0 || query.before > TOTAL ? TOTAL : query.before - 1;
	ck_assert_uint_le(query.limit, OLDER_PAGE);
	for (int64_t at = last; at > query.after && count < query.limit; at--) {
		enum verdict verdict = at % 10 == 0 ? VERDICT_DENY : VERDICT_ALLOW;

		if (query.verdicts == 0 || query.verdicts & 1u << verdict)
			events[count++] = (struct history_event){
				.sequence = at,
				.event = { .object = xasprintf("/%d/", (int)at),
					   .verdict = verdict }
			};
	}
	for (size_t i = 0; i < count / 2; i++) {
		struct history_event other = events[i];

		events[i] = events[count - 1 - i];
		events[count - 1 - i] = other;
	}
	older_take(older, &query, events, count);
}

static void serve(void)
{
	while (older->wanted)
		serve_once();
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
	struct history_query query;

	older_query(older, &query);
	older_take(older, &query, NULL, 0);
	older_move(older, -1);
	older_move(older, 1);
	ck_assert(older->known && !older->wanted);
	ck_assert_uint_eq(older->list.selected, 0);
}
END_TEST

/* As if all had been listed and then been sifted. */
static void expect_every(const char *filter, int64_t step, int64_t least)
{
	int64_t expected = TOTAL - TOTAL % step, pages = 1;

	older_open(older, filter);
	serve();
	for (; expected >= least && expected > 0; expected -= step) {
		ck_assert_int_eq(selected(), expected);
		older_move(older, -1);
		pages += older->wanted;
		serve();
		ck_assert_uint_le(older->count, OLDER_PAGE);
	}
	older_move(older, -1);
	ck_assert(!older->wanted);
	ck_assert_int_le(pages, TOTAL / step / OLDER_PAGE + 2);
}

START_TEST(a_filter_leaves_out_what_does_not_match_and_nothing_else)
{
	expect_every("deny", 10, 0);
	expect_every("object~000/", 1000, 1000);
}
END_TEST

START_TEST(looking_ends_where_nothing_matches)
{
	int looks = 0;

	older_open(older, "nowhere");
	for (; older->wanted && looks < 1000; looks++)
		serve_once();
	ck_assert(older->known && older->at_end);
	ck_assert_uint_eq(older->count, 0);
	ck_assert_int_le(looks, 1 + TOTAL / OLDER_PAGE + 1);
}
END_TEST

START_TEST(looking_for_one_page_is_bounded)
{
	older_open(older, "deny & nowhere");
	older->cursor = INT64_C(1) << 40;
	for (int looks = 0; older->wanted; looks++) {
		struct history_query query;

		ck_assert_int_le(looks, OLDER_LOOK_MOST / OLDER_WINDOW + 1);
		older_query(older, &query);
		older_take(older, &query, NULL, 0);
	}
	ck_assert(older->known && !older->at_end);
	/* From there it goes on. */
	older_move(older, -1);
	ck_assert(older->wanted);
	ck_assert_int_lt(older->cursor, (INT64_C(1) << 40) - OLDER_LOOK_MOST / 2);
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
	tcase_add_test(tests, a_filter_leaves_out_what_does_not_match_and_nothing_else);
	tcase_add_test(tests, looking_ends_where_nothing_matches);
	tcase_add_test(tests, looking_for_one_page_is_bounded);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(older_suite)
