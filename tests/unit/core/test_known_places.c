/* SPDX-License-Identifier: MIT */
#include "core/sandbox/known_places.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/sandbox/plan_tree.h"
#include "tests/lib/unit.h"

static unsigned find(const struct known_places *places, const char *path)
{
	return known_places_find(places, path, strlen(path));
}

START_TEST(what_is_added_is_known_and_adds_up)
{
	struct known_places *places = known_places_new();

	known_places_refresh(places, 1, places);
	ck_assert_uint_eq(find(places, "/usr/bin"), KNOWN_NOTHING);
	known_places_add(places, "/usr/bin/env", 8, KNOWN_DIRECTORY);
	known_places_add(places, "/usr/bin", 8, KNOWN_OBJECT);
	ck_assert_uint_eq(find(places, "/usr/bin"), KNOWN_DIRECTORY | KNOWN_OBJECT);
	ck_assert_uint_eq(find(places, "/usr/bi"), KNOWN_NOTHING);
	ck_assert_uint_eq(find(places, "/usr/bin/"), KNOWN_NOTHING);
	known_places_free(places);
}
END_TEST

START_TEST(another_second_or_plan_forgets_all)
{
	struct known_places *places = known_places_new();
	int plan, other;

	known_places_refresh(places, 1, &plan);
	known_places_add(places, "/a", 2, KNOWN_OBJECT);
	known_places_refresh(places, 1, &plan);
	ck_assert_uint_eq(find(places, "/a"), KNOWN_OBJECT);
	known_places_refresh(places, 2, &plan);
	ck_assert_uint_eq(find(places, "/a"), KNOWN_NOTHING);
	known_places_add(places, "/a", 2, KNOWN_READABLE);
	known_places_refresh(places, 2, &other);
	ck_assert_uint_eq(find(places, "/a"), KNOWN_NOTHING);
	known_places_free(places);
}
END_TEST

START_TEST(alias_has_its_target)
{
	struct known_places *places = known_places_new();
	char longest[300];

	known_places_add_alias(places, "/lib/x", 4, "/usr/lib");
	ck_assert_str_eq(known_places_target(places, "/lib", 4), "/usr/lib");
	ck_assert_ptr_null(known_places_target(places, "/lib/x", 6));
	known_places_add(places, "/bin", 4, KNOWN_DIRECTORY);
	ck_assert_ptr_null(known_places_target(places, "/bin", 4));
	/* What does not fit is not kept, whole or in part. */
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	known_places_add_alias(places, "/x", 2, longest);
	ck_assert_uint_eq(find(places, "/x"), KNOWN_NOTHING);
	known_places_add(places, longest, strlen(longest), KNOWN_OBJECT);
	ck_assert_uint_eq(find(places, longest), KNOWN_NOTHING);
	known_places_free(places);
}
END_TEST

START_TEST(many_paths_never_take_each_others_place_in_part)
{
	struct known_places *places = known_places_new();
	char path[32];

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/dir/%u", i);
		known_places_add(places, path, strlen(path), i % 2 ? KNOWN_OBJECT : KNOWN_MISSING);
	}
	for (unsigned i = 0; i < 5000; i++) {
		unsigned what;

		snprintf(path, sizeof(path), "/dir/%u", i);
		what = find(places, path);
		ck_assert(what == KNOWN_NOTHING ||
			  what == (unsigned)(i % 2 ? KNOWN_OBJECT : KNOWN_MISSING));
	}
	known_places_free(places);
}
END_TEST

static const struct {
	const char *path;
	bool fixed;
} places_of_a_plan[] = {
	{ "/usr/bin/env", true },     { "/", true },		  { "/home/a/file", true },
	{ "/home/a/work", false },    { "/home/a/work/x", false }, { "/home/a/workshop", true },
	/* A read-only place in a writable one can be moved with it. */
	{ "/home/a/work/fixed/x", false },
	{ "/home/a/hidden/x", false }, { "/dev/shm/x", false },   { "/proc/self/exe", false },
};

START_TEST(place_is_fixed_where_nothing_above_it_is_writable)
{
	struct mount_plan plan = { 0 };
	struct plan_tree *tree;

	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_BASE, "/", "/", NULL);
	mount_plan_add(&plan, MOUNT_BIND, ORIGIN_SETTINGS, "/home/a/work", "/home/a/work", NULL);
	mount_plan_add(&plan, MOUNT_RO_BIND, ORIGIN_SETTINGS, "/home/a/work/fixed",
		       "/home/a/work/fixed", NULL);
	mount_plan_add(&plan, MOUNT_MASK_DIR, ORIGIN_SETTINGS, NULL, "/home/a/hidden", NULL);
	tree = plan_tree_new(&plan);
	ck_assert_msg(plan_tree_is_fixed(tree, places_of_a_plan[_i].path) ==
			      places_of_a_plan[_i].fixed,
		      "%s", places_of_a_plan[_i].path);
	plan_tree_free(tree);
	mount_plan_free(&plan);
}
END_TEST

static Suite *known_places_suite(void)
{
	Suite *suite = suite_create("known_places");
	TCase *tests = tcase_create("known_places");

	tcase_add_test(tests, what_is_added_is_known_and_adds_up);
	tcase_add_test(tests, another_second_or_plan_forgets_all);
	tcase_add_test(tests, alias_has_its_target);
	tcase_add_test(tests, many_paths_never_take_each_others_place_in_part);
	tcase_add_loop_test(tests, place_is_fixed_where_nothing_above_it_is_writable, 0,
			    ARRAY_LENGTH(places_of_a_plan));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(known_places_suite)
