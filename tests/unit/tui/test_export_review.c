/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/export_review.h"

static const char exported[] =
	"{\"network\":{\"allowedDomains\":[\"a.org\",\"b.org\"],\"deniedDomains\":[]},"
	"\"filesystem\":{\"denyRead\":[\"/home/me/.ssh\"],\"allowRead\":[],"
	"\"allowWrite\":[\"/home/me/src\"],\"denyWrite\":[]}}";
static const char explain[] = "allowedDomains a.org: connected 3 times\n"
			      "allowWrite ~/src: written by /bin/cat: twice\n"
			      "note: something else\n";
static const char before[] = "{\"network\":{\"allowedDomains\":[\"a.org\",\"old.org\"]},"
			     "\"allowPty\":true,\"filesystem\":{\"denyRead\":[]}}";

static struct export_review review;

static void setup(void)
{
	memset(&review, 0, sizeof(review));
	export_review_open(&review, "files", "/x.json");
}

static void teardown(void)
{
	export_review_free(&review);
}

static void take(const char *old)
{
	struct err e = { .message = "" };

	if (export_review_take(&review, old, exported, explain, "/home/me", &e) < 0)
		ck_abort_msg("%s", e.message);
}

static const struct export_entry *entry(const char *text)
{
	for (size_t i = 0; i < review.count; i++)
		if (strcmp(review.items[i].text, text) == 0)
			return &review.items[i];
	ck_abort_msg("no entry %s", text);
}

START_TEST(each_entry_is_kept_added_or_goes)
{
	take(before);
	ck_assert_uint_eq(review.count, 5);
	ck_assert_int_eq(entry("a.org")->change, EXPORT_SAME);
	ck_assert_int_eq(entry("b.org")->change, EXPORT_ADD);
	ck_assert_int_eq(entry("old.org")->change, EXPORT_REMOVE);
	ck_assert_str_eq(entry("a.org")->why, "connected 3 times");
	ck_assert_str_eq(entry("/home/me/src")->why, "written by /bin/cat: twice");
	ck_assert_ptr_null(entry("b.org")->why);
	ck_assert_uint_eq(review.notes.count, 1);
}
END_TEST

/* Additions are ticked, removals are not: what a person wrote stays unless they say so. */
START_TEST(only_ticked_changes_are_written_and_the_rest_is_kept)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY, other = BUF_EMPTY;
	struct err e;

	take(before);
	ck_assert_int_eq(export_review_text(&review, &text, &e), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "old.org"));
	ck_assert_ptr_nonnull(strstr(text.data, "b.org"));
	ck_assert_ptr_nonnull(strstr(text.data, "allowPty"));
	ck_assert_ptr_nonnull(strstr(text.data, "/home/me/src"));
	for (size_t i = 0; i < review.count; i++)
		review.items[i].ticked = !review.items[i].ticked;
	ck_assert_int_eq(export_review_text(&review, &other, &e), 0);
	ck_assert_ptr_null(strstr(other.data, "old.org"));
	ck_assert_ptr_null(strstr(other.data, "b.org"));
	ck_assert_ptr_nonnull(strstr(other.data, "a.org"));
}
END_TEST

START_TEST(a_new_file_is_what_was_exported)
{
	struct export_review again;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e;

	take(NULL);
	ck_assert_uint_eq(export_review_ticked(&review), 4);
	ck_assert_int_eq(export_review_text(&review, &text, &e), 0);
	/* Once it is there nothing is left to change. */
	memset(&again, 0, sizeof(again));
	export_review_open(&again, "files", "/x.json");
	ck_assert_int_eq(export_review_take(&again, text.data, exported, explain, "/home/me", &e),
			 0);
	ck_assert_uint_eq(export_review_ticked(&again), 0);
	export_review_free(&again);
}
END_TEST

static const char *const no_settings[] = { "", "[]", "{", "{\"network\":[]}",
					   "{\"filesystem\":1}" };

START_TEST(what_is_no_settings_file_is_not_changed)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };

	ck_assert(export_review_take(&review, no_settings[_i], exported, explain, "/", &e) < 0 ||
		  export_review_text(&review, &text, &e) < 0);
	ck_assert_str_ne(e.message, "");
}
END_TEST

static Suite *export_review_suite(void)
{
	Suite *suite = suite_create("export_review");
	TCase *tests = tcase_create("export_review");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_entry_is_kept_added_or_goes);
	tcase_add_test(tests, only_ticked_changes_are_written_and_the_rest_is_kept);
	tcase_add_test(tests, a_new_file_is_what_was_exported);
	tcase_add_loop_test(tests, what_is_no_settings_file_is_not_changed, 0,
			    (int)ARRAY_LENGTH(no_settings));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(export_review_suite)
