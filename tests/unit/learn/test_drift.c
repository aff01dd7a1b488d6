/* SPDX-License-Identifier: MIT */
#include "learn/drift.h"

#include "tests/unit/learn/world.h"

static const struct {
	const char *rows; /* VERDICT OBJECT FIRST_MS ERROR, one a line; kind read */
	const char *found;
} cases[] = {
	{ "", "" },
	{ "allow /hidden/a 5 0", "" },
	{ "allow /hidden/a 15 0", "/hidden/a " },
	{ "deny /hidden/a 15 13", "/hidden/a " },
	{ "allow /hidden/a 10 0", "" },
	{ "allow /open 15 0", "" },
	{ "allow /hidden/a 15 2", "" },
	{ "allow /hidden/a 15 0\ndeny /hidden/a 5 13", "" },
	{ "allow /hidden/a 15 0\ndeny /hidden/a 16 13\nallow /hidden/b 17 0", "/hidden/a /hidden/b " },
};

START_TEST(only_what_is_new_and_not_open_is_found)
{
	static const char text[] =
		"{\"network\":{\"allowedDomains\":[],\"deniedDomains\":[]},"
		"\"filesystem\":{\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]}}";
	_cleanup_free_ char *lines = xstrdup(cases[_i].rows);
	_cleanup_buf_ struct buf found = BUF_EMPTY;
	struct settings *settings = NULL;
	struct mount_plan plan = { 0 };
	struct drift drift = { 0 };
	struct world world = { 0 };
	struct err e;

	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
		char verdict[16], object[64];
		int first, error;
		struct access_row *row;

		ck_assert_int_eq(sscanf(line, "%15s %63s %d %d", verdict, object, &first, &error), 4);
		row = world_access(&world, verdict[0] == 'a' ? VERDICT_ALLOW : VERDICT_DENY,
				   ACCESS_READ, object);
		row->first_ms = row->last_ms = first;
		row->error = error;
	}
	ck_assert_int_eq(settings_parse(&settings, text, sizeof(text) - 1, &e), 0);
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_BASE, "/", "/", NULL);
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/hidden", "denyRead /hidden");
	drift_find(&drift, world.accesses, world.access_count, 10, settings, &plan, 10);
	for (size_t i = 0; i < drift.replay.count; i++)
		buf_addf(&found, "%s ", drift.replay.items[i].row->object);
	ck_assert_str_eq(buf_text(&found), cases[_i].found);
	ck_assert_uint_eq(drift.replay.refused, drift.replay.count);
	drift_free(&drift);
	mount_plan_free(&plan);
	settings_free(settings);
	world_free(&world);
}
END_TEST

static Suite *drift_suite(void)
{
	Suite *suite = suite_create("drift");
	TCase *tests = tcase_create("drift");

	tcase_add_loop_test(tests, only_what_is_new_and_not_open_is_found, 0,
			    (int)ARRAY_LENGTH(cases));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(drift_suite)
