/* SPDX-License-Identifier: MIT */
#include "core/session/wire.h"

#include <errno.h>
#include <string.h>

#include "core/base/mem.h"

#include "tests/lib/unit.h"

/* Samples borrow their texts, which nothing here changes. */
static char *text(const char *literal)
{
	return (char *)literal;
}

static struct access_event sample_event(void)
{
	return (struct access_event){ .id = text("12-0123abcd.7"),
			       .time_ms = 1767323045678,
			       .session = text("12-0123abcd"),
			       .server = text("files"),
			       .kind = ACCESS_WRITE,
			       .object = text("/home/a/\xff\"x\n"),
			       .verdict = VERDICT_DENY,
			       .why = text("not in allowWrite"),
			       .pid = 42,
			       .exe = text("/usr/bin/touch"),
			       .syscall = text("openat"),
			       .error = EROFS,
			       .count = 3,
			       .command_line = text("touch x"),
			       .chain = text("/usr/bin/touch\n/bin/a \"b\"\n?"),
			       .request = text("tools/call read_file"),
			       .drift = text("new since export") };
}

static struct question sample_question(void)
{
	struct question question = { .event = sample_event(),
				     .scopes = { SCOPE_EXACT, SCOPE_DIR },
				     .patterns = { text("/home/a/x"), text("/home/a") },
				     .scope_count = 2,
				     .deadline_ms = 1767323075678,
				     .waiters = 2,
				     .makes_directory = true,
				     .command_line = text("touch x") };

	question.event.verdict = VERDICT_ASK;
	return question;
}

static struct session_info sample_session(void)
{
	return (struct session_info){ .id = text("12-0123abcd"),
				      .server = text("files"),
				      .command = text("node server.js"),
				      .cwd = text("/home/a"),
				      .mode = text("ask"),
				      .settings = text("/home/a/.srt-settings.json"),
				      .reads = text("left alone"),
				      .state = text("running"),
				      .pid = 12,
				      .child = 13,
				      .started_ms = 1767323045000,
				      .status = -1,
				      .allowed = 1,
				      .denied = 2,
				      .asked = 3,
				      .pending = 4,
				      .bytes_in = 5,
				      .bytes_out = 6,
				      .unasked = 7,
				      .lost = 8,
				      .ports = { { .port = 3000, .listens = true },
						 { .port = 80, .host_port = 8080 } },
				      .port_count = 2 };
}

START_TEST(event_has_the_members_of_the_contract)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct access_event event = sample_event();

	wire_write_event(&out, &event);
	ck_assert_str_eq(out.data,
			 "{\"v\":1,\"id\":\"12-0123abcd.7\",\"t\":\"2026-01-02T03:04:05.678Z\","
			 "\"session\":\"12-0123abcd\",\"server\":\"files\",\"kind\":\"write\","
			 "\"object\":\"/home/a/\\udcff\\\"x\\n\",\"verdict\":\"deny\","
			 "\"why\":\"not in allowWrite\",\"rule\":null,\"pid\":42,"
			 "\"exe\":\"/usr/bin/touch\",\"syscall\":\"openat\",\"errno\":\"EROFS\","
			 "\"count\":3,\"chain\":[\"/usr/bin/touch\",\"/bin/a \\\"b\\\"\",\"?\"],"
			 "\"request\":\"tools/call read_file\",\"drift\":\"new since export\",\"command_line\":\"touch x\"}");
}
END_TEST

START_TEST(unknown_members_of_an_event_are_null)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct access_event event = { .id = text("a.1"), .kind = ACCESS_CONNECT, .verdict = VERDICT_ALLOW };

	wire_write_event(&out, &event);
	ck_assert_str_eq(out.data, "{\"v\":1,\"id\":\"a.1\",\"t\":null,\"session\":null,"
				   "\"server\":null,\"kind\":\"connect\",\"object\":null,"
				   "\"verdict\":\"allow\",\"why\":null,\"rule\":null,\"pid\":null,"
				   "\"exe\":null,\"syscall\":null,\"errno\":null,\"count\":1,"
				   "\"chain\":null,\"request\":null,\"drift\":null,\"command_line\":null}");
}
END_TEST

