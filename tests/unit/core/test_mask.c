/* SPDX-License-Identifier: MIT */
#include "core/policy/mask.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/jwt.h"
#include "tests/lib/unit.h"

/* {"alg":"RS256","kid":"1"} . {"sub":"me","secret":"psst","n":1700000000} */
#define HEADER "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ"
#define TOKEN HEADER ".eyJzdWIiOiJtZSIsInNlY3JldCI6InBzc3QiLCJuIjoxNzAwMDAwMDAwfQ.c2ln"
/* Begins like one, and its first part is no JSON. */
#define NO_TOKEN "eyJabc.def.ghi"
#define UNMASKED "UNPROTECTED"

static struct credential credential;
static struct secrets secrets;
static struct strings hosts;
static struct masked masked;
static struct err e;

static void start(void)
{
	credential = (struct credential){ .name = (char *)"N", .mode = CREDENTIAL_MASK };
	secrets = (struct secrets){ 0 };
	hosts = (struct strings)STRINGS_EMPTY;
	masked = (struct masked)MASKED_EMPTY;
	e = (struct err){ 0 };
	strings_add(&hosts, "a.test");
}

static void stop(void)
{
	secrets_free(&secrets);
	masked_free(&masked);
	strings_free(&hosts);
	strings_free(&credential.mask_claims);
	strings_free(&credential.inject_hosts);
}

static int make(bool file, const char *text)
{
	return mask_make(&masked, &secrets, &credential, file, text, strlen(text), &hosts, &e);
}

/* The masked text with every sentinel as "<number>". */
static const char *shown(void)
{
	static char text[4096];
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	const char *at = buf_text(&masked.text);

	while (*at) {
		size_t i = 0;

		while (i < secrets.count && strncmp(at, secrets.items[i].sentinel,
						    secrets.items[i].sentinel_length) != 0)
			i++;
		if (i < secrets.count) {
			buf_addf(&out, "<%zu>", i);
			at += secrets.items[i].sentinel_length;
		} else {
			buf_addc(&out, *at++);
		}
	}
	snprintf(text, sizeof(text), "%s", buf_text(&out));
	return text;
}

/* fake_value_ and a random UUID. */
static void must_be_sentinel(const char *text)
{
	static const char form[] = "fake_value_xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";

	for (size_t i = 0; form[i]; i++) {
		const char *allowed = form[i] == 'y' ? "89ab" : "0123456789abcdef";

		if (form[i] == 'x' || form[i] == 'y')
			ck_assert_msg(text[i] && strchr(allowed, text[i]), "%s", text);
		else
			ck_assert_msg(text[i] == form[i], "%s", text);
	}
}

START_TEST(a_whole_value_becomes_a_sentinel_of_its_length)
{
	static const char longer[] = "a secret that is longer than any sentinel has to be, and a little";

	ck_assert_int_eq(make(false, "short"), 0);
	ck_assert_int_eq(masked.fate, MASK_MADE);
	must_be_sentinel(buf_text(&masked.text));
	ck_assert_uint_eq(masked.text.length, 47);
	masked_free(&masked);
	ck_assert_int_eq(make(true, longer), 0);
	must_be_sentinel(buf_text(&masked.text));
	ck_assert_uint_eq(masked.text.length, strlen(longer));
	ck_assert_uint_eq(strspn(buf_text(&masked.text),
				 "abcdefghijklmnopqrstuvwxyz0123456789_-"), strlen(longer));
	ck_assert_uint_eq(secrets.count, 2);
	ck_assert_str_eq(secrets.items[0].real, "short");
	ck_assert_str_eq(secrets.items[1].real, longer);
	ck_assert_str_ne(secrets.items[0].sentinel, secrets.items[1].sentinel);
	ck_assert(strings_contain(&secrets.items[0].hosts, "a.test"));
}
END_TEST

START_TEST(hosts_of_its_own_replace_the_others)
{
	credential.has_inject_hosts = true;
	strings_add(&credential.inject_hosts, "b.test");
	ck_assert_int_eq(make(false, "x"), 0);
	ck_assert_uint_eq(secrets.items[0].hosts.count, 1);
	ck_assert_str_eq(secrets.items[0].hosts.items[0], "b.test");
}
END_TEST

static const struct {
	const char *extract, *text, *shown;
	bool duplicates;
	const char *reals[3];
} parts[] = {
	{ "password (\\S+)", "a password one\npassword two\npassword one",
	  "a password <0>\npassword <1>\npassword <0>", false, { "one", "two" } },
	{ "k=(\\w+)", "k=abc # abc", "k=<0> # abc", false, { "abc" } },
	{ "k=(\\w+)", "abc k=abc # abcabc abcd", "<0> k=<0> # <0><0> <0>d", true, { "abc" } },
	{ "k=(\\w+)", "k=ab k=abc; ab abc", "k=<0> k=<1>; <0> <1>", true, { "ab", "abc" } },
	{ "k=(\\w+)", "k=aa aaa", "k=<0> <0>a", true, { "aa" } },
	{ "k=(fake)", "k=fake fake", "k=<0> <0>", true, { "fake" } },
	{ "k=(\\w*)", "k= k=x", "k= k=<0>", false, { "x" } },
};

