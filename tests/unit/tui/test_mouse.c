/* SPDX-License-Identifier: MIT */
#include "tests/unit/tui/fixture.h"

#include "tui/mouse.h"
#include "tui/plain_words.h"
#include "tui/view.h"

static struct model *model;

static void setup(void)
{
	char id[16];

	model = make_model(false);
	greet_simply(model, 1, "a");
	greet_simply(model, 2, "b");
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "e.%d", i);
		tell_event(model, 1, id, VERDICT_DENY, ACCESS_READ, "/x");
	}
	paint(model);
}

static void teardown(void)
{
	model_free(model);
}

static struct command mouse(enum mouse_type type, int row, int col)
{
	struct command command = update_mouse(
		model, (struct mouse){ .type = type, .row = row, .col = col }, fixture_now);

	paint(model);
	return command;
}

START_TEST(a_click_selects_a_row)
{
	struct layout layout = model_layout(model);

	mouse(MOUSE_CLICK, layout.sessions.row + 2, 5);
	ck_assert_int_eq(model->pane, PANE_SESSIONS);
	ck_assert_uint_eq(model->session_list.selected, 1);
	mouse(MOUSE_CLICK, layout.events.row + 1, 5);
	ck_assert_int_eq(model->pane, PANE_EVENTS);
	ck_assert_uint_eq(model->event_list.list.selected, model->event_list.list.top);
	ck_assert(!model->event_list.follow);
	/* The column names are no row. */
	mouse(MOUSE_CLICK, layout.sessions.row, 5);
	ck_assert_uint_eq(model->session_list.selected, 1);
}
END_TEST

START_TEST(the_wheel_scrolls)
{
	struct layout layout = model_layout(model);

	mouse(MOUSE_WHEEL_UP, layout.events.row + 3, 5);
	ck_assert_uint_eq(model->event_list.list.selected, 46);
	mouse(MOUSE_WHEEL_DOWN, layout.events.row + 3, 5);
	ck_assert_uint_eq(model->event_list.list.selected, 49);
}
END_TEST

START_TEST(the_footer_can_be_pressed)
{
	int row = model_layout(model).footer.row;

	/* F1Help F2Queue … */
	mouse(MOUSE_CLICK, row, 9);
	ck_assert_int_eq(model_view(model), VIEW_QUEUE);
	mouse(MOUSE_CLICK, row, 200);
	ck_assert_int_eq(model_view(model), VIEW_QUEUE);
}
END_TEST

/* Wherever it is clicked while a question is in front, in the queue or asked back about. */
START_TEST(no_click_ever_answers)
{
	static const int states[][4] = { { 0 }, { 'A' }, { TUI_KEY_ESCAPE, 'p' }, { 's', 'D' } };

	ask_connect(model, 1, "q.1");
	paint(model);
	pass_time(GUARD_MS);
	press_all(model, states[_i]);
	pass_time(GUARD_MS);
	for (int row = 0; row < model->rows; row++)
		for (int col = 0; col < model->cols; col++) {
			struct command command = mouse(MOUSE_CLICK, row, col);

			ck_assert_int_ne(command.type, COMMAND_ANSWER);
			command_free(&command);
			ck_assert_uint_eq(model->questions.count, 1);
			ck_assert(!model->questions.items[0].sent);
		}
}
END_TEST

START_TEST(a_click_in_the_queue_is_guarded)
{
	struct command command;

	ask_connect(model, 1, "q.1");
	ask_connect(model, 1, "q.2");
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, TUI_KEY_ESCAPE);
	pass_time(GUARD_MS);
	PRESS(model, TUI_KEY_ESCAPE, 'p');
	pass_time(GUARD_MS);
	mouse(MOUSE_CLICK, model_layout(model).body.row + 3, 5);
	ck_assert_str_eq(model->queue_id, "q.2");
	command = press(model, 'a');
	ck_assert_int_eq(command.type, COMMAND_NONE);
	pass_time(GUARD_MS);
	command = press(model, 'a');
	ck_assert_int_eq(command.type, COMMAND_ANSWER);
	command_free(&command);
}
END_TEST

START_TEST(a_click_never_says_yes)
{
	PRESS(model, 'x');
	for (int col = 0; col < model->cols; col++) {
		struct command command = mouse(MOUSE_CLICK, model_layout(model).footer.row, col);

		ck_assert_int_eq(command.type, COMMAND_NONE);
	}
}
END_TEST

/* --- the words of the line mode --- */

static const struct {
	const char *line;
	enum plain_type type;
	const char *message; /* NULL = it is understood */
} lines[] = {
	{ "", PLAIN_NOTHING, NULL },
	{ "  \t", PLAIN_NOTHING, NULL },
	{ "help", PLAIN_HELP, NULL },
	{ "quit", PLAIN_QUIT, NULL },
	{ "allow 3", PLAIN_ANSWER, NULL },
	{ "deny 3 dir once", PLAIN_ANSWER, NULL },
	{ "allow 3 always sure", PLAIN_ANSWER, NULL },
	{ "allow 3 always", 0, "\"sure\"" },
	{ "allow", 0, "number" },
	{ "allow all", 0, "number" },
	{ "allow 0", 0, "number" },
	{ "allow -1", 0, "number" },
	{ "allow 3x", 0, "number" },
	{ "allow 3 wide", 0, "neither" },
	{ "allow 3 dir dir", 0, "neither" },
	{ "explain 7", PLAIN_EXPLAIN, NULL },
	{ "explain", 0, "number" },
	{ "a", 0, "no command" },
};

START_TEST(lines_are_understood_or_refused)
{
	struct plain_command command;
	struct err e = { .message = "" };
	int result = plain_parse(&command, lines[_i].line, &e);

	if (lines[_i].message != NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_ptr_nonnull(strstr(e.message, lines[_i].message));
	} else {
		ck_assert_int_eq(result, 0);
		ck_assert_int_eq(command.type, lines[_i].type);
	}
}
END_TEST

START_TEST(an_answer_has_its_parts)
{
	struct plain_command command;
	struct err e;

	ck_assert_int_eq(plain_parse(&command, "deny 12 once host", &e), 0);
	ck_assert_uint_eq(command.number, 12);
	ck_assert_int_eq(command.verdict, VERDICT_DENY);
	ck_assert(command.has_scope && command.has_duration);
	ck_assert_int_eq(command.scope, SCOPE_HOST);
	ck_assert_int_eq(command.duration, DURATION_ONCE);
}
END_TEST

static Suite *mouse_suite(void)
{
	Suite *suite = suite_create("mouse");
	TCase *tests = tcase_create("mouse");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_click_selects_a_row);
	tcase_add_test(tests, the_wheel_scrolls);
	tcase_add_test(tests, the_footer_can_be_pressed);
	tcase_add_loop_test(tests, no_click_ever_answers, 0, 4);
	tcase_add_test(tests, a_click_in_the_queue_is_guarded);
	tcase_add_test(tests, a_click_never_says_yes);
	tcase_add_loop_test(tests, lines_are_understood_or_refused, 0, (int)ARRAY_LENGTH(lines));
	tcase_add_test(tests, an_answer_has_its_parts);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mouse_suite)
