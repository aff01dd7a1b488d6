/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/rule_book.h"

static struct settings_rules rules;

static void take(const char *text)
{
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { .message = "" };

	ck_assert_msg(settings_parse(&settings, text, strlen(text), &e) == 0, "%s", e.message);
	settings_rules_note(&rules, "/f", NULL, "t");
	settings_rules_add(&rules, 0, settings, "/home/me", "/home/me/src");
}

static void teardown(void)
{
	settings_rules_free(&rules);
}

static const struct settings_rule *find(const char *entry)
{
	for (size_t i = 0; i < rules.count; i++)
		if (rules.items[i].entry != NULL && strcmp(rules.items[i].entry, entry) == 0)
			return &rules.items[i];
	ck_abort_msg("no %s", entry);
	return NULL;
}

START_TEST(every_entry_is_a_row_and_denies_come_first)
{
	take("{\"network\":{\"allowedDomains\":[\"a.org\"],\"deniedDomains\":[\"b.org\"]},\"filesystem\":{"
	     "\"allowRead\":[\"~/.ssh/config\"],\"denyRead\":[\"~/.ssh\"],\"allowWrite\":[\".\",\"/tmp\"],"
	     "\"denyWrite\":[\"/tmp/x\"]}}");
	ck_assert_uint_eq(rules.count, 7);
	for (size_t i = 0; i < rules.count; i++)
		ck_assert_int_eq(rules.items[i].rule.verdict, i < 3 ? VERDICT_DENY : VERDICT_ALLOW);
	ck_assert_str_eq(find("denyRead ~/.ssh")->rule.pattern, "/home/me/.ssh");
	ck_assert_str_eq(find("allowWrite .")->rule.pattern, "/home/me/src");
	ck_assert_str_eq(find("allowWrite .")->shown, ".");
	ck_assert_int_eq(find("allowedDomains a.org")->rule.scope, SCOPE_HOST);
}
END_TEST

START_TEST(what_a_deny_covers_is_shadowed)
{
	take("{\"network\":{\"allowedDomains\":[\"x.a.org:443\",\"a.org\",\"c.org\"],\"deniedDomains\":["
	     "\"*.a.org\",\"c.org:80\"]},\"filesystem\":{\"allowRead\":[\"/h/a\"],\"denyRead\":[\"/h\"],"
	     "\"allowWrite\":[\"/w/a\",\"/w\",\"/wa\"],\"denyWrite\":[\"/w/a\"]}}");
	ck_assert(find("allowWrite /w/a")->shadowed);
	ck_assert(!find("allowWrite /w")->shadowed);
	ck_assert(!find("allowWrite /wa")->shadowed);
	ck_assert(find("allowedDomains x.a.org:443")->shadowed);
	ck_assert(!find("allowedDomains a.org")->shadowed);
	/* It puts back a part of what is hidden. */
	ck_assert(!find("allowRead /h/a")->shadowed);
}
END_TEST

START_TEST(uses_are_counted_for_servers_of_the_file)
{
	const struct rule_use uses[] = {
		{ (char *)"t", (char *)"denyRead ~/.ssh", 3, 10 },
		{ (char *)"other", (char *)"denyRead ~/.ssh", 50, 99 },
		{ (char *)"u", (char *)"denyRead ~/.ssh", 2, 30 },
	};

	settings_rules_note(&rules, "/f", NULL, "u");
	take("{\"network\":{\"allowedDomains\":[],\"deniedDomains\":[]},\"filesystem\":{\"denyRead\":"
	     "[\"~/.ssh\"],\"allowWrite\":[],\"denyWrite\":[]}}");
	settings_rules_count(&rules, uses, 3);
	ck_assert_uint_eq(rules.items[0].rule.hits, 5);
	ck_assert_int_eq(rules.items[0].rule.last_used_ms, 30);
	{
		_cleanup_free_ char *servers = settings_rules_servers(&rules, &rules.items[0]);

		ck_assert_str_eq(servers, "2 servers");
	}
}
END_TEST

START_TEST(rows_are_bounded)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	buf_adds(&text, "{\"network\":{\"allowedDomains\":[],\"deniedDomains\":[]},\"filesystem\":{"
			"\"denyRead\":[],\"denyWrite\":[],\"allowWrite\":[\"/a\"");
	for (int i = 0; i < SETTINGS_RULES_MOST; i++)
		buf_addf(&text, ",\"/b/%d\"", i);
	buf_adds(&text, "]}}");
	take(buf_text(&text));
	ck_assert_uint_eq(rules.count, SETTINGS_RULES_MOST);
	ck_assert(rules.more);
}
END_TEST

/* What a person allowed decides nothing where the file in force for that server denies it. */
START_TEST(an_explicit_deny_goes_before_a_rule_of_its_server)
{
	static const struct {
		const char *server, *pattern;
		enum access_kind kind;
		enum verdict verdict;
		bool overruled;
	} cases[] = {
		{ "t", "/h/a", ACCESS_READ, VERDICT_ALLOW, true },
		{ "t", "/h/a", ACCESS_WRITE, VERDICT_ALLOW, true },
		{ "t", "/h/a", ACCESS_READ, VERDICT_DENY, false },
		{ "u", "/h/a", ACCESS_READ, VERDICT_ALLOW, false },
		{ "t", "/h/back/a", ACCESS_READ, VERDICT_ALLOW, false },
		{ "t", "/w/a", ACCESS_WRITE, VERDICT_ALLOW, true },
		{ "t", "/w/a", ACCESS_READ, VERDICT_ALLOW, false },
		{ "t", "/", ACCESS_READ, VERDICT_ALLOW, false },
	};
	struct rule_book book = { .count = 0 };
	struct rule *kept = xcalloc(ARRAY_LENGTH(cases), sizeof(*kept));

	take("{\"network\":{\"allowedDomains\":[],\"deniedDomains\":[]},\"filesystem\":{\"allowRead\":["
	     "\"/h/back\"],\"denyRead\":[\"/h\"],\"allowWrite\":[],\"denyWrite\":[\"/w\"]}}");
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		kept[i] = (struct rule){ .id = (int64_t)(20 - i),
					 .server = xasprintf("%s", cases[i].server),
					 .kind = cases[i].kind,
					 .verdict = cases[i].verdict,
					 .scope = SCOPE_FILE,
					 .pattern = xstrdup(cases[i].pattern) };
	rule_book_take_settings(&book, &rules);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct rule *one = xcalloc(1, sizeof(*one));

		rule_copy(one, &kept[i]);
		rule_book_take(&book, one, 1);
		ck_assert_int_eq(book.rows[0].origin, RULE_KEPT);
		ck_assert_msg((book.rows[0].settings != NULL) == cases[i].overruled, "case %zu", i);
	}
	ck_assert_int_eq(book.rows[1].origin, RULE_OF_SETTINGS);
	rules_free(kept, ARRAY_LENGTH(cases));
	rule_book_free(&book);
}
END_TEST

static Suite *settings_rules_suite(void)
{
	Suite *suite = suite_create("settings_rules");
	TCase *tests = tcase_create("settings_rules");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, every_entry_is_a_row_and_denies_come_first);
	tcase_add_test(tests, what_a_deny_covers_is_shadowed);
	tcase_add_test(tests, uses_are_counted_for_servers_of_the_file);
	tcase_add_test(tests, rows_are_bounded);
	tcase_add_test(tests, an_explicit_deny_goes_before_a_rule_of_its_server);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(settings_rules_suite)
