/* SPDX-License-Identifier: MIT */
#include "core/base/srt_options.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define WORDS_MOST 8
#define INVALID_FD "option '--control-fd <fd>' argument '"

static const struct {
	const char *arguments[WORDS_MOST];
	enum srt_action action;
	bool debug;
	const char *settings, *command;
	int control_fd;
	const char *words; /* joined by "|" */
} good[] = {
	{ { NULL }, SRT_RUN, false, NULL, NULL, -1, "" },
	{ { "ls", "-la" }, SRT_RUN, false, NULL, NULL, -1, "ls|-la" },
	{ { "echo", "-n", "x", "--zzz" }, SRT_RUN, false, NULL, NULL, -1, "echo|-n|x|--zzz" },
	{ { "--bogus" }, SRT_RUN, false, NULL, NULL, -1, "--bogus" },
	{ { "echo", "a", "-s", "foo" }, SRT_RUN, false, "foo", NULL, -1, "echo|a" },
	{ { "-sfoo", "a" }, SRT_RUN, false, "foo", NULL, -1, "a" },
	{ { "--settings=foo", "a" }, SRT_RUN, false, "foo", NULL, -1, "a" },
	{ { "--settings=", "a" }, SRT_RUN, false, NULL, NULL, -1, "a" },
	{ { "-s", "x", "-s", "", "a" }, SRT_RUN, false, NULL, NULL, -1, "a" },
	{ { "--settings", "a", "-s", "b" }, SRT_RUN, false, "b", NULL, -1, "" },
	{ { "-s", "--", "x" }, SRT_RUN, false, "--", NULL, -1, "x" },
	{ { "ls", "-d" }, SRT_RUN, true, NULL, NULL, -1, "ls" },
	{ { "--", "ls", "-d" }, SRT_RUN, false, NULL, NULL, -1, "ls|-d" },
	{ { "ls", "--", "-d", "--", "x" }, SRT_RUN, false, NULL, NULL, -1, "ls|-d|--|x" },
	{ { "ls", "-q", "--", "-d" }, SRT_RUN, false, NULL, NULL, -1, "ls|-q|--|-d" },
	{ { "-dc", "x y" }, SRT_RUN, true, NULL, "x y", -1, "" },
	{ { "-dcx", "y" }, SRT_RUN, true, NULL, "x", -1, "y" },
	{ { "-dx" }, SRT_RUN, true, NULL, NULL, -1, "-x" },
	{ { "-c", "" }, SRT_RUN, false, NULL, "", -1, "" },
	{ { "-c", "-d", "x" }, SRT_RUN, false, NULL, "-d", -1, "x" },
	{ { "--debug=1" }, SRT_RUN, false, NULL, NULL, -1, "--debug=1" },
	{ { "-", "" }, SRT_RUN, false, NULL, NULL, -1, "-|" },
	{ { "--control-fd", "3", "x" }, SRT_RUN, false, NULL, NULL, 3, "x" },
	{ { "--control-fd=0012", "x" }, SRT_RUN, false, NULL, NULL, 12, "x" },
	{ { "-h" }, SRT_HELP, false, NULL, NULL, -1, "-h" },
	{ { "x", "--help" }, SRT_HELP, false, NULL, NULL, -1, "x|--help" },
	{ { "x", "--", "--help" }, SRT_RUN, false, NULL, NULL, -1, "x|--help" },
	{ { "x", "-q", "--", "-h" }, SRT_HELP, false, NULL, NULL, -1, "x|-q|--|-h" },
	{ { "help" }, SRT_RUN, false, NULL, NULL, -1, "help" },
	{ { "x", "--version" }, SRT_VERSION, false, NULL, NULL, -1, "x" },
	{ { "-dV", "--control-fd", "no" }, SRT_VERSION, true, NULL, NULL, -1, "" },
	{ { "proxy", "--listen", "x" }, SRT_SUBCOMMAND, false, NULL, NULL, -1, "proxy|--listen|x" },
	{ { "x", "proxy" }, SRT_RUN, false, NULL, NULL, -1, "x|proxy" },
	{ { "windows-install" }, SRT_SUBCOMMAND, false, NULL, NULL, -1, "windows-install" },
};

static const struct {
	const char *arguments[WORDS_MOST];
	const char *message;
} bad[] = {
	{ { "-s" }, "option '-s, --settings <path>' argument missing" },
	{ { "x", "--settings" }, "option '-s, --settings <path>' argument missing" },
	{ { "-c" }, "option '-c <command>' argument missing" },
	{ { "-dc" }, "option '-c <command>' argument missing" },
	{ { "--control-fd" }, "option '--control-fd <fd>' argument missing" },
	{ { "--control-fd", "2" }, INVALID_FD "2' is invalid." },
	{ { "--control-fd", "" }, INVALID_FD "' is invalid." },
	{ { "--control-fd", "-1" }, INVALID_FD "-1' is invalid." },
	{ { "--control-fd", "0x10" }, INVALID_FD "0x10' is invalid." },
	{ { "--control-fd", " 3" }, INVALID_FD " 3' is invalid." },
	{ { "--control-fd", "99999999999999999999" }, INVALID_FD "99999999999999999999' is invalid." },
};

static int parse(struct srt_options *options, const char *const *arguments, struct err *e)
{
	char *argv[WORDS_MOST + 2] = { (char *)"srt" };
	int argc = 1;

	for (; arguments[argc - 1]; argc++)
		argv[argc] = (char *)arguments[argc - 1];
	return srt_options_parse(options, argc, argv, e);
}

START_TEST(line_is_parsed)
{
	_cleanup_buf_ struct buf joined = BUF_EMPTY;
	struct srt_options options;
	struct err e;

	ck_assert_int_eq(parse(&options, good[_i].arguments, &e), 0);
	ck_assert_int_eq(options.action, good[_i].action);
	ck_assert_int_eq(options.debug, good[_i].debug);
	ck_assert_pstr_eq(options.settings, good[_i].settings);
	ck_assert_pstr_eq(options.command_string, good[_i].command);
	ck_assert_int_eq(options.control_fd, good[_i].control_fd);
	for (size_t i = 0; i < options.words.count; i++)
		buf_addf(&joined, "%s%s", i ? "|" : "", options.words.items[i]);
	ck_assert_str_eq(buf_text(&joined), good[_i].words);
	srt_options_free(&options);
}
END_TEST

START_TEST(mistake_is_named)
{
	struct srt_options options;
	struct err e = { .message = "" };

	ck_assert_int_eq(parse(&options, bad[_i].arguments, &e), -1);
	ck_assert_int_eq(strncmp(e.message, bad[_i].message, strlen(bad[_i].message)), 0);
	srt_options_free(&options);
}
END_TEST

static Suite *srt_options_suite(void)
{
	Suite *suite = suite_create("srt_options");
	TCase *tests = tcase_create("srt_options");

	tcase_add_loop_test(tests, line_is_parsed, 0, ARRAY_LENGTH(good));
	tcase_add_loop_test(tests, mistake_is_named, 0, ARRAY_LENGTH(bad));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(srt_options_suite)
