/* SPDX-License-Identifier: MIT */
#include "tests/unit/tui/fixture.h"

static struct model *model;

static void setup(void)
{
	model = make_model(false);
	greet_simply(model, 1, "a");
	greet_simply(model, 2, "b");
}

static void teardown(void)
{
	model_free(model);
}

static const char *row_id(size_t row)
{
	return events_get(model->events, event_list_serial(model, row))->event.id;
}

static void tell_count(const char *id, enum access_kind kind, const char *object, uint64_t count)
{
	struct access_event event = { .id = (char *)id,
				      .time_ms = fixture_now.wall_ms,
				      .kind = kind,
				      .object = (char *)object,
				      .verdict = VERDICT_DENY,
				      .count = count };

	say(model, 1, (struct wire_message){ .type = WIRE_EVENT, .event = event });
}

/* Event by event the list becomes what looking at all of them would make it. */
START_TEST(the_list_is_kept_up_to_date_event_by_event)
{
	static const char *const filters[] = { "", "deny", "!ask x/1", "count>1 | net" };

	srand((unsigned)_i + 1);
	events_free(model->events);
	model->events = events_new(50);
	event_list_set_filter(model, filters[_i]);
	paint(model);
	for (int step = 0; step < 2000; step++) {
		struct access_event event = { .kind = (enum access_kind)(rand() % 7),
					      .verdict = (enum verdict)(rand() % 3),
					      .count = (uint64_t)(rand() % 3 + 1) };
		uint64_t expected[64];
		size_t count = 0;
		char id[16], object[16];

		snprintf(id, sizeof(id), "e.%d", rand() % 80);
		snprintf(object, sizeof(object), "x/%d", rand() % 20);
		event.id = id;
		event.object = object;
		say(model, 1, (struct wire_message){ .type = WIRE_EVENT, .event = event });
		for (uint64_t s = events_first(model->events); s < events_next(model->events); s++)
			if (filter_matches(model->event_list.filter,
					   &events_get(model->events, s)->event, 1))
				expected[count++] = s;
		ck_assert_uint_eq(model->event_list.shown.count, count);
		for (size_t i = 0; i < count; i++)
			ck_assert_uint_eq(model->event_list.shown.items[i], expected[i]);
	}
}
END_TEST

static const struct {
	enum event_order order;
	const char *ids; /* first to last */
} orders[] = {
	{ ORDER_TIME, "1234" },
	{ ORDER_COUNT, "2413" },
	{ ORDER_KIND, "2413" },
	{ ORDER_OBJECT, "3412" },
};

START_TEST(events_are_listed_in_the_order_chosen)
{
	tell_count("1", ACCESS_WRITE, "/home/me/src/b", 5);
	tell_count("2", ACCESS_READ, "/home/me/src/c", 1);
	tell_count("3", ACCESS_CONNECT, "/a", 9);
	tell_count("4", ACCESS_READ, "/home/me/src/a", 1);
	paint(model);
	for (int i = 0; i < _i; i++)
		PRESS(model, 's');
	ck_assert_int_eq(model->event_list.order, orders[_i].order);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(row_id(i)[0], orders[_i].ids[i]);
}
END_TEST

START_TEST(an_order_is_made_anew_once_a_second_and_keeps_the_selection)
{
	tell_count("1", ACCESS_READ, "/m", 1);
	paint(model);
	PRESS(model, 's', 's', 's', TUI_KEY_DOWN);
	ck_assert_int_eq(model->event_list.order, ORDER_OBJECT);
	tell_count("2", ACCESS_READ, "/a", 1);
	paint(model);
	ck_assert_uint_eq(event_list_count(model), 1);
	pass_time(1000);
	model_tick(model, fixture_now);
	paint(model);
	ck_assert_uint_eq(event_list_count(model), 2);
	ck_assert_str_eq(row_id(0), "2");
	ck_assert_str_eq(model_selected_event(model)->event.id, "1");
}
END_TEST

