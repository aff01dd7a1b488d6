/* SPDX-License-Identifier: MIT */
#include "learn/merge.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/settings.h"
#include "learn/text_diff.h"
#include "tests/lib/unit.h"

#define OLD(network, filesystem)                                                                   \
	"{\"network\":{\"allowedDomains\":[" network "],\"deniedDomains\":[]},"                     \
	"\"filesystem\":{" filesystem "}}"

static const struct {
	const char *old, *exported;
	const char *merged; /* without white space */
	const char *note; /* part of it, NULL = none */
} cases[] = {
	/* Order, unknown keys and other fields stay; what is new comes behind. */
	{ "{\"mine\":{\"a\":[1,2.5,null,true]},\"filesystem\":{\"allowWrite\":[\"~/z\",\"~/a\"],"
	  "\"denyRead\":[],\"denyWrite\":[],\"disabled\":false},\"network\":{\"deniedDomains\":[],"
	  "\"allowedDomains\":[\"b.org\"]}}",
	  OLD("\"a.org\",\"b.org\"",
	      "\"denyRead\":[\"~\"],\"allowRead\":[\"~/r\"],\"allowWrite\":[\"~/a\",\"~/n\"],"
	      "\"denyWrite\":[]"),
	  "{\"mine\":{\"a\":[1,2.5,null,true]},\"filesystem\":{\"allowWrite\":[\"~/z\",\"~/a\","
	  "\"~/n\"],\"denyRead\":[\"~\"],\"denyWrite\":[],\"disabled\":false,\"allowRead\":["
	  "\"~/r\"]},\"network\":{\"deniedDomains\":[],\"allowedDomains\":[\"b.org\",\"a.org\"]}}",
	  NULL },
	/* The same path in another spelling is the same. */
	{ OLD("", "\"denyRead\":[],\"allowWrite\":[\"/home/a/x/\",\"y/**\"],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[],\"allowWrite\":[\"~/x\",\"/w/y\",\"./z\"],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[],\"allowWrite\":[\"/home/a/x/\",\"y/**\",\"./z\"],\"denyWrite\":[]"),
	  NULL },
	/* What was denied by hand stays closed. */
	{ OLD("", "\"denyRead\":[\"~/s\"],\"allowWrite\":[],\"denyWrite\":[\"/w/locked\"]"),
	  OLD("", "\"denyRead\":[\"~\"],\"allowRead\":[\"~/s/x\",\"~/ok\"],"
		  "\"allowWrite\":[\"/w/locked/y\"],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[\"~/s\",\"~\"],\"allowWrite\":[],\"denyWrite\":[\"/w/locked\"],"
		  "\"allowRead\":[\"~/ok\"]"),
	  "allowRead ~/s/x: is not added, because the file denies ~/s" },
	{ OLD("", "\"denyRead\":[\"~/**/*.pem\"],\"allowWrite\":[],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[\"~\"],\"allowRead\":[\"~/k/a.pem\"],\"allowWrite\":[],"
		  "\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[\"~/**/*.pem\",\"~\"],\"allowWrite\":[],\"denyWrite\":[]"),
	  "a.pem" },
	/* But not what was exported itself, before. */
	{ OLD("", "\"denyRead\":[\"~\"],\"allowRead\":[\"~/a\"],\"allowWrite\":[],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[\"~\"],\"allowRead\":[\"~/b\"],\"allowWrite\":[],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[\"~\"],\"allowRead\":[\"~/a\",\"~/b\"],\"allowWrite\":[],"
		  "\"denyWrite\":[]"),
	  NULL },
	/* A literal path is another one than a pattern. */
	{ OLD("", "\"denyRead\":[],\"allowWrite\":[\"/a[b]\"],\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[],\"allowWrite\":[{\"path\":\"/a[b]\",\"literal\":true}],"
		  "\"denyWrite\":[]"),
	  OLD("", "\"denyRead\":[],\"allowWrite\":[\"/a[b]\",{\"path\":\"/a[b]\",\"literal\":true}],"
		  "\"denyWrite\":[]"),
	  NULL },
};

static char *squeezed(const char *text)
{
	struct buf out = BUF_EMPTY;

	for (; *text; text++)
		if (!strchr(" \n", *text))
			buf_addc(&out, *text);
	return buf_steal(&out);
}

START_TEST(what_was_written_by_hand_stays)
{
	_cleanup_buf_ struct buf merged = BUF_EMPTY, again = BUF_EMPTY, notes = BUF_EMPTY;
	_cleanup_free_ char *short_form = NULL;
	struct err e = { 0 };

	ck_assert_msg(settings_merge(&merged, &notes, cases[_i].old, cases[_i].exported, "/home/a",
				     "/w", &e) == 0,
		      "%s", e.message);
	short_form = squeezed(buf_text(&merged));
	ck_assert_str_eq(short_form, cases[_i].merged);
	if (cases[_i].note)
		ck_assert_msg(strstr(buf_text(&notes), cases[_i].note), "%s", buf_text(&notes));
	else
		ck_assert_uint_eq(notes.length, 0);
	/* Once more changes nothing. */
	ck_assert_int_eq(settings_merge(&again, NULL, buf_text(&merged), cases[_i].exported,
					"/home/a", "/w", &e),
			 0);
	ck_assert_str_eq(buf_text(&again), buf_text(&merged));
}
END_TEST

START_TEST(what_is_no_settings_file_is_not_merged_with)
{
	static const char *const olds[] = { "", "[]", "{}", "{\"network\":{}}", "nonsense",
					    OLD("", "\"denyRead\":[1],\"allowWrite\":[],"
						    "\"denyWrite\":[]"),
					    OLD("", "\"denyRead\":[],\"denyRead\":[],"
						    "\"allowWrite\":[],\"denyWrite\":[]") };
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct err e = { 0 };

	ck_assert_int_eq(settings_merge(&out, NULL, olds[_i],
					OLD("", "\"denyRead\":[],\"allowWrite\":[],"
						"\"denyWrite\":[]"),
					"/home/a", "/w", &e),
			 -1);
	ck_assert_uint_eq(out.length, 0);
	ck_assert_str_ne(e.message, "");
}
END_TEST

static const struct {
	const char *old, *new, *diff;
} diffs[] = {
	{ "", "", "" },
	{ "a\nb\n", "a\nb\n", "" },
	{ "", "a\n", "+a\n" },
	{ "a\n", "", "-a\n" },
	{ "a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n" },
	{ "a\nb\nc\n", "a\nb\nnew\nc\n", " a\n b\n+new\n c\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
	  " 6\n 7\n 8\n-9\n+x\n" },
	{ "x\n1\n2\n3\n4\n5\n6\n7\n8\ny\n", "1\n2\n3\n4\n5\n6\n7\n8\n",
	  "-x\n 1\n 2\n 3\n@@\n 6\n 7\n 8\n-y\n" },
};

START_TEST(a_difference_is_shown_with_what_is_around_it)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	text_diff(&out, diffs[_i].old, diffs[_i].new);
	ck_assert_str_eq(buf_text(&out), diffs[_i].diff);
}
END_TEST

static Suite *merge_suite(void)
{
	Suite *suite = suite_create("merge");
	TCase *tests = tcase_create("merge");

	tcase_add_loop_test(tests, what_was_written_by_hand_stays, 0, (int)ARRAY_LENGTH(cases));
	tcase_add_loop_test(tests, what_is_no_settings_file_is_not_merged_with, 0, 7);
	tcase_add_loop_test(tests, a_difference_is_shown_with_what_is_around_it, 0,
			    (int)ARRAY_LENGTH(diffs));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(merge_suite)
