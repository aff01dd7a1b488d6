/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/server_spec.h"

static const struct {
	const char *line, *words; /* joined by | */
} lines[] = {
	{ "npx -y server ~/src", "npx|-y|server|/home/me/src" },
	{ "  a\t b  ", "a|b" },
	{ "a 'b c' \"d e\"f", "a|b c|d ef" },
	{ "a '' \"\"", "a||" },
	{ "a\\ b \\$x '$x' \"\\$x\"", "a b|$x|$x|$x" },
	{ "a ~ x~/y '~/z'", "a|~|x~/y|~/z" },
	{ "a \"b\\\\c\\d\"", "a|b\\c\\d" },
};

START_TEST(a_line_is_split_into_words)
{
	struct server_spec spec;
	_cleanup_buf_ struct buf joined = BUF_EMPTY;
	struct err e;

	ck_assert_int_eq(server_spec_from_line(&spec, lines[_i].line, "/home/me", &e), 0);
	for (size_t i = 0; i < spec.words.count; i++)
		buf_addf(&joined, "%s%s", i > 0 ? "|" : "", spec.words.items[i]);
	ck_assert_str_eq(buf_text(&joined), lines[_i].words);
	server_spec_free(&spec);
}
END_TEST

static const struct {
	const char *line, *message;
} bad_lines[] = {
	{ "", "no command" },	       { "  ", "no command" },	{ "a 'b", "does not end" },
	{ "a \"b", "does not end" },   { "a | b", "no shell" }, { "a $HOME", "no shell" },
	{ "a \"$HOME\"", "no shell" }, { "a; b", "no shell" },	{ "a > b", "no shell" },
};

/* Better refused than something else than was meant. */
START_TEST(what_needs_a_shell_is_refused)
{
	struct server_spec spec;
	struct err e;

	ck_assert_int_eq(server_spec_from_line(&spec, bad_lines[_i].line, "/", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, bad_lines[_i].message));
}
END_TEST

START_TEST(servers_of_a_configuration_are_read)
{
	static const char text[] =
		"{\"mcpServers\":{\"my files\":{\"command\":\"npx\",\"args\":[\"-y\",\"x\"],"
		"\"env\":{\"A\":\"b=c\"},\"cwd\":\"/x\",\"type\":\"stdio\"},"
		"\"remote\":{\"url\":\"https://example.org\"}},\"other\":1}";
	struct server_specs specs = { .count = 0 };
	struct err e;

	ck_assert_int_eq(server_specs_parse(&specs, text, strlen(text), &e), 0);
	ck_assert_uint_eq(specs.count, 1);
	ck_assert_str_eq(specs.items[0].name, "my-files");
	ck_assert_uint_eq(specs.items[0].words.count, 3);
	ck_assert_str_eq(specs.items[0].words.items[2], "x");
	ck_assert_str_eq(specs.items[0].environment.items[0], "A=b=c");
	ck_assert_str_eq(specs.items[0].cwd, "/x");
	server_specs_free(&specs);
}
END_TEST

/* As their own programs write them. */
static const char *const client_files[] = {
	"{\"servers\":{\"a\":{\"type\":\"stdio\",\"command\":\"x\",\"args\":[\"y\",],}, // of an editor\n}}",
	"{\"context_servers\":{\"a\":{\"command\":\"x\",\"args\":[\"y\"]},\"b\":{\"command\":{\"path\":\"z\"}}}}",
	"{\"mcp\":{\"servers\":{\"a\":{\"command\":\"x\",\"args\":[\"y\"],\"env\":null,\"cwd\":null}}}}",
	"{\"projects\":{\"/p\":{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":[\"y\"]}}}}}",
};

START_TEST(files_of_several_clients_are_read)
{
	struct server_specs specs = { .count = 0 };
	struct err e = { .message = "" };

	ck_assert_msg(server_specs_parse(&specs, client_files[_i], strlen(client_files[_i]), &e) == 0, "%s",
		      e.message);
	ck_assert_uint_eq(specs.count, 1);
	ck_assert_str_eq(specs.items[0].name, "a");
	ck_assert_uint_eq(specs.items[0].words.count, 2);
	ck_assert_str_eq(specs.items[0].words.items[1], "y");
	ck_assert_ptr_null(specs.items[0].cwd);
	server_specs_free(&specs);
}
END_TEST

static const struct {
	const char *text, *message;
} bad_files[] = {
	{ "{}", "mcpServers" },
	{ "{\"mcpServers\":{\"a\":{\"command\":1}}}", "a: \"command\" is no command" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"\"}}}", "a: \"command\" is no command" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":[1]}}}", "a: \"args\" holds" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":1}}}", "a: \"args\" is not a list" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"cwd\":1}}}", "a: \"cwd\" is no text" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"env\":{\"A=\":\"\"}}}}", "a: \"env\" holds" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"env\":{\"-S\":\"\"}}}}", "a: \"env\" holds" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"env\":[]}}}", "a: \"env\" is not an object" },
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"env\":{},\"env\":{\"A\":\"b\"}}}}", "there twice" },
};

