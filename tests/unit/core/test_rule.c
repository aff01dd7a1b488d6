/* SPDX-License-Identifier: MIT */
#include "core/policy/rule.h"

#include <limits.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void cleanup_rule(struct rule *rule)
{
	rule_free(rule);
}
#define _cleanup_rule_ __attribute__((cleanup(cleanup_rule)))

static const struct {
	enum access_kind kind;
	enum verdict verdict;
	enum scope scope;
	const char *pattern;
	enum access_kind asked;
	const char *object;
	bool matches;
} matches[] = {
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a/b", ACCESS_READ, "/a/b", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_FILE, "/a/b", ACCESS_READ, "/a/b", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a/b", ACCESS_READ, "/a/b/c", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a/b", ACCESS_READ, "/a/bc", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a/b", ACCESS_READ, "//a/./b/", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a/b", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a/b/c/d", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a/bc", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "a/b/c", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/", ACCESS_READ, "/etc/passwd", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/", ACCESS_READ, "/", true },
	/* ".." never widens */
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a/b/../c", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/x/../a/b/c", false },
	{ ACCESS_READ, VERDICT_DENY, SCOPE_DIR, "/a/b", ACCESS_READ, "/x/../a/b/c", true },
	{ ACCESS_READ, VERDICT_DENY, SCOPE_DIR, "/a/b", ACCESS_READ, "/../a//b/c/..", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/b", ACCESS_READ, "/a/b/..c", true },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "/a/..", ACCESS_READ, "/a/..", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_DIR, "", ACCESS_READ, "/a", false },
	/* kinds */
	{ ACCESS_WRITE, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_WRITE, "/a", true },
	{ ACCESS_WRITE, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_READ, "/a", true },
	{ ACCESS_WRITE, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_EXEC, "/a", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_WRITE, "/a", false },
	{ ACCESS_READ, VERDICT_DENY, SCOPE_EXACT, "/a", ACCESS_WRITE, "/a", true },
	{ ACCESS_WRITE, VERDICT_DENY, SCOPE_EXACT, "/a", ACCESS_READ, "/a", false },
	{ ACCESS_EXEC, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_EXEC, "/a", true },
	{ ACCESS_EXEC, VERDICT_ALLOW, SCOPE_EXACT, "/a", ACCESS_READ, "/a", false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "a.com", ACCESS_DNS, "a.com", false },
	{ ACCESS_READ, VERDICT_ALLOW, SCOPE_HOST, "/a", ACCESS_READ, "/a", false },
	/* connections */
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_EXACT, "a.com:443", ACCESS_CONNECT, "a.com:443",
	  true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_EXACT, "a.com:443", ACCESS_CONNECT, "a.com:80",
	  false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_EXACT, "[::1]:443", ACCESS_CONNECT, "[::1]:443",
	  true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "a.com", ACCESS_CONNECT, "a.com:80", true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "::1", ACCESS_CONNECT, "[::1]:80", true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "a.com", ACCESS_CONNECT, "b.a.com:80", false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "a.com", ACCESS_CONNECT, "b.a.com:80",
	  true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "a.com", ACCESS_CONNECT, "c.b.a.com:1",
	  true },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "a.com", ACCESS_CONNECT, "a.com:80", false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "a.com", ACCESS_CONNECT, "ba.com:80",
	  false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "0.1", ACCESS_CONNECT, "127.0.0.1:80",
	  false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DOMAIN, "", ACCESS_CONNECT, "a.com:80", false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_HOST, "a.com", ACCESS_CONNECT, "a.com", false },
	{ ACCESS_CONNECT, VERDICT_ALLOW, SCOPE_DIR, "a.com", ACCESS_CONNECT, "a.com:80", false },
};

START_TEST(a_rule_speaks_for_what_it_covers_and_no_more)
{
	struct rule rule = { .kind = matches[_i].kind,
			     .verdict = matches[_i].verdict,
			     .scope = matches[_i].scope,
			     .pattern = (char *)(uintptr_t)matches[_i].pattern };

	ck_assert_msg(rule_matches(&rule, matches[_i].asked, matches[_i].object) ==
			      matches[_i].matches,
		      "case %d: %s on %s", _i, matches[_i].pattern, matches[_i].object);
}
END_TEST