START_TEST(question_adds_scopes_patterns_and_deadline)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct question question = sample_question();

	wire_write_question(&out, &question);
	ck_assert_ptr_nonnull(strstr(out.data, "\"verdict\":\"ask\""));
	ck_assert_ptr_nonnull(
		strstr(out.data, ",\"scopes\":[\"exact\",\"dir\"],"
				 "\"patterns\":{\"exact\":\"/home/a/x\",\"dir\":\"/home/a\"},"
				 "\"deadline\":\"2026-01-02T03:04:35.678Z\",\"waiters\":2,\"makes_directory\":true,"
				 "\"command_line\":\"touch x\"}"));
}
END_TEST

static struct session_rule sample_rule = {
	.id = (char *)"12-0123abcd:3",
	.rule = { .server = (char *)"files",
		  .kind = ACCESS_WRITE,
		  .verdict = VERDICT_ALLOW,
		  .scope = SCOPE_DIR,
		  .pattern = (char *)"/home/\xff",
		  .duration = DURATION_SESSION,
		  .created_ms = 1767323045678 },
};

/* Fills a message of each type with everything that travels. Borrowed strings. */
static struct wire_message sample_message(enum wire_type type)
{
	struct wire_message message = { .type = type };

	switch (type) {
	case WIRE_ATTACH:
		message.version = WIRE_VERSION;
		message.dashboard = true;
		break;
	case WIRE_ANSWER:
		message.id = text("12-0123abcd.7");
		message.verdict = VERDICT_DENY;
		message.scope = SCOPE_DOMAIN;
		message.duration = DURATION_ALWAYS;
		break;
	case WIRE_HOLD:
		message.id = text("12-0123abcd.7");
		break;
	case WIRE_REVOKE:
		message.id = text("12-0123abcd:3");
		break;
	case WIRE_RULE_LIST:
		message.rules = &sample_rule;
		message.rule_count = 1;
		break;
	case WIRE_HELLO:
		message.can_hold = true;
		message.version = WIRE_VERSION;
		message.can_rules = true;
		message.can_publish = true;
		message.session = sample_session();
		break;
	case WIRE_SESSION:
		message.session = sample_session();
		break;
	case WIRE_EVENT:
		message.event = sample_event();
		break;
	case WIRE_QUESTION:
		message.question = sample_question();
		break;
	case WIRE_RESOLVED:
		message.id = text("12-0123abcd.7");
		message.verdict = VERDICT_ALLOW;
		message.by = text("person");
		break;
	case WIRE_ANSWERED:
		message.id = text("12-0123abcd.7");
		message.ok = true;
		message.text = text("allow write /home/a/x (exact), session");
		break;
	case WIRE_PUBLISH:
		message.host_port = 8080;
		message.port = 3000;
		break;
	case WIRE_PUBLISHED:
		message.host_port = 80;
		message.port = 65535;
		message.text = text("publishing on port 80 of 127.0.0.1: Permission denied");
		break;
	case WIRE_LOST:
		message.count = 17;
		break;
	case WIRE_ERROR:
		message.text = text("not for you");
		break;
	default:
		break;
	}
	return message;
}

START_TEST(message_reads_back_as_it_was_written)
{
	struct wire_message message = sample_message((enum wire_type)_i);
	_cleanup_buf_ struct buf first = BUF_EMPTY;
	_cleanup_buf_ struct buf second = BUF_EMPTY;
	struct wire_message again;
	struct err e;

	wire_write(&first, &message);
	ck_assert_ptr_eq(strchr(first.data, '\n'), first.data + first.length - 1);
	ck_assert_int_eq(wire_parse(&again, first.data, first.length - 1, &e), 0);
	ck_assert_int_eq((int)again.type, _i);
	wire_write(&second, &again);
	ck_assert_str_eq(first.data, second.data);
	wire_message_free(&again);
}
END_TEST

START_TEST(values_arrive)
{
	struct wire_message message = sample_message(WIRE_QUESTION);
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	struct wire_message again;
	struct err e;

	wire_write(&line, &message);
	ck_assert_int_eq(wire_parse(&again, line.data, line.length - 1, &e), 0);
	ck_assert_str_eq(again.question.event.object, "/home/a/\xff\"x\n");
	ck_assert_str_eq(again.question.event.chain, "/usr/bin/touch\n/bin/a \"b\"\n?");
	ck_assert_str_eq(again.question.event.request, "tools/call read_file");
	ck_assert_str_eq(again.question.event.drift, "new since export");
	ck_assert_str_eq(again.question.command_line, "touch x");
	ck_assert_int_eq(again.question.event.error, EROFS);
	ck_assert_int_eq(again.question.event.kind, ACCESS_WRITE);
	ck_assert_int_eq(again.question.event.verdict, VERDICT_ASK);
	ck_assert_int_eq(again.question.event.time_ms, 1767323045678);
	ck_assert_int_eq(again.question.event.pid, 42);
	ck_assert_uint_eq(again.question.scope_count, 2);
	ck_assert_int_eq(again.question.scopes[1], SCOPE_DIR);
	ck_assert_str_eq(again.question.patterns[1], "/home/a");
	ck_assert_uint_eq(again.question.waiters, 2);
	ck_assert(again.question.makes_directory);
	wire_message_free(&again);
}
END_TEST

