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

static int take_into(struct export_review *into, const char *old, const char *new, const char *home,
		     struct err *e)
{
	struct export_made made = { .settings = BUF_EMPTY };
	int result;

	buf_adds(&made.settings, new);
	buf_adds(&made.explain, explain);
	made.before = xstrdup(old);
	made.home = xstrdup(home);
	made.cwd = xstrdup("/home/me/src");
	result = export_review_take(into, &made, e);
	export_made_free(&made);
	return result;
}

static void take_both(const char *old, const char *new)
{
	struct err e = { .message = "" };

	if (take_into(&review, old, new, "/home/me", &e) < 0)
		ck_abort_msg("%s", e.message);
}

static void take(const char *old)
{
	take_both(old, exported);
}

static size_t index_of(const char *text)
{
	for (size_t i = 0; i < review.count; i++)
		if (strcmp(review.items[i].text, text) == 0)
			return i;
	ck_abort_msg("no entry %s", text);
	return 0;
}

static void adjust(const char *text, bool wider, const char *const *made, size_t count)
{
	_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
	_cleanup_free_ char *why = NULL;

	for (size_t i = 0; i < count; i++)
		strings_add(&entries, made[i]);
	why = export_review_adjust(&review, index_of(text), wider, &entries);
	ck_assert_msg(why == NULL, "%s", why);
}

static bool writes(const char *text)
{
	_cleanup_free_ char *quoted = xasprintf("\"%s\"", text);
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct err e = { .message = "" };

	ck_assert_msg(export_review_text(&review, &out, &e) == 0, "%s", e.message);
	return strstr(buf_text(&out), quoted) != NULL;
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
	ck_assert_int_eq(take_into(&again, text.data, exported, "/home/me", &e), 0);
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

	ck_assert(take_into(&review, no_settings[_i], exported, "/", &e) < 0 ||
		  export_review_text(&review, &text, &e) < 0);
	ck_assert_str_ne(e.message, "");
}
END_TEST

/* They stay as they are: as plain texts they would be patterns, or the deny would be gone. */
START_TEST(entries_that_are_objects_are_kept)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	struct err e;

	take_both("{\"network\":{\"allowedDomains\":[]},\"filesystem\":{\"denyRead\":[{\"path\":\"/a[1]\","
		  "\"literal\":true}]}}",
		  "{\"network\":{\"allowedDomains\":[]},\"filesystem\":{\"allowWrite\":[{\"path\":\"/b[1]\","
		  "\"literal\":true}]}}");
	ck_assert_int_eq(export_review_text(&review, &out, &e), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"path\": \"/a[1]\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"path\": \"/b[1]\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"literal\": true"));
	ck_assert_ptr_null(strstr(out.data, "null"));
}
END_TEST

#define LISTS(reads, allow_reads, writes, no_writes, hosts, no_hosts)                               \
	"{\"network\":{\"allowedDomains\":[" hosts "],\"deniedDomains\":[" no_hosts                   \
	"]},\"filesystem\":{\"denyRead\":[" reads "],\"allowRead\":[" allow_reads                      \
	"],\"allowWrite\":[" writes "],\"denyWrite\":[" no_writes "]}}"

/* As `export --merge` has it. */
START_TEST(what_the_file_alone_denies_is_not_added)
{
	take_both(LISTS("\"~/keys\",\"/h/*.key\"", "", "", "\"/w\"", "", "\"*.bad.org\""),
		  LISTS("", "\"~/keys/a\",\"/h/x.key\",\"/h/x\",\"/w/r\"", "\"/w/a\",\"~/keys/b\"", "",
			"\"x.bad.org:443\",\"good.org:443\"", ""));
	ck_assert(!writes("~/keys/a") && !writes("/h/x.key") && !writes("/w/a") && !writes("~/keys/b"));
	ck_assert(!writes("x.bad.org:443"));
	ck_assert(writes("/h/x") && writes("/w/r") && writes("good.org:443"));
	ck_assert_str_eq(review.items[index_of("/w/a")].denied, "denyWrite /w");
	ck_assert_ptr_nonnull(strstr(export_review_tick(&review, index_of("/w/a")), "denies"));
	ck_assert_ptr_nonnull(export_review_may_adjust(&review, index_of("/w/a"), true));
	/* Who says that the deny goes may say so. */
	ck_assert_ptr_null(export_review_tick(&review, index_of("/w")));
	ck_assert_ptr_null(export_review_tick(&review, index_of("/w/a")));
	ck_assert(writes("/w/a") && !writes("/w"));
	ck_assert_ptr_null(export_review_tick(&review, index_of("/w")));
	ck_assert(!writes("/w/a") && writes("/w"));
}
END_TEST

