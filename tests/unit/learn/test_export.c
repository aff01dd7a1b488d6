/* SPDX-License-Identifier: MIT */
/*
 * Cases kept as text: golden/NAME.in gives golden/NAME.json and golden/NAME.explain. With
 * UPDATE_GOLDENS=1 they are written anew: review the difference. Run from the top of the tree.
 */
#include "learn/export.h"

#include "core/base/io.h"
#include "core/policy/settings.h"
#include "tests/unit/learn/world.h"

static const char *const names[] = { "empty", "project", "secrets", "database", "rules",  "names",
				     "tmp",   "refused", "masked",  "project_secret",
				     "closed_node", "closed_python", "closed_rules", "closed_project",
				     "relative", "widen", "hosts", "linked_home", "missing_tool" };

static char *golden_text(const char *name, const char *ending)
{
	_cleanup_free_ char *path = xasprintf("tests/unit/learn/golden/%s.%s", name, ending);
	struct err e = { 0 };
	char *text = NULL;

	if (read_small_file(&text, NULL, path, 1 << 20, &e) < 0)
		ck_abort_msg("%s: %s", path, e.message);
	return text;
}

static void compare(const char *name, const char *ending, const struct buf *got)
{
	_cleanup_free_ char *path = xasprintf("tests/unit/learn/golden/%s.%s", name, ending);
	_cleanup_free_ char *wanted = NULL;

	if (getenv("UPDATE_GOLDENS")) {
		FILE *file = fopen(path, "we");

		ck_assert_ptr_nonnull(file);
		fputs(buf_text(got), file);
		fclose(file);
	}
	wanted = golden_text(name, ending);
	ck_assert_str_eq(buf_text(got), wanted);
}

START_TEST(a_known_world_gives_a_known_file)
{
	_cleanup_free_ char *text = golden_text(names[_i], "in");
	_cleanup_buf_ struct buf json = BUF_EMPTY, explain = BUF_EMPTY;
	struct settings *settings = NULL;
	struct export_input input;
	struct err e = { 0 };
	struct world world;

	world_read(&world, text);
	input = world_input(&world);
	ck_assert_msg(export_settings(&json, &explain, NULL, &input, &e) == 0, "%s", e.message);
	ck_assert_msg(settings_parse(&settings, buf_text(&json), json.length, &e) == 0, "%s",
		      e.message);
	ck_assert_uint_eq(settings->unknown_keys.count, 0);
	settings_free(settings);
	compare(names[_i], "json", &json);
	compare(names[_i], "explain", &explain);
	world_free(&world);
}
END_TEST

static const struct {
	const char *world, *words;
} failures[] = {
	{ "rule deny read dir /", "nothing could start" },
	{ "rule deny write dir relative", "cannot be written" },
	{ "rule deny write domain /x", "cannot be written" },
	{ "rule deny read exact /a\\xff", "is not UTF-8" },
	{ "file /home/a/\\xff/.env\nsensitive /home/a/\\xff/.env", "is not UTF-8" },
	{ "dir /home/a/w\nrule allow write dir /home/a/w\nrule deny write exact /home/a/w/\\xff",
	  "not UTF-8" },
	{ "sensitive /home/a/../x", "sensitive" },
};

START_TEST(what_cannot_be_kept_closed_is_an_error)
{
	_cleanup_buf_ struct buf json = BUF_EMPTY;
	struct export_input input;
	struct err e = { 0 };
	struct world world;

	world_read(&world, failures[_i].world);
	input = world_input(&world);
	ck_assert_int_eq(export_settings(&json, NULL, NULL, &input, &e), -1);
	ck_assert_uint_eq(json.length, 0);
	ck_assert_msg(strstr(e.message, failures[_i].words), "%s", e.message);
	world_free(&world);
}
END_TEST

static Suite *export_suite(void)
{
	Suite *suite = suite_create("export");
	TCase *tests = tcase_create("export");

	tcase_add_loop_test(tests, a_known_world_gives_a_known_file, 0, ARRAY_LENGTH(names));
	tcase_add_loop_test(tests, what_cannot_be_kept_closed_is_an_error, 0,
			    ARRAY_LENGTH(failures));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(export_suite)