static const struct {
	enum access_kind kind;
	const char *object;
	bool is_directory;
	enum scope scope;
	const char *pattern; /* NULL: does not fit */
} makings[] = {
	{ ACCESS_READ, "/a/b", false, SCOPE_EXACT, "/a/b" },
	{ ACCESS_READ, "/a/b", false, SCOPE_FILE, "/a/b" },
	{ ACCESS_WRITE, "/a/b", false, SCOPE_DIR, "/a" },
	{ ACCESS_WRITE, "/a/b", true, SCOPE_DIR, "/a/b" },
	{ ACCESS_EXEC, "//a/.//b/", false, SCOPE_EXACT, "/a/b" },
	{ ACCESS_READ, "//a/.//b/", false, SCOPE_DIR, "/a" },
	{ ACCESS_READ, "/", true, SCOPE_DIR, "/" },
	{ ACCESS_READ, "/a", false, SCOPE_DIR, NULL },
	{ ACCESS_READ, "/a/../b", false, SCOPE_EXACT, NULL },
	{ ACCESS_READ, "/..", true, SCOPE_DIR, NULL },
	{ ACCESS_READ, "a/b", false, SCOPE_EXACT, NULL },
	{ ACCESS_READ, "", false, SCOPE_EXACT, NULL },
	{ ACCESS_READ, "/a/b", false, SCOPE_HOST, NULL },
	{ ACCESS_READ, "/a/b", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "api.example.com:443", false, SCOPE_EXACT, "api.example.com:443" },
	{ ACCESS_CONNECT, "API.example.com.:443", false, SCOPE_EXACT, "api.example.com:443" },
	{ ACCESS_CONNECT, "api.example.com:443", false, SCOPE_HOST, "api.example.com" },
	{ ACCESS_CONNECT, "api.example.com", false, SCOPE_HOST, "api.example.com" },
	{ ACCESS_CONNECT, "api.example.com", false, SCOPE_EXACT, NULL },
	{ ACCESS_CONNECT, "api.example.com:443", false, SCOPE_DOMAIN, "example.com" },
	{ ACCESS_CONNECT, "*.example.com", false, SCOPE_DOMAIN, "example.com" },
	{ ACCESS_CONNECT, "*.co.uk", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "*.com", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "*.example.com", false, SCOPE_HOST, NULL },
	{ ACCESS_CONNECT, "example.com:443", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "someone.github.io:443", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "127.1:80", false, SCOPE_EXACT, "127.0.0.1:80" },
	{ ACCESS_CONNECT, "127.0.0.1:80", false, SCOPE_DOMAIN, NULL },
	{ ACCESS_CONNECT, "[0::1]:80", false, SCOPE_EXACT, "[::1]:80" },
	{ ACCESS_CONNECT, "[0::1]:80", false, SCOPE_HOST, "::1" },
	{ ACCESS_CONNECT, "::1", false, SCOPE_HOST, "::1" },
	{ ACCESS_CONNECT, "a b.com:80", false, SCOPE_HOST, NULL },
	{ ACCESS_CONNECT, "a.com:80", false, SCOPE_DIR, NULL },
	{ ACCESS_CONNECT, "a.com:80", false, SCOPE_FILE, NULL },
	{ ACCESS_UNIX, "/run/x", false, SCOPE_EXACT, "/run/x" },
	{ ACCESS_UNIX, "/run/x", false, SCOPE_DIR, NULL },
	{ ACCESS_UNIX, "@x", false, SCOPE_EXACT, NULL },
	{ ACCESS_DNS, "a.com", false, SCOPE_HOST, NULL },
	{ ACCESS_BIND, "a.com:80", false, SCOPE_EXACT, NULL },
};

START_TEST(an_answer_becomes_a_rule_or_an_error)
{
	_cleanup_rule_ struct rule rule = { 0 };
	struct err e = { 0 };
	int made = rule_make(&rule, "server", makings[_i].kind, makings[_i].object,
			     makings[_i].is_directory, VERDICT_ALLOW, makings[_i].scope,
			     DURATION_ALWAYS, &e);

	if (!makings[_i].pattern) {
		ck_assert_int_eq(made, -1);
		ck_assert_str_ne(e.message, "");
		ck_assert_ptr_null(rule.pattern);
		return;
	}
	ck_assert_msg(made == 0, "case %d: %s", _i, e.message);
	ck_assert_str_eq(rule.pattern, makings[_i].pattern);
	ck_assert_str_eq(rule.server, "server");
	ck_assert_int_eq(rule.kind, makings[_i].kind);
	ck_assert_int_eq(rule.scope, makings[_i].scope);
	ck_assert_int_eq(rule.duration, DURATION_ALWAYS);
	ck_assert_int_eq(rule.verdict, VERDICT_ALLOW);
	ck_assert_int_eq(rule.id, 0);
}
END_TEST

static const struct {
	enum access_kind kind;
	const char *object;
	bool is_directory;
	const char *scopes;
} offers[] = {
	{ ACCESS_READ, "/a/b", false, "exact dir " },
	{ ACCESS_WRITE, "/a/b", true, "exact dir " },
	{ ACCESS_READ, "/a", false, "exact " },
	{ ACCESS_READ, "/", true, "exact dir " },
	{ ACCESS_READ, "/a/../b", false, "" },
	{ ACCESS_READ, "b", false, "" },
	{ ACCESS_CONNECT, "api.example.com:443", false, "exact host domain " },
	{ ACCESS_CONNECT, "example.com:443", false, "exact host " },
	{ ACCESS_CONNECT, "127.0.0.1:443", false, "exact host " },
	{ ACCESS_CONNECT, "[::1]:443", false, "exact host " },
	{ ACCESS_CONNECT, "localhost:443", false, "exact host " },
	{ ACCESS_CONNECT, "example.com", false, "" },
	{ ACCESS_CONNECT, "a b:1", false, "" },
	{ ACCESS_UNIX, "/run/x", false, "exact " },
	{ ACCESS_UNIX, "@x", false, "" },
};