START_TEST(only_what_the_group_matches_is_replaced)
{
	credential.extract = (char *)parts[_i].extract;
	credential.mask_duplicates = parts[_i].duplicates;
	ck_assert_int_eq(make(true, parts[_i].text), 0);
	ck_assert_int_eq(masked.fate, MASK_MADE);
	ck_assert_str_eq(shown(), parts[_i].shown);
	for (size_t i = 0; i < ARRAY_LENGTH(parts[_i].reals); i++) {
		if (i < secrets.count)
			ck_assert_str_eq(secrets.items[i].real, parts[_i].reals[i]);
		else
			ck_assert_ptr_null(parts[_i].reals[i]);
	}
}
END_TEST

START_TEST(a_group_that_takes_no_part_stops_the_start)
{
	credential.extract = (char *)"k=(\\d)?";
	ck_assert_int_eq(make(true, "k=1 k=x"), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "credentials.files entry \"N\": extract pattern "
						"/k=(\\d)?/ matched at offset 4 but capture group 1 "
						"is undefined"));
}
END_TEST

START_TEST(without_a_match_the_settings_decide)
{
	credential.extract = (char *)"k=(\\d+)";
	ck_assert_int_eq(make(false, "none"), 0);
	ck_assert_int_eq(masked.fate, MASK_LEFT);
	ck_assert_ptr_nonnull(strstr(masked.warning, "extract pattern \"k=(\\d+)\" matched nothing"));
	ck_assert_ptr_nonnull(strstr(masked.warning, UNMASKED));
	masked_free(&masked);

	credential.no_match = NO_MATCH_DENY;
	ck_assert_int_eq(make(false, "none"), 0);
	ck_assert_int_eq(masked.fate, MASK_WITHHELD);
	ck_assert_ptr_null(masked.warning);

	credential.no_match = NO_MATCH_ERROR;
	ck_assert_int_eq(make(false, "none"), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "credentials.envVars entry \"N\": extract pattern "
						"\"k=(\\d+)\" matched nothing "
						"(onExtractNoMatch: \"error\")"));
	ck_assert_uint_eq(secrets.count, 0);
}
END_TEST

