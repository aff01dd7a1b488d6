/* SPDX-License-Identifier: MIT */
#include "core/net/first_bytes.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define TEXT(literal) literal, sizeof(literal) - 1
#define TLS_HELLO                                                                                  \
	"\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03"                                             \
	"0123456789abcdef0123456789abcdef"                                                         \
	"\x00\x00\x02\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0e"                 \
	"hello.example."

enum outcome { OPEN, OTHER, TLS, HTTP, BROKEN_TLS, BROKEN_HTTP };

static const struct {
	const char *bytes;
	size_t length;
	enum outcome outcome;
	const char *host;
	enum outcome at_end; /* where it is left open */
} cases[] = {
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), HTTP, "a.example", 0 },
	{ TEXT("GET / HTTP/1.1\r\nAccept: */*\r\nhOST:\tA.Example.:8080 \r\n\r\nmore"), HTTP,
	  "a.example", 0 },
	{ TEXT("\r\nPOST /x HTTP/1.1\r\nHost: a.example:\r\nContent-Length: 3\r\n\r\nabc"), HTTP,
	  "a.example", 0 },
	{ TEXT("OPTIONS * HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n"), HTTP, "2001:db8::1", 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n"), HTTP, "127.0.0.1", 0 },
	{ TEXT("GET / HTTP/1.0\r\n\r\n"), HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), HTTP, NULL, 0 },
	/* An absolute-form target wins. */
	{ TEXT("GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), HTTP, "b.example", 0 },
	{ TEXT("GET http://a.example@b.example:81/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), HTTP,
	  "b.example", 0 },
	{ TEXT("CONNECT b.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"), HTTP, "b.example", 0 },

	{ TEXT("GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n"), BROKEN_HTTP, NULL,
	  0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a@b.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example/b\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example#b\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example b.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a%2eexample\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example:0\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET a.example HTTP/1.1\r\nHost: a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET ftp://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("CONNECT b.example HTTP/1.1\r\nHost: a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\nHost: a.example\n\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\n Host: a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost : a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), BROKEN_HTTP, NULL, 0 },
	{ TEXT("GET /  HTTP/1.1 x\r\nHost: a.example\r\n\r\n"), BROKEN_HTTP, NULL, 0 },

	{ TEXT("SSH-2.0-OpenSSH_9.2p1\r\n"), OTHER, NULL, 0 },
	{ TEXT("EHLO client.example\r\n"), OTHER, NULL, 0 },
	{ TEXT("NICK a\r\nUSER a HTTP/1.1\r\n"), OTHER, NULL, 0 },
	{ TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), OTHER, NULL, 0 },
	{ TEXT("\0\0\0\x08\x04\xd2\x16\x2f"), OTHER, NULL, 0 },
	{ TEXT("\x80\x2e\x01 HTTP/1.1"), OTHER, NULL, 0 },
	{ TEXT("\x16\x02"), OTHER, NULL, 0 },
	{ TEXT("\x16GET / HTTP/1.1"), OTHER, NULL, 0 },

	{ TEXT(TLS_HELLO), TLS, "hello.example", 0 },
	{ TEXT("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03"
	       "0123456789abcdef0123456789abcdef"
	       "\x00\x00\x02\x13\x01\x01\x00"), TLS, NULL, 0 },
	{ TEXT("\x16\x03\x01\x00\x04\x01\x00\x00\x00"), BROKEN_TLS, NULL, 0 },

	{ TEXT(""), OPEN, NULL, OTHER },
	{ TEXT("\x16"), OPEN, NULL, OTHER },
	{ TEXT("\x16\x03\x01"), OPEN, NULL, BROKEN_TLS },
	{ TEXT("GET "), OPEN, NULL, OTHER },
	{ TEXT("GET / HTTP/1.1\r\nHost: a.example\r\n"), OPEN, NULL, BROKEN_HTTP },
	{ TEXT("hello"), OPEN, NULL, OTHER },
};

static void check(const struct first_bytes *first, enum outcome wanted, const char *host, int which)
{
	static const struct {
		enum first_bytes_kind kind;
		bool is_broken;
	} meanings[] = {
		[OTHER] = { FIRST_BYTES_OTHER, false },
		[TLS] = { FIRST_BYTES_TLS, false },
		[HTTP] = { FIRST_BYTES_HTTP, false },
		[BROKEN_TLS] = { FIRST_BYTES_TLS, true },
		[BROKEN_HTTP] = { FIRST_BYTES_HTTP, true },
	};

	ck_assert_msg(first->is_decided, "case %d is open", which);
	ck_assert_msg(first->kind == meanings[wanted].kind &&
			      first->is_broken == meanings[wanted].is_broken,
		      "case %d: kind %d, broken %d", which, (int)first->kind, first->is_broken);
	if (host)
		ck_assert_str_eq(first->host ? first->host : "(none)", host);
	else
		ck_assert_ptr_null(first->host);
}

START_TEST(first_bytes_tell_the_host_however_they_are_split)
{
	const size_t steps[] = { 1, 2, 3, 7, 1 << 20 };

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		struct first_bytes first;

		first_bytes_init(&first);
		for (size_t at = 0; at < cases[_i].length; at += steps[i]) {
			size_t left = cases[_i].length - at;

			first_bytes_feed(&first, cases[_i].bytes + at,
					 left < steps[i] ? left : steps[i]);
		}
		if (cases[_i].outcome == OPEN) {
			ck_assert_msg(!first.is_decided, "case %d", _i);
			first_bytes_end(&first);
			check(&first, cases[_i].at_end, NULL, _i);
		} else {
			check(&first, cases[_i].outcome, cases[_i].host, _i);
			first_bytes_end(&first);
			check(&first, cases[_i].outcome, cases[_i].host, _i);
		}
		first_bytes_free(&first);
	}
}
END_TEST

START_TEST(what_never_ends_is_given_up)
{
	static const struct {
		const char *start;
		enum outcome outcome;
	} endless[] = { { "GET / HTTP/1.1\r\nX: ", BROKEN_HTTP },
			{ "GET /", OTHER },
			{ "\r\n\r\na", OTHER } };

	for (size_t i = 0; i < ARRAY_LENGTH(endless); i++) {
		struct first_bytes first;
		size_t fed;

		first_bytes_init(&first);
		first_bytes_feed(&first, endless[i].start, strlen(endless[i].start));
		fed = strlen(endless[i].start);
		for (; !first.is_decided && fed < FIRST_BYTES_MOST; fed++)
			first_bytes_feed(&first, "a", 1);
		check(&first, endless[i].outcome, NULL, (int)i);
		first_bytes_free(&first);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("first_bytes");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, first_bytes_tell_the_host_however_they_are_split, 0,
			    ARRAY_LENGTH(cases));
	tcase_add_test(tc, what_never_ends_is_given_up);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
