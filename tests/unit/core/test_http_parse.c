/* SPDX-License-Identifier: MIT */
#include "core/net/http_parse.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/net/http_auth.h"
#include "core/net/http_target.h"
#include "tests/lib/unit.h"

#define LIMIT 2048

/* Feeds in pieces of `step` bytes; *used counts what was taken in all. */
static enum http_progress feed(struct http_head *head, enum http_message message,
			       const char *text, size_t length, size_t step, size_t *used)
{
	enum http_progress progress = HTTP_MORE;

	http_head_init(head, message, LIMIT);
	*used = 0;
	while (progress == HTTP_MORE && *used < length) {
		size_t piece = length - *used < step ? length - *used : step, taken;

		progress = http_head_feed(head, text + *used, piece, &taken);
		*used += taken;
	}
	return progress;
}

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *text;
	size_t length;
	enum http_progress progress;
} requests[] = {
	{ TEXT("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), HTTP_DONE },
	{ TEXT("\r\nGET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n"), HTTP_DONE },
	{ TEXT("GET / HTTP/1.0\r\n\r\n"), HTTP_DONE },
	{ TEXT("M-SEARCH * HTTP/1.1\r\nX:\r\nY: \t \r\nZ:a:b\r\n\r\n"), HTTP_DONE },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), HTTP_DONE },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"), HTTP_DONE },
	{ TEXT("GET / HTTP/1.1\r\nX: caf\xc3\xa9\r\n\r\n"), HTTP_DONE },
	{ TEXT("GET / HTTP/1.1\r\nX: unfinished\r\n"), HTTP_MORE },
	/* the start line */
	{ TEXT("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("garbage\r\n\r\n"), HTTP_BAD },
	{ TEXT(" GET / HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET  / HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET /  HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET /\tHTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1 \r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / a HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET /\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/2.0\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / http/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.11\r\n\r\n"), HTTP_BAD },
	{ TEXT("G(T / HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("\x16\x03\x01\x02"), HTTP_BAD },
	/* line ends and bytes that must not be there */
	{ TEXT("GET / HTTP/1.1\nHost: a\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET /\0 HTTP/1.1\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nX: \x1b[2J\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nX: \x7f\r\n\r\n"), HTTP_BAD },
	/* fields */
	{ TEXT("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\n A: b\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nA : b\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nA\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\n: b\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nA\xc3\xa9: b\r\n\r\n"), HTTP_BAD },
	{ TEXT("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), HTTP_BAD },
	/* framing */
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
	  HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	  HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
	  HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.1\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"), HTTP_BAD },
	{ TEXT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), HTTP_BAD },
};

START_TEST(requests_are_told_apart_however_they_are_split)
{
	const size_t steps[] = { 1, 2, 3, 7, 1 << 20 };

	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		struct http_head head;
		size_t used;
		enum http_progress progress = feed(&head, HTTP_REQUEST, requests[_i].text,
						   requests[_i].length, steps[i], &used);

		ck_assert_msg(progress == requests[_i].progress, "%s: %d in steps of %zu",
			      requests[_i].text, (int)progress, steps[i]);
		if (progress == HTTP_DONE)
			ck_assert_uint_eq(used, requests[_i].length);
		http_head_free(&head);
	}
}
END_TEST

static const struct {
	const char *text;
	enum http_progress progress;
	int status;
} responses[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", HTTP_DONE, 200 },
	{ "HTTP/1.0 404\r\n\r\n", HTTP_DONE, 404 },
	{ "HTTP/1.1 999 \r\n\r\n", HTTP_DONE, 999 },
	{ "HTTP/1.1 099 odd\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/1.1 1000 odd\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/1.1 20 odd\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/1.1  200 OK\r\n\r\n", HTTP_BAD, 0 },
	{ "\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/2 200\r\n\r\n", HTTP_BAD, 0 },
	{ "ICY 200 OK\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", HTTP_BAD, 0 },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", HTTP_BAD, 0 },
};

START_TEST(responses_are_told_apart)
{
	struct http_head head;
	size_t used;
	enum http_progress progress = feed(&head, HTTP_RESPONSE, responses[_i].text,
					   strlen(responses[_i].text), 5, &used);

	ck_assert_msg(progress == responses[_i].progress, "%s: %d", responses[_i].text, progress);
	if (progress == HTTP_DONE)
		ck_assert_int_eq(head.status, responses[_i].status);
	http_head_free(&head);
}
END_TEST

START_TEST(a_request_is_taken_apart)
{
	static const char text[] = "PUT http://a.test/x HTTP/1.1\r\nHOST:  a.test \r\n"
				   "X-Two: b c\t\r\ncontent-length: 12\r\nExpect: 100-Continue\r\n"
				   "\r\nbody";
	struct http_head head;
	size_t used;

	ck_assert_int_eq(feed(&head, HTTP_REQUEST, text, sizeof(text) - 1, 6, &used), HTTP_DONE);
	ck_assert_str_eq(text + used, "body");
	ck_assert_str_eq(http_head_method(&head), "PUT");
	ck_assert_str_eq(http_head_target(&head), "http://a.test/x");
	ck_assert_int_eq(head.minor, 1);
	ck_assert_uint_eq(head.field_count, 4);
	ck_assert_str_eq(http_field_name(&head, 0), "host");
	ck_assert_str_eq(http_field_value(&head, 0), "a.test");
	ck_assert_str_eq(http_head_only(&head, "x-two"), "b c");
	ck_assert_ptr_null(http_head_only(&head, "x-three"));
	ck_assert_int_eq(head.framing, HTTP_FRAMING_LENGTH);
	ck_assert_uint_eq(head.content_length, 12);
	ck_assert(head.has_host && head.keep_alive && head.expect_continue);
	http_head_free(&head);
}
END_TEST

START_TEST(hop_by_hop_fields_and_those_that_connection_names_stop_here)
{
	static const char text[] =
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Secret , close,\r\nX-Secret: 1\r\n"
		"Proxy-Authorization: Basic x\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Kept: 1\r\n"
		"Keep-Alive: 1\r\nProxy-Connection: x\r\nTrailer: a\r\nAuthorization: mine\r\n\r\n";
	struct buf kept = BUF_EMPTY;
	struct http_head head;
	size_t used;

	ck_assert_int_eq(feed(&head, HTTP_REQUEST, text, sizeof(text) - 1, 9, &used), HTTP_DONE);
	for (size_t i = 0; i < head.field_count; i++)
		if (http_field_is_forwarded(&head, i))
			buf_addf(&kept, "%s ", http_field_name(&head, i));
	ck_assert_str_eq(buf_text(&kept), "x-kept authorization ");
	ck_assert(!head.keep_alive);
	buf_free(&kept);
	http_head_free(&head);
}
END_TEST

START_TEST(proxy_connection_closes_too)
{
	static const struct {
		const char *field;
		bool keeps;
	} cases[] = { { "Proxy-Connection: close", false },
		      { "Proxy-Connection: x, Close", false },
		      { "Proxy-Connection: keep-alive", true },
		      { "Connection: keep-alive\r\nProxy-Connection: close", false } };

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		_cleanup_free_ char *text =
			xasprintf("GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", cases[i].field);
		struct http_head head;
		size_t used;

		ck_assert_int_eq(feed(&head, HTTP_REQUEST, text, strlen(text), 9, &used), HTTP_DONE);
		ck_assert_int_eq(head.keep_alive, cases[i].keeps);
		http_head_free(&head);
	}
}
END_TEST

START_TEST(heads_are_bounded_in_bytes_fields_and_options)
{
	struct buf text = BUF_EMPTY;
	struct http_head head;
	size_t used;

	buf_adds(&text, "GET / HTTP/1.1\r\nX: ");
	while (text.length < LIMIT + 1 + 4) /* separators do not count */
		buf_addc(&text, 'x');
	ck_assert_int_eq(feed(&head, HTTP_REQUEST, text.data, text.length, 100, &used),
			 HTTP_TOO_LARGE);
	ck_assert_uint_le(head.text.length, LIMIT + 4);
	http_head_free(&head);

	buf_clear(&text);
	buf_adds(&text, "GET / HTTP/1.1\r\n");
	for (int i = 0; i <= HTTP_FIELDS_MOST; i++)
		buf_adds(&text, "a:\r\n");
	buf_adds(&text, "\r\n");
	http_head_init(&head, HTTP_REQUEST, 1 << 20);
	ck_assert_int_eq(http_head_feed(&head, text.data, text.length, &used), HTTP_TOO_LARGE);
	http_head_free(&head);

	buf_clear(&text);
	buf_adds(&text, "GET / HTTP/1.1\r\nConnection: ");
	for (int i = 0; i <= HTTP_CONNECTION_OPTIONS_MOST; i++)
		buf_adds(&text, "a,");
	buf_adds(&text, "\r\n\r\n");
	ck_assert_int_eq(feed(&head, HTTP_REQUEST, text.data, text.length, 50, &used), HTTP_BAD);
	http_head_free(&head);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *target, *host;
	int port;
	const char *path; /* NULL = refused */
} absolutes[] = {
	{ "http://a.test/p?q=1", "a.test", 80, "/p?q=1" },
	{ "HTTP://A.test", "A.test", 80, "/" },
	{ "https://a.test:8443?x", "a.test", 8443, "/?x" },
	{ "https://a.test/", "a.test", 443, "/" },
	{ "http://a.test:/x", "a.test", 80, "/x" },
	{ "http://[::1]:81/", "[::1]", 81, "/" },
	{ "http://allowed.test@denied.test/", "denied.test", 80, "/" },
	{ "http://u:p@x@denied.test:81/", "denied.test", 81, "/" },
	{ "http://denied.test\\@allowed.test/", "denied.test", 80, "/@allowed.test/" },
	{ "http://denied.test#@allowed.test/", "denied.test", 80, "/" },
	{ "http://denied.test?@allowed.test/", "denied.test", 80, "/?@allowed.test/" },
	{ "http://a.test/x/../y/./z", "a.test", 80, "/y/z" },
	{ "http://a.test/x/%2e%2E/../../y/..", "a.test", 80, "/" },
	{ "http://a.test/x/.", "a.test", 80, "/x/" },
	{ "http://a.test/...", "a.test", 80, "/..." },
	{ "http://a.test/a\\b", "a.test", 80, "/a/b" },
	{ "http://a.test//x", "a.test", 80, "//x" },
	{ "http://a.test/\"<\xc3\xa9>?\"'\xc3\xa9#frag", "a.test", 80,
	  "/%22%3C%C3%A9%3E?%22%27%C3%A9" },
	{ "http://%61%2Etest:0080/", "a.test", 80, "/" },
	{ "http://a.test:0/", "a.test", 0, "/" },
	{ "http://a..b/", "a..b", 80, "/" }, /* refused as malformed later on */
	{ "http:///evil", NULL, 0, NULL },
	{ "http://a b/", NULL, 0, NULL },
	{ "http://a%00b/", NULL, 0, NULL },
	{ "http://a%0a..b/", NULL, 0, NULL },
	{ "http://a%25b/", NULL, 0, NULL },
	{ "http://1.2.3.4.5/", NULL, 0, NULL },
	{ "/origin-form", NULL, 0, NULL },
	{ "*", NULL, 0, NULL },
	{ "a.test:80", NULL, 0, NULL },
	{ "ftp://a.test/", NULL, 0, NULL },
	{ "http:/a.test/", NULL, 0, NULL },
	{ "http://a.test:65536/", NULL, 0, NULL },
	{ "http://a.test:8a/", NULL, 0, NULL },
	{ "http://::1/", NULL, 0, NULL },
	{ "http://[::1/", NULL, 0, NULL },
	{ "http://[::1]x/", NULL, 0, NULL },
};

START_TEST(absolute_targets_are_read_as_browsers_do)
{
	struct http_target target;
	bool valid = http_target_parse_absolute(&target, absolutes[_i].target);

	ck_assert_msg(valid == (absolutes[_i].path != NULL), "%s", absolutes[_i].target);
	if (valid) {
		ck_assert_str_eq(target.host, absolutes[_i].host);
		ck_assert_int_eq(target.port, absolutes[_i].port);
		ck_assert_str_eq(target.path, absolutes[_i].path);
	}
	http_target_free(&target);
}
END_TEST

static const struct {
	const char *value, *host;
	int port;
	bool names;
} host_fields[] = {
	{ "a.test", "a.test", 80, true },	{ "A.Test", "a.test", 80, true },
	{ "a.test:80", "a.test", 80, true },	{ "a.test:81", "a.test", 81, true },
	{ "a.test", "a.test", 81, false },	{ "a.test:81", "a.test", 80, false },
	{ "a.test:080", "a.test", 80, false }, { "a.test:", "a.test", 80, false },
	{ "a.test.", "a.test", 80, false },	{ "a.test.evil", "a.test", 80, false },
	{ "a", "a.test", 80, false },		{ "", "a.test", 80, false },
	{ "[a.test]", "a.test", 80, false },	{ "a.test:80:80", "a.test", 80, false },
	{ "[::1]", "::1", 80, true },		{ "[::1]:81", "::1", 81, true },
	{ "::1", "::1", 80, false },		{ "[::1", "::1", 80, false },
	{ "[::1]x", "::1", 80, false },
};

START_TEST(a_host_field_names_the_target_or_does_not)
{
	ck_assert_int_eq(http_host_names(host_fields[_i].value, host_fields[_i].host,
					 host_fields[_i].port, 80),
			 host_fields[_i].names);
}
END_TEST

static const struct {
	const char *target, *host;
	int port;
} authorities[] = {
	{ "a.test:443", "a.test", 443 },
	{ "[::1]:1", "[::1]", 1 },
	{ "a.test:65535", "a.test", 65535 },
	{ "a.test:000443", "a.test", 443 },
	{ "a@b:80", "a@b", 80 }, /* refused as malformed later on */
	{ "a.test", NULL, 0 },
	{ "a.test:", NULL, 0 },
	{ "a.test:0", NULL, 0 },
	{ "a.test:65536", NULL, 0 },
	{ "a.test:+1", NULL, 0 },
	{ "a.test:443/", NULL, 0 },
	{ "http://a.test:443", NULL, 0 },
	{ ":443", NULL, 0 },
	{ "::1:443", NULL, 0 },
	{ "", NULL, 0 },
};

START_TEST(authorities_need_host_and_port)
{
	struct http_target target;
	bool valid = http_target_parse_authority(&target, authorities[_i].target);

	ck_assert_msg(valid == (authorities[_i].host != NULL), "%s", authorities[_i].target);
	if (valid) {
		ck_assert_str_eq(target.host, authorities[_i].host);
		ck_assert_int_eq(target.port, authorities[_i].port);
	}
	http_target_free(&target);
}
END_TEST

static const struct {
	const char *value;
	bool valid;
} credentials[] = {
	{ "Basic c3J0OnNlY3JldA==", true },  /* srt:secret */
	{ "bAsIc  c3J0OnNlY3JldA", true },
	{ "Basic eDpzZWNyZXQ=", true },	     /* x:secret */
	{ "Basic OnNlY3JldA==", false },     /* :secret */
	{ "Basic c2VjcmV0", false },	     /* secret */
	{ "Basic c3J0OnNlY3JlVA==", false }, /* srt:secreT */
	{ "Basic c3J0OnNlY3JldHg=", false }, /* srt:secretx */
	{ "Basic c3J0OnNlY3Jl", false },     /* srt:secre */
	{ "Basic c3J0OnNlY3JldA==x", false },
	{ "Basic c3J0*nNlY3JldA==", false },
	{ "Basic", false },
	{ "Bearer c3J0OnNlY3JldA==", false },
	{ "", false },
	{ NULL, false },
};

START_TEST(credentials_need_a_user_and_the_token)
{
	ck_assert_msg(http_auth_basic_is_valid(credentials[_i].value, "secret") ==
			      credentials[_i].valid,
		      "%s", credentials[_i].value);
}
END_TEST

static Suite *http_parse_suite(void)
{
	Suite *suite = suite_create("http_parse");
	TCase *tests = tcase_create("http_parse");

	tcase_add_loop_test(tests, requests_are_told_apart_however_they_are_split, 0,
			    (int)ARRAY_LENGTH(requests));
	tcase_add_loop_test(tests, responses_are_told_apart, 0, (int)ARRAY_LENGTH(responses));
	tcase_add_test(tests, a_request_is_taken_apart);
	tcase_add_test(tests, hop_by_hop_fields_and_those_that_connection_names_stop_here);
	tcase_add_test(tests, proxy_connection_closes_too);
	tcase_add_test(tests, heads_are_bounded_in_bytes_fields_and_options);
	tcase_add_loop_test(tests, absolute_targets_are_read_as_browsers_do, 0,
			    (int)ARRAY_LENGTH(absolutes));
	tcase_add_loop_test(tests, a_host_field_names_the_target_or_does_not, 0,
			    (int)ARRAY_LENGTH(host_fields));
	tcase_add_loop_test(tests, authorities_need_host_and_port, 0,
			    (int)ARRAY_LENGTH(authorities));
	tcase_add_loop_test(tests, credentials_need_a_user_and_the_token, 0,
			    (int)ARRAY_LENGTH(credentials));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(http_parse_suite)
