/* SPDX-License-Identifier: MIT */
#include "core/base/shell_quote.h"

#include "core/base/base64.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

static const struct {
	const char *word, *quoted;
} words[] = {
	{ "", "''" },
	{ "plain", "plain" },
	{ "a.b/c:d@e+f,g-h_i", "a.b/c:d@e+f,g-h_i" },
	{ "a=b", "a=b" },
	{ "=b", "'=b'" },
	{ "-x", "-x" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\"'\"'s'" },
	{ "$HOME", "'$HOME'" },
	{ "~", "'~'" },
	{ "#c", "'#c'" },
	{ "!x", "'!x'" },
	{ "line\n", "'line\n'" },
	{ "\xc3\xa9", "'\xc3\xa9'" },
};

START_TEST(word_is_quoted_where_it_must_be)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	shell_quote(&out, words[_i].word);
	ck_assert_str_eq(buf_text(&out), words[_i].quoted);
}
END_TEST

START_TEST(words_are_joined)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	char *const list[] = { (char *)"echo", (char *)"a b", (char *)"" };

	shell_join(&out, list, 3);
	ck_assert_str_eq(buf_text(&out), "echo 'a b' ''");
}
END_TEST

/* RFC 4648 section 10. */
static const struct {
	const char *text, *encoded;
} vectors[] = {
	{ "", "" },	    { "f", "Zg==" },	    { "fo", "Zm8=" },	      { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	{ "\xff\xfe\xfd", "//79" },
};

START_TEST(base64_has_the_vectors_of_the_standard)
{
	_cleanup_buf_ struct buf out = BUF_EMPTY;
	size_t length = 0;

	while (vectors[_i].text[length])
		length++;
	base64_add(&out, vectors[_i].text, length);
	ck_assert_str_eq(buf_text(&out), vectors[_i].encoded);
}
END_TEST

static Suite *shell_quote_suite(void)
{
	Suite *suite = suite_create("shell_quote");
	TCase *tests = tcase_create("shell_quote");

	tcase_add_loop_test(tests, word_is_quoted_where_it_must_be, 0, ARRAY_LENGTH(words));
	tcase_add_test(tests, words_are_joined);
	tcase_add_loop_test(tests, base64_has_the_vectors_of_the_standard, 0, ARRAY_LENGTH(vectors));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(shell_quote_suite)
