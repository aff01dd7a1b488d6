/* SPDX-License-Identifier: MIT */
#include "core/base/json_text.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const char *const good[] = {
	"{}",
	" [1, -2.5e3, true, null, \"a\\\"]\", {\"b\": []}] \n",
	"// first\n{\"a\": 1, /* , } */ \"b\": [1,],}\n// last",
	"\xef\xbb\xbf{}",
	"\"text\"",
};

START_TEST(one_value_fills_the_text)
{
	struct json_span value;
	struct err e;

	ck_assert_msg(json_text_check(good[_i], strlen(good[_i]), &value, &e) == 0, "%s", good[_i]);
	ck_assert_uint_lt(value.from, value.to);
}
END_TEST

static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "not valid JSON: line 1" },
	{ "{", "not valid JSON: line 1" },
	{ "[1\n2]", "not valid JSON: line 2" },
	{ "[,]", "not valid JSON: line 1" },
	{ "[1,,2]", "not valid JSON: line 1" },
	{ "{\"a\"\n\n 1}", "not valid JSON: line 3" },
	{ "{a: 1}", "not valid JSON: line 1" },
	{ "{} {}", "not valid JSON: line 1" },
	{ "[1}", "not valid JSON: line 1" },
	{ "\"a\nb\"", "not valid JSON: line 2" },
	{ "\"a\\", "not valid JSON: line 1" },
	{ "[1] /* ", "not valid JSON: line 1" },
};

START_TEST(anything_else_is_refused)
{
	struct json_span value;
	struct err e;

	ck_assert_msg(json_text_check(bad[_i].text, strlen(bad[_i].text), &value, &e) < 0, "%s", bad[_i].text);
	ck_assert_str_eq(e.message, bad[_i].message);
}
END_TEST

START_TEST(depth_is_bounded)
{
	char text[100000];
	struct json_span value;
	struct err e;

	memset(text, '[', sizeof(text));
	ck_assert_int_lt(json_text_check(text, sizeof(text), &value, &e), 0);
}
END_TEST

START_TEST(members_come_with_their_places)
{
	const char *text = "{ \"a\" : [1,\"x\" ], // c\n\"b\":{} , }";
	struct json_span whole;
	struct json_item item, first;
	size_t at = 0, inner = 0;
	struct err e;

	ck_assert_int_eq(json_text_check(text, strlen(text), &whole, &e), 0);
	ck_assert(json_text_next(text, whole, &at, &first));
	ck_assert_int_eq(strncmp(text + first.key.from, "\"a\"", first.key.to - first.key.from), 0);
	ck_assert(json_text_next(text, whole, &at, &item));
	ck_assert_int_eq(strncmp(text + item.value.from, "{}", item.value.to - item.value.from), 0);
	ck_assert(!json_text_next(text, whole, &at, &item));
	ck_assert(json_text_next(text, first.value, &inner, &item));
	ck_assert(json_span_is_empty(item.key));
	ck_assert(json_text_next(text, first.value, &inner, &item));
	ck_assert_int_eq(strncmp(text + item.value.from, "\"x\"", item.value.to - item.value.from), 0);
	ck_assert(!json_text_next(text, first.value, &inner, &item));
}
END_TEST

static Suite *json_text_suite(void)
{
	Suite *suite = suite_create("json_text");
	TCase *tests = tcase_create("json_text");

	tcase_add_loop_test(tests, one_value_fills_the_text, 0, (int)ARRAY_LENGTH(good));
	tcase_add_loop_test(tests, anything_else_is_refused, 0, (int)ARRAY_LENGTH(bad));
	tcase_add_test(tests, depth_is_bounded);
	tcase_add_test(tests, members_come_with_their_places);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(json_text_suite)
