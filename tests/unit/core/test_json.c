/* SPDX-License-Identifier: MIT */
#include "core/base/json.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/unit.h"

static const struct {
	const char *bytes, *json;
} strings_and_json[] = {
	{ "plain", "\"plain\"" },
	{ "quote \" and \\", "\"quote \\\" and \\\\\"" },
	{ "line\nnext\ttab\r", "\"line\\nnext\\ttab\\u000d\"" },
	{ "\x1b[2J\x7f", "\"\\u001b[2J\\u007f\"" },
	{ "caf\xc3\xa9", "\"caf\\u00e9\"" },
	{ "\xe2\x80\xae", "\"\\u202e\"" },
	{ "\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\"" },
	{ "\xff\xfe", "\"\\udcff\\udcfe\"" },
	{ "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"" },
	{ "\xc3", "\"\\udcc3\"" },
	{ "", "\"\"" },
};

START_TEST(string_is_written_as_ascii_json)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	json_string(&out, strings_and_json[_i].bytes);
	ck_assert_str_eq(out.data, strings_and_json[_i].json);
}
END_TEST

START_TEST(string_reads_back_byte_for_byte)
{
	const char *json = strings_and_json[_i].json;
	struct err e;
	_cleanup_json_ cJSON *value = json_read(json, strlen(json), &e);

	ck_assert_ptr_nonnull(value);
	ck_assert_str_eq(value->valuestring, strings_and_json[_i].bytes);
}
END_TEST

START_TEST(every_byte_survives)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	_cleanup_json_ cJSON *value = NULL;
	char bytes[256];
	struct err e;

	for (int i = 1; i < 256; i++)
		bytes[i - 1] = (char)i;
	bytes[255] = '\0';
	json_string(&out, bytes);
	value = json_read(out.data, out.length, &e);
	ck_assert_ptr_nonnull(value);
	ck_assert_str_eq(value->valuestring, bytes);
}
END_TEST

static const char *const refused[] = {
	"",
	" ",
	"{",
	"{}x",
	"{} {}",
	"\"\\u0000\"",
	"\"\\ud800\"",
	"\"\\ud800\\u0041\"",
	"\"\\udc00\"",
	"\"\\ude00\\ud83d\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"a\nb\"",
	"\"\xff\"",
	"\"\xed\xa0\x80\"",
	"\"\\",
	"\xef\xbb\xbf{}",
	"{\"a\":1,\"a\":2}",
	"{\"b\":{\"a\":1,\"a\":2}}",
	"[{\"a\":1,\"a\":2}]",
	"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
	"{\"a\":1}\x01",
};

START_TEST(what_is_not_strict_json_is_refused)
{
	struct err e = { 0 };

	ck_assert_ptr_null(json_read(refused[_i], strlen(refused[_i]), &e));
	ck_assert_str_ne(e.message, "");
}
END_TEST

START_TEST(nul_byte_in_the_text_is_refused)
{
	static const char text[] = "{\"a\":1}\0";
	struct err e;

	ck_assert_ptr_null(json_read(text, sizeof(text) - 1, &e));
}
END_TEST

START_TEST(object_with_very_many_members_is_refused)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;

	buf_addc(&text, '{');
	for (int i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		json_member_integer(&text, name, i);
	}
	buf_addc(&text, '}');
	ck_assert_ptr_null(json_read(text.data, text.length, &e));
}
END_TEST

START_TEST(long_string_is_cut_between_characters)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	json_string_clipped(&out, "abc\xe2\x82\xac", 5);
	ck_assert_str_eq(out.data, "\"abc\\u2026\"");
	buf_clear(&out);
	json_string_clipped(&out, "abcde", 5);
	ck_assert_str_eq(out.data, "\"abcde\"");
}
END_TEST

START_TEST(members_are_separated_by_commas)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	buf_addc(&out, '{');
	json_member_string(&out, "a{", "{");
	json_member_integer(&out, "b", -7);
	json_member_bool(&out, "c", true);
	json_member_time(&out, "d", 1767323045678);
	json_member_time(&out, "e", 0);
	json_member_unsigned(&out, "f", UINT64_MAX);
	buf_addc(&out, '}');
	ck_assert_str_eq(out.data, "{\"a{\":\"{\",\"b\":-7,\"c\":true,"
				   "\"d\":\"2026-01-02T03:04:05.678Z\",\"e\":null,"
				   "\"f\":9007199254740991}");
}
END_TEST

static const struct {
	const char *json;
	bool good;
	int64_t value;
} integers[] = {
	{ "{\"n\":5}", true, 5 },	  { "{\"n\":null}", true, 99 },	  { "{}", true, 99 },
	{ "{\"n\":1.5}", false, 0 },	  { "{\"n\":-1}", false, 0 },	  { "{\"n\":101}", false, 0 },
	{ "{\"n\":\"5\"}", false, 0 },	  { "{\"n\":1e999}", false, 0 },  { "{\"n\":1e1}", true, 10 },
	{ "{\"n\":true}", false, 0 },
};

START_TEST(integer_is_read_within_its_bounds)
{
	struct err e;
	_cleanup_json_ cJSON *object = json_read(integers[_i].json, strlen(integers[_i].json), &e);
	int64_t value;
	int result;

	ck_assert_ptr_nonnull(object);
	result = json_get_integer(object, "n", 0, 100, 99, &value, &e);
	ck_assert_int_eq(result, integers[_i].good ? 0 : -1);
	if (integers[_i].good)
		ck_assert_int_eq(value, integers[_i].value);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");

	tcase_add_loop_test(tests, string_is_written_as_ascii_json, 0, COUNT(strings_and_json));
	tcase_add_loop_test(tests, string_reads_back_byte_for_byte, 0, COUNT(strings_and_json));
	tcase_add_test(tests, every_byte_survives);
	tcase_add_loop_test(tests, what_is_not_strict_json_is_refused, 0, COUNT(refused));
	tcase_add_test(tests, nul_byte_in_the_text_is_refused);
	tcase_add_test(tests, object_with_very_many_members_is_refused);
	tcase_add_test(tests, long_string_is_cut_between_characters);
	tcase_add_test(tests, members_are_separated_by_commas);
	tcase_add_loop_test(tests, integer_is_read_within_its_bounds, 0, COUNT(integers));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(json_suite)
