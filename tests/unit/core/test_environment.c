/* SPDX-License-Identifier: MIT */
#include "core/sandbox/environment.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static char *const inherited[] = { (char *)"HOME=/h", (char *)"http_proxy=http://old:1", (char *)"TMPDIR=/old",
				   (char *)"SECRET=x", (char *)"SECRET_TOO=y", NULL };

START_TEST(proxies_are_set_and_denied_variables_are_gone)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	_cleanup_strings_ struct strings out = STRINGS_EMPTY;
	struct environment_request request = { .inherited = inherited,
					       .settings = settings,
					       .user = "srt",
					       .token = "t0k",
					       .tmpdir = "/dev/shm/tmp" };

	settings->credential_vars.items = xcalloc(1, sizeof(struct credential));
	settings->credential_vars.count = settings->credential_vars.capacity = 1;
	settings->credential_vars.items[0].name = xstrdup("SECRET");
	settings->credential_vars.items[0].mode = CREDENTIAL_DENY;
	environment_make(&out, &request);
	ck_assert(strings_contain(&out, "HOME=/h"));
	ck_assert(strings_contain(&out, "http_proxy=http://srt:t0k@localhost:3128"));
	ck_assert(!strings_contain(&out, "http_proxy=http://old:1"));
	ck_assert(strings_contain(&out, "TMPDIR=/dev/shm/tmp"));
	ck_assert(strings_contain(&out, "SANDBOX_RUNTIME=1"));
	ck_assert(!strings_contain(&out, "SECRET=x"));
	/* A name that only begins like it is another variable. */
	ck_assert(strings_contain(&out, "SECRET_TOO=y"));
}
END_TEST

START_TEST(user_is_encoded_in_urls_alone)
{
	_cleanup_strings_ struct strings out = STRINGS_EMPTY;
	struct environment_request request = { .inherited = inherited,
					       .user = "srt.a+b/c=",
					       .token = "t0k",
					       .ssh_proxy_command = "nc %h %p" };

	environment_make(&out, &request);
	ck_assert(strings_contain(&out, "https_proxy=http://srt.a%2Bb%2Fc%3D:t0k@localhost:3128"));
	ck_assert(strings_contain(&out, "FTP_PROXY=socks5h://srt.a%2Bb%2Fc%3D:t0k@localhost:1080"));
	ck_assert(strings_contain(&out, "CLOUDSDK_PROXY_USERNAME=srt.a+b/c="));
	ck_assert(strings_contain(&out, "GIT_SSH_COMMAND=ssh -o ControlMaster=no -o ControlPath=none "
					"-o ProxyCommand='nc %h %p'"));
	ck_assert(strings_contain(&out, "TMPDIR=/old"));
}
END_TEST

static const struct {
	const char *count; /* GIT_CONFIG_COUNT as inherited, NULL = not set */
	const char *directories[10];
	const char *wanted[8];
	const char *unwanted;
} safe[] = {
	{ NULL, { NULL }, { NULL }, "GIT_CONFIG_COUNT=0" },
	{ NULL,
	  { "/r/" },
	  { "GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=/r",
	    "GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=/r/*" },
	  NULL },
	{ "1",
	  { "a" },
	  { "GIT_CONFIG_COUNT=3", "GIT_CONFIG_VALUE_1=a", "GIT_CONFIG_VALUE_2=a/*" },
	  "GIT_CONFIG_VALUE_0=a" },
	{ "0", { "/r" }, { "GIT_CONFIG_COUNT=0" }, "GIT_CONFIG_VALUE_0=/r" },
	{ "abc", { "/" }, { "GIT_CONFIG_COUNT=2", "GIT_CONFIG_VALUE_0=/", "GIT_CONFIG_VALUE_1=/*" }, NULL },
	{ "-1", { "/r" }, { "GIT_CONFIG_COUNT=2" }, NULL },
	{ "1",
	  { "1", "2", "3", "4", "5", "6", "7", "8", "9" },
	  { "GIT_CONFIG_COUNT=2", "GIT_CONFIG_VALUE_1=*" },
	  "GIT_CONFIG_VALUE_1=1" },
	/* What is empty is no directory, and stands for no other. */
	{ NULL, { "" }, { NULL }, "GIT_CONFIG_KEY_0=safe.directory" },
	{ NULL,
	  { "", "/r" },
	  { "GIT_CONFIG_COUNT=2", "GIT_CONFIG_VALUE_0=/r", "GIT_CONFIG_VALUE_1=/r/*" },
	  "GIT_CONFIG_VALUE_1=/*" },
	{ NULL,
	  { "/r", "/r//", "C:\\w" },
	  { "GIT_CONFIG_COUNT=4", "GIT_CONFIG_VALUE_0=/r", "GIT_CONFIG_VALUE_2=C:/w" },
	  NULL },
	{ NULL,
	  { "1", "2", "3", "4", "5", "6", "7", "8", "8/" },
	  { "GIT_CONFIG_COUNT=16", "GIT_CONFIG_VALUE_14=8" },
	  "GIT_CONFIG_VALUE_0=*" },
};

