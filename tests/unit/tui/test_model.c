/* SPDX-License-Identifier: MIT */
#include "tests/unit/tui/fixture.h"

static struct model *model;

static void setup(void)
{
	model = make_model(false);
}

static void teardown(void)
{
	model_free(model);
}

START_TEST(a_greeting_makes_a_session)
{
	greet_simply(model, 7, "github-mcp");
	greet_simply(model, 9, "fs-mcp");
	paint(model);
	ck_assert_uint_eq(model->session_count, 2);
	ck_assert_str_eq(model->sessions[0].info.server, "github-mcp");
	ck_assert_uint_eq(model->sessions[0].number, 1);
	ck_assert_uint_eq(model->sessions[1].link, 9);
}
END_TEST

START_TEST(what_comes_before_the_greeting_is_ignored)
{
	tell_event(model, 7, "e.1", VERDICT_DENY, ACCESS_READ, "/x");
	ask_connect(model, 7, "q.1");
	paint(model);
	ck_assert_uint_eq(events_count(model->events), 0);
	ck_assert_uint_eq(model->questions.count, 0);
}
END_TEST

START_TEST(a_closed_connection_ends_the_session_and_its_questions)
{
	greet_simply(model, 1, "a");
	greet_simply(model, 2, "b");
	ask_connect(model, 1, "q.1");
	ask_connect(model, 2, "q.2");
	model_disconnected(model, 1, fixture_now);
	paint(model);
	ck_assert(model->sessions[0].ended);
	ck_assert(!model->sessions[1].ended);
	ck_assert_uint_eq(model->questions.count, 1);
	ck_assert_str_eq(model->box.id, "q.2");
	ck_assert_int_eq(events_find(model->events, "q.1")->event.verdict, VERDICT_DENY);
}
END_TEST

START_TEST(a_session_that_comes_back_keeps_its_row)
{
	greet_simply(model, 1, "a");
	model_disconnected(model, 1, fixture_now);
	/* The same session id on another connection. */
	say(model, 5,
	    (struct wire_message){ .type = WIRE_HELLO,
				   .session = { .id = (char *)"41001-0badcafe", .status = -1 } });
	ck_assert_uint_eq(model->session_count, 1);
	ck_assert(!model->sessions[0].ended);
	ck_assert_uint_eq(model->sessions[0].link, 5);
}
END_TEST

START_TEST(an_exit_status_ends_the_session_before_the_connection_does)
{
	greet_simply(model, 1, "a");
	say(model, 1,
	    (struct wire_message){ .type = WIRE_SESSION,
				   .session = { .state = (char *)"exited", .status = 3 } });
	ck_assert(model->sessions[0].ended);
	ck_assert_int_eq(model->sessions[0].info.status, 3);
}
END_TEST

START_TEST(the_same_event_again_replaces_it)
{
	greet_simply(model, 1, "a");
	tell_event(model, 1, "e.1", VERDICT_ASK, ACCESS_READ, "/x");
	tell_event(model, 1, "e.2", VERDICT_ALLOW, ACCESS_READ, "/y");
	tell_event(model, 1, "e.1", VERDICT_DENY, ACCESS_READ, "/x");
	paint(model);
	ck_assert_uint_eq(model->event_list.shown.count, 2);
	ck_assert_int_eq(events_get(model->events, 0)->event.verdict, VERDICT_DENY);
}
END_TEST

START_TEST(the_ring_forgets_the_oldest_and_finds_the_rest)
{
	struct events *events = events_new(3);
	char id[] = "e.0";

	for (int i = 0; i < 8; i++) {
		struct access_event event = { .id = id, .object = id, .count = 1 };

		id[2] = (char)('0' + i);
		events_put(events, 1, &event, NULL);
	}
	ck_assert_uint_eq(events_count(events), 3);
	ck_assert_ptr_null(events_get(events, 4));
	ck_assert_ptr_null(events_get(events, 8));
	ck_assert_ptr_null(events_find(events, "e.4"));
	ck_assert_str_eq(events_get(events, 5)->event.object, "e.5");
	ck_assert_uint_eq(events_find(events, "e.7")->serial, 7);
	ck_assert_ptr_null(events_find(events, NULL));
	events_free(events);
}
END_TEST

START_TEST(many_events_stay_within_bounds)
{
	char last[16];

	snprintf(last, sizeof(last), "e.%d", EVENTS_MOST + 499);
	greet_simply(model, 1, "a");
	for (int i = 0; i < EVENTS_MOST + 500; i++) {
		char id[16];

		snprintf(id, sizeof(id), "e.%d", i);
		tell_event(model, 1, id, VERDICT_DENY, ACCESS_READ, "/x");
	}
	paint(model);
	ck_assert_uint_eq(events_count(model->events), EVENTS_MOST);
	ck_assert_uint_eq(model->event_list.shown.count, EVENTS_MOST);
	ck_assert_str_eq(model_selected_event(model)->event.id, last);
}
END_TEST

