/* SPDX-License-Identifier: MIT */
#include "core/base/options.h"

#include <string.h>

#include "tests/lib/unit.h"

#define WORDS_MOST 8

static const struct {
	const char *words[WORDS_MOST];
	bool good;
	bool json, all;
	const char *name;
	const char *operands; /* joined by "|" */
} lines[] = {
	{ { NULL }, true, false, false, NULL, "" },
	{ { "--json" }, true, true, false, NULL, "" },
	{ { "--name", "x" }, true, false, false, "x", "" },
	{ { "--name=x" }, true, false, false, "x", "" },
	{ { "--name=" }, true, false, false, "", "" },
	{ { "-n", "x" }, true, false, false, "x", "" },
	{ { "-nx" }, true, false, false, "x", "" },
	{ { "-an", "x" }, true, false, true, "x", "" },
	{ { "a", "--json", "b" }, true, true, false, NULL, "a|b" },
	{ { "--", "--json", "-n" }, true, false, false, NULL, "--json|-n" },
	{ { "-", "" }, true, false, false, NULL, "-|" },
	{ { "--name", "x", "--name", "y" }, true, false, false, "y", "" },
	{ { "--name", "--json" }, true, false, false, "--json", "" },
	{ { "--name" }, false, false, false, NULL, NULL },
	{ { "-n" }, false, false, false, NULL, NULL },
	{ { "--js" }, false, false, false, NULL, NULL },
	{ { "--jsonx" }, false, false, false, NULL, NULL },
	{ { "--json=1" }, false, false, false, NULL, NULL },
	{ { "-x" }, false, false, false, NULL, NULL },
	{ { "-ax" }, false, false, false, NULL, NULL },
	{ { "--=x" }, false, false, false, NULL, NULL },
};

START_TEST(line_is_parsed)
{
	_cleanup_strings_ struct strings operands = STRINGS_EMPTY;
	_cleanup_buf_ struct buf joined = BUF_EMPTY;
	bool json = false, all = false;
	const char *name = NULL;
	const struct option_spec specs[] = {
		{ 0, "json", &json, NULL },
		{ 'n', "name", NULL, &name },
		{ 'a', NULL, &all, NULL },
	};
	char *argv[WORDS_MOST + 2] = { (char *)"command" };
	struct err e = { .message = "" };
	int argc = 1, result;

	for (; lines[_i].words[argc - 1]; argc++)
		argv[argc] = (char *)lines[_i].words[argc - 1];
	result = options_parse(specs, 3, argc, argv, &operands, &e);
	ck_assert_int_eq(result, lines[_i].good ? 0 : -1);
	if (!lines[_i].good) {
		ck_assert_str_ne(e.message, "");
		return;
	}
	ck_assert_int_eq(json, lines[_i].json);
	ck_assert_int_eq(all, lines[_i].all);
	ck_assert_pstr_eq(name, lines[_i].name);
	for (size_t i = 0; i < operands.count; i++)
		buf_addf(&joined, "%s%s", i ? "|" : "", operands.items[i]);
	ck_assert_str_eq(buf_text(&joined), lines[_i].operands);
}
END_TEST

static Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_loop_test(tests, line_is_parsed, 0, (int)(sizeof(lines) / sizeof(lines[0])));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(options_suite)
