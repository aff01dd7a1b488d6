/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/rule_book.h"

static struct rule make(int64_t id, enum access_kind kind, enum verdict verdict, enum scope scope,
			const char *pattern)
{
	return (struct rule){ .id = id,
			      .server = xstrdup("files"),
			      .kind = kind,
			      .verdict = verdict,
			      .scope = scope,
			      .pattern = xstrdup(pattern),
			      .duration = DURATION_ALWAYS };
}

#define FILE_RULE(kind, scope, path)                                                               \
	{                                                                                          \
		ACCESS_##kind, SCOPE_##scope, path                                                 \
	}

static const struct {
	struct {
		enum access_kind kind;
		enum scope scope;
		const char *pattern;
	} newer, older;
	bool shadows;
} pairs[] = {
	{ FILE_RULE(WRITE, DIR, "/a"), FILE_RULE(WRITE, EXACT, "/a/b"), true },
	{ FILE_RULE(WRITE, DIR, "/a"), FILE_RULE(WRITE, DIR, "/a/b"), true },
	{ FILE_RULE(WRITE, DIR, "/a"), FILE_RULE(WRITE, DIR, "/a"), true },
	{ FILE_RULE(WRITE, DIR, "/a/b"), FILE_RULE(WRITE, DIR, "/a"), false },
	{ FILE_RULE(WRITE, EXACT, "/a"), FILE_RULE(WRITE, DIR, "/a"), false },
	{ FILE_RULE(WRITE, EXACT, "/a"), FILE_RULE(WRITE, EXACT, "/a"), true },
	{ FILE_RULE(WRITE, DIR, "/a"), FILE_RULE(READ, EXACT, "/a/b"), true }, /* allow writing */
	{ FILE_RULE(READ, DIR, "/a"), FILE_RULE(WRITE, EXACT, "/a/b"), false },
	{ FILE_RULE(CONNECT, HOST, "h"), FILE_RULE(CONNECT, EXACT, "h:443"), true },
	{ FILE_RULE(CONNECT, EXACT, "h:443"), FILE_RULE(CONNECT, HOST, "h"), false },
	{ FILE_RULE(CONNECT, DOMAIN, "d.org"), FILE_RULE(CONNECT, HOST, "x.d.org"), true },
	{ FILE_RULE(CONNECT, DOMAIN, "d.org"), FILE_RULE(CONNECT, HOST, "d.org"), false },
	{ FILE_RULE(CONNECT, DOMAIN, "d.org"), FILE_RULE(CONNECT, DOMAIN, "e.d.org"), true },
	{ FILE_RULE(CONNECT, HOST, "x.d.org"), FILE_RULE(CONNECT, DOMAIN, "d.org"), false },
};

START_TEST(a_newer_rule_shadows_what_it_covers)
{
	struct rule newer = make(2, pairs[_i].newer.kind, VERDICT_ALLOW, pairs[_i].newer.scope,
				 pairs[_i].newer.pattern);
	struct rule older = make(1, pairs[_i].older.kind, VERDICT_DENY, pairs[_i].older.scope,
				 pairs[_i].older.pattern);

	ck_assert_int_eq(rule_shadows(&newer, &older), pairs[_i].shadows);
	free(newer.server);
	newer.server = xstrdup("other");
	ck_assert(!rule_shadows(&newer, &older));
	rule_free(&newer);
	rule_free(&older);
}
END_TEST

START_TEST(rows_are_of_sessions_then_disabled_then_kept)
{
	struct rule_book book = { .count = 0 };
	struct rule *kept = xcalloc(2, sizeof(*kept));
	struct rule of_session = make(0, ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/s");
	struct rule_change change = { .removed = make(9, ACCESS_READ, VERDICT_DENY, SCOPE_EXACT,
						      "/off") };

	kept[0] = make(7, ACCESS_WRITE, VERDICT_ALLOW, SCOPE_DIR, "/a");
	kept[1] = make(5, ACCESS_WRITE, VERDICT_DENY, SCOPE_EXACT, "/a/b");
	rule_book_take(&book, kept, 2);
	rule_book_add_session_rule(&book, &of_session, 3, "1-a:1");
	rule_book_changed(&book, &change, true);
	ck_assert_uint_eq(book.count, 4);
	ck_assert_int_eq(book.rows[0].origin, RULE_OF_SESSION);
	ck_assert_uint_eq(book.rows[0].session, 3);
	ck_assert_int_eq(book.rows[1].origin, RULE_DISABLED);
	ck_assert_str_eq(book.rows[1].rule.pattern, "/off");
	ck_assert_ptr_null(book.rows[2].shadow);
	ck_assert_int_eq(book.rows[3].shadow->id, 7);
	rule_book_drop_session(&book, 3);
	ck_assert_uint_eq(book.count, 3);
	rule_free(&of_session);
	rule_book_free(&book);
}
END_TEST

START_TEST(what_is_put_back_is_disabled_no_more)
{
	struct rule_book book = { .count = 0 };
	struct rule_change off = { .removed =
					   make(9, ACCESS_READ, VERDICT_DENY, SCOPE_EXACT, "/x") };
	struct rule_change on = { .added = make(11, ACCESS_READ, VERDICT_DENY, SCOPE_EXACT, "/x") };

	rule_book_changed(&book, &off, true);
	ck_assert_uint_eq(book.disabled_count, 1);
	rule_book_changed(&book, &on, false);
	ck_assert_uint_eq(book.disabled_count, 0);
	ck_assert_uint_eq(book.change_count, 2);
	for (int i = 0; i < RULE_CHANGES_MOST + 5; i++) {
		struct rule_change more = { .added = make(i, ACCESS_READ, VERDICT_DENY, SCOPE_EXACT,
							  "/y") };

		rule_book_changed(&book, &more, false);
	}
	ck_assert_uint_eq(book.change_count, RULE_CHANGES_MOST);
	rule_book_free(&book);
}
END_TEST

static Suite *rule_book_suite(void)
{
	Suite *suite = suite_create("rule_book");
	TCase *tests = tcase_create("rule_book");

	tcase_add_loop_test(tests, a_newer_rule_shadows_what_it_covers, 0,
			    (int)ARRAY_LENGTH(pairs));
	tcase_add_test(tests, rows_are_of_sessions_then_disabled_then_kept);
	tcase_add_test(tests, what_is_put_back_is_disabled_no_more);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(rule_book_suite)