START_TEST(a_session_s_rules_arrive)
{
	struct wire_message message = sample_message(WIRE_RULE_LIST), again;
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	struct err e;

	wire_write(&line, &message);
	ck_assert_ptr_nonnull(strstr(line.data, "\"rule\":\"allow write /home/\\udcff (dir), session\""));
	ck_assert_int_eq(wire_parse(&again, line.data, line.length - 1, &e), 0);
	ck_assert_uint_eq(again.rule_count, 1);
	ck_assert(!again.more);
	ck_assert_str_eq(again.rules[0].id, "12-0123abcd:3");
	ck_assert_str_eq(again.rules[0].rule.server, "files");
	ck_assert_str_eq(again.rules[0].rule.pattern, "/home/\xff");
	ck_assert_int_eq(again.rules[0].rule.kind, ACCESS_WRITE);
	ck_assert_int_eq(again.rules[0].rule.verdict, VERDICT_ALLOW);
	ck_assert_int_eq(again.rules[0].rule.scope, SCOPE_DIR);
	ck_assert_int_eq(again.rules[0].rule.duration, DURATION_SESSION);
	ck_assert_int_eq(again.rules[0].rule.created_ms, 1767323045678);
	wire_message_free(&again);
}
END_TEST

START_TEST(abilities_are_told_and_unknown_ones_ignored)
{
	static const struct {
		const char *can;
		bool rules, publish;
	} table[] = {
		{ "", false, false },
		{ "\"can\":[],", false, false },
		{ "\"can\":[\"rules\"],", true, false },
		{ "\"can\":[\"hold\",7,\"rules\"],", true, false },
		{ "\"can\":[\"publish\",\"hold\"],", false, true },
		{ "\"can\":[\"later\"],", false, false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(table); i++) {
		_cleanup_free_ char *line = xasprintf(
			"{\"type\":\"hello\",\"v\":1,%s\"session\":{\"id\":\"1-a\"}}", table[i].can);
		struct wire_message message;
		struct err e;

		ck_assert_int_eq(wire_parse(&message, line, strlen(line), &e), 0);
		ck_assert_int_eq(message.can_rules, table[i].rules);
		ck_assert_int_eq(message.can_publish, table[i].publish);
		wire_message_free(&message);
	}
}
END_TEST

START_TEST(ports_of_a_session_arrive_bounded)
{
	struct wire_message message = sample_message(WIRE_SESSION), again;
	_cleanup_buf_ struct buf line = BUF_EMPTY, more = BUF_EMPTY;
	struct err e;

	wire_write(&line, &message);
	ck_assert_ptr_nonnull(strstr(line.data,
				     "\"ports\":[{\"port\":3000,\"host_port\":null,\"listens\":true},"
				     "{\"port\":80,\"host_port\":8080,\"listens\":false}]"));
	ck_assert_int_eq(wire_parse(&again, line.data, line.length - 1, &e), 0);
	ck_assert_uint_eq(again.session.port_count, 2);
	ck_assert_int_eq(again.session.ports[1].host_port, 8080);
	wire_message_free(&again);
	buf_adds(&more, "{\"type\":\"session\",\"session\":{\"id\":\"1-a\",\"ports\":[{\"port\":1}");
	for (int i = 2; i < 100; i++)
		buf_addf(&more, ",{\"port\":%d}", i);
	buf_adds(&more, "]}}");
	ck_assert_int_eq(wire_parse(&again, more.data, more.length, &e), 0);
	ck_assert_uint_eq(again.session.port_count, SESSION_PORTS_MOST);
	ck_assert_int_eq(again.session.ports[SESSION_PORTS_MOST - 1].port, SESSION_PORTS_MOST);
	wire_message_free(&again);
}
END_TEST

static const char *const bad_ports[] = { "7", "[7]", "[{}]", "[{\"port\":0}]",
					 "[{\"port\":65536}]", "[{\"port\":1,\"host_port\":-1}]" };

START_TEST(what_is_no_port_is_refused)
{
	_cleanup_free_ char *line =
		xasprintf("{\"type\":\"session\",\"session\":{\"id\":\"1-a\",\"ports\":%s}}",
			  bad_ports[_i]);
	struct wire_message message = { 0 };
	struct err e;

	ck_assert_int_lt(wire_parse(&message, line, strlen(line), &e), 0);
	wire_message_free(&message);
}
END_TEST

START_TEST(objects_of_a_joined_question_arrive_bounded)
{
	struct wire_message message = { .type = WIRE_QUESTION }, again;
	_cleanup_buf_ struct buf line = BUF_EMPTY, more = BUF_EMPTY;
	struct err e;

	message.question = sample_question();
	message.question.objects[0] = text("/home/a/one");
	message.question.objects[1] = text("/home/a/\xff");
	message.question.object_count = 2;
	message.question.objects_seen = 4711;
	wire_write(&line, &message);
	ck_assert_int_eq(wire_parse(&again, line.data, line.length - 1, &e), 0);
	ck_assert_uint_eq(again.question.object_count, 2);
	ck_assert_str_eq(again.question.objects[1], "/home/a/\xff");
	ck_assert_uint_eq(again.question.objects_seen, 4711);
	wire_message_free(&again);
	/* Whoever sends more than there is room for fills no more than that. */
	ck_assert_ptr_nonnull(strstr(line.data, "\"objects\":["));
	buf_add(&more, line.data, (size_t)(strstr(line.data, "\"objects\":[") - line.data));
	buf_adds(&more, "\"objects\":[\"x\"");
	for (int i = 0; i < 100; i++)
		buf_adds(&more, ",\"y\"");
	buf_adds(&more, "]}}");
	ck_assert_int_eq(wire_parse(&again, more.data, more.length, &e), 0);
	ck_assert_uint_eq(again.question.object_count, QUESTION_OBJECTS_MOST);
	wire_message_free(&again);
}
END_TEST

static struct question *many_questions(size_t count, size_t object_length)
{
	struct question *questions = xcalloc(count, sizeof(*questions));

	for (size_t i = 0; i < count; i++) {
		struct question sample = sample_question();

		question_copy(&questions[i], &sample);
		free(questions[i].event.object);
		questions[i].event.object = xmalloc(object_length + 1);
		memset(questions[i].event.object, 0xff, object_length);
		questions[i].event.object[object_length] = '\0';
	}
	return questions;
}

START_TEST(many_questions_take_several_lines_that_each_fit)
{
	struct wire_message message = { .type = WIRE_QUESTIONS, .question_count = 100 };
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	size_t questions = 0, lines = 0;
	struct err e;

	message.questions = many_questions(message.question_count, 1000);
	wire_write(&out, &message);
	for (char *from = out.data, *end; (end = strchr(from, '\n')); from = end + 1) {
		struct wire_message part;

		ck_assert_int_le(end - from, WIRE_LINE_MOST);
		ck_assert_int_eq(wire_parse(&part, from, (size_t)(end - from), &e), 0);
		questions += part.question_count;
		lines++;
		ck_assert_int_eq(part.more, end[1] != '\0');
		wire_message_free(&part);
	}
	ck_assert_uint_eq(questions, 100);
	ck_assert_uint_gt(lines, 1);
	wire_message_free(&message);
}
END_TEST

START_TEST(no_questions_are_one_line)
{
	struct wire_message message = { .type = WIRE_QUESTIONS };
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	wire_write(&out, &message);
	ck_assert_str_eq(out.data, "{\"type\":\"questions\",\"questions\":[],\"more\":false}\n");
}
END_TEST

static char *filled(char byte, size_t length)
{
	char *text = xmalloc(length + 1);

	memset(text, byte, length);
	text[length] = '\0';
	return text;
}

START_TEST(worst_question_still_fits_into_a_line)
{
	struct wire_message message = { .type = WIRE_QUESTION };
	struct question *question = &message.question;
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct wire_message again;
	struct err e;

	question->event.id = xstrdup("12-0123abcd.7");
	question->event.session = filled('\xff', 100000);
	question->event.server = filled('\xff', 100000);
	question->event.object = filled('\xff', 100000);
	question->event.why = filled('\xff', 100000);
	question->event.rule = filled('\xff', 100000);
	question->event.exe = filled('\xff', 100000);
	question->event.syscall = filled('\xff', 100000);
	question->command_line = filled('\xff', 100000);
	question->event.request = filled('\xff', 100000);
	question->event.drift = filled('\xff', 100000);
	question->event.chain = filled('\xff', 100000);
	for (size_t i = 1; i < 20; i++)
		question->event.chain[i * 5000] = '\n';
	question->scope_count = 2;
	question->scopes[0] = SCOPE_EXACT;
	question->scopes[1] = SCOPE_DIR;
	question->patterns[0] = filled('\xff', 100000);
	question->patterns[1] = filled('\xff', 100000);
	question->object_count = QUESTION_OBJECTS_MOST;
	question->objects_seen = QUESTION_OBJECTS_MOST;
	for (size_t i = 0; i < QUESTION_OBJECTS_MOST; i++)
		question->objects[i] = filled('\xff', 100000);
	wire_write(&out, &message);
	ck_assert_uint_le(out.length, WIRE_LINE_MOST);
	ck_assert_int_eq(wire_parse(&again, out.data, out.length - 1, &e), 0);
	ck_assert_int_eq(again.type, WIRE_QUESTION);
	wire_message_free(&again);
	wire_message_free(&message);
}
END_TEST

START_TEST(message_that_never_fits_is_counted_as_lost)
{
	struct wire_message message = { .type = WIRE_RESOLVED };
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	message.id = filled('x', WIRE_LINE_MOST);
	wire_write(&out, &message);
	ck_assert_str_eq(out.data, "{\"type\":\"lost\",\"count\":1}\n");
	wire_message_free(&message);
}
END_TEST

static const char *const refused[] = {
	"",
	"[]",
	"5",
	"{}",
	"{\"type\":7}",
	"{\"type\":\"publish\",\"host_port\":80}",
	"{\"type\":\"publish\",\"host_port\":0,\"port\":80}",
	"{\"type\":\"publish\",\"host_port\":80,\"port\":65536}",
	"{\"type\":\"published\",\"ok\":true,\"port\":80}",
	"{\"type\":\"attach\"}",
	"{\"type\":\"attach\",\"v\":0,\"role\":\"script\"}",
	"{\"type\":\"attach\",\"v\":1}",
	"{\"type\":\"attach\",\"v\":1,\"role\":\"king\"}",
	"{\"type\":\"attach\",\"v\":1,\"v\":1,\"role\":\"script\"}",
	"{\"type\":\"answer\",\"verdict\":\"allow\",\"scope\":\"exact\",\"for\":\"once\"}",
	"{\"type\":\"answer\",\"id\":\"a.1\",\"verdict\":\"ask\",\"scope\":\"exact\",\"for\":\"once\"}",
	"{\"type\":\"answer\",\"id\":\"a.1\",\"verdict\":\"allow\",\"for\":\"once\"}",
	"{\"type\":\"answer\",\"id\":\"a.1\",\"verdict\":\"allow\",\"scope\":\"exact\"}",
	"{\"type\":\"answer\",\"id\":\"a.1\",\"verdict\":\"allow\",\"scope\":\"all\",\"for\":\"once\"}",
	"{\"type\":\"answer\",\"id\":5,\"verdict\":\"allow\",\"scope\":\"exact\",\"for\":\"once\"}",
	"{\"type\":\"hello\",\"v\":1}",
	"{\"type\":\"hello\",\"v\":1,\"can\":\"hold\",\"session\":{\"id\":\"1-a\"}}",
	"{\"type\":\"hold\"}",
	"{\"type\":\"hello\",\"v\":1,\"session\":{}}",
	"{\"type\":\"event\"}",
	"{\"type\":\"event\",\"event\":{\"v\":2,\"id\":\"a\",\"kind\":\"read\",\"verdict\":\"deny\"}}",
	"{\"type\":\"event\",\"event\":{\"v\":1,\"kind\":\"read\",\"verdict\":\"deny\"}}",
	"{\"type\":\"event\",\"event\":{\"v\":1,\"id\":\"a\",\"kind\":\"stat\",\"verdict\":\"deny\"}}",
	"{\"type\":\"event\",\"event\":{\"v\":1,\"id\":\"a\",\"kind\":\"read\",\"verdict\":\"deny\","
	"\"t\":\"yesterday\"}}",
	"{\"type\":\"question\",\"question\":{\"v\":1,\"id\":\"a\",\"kind\":\"read\","
	"\"verdict\":\"ask\"}}",
	"{\"type\":\"question\",\"question\":{\"v\":1,\"id\":\"a\",\"kind\":\"read\","
	"\"verdict\":\"ask\",\"scopes\":[\"exact\",\"exact\"]}}",
	"{\"type\":\"question\",\"question\":{\"v\":1,\"id\":\"a\",\"kind\":\"read\","
	"\"verdict\":\"ask\",\"scopes\":[\"exact\"],\"patterns\":[]}}",
	"{\"type\":\"questions\",\"questions\":[{}]}",
	"{\"type\":\"questions\"}",
};

START_TEST(malformed_message_is_refused_with_a_reason)
{
	struct wire_message message;
	struct err e = { 0 };

	ck_assert_int_eq(wire_parse(&message, refused[_i], strlen(refused[_i]), &e), -1);
	ck_assert_int_eq(e.code, ERR_GENERAL);
	ck_assert_str_ne(e.message, "");
}
END_TEST

START_TEST(unknown_type_is_told_apart_and_unknown_members_are_ignored)
{
	static const char strange[] = "{\"type\":\"weather\",\"rain\":true}";
	static const char more[] = "{\"type\":\"lost\",\"count\":2,\"rain\":[{}]}";
	struct wire_message message;
	struct err e = { 0 };

	ck_assert_int_eq(wire_parse(&message, strange, strlen(strange), &e), -1);
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_int_eq(wire_parse(&message, more, strlen(more), &e), 0);
	ck_assert_uint_eq(message.count, 2);
	wire_message_free(&message);
}
END_TEST

START_TEST(greeting_of_another_version_gives_its_version)
{
	static const char line[] = "{\"type\":\"hello\",\"v\":9,\"session\":\"new\"}";
	struct wire_message message;
	struct err e;

	ck_assert_int_eq(wire_parse(&message, line, strlen(line), &e), 0);
	ck_assert_int_eq(message.version, 9);
	wire_message_free(&message);
}
END_TEST

START_TEST(line_beyond_the_limit_is_refused)
{
	_cleanup_free_ char *line = filled(' ', WIRE_LINE_MOST + 1);
	struct wire_message message;
	struct err e;

	memcpy(line, "{\"type\":\"pending\"}", 18);
	ck_assert_int_eq(wire_parse(&message, line, WIRE_LINE_MOST + 1, &e), -1);
	ck_assert_int_eq(wire_parse(&message, line, WIRE_LINE_MOST, &e), 0);
	wire_message_free(&message);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *wire_suite(void)
{
	Suite *suite = suite_create("wire");
	TCase *tests = tcase_create("wire");

	tcase_add_test(tests, event_has_the_members_of_the_contract);
	tcase_add_test(tests, unknown_members_of_an_event_are_null);
	tcase_add_test(tests, question_adds_scopes_patterns_and_deadline);
	tcase_add_loop_test(tests, message_reads_back_as_it_was_written, 0, WIRE_TYPE_COUNT);
	tcase_add_test(tests, values_arrive);
	tcase_add_test(tests, a_session_s_rules_arrive);
	tcase_add_test(tests, abilities_are_told_and_unknown_ones_ignored);
	tcase_add_test(tests, ports_of_a_session_arrive_bounded);
	tcase_add_loop_test(tests, what_is_no_port_is_refused, 0, (int)ARRAY_LENGTH(bad_ports));
	tcase_add_test(tests, objects_of_a_joined_question_arrive_bounded);
	tcase_add_test(tests, many_questions_take_several_lines_that_each_fit);
	tcase_add_test(tests, no_questions_are_one_line);
	tcase_add_test(tests, worst_question_still_fits_into_a_line);
	tcase_add_test(tests, message_that_never_fits_is_counted_as_lost);
	tcase_add_loop_test(tests, malformed_message_is_refused_with_a_reason, 0, COUNT(refused));
	tcase_add_test(tests, unknown_type_is_told_apart_and_unknown_members_are_ignored);
	tcase_add_test(tests, greeting_of_another_version_gives_its_version);
	tcase_add_test(tests, line_beyond_the_limit_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(wire_suite)
