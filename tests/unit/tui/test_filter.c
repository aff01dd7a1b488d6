/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/filter.h"

static const struct access_event connection = {
	.kind = ACCESS_CONNECT,
	.object = (char *)"api.GitHub.com:443",
	.verdict = VERDICT_DENY,
	.why = (char *)"no rule matches",
	.server = (char *)"github-mcp",
	.exe = (char *)"/usr/bin/node",
	.pid = 41830,
	.count = 7,
};

static const struct access_event file = {
	.kind = ACCESS_WRITE,
	.object = (char *)"/home/me/a b/Host=x",
	.verdict = VERDICT_ALLOW,
	.rule = (char *)"allow write /home/me (dir)",
	.exe = (char *)"/usr/bin/git",
	.syscall = (char *)"openat",
	.count = 1,
};

static const struct {
	const char *text;
	bool connection, file;
} filters[] = {
	{ "", true, true },
	{ "   ", true, true },
	{ "net", true, false },
	{ "file", false, true },
	{ "connect | write", true, true },
	{ "net & deny & host~github", true, false },
	{ "net deny host~GITHUB", true, false },
	{ "net & allow", false, false },
	{ "!net", false, true },
	{ "!(net | file)", false, false },
	{ "!!net", true, false },
	{ "deny | allow & write", true, true },
	{ "(deny | allow) & write", false, true },
	{ "github", true, false },
	{ "mcp", false, false }, /* the server is asked for by its field */
	{ "server~mcp", true, false },
	{ "USR/BIN", true, true },
	{ "\"a b\"", false, true },
	{ "\"deny\"", false, false }, /* the word, not the verdict */
	{ "path~\"a b\"", false, true },
	{ "path~github", false, false },
	{ "host~443", false, false }, /* that is the port */
	{ "port=443", true, false },
	{ "port > 400 port<=443", true, false },
	{ "port!=443", false, false }, /* a file has none */
	{ "host=api.github.com", true, false },
	{ "host!=api.github.com", false, false },
	{ "object=api.github.com:443", true, false },
	{ "object!=api.github.com:443", false, true },
	{ "kind=net", true, false },
	{ "kind!=net", false, true },
	{ "verdict = deny", true, false },
	{ "session=3", true, true },
	{ "session!=3", false, false },
	{ "count>=7", true, false },
	{ "count<7", false, true },
	{ "pid=41830", true, false },
	{ "rule~write", false, true },
	{ "rule!=x", true, true },
	{ "call=openat", false, true },
	{ "exe~node | server~none", true, false },
	{ "why~MATCHES", true, false },
	{ "\"Host=x\"", false, true },
};

START_TEST(filters_choose_what_they_say)
{
	struct err e;
	struct filter *filter = filter_parse(filters[_i].text, &e);

	if (filter == NULL)
		ck_abort_msg("%s: %s", filters[_i].text, e.message);
	ck_assert_msg(filter_matches(filter, &connection, 3) == filters[_i].connection, "%s",
		      filters[_i].text);
	ck_assert_msg(filter_matches(filter, &file, 3) == filters[_i].file, "%s", filters[_i].text);
	filter_free(filter);
}
END_TEST

static const struct {
	const char *text, *message;
} mistakes[] = {
	{ "net &", "something is missing at the end (column 6)" },
	{ "net | | deny", "a word is missing (column 7)" },
	{ "(net", "a parenthesis that does not end" },
	{ "net)", "a parenthesis too many (column 4)" },
	{ "\"net", "a quote that does not end (column 1)" },
	{ "colour=red", "no such field" },
	{ "port=https", "not a number" },
	{ "port=-1", "not a number" },
	{ "port=99999999999999999999", "not a number" },
	{ "port~4", "a number is compared with" },
	{ "path<x", "text is compared with" },
	{ "kind=deny", "not a kind of access" },
	{ "verdict~deny", "are compared with = or !=" },
	{ "host~", "something is missing at the end" },
	{ "!!!!!!!!!!!!!!!!!!!!net", "too deep" },
	{ "((((((((((((((((((((net))))))))))))))))))))", "too deep" },
};

START_TEST(mistakes_are_named_with_their_column)
{
	struct err e;

	ck_assert_ptr_null(filter_parse(mistakes[_i].text, &e));
	ck_assert_msg(strstr(e.message, mistakes[_i].message) != NULL, "%s: %s", mistakes[_i].text,
		      e.message);
}
END_TEST

#define KIND(kind) (1u << ACCESS_##kind)
#define VERDICT(verdict) (1u << VERDICT_##verdict)
#define ALL_KINDS ((1u << ACCESS_KIND_COUNT) - 1)
#define ALL_VERDICTS ((1u << VERDICT_COUNT) - 1)

static const struct {
	const char *text;
	unsigned kinds, verdicts;
} bounds[] = {
	{ "", ALL_KINDS, ALL_VERDICTS },
	{ "github", ALL_KINDS, ALL_VERDICTS },
	{ "!github", ALL_KINDS, ALL_VERDICTS },
	{ "deny", ALL_KINDS, VERDICT(DENY) },
	{ "!deny", ALL_KINDS, VERDICT(ALLOW) | VERDICT(ASK) },
	{ "read | write", KIND(READ) | KIND(WRITE), ALL_VERDICTS },
	{ "read & deny & host~x", KIND(READ), VERDICT(DENY) },
	{ "read & deny | connect", KIND(READ) | KIND(CONNECT), ALL_VERDICTS },
	{ "(read | count>3) & ask", ALL_KINDS, VERDICT(ASK) },
	{ "read & write", 0, 0 },
};

START_TEST(what_can_match_is_known_before)
{
	struct err e;
	struct filter *filter = filter_parse(bounds[_i].text, &e);
	unsigned kinds, verdicts;

	filter_bounds(filter, &kinds, &verdicts);
	ck_assert_uint_eq(kinds, bounds[_i].kinds);
	ck_assert_uint_eq(verdicts, bounds[_i].verdicts);
	filter_free(filter);
}
END_TEST

START_TEST(filters_are_bounded)
{
	char words[FILTER_MOST + 8];
	struct err e;

	memset(words, 'a', sizeof(words));
	words[FILTER_MOST + 1] = '\0';
	ck_assert_ptr_null(filter_parse(words, &e));
	for (size_t i = 0; i + 1 < sizeof(words); i++)
		words[i] = i % 2 ? ' ' : 'a';
	words[FILTER_MOST] = '\0';
	ck_assert_ptr_null(filter_parse(words, &e));
	ck_assert_ptr_nonnull(strstr(e.message, "too long"));
}
END_TEST

START_TEST(text_is_found_in_any_case_and_not_beyond_its_end)
{
	ck_assert(filter_contains("/A/Bc", "b"));
	ck_assert(filter_contains("aab", "ab"));
	ck_assert(filter_contains("x", ""));
	ck_assert(!filter_contains("ab", "abc"));
	ck_assert(!filter_contains("", "a"));
	ck_assert(!filter_contains(NULL, ""));
}
END_TEST

static Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tests = tcase_create("filter");

	tcase_add_loop_test(tests, filters_choose_what_they_say, 0, (int)ARRAY_LENGTH(filters));
	tcase_add_loop_test(tests, mistakes_are_named_with_their_column, 0,
			    (int)ARRAY_LENGTH(mistakes));
	tcase_add_loop_test(tests, what_can_match_is_known_before, 0, (int)ARRAY_LENGTH(bounds));
	tcase_add_test(tests, filters_are_bounded);
	tcase_add_test(tests, text_is_found_in_any_case_and_not_beyond_its_end);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(filter_suite)
