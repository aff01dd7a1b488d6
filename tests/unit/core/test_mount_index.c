/* SPDX-License-Identifier: MIT */
#include "core/sandbox/mount_index.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/unit.h"

static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % sides;
}

/* A small alphabet, so that paths lie in each other and only look as if they did. */
static void make_path(char path[128])
{
	static const char *const names[] = { "a", "ab", "b", "a b", "\xff", "abc" };

	strcpy(path, roll(12) ? "" : "/");
	for (unsigned left = roll(6); left && strcmp(path, "/") != 0; left--) {
		strcat(path, "/");
		strcat(path, names[roll(6)]);
	}
	if (!*path)
		strcpy(path, "/");
}

START_TEST(it_answers_like_the_plan)
{
	size_t found = 0;

	for (unsigned world = 0; world < 400; world++) {
		struct mount_plan plan = { 0 };
		struct mount_index *index;
		char path[128];

		seed = 0x9e3779b97f4a7c15u * (world + 1);
		for (unsigned left = roll(40); left; left--) {
			make_path(path);
			mount_plan_add(&plan, MOUNT_BIND, ORIGIN_BASE, path, path, NULL);
		}
		index = mount_index_new(&plan);
		for (int i = 0; i < 200; i++) {
			const struct mount *wanted;

			make_path(path);
			wanted = mount_plan_find(&plan, path);
			ck_assert_ptr_eq(mount_index_find(index, path), wanted);
			found += wanted != NULL;
		}
		ck_assert_ptr_null(mount_index_find(index, "relative"));
		mount_index_free(index);
		mount_plan_free(&plan);
	}
	ck_assert_uint_gt(found, 10000);
}
END_TEST

static Suite *mount_index_suite(void)
{
	Suite *suite = suite_create("mount index");
	TCase *tests = tcase_create("mount index");

	tcase_add_test(tests, it_answers_like_the_plan);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mount_index_suite)