START_TEST(a_question_comes_to_the_front_in_order_of_arrival)
{
	greet_simply(model, 1, "a");
	ask_connect(model, 1, "q.1");
	ask_connect(model, 1, "q.2");
	paint(model);
	ck_assert(model_box_visible(model));
	ck_assert_str_eq(model->box.id, "q.1");
	resolve(model, 1, "q.1", VERDICT_ALLOW, "person");
	paint(model);
	ck_assert_str_eq(model->box.id, "q.2");
	ck_assert_int_eq(events_find(model->events, "q.1")->event.verdict, VERDICT_ALLOW);
}
END_TEST

START_TEST(a_refused_question_stays_answerable_but_not_in_front)
{
	struct question question = make_question("q.1", ACCESS_READ, "/x");

	greet_simply(model, 1, "a");
	ask(model, 1, question);
	paint(model);
	ck_assert(model_box_visible(model));
	question.deadline_ms = 0;
	ask(model, 1, question);
	paint(model);
	ck_assert(!model_box_visible(model));
	ck_assert_uint_eq(model->questions.count, 1);
	ck_assert_uint_eq(questions_held(&model->questions), 0);
	ck_assert_ptr_nonnull(strstr(model->notice.text, "still answerable"));
	/* The program tries again: asked again. */
	question.deadline_ms = NOW_MS + 30000;
	ask(model, 1, question);
	paint(model);
	ck_assert(model_box_visible(model));
}
END_TEST

START_TEST(a_deadline_does_not_take_the_question_from_under_the_fingers)
{
	greet_simply(model, 1, "a");
	ask_connect(model, 1, "q.1");
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 's');
	resolve(model, 1, "q.1", VERDICT_DENY, "deadline");
	paint(model);
	ck_assert(model_box_visible(model));
	ck_assert_uint_eq(questions_held(&model->questions), 0);
}
END_TEST

static const struct {
	const char *by, *notice;
} ends[] = {
	{ "person", "Answered elsewhere, deny" },
	{ "rule", "Answered elsewhere, deny" },
	{ "gone", "Nobody waits any more" },
};

START_TEST(a_question_that_ends_elsewhere_is_explained)
{
	greet_simply(model, 1, "a");
	ask_connect(model, 1, "q.1");
	paint(model);
	resolve(model, 1, "q.1", VERDICT_DENY, ends[_i].by);
	paint(model);
	ck_assert_uint_eq(model->questions.count, 0);
	ck_assert_ptr_null(model->box.id);
	ck_assert_ptr_nonnull(strstr(model->notice.text, ends[_i].notice));
}
END_TEST

START_TEST(a_refused_answer_brings_the_question_back)
{
	struct command command;

	greet_simply(model, 1, "a");
	ask_connect(model, 1, "q.1");
	paint(model);
	pass_time(GUARD_MS);
	command = press(model, 'a');
	ck_assert_int_eq(command.type, COMMAND_ANSWER);
	command_free(&command);
	ck_assert(!model_box_visible(model));
	say(model, 1,
	    (struct wire_message){ .type = WIRE_ANSWERED,
				   .id = (char *)"q.1",
				   .text = (char *)"disk\x1b[2J full" });
	paint(model);
	ck_assert(model_box_visible(model));
	ck_assert_str_eq(model->notice.text, "Not answered: disk\\x1b[2J full.");
}
END_TEST

START_TEST(the_queue_is_bounded_and_lets_go_of_refused_ones_first)
{
	struct question held = make_question("held", ACCESS_READ, "/held");
	char id[16];

	greet_simply(model, 1, "a");
	ask(model, 1, held);
	for (int i = 0; i < QUESTIONS_MOST + 10; i++) {
		struct question refused;

		snprintf(id, sizeof(id), "q.%d", i);
		refused = make_question(id, ACCESS_READ, "/x");
		refused.deadline_ms = 0;
		ask(model, 1, refused);
	}
	ck_assert_uint_eq(model->questions.count, QUESTIONS_MOST);
	ck_assert_ptr_nonnull(questions_find(&model->questions, "held"));
	ck_assert_ptr_null(questions_find(&model->questions, "q.0"));
}
END_TEST

