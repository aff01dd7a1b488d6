/* SPDX-License-Identifier: MIT */
#include "core/net/http_body.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

/* Feeds in pieces of `step` bytes, gathers content; *used counts what was taken. */
static enum http_body_progress feed(struct http_body *body, const char *text, size_t length,
				    size_t step, struct buf *content, size_t *used)
{
	enum http_body_progress progress = HTTP_BODY_MORE;

	*used = 0;
	while (*used < length) {
		size_t piece = length - *used < step ? length - *used : step;
		size_t taken, data_length;
		const char *data;

		progress = http_body_next(body, text + *used, piece, &taken, &data, &data_length);
		*used += taken;
		if (progress == HTTP_BODY_DATA)
			buf_add(content, data, data_length);
		if (progress == HTTP_BODY_DONE || progress == HTTP_BODY_BAD)
			break;
	}
	return progress;
}

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *text;
	size_t length;
	const char *content; /* NULL = malformed */
	size_t rest;
} chunked[] = {
	{ TEXT("0\r\n\r\n"), "", 0 },
	{ TEXT("5\r\nhello\r\n0\r\n\r\n"), "hello", 0 },
	{ TEXT("1\r\na\r\n00b\r\nhello world\r\n000\r\n\r\nGET /"), "ahello world", 5 },
	{ TEXT("A;name=\"value\"\r\n0123456789\r\n0;x\r\nTrailer: 1\r\nOther:\r\n\r\n"),
	  "0123456789", 0 },
	{ TEXT("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n", 0 },
	{ TEXT("\r\n"), NULL, 0 },
	{ TEXT("5\nhello\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("5 \r\nhello\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT(" 5\r\nhello\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("0x5\r\nhello\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("-5\r\nhello\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("g\r\n"), NULL, 0 },
	{ TEXT("5\r\nhelloX\r\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("5\r\nhello\n0\r\n\r\n"), NULL, 0 },
	{ TEXT("5\r\nhello0\r\n\r\n"), NULL, 0 },
	{ TEXT("5\rhello"), NULL, 0 },
	{ TEXT("5;a\0b\r\nhello"), NULL, 0 },
	{ TEXT("5;a\nb\r\nhello"), NULL, 0 },
	{ TEXT("10000000000000000\r\n"), NULL, 0 },
	{ TEXT("0\r\n folded\r\n\r\n"), NULL, 0 },
	{ TEXT("0\r\nname : x\r\n\r\n"), NULL, 0 },
	{ TEXT("0\r\nname\r\n\r\n"), NULL, 0 },
	{ TEXT("0\r\nname: x\n\r\n"), NULL, 0 },
	{ TEXT("0\r\n\rX"), NULL, 0 },
};

START_TEST(chunks_are_taken_off_however_they_are_split)
{
	const size_t steps[] = { 1, 2, 3, 5, 1 << 20 };

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		struct buf content = BUF_EMPTY;
		enum http_body_progress progress;
		struct http_body body;
		size_t used;

		http_body_init(&body, HTTP_BODY_CHUNKED, 0);
		progress = feed(&body, chunked[_i].text, chunked[_i].length, steps[i], &content,
				&used);
		if (chunked[_i].content) {
			ck_assert_int_eq(progress, HTTP_BODY_DONE);
			ck_assert(http_body_is_done(&body));
			ck_assert_str_eq(buf_text(&content), chunked[_i].content);
			ck_assert_uint_eq(chunked[_i].length - used, chunked[_i].rest);
		} else {
			ck_assert_msg(progress == HTTP_BODY_BAD, "%s in steps of %zu: %d",
				      chunked[_i].text, steps[i], (int)progress);
			ck_assert(!http_body_is_done(&body));
		}
		buf_free(&content);
	}
}
END_TEST

START_TEST(a_length_ends_the_body_and_leaves_the_rest)
{
	struct buf content = BUF_EMPTY;
	struct http_body body;
	size_t used;

	http_body_init(&body, HTTP_BODY_LENGTH, 5);
	ck_assert(!http_body_is_done(&body));
	feed(&body, "helloGET", 8, 3, &content, &used);
	ck_assert(http_body_is_done(&body));
	ck_assert_uint_eq(used, 5);
	ck_assert_str_eq(buf_text(&content), "hello");
	buf_free(&content);
}
END_TEST

START_TEST(no_body_takes_nothing_and_an_open_one_takes_all)
{
	struct buf content = BUF_EMPTY;
	struct http_body body;
	size_t used;

	http_body_init(&body, HTTP_BODY_NONE, 0);
	ck_assert(http_body_is_done(&body));
	ck_assert_int_eq(feed(&body, "abc", 3, 3, &content, &used), HTTP_BODY_DONE);
	ck_assert_uint_eq(used, 0);

	http_body_init(&body, HTTP_BODY_TO_CLOSE, 0);
	feed(&body, "abc", 3, 1, &content, &used);
	ck_assert_uint_eq(used, 3);
	ck_assert_str_eq(buf_text(&content), "abc");
	ck_assert(!http_body_is_done(&body));
	buf_free(&content);
}
END_TEST

START_TEST(extensions_and_trailers_are_bounded)
{
	struct buf text = BUF_EMPTY, content = BUF_EMPTY;
	struct http_body body;
	size_t used;

	buf_adds(&text, "5;");
	for (int i = 0; i < 10000; i++)
		buf_addc(&text, 'x');
	http_body_init(&body, HTTP_BODY_CHUNKED, 0);
	ck_assert_int_eq(feed(&body, text.data, text.length, 1000, &content, &used), HTTP_BODY_BAD);

	buf_clear(&text);
	buf_adds(&text, "0\r\n");
	for (int i = 0; i < 10000; i++)
		buf_adds(&text, "a:\r\n");
	http_body_init(&body, HTTP_BODY_CHUNKED, 0);
	ck_assert_int_eq(feed(&body, text.data, text.length, 1000, &content, &used), HTTP_BODY_BAD);
	buf_free(&text);
	buf_free(&content);
}
END_TEST

START_TEST(what_is_written_in_chunks_reads_back)
{
	struct buf text = BUF_EMPTY, content = BUF_EMPTY;
	struct http_body body;
	size_t used;

	http_chunk_add(&text, "seventeen bytes !", 17);
	http_chunk_add(&text, "", 0);
	http_chunk_add(&text, "x", 1);
	http_chunk_end(&text);
	ck_assert_str_eq(text.data, "11\r\nseventeen bytes !\r\n1\r\nx\r\n0\r\n\r\n");
	http_body_init(&body, HTTP_BODY_CHUNKED, 0);
	ck_assert_int_eq(feed(&body, text.data, text.length, 4, &content, &used), HTTP_BODY_DONE);
	ck_assert_str_eq(buf_text(&content), "seventeen bytes !x");
	buf_free(&text);
	buf_free(&content);
}
END_TEST

static Suite *http_body_suite(void)
{
	Suite *suite = suite_create("http_body");
	TCase *tests = tcase_create("http_body");

	tcase_add_loop_test(tests, chunks_are_taken_off_however_they_are_split, 0,
			    (int)ARRAY_LENGTH(chunked));
	tcase_add_test(tests, a_length_ends_the_body_and_leaves_the_rest);
	tcase_add_test(tests, no_body_takes_nothing_and_an_open_one_takes_all);
	tcase_add_test(tests, extensions_and_trailers_are_bounded);
	tcase_add_test(tests, what_is_written_in_chunks_reads_back);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(http_body_suite)
