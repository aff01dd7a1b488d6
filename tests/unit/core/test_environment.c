/* SPDX-License-Identifier: MIT */
#include "core/sandbox/environment.h"

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

static Suite *environment_suite(void)
{
	Suite *suite = suite_create("environment");
	TCase *tests = tcase_create("environment");

	tcase_add_test(tests, proxies_are_set_and_denied_variables_are_gone);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(environment_suite)