START_TEST(scopes_are_offered_narrowest_first)
{
	enum scope scopes[SCOPE_COUNT];
	size_t count = rule_scopes(offers[_i].kind, offers[_i].object, offers[_i].is_directory,
				   scopes);
	_cleanup_buf_ struct buf names = BUF_EMPTY;

	for (size_t i = 0; i < count; i++)
		buf_addf(&names, "%s ", scope_name(scopes[i]));
	ck_assert_str_eq(buf_text(&names), offers[_i].scopes);
}
END_TEST

START_TEST(every_scope_that_is_offered_makes_a_rule_that_matches_the_object)
{
	enum scope scopes[SCOPE_COUNT];
	size_t count = rule_scopes(offers[_i].kind, offers[_i].object, offers[_i].is_directory,
				   scopes);

	for (size_t i = 0; i < count; i++) {
		_cleanup_rule_ struct rule rule = { 0 };
		struct err e;

		ck_assert_int_eq(rule_make(&rule, "s", offers[_i].kind, offers[_i].object,
					   offers[_i].is_directory, VERDICT_DENY, scopes[i],
					   DURATION_ONCE, &e),
				 0);
		ck_assert(rule_matches(&rule, offers[_i].kind, offers[_i].object));
	}
}
END_TEST

START_TEST(a_rule_never_asks)
{
	struct rule rule = { 0 };
	struct err e;

	ck_assert_int_eq(rule_make(&rule, "s", ACCESS_READ, "/a", false, VERDICT_ASK, SCOPE_EXACT,
				   DURATION_ONCE, &e),
			 -1);
}
END_TEST

START_TEST(a_path_longer_than_the_kernel_takes_makes_no_rule)
{
	_cleanup_free_ char *path = xmalloc(PATH_MAX + 1);
	struct rule rule = { 0 };
	struct err e;

	memset(path, 'a', PATH_MAX);
	path[0] = '/';
	path[PATH_MAX] = '\0';
	ck_assert_int_eq(rule_make(&rule, "s", ACCESS_READ, path, false, VERDICT_ALLOW, SCOPE_EXACT,
				   DURATION_ONCE, &e),
			 -1);
	path[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(rule_make(&rule, "s", ACCESS_READ, path, false, VERDICT_ALLOW, SCOPE_EXACT,
				   DURATION_ONCE, &e),
			 0);
	rule_free(&rule);
}
END_TEST

START_TEST(a_rule_reads_as_words)
{
	static const struct {
		struct rule rule;
		const char *text;
	} texts[] = {
		{ { .kind = ACCESS_WRITE, .verdict = VERDICT_ALLOW, .scope = SCOPE_DIR,
		    .pattern = (char *)(uintptr_t) "/home/u/app", .duration = DURATION_ALWAYS },
		  "allow write /home/u/app (dir), always" },
		{ { .kind = ACCESS_CONNECT, .verdict = VERDICT_DENY, .scope = SCOPE_DOMAIN,
		    .pattern = (char *)(uintptr_t) "a.com", .duration = DURATION_SESSION },
		  "deny connect *.a.com (domain), session" },
	};
	_cleanup_free_ char *text = rule_text(&texts[_i].rule);

	ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

START_TEST(a_copy_outlives_its_original)
{
	_cleanup_rule_ struct rule copy = { 0 };
	struct rule rule = { 0 };
	struct err e;

	ck_assert_int_eq(rule_make(&rule, "s", ACCESS_READ, "/a", false, VERDICT_ALLOW, SCOPE_EXACT,
				   DURATION_ONCE, &e),
			 0);
	rule.hits = 7;
	rule_copy(&copy, &rule);
	rule_free(&rule);
	ck_assert_ptr_null(rule.pattern);
	ck_assert_str_eq(copy.pattern, "/a");
	ck_assert_str_eq(copy.server, "s");
	ck_assert_uint_eq(copy.hits, 7);
}
END_TEST

static Suite *rule_suite(void)
{
	Suite *suite = suite_create("rule");
	TCase *tests = tcase_create("rule");

	tcase_add_loop_test(tests, a_rule_speaks_for_what_it_covers_and_no_more, 0, COUNT(matches));
	tcase_add_loop_test(tests, an_answer_becomes_a_rule_or_an_error, 0, COUNT(makings));
	tcase_add_loop_test(tests, scopes_are_offered_narrowest_first, 0, COUNT(offers));
	tcase_add_loop_test(tests, every_scope_that_is_offered_makes_a_rule_that_matches_the_object,
			    0, COUNT(offers));
	tcase_add_test(tests, a_rule_never_asks);
	tcase_add_test(tests, a_path_longer_than_the_kernel_takes_makes_no_rule);
	tcase_add_loop_test(tests, a_rule_reads_as_words, 0, 2);
	tcase_add_test(tests, a_copy_outlives_its_original);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(rule_suite)