START_TEST(finding_moves_to_the_next_match_as_it_is_typed)
{
	tell_count("1", ACCESS_READ, "/abc", 1);
	tell_count("2", ACCESS_READ, "/abd", 1);
	tell_count("3", ACCESS_READ, "/x", 1);
	paint(model);
	PRESS(model, '/', 'A', 'b');
	ck_assert_str_eq(model_selected_event(model)->event.id, "1");
	PRESS(model, 'd');
	ck_assert_str_eq(model_selected_event(model)->event.id, "2");
	PRESS(model, TUI_KEY_BACKSPACE, TUI_KEY_ENTER, 'n');
	ck_assert_str_eq(model_selected_event(model)->event.id, "1");
	PRESS(model, 'n', 'n');
	ck_assert_str_eq(model_selected_event(model)->event.id, "1");
	PRESS(model, 'N');
	ck_assert_str_eq(model_selected_event(model)->event.id, "2");
	ck_assert(!model->event_list.follow);
	PRESS(model, '/', 'z', TUI_KEY_ENTER);
	ck_assert_ptr_nonnull(strstr(model->notice.text, "Nothing"));
	ck_assert_str_eq(model_selected_event(model)->event.id, "2");
}
END_TEST

START_TEST(a_filter_that_cannot_be_read_leaves_the_last_one_in_force)
{
	tell_count("1", ACCESS_READ, "/x", 1);
	tell_count("2", ACCESS_CONNECT, "h:1", 1);
	paint(model);
	PRESS(model, '\\', 'n', 'e', 't', ' ', '&');
	ck_assert_ptr_nonnull(model->event_list.mistake);
	ck_assert_uint_eq(event_list_count(model), 1);
	/* Enter does not take it. */
	PRESS(model, TUI_KEY_ENTER);
	ck_assert_int_eq(model->prompt.kind, PROMPT_FILTER);
	PRESS(model, 'd', 'e', 'n', 'y', TUI_KEY_ENTER);
	ck_assert_int_eq(model->prompt.kind, PROMPT_NONE);
	ck_assert_uint_eq(event_list_count(model), 1);
	/* The next time it is there to be changed. */
	PRESS(model, '\\', 'U' & 0x1f, TUI_KEY_ENTER);
	ck_assert_uint_eq(event_list_count(model), 2);
}
END_TEST

START_TEST(activity_covers_the_last_minutes)
{
	struct activity activity = { .slot = 0 };
	int64_t now = NOW_MS;

	activity_add(&activity, now, 3, false);
	activity_add(&activity, now, 1, true);
	ck_assert_uint_eq(activity_at(&activity, now, 0, false), 4);
	ck_assert_uint_eq(activity_at(&activity, now, 0, true), 1);
	now += 2 * ACTIVITY_SLOT_MS;
	ck_assert_uint_eq(activity_at(&activity, now, 0, false), 0);
	ck_assert_uint_eq(activity_at(&activity, now, 2, false), 4);
	activity_add(&activity, now, 7, false);
	ck_assert_uint_eq(activity_at(&activity, now, 1, false), 0);
	ck_assert_uint_eq(activity_at(&activity, now, 2, false), 4);
	now += ACTIVITY_SLOTS * ACTIVITY_SLOT_MS;
	for (size_t ago = 0; ago < ACTIVITY_SLOTS; ago++)
		ck_assert_uint_eq(activity_at(&activity, now, ago, false), 0);
}
END_TEST

START_TEST(own_messages_are_kept)
{
	for (int i = 0; i < LOG_MOST + 3; i++)
		model_notice(model, fixture_now, ROLE_WARN, xasprintf("message %d", i));
	ck_assert_uint_eq(model->log_count, LOG_MOST + 3);
	ck_assert_str_eq(model->log[2].text, "message 202");
	ck_assert_str_eq(model->log[3].text, "message 3");
}
END_TEST

static Suite *event_list_suite(void)
{
	Suite *suite = suite_create("event_list");
	TCase *tests = tcase_create("event_list");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, the_list_is_kept_up_to_date_event_by_event, 0, 4);
	tcase_add_loop_test(tests, events_are_listed_in_the_order_chosen, 0,
			    (int)ARRAY_LENGTH(orders));
	tcase_add_test(tests, an_order_is_made_anew_once_a_second_and_keeps_the_selection);
	tcase_add_test(tests, finding_moves_to_the_next_match_as_it_is_typed);
	tcase_add_test(tests, a_filter_that_cannot_be_read_leaves_the_last_one_in_force);
	tcase_add_test(tests, activity_covers_the_last_minutes);
	tcase_add_test(tests, own_messages_are_kept);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(event_list_suite)