START_TEST(mistakes_in_a_configuration_are_named)
{
	struct server_specs specs = { .count = 0 };
	struct err e;

	ck_assert_int_eq(
		server_specs_parse(&specs, bad_files[_i].text, strlen(bad_files[_i].text), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, bad_files[_i].message));
	ck_assert_uint_eq(specs.count, 0);
}
END_TEST

static const struct {
	const char *line, *inner; /* NULL = refused */
} inners[] = {
	{ "npx -y x", "npx|-y|x" },
	{ "srt-top run -n a -- npx x", "npx|x" },
	{ "/usr/bin/srt -s f.json -- npx x", "npx|x" },
	/* Nothing that a configuration names is run outside, whatever it is called. */
	{ "./evil/srt npx x", NULL },
	{ "./evil/srt-top", NULL },
	{ "srt --", NULL },
	{ "srt -- srt -- x", NULL },
};

START_TEST(what_is_wrapped_is_unwrapped)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	_cleanup_buf_ struct buf joined = BUF_EMPTY;
	struct server_spec spec;
	struct err e;

	ck_assert_int_eq(server_spec_from_line(&spec, inners[_i].line, "/", &e), 0);
	ck_assert_int_eq(server_spec_inner(&words, &spec, &e), inners[_i].inner != NULL ? 0 : -1);
	for (size_t i = 0; i < words.count; i++)
		buf_addf(&joined, "%s%s", i > 0 ? "|" : "", words.items[i]);
	if (inners[_i].inner != NULL)
		ck_assert_str_eq(buf_text(&joined), inners[_i].inner);
	server_spec_free(&spec);
}
END_TEST

START_TEST(variables_are_set_inside_alone)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	struct server_spec spec;
	struct err e;

	ck_assert_int_eq(server_spec_from_line(&spec, "x y", "/", &e), 0);
	strings_add(&spec.environment, "LD_PRELOAD=./evil.so");
	ck_assert_int_eq(server_spec_inner(&words, &spec, &e), 0);
	ck_assert_uint_eq(words.count, 4);
	ck_assert_str_eq(words.items[0], "env");
	ck_assert_str_eq(words.items[1], "LD_PRELOAD=./evil.so");
	ck_assert_str_eq(words.items[2], "x");
	server_spec_free(&spec);
}
END_TEST

static Suite *server_spec_suite(void)
{
	Suite *suite = suite_create("server_spec");
	TCase *tests = tcase_create("server_spec");

	tcase_add_loop_test(tests, a_line_is_split_into_words, 0, (int)ARRAY_LENGTH(lines));
	tcase_add_loop_test(tests, what_needs_a_shell_is_refused, 0, (int)ARRAY_LENGTH(bad_lines));
	tcase_add_loop_test(tests, what_is_wrapped_is_unwrapped, 0, (int)ARRAY_LENGTH(inners));
	tcase_add_test(tests, variables_are_set_inside_alone);
	tcase_add_test(tests, servers_of_a_configuration_are_read);
	tcase_add_loop_test(tests, files_of_several_clients_are_read, 0,
			    (int)ARRAY_LENGTH(client_files));
	tcase_add_loop_test(tests, mistakes_in_a_configuration_are_named, 0,
			    (int)ARRAY_LENGTH(bad_files));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(server_spec_suite)
