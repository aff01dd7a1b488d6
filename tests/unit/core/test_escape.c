/* SPDX-License-Identifier: MIT */
#include "core/base/escape.h"

#include "tests/lib/unit.h"

static const struct {
	const char *input, *shown;
} cases[] = {
	{ "plain /path", "plain /path" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "\x1b[2J", "\\x1b[2J" },
	{ "a\nb\tc\r", "a\\nb\\tc\\r" },
	{ "back\\slash", "back\\\\slash" },
	{ "\xe2\x80\xae" "gpj.exe", "\\u{202e}gpj.exe" },
	{ "\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}" },
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xc2\x9b" "31m", "\\u{9b}31m" },
	{ "\x7f", "\\x7f" },
	{ "\xef\xbb\xbf", "\\u{feff}" },
	{ "\xe2\x82", "\\xe2\\x82" },
};

START_TEST(hostile_text_is_escaped_and_plain_text_stays)
{
	char *shown = escape_string(cases[_i].input);

	ck_assert_str_eq(shown, cases[_i].shown);
	free(shown);
}
END_TEST

static Suite *escape_suite(void)
{
	Suite *suite = suite_create("escape");
	TCase *tests = tcase_create("escape");

	tcase_add_loop_test(tests, hostile_text_is_escaped_and_plain_text_stays, 0,
			    (int)(sizeof(cases) / sizeof(cases[0])));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(escape_suite)
