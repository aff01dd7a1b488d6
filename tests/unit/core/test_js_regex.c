/* SPDX-License-Identifier: MIT */
#include "core/policy/js_regex.h"

#include "tests/lib/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define REPEAT "Nothing to repeat"
#define NAME "Invalid capture group name"

/* groups counts where there is no fault. */
static const struct {
	const char *text, *fault;
	size_t groups;
} expressions[] = {
	{ "", NULL, 0 },
	{ "a|b", NULL, 0 },
	{ "token:\\s*(\\S+)", NULL, 1 },
	{ "(a)(?:b)(?<n>c)(?=d)(?!e)(?<=f)(?<!g)", NULL, 2 },
	{ "\\(a[(]", NULL, 0 },
	{ "(((((((((((x)))))))))))", NULL, 11 },
	{ "(a", "Unterminated group", 0 },
	{ "a)", "Unmatched ')'", 0 },
	{ "(?x)", "Invalid group", 0 },
	{ "(?", "Invalid group", 0 },
	{ "(?i:x)", "Invalid group", 0 },
	{ "*", REPEAT, 0 },
	{ "a**", REPEAT, 0 },
	{ "a???", REPEAT, 0 },
	{ "^*", REPEAT, 0 },
	{ "a|+", REPEAT, 0 },
	{ "\\b*", REPEAT, 0 },
	{ "{2}", REPEAT, 0 },
	{ "{2,1}", REPEAT, 0 },
	{ "a{2}{3}", REPEAT, 0 },
	{ "a??", NULL, 0 },
	{ "a{2}?", NULL, 0 },
	{ "a{,2}{", NULL, 0 },
	{ "a{1,x}", NULL, 0 },
	{ "a{99999999999,99999999998}", NULL, 0 },
	{ "a{2,1}", "numbers out of order in {} quantifier", 0 },
	{ "(?=a)*", NULL, 0 },
	{ "(?<=a)*", "Invalid quantifier", 0 },
	{ "[", "Unterminated character class", 0 },
	{ "[\\]", "Unterminated character class", 0 },
	{ "[]]", NULL, 0 },
	{ "[^]", NULL, 0 },
	{ "[b-a]", "Range out of order in character class", 0 },
	{ "[\\x62-a]", "Range out of order in character class", 0 },
	{ "[\\u0062-\\141]", "Range out of order in character class", 0 },
	{ "[\\cB-\\cA]", "Range out of order in character class", 0 },
	{ "[\\w-a][z-\\d][a-]", NULL, 0 },
	{ "[\xf0\x9f\x98\x80-\xf0\x9f\x98\x81]", "Range out of order in character class", 0 },
	{ "\\", "\\ at end of pattern", 0 },
	{ "[\\", "\\ at end of pattern", 0 },
	{ "\\p{L}\\c\\x1\\u12\\9", NULL, 0 },
	{ "]}", NULL, 0 },
	{ "(?<n>a)(?<n>b)", "Duplicate capture group name", 0 },
	{ "(?<n>a(?<n>b", "Unterminated group", 0 },
	{ "(?<>a)", NAME, 0 },
	{ "(?<1>a)", NAME, 0 },
	{ "(?<a-b>a)", NAME, 0 },
	{ "(?<a", NAME, 0 },
	{ "(?<$a1\xc3\xa9>a)", NULL, 1 },
	{ "(?<\xf0\x9f\x98\x80>a)", NAME, 0 },
	{ "(?<a\\u0062\\u{63}>x)\\k<abc>", NULL, 1 },
	{ "\\k<n>", NULL, 0 },
	{ "\\k<n>(?<n>a)", NULL, 1 },
	{ "\\k<m>(?<n>a)", "Invalid named capture referenced", 0 },
	{ "\\k(?<n>a)", "Invalid named reference", 0 },
	{ "\\k<(?<n>a)", NAME, 0 },
	{ "[\\k](?<n>a)", "Invalid escape", 0 },
};

START_TEST(an_expression_is_what_the_engine_takes)
{
	size_t groups;

	ck_assert_pstr_eq(js_regex_fault(expressions[_i].text, &groups), expressions[_i].fault);
	if (!expressions[_i].fault)
		ck_assert_uint_eq(groups, expressions[_i].groups);
}
END_TEST

static Suite *js_regex_suite(void)
{
	Suite *suite = suite_create("js regex");
	TCase *test = tcase_create("syntax");

	tcase_add_loop_test(test, an_expression_is_what_the_engine_takes, 0, COUNT(expressions));
	suite_add_tcase(suite, test);
	return suite;
}

RUN_SUITE(js_regex_suite)