START_TEST(notices_fade)
{
	greet_simply(model, 1, "a");
	say(model, 1, (struct wire_message){ .type = WIRE_LOST, .count = 12 });
	ck_assert_uint_eq(model->sessions[0].lost, 12);
	ck_assert_ptr_nonnull(strstr(model->notice.text, "12 events"));
	ck_assert(!model_tick(model, fixture_now));
	pass_time(NOTICE_MS);
	ck_assert(model_tick(model, fixture_now));
	ck_assert_ptr_null(model->notice.text);
}
END_TEST

START_TEST(nothing_wakes_an_idle_dashboard)
{
	int64_t wakeup;

	ck_assert_int_eq(model_wakeup(model, fixture_now), -1);
	greet_simply(model, 1, "a");
	wakeup = model_wakeup(model, fixture_now);
	/* At the next full second, when the clock changes. */
	ck_assert_int_eq((fixture_now.wall_ms + wakeup - fixture_now.mono_ms) % 1000, 0);
	ck_assert_int_gt(wakeup, fixture_now.mono_ms);
	model_disconnected(model, 1, fixture_now);
	ck_assert_int_eq(model_wakeup(model, fixture_now), -1);
}
END_TEST

START_TEST(rates_cover_the_last_minute)
{
	greet_simply(model, 1, "a");
	tell_event(model, 1, "e.1", VERDICT_DENY, ACCESS_READ, "/x");
	pass_time(30000);
	tell_event(model, 1, "e.2", VERDICT_DENY, ACCESS_READ, "/y");
	tell_event(model, 1, "e.3", VERDICT_ALLOW, ACCESS_READ, "/z");
	ck_assert_uint_eq(rate_sum(&model->denied, fixture_now.wall_ms), 2);
	ck_assert_uint_eq(rate_sum(&model->allowed, fixture_now.wall_ms), 1);
	ck_assert_uint_eq(rate_sum(&model->denied, fixture_now.wall_ms + 40000), 1);
	ck_assert_uint_eq(rate_sum(&model->denied, fixture_now.wall_ms + 90000), 0);
}
END_TEST

START_TEST(a_paused_list_stands_still)
{
	char id[16];
	uint64_t selected, top;

	greet_simply(model, 1, "a");
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "e.%d", i);
		tell_event(model, 1, id, VERDICT_DENY, ACCESS_READ, "/x");
	}
	paint(model);
	ck_assert_uint_eq(model->event_list.serial, 99);
	PRESS(model, TUI_KEY_UP, TUI_KEY_PAGE_UP);
	ck_assert(!model->event_list.follow);
	selected = model->event_list.serial;
	top = model->event_list.top;
	for (int i = 100; i < 150; i++) {
		snprintf(id, sizeof(id), "e.%d", i);
		tell_event(model, 1, id, VERDICT_DENY, ACCESS_READ, "/x");
	}
	paint(model);
	ck_assert_uint_eq(model->event_list.serial, selected);
	ck_assert_uint_eq(model->event_list.top, top);
	PRESS(model, 'G');
	ck_assert(model->event_list.follow);
	ck_assert_uint_eq(model->event_list.serial, 149);
}
END_TEST

static Suite *model_suite(void)
{
	Suite *suite = suite_create("model");
	TCase *tests = tcase_create("model");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_greeting_makes_a_session);
	tcase_add_test(tests, what_comes_before_the_greeting_is_ignored);
	tcase_add_test(tests, a_closed_connection_ends_the_session_and_its_questions);
	tcase_add_test(tests, a_session_that_comes_back_keeps_its_row);
	tcase_add_test(tests, an_exit_status_ends_the_session_before_the_connection_does);
	tcase_add_test(tests, the_same_event_again_replaces_it);
	tcase_add_test(tests, the_ring_forgets_the_oldest_and_finds_the_rest);
	tcase_add_test(tests, many_events_stay_within_bounds);
	tcase_add_test(tests, a_question_comes_to_the_front_in_order_of_arrival);
	tcase_add_test(tests, a_refused_question_stays_answerable_but_not_in_front);
	tcase_add_test(tests, a_deadline_does_not_take_the_question_from_under_the_fingers);
	tcase_add_loop_test(tests, a_question_that_ends_elsewhere_is_explained, 0,
			    (int)ARRAY_LENGTH(ends));
	tcase_add_test(tests, a_refused_answer_brings_the_question_back);
	tcase_add_test(tests, the_queue_is_bounded_and_lets_go_of_refused_ones_first);
	tcase_add_test(tests, notices_fade);
	tcase_add_test(tests, nothing_wakes_an_idle_dashboard);
	tcase_add_test(tests, rates_cover_the_last_minute);
	tcase_add_test(tests, a_paused_list_stands_still);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(model_suite)
