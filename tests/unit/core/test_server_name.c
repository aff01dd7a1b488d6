/* SPDX-License-Identifier: MIT */
#include "core/session/server_name.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *words[6];
	const char *name;
} cases[] = {
	{ { "true" }, "true" },
	{ { "/usr/bin/git", "status" }, "git" },
	{ { "npx", "-y", "@modelcontextprotocol/server-filesystem", "." }, "server-filesystem" },
	{ { "npx", "some-server@1.2.3" }, "some-server" },
	{ { "node", "dist/index.js", "--stdio" }, "index.js" },
	{ { "uv", "run", "server.py" }, "server.py" },
	{ { "python3", "-m", "mcp_server_git" }, "mcp_server_git" },
	{ { "sh", "-c", "echo hi; rm x" }, "sh" },
	{ { "node" }, "node" },
	{ { "./odd name\n" }, "odd-name-" },
	{ { "npx", "@" }, "-" },
};

START_TEST(a_command_is_called_after_what_it_runs)
{
	char *name = server_name_of((char *const *)cases[_i].words);

	ck_assert_str_eq(name, cases[_i].name);
	free(name);
}
END_TEST

static const struct {
	const char *given, *name;
} given[] = {
	{ "files", "files" },
	{ "@scope/files v2", "@scope-files-v2" },
	{ "a\xc3\xa4\n", "a---" },
	{ "", "-" },
};

START_TEST(a_name_that_is_given_is_made_plain)
{
	char *name = server_name_plain(given[_i].given);

	ck_assert_str_eq(name, given[_i].name);
	free(name);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	char text[1000], *name;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	name = server_name_plain(text);
	ck_assert_uint_eq(strlen(name), 128);
	free(name);
}
END_TEST

static Suite *server_name_suite(void)
{
	Suite *suite = suite_create("server_name");
	TCase *tests = tcase_create("server_name");

	tcase_add_loop_test(tests, a_command_is_called_after_what_it_runs, 0,
			    (int)ARRAY_LENGTH(cases));
	tcase_add_loop_test(tests, a_name_that_is_given_is_made_plain, 0, (int)ARRAY_LENGTH(given));
	tcase_add_test(tests, a_long_name_is_cut);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(server_name_suite)
