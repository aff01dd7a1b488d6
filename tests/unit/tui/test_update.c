/* SPDX-License-Identifier: MIT */
#include "tests/unit/tui/fixture.h"


static struct model *model;

static void setup(void)
{
	model = make_model(false);
	greet_simply(model, 3, "github-mcp");
	paint(model);
}

static void teardown(void)
{
	model_free(model);
}

/* A question about a connection, on screen for long enough. */
static void ask_and_wait(const char *id)
{
	ask_connect(model, 3, id);
	paint(model);
	pass_time(GUARD_MS);
}

static void expect_answer(struct command command, const char *id, enum verdict verdict,
			  enum scope scope, enum duration duration)
{
	ck_assert_int_eq(command.type, COMMAND_ANSWER);
	ck_assert_uint_eq(command.link, 3);
	ck_assert_str_eq(command.id, id);
	ck_assert_int_eq(command.verdict, verdict);
	ck_assert_int_eq(command.scope, scope);
	ck_assert_int_eq(command.duration, duration);
	command_free(&command);
}

static void expect_nothing(struct command command)
{
	ck_assert_int_eq(command.type, COMMAND_NONE);
}

static const struct {
	int key;
	enum verdict verdict;
} answers[] = {
	{ 'a', VERDICT_ALLOW },
	{ 'd', VERDICT_DENY },
	{ TUI_KEY_ENTER, VERDICT_DENY }, /* the button with the focus */
};

START_TEST(a_key_answers_the_question_in_front)
{
	ask_and_wait("q.1");
	expect_answer(press(model, answers[_i].key), "q.1", answers[_i].verdict, SCOPE_EXACT,
		      DURATION_SESSION);
	ck_assert(!model_box_visible(model));
}
END_TEST

START_TEST(keys_typed_before_the_question_was_seen_never_answer)
{
	ask_connect(model, 3, "q.1");
	model_settle(model);
	/* Not painted yet. */
	expect_nothing(update_key(model, answers[_i].key, fixture_now));
	model_painted(model, fixture_now);
	pass_time(GUARD_MS - 1);
	expect_nothing(press(model, answers[_i].key));
	ck_assert(!model->box.touched);
	pass_time(1);
	expect_answer(press(model, answers[_i].key), "q.1", answers[_i].verdict, SCOPE_EXACT,
		      DURATION_SESSION);
}
END_TEST