START_TEST(a_token_becomes_one_that_proves_nothing)
{
	static const char start_of_fake[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
	const char *text;

	credential.decode_jwt = true;
	ck_assert_int_eq(make(false, TOKEN), 0);
	ck_assert_int_eq(masked.fate, MASK_MADE);
	text = buf_text(&masked.text);
	ck_assert(strncmp(text, start_of_fake, strlen(start_of_fake)) == 0);
	ck_assert_str_eq(text + strlen(text) - 12, ".c3J0LWZha2U");
	ck_assert(jwt_is_valid(text, strlen(text)));
	ck_assert_str_eq(secrets.items[0].real, TOKEN);
	ck_assert_str_eq(secrets.items[0].sentinel, text);
}
END_TEST

START_TEST(tokens_in_a_file_are_found_without_an_expression)
{
	credential.decode_jwt = true;
	ck_assert_int_eq(make(true, "a " TOKEN " b " NO_TOKEN " " TOKEN), 0);
	ck_assert_str_eq(shown(), "a <0> b " NO_TOKEN " <0>");
	ck_assert_uint_eq(secrets.count, 1);
}
END_TEST

START_TEST(what_is_no_token_goes_the_way_of_no_match)
{
	credential.decode_jwt = true;
	for (int file = 0; file <= 1; file++) {
		credential.no_match = NO_MATCH_WARN;
		ck_assert_int_eq(make(file, NO_TOKEN), 0);
		ck_assert_int_eq(masked.fate, MASK_LEFT);
		ck_assert_ptr_nonnull(strstr(masked.warning, UNMASKED));
		masked_free(&masked);
		credential.no_match = NO_MATCH_DENY;
		ck_assert_int_eq(make(file, NO_TOKEN), 0);
		ck_assert_int_eq(masked.fate, MASK_WITHHELD);
		masked_free(&masked);
	}
}
END_TEST

START_TEST(a_token_within_a_variable_is_found_by_its_expression)
{
	credential.decode_jwt = true;
	credential.extract = (char *)"Bearer (.*)";
	ck_assert_int_eq(make(false, "Bearer " TOKEN), 0);
	ck_assert_str_eq(shown(), "Bearer <0>");
	masked_free(&masked);
	ck_assert_int_eq(make(false, TOKEN), 0);
	ck_assert_str_eq(shown(), "<1>");
}
END_TEST

START_TEST(claims_are_replaced_within_the_token)
{
	const struct secret *claim, *token;

	credential.decode_jwt = true;
	strings_add(&credential.mask_claims, "secret");
	strings_add(&credential.mask_claims, "secret");
	strings_add(&credential.mask_claims, "n");
	strings_add(&credential.mask_claims, "absent");
	ck_assert_int_eq(make(true, "t=" TOKEN), 0);
	ck_assert_str_eq(shown(), "t=<1>");
	ck_assert_uint_eq(secrets.count, 2);
	claim = &secrets.items[0];
	token = &secrets.items[1];
	ck_assert_str_eq(claim->real, "psst");
	must_be_sentinel(claim->sentinel);
	ck_assert_str_eq(token->real, TOKEN);
	ck_assert(strncmp(token->sentinel, HEADER ".", strlen(HEADER) + 1) == 0);
	/* The fake's own claim is the sentinel. */
	ck_assert(jwt_is_valid(token->sentinel, token->sentinel_length));
	masked_free(&masked);
	ck_assert_int_eq(make(false, token->sentinel), 0);
	ck_assert_str_eq(secrets.items[2].real, secrets.items[0].sentinel);
}
END_TEST

START_TEST(a_token_without_the_claims_is_left)
{
	credential.decode_jwt = true;
	strings_add(&credential.mask_claims, "n");
	ck_assert_int_eq(make(true, TOKEN), 0);
	ck_assert_int_eq(masked.fate, MASK_LEFT);
	ck_assert_ptr_nonnull(strstr(masked.warning, "maskClaims"));
	ck_assert_uint_eq(secrets.count, 0);
}
END_TEST

START_TEST(a_secret_that_is_too_long_is_withheld)
{
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	buf_adds(&text, "k=");
	while (text.length < SECRET_MOST + 3)
		buf_addc(&text, 'x');
	ck_assert_int_eq(make(false, text.data), 0);
	ck_assert_int_eq(masked.fate, MASK_WITHHELD);
	ck_assert_ptr_nonnull(masked.warning);
	masked_free(&masked);
	credential.extract = (char *)"k=(x*)";
	ck_assert_int_eq(make(true, text.data), 0);
	ck_assert_int_eq(masked.fate, MASK_WITHHELD);
}
END_TEST

static const struct {
	const char *token;
	bool valid;
} tokens[] = {
	{ TOKEN, true },
	{ " \"" TOKEN, true }, /* decoders skip what is no digit */
	{ TOKEN ".x", false },
	{ "a.b", false },
	{ "", false },
	{ "..", false },
	{ NO_TOKEN, false },
	{ "e30.e30.x", false },			/* {} has no alg */
	{ "eyJhbGciOjF9.e30.", true },		/* {"alg":1} . {} */
	{ "eyJhbGciOjF9.MQ.", true },		/* . 1 */
	{ "eyJhbGciOjF9.eyJh.", false },	/* . {"a */
	{ "WyJhbGciXQ.e30.", false },		/* ["alg"] */
};

START_TEST(tokens_are_told_by_their_parts)
{
	ck_assert_msg(jwt_is_valid(tokens[_i].token, strlen(tokens[_i].token)) == tokens[_i].valid,
		      "%s", tokens[_i].token);
}
END_TEST

static Suite *mask_suite(void)
{
	Suite *suite = suite_create("mask");
	TCase *tests = tcase_create("mask");

	tcase_add_checked_fixture(tests, start, stop);
	tcase_add_test(tests, a_whole_value_becomes_a_sentinel_of_its_length);
	tcase_add_test(tests, hosts_of_its_own_replace_the_others);
	tcase_add_loop_test(tests, only_what_the_group_matches_is_replaced, 0,
			    (int)ARRAY_LENGTH(parts));
	tcase_add_test(tests, a_group_that_takes_no_part_stops_the_start);
	tcase_add_test(tests, without_a_match_the_settings_decide);
	tcase_add_test(tests, a_token_becomes_one_that_proves_nothing);
	tcase_add_test(tests, tokens_in_a_file_are_found_without_an_expression);
	tcase_add_test(tests, what_is_no_token_goes_the_way_of_no_match);
	tcase_add_test(tests, a_token_within_a_variable_is_found_by_its_expression);
	tcase_add_test(tests, claims_are_replaced_within_the_token);
	tcase_add_test(tests, a_token_without_the_claims_is_left);
	tcase_add_test(tests, a_secret_that_is_too_long_is_withheld);
	tcase_add_loop_test(tests, tokens_are_told_by_their_parts, 0, (int)ARRAY_LENGTH(tokens));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(mask_suite)
