/* SPDX-License-Identifier: MIT */
#include "core/policy/judge.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* A rule in words: what the table's cases carry. */
struct said {
	enum access_kind kind;
	enum verdict verdict;
	enum scope scope;
	const char *pattern;
};

static void add(struct rule_list *list, const struct said *said)
{
	struct rule rule = { .kind = said->kind,
			     .verdict = said->verdict,
			     .scope = said->scope,
			     .pattern = xstrdup(said->pattern),
			     .server = xstrdup("s"),
			     .duration = DURATION_SESSION };

	rule_list_add(list, &rule);
}

#define READ ACCESS_READ
#define WRITE ACCESS_WRITE
#define ALLOW VERDICT_ALLOW
#define DENY VERDICT_DENY
#define ASK VERDICT_ASK

static const struct {
	const char *name;
	enum mode mode;
	struct said rules[2]; /* older first */
	struct refused_file file;
	enum verdict verdict;
} file_cases[] = {
	{ "ask mode asks", MODE_ASK, { { 0 } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, ASK },
	{ "learning asks", MODE_LEARN, { { 0 } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, ASK },
	{ "learning lifts no fixed refusal", MODE_LEARN, { { 0 } }, { READ, "/h/k", true, "denyRead ~/k", "/h/k" }, DENY },
	{ "a rule denies while learning", MODE_LEARN, { { WRITE, DENY, SCOPE_DIR, "/p" } }, { WRITE, "/p/a", false, NULL, NULL }, DENY },
	{ "enforce mode denies", MODE_ENFORCE, { { 0 } }, { WRITE, "/etc/x", false, NULL, NULL }, DENY },
	{ "a fixed refusal is never asked about", MODE_ASK, { { 0 } }, { READ, "/h/k", true, "denyRead ~/k", "/h/k" }, DENY },
	{ "no rule lifts a fixed refusal", MODE_ASK, { { READ, ALLOW, SCOPE_EXACT, "/h/k" } }, { READ, "/h/k", true, "denyRead ~/k", "/h/k" }, DENY },
	{ "a rule allows", MODE_ENFORCE, { { WRITE, ALLOW, SCOPE_DIR, "/p" } }, { WRITE, "/p/a", false, NULL, NULL }, ALLOW },
	{ "the newest rule counts", MODE_ASK, { { WRITE, ALLOW, SCOPE_DIR, "/p" }, { WRITE, DENY, SCOPE_EXACT, "/p/a" } }, { WRITE, "/p/a", false, NULL, NULL }, DENY },
	{ "the newest rule counts the other way round", MODE_ASK, { { WRITE, DENY, SCOPE_EXACT, "/p/a" }, { WRITE, ALLOW, SCOPE_DIR, "/p" } }, { WRITE, "/p/a", false, NULL, NULL }, ALLOW },
	{ "a rule wider than a mask does not lift it", MODE_ASK, { { WRITE, ALLOW, SCOPE_DIR, "/h" } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, ASK },
	{ "a rule for the mask lifts it", MODE_ASK, { { READ, ALLOW, SCOPE_DIR, "/h/.ssh" } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, ALLOW },
	{ "a rule for something inside lifts that", MODE_ASK, { { READ, ALLOW, SCOPE_EXACT, "/h/.ssh/k" } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, ALLOW },
	{ "but not its neighbour", MODE_ASK, { { READ, ALLOW, SCOPE_EXACT, "/h/.ssh/k" } }, { READ, "/h/.ssh/l", false, "sensitive ~/.ssh", "/h/.ssh" }, ASK },
	{ "a wide deny does hold for a mask", MODE_ASK, { { READ, DENY, SCOPE_DIR, "/h" } }, { READ, "/h/.ssh/k", false, "sensitive ~/.ssh", "/h/.ssh" }, DENY },
};

START_TEST(files_are_judged_in_order)
{
	struct rule_list rules = { 0 };
	struct judgement judgement;

	for (size_t i = 0; i < 2; i++)
		if (file_cases[_i].rules[i].pattern)
			add(&rules, &file_cases[_i].rules[i]);
	judge_file(&judgement, file_cases[_i].mode, &rules, &file_cases[_i].file);
	ck_assert_msg(judgement.verdict == file_cases[_i].verdict, "%s: %s", file_cases[_i].name,
		      verdict_name(judgement.verdict));
	ck_assert_msg(judgement.why[0], "%s: says why", file_cases[_i].name);
	rule_list_free(&rules);
}
END_TEST

static const struct {
	const char *name;
	enum mode mode;
	const char *allowed, *denied;
	struct said rule;
	const char *host;
	enum verdict verdict;
} host_cases[] = {
	{ "nothing said, ask", MODE_ASK, NULL, NULL, { 0 }, "a.example.com", ASK },
	{ "nothing said, learning", MODE_LEARN, NULL, NULL, { 0 }, "a.example.com", ASK },
	{ "denied by the file, learning", MODE_LEARN, NULL, "a.example.com", { 0 }, "a.example.com", DENY },
	{ "nothing said, enforce", MODE_ENFORCE, NULL, NULL, { 0 }, "a.example.com", DENY },
	{ "allowed by the file", MODE_ENFORCE, "*.example.com", NULL, { 0 }, "a.example.com", ALLOW },
	{ "denied by the file", MODE_ASK, "*.example.com", "a.example.com", { 0 }, "a.example.com", DENY },
	{ "a rule does not lift the file's deny", MODE_ASK, NULL, "a.example.com", { ACCESS_CONNECT, ALLOW, SCOPE_HOST, "a.example.com" }, "a.example.com", DENY },
	{ "a person's deny beats the file's allow", MODE_ASK, "a.example.com", NULL, { ACCESS_CONNECT, DENY, SCOPE_HOST, "a.example.com" }, "a.example.com", DENY },
	{ "a person's allow", MODE_ENFORCE, NULL, NULL, { ACCESS_CONNECT, ALLOW, SCOPE_EXACT, "a.example.com:443" }, "a.example.com", ALLOW },
	{ "for another port", MODE_ENFORCE, NULL, NULL, { ACCESS_CONNECT, ALLOW, SCOPE_EXACT, "a.example.com:80" }, "a.example.com", DENY },
	{ "malformed", MODE_ASK, "*.example.com", NULL, { 0 }, NULL, DENY },
};

START_TEST(hosts_are_judged_in_order)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct rule_list rules = { 0 };
	struct judgement judgement;

	if (host_cases[_i].allowed)
		strings_add(&settings->allowed_domains, host_cases[_i].allowed);
	if (host_cases[_i].denied)
		strings_add(&settings->denied_domains, host_cases[_i].denied);
	if (host_cases[_i].rule.pattern)
		add(&rules, &host_cases[_i].rule);
	judge_host(&judgement, host_cases[_i].mode, &rules, settings, host_cases[_i].host, 443);
	ck_assert_msg(judgement.verdict == host_cases[_i].verdict, "%s: %s", host_cases[_i].name,
		      verdict_name(judgement.verdict));
	rule_list_free(&rules);
}
END_TEST

START_TEST(a_strict_allowlist_is_never_asked_about)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct rule_list rules = { 0 };
	struct judgement judgement;

	settings->strict_allowlist = true;
	judge_host(&judgement, MODE_ASK, &rules, settings, "a.example.com", 443);
	ck_assert_int_eq(judgement.verdict, VERDICT_DENY);
}
END_TEST

START_TEST(a_denied_host_is_given_its_reason)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct rule_list rules = { 0 };
	struct judgement judgement;

	strings_add(&settings->denied_domains, "*.example.com");
	settings->denied_reasons = xcalloc(1, sizeof(*settings->denied_reasons));
	settings->denied_reason_count = 1;
	settings->denied_reasons[0].entry = xstrdup("*.example.com");
	settings->denied_reasons[0].reason = xstrdup("use the mirror");
	judge_host(&judgement, MODE_ASK, &rules, settings, "a.example.com", 443);
	ck_assert_str_eq(judgement.reason, "use the mirror");
}
END_TEST

static Suite *judge_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");

	tcase_add_loop_test(tests, files_are_judged_in_order, 0, (int)ARRAY_LENGTH(file_cases));
	tcase_add_loop_test(tests, hosts_are_judged_in_order, 0, (int)ARRAY_LENGTH(host_cases));
	tcase_add_test(tests, a_strict_allowlist_is_never_asked_about);
	tcase_add_test(tests, a_denied_host_is_given_its_reason);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(judge_suite)
