/* SPDX-License-Identifier: MIT */
#include "core/net/json_rpc_tap.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

static void note(void *arg, const struct json_rpc_message *message)
{
	buf_addf(arg, "[%s|%s|%s|%s]", message->id, message->method, message->name,
		 message->cancelled);
}

#define LONG_120                                                                                   \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_127 LONG_120 "aaaaaaa"

static const struct {
	const char *stream, *messages;
} cases[] = {
	{ "", "" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n", "[1|tools/list||]" },
	{ "{\"id\":\"1\",\"method\":\"m\"}\n{\"id\":-1.5e3,\"result\":{}}\n", "[\"1|m||][-1.5e3|||]" },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"read\",\"arguments\":{\"name\":\"no\"}},"
	  "\"id\":7}\n",
	  "[7|tools/call|read|]" },
	/* params first, with white space all around. */
	{ " { \"params\" :\t{ \"name\" : \"a b\" } , \"id\" : 2 , \"method\" : \"x\" } \r\n", "[2|x|a b|]" },
	{ "{\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"9\",\"reason\":\"x\"}}",
	  "[|notifications/cancelled||\"9]" },
	{ "[{\"id\":1,\"method\":\"a\",\"params\":{\"name\":\"n\"}},{\"id\":2,\"method\":\"b\"}]\n",
	  "[1|a|n|][2|b||]" },
	/* Names count in their place alone. */
	{ "{\"result\":{\"id\":5,\"method\":\"m\",\"name\":\"n\"},\"id\":4}\n", "[4|||]" },
	{ "{\"name\":\"n\",\"x\":[{\"id\":1}],\"id\":3}", "[3|||]" },
	{ "[[{\"id\":1,\"method\":\"a\"}]]\n", "" },
	{ "{\"params\":[\"name\",\"x\"],\"id\":3}", "[3|||]" },
	{ "{\"id\":[1,2],\"method\":{\"a\":\"b\"},\"params\":\"name\"}", "[|||]" },
	{ "{\"id\":null,\"method\":7}", "[|||]" },
	{ "{\"id\":1,\"id\":2,\"method\":\"a\",\"method\":\"b\"}", "[2|b||]" },
	{ "{\"\\u0069d\":1,\"method\":\"a\\\"\\n\\u00e9\\ud83d\"}", "[1|a\"\n\xc3\xa9?||]" },
	{ "{\"a\":\"{\\\"id\\\":1}\",\"id\":2}", "[2|||]" },
	/* What is no message ends with its line. */
	{ "hello\n{\"id\":1}\n", "[1|||]" },
	{ "Content-Length: 5\r\n\r\n{\"id\":1}\n", "[1|||]" },
	{ "{\"id\":1,\n\"method\":\"a\"}\n{\"id\":2}\n", "[2|||]" },
	{ "{\"id\":\"1\n\"}\n{\"id\":2}\n", "[2|||]" },
	{ "{\"id\":1]\n{\"id\":2}\n", "[2|||]" },
	{ "}}}}{\"id\":1}\n{\"id\":2}\n", "[2|||]" },
	{ "{\"id\":\"\\x\"}\n{\"id\":\"\\u12g4\"}\n{\"id\":2}\n", "[2|||]" },
	{ "{1:2,\"id\":3}\n{\"id\":2}\n", "[2|||]" },
	{ "{\"id\":\"" LONG_127 "\"}\n", "[|||]" },
	{ "{\"id\":1,\"method\":\"" LONG_127 "b\"}\n", "[1|" LONG_127 "||]" },
	{ "{\"id\":\"a\\u0000b\"}", "[\"a?b|||]" },
};

static char *read_in_steps(const char *stream, size_t step)
{
	size_t length = strlen(stream);
	struct buf messages = BUF_EMPTY;
	struct json_rpc_tap tap;

	buf_adds(&messages, "");
	json_rpc_tap_init(&tap, note, &messages);
	for (size_t i = 0; i < length; i += step)
		json_rpc_tap_feed(&tap, stream + i, length - i < step ? length - i : step);
	return messages.data ? buf_steal(&messages) : xstrdup("");
}