START_TEST(the_next_question_is_guarded_again)
{
	ask_connect(model, 3, "q.2");
	ask_and_wait("q.1");
	expect_answer(press(model, 'a'), "q.2", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
	expect_nothing(press(model, 'a'));
	pass_time(GUARD_MS);
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(scopes_and_durations_cycle)
{
	ask_and_wait("q.1");
	PRESS(model, 's', TUI_KEY_TAB, TUI_KEY_RIGHT, TUI_KEY_LEFT);
	ck_assert_uint_eq(model->box.scope, 2);
	PRESS(model, TUI_KEY_DOWN);
	ck_assert_uint_eq(model->box.scope, 0);
	PRESS(model, TUI_KEY_UP, 'k', 'k');
	ck_assert_int_eq(model->box.keep, DURATION_ONCE);
	expect_answer(press(model, 'd'), "q.1", VERDICT_DENY, SCOPE_DOMAIN, DURATION_ONCE);
}
END_TEST

START_TEST(running_a_program_is_never_offered_once)
{
	ask(model, 3, make_question("q.1", ACCESS_EXEC, "/x"));
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'k');
	ck_assert_int_eq(model->box.keep, DURATION_ALWAYS);
	PRESS(model, 'k');
	ck_assert_int_eq(model->box.keep, DURATION_SESSION);
}
END_TEST

START_TEST(once_goes_when_nobody_waits_any_more)
{
	ask_and_wait("q.1");
	PRESS(model, 'k', 'k');
	ck_assert_int_eq(model->box.keep, DURATION_ONCE);
	resolve(model, 3, "q.1", VERDICT_DENY, "deadline");
	paint(model);
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(a_key_stops_the_countdown)
{
	ask_and_wait("q.1");
	ck_assert(!model->box.touched);
	PRESS(model, 's');
	ck_assert(model->box.touched);
}
END_TEST

static const struct {
	int key;
	enum verdict verdict;
} always[] = { { 'A', VERDICT_ALLOW }, { 'D', VERDICT_DENY } };

START_TEST(always_asks_back)
{
	ask_and_wait("q.1");
	PRESS(model, 's');
	expect_nothing(press(model, always[_i].key));
	ck_assert_int_eq(model_context(model), CONTEXT_CONFIRM);
	/* Nothing but y means yes, and it, too, only after what it means was seen. */
	expect_nothing(press(model, always[_i].key));
	expect_nothing(press(model, 'a'));
	expect_nothing(press(model, 'y'));
	pass_time(GUARD_MS);
	expect_answer(press(model, 'y'), "q.1", always[_i].verdict, SCOPE_HOST, DURATION_ALWAYS);
}
END_TEST

START_TEST(always_chosen_with_k_asks_back_too)
{
	ask_and_wait("q.1");
	PRESS(model, 'k');
	expect_nothing(press(model, 'a'));
	ck_assert_int_eq(model_context(model), CONTEXT_CONFIRM);
	pass_time(GUARD_MS);
	PRESS(model, TUI_KEY_ENTER);
	ck_assert_int_eq(model_context(model), CONTEXT_QUESTION);
	ck_assert_int_eq(model->box.keep, DURATION_SESSION);
}
END_TEST

START_TEST(later_keeps_it_answerable)
{
	ask_and_wait("q.1");
	PRESS(model, TUI_KEY_ESCAPE);
	ck_assert(!model_box_visible(model));
	ck_assert_uint_eq(questions_held(&model->questions), 1);
	PRESS(model, 'p', TUI_KEY_ENTER);
	ck_assert(model_box_visible(model));
	pass_time(GUARD_MS);
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
	ck_assert_int_eq(model_view(model), VIEW_QUEUE);
}
END_TEST

START_TEST(next_goes_round)
{
	ask_connect(model, 3, "q.1");
	ask_connect(model, 3, "q.2");
	ask_and_wait("q.3");
	PRESS(model, 'n');
	ck_assert_str_eq(model->box.id, "q.2");
	pass_time(GUARD_MS);
	PRESS(model, 'n');
	ck_assert_str_eq(model->box.id, "q.3");
	pass_time(GUARD_MS);
	PRESS(model, 'n');
	ck_assert_str_eq(model->box.id, "q.1");
}
END_TEST

START_TEST(the_queue_answers_the_selected_row)
{
	struct question refused = make_question("old", ACCESS_READ, "/x");

	refused.deadline_ms = 0;
	ask(model, 3, refused);
	ask_and_wait("held");
	PRESS(model, 'p');
	ck_assert_str_eq(model->queue_id, "held");
	/* The queue has only just appeared. */
	expect_nothing(press(model, 'a'));
	PRESS(model, TUI_KEY_DOWN);
	ck_assert_str_eq(model->queue_id, "old");
	/* A row that was moved to was looked for. */
	expect_answer(press(model, 'a'), "old", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(a_row_that_slips_under_the_selection_is_guarded)
{
	ask_connect(model, 3, "q.1");
	ask_and_wait("q.2");
	PRESS(model, 'p');
	pass_time(GUARD_MS);
	resolve(model, 3, "q.1", VERDICT_DENY, "gone");
	paint(model);
	ck_assert_str_eq(model->queue_id, "q.2");
	expect_nothing(press(model, 'd'));
	pass_time(GUARD_MS);
	expect_answer(press(model, 'd'), "q.2", VERDICT_DENY, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(new_questions_do_not_move_the_selection_in_the_queue)
{
	struct question refused = make_question("old", ACCESS_READ, "/x");

	refused.deadline_ms = 0;
	ask(model, 3, refused);
	paint(model);
	PRESS(model, 'p');
	ask_and_wait("new");
	ck_assert_str_eq(model->queue_id, "old");
	ck_assert(!model_box_visible(model));
}
END_TEST

START_TEST(always_in_the_queue_asks_back)
{
	ask_and_wait("q.1");
	PRESS(model, 'p');
	pass_time(GUARD_MS);
	expect_nothing(press(model, 'A'));
	ck_assert_int_eq(model_context(model), CONTEXT_CONFIRM);
	pass_time(GUARD_MS);
	expect_answer(press(model, 'y'), "q.1", VERDICT_ALLOW, SCOPE_EXACT, DURATION_ALWAYS);
}
END_TEST

START_TEST(typing_a_filter_never_answers)
{
	PRESS(model, '\\');
	ask_and_wait("q.1");
	PRESS(model, 'd', 'a', 0xe9, ' ', TUI_KEY_F0 + 3, TUI_KEY_BACKSPACE, TUI_KEY_BACKSPACE);
	ck_assert_str_eq(model->event_list.text, "da");
	ck_assert_uint_eq(model->questions.count, 1);
	PRESS(model, TUI_KEY_ENTER);
	/* Now it comes to the front, and is guarded. */
	ck_assert(model_box_visible(model));
	expect_nothing(press(model, 'a'));
}
END_TEST

START_TEST(a_filter_is_bounded_and_can_be_left)
{
	PRESS(model, '\\');
	for (int i = 0; i < 300; i++)
		PRESS(model, 0x65e5);
	ck_assert_uint_le(strlen(model->event_list.text), FILTER_MOST);
	PRESS(model, TUI_KEY_ESCAPE);
	ck_assert_str_eq(model->event_list.text, "");
	ck_assert_int_eq(model->prompt.kind, PROMPT_NONE);
}
END_TEST

START_TEST(filters_choose_events)
{
	greet_simply(model, 4, "fs-mcp");
	tell_event(model, 3, "e.1", VERDICT_DENY, ACCESS_READ, "/home/me/.SSH/id");
	tell_event(model, 3, "e.2", VERDICT_ALLOW, ACCESS_READ, "/usr/lib/x");
	tell_event(model, 4, "e.3", VERDICT_ALLOW, ACCESS_CONNECT, "example.org:443");
	paint(model);
	ck_assert_uint_eq(model->event_list.shown.count, 3);
	PRESS(model, 'v');
	ck_assert_uint_eq(model->event_list.shown.count, 1);
	PRESS(model, 'v');
	ck_assert_uint_eq(model->event_list.shown.count, 2);
	PRESS(model, 'v', 'o');
	ck_assert_uint_eq(model->event_list.shown.count, 2);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN);
	ck_assert_uint_eq(model->event_list.shown.count, 1);
	PRESS(model, 'o', '\\', 's', 's', 'h', TUI_KEY_ENTER);
	ck_assert_uint_eq(model->event_list.shown.count, 1);
	ck_assert_str_eq(model_selected_event(model)->event.id, "e.1");
}
END_TEST

START_TEST(a_screen_too_small_answers_nothing_but_can_be_left)
{
	struct command command;

	ask_and_wait("q.1");
	model_resize(model, 8, 30);
	paint(model);
	pass_time(GUARD_MS);
	expect_nothing(press(model, 'a'));
	expect_nothing(press(model, TUI_KEY_ENTER));
	command = press(model, 'q');
	ck_assert_int_eq(command.type, COMMAND_QUIT);
	/* Back in sight, it counts as new. */
	model_resize(model, 24, 80);
	paint(model);
	expect_nothing(press(model, 'a'));
	pass_time(GUARD_MS);
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(views_form_a_stack)
{
	tell_event(model, 3, "e.1", VERDICT_DENY, ACCESS_READ, "/x");
	paint(model);
	PRESS(model, TUI_KEY_ENTER);
	ck_assert_int_eq(model_view(model), VIEW_EVENT);
	PRESS(model, '?');
	ck_assert_int_eq(model_view(model), VIEW_HELP);
	ck_assert_int_eq(model->help_for, CONTEXT_DETAIL);
	PRESS(model, 'q', 'q');
	ck_assert_int_eq(model_view(model), VIEW_DASH);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER);
	ck_assert_int_eq(model_view(model), VIEW_SESSION);
	PRESS(model, TUI_KEY_ESCAPE);
	ck_assert_int_eq(press(model, 'q').type, COMMAND_QUIT);
}
END_TEST

START_TEST(the_open_event_stays_while_others_arrive)
{
	tell_event(model, 3, "e.1", VERDICT_DENY, ACCESS_READ, "/x");
	paint(model);
	PRESS(model, TUI_KEY_ENTER);
	tell_event(model, 3, "e.2", VERDICT_DENY, ACCESS_READ, "/y");
	paint(model);
	ck_assert_str_eq(model_selected_event(model)->event.id, "e.1");
}
END_TEST

START_TEST(a_question_comes_in_front_of_details_but_not_of_help)
{
	PRESS(model, TUI_KEY_TAB, TUI_KEY_ENTER);
	ask_and_wait("q.1");
	ck_assert(model_box_visible(model));
	PRESS(model, '?');
	ck_assert(!model_box_visible(model));
	ck_assert_int_eq(model->help_for, CONTEXT_QUESTION);
	PRESS(model, TUI_KEY_ESCAPE);
	ck_assert(model_box_visible(model));
}
END_TEST

START_TEST(info_closes_with_its_question)
{
	ask_and_wait("q.1");
	PRESS(model, 'i');
	ck_assert_int_eq(model_view(model), VIEW_QUESTION);
	resolve(model, 3, "q.1", VERDICT_DENY, "gone");
	paint(model);
	ck_assert_int_eq(model_view(model), VIEW_DASH);
}
END_TEST

START_TEST(ended_sessions_stay_until_cleared)
{
	greet_simply(model, 4, "fs-mcp");
	greet_simply(model, 5, "db-mcp");
	model_disconnected(model, 4, fixture_now);
	paint(model);
	ck_assert_uint_eq(model->session_count, 3);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_END, 'c');
	ck_assert_uint_eq(model->session_count, 2);
	ck_assert_str_eq(model_selected_session(model)->info.server, "db-mcp");
	model_disconnected(model, 3, fixture_now);
	model_disconnected(model, 5, fixture_now);
	PRESS(model, 'c');
	ck_assert_uint_eq(model->session_count, 0);
	ck_assert_ptr_null(model_selected_session(model));
}
END_TEST

START_TEST(sessions_are_ordered_and_found)
{
	greet(model, 4,
	      (struct session_info){ .server = (char *)"alpha",
				     .command = (char *)"x",
				     .denied = 7,
				     .status = -1 });
	greet(model, 5,
	      (struct session_info){ .server = (char *)"beta",
				     .command = (char *)"needle",
				     .asked = 9,
				     .status = -1 });
	paint(model);
	PRESS(model, TUI_KEY_TAB, 's');
	ck_assert_str_eq(session_list_at(model, 0)->info.server, "alpha");
	/* The selected one stays selected wherever its row goes. */
	ck_assert_str_eq(model_selected_session(model)->info.server, "github-mcp");
	ck_assert_uint_eq(model->session_list.selected, 2);
	PRESS(model, 's');
	ck_assert_str_eq(session_list_at(model, 0)->info.server, "alpha");
	PRESS(model, 's');
	ck_assert_str_eq(session_list_at(model, 0)->info.server, "beta");
	PRESS(model, '/', 'N', 'E', 'E', TUI_KEY_ENTER);
	ck_assert_str_eq(model_selected_session(model)->info.server, "beta");
	PRESS(model, 's', 's');
	ck_assert_int_eq(model->session_order, SESSIONS_BY_NUMBER);
	ck_assert_uint_eq(model->session_list.selected, 2);
	model_disconnected(model, 3, fixture_now);
	PRESS(model, 'c');
	ck_assert_str_eq(model_selected_session(model)->info.server, "beta");
}
END_TEST

START_TEST(text_scrolls_within_its_bounds)
{
	PRESS(model, '?', TUI_KEY_UP, 'G', TUI_KEY_PAGE_DOWN, TUI_KEY_DOWN);
	ck_assert_uint_gt(model->detail_list.top, 0);
	PRESS(model, 'g');
	ck_assert_uint_eq(model->detail_list.top, 0);
}
END_TEST

START_TEST(a_question_is_held_while_somebody_decides)
{
	struct command command;

	ask_and_wait("q.1");
	ck_assert_int_eq(update_time(model, fixture_now).type, COMMAND_NONE);
	/* The first key stops the countdown, here and there. */
	command = press(model, 's');
	ck_assert_int_eq(command.type, COMMAND_HOLD);
	ck_assert_str_eq(command.id, "q.1");
	ck_assert_uint_eq(command.link, 3);
	command_free(&command);
	expect_nothing(press(model, 's'));
	expect_nothing(update_time(model, fixture_now));
	pass_time(HOLD_EVERY_MS);
	command = update_time(model, fixture_now);
	ck_assert_int_eq(command.type, COMMAND_HOLD);
	command_free(&command);
	/* Whoever left the keyboard decides no more. */
	pass_time(DECIDING_MS);
	expect_nothing(update_time(model, fixture_now));
}
END_TEST

START_TEST(a_question_begins_as_the_preferences_say)
{
	model->preferences.scope = SCOPE_HOST;
	model->preferences.duration = DURATION_ONCE;
	ask_and_wait("q.1");
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_HOST, DURATION_ONCE);
	/* Not offered: the narrowest one is meant; and "once" needs somebody who waits. */
	ask(model, 3, make_question("q.2", ACCESS_EXEC, "/x"));
	paint(model);
	pass_time(GUARD_MS);
	expect_answer(press(model, 'a'), "q.2", VERDICT_ALLOW, SCOPE_EXACT, DURATION_SESSION);
}
END_TEST

START_TEST(what_else_an_answer_covers_is_told)
{
	tell_event(model, 3, "e.1", VERDICT_DENY, ACCESS_CONNECT, "api.githubcopilot.com:80");
	tell_event(model, 3, "e.2", VERDICT_DENY, ACCESS_CONNECT, "x.githubcopilot.com:443");
	tell_event(model, 3, "e.3", VERDICT_ALLOW, ACCESS_CONNECT, "api.githubcopilot.com:81");
	ask_and_wait("q.1");
	ck_assert_str_eq(model->box.also, "");
	PRESS(model, 's');
	ck_assert_str_eq(model->box.also, "api.githubcopilot.com:80");
	PRESS(model, 's');
	ck_assert_str_eq(model->box.also, "x.githubcopilot.com:443, api.githubcopilot.com:80");
}
END_TEST

START_TEST(arrivals_are_told_once_in_plain_ascii)
{
	struct question question = make_question("q.1", ACCESS_READ, "/\xe6\x97\xa5\x1b]0;x\x07");

	ask(model, 3, question);
	ck_assert_uint_eq(model->arrivals, 1);
	for (const char *c = model->arrived; *c != '\0'; c++)
		ck_assert(*c >= ' ' && *c < 0x7f);
	ask(model, 3, question);
	ck_assert_uint_eq(model->arrivals, 1);
	question.deadline_ms = 0;
	ask(model, 3, question);
	ck_assert_uint_eq(model->arrivals, 1);
}
END_TEST

START_TEST(stopping_asks_back_and_then_uses_force)
{
	struct command command;

	expect_nothing(press(model, 'x'));
	expect_nothing(press(model, 'n'));
	ck_assert_ptr_null(model->sure.question);
	expect_nothing(press(model, 'x'));
	command = press(model, 'y');
	ck_assert_int_eq(command.type, COMMAND_STOP);
	ck_assert_uint_eq(command.link, 3);
	ck_assert(!command.force);
	model->sessions[0].stops = 1;
	expect_nothing(press(model, 'x'));
	command = press(model, 'y');
	ck_assert(command.force);
	model_disconnected(model, 3, fixture_now);
	expect_nothing(press(model, 'x'));
	ck_assert_ptr_null(model->sure.question);
}
END_TEST

static void listen_on(int port, int host_port)
{
	struct session_info info = { .server = (char *)"beta", .status = -1 };

	if (port != 0)
		info.ports[info.port_count++] = (struct session_port){
			.port = port, .host_port = host_port, .listens = true };
	greet(model, 3, info);
	paint(model);
}

START_TEST(what_begins_to_listen_is_offered_and_published)
{
	struct command command;

	expect_nothing(press(model, 'P'));
	ck_assert_int_eq(model->prompt.kind, PROMPT_NONE);
	listen_on(80, 0);
	ck_assert_ptr_nonnull(strstr(model->notice.text, "beta listens on port 80; P publishes it"));
	/* One key opens no port: what is to be done is shown, and can be changed. */
	expect_nothing(press(model, 'P'));
	ck_assert_int_eq(model->prompt.kind, PROMPT_PUBLISH);
	ck_assert_str_eq(model->prompt.text, "8080:80");
	PRESS(model, 'u' & 0x1f, '9', ':', 'x');
	expect_nothing(press(model, TUI_KEY_ENTER));
	ck_assert_ptr_nonnull(strstr(model->notice.text, "HOSTPORT:PORT"));
	expect_nothing(press(model, 'P'));
	command = press(model, TUI_KEY_ENTER);
	ck_assert_int_eq(command.type, COMMAND_PUBLISH);
	ck_assert_uint_eq(command.link, 3);
	ck_assert_int_eq(command.host_port, 8080);
	ck_assert_int_eq(command.port, 80);
	say(model, 3,
	    (struct wire_message){
		    .type = WIRE_PUBLISHED, .ok = true, .host_port = 8080, .port = 80 });
	ck_assert_str_eq(model->notice.text, "127.0.0.1:8080 leads to port 80 of beta.");
	listen_on(80, 8080);
	expect_nothing(press(model, 'P'));
	ck_assert_int_eq(model->prompt.kind, PROMPT_NONE);
}
END_TEST

START_TEST(listening_again_and_again_is_no_way_to_the_screen)
{
	for (int i = 0; i < 100; i++) {
		listen_on(0, 0);
		listen_on(1000 + i, 0);
	}
	ck_assert_uint_eq(model->log_count, OFFERS_MOST);
}
END_TEST

START_TEST(rules_made_for_a_session_are_remembered)
{
	ask_and_wait("q.1");
	PRESS(model, 's');
	expect_answer(press(model, 'a'), "q.1", VERDICT_ALLOW, SCOPE_HOST, DURATION_SESSION);
	say(model, 3,
	    (struct wire_message){ .type = WIRE_ANSWERED, .id = (char *)"q.1", .ok = true });
	resolve(model, 3, "q.1", VERDICT_ALLOW, "person");
	ck_assert_uint_eq(model->rules.count, 1);
	ck_assert_int_eq(model->rules.rows[0].origin, RULE_OF_SESSION);
	ck_assert_str_eq(model->rules.rows[0].rule.pattern, "api.githubcopilot.com");
	model_disconnected(model, 3, fixture_now);
	ck_assert_uint_eq(model->rules.count, 0);
}
END_TEST

static void list_rules(const char *first, bool more)
{
	struct session_rule rules[2] = {
		{ .id = (char *)first,
		  .rule = { .kind = ACCESS_WRITE,
			    .verdict = VERDICT_ALLOW,
			    .scope = SCOPE_DIR,
			    .pattern = (char *)"/home/me/x",
			    .duration = DURATION_SESSION } },
		{ .id = (char *)"41003-0badcafe:9",
		  .rule = { .kind = ACCESS_READ,
			    .verdict = VERDICT_DENY,
			    .scope = SCOPE_EXACT,
			    .pattern = (char *)"/home/me/y",
			    .duration = DURATION_SESSION } },
	};

	say(model, 3,
	    (struct wire_message){
		    .type = WIRE_RULE_LIST, .rules = rules, .rule_count = 2, .more = more });
	paint(model);
}

START_TEST(rules_of_sessions_are_listed_and_ended_whoever_answered)
{
	struct command command;

	list_rules("41003-0badcafe:1", true);
	list_rules("41003-0badcafe:2", false);
	ck_assert_uint_eq(model->rules.count, 4);
	/* Told again it is not doubled. */
	list_rules("41003-0badcafe:1", false);
	ck_assert_uint_eq(model->rules.count, 2);
	PRESS(model, 'r', TUI_KEY_DOWN);
	expect_nothing(press(model, 'x'));
	ck_assert_ptr_nonnull(strstr(model->sure.question, "allow write /home/me/x"));
	command = press(model, 'y');
	ck_assert_int_eq(command.type, COMMAND_RULE_REVOKE);
	ck_assert_uint_eq(command.link, 3);
	ck_assert_str_eq(command.id, "41003-0badcafe:1");
	command_free(&command);
	say(model, 3,
	    (struct wire_message){ .type = WIRE_ANSWERED,
				   .id = (char *)"41003-0badcafe:1",
				   .ok = true,
				   .text = (char *)"allow write /home/me/x" });
	ck_assert_str_eq(model->notice.text, "Ended: allow write /home/me/x.");
}
END_TEST

/* Any keys in any order: nothing crashes, and no answer goes out that nobody could mean. */
START_TEST(random_keys_keep_the_model_sound)
{
	static const int keys[] = { 'a',	   'd',		     'A',	     'D',
				    'y',	   's',		     'k',	     'n',
				    'i',	   'p',		     'q',	     '?',
				    '/',	   '\\',	     'N',	     'R',
				    'v',	   'o',		     'c',	     't',
				    'r',	   'e',		     'x',	     'u',
				    'w',	   'f',		     'H',	     'm',
				    '+',	   'P',	     'l',	     '1',		     '2',	     '5',
				    'g',	   'G',		     ' ',	     TUI_KEY_TAB,
				    TUI_KEY_UP,	   TUI_KEY_DOWN,     TUI_KEY_ENTER,  TUI_KEY_ESCAPE,
				    TUI_KEY_PAGE_UP, TUI_KEY_PAGE_DOWN, TUI_KEY_BACKSPACE };
	unsigned random = (unsigned)_i * 7919u + 1;
	char id[16];

	for (int i = 0; i < 3000; i++) {
		unsigned what;
		struct command command;

		random = random * 1103515245u + 12345u;
		what = random >> 16;
		snprintf(id, sizeof(id), "q.%u", what % 7);
		if (what % 11 == 0)
			ask_connect(model, 3, id);
		else if (what % 13 == 0)
			resolve(model, 3, id, VERDICT_DENY, what % 2 ? "deadline" : "gone");
		else if (what % 29 == 0)
			model_resize(model, (int)(what % 50), (int)(what % 130));
		else if (what % 97 == 0)
			greet_simply(model, 4 + what % 3, "other");
		else if (what % 101 == 0)
			model_disconnected(model, 4 + what % 3, fixture_now);
		if (what % 5 == 0)
			tell_event(model, 3, id, VERDICT_ASK, ACCESS_READ, "/x");
		paint(model);
		pass_time(what % 400);
		command = press(model, keys[what % ARRAY_LENGTH(keys)]);
		if (command.type == COMMAND_ANSWER) {
			ck_assert_ptr_nonnull(questions_find(&model->questions, command.id));
			ck_assert_uint_eq(command.link, 3);
		}
		command_free(&command);
	}
}
END_TEST

static void test_answering(TCase *tests)
{
	tcase_add_loop_test(tests, a_key_answers_the_question_in_front, 0,
			    (int)ARRAY_LENGTH(answers));
	tcase_add_loop_test(tests, keys_typed_before_the_question_was_seen_never_answer, 0,
			    (int)ARRAY_LENGTH(answers));
	tcase_add_test(tests, the_next_question_is_guarded_again);
	tcase_add_test(tests, scopes_and_durations_cycle);
	tcase_add_test(tests, running_a_program_is_never_offered_once);
	tcase_add_test(tests, once_goes_when_nobody_waits_any_more);
	tcase_add_test(tests, a_key_stops_the_countdown);
	tcase_add_loop_test(tests, always_asks_back, 0, (int)ARRAY_LENGTH(always));
	tcase_add_test(tests, always_chosen_with_k_asks_back_too);
	tcase_add_test(tests, later_keeps_it_answerable);
	tcase_add_test(tests, next_goes_round);
	tcase_add_test(tests, the_queue_answers_the_selected_row);
	tcase_add_test(tests, a_row_that_slips_under_the_selection_is_guarded);
	tcase_add_test(tests, new_questions_do_not_move_the_selection_in_the_queue);
	tcase_add_test(tests, always_in_the_queue_asks_back);
	tcase_add_test(tests, typing_a_filter_never_answers);
	tcase_add_test(tests, a_screen_too_small_answers_nothing_but_can_be_left);
}

static Suite *update_suite(void)
{
	Suite *suite = suite_create("update");
	TCase *tests = tcase_create("update");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	test_answering(tests);
	tcase_add_test(tests, a_filter_is_bounded_and_can_be_left);
	tcase_add_test(tests, filters_choose_events);
	tcase_add_test(tests, views_form_a_stack);
	tcase_add_test(tests, the_open_event_stays_while_others_arrive);
	tcase_add_test(tests, a_question_comes_in_front_of_details_but_not_of_help);
	tcase_add_test(tests, info_closes_with_its_question);
	tcase_add_test(tests, ended_sessions_stay_until_cleared);
	tcase_add_test(tests, text_scrolls_within_its_bounds);
	tcase_add_test(tests, sessions_are_ordered_and_found);
	tcase_add_test(tests, a_question_is_held_while_somebody_decides);
	tcase_add_test(tests, a_question_begins_as_the_preferences_say);
	tcase_add_test(tests, what_else_an_answer_covers_is_told);
	tcase_add_test(tests, arrivals_are_told_once_in_plain_ascii);
	tcase_add_test(tests, stopping_asks_back_and_then_uses_force);
	tcase_add_test(tests, what_begins_to_listen_is_offered_and_published);
	tcase_add_test(tests, listening_again_and_again_is_no_way_to_the_screen);
	tcase_add_test(tests, rules_made_for_a_session_are_remembered);
	tcase_add_test(tests, rules_of_sessions_are_listed_and_ended_whoever_answered);
	tcase_add_loop_test(tests, random_keys_keep_the_model_sound, 0, 8);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(update_suite)
