/* SPDX-License-Identifier: MIT */
#include "core/policy/extract.h"

#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* What a JavaScript engine finds: the first groups of all matches, joined by "|"; "-" stands for
 * a group that took no part. */
static const struct {
	const char *expression, *text, *found;
} finds[] = {
	{ "password (\\S+)", "login x password s3cret\npassword two", "s3cret|two" },
	{ "\"token\":\\s*\"([^\"]+)\"", "{\"token\": \"abc\", \"other\":\"x\"}", "abc" },
	{ "//[^:]+:([^@]+)@", "postgres://u:p%40w@h/db", "p%40w" },
	{ "(a)|b", "ab", "a|-" },
	{ "(x*)", "axa", "|x||" },
	{ "(\\u0041\\x42\\103)", "ABC", "ABC" },
	{ "(\\uD83D\\uDE00)", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ "(.)", "\xc3\xa9\n\rz", "\xc3\xa9|z" },
	{ "(a$)", "a\n", "" },
	{ "^(a)", "a\na", "a" },
	{ "(\\d{2,3}?)(?=\\D)", "12345x", "345" },
	{ "(?<n>.)\\k<n>", "abba", "b" },
	{ "(?:(a)|b)\\1", "b", "-" },
	{ "([\\w-a]+)", "x-a b", "x-a|b" },
	{ "([[:alpha:]+)", "a::b", "a::" },
	{ "([^]+)", "a\nb", "a\nb" },
	{ "(a[]|b)", "ab", "b" },
	{ "(\\Qa\\E)", "QaE \\Qa\\E", "QaE" },
	{ "(\\v\\0\\cA)", "\x0b\x01", "" },
	{ "(a{,2}b{x}c})", "a{,2}b{x}c}", "a{,2}b{x}c}" },
	{ "(\\A\\z\\h\\R\\G\\K)", "AzhRGK", "AzhRGK" },
	{ "(\\p{L}+)", "p{L} p{L}}", "p{L}|p{L}}" },
	{ "(a#b c)", "a#b c", "a#b c" },
	{ "([\\b])", "x\by", "\b" },
	{ "(\\2)(b)", "b", "" },
	{ "(]+)", "]]", "]]" },
	{ "(?<=k=)(\\w+)(?!\\w)", "k=v", "v" },
	{ "([a-\\d]+)", "a-1b", "a-1" },
	{ "key\\s=([^\\s]+)\\s", "key\xc2\xa0=v\xe2\x80\xa9", "v" },
	{ "(\\S+)", "a\xe3\x80\x80" "b\xef\xbb\xbf\xc3\xa9", "a|b|\xc3\xa9" },
	{ "([\\S]+)", "a\xe2\x80\x89" "b\xc2\xa1", "a|b\xc2\xa1" },
	{ "(.+)", "a\xe2\x80\xa8" "b", "a|b" },
	{ "([]?a[]*)", "aa", "a|a" },
	{ "(?<$\xc3\xa9>.)(?<m>.)\\k<$\xc3\xa9>\\2", "abab", "a" },
	{ "(?:(x)|y)+", "yx", "x" },
	{ "(?:k=(\\w*);)", "k=;k=a;", "|a" },
	{ "(\\8\\400)", "8\x20" "0", "8\x20" "0" },
};

static void find_all(struct buf *out, const struct extract *extract, const char *text)
{
	struct extract_match match = { 0 };
	struct err e;
	size_t length = strlen(text);
	int found, count = 0;

	while ((found = extract_find(extract, text, length, match.next, &match, &e)) > 0) {
		if (count++)
			buf_addc(out, '|');
		if (match.start == SIZE_MAX)
			buf_addc(out, '-');
		else
			buf_add(out, text + match.start, match.end - match.start);
	}
	ck_assert_int_eq(found, 0);
}