START_TEST(messages_are_read_however_they_are_split)
{
	for (size_t step = 1; step <= strlen(cases[_i].stream) + 1; step++) {
		_cleanup_free_ char *messages = read_in_steps(cases[_i].stream, step);

		ck_assert_str_eq(messages, cases[_i].messages);
	}
}
END_TEST

START_TEST(depth_costs_nothing)
{
	struct buf messages = BUF_EMPTY;
	struct json_rpc_tap tap;

	json_rpc_tap_init(&tap, note, &messages);
	json_rpc_tap_feed(&tap, "{\"x\":", 5);
	for (int i = 0; i < 100000; i++)
		json_rpc_tap_feed(&tap, "[{\"id\":", 7);
	json_rpc_tap_feed(&tap, "\n{\"id\":1}", 9);
	json_rpc_tap_feed(&tap, "}", 1);
	ck_assert_str_eq(buf_text(&messages), "[1|||]");
	buf_free(&messages);
}
END_TEST

static void asked(void *arg, const struct json_rpc_message *message)
{
	json_rpc_calls_asked(arg, message);
}

static void answered(void *arg, const struct json_rpc_message *message)
{
	json_rpc_calls_answered(arg, message);
}

static void say(struct json_rpc_calls *calls, bool by_client, const char *line)
{
	struct json_rpc_tap tap;

	json_rpc_tap_init(&tap, by_client ? asked : answered, calls);
	json_rpc_tap_feed(&tap, line, strlen(line));
}

static void works_on(const struct json_rpc_calls *calls, const char *wanted)
{
	_cleanup_free_ char *text = json_rpc_calls_text(calls);

	if (!wanted)
		ck_assert_ptr_null(text);
	else
		ck_assert_str_eq(text, wanted);
}

START_TEST(a_request_is_in_flight_until_it_is_answered)
{
	struct json_rpc_calls *calls = xcalloc(1, sizeof(*calls));

	works_on(calls, NULL);
	say(calls, true, "{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"read_file\"}}");
	works_on(calls, "tools/call read_file");
	say(calls, true, "{\"id\":\"1\",\"method\":\"resources/read\",\"params\":{\"name\":\"x\"}}");
	works_on(calls, "resources/read (+1)");
	/* A notification, and a request of the server's own with the same number. */
	say(calls, true, "{\"method\":\"notifications/initialized\"}");
	say(calls, false, "{\"id\":1,\"method\":\"sampling/createMessage\"}");
	say(calls, true, "{\"id\":1,\"result\":{}}");
	works_on(calls, "resources/read (+1)");
	say(calls, false, "{\"id\":\"1\",\"error\":{\"code\":1}}");
	works_on(calls, "tools/call read_file");
	say(calls, true, "{\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
	works_on(calls, NULL);
	say(calls, false, "{\"id\":1,\"result\":{}}");
	works_on(calls, NULL);
	free(calls);
}
END_TEST

START_TEST(requests_that_nobody_answers_are_bounded)
{
	struct json_rpc_calls *calls = xcalloc(1, sizeof(*calls));

	for (int i = 0; i < 1000; i++) {
		_cleanup_free_ char *line = xasprintf("{\"id\":%d,\"method\":\"m%d\"}", i, i);

		say(calls, true, line);
	}
	ck_assert_uint_eq(calls->count, JSON_RPC_CALLS_MOST);
	works_on(calls, "m999 (+63)");
	free(calls);
}
END_TEST

static Suite *json_rpc_tap_suite(void)
{
	Suite *suite = suite_create("json_rpc_tap");
	TCase *tests = tcase_create("json_rpc_tap");

	tcase_add_loop_test(tests, messages_are_read_however_they_are_split, 0,
			    (int)ARRAY_LENGTH(cases));
	tcase_add_test(tests, depth_costs_nothing);
	tcase_add_test(tests, a_request_is_in_flight_until_it_is_answered);
	tcase_add_test(tests, requests_that_nobody_answers_are_bounded);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(json_rpc_tap_suite)
