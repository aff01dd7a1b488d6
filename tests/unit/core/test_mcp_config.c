/* SPDX-License-Identifier: MIT */
#include "core/session/mcp_config.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static void read_all(struct mcp_servers *servers, const char *text)
{
	struct err e = { .message = "" };

	*servers = (struct mcp_servers){ NULL, 0, 0 };
	ck_assert_msg(mcp_config_read(servers, text, strlen(text), &e) == 0, "%s: %s", text, e.message);
	for (size_t i = 0; i < servers->count; i++)
		servers->items[i].chosen = true;
}

static char *wrapped(const char *text)
{
	_cleanup_strings_ struct strings options = STRINGS_EMPTY;
	struct mcp_servers servers;
	struct buf out = BUF_EMPTY;

	strings_add(&options, "-m");
	strings_add(&options, "ask");
	read_all(&servers, text);
	mcp_config_wrap(&out, text, strlen(text), &servers, "/bin/srt-top", &options);
	mcp_servers_free(&servers);
	return buf_steal(&out);
}

static char *unwrapped(const char *text)
{
	struct mcp_servers servers;
	struct buf out = BUF_EMPTY;

	read_all(&servers, text);
	mcp_config_unwrap(&out, text, strlen(text), &servers);
	mcp_servers_free(&servers);
	return buf_steal(&out);
}

static const struct {
	const char *plain, *wrapped;
} cases[] = {
	{ "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":[\"1\"]}}}",
	  "{\"mcpServers\":{\"a\":{\"command\":\"/bin/srt-top\",\"args\":[\"run\", \"-n\", \"a\", "
	  "\"-m\", \"ask\", \"--\", \"x\", \"1\"]}}}" },
	/* No list yet. */
	{ "{\"servers\":{\"a\":{\"command\":\"x\"}}}",
	  "{\"servers\":{\"a\":{\"command\":\"/bin/srt-top\", \"args\": [\"run\", \"-n\", \"a\", "
	  "\"-m\", \"ask\", \"--\", \"x\"]}}}" },
	/* The list's own white space, the list before the command, escapes and a comma too many. */
	{ "{\"context_servers\":{\"a b\":{\"args\":[\n  \"1\", // one\n  \"2\",\n],\n\"command\":\"\\u0078\"}}}",
	  "{\"context_servers\":{\"a b\":{\"args\":[\n  \"run\",\n  \"-n\",\n  \"a-b\",\n  \"-m\",\n  "
	  "\"ask\",\n  \"--\",\n  \"\\u0078\",\n  \"1\", // one\n  \"2\",\n],\n\"command\":\"/bin/srt-top\"}}}" },
	{ "{\"mcp\":{\"servers\":{\"a\":{\n \"command\":\"x\"\n}}}}",
	  "{\"mcp\":{\"servers\":{\"a\":{\n \"command\":\"/bin/srt-top\",\n \"args\": [\"run\", \"-n\", \"a\", "
	  "\"-m\", \"ask\", \"--\", \"x\"]\n}}}}" },
	/* Every project's own, and everything else untouched. */
	{ "{\"history\":[\"command\"],\"projects\":{\"/p\":{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":"
	  "[ ]}}},\"/q\":3},\"mcpServers\":{}}",
	  "{\"history\":[\"command\"],\"projects\":{\"/p\":{\"mcpServers\":{\"a\":{\"command\":"
	  "\"/bin/srt-top\",\"args\":[\"run\", \"-n\", \"a\", \"-m\", \"ask\", \"--\", \"x\" ]}}},\"/q\":3},"
	  "\"mcpServers\":{}}" },
	/* Not to be wrapped: by its URL, by srt, and by srt-top already. */
	{ "{\"mcpServers\":{\"u\":{\"url\":\"https://x\"},\"s\":{\"command\":\"/b/srt\",\"args\":[\"x\"]},"
	  "\"e\":{\"command\":\"\"},\"n\":7}}",
	  NULL },
};

START_TEST(a_server_is_wrapped_and_unwrapped)
{
	_cleanup_free_ char *there = wrapped(cases[_i].plain);
	_cleanup_free_ char *twice = wrapped(there), *back = unwrapped(there);

	ck_assert_str_eq(there, cases[_i].wrapped ? cases[_i].wrapped : cases[_i].plain);
	ck_assert_str_eq(twice, there);
	ck_assert_str_eq(back, cases[_i].plain);
}
END_TEST

/* What a person changed in it since goes with it; the rest stays. */
START_TEST(a_wrapping_that_was_edited_is_undone)
{
	_cleanup_free_ char *one = unwrapped("{\"mcpServers\":{\"a\":{\"command\":\"srt-top\",\"args\":[\"learn\","
					     "\"-n\",\"b\",\"--hold\",\"3\",\"--\",\"x\",\"--\",\"y\"]}}}");
	_cleanup_free_ char *two =
		unwrapped("{\"mcpServers\":{\"a\":{\"args\":[\"run\", \"--\", \"x\", ],\"command\":\"srt-top\"}}}");

	ck_assert_str_eq(one, "{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":[\"--\",\"y\"]}}}");
	ck_assert_str_eq(two, "{\"mcpServers\":{\"a\":{\"args\":[ ],\"command\":\"x\"}}}");
}
END_TEST

START_TEST(states_are_told_apart)
{
	const char *text = "{\"mcpServers\":{\"a\":{\"command\":\"x\"},\"b\":{\"command\":\"srt-top\",\"args\":"
			   "[\"run\",\"x\"]},\"c\":{\"command\":\"srt-top\",\"args\":[\"run\",\"--\"]},"
			   "\"d\":{\"command\":\"/b/srt-top\",\"args\":[\"run\",\"--\",\"x\"]},\"e\":{}}}";
	static const enum mcp_server_state wanted[] = { MCP_PLAIN, MCP_OTHERWISE, MCP_OTHERWISE, MCP_WRAPPED,
							MCP_NO_COMMAND };
	struct mcp_servers servers;

	read_all(&servers, text);
	ck_assert_uint_eq(servers.count, ARRAY_LENGTH(wanted));
	for (size_t i = 0; i < servers.count; i++)
		ck_assert_int_eq(servers.items[i].state, wanted[i]);
	mcp_servers_free(&servers);
}
END_TEST

static const char *const refused[] = {
	"[]",
	"{}",
	"{\"mcpServers\":[]}",
	"{\"mcpServers\":{\"a\":{\"command\":\"x\",\"command\":\"y\"}}}",
	"{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\":\"y\"}}}",
	"{\"mcpServers\":{\"a\\ud800\\u0000\":{}}}",
	"{\"mcpServers\":",
};

START_TEST(what_cannot_be_read_for_sure_is_refused)
{
	struct mcp_servers servers = { NULL, 0, 0 };
	struct err e;

	ck_assert_msg(mcp_config_read(&servers, refused[_i], strlen(refused[_i]), &e) < 0, "%s", refused[_i]);
	mcp_servers_free(&servers);
}
END_TEST

static Suite *mcp_config_suite(void)
{
	Suite *suite = suite_create("mcp_config");
	TCase *tests = tcase_create("mcp_config");

	tcase_add_loop_test(tests, a_server_is_wrapped_and_unwrapped, 0, (int)ARRAY_LENGTH(cases));
	tcase_add_test(tests, a_wrapping_that_was_edited_is_undone);
	tcase_add_test(tests, states_are_told_apart);
	tcase_add_loop_test(tests, what_cannot_be_read_for_sure_is_refused, 0, (int)ARRAY_LENGTH(refused));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mcp_config_suite)