START_TEST(expressions_find_what_javascript_finds)
{
	_cleanup_buf_ struct buf found = BUF_EMPTY;
	struct err e = { 0 };
	_cleanup_extract_ struct extract *extract = extract_new(finds[_i].expression, &e);

	ck_assert_msg(extract != NULL, "%s: %s", finds[_i].expression, e.message);
	find_all(&found, extract, finds[_i].text);
	ck_assert_msg(strcmp(buf_text(&found), finds[_i].found) == 0, "%s found: %s",
		      finds[_i].expression, buf_text(&found));
}
END_TEST

/* Some are good expressions of other dialects, which would match something else here. */
static const char *const refused[] = {
	"(a", "(a))", "(a)[", "(a)\\", "*(a)", "(a)**", "(a)++", "(a)?+", "(a){2}{3}", "(?i)(a)",
	"(?>a)(b)", "(?|(a))", "(?P<n>a)", "(?#c)(a)", "(?R)(a)", "(?1)(a)", "(?'n'a)", "(*FAIL)(a)",
	"(?<n>a)\\k<m>", "(?<1>a)", "([b-a])", "(\\uD83D)", "(?<n>a)(?<n>b)",
};

START_TEST(what_is_no_expression_there_is_refused)
{
	struct err e = { 0 };
	struct extract *extract = extract_new(refused[_i], &e);

	ck_assert_msg(extract == NULL, "%s was taken", refused[_i]);
	ck_assert_ptr_nonnull(strstr(e.message, "extract is not supported: "));
}
END_TEST

static const char *const without_group[] = { "a", "(?:a)", "\\(a\\)", "[(]a", "(?=a)", "(?<!a)" };

START_TEST(an_expression_needs_a_group)
{
	struct err e = { 0 };

	ck_assert_ptr_null(extract_new(without_group[_i], &e));
	ck_assert_str_eq(e.message, "extract must contain at least one capturing group");
}
END_TEST

START_TEST(an_endless_search_is_given_up)
{
	char text[64];
	struct extract_match match;
	struct err e = { 0 };
	_cleanup_extract_ struct extract *extract = extract_new("(x+x+)+[yz]", &e);

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(extract_find(extract, text, sizeof(text), 0, &match, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "too long"));
}
END_TEST

/* JavaScript keeps what the group took before; to mask nothing would show it. */
static const char *const lost[] = { "(x?)+", "(?:(x?)y?)*", "k?(?:-?((x?)))+", "(x|){1,3}" };

START_TEST(a_repeated_group_that_ends_with_nothing_is_an_error)
{
	_cleanup_extract_ struct extract *extract = extract_new(lost[_i], NULL);
	struct extract_match match;
	struct err e = { 0 };

	ck_assert_ptr_nonnull(extract);
	ck_assert_int_eq(extract_find(extract, "x=", 2, 0, &match, &e), -1);
	ck_assert_str_eq(e.message, "the first group, which is repeated, took nothing at the end");
}
END_TEST

START_TEST(bytes_that_are_no_text_match_nothing)
{
	_cleanup_buf_ struct buf found = BUF_EMPTY;
	_cleanup_extract_ struct extract *extract = extract_new("k=(.+)", NULL);

	find_all(&found, extract, "k=a\xff" "b k=c");
	ck_assert_str_eq(buf_text(&found), "a|c");
}
END_TEST

static Suite *extract_suite(void)
{
	Suite *suite = suite_create("extract");
	TCase *tests = tcase_create("extract");

	tcase_add_loop_test(tests, expressions_find_what_javascript_finds, 0,
			    (int)ARRAY_LENGTH(finds));
	tcase_add_loop_test(tests, what_is_no_expression_there_is_refused, 0,
			    (int)ARRAY_LENGTH(refused));
	tcase_add_loop_test(tests, an_expression_needs_a_group, 0,
			    (int)ARRAY_LENGTH(without_group));
	tcase_add_loop_test(tests, a_repeated_group_that_ends_with_nothing_is_an_error, 0,
			    ARRAY_LENGTH(lost));
	tcase_add_test(tests, an_endless_search_is_given_up);
	tcase_add_test(tests, bytes_that_are_no_text_match_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(extract_suite)