START_TEST(git_trusts_the_directories_of_the_settings)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	_cleanup_strings_ struct strings out = STRINGS_EMPTY;
	_cleanup_free_ char *count = NULL;
	char *words[] = { NULL, NULL };
	struct environment_request request = {
		.inherited = words, .settings = settings, .user = "srt", .token = "t"
	};

	if (safe[_i].count)
		words[0] = count = xasprintf("GIT_CONFIG_COUNT=%s", safe[_i].count);
	for (size_t i = 0; safe[_i].directories[i]; i++)
		strings_add(&settings->git_safe_directories, safe[_i].directories[i]);
	environment_make(&out, &request);
	for (size_t i = 0; safe[_i].wanted[i]; i++)
		ck_assert_msg(strings_contain(&out, safe[_i].wanted[i]), "%s", safe[_i].wanted[i]);
	if (safe[_i].unwanted)
		ck_assert_msg(!strings_contain(&out, safe[_i].unwanted), "%s", safe[_i].unwanted);
}
END_TEST

START_TEST(a_proxy_of_the_users_own_gets_no_credentials)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	_cleanup_strings_ struct strings out = STRINGS_EMPTY;
	struct environment_request request = { .inherited = inherited,
					       .settings = settings,
					       .user = "srt" };

	settings->http_proxy_port = 8080;
	environment_make(&out, &request);
	ck_assert(strings_contain(&out, "https_proxy=http://localhost:3128"));
	ck_assert(strings_contain(&out, "FTP_PROXY=socks5h://localhost:1080"));
	ck_assert(strings_contain(&out, "CLOUDSDK_PROXY_PORT=3128"));
	ck_assert(strings_contain(&out, "CLAUDE_CODE_HOST_HTTP_PROXY_PORT=8080"));
	for (size_t i = 0; i < out.count; i++) {
		ck_assert(strncmp(out.items[i], "GIT_CONFIG_PARAMETERS=", 22) != 0);
		ck_assert(strncmp(out.items[i], "CLOUDSDK_PROXY_USERNAME=", 24) != 0);
		ck_assert(strncmp(out.items[i], "CLOUDSDK_PROXY_PASSWORD=", 24) != 0);
	}
}
END_TEST

START_TEST(masked_variables_take_the_place_of_all_of_their_name)
{
	static char *const twice[] = { (char *)"A=real", (char *)"AB=keep", (char *)"A=other",
				       (char *)"GONE=x", NULL };
	_cleanup_strings_ struct strings masked = STRINGS_EMPTY, withheld = STRINGS_EMPTY;
	_cleanup_strings_ struct strings out = STRINGS_EMPTY;
	struct environment_request request = { .inherited = twice,
					       .masked = &masked,
					       .withheld = &withheld,
					       .user = "srt",
					       .token = "t0k" };

	strings_add(&masked, "A=fake=1");
	strings_add(&withheld, "GONE");
	environment_make(&out, &request);
	ck_assert(strings_contain(&out, "A=fake=1"));
	ck_assert(strings_contain(&out, "AB=keep"));
	ck_assert(!strings_contain(&out, "A=real"));
	ck_assert(!strings_contain(&out, "A=other"));
	ck_assert(!strings_contain(&out, "GONE=x"));
}
END_TEST

START_TEST(java_agent_is_named_before_what_is_there)
{
	static char *const options[] = { (char *)"JAVA_TOOL_OPTIONS=-Xmx1g", NULL };
	_cleanup_strings_ struct strings with = STRINGS_EMPTY, without = STRINGS_EMPTY;
	struct environment_request request = { .inherited = options,
					       .user = "srt",
					       .java_agent = "/opt/agent.jar" };

	environment_make(&with, &request);
	ck_assert(strings_contain(&with, "JAVA_TOOL_OPTIONS=-javaagent:/opt/agent.jar -Xmx1g"));
	request.inherited = inherited;
	environment_make(&without, &request);
	ck_assert(strings_contain(&without, "JAVA_TOOL_OPTIONS=-javaagent:/opt/agent.jar"));
}
END_TEST

static Suite *environment_suite(void)
{
	Suite *suite = suite_create("environment");
	TCase *tests = tcase_create("environment");

	tcase_add_test(tests, proxies_are_set_and_denied_variables_are_gone);
	tcase_add_test(tests, user_is_encoded_in_urls_alone);
	tcase_add_loop_test(tests, git_trusts_the_directories_of_the_settings, 0, ARRAY_LENGTH(safe));
	tcase_add_test(tests, a_proxy_of_the_users_own_gets_no_credentials);
	tcase_add_test(tests, masked_variables_take_the_place_of_all_of_their_name);
	tcase_add_test(tests, java_agent_is_named_before_what_is_there);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(environment_suite)