START_TEST(what_is_wider_says_the_others_too_and_can_be_taken_back)
{
	take_both(NULL, LISTS("\"/d/s/hidden\"", "", "\"/d/s/a\",\"/d/s/b\",\"/d/s2/c\",\"/d/s/hidden/x\"",
			      "", "\"a.b.org:443\",\"c.b.org:443\",\"d.b.org:80\"", ""));
	review.replay_wanted = false;
	ck_assert_ptr_null(export_review_may_adjust(&review, index_of("/d/s/a"), true));
	adjust("a.b.org:443", true, (const char *const[]){ "*.b.org:443" }, 1);
	ck_assert(review.replay_wanted);
	ck_assert(writes("*.b.org:443") && !writes("a.b.org:443") && !writes("c.b.org:443"));
	ck_assert(writes("d.b.org:80"));
	ck_assert(review.items[index_of("c.b.org:443")].covered);
	ck_assert_ptr_nonnull(export_review_tick(&review, index_of("c.b.org:443")));
	ck_assert_ptr_nonnull(export_review_may_adjust(&review, index_of("c.b.org:443"), true));
	/* Not ticked it says nothing. */
	ck_assert_ptr_null(export_review_tick(&review, index_of("*.b.org:443")));
	ck_assert(writes("c.b.org:443") && !writes("*.b.org:443"));
	ck_assert(export_review_step_back(&review, index_of("*.b.org:443")));
	ck_assert(!export_review_step_back(&review, index_of("a.b.org:443")));
	/* What is hidden in between has to be named. */
	adjust("/d/s2/c", true, (const char *const[]){ "/d/s2" }, 1);
	ck_assert(writes("/d/s2") && !writes("/d/s2/c") && writes("/d/s/hidden/x"));
	ck_assert_str_eq(review.items[index_of("/d/s2")].why, "wider by hand than /d/s2/c");
}
END_TEST

START_TEST(nothing_is_opened_over_what_the_file_denies)
{
	static const struct {
		const char *from, *to;
	} steps[] = {
		{ "/d/a", "/d" }, { "/e/a", "/e" }, { "x.b.org:443", "*.b.org:443" },
	};

	take_both(LISTS("\"/d/key\"", "", "", "\"/e/s/no\"", "", "\"no.b.org\""),
		  LISTS("", "\"/d/a\"", "\"/e/a\"", "", "\"x.b.org:443\"", ""));
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		_cleanup_strings_ struct strings entries = STRINGS_EMPTY;
		_cleanup_free_ char *why = NULL;

		strings_add(&entries, steps[i].to);
		why = export_review_adjust(&review, index_of(steps[i].from), true, &entries);
		ck_assert_msg(why != NULL, "%s", steps[i].to);
		ck_assert_ptr_nonnull(strstr(why, "is in it"));
		ck_assert(!writes(steps[i].to));
	}
}
END_TEST

START_TEST(what_is_narrower_takes_the_place)
{
	take_both(LISTS("", "", "\"/in\"", "", "", ""),
		  LISTS("", "", "\"/in\",\"/new\",\"/new2\"", "", "", ""));
	adjust("/new", false, (const char *const[]){ "/new/a", "/new/b" }, 2);
	ck_assert(!writes("/new") && writes("/new/a") && writes("/new/b") && writes("/new2"));
	ck_assert_str_eq(review.items[index_of("/new/a")].why, "needed of /new");
	/* What is in the file goes only with what takes its place. */
	adjust("/in", false, (const char *const[]){ "/in/x" }, 1);
	ck_assert(!writes("/in") && writes("/in/x"));
	ck_assert_int_eq(review.items[index_of("/in")].change, EXPORT_REMOVE);
	ck_assert_ptr_null(export_review_tick(&review, index_of("/in")));
	ck_assert(writes("/in"));
}
END_TEST

START_TEST(beside_what_is_in_the_file_a_wider_one_is_added)
{
	take_both(LISTS("", "", "\"/in/x\"", "", "", ""), LISTS("", "", "\"/in/x\"", "", "", ""));
	ck_assert_uint_eq(export_review_changes(&review), 0);
	adjust("/in/x", true, (const char *const[]){ "/in" }, 1);
	ck_assert(writes("/in") && writes("/in/x"));
	ck_assert_uint_eq(export_review_ticked(&review), 1);
	ck_assert(export_review_step_back(&review, index_of("/in")));
	ck_assert(!writes("/in"));
	ck_assert_uint_eq(review.count, 1);
}
END_TEST

START_TEST(denies_are_never_adjusted)
{
	take_both(LISTS("\"/gone\"", "", "\"/old\"", "", "", ""), LISTS("\"/d\"", "", "", "\"/w\"", "", "\"h\""));
	for (size_t i = 0; i < review.count; i++) {
		ck_assert_ptr_nonnull(export_review_may_adjust(&review, i, true));
		ck_assert_ptr_nonnull(export_review_may_adjust(&review, i, false));
	}
	review.busy = true;
	ck_assert_ptr_nonnull(strstr(export_review_tick(&review, 0), "One moment"));
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
	tcase_add_test(tests, entries_that_are_objects_are_kept);
	tcase_add_test(tests, what_the_file_alone_denies_is_not_added);
	tcase_add_test(tests, what_is_wider_says_the_others_too_and_can_be_taken_back);
	tcase_add_test(tests, nothing_is_opened_over_what_the_file_denies);
	tcase_add_test(tests, what_is_narrower_takes_the_place);
	tcase_add_test(tests, beside_what_is_in_the_file_a_wider_one_is_added);
	tcase_add_test(tests, denies_are_never_adjusted);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(export_review_suite)
