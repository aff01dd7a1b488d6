/* SPDX-License-Identifier: MIT */
#include "core/net/inject.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static struct secrets secrets;
static struct injection injection;
static struct buf out = BUF_EMPTY;

static void add(const char *sentinel, const char *real, const char *host)
{
	struct secret *secret;

	grow_array(secrets.items, secrets.count, secrets.capacity);
	secret = &secrets.items[secrets.count++];
	*secret = (struct secret){ .sentinel = xstrdup(sentinel),
				   .sentinel_length = strlen(sentinel),
				   .real = xstrdup(real),
				   .real_length = strlen(real) };
	strings_add(&secret->hosts, host);
}

static void start(void)
{
	secrets = (struct secrets){ 0 };
	add("fake_one", "real_one", "a.test");
	add("fake_two", "2", "a.test");
	add("eyJ.x", "a longer one", "a.test:80");
	add("fake_lines", "line\r\n", "a.test");
	add("fake_bad", "a\nb", "a.test");
	add("fake_nil", "", "a.test");
	add("fake_else", "ELSE", "*.b.test");
	injection_begin(&injection, &secrets, "a.test", 80);
}

static void stop(void)
{
	injection_free(&injection);
	secrets_free(&secrets);
	buf_free(&out);
}

static const struct {
	const char *text, *field, *body;
} texts[] = {
	{ "", "", "" },
	{ "nothing here", "nothing here", "nothing here" },
	{ "fake_one", "real_one", "real_one" },
	{ "<fake_one>", "<real_one>", "<real_one>" },
	{ "fake_onefake_twofake_one", "real_one2real_one", "real_one2real_one" },
	{ "fake_fake_one", "fake_real_one", "fake_real_one" },
	{ "fake_on", "fake_on", "fake_on" },
	{ "ffake_twofake_tw", "f2fake_tw", "f2fake_tw" },
	{ "eyJ.x eyJ.y", "a longer one eyJ.y", "a longer one eyJ.y" },
	{ "fake_else", "fake_else", "fake_else" },
	{ "fake_lines.", "line.", "line\r\n." },
	{ "fake_bad fake_one", "fake_bad real_one", "a\nb real_one" },
	{ "(fake_nil)", "()", "()" },
	{ "FAKE_ONE", "FAKE_ONE", "FAKE_ONE" },
};

START_TEST(a_field_gets_the_secrets_that_it_can_hold)
{
	injection_add_field(&injection, &out, texts[_i].text, 1000);
	ck_assert_str_eq(buf_text(&out), texts[_i].field);
}
END_TEST

START_TEST(a_body_gets_them_however_it_is_split)
{
	size_t length = strlen(texts[_i].text);

	for (size_t step = 1; step <= length + 1; step++) {
		buf_clear(&out);
		for (size_t at = 0; at < length; at += step)
			injection_add_body(&injection, &out, texts[_i].text + at,
					   length - at < step ? length - at : step);
		injection_end_body(&injection, &out);
		ck_assert_msg(strcmp(buf_text(&out), texts[_i].body) == 0, "in steps of %zu: %s",
			      step, buf_text(&out));
	}
}
END_TEST

START_TEST(only_what_may_begin_a_sentinel_is_held_back)
{
	injection_add_body(&injection, &out, "some text fak", 13);
	ck_assert_str_eq(buf_text(&out), "some text ");
	injection_add_body(&injection, &out, "x", 1);
	ck_assert_str_eq(buf_text(&out), "some text fakx");
	injection_add_body(&injection, &out, "fake_tw", 7);
	ck_assert_str_eq(buf_text(&out), "some text fakx");
	injection_add_body(&injection, &out, "o", 1);
	ck_assert_str_eq(buf_text(&out), "some text fakx2");
}
END_TEST

START_TEST(a_field_does_not_grow_beyond_its_bound)
{
	injection_add_field(&injection, &out, "eyJ.x eyJ.x eyJ.x", 30);
	ck_assert_str_eq(buf_text(&out), "a longer one eyJ.x eyJ.x");
}
END_TEST

static const struct {
	const char *host;
	int port;
	size_t count;
	bool changes_length;
} places[] = {
	{ "a.test", 80, 6, true },
	{ "a.test", 81, 5, true },
	{ "x.b.test", 1, 1, true },
	{ "b.test", 1, 0, false },
	{ "other.test", 80, 0, false },
};

START_TEST(a_secret_goes_to_its_hosts_alone)
{
	injection_free(&injection);
	injection_begin(&injection, &secrets, places[_i].host, places[_i].port);
	ck_assert_uint_eq(injection.count, places[_i].count);
	ck_assert(injection.changes_length == places[_i].changes_length);
}
END_TEST

START_TEST(secrets_as_long_as_their_sentinels_keep_the_length)
{
	struct secrets one = { .items = secrets.items, .count = 1 };

	injection_free(&injection);
	injection_begin(&injection, &one, "a.test", 80);
	ck_assert_uint_eq(injection.count, 1);
	ck_assert(!injection.changes_length);
}
END_TEST

static Suite *inject_suite(void)
{
	Suite *suite = suite_create("inject");
	TCase *tests = tcase_create("inject");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_loop_test(tests, a_field_gets_the_secrets_that_it_can_hold, 0,
			    (int)ARRAY_LENGTH(texts));
	tcase_add_loop_test(tests, a_body_gets_them_however_it_is_split, 0,
			    (int)ARRAY_LENGTH(texts));
	tcase_add_test(tests, only_what_may_begin_a_sentinel_is_held_back);
	tcase_add_test(tests, a_field_does_not_grow_beyond_its_bound);
	tcase_add_loop_test(tests, a_secret_goes_to_its_hosts_alone, 0,
			    (int)ARRAY_LENGTH(places));
	tcase_add_test(tests, secrets_as_long_as_their_sentinels_keep_the_length);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(inject_suite)
