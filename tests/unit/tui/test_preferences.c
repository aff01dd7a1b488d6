/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/preferences.h"

static int parse(struct preferences *preferences, const char *text, struct err *e)
{
	return preferences_parse(preferences, text, strlen(text), e);
}

START_TEST(everything_can_be_set)
{
	struct preferences p;
	struct err e;

	ck_assert_int_eq(parse(&p,
			       "{\"theme\":\"dark\",\"ascii\":true,\"mouse\":false,\"hold\":60,"
			       "\"question\":{\"scope\":\"dir\",\"for\":\"once\"},"
			       "\"notify\":{\"bell\":false,\"terminal\":true,\"desktop\":true},"
			       "\"columns\":[\"server\",\"state\"]}",
			       &e),
			 0);
	ck_assert_int_eq(p.theme, THEME_DARK);
	ck_assert(p.ascii && !p.mouse);
	ck_assert_int_eq(p.hold_seconds, 60);
	ck_assert_int_eq(p.scope, SCOPE_DIR);
	ck_assert_int_eq(p.duration, DURATION_ONCE);
	ck_assert(!p.bell && p.terminal_notice && p.desktop_notice);
	ck_assert_uint_eq(p.columns.count, 2);
	ck_assert_int_eq(p.columns.items[1], COLUMN_STATE);
}
END_TEST

START_TEST(nothing_set_is_the_default)
{
	struct preferences p;
	struct err e;

	ck_assert_int_eq(parse(&p, "{}", &e), 0);
	ck_assert_int_eq(p.duration, DURATION_SESSION);
	ck_assert_int_eq(p.hold_seconds, -1);
	ck_assert(p.bell && p.mouse && !p.desktop_notice);
	ck_assert_uint_eq(p.columns.count, COLUMN_COUNT);
	ck_assert_int_eq(preferences_load(&p, "/nowhere/config.json", &e), 0);
	ck_assert(p.bell);
}
END_TEST

static const struct {
	const char *text, *message;
} mistakes[] = {
	{ "", "" },
	{ "[]", "the file: has to be an object" },
	{ "{\"colour\":1}", "colour: there is no such setting" },
	{ "{\"question\":{\"Scope\":\"dir\"}}", "question.Scope: there is no such setting" },
	{ "{\"question\":{\"for\":\"always\"}}", "question.for: has to be \"once\" or" },
	{ "{\"notify\":[]}", "notify: has to be an object" },
	{ "{\"notify\":{\"bell\":1}}", "notify.bell: has to be true or false" },
	{ "{\"hold\":-1}", "hold: has to be a whole number" },
	{ "{\"hold\":1.5}", "hold: has to be a whole number" },
	{ "{\"hold\":1e300}", "hold: has to be a whole number" },
	{ "{\"theme\":\"Dark\"}", "theme: has to be" },
	{ "{\"mouse\":true,\"mouse\":true}", "twice" },
	{ "{\"columns\":[\"server\",\"server\"]}", "columns[1]: that column is there already" },
	{ "{\"columns\":[\"server\",\"size\"]}", "columns[1]: has to be one of" },
	{ "{\"columns\":[\"state\"]}", "columns: \"server\" has to be among them" },
	{ "{} x", "" },
};

START_TEST(mistakes_are_named_with_their_place)
{
	struct preferences p;
	struct err e = { .message = "" };

	ck_assert_int_eq(parse(&p, mistakes[_i].text, &e), -1);
	ck_assert_msg(strstr(e.message, mistakes[_i].message) != NULL && e.message[0] != '\0',
		      "%s: %s", mistakes[_i].text, e.message);
}
END_TEST

START_TEST(an_error_names_the_file)
{
	char path[] = "/tmp/srt-top-preferences-XXXXXX";
	int fd = mkstemp(path);
	struct preferences p;
	struct err e;

	ck_assert_int_eq(write(fd, "{\"x\":1}", 7), 7);
	close(fd);
	ck_assert_int_eq(preferences_load(&p, path, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, path));
	ck_assert_ptr_nonnull(strstr(e.message, ": x: there is no such setting"));
	unlink(path);
}
END_TEST

static Suite *preferences_suite(void)
{
	Suite *suite = suite_create("preferences");
	TCase *tests = tcase_create("preferences");

	tcase_add_test(tests, everything_can_be_set);
	tcase_add_test(tests, nothing_set_is_the_default);
	tcase_add_loop_test(tests, mistakes_are_named_with_their_place, 0,
			    (int)ARRAY_LENGTH(mistakes));
	tcase_add_test(tests, an_error_names_the_file);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(preferences_suite)
