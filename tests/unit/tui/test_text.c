/* SPDX-License-Identifier: MIT */
#include "tui/text.h"

#include <locale.h>
#include <stdio.h>
#include <time.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static void use_utf8(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
}

static const struct {
	const char *bytes;
	bool ascii;
	const char *shown;
} safes[] = {
	{ NULL, false, "" },
	{ "", false, "" },
	{ "/home/x", false, "/home/x" },
	{ "日本", false, "日本" },
	{ "日本", true, "\\u{65e5}\\u{672c}" },
	{ "caf\xc3\xa9", true, "caf\\u{e9}" },
	{ "\x1b[2J", false, "\\x1b[2J" },
	{ "\xe2\x80\xaegpj", false, "\\u{202e}gpj" },
	{ "\xff", false, "\\xff" },
	/* An unassigned character: no table knows its width. */
	{ "\xcd\xb8", false, "\\u{378}" },
};

START_TEST(hostile_text_becomes_fit_to_show)
{
	_cleanup_free_ char *shown = text_safe(safes[_i].bytes, safes[_i].ascii);

	ck_assert_str_eq(shown, safes[_i].shown);
}
END_TEST

static const struct {
	const char *path, *home, *shown;
} homes[] = {
	{ "/home/me/x", "/home/me", "~/x" },	{ "/home/me", "/home/me", "~" },
	{ "/home/mean/x", "/home/me", "/home/mean/x" }, { "/root/x", "/", "/root/x" },
	{ "/x", "", "/x" },			{ "/home/me/\x1b", "/home/me", "~/\\x1b" },
};

START_TEST(home_is_shortened_only_as_a_whole_component)
{
	_cleanup_free_ char *shown = text_safe_path(homes[_i].path, homes[_i].home, false);

	ck_assert_str_eq(shown, homes[_i].shown);
}
END_TEST

static const struct {
	const char *text;
	int columns;
	const char *end, *middle;
} cuts[] = {
	{ "abcdef", 6, "abcdef", "abcdef" },
	{ "abcdef", 5, "abcd~", "a~def" },
	{ "abcdefghij", 7, "abcdef~", "ab~ghij" },
	{ "abcdef", 1, "~", "~" },
	{ "abcdef", 0, "", "" },
	{ "日本日本日本", 12, "日本日本日本", "日本日本日本" },
	{ "日本日本日本", 7, "日本日~", "日~日本" },
	{ "日本日本日本", 6, "日本~", "~日本" },
	{ "e\xcc\x81" "bcdef", 4, "e\xcc\x81" "bc~", "e\xcc\x81~ef" },
};

START_TEST(cut_text_fits_and_says_that_it_was_cut)
{
	_cleanup_buf_ struct buf end = BUF_EMPTY, middle = BUF_EMPTY;

	use_utf8();
	text_cut(&end, cuts[_i].text, cuts[_i].columns, "~");
	text_cut_middle(&middle, cuts[_i].text, cuts[_i].columns, "~");
	ck_assert_str_eq(buf_text(&end), cuts[_i].end);
	ck_assert_str_eq(buf_text(&middle), cuts[_i].middle);
	ck_assert_int_le(text_width(buf_text(&end)), cuts[_i].columns);
	ck_assert_int_le(text_width(buf_text(&middle)), cuts[_i].columns);
}
END_TEST

static const struct {
	const char *text;
	int columns;
	size_t bytes;
} lines[] = {
	{ "short", 10, 5 },
	{ "two words", 6, 4 },
	{ "two words", 3, 4 },
	{ "/usr/lib/node", 10, 9 },
	{ "abcdefghij", 4, 4 },
	{ "日本", 3, 3 },
	{ "日本", 1, 3 }, /* too wide for any line: taken all the same, or it would never end */
};

START_TEST(lines_break_after_words_and_directories)
{
	use_utf8();
	ck_assert_uint_eq(text_line(lines[_i].text, lines[_i].columns), lines[_i].bytes);
}
END_TEST

START_TEST(breaking_loses_nothing_and_ends)
{
	const char *text = "one two/three four日本 five-six-seven-eight-nine-ten  eleven";

	use_utf8();
	for (int columns = 1; columns < 70; columns++) {
		_cleanup_buf_ struct buf all = BUF_EMPTY;

		for (const char *rest = text; *rest != '\0';) {
			size_t length = text_line(rest, columns);

			ck_assert_uint_gt(length, 0);
			buf_add(&all, rest, length);
			rest += length;
		}
		ck_assert_str_eq(buf_text(&all), text);
	}
}
END_TEST

static const struct {
	uint64_t value;
	const char *count, *bytes;
} numbers[] = {
	{ 0, "0", "0" },
	{ 999, "999", "999" },
	{ 9999, "9999", "9.8K" },
	{ 10000, "10K", "9.8K" },
	{ 999499, "999K", "976K" },
	{ 999600, "1.0M", "976K" },
	{ 3400000, "3.4M", "3.2M" },
	{ UINT64_MAX, "18E", "16E" },
};

START_TEST(numbers_take_five_columns_at_most)
{
	_cleanup_buf_ struct buf count = BUF_EMPTY, bytes = BUF_EMPTY;

	text_count(&count, numbers[_i].value);
	text_bytes(&bytes, numbers[_i].value);
	ck_assert_str_eq(buf_text(&count), numbers[_i].count);
	ck_assert_str_eq(buf_text(&bytes), numbers[_i].bytes);
}
END_TEST

static const struct {
	int64_t ms;
	const char *span;
} spans[] = {
	{ -5, "00:00" },	{ 251000, "04:11" },	    { 3599999, "59:59" },
	{ 3723000, "1:02:03" }, { 86399000, "23:59:59" }, { 183600000, "2d03h" },
};

START_TEST(spans_grow_coarser)
{
	_cleanup_buf_ struct buf span = BUF_EMPTY;

	text_span(&span, spans[_i].ms);
	ck_assert_str_eq(buf_text(&span), spans[_i].span);
}
END_TEST

START_TEST(times_are_local_and_never_fail)
{
	_cleanup_buf_ struct buf time = BUF_EMPTY;

	use_utf8();
	text_time(&time, INT64_C(1767362532402), true);
	text_time(&time, -1, false);
	ck_assert_str_eq(buf_text(&time), "14:02:12.402--:--:--");
	text_time(&time, INT64_MAX, false);
}
END_TEST

static Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tests = tcase_create("text");

	tcase_add_unchecked_fixture(tests, use_utf8, NULL);
	tcase_add_loop_test(tests, hostile_text_becomes_fit_to_show, 0, (int)ARRAY_LENGTH(safes));
	tcase_add_loop_test(tests, home_is_shortened_only_as_a_whole_component, 0,
			    (int)ARRAY_LENGTH(homes));
	tcase_add_loop_test(tests, cut_text_fits_and_says_that_it_was_cut, 0,
			    (int)ARRAY_LENGTH(cuts));
	tcase_add_loop_test(tests, lines_break_after_words_and_directories, 0,
			    (int)ARRAY_LENGTH(lines));
	tcase_add_test(tests, breaking_loses_nothing_and_ends);
	tcase_add_loop_test(tests, numbers_take_five_columns_at_most, 0,
			    (int)ARRAY_LENGTH(numbers));
	tcase_add_loop_test(tests, spans_grow_coarser, 0, (int)ARRAY_LENGTH(spans));
	tcase_add_test(tests, times_are_local_and_never_fail);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(text_suite)
