/* SPDX-License-Identifier: MIT */
#include "core/sandbox/layer.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text, *name;
} names[] = {
	{ "/home/me", "%2Fhome%2Fme" },
	{ "files", "files" },
	{ "..", "%2E." },
	{ ".", "%2E" },
	{ "a.b@1_-", "a.b@1_-" },
	{ "100%", "100%25" },
	{ "/a%2Fb", "%2Fa%252Fb" },
	{ "/a b\nc", "%2Fa b\nc" },
};

START_TEST(a_path_is_one_name_and_comes_back)
{
	_cleanup_free_ char *name = layer_encode(names[_i].text);
	_cleanup_free_ char *text = layer_decode(name);

	ck_assert_str_eq(name, names[_i].name);
	ck_assert_str_eq(text, names[_i].text);
}
END_TEST

START_TEST(what_no_path_becomes_is_none)
{
	static const char *const bad[] = { "%", "%2", "a%", "%zz", "%00" };

	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		_cleanup_free_ char *text = layer_decode(bad[i]);

		ck_assert_msg(!text, "%s", bad[i]);
	}
}
END_TEST

START_TEST(mounts_below_are_seen)
{
	/* /proc is mounted wherever this runs, and nothing below a directory that is not there. */
	ck_assert(layer_has_mounts_below("/"));
	ck_assert(!layer_has_mounts_below("/nothing/here"));
}
END_TEST

static Suite *layer_suite(void)
{
	Suite *suite = suite_create("layer");
	TCase *tests = tcase_create("layer");

	tcase_add_loop_test(tests, a_path_is_one_name_and_comes_back, 0, (int)ARRAY_LENGTH(names));
	tcase_add_test(tests, what_no_path_becomes_is_none);
	tcase_add_test(tests, mounts_below_are_seen);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(layer_suite)
