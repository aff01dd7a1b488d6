/* SPDX-License-Identifier: MIT */
#include "learn/names.h"

#include "tests/lib/unit.h"

static const struct {
	const char *name;
	enum name_part part;
	const char *shape;
} names[] = {
	{ "", NAME_PLAIN, "" },
	{ "index.js", NAME_PLAIN, "index.js" },
	{ "README2", NAME_PLAIN, "README2" },
	{ "sha256", NAME_PLAIN, "sha256" },
	{ "utf8", NAME_PLAIN, "utf8" },
	{ "libstdc++", NAME_PLAIN, "libstdc++" },
	{ "deadbeef", NAME_PLAIN, "deadbeef" },
	{ "deadbeef-1", NAME_NUMBER, "deadbeef-{number}" },
	{ "JavaScriptCore", NAME_PLAIN, "JavaScriptCore" },
	{ "x86_64-linux-gnu", NAME_NUMBER, "x86_{number}-linux-gnu" },
	{ "server.4711.log", NAME_NUMBER, "server.{number}.log" },
	{ "4711", NAME_NUMBER, "{number}" },
	{ "libm.so.6", NAME_NUMBER, "libm.so.{number}" },
	{ "v20.11.1", NAME_VERSION, "{version}" },
	{ "pkg-1.2", NAME_VERSION, "pkg-{version}" },
	{ "pkg-1.2.3-beta.4", NAME_VERSION, "pkg-{version}-beta.{number}" },
	{ "15b07286cbcc3329", NAME_HASH, "{hash}" },
	{ "app.1a2b3c4d.js", NAME_HASH, "app.{hash}.js" },
	{ "tmp.AbC123", NAME_RANDOM, "tmp.{random}" },
	{ "x-Zq83Kd9P", NAME_RANDOM, "x-{random}" },
	{ "1700000000", NAME_TIME, "{time}" },
	{ "2700000000", NAME_NUMBER, "{number}" },
	{ "debug-1700000000123.log", NAME_TIME, "debug-{time}.log" },
	{ "log-2024-01-31.txt", NAME_DATE, "log-{date}.txt" },
	{ "log-20240131", NAME_DATE, "log-{date}" },
	{ "2024_01_31T12_00", NAME_DATE, "{date}T12_{number}" },
	{ "20241331", NAME_NUMBER, "{number}" },
	{ "2024-01-311", NAME_NUMBER, "{number}-{number}-{number}" },
	{ "550e8400-e29b-41d4-a716-446655440000.json", NAME_UUID, "{uuid}.json" },
	{ "550e8400-e29b-41d4-a716-44665544000", NAME_HASH, NULL },
	{ "\xff\xfe.7", NAME_NUMBER, "\xff\xfe.{number}" },
};

START_TEST(a_name_is_taken_apart)
{
	_cleanup_buf_ struct buf shape = BUF_EMPTY;

	ck_assert_msg(name_examine(names[_i].name, &shape) == names[_i].part, "%s: %s, %s",
		      names[_i].name, name_part_words(name_examine(names[_i].name, NULL)),
		      buf_text(&shape));
	if (names[_i].shape)
		ck_assert_str_eq(buf_text(&shape), names[_i].shape);
}
END_TEST

START_TEST(companions_are_known_by_their_endings)
{
	ck_assert(name_is_companion("x.db-journal"));
	ck_assert(name_is_companion("x.db-wal"));
	ck_assert(name_is_companion("package-lock.json.tmp"));
	ck_assert(name_is_companion("notes~"));
	ck_assert(!name_is_companion("package-lock.json"));
	ck_assert(!name_is_companion(".lock"));
}
END_TEST

static Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = tcase_create("names");

	tcase_add_loop_test(tests, a_name_is_taken_apart, 0,
			    (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(tests, companions_are_known_by_their_endings);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(names_suite)
