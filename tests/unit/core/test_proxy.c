/* SPDX-License-Identifier: MIT */
/* The proxy as HTTP clients meet it. CONNECT, SOCKS and limits: test_proxy_tunnel.c. */
#include "tests/lib/proxy_bench.h"

#define GET "GET http://127.0.0.1:%d/x HTTP/1.1\r\nHost: ignored.test\r\n" AUTH
#define FORBIDDEN                                                                                  \
	"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"                                   \
	"X-Proxy-Error: blocked-by-allowlist\r\nContent-Length: 40\r\n"

static struct bench b;
static struct buf text = BUF_EMPTY;

static void open_bench(void)
{
	bench_open(&b);
}

static void close_bench(void)
{
	bench_close(&b);
	buf_free(&text);
}

START_TEST(a_permitted_request_is_made_again_to_its_origin)
{
	int c, o;

	c = client(&b, "GET http://127.1:%d/a/../b?q#f HTTP/1.1\r\nHost: other.test\r\n" AUTH
		       "X-Kept: 1\r\nConnection: X-Gone\r\nX-Gone: 1\r\nTE: trailers\r\n\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(b.host, "127.0.0.1");
	ck_assert_str_eq(b.shown, "127.1");
	ck_assert_str_eq(b.method, "GET");
	ck_assert_int_eq(b.judged_port, b.origin_port);
	ck_assert_int_eq(b.via, PROXY_HTTP);
	ck_assert_int_gt(b.client_port, 0);
	{
		_cleanup_free_ char *wanted = xasprintf("GET /b?q HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n"
							"x-kept: 1\r\nconnection: close\r\n\r\n",
							b.origin_port);

		ck_assert_str_eq(text.data, wanted);
	}
	say(&b, o, "HTTP/1.1 200 Fine\r\nX-Up: 1\r\nConnection: X-Secret\r\nX-Secret: 1\r\n"
		   "Keep-Alive: 1\r\nContent-Length: 5\r\n\r\nhello");
	hear(&b, c, &text, "hello");
	ck_assert_str_eq(text.data, "HTTP/1.1 200 OK\r\nx-up: 1\r\ncontent-length: 5\r\n"
				    "connection: keep-alive\r\n\r\nhello");
	WAIT(&b, b.to_client > 0 && b.to_server > 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_connection_serves_one_request_after_the_other)
{
	int c = client(&b, GET "\r\n"), o;

	for (int i = 0; i < 3; i++) {
		o = origin_accept(&b);
		hear(&b, o, &text, "\r\n\r\n");
		say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d", i);
		hear(&b, c, &text, i == 0 ? "\r\n\r\n00" : i == 1 ? "\r\n\r\n01" : "\r\n\r\n02");
		close(o);
		if (i < 2)
			say(&b, c, GET "\r\n", b.origin_port);
	}
	ck_assert_int_eq(b.judged, 3);
	close(c);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	_cleanup_buf_ struct buf many = BUF_EMPTY;
	int c = dial_port(b.port);
	size_t answers = 0;

	b.mode = ANSWER_DENY;
	for (int i = 0; i < 500; i++)
		buf_adds(&many, "GET http://a.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	buf_adds(&many, "GET http://a.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" AUTH
			"\r\n");
	put(&b, c, many.data, many.length);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	for (const char *at = text.data; (at = strstr(at, FORBIDDEN)); at++)
		answers++;
	ck_assert_uint_eq(answers, 501);
	ck_assert_int_eq(b.judged, 501);
	close(c);
}
END_TEST

START_TEST(a_refusal_is_worded_as_ever_and_keeps_the_connection)
{
	int c, o;

	b.mode = ANSWER_DENY;
	c = client(&b, GET "\r\n");
	hear(&b, c, &text, "list\n");
	ck_assert_str_eq(text.data, FORBIDDEN "Connection: keep-alive\r\n\r\n"
					      "Connection blocked by network allowlist\n");
	b.mode = ANSWER_ALLOW;
	say(&b, c, GET "\r\n", b.origin_port);
	o = origin_accept(&b);
	close(o);
	close(c);
}
END_TEST

START_TEST(the_body_of_a_refused_request_is_not_taken_for_the_next)
{
	int c;

	b.mode = ANSWER_DENY;
	c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Content-Length: 24\r\n\r\nGET http://evil/ HTTP/1.1");
	/* 24 bytes of body, and the next request begins with the last one, "1". */
	hear(&b, c, &text, "list\n");
	say(&b, c, "XX http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	hear(&b, c, &text, "list\n");
	ck_assert_int_eq(b.judged, 2);
	ck_assert_str_eq(b.method, "1XX");
	close(c);
}
END_TEST

START_TEST(an_endless_body_of_a_refused_request_is_not_read_for_ever)
{
	_cleanup_buf_ struct buf chunk = BUF_EMPTY;
	size_t sent = 0, at = 0;
	int c;

	for (int i = 0; i < 4096; i++)
		buf_adds(&chunk, "a\r\n0123456789\r\n");
	b.mode = ANSWER_DENY;
	c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Transfer-Encoding: chunked\r\n\r\n");
	while (b.judged == 0 || b.proxy->connection_count) {
		ssize_t n = send(c, chunk.data + at, chunk.length - at, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		at = (at + (n > 0 ? (size_t)n : 0)) % chunk.length;
		ck_assert_uint_lt(sent, 64 * 1024 * 1024);
		turn(&b, clock_mono_ms());
	}
	close(c);
}
END_TEST

START_TEST(a_malformed_host_is_judged_as_such_and_never_reached)
{
	int c = client(&b, "GET http://a%%21b:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");

	hear(&b, c, &text, "list\n");
	ck_assert_str_eq(b.host, "(malformed)");
	ck_assert_str_eq(b.shown, "a!b");
	ck_assert_ptr_nonnull(strstr(text.data, "HTTP/1.1 403 Forbidden"));
	close(c);
}
END_TEST

static const struct {
	const char *request, *status;
	int judged;
} answers[] = {
	{ "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n",
	  "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"srt\"\r\n"
	  "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n", 0 },
	{ "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic "
	  "c3J0Ondyb25n\r\n\r\n", "HTTP/1.1 407 ", 0 },
	{ "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n" AUTH AUTH "\r\n", "HTTP/1.1 407 ", 0 },
	{ "CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n",
	  "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"srt\"\r\n"
	  "\r\n", 0 },
	{ "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" AUTH "\r\n",
	  "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n"
	  "Connection: keep-alive\r\n\r\nInternal Server Error", 0 },
	{ "GET / HTTP/1.0\r\n" AUTH "\r\n", "HTTP/1.1 500 ", 0 },
	{ "GET http://127.0.0.1/ HTTP/1.1\r\n" AUTH "\r\n",
	  "HTTP/1.1 400 Bad Request\r\n\r\n", 0 },
	{ "garbage\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", 0 },
	/* no target of any form, and targets that no URL parser takes */
	{ "GET http:127.0.0.1 HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 400 ", 0 },
	{ "GET mailto:a HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 400 ", 0 },
	{ "GET http:/// HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 500 ", 0 },
	{ "GET http://a%b/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 500 ", 0 },
	{ "GET http://a%0ab..c/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 500 ", 0 },
	{ "GET http://127.0.0.1:0/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", "HTTP/1.1 502 ", 0 },
	{ "GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\nExpect: x\r\n" AUTH "\r\n",
	  "HTTP/1.1 417 Expectation Failed\r\n", 0 },
	{ "POST http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n" AUTH
	  "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 ", 0 },
	{ "CONNECT 127.0.0.1 HTTP/1.1\r\n" AUTH "\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", 0 },
	{ "CONNECT 127.0.0.1:1 HTTP/1.1\r\nContent-Length: 3\r\n" AUTH "\r\nabc",
	  "HTTP/1.1 400 Bad Request\r\n\r\n", 0 },
	{ "GET https://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n",
	  "HTTP/1.1 502 Bad Gateway\r\n", 1 },
	{ "GET http://nowhere.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n",
	  "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
	  "Connection: keep-alive\r\n\r\nBad Gateway", 1 },
	{ "HEAD http://nowhere.test/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" AUTH "\r\n",
	  "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
	  "Connection: close\r\n\r\n", 1 },
	{ "GET http://name.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n",
	  "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
	  "X-Proxy-Error: blocked-by-sandbox-runtime\r\nContent-Length: 63\r\n"
	  "Connection: keep-alive\r\n\r\n"
	  "Connection to name.test blocked: resolved to a loopback address", 1 },
	{ "GET http://both.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n",
	  "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
	  "X-Proxy-Error: blocked-by-sandbox-runtime\r\nContent-Length: 86\r\n"
	  "Connection: keep-alive\r\n\r\nConnection to both.test blocked: "
	  "resolved to a loopback address / a link-local address", 1 },
};

START_TEST(requests_that_go_nowhere_are_answered)
{
	int c = dial_port(b.port);

	put(&b, c, answers[_i].request, strlen(answers[_i].request));
	shutdown(c, SHUT_WR);
	hear_end(&b, c, &text);
	ck_assert_msg(strncmp(buf_text(&text), answers[_i].status, strlen(answers[_i].status)) == 0,
		      "%s\ngave: %s", answers[_i].request, buf_text(&text));
	if (strncmp(answers[_i].request, "HEAD", 4) == 0)
		ck_assert_str_eq(text.data, answers[_i].status);
	ck_assert_int_eq(b.judged, answers[_i].judged);
	close(c);
}
END_TEST

START_TEST(a_head_that_never_ends_is_too_large)
{
	_cleanup_buf_ struct buf head = BUF_EMPTY;
	int c = dial_port(b.port);

	buf_adds(&head, "GET http://a.test/ HTTP/1.1\r\nX: ");
	while (head.length < 70 * 1024)
		buf_addc(&head, 'x');
	put(&b, c, head.data, head.length);
	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n");
	close(c);
}
END_TEST

START_TEST(an_answer_may_come_later)
{
	int c, o;

	b.mode = ANSWER_LATER;
	c = client(&b, GET "\r\n");
	WAIT(&b, b.pending);
	settle(&b);
	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true });
	o = origin_accept(&b);
	close(o);
	hear(&b, c, &text, "Bad Gateway"); /* the origin said nothing */

	say(&b, c, GET "\r\n", b.origin_port);
	WAIT(&b, b.judged == 2);
	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = false });
	hear(&b, c, &text, "list\n");
	ck_assert_int_eq(b.cancelled, 0);
	close(c);
}
END_TEST

START_TEST(a_client_that_resets_cancels_its_question)
{
	int c;

	b.mode = ANSWER_LATER;
	c = client(&b, GET "\r\n");
	WAIT(&b, b.pending);
	reset(c);
	WAIT(&b, b.cancelled == 1);
	ck_assert_int_eq(b.proxy->connection_count, 0);
}
END_TEST

START_TEST(a_client_that_ends_within_its_body_cancels_its_question)
{
	int c;

	b.mode = ANSWER_LATER;
	c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Content-Length: 10\r\n\r\nabc");
	WAIT(&b, b.pending);
	settle(&b);
	ck_assert_int_eq(b.cancelled, 0);
	shutdown(c, SHUT_WR);
	WAIT(&b, b.cancelled == 1);
	close(c);
}
END_TEST

START_TEST(a_client_that_only_ended_its_sending_is_still_served)
{
	int c, o;

	b.mode = ANSWER_LATER;
	c = client(&b, GET "\r\n");
	shutdown(c, SHUT_WR);
	WAIT(&b, b.pending);
	settle(&b);
	ck_assert_int_eq(b.cancelled, 0);
	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true });
	o = origin_accept(&b);
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_ptr_nonnull(strstr(text.data, "\r\n\r\nok"));
	close(c);
	close(o);
}
END_TEST

START_TEST(a_large_body_streams_up_by_its_length)
{
	_cleanup_buf_ struct buf body = BUF_EMPTY, got = BUF_EMPTY;
	int64_t since = clock_mono_ms();
	size_t sent = 0;
	char *end;
	int c, o;

	make_bytes(&body, 700000);
	c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Content-Length: 700000\r\n\r\n");
	o = origin_accept(&b);
	while (!got.data || !(end = memmem(got.data, got.length, "\r\n\r\n", 4)) ||
	       got.length - (size_t)(end + 4 - got.data) < body.length) {
		ssize_t put_now = send(c, body.data + sent, body.length - sent, MSG_NOSIGNAL);

		if (put_now > 0)
			sent += (size_t)put_now;
		ck_assert_int_ne(hear_once(o, &got), HEARD_END);
		turn(&b, since);
	}
	ck_assert_ptr_nonnull(strstr(got.data, "content-length: 700000\r\n"));
	ck_assert_int_eq(memcmp(end + 4, body.data, body.length), 0);
	say(&b, o, "HTTP/1.1 204 Done\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n");
	close(c);
	close(o);
}
END_TEST

START_TEST(chunks_are_framed_anew_and_trailers_dropped)
{
	int c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0003\r\ndef\r\n0\r\n"
			   "Trailer: 1\r\n\r\n"),
	    o = origin_accept(&b);
	const char *body;

	hear(&b, o, &text, "0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "transfer-encoding: chunked\r\n"));
	body = strstr(text.data, "\r\n\r\n");
	ck_assert_str_eq(body + 4, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nfour\r\n0\r\n"
		   "T: 1\r\n\r\n");
	hear(&b, c, &text, "0\r\n\r\n");
	ck_assert_str_eq(text.data, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
				    "connection: keep-alive\r\n\r\n4\r\nfour\r\n0\r\n\r\n");
	close(c);
	close(o);
}
END_TEST

START_TEST(bad_chunks_are_refused)
{
	int c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n");
	int o = origin_accept(&b);

	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "HTTP/1.1 400 Bad Request"));
	hear_end(&b, o, &text);
	ck_assert(!text.data || !strstr(text.data, "0\r\n\r\n"));
	close(c);
	close(o);
}
END_TEST

START_TEST(who_waits_for_permission_has_it_from_the_proxy)
{
	int c = client(&b, "PUT http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
	    o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "expect: 100-continue\r\n"));
	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "HTTP/1.1 100 Continue\r\n\r\n");
	say(&b, c, "body");
	hear(&b, o, &text, "body");
	/* and only once */
	say(&b, o, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_int_eq(strncmp(text.data, "HTTP/1.1 201 Created\r\n", 22), 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_refused_expectation_ends_the_connection)
{
	int c;

	b.mode = ANSWER_DENY;
	c = client(&b, "PUT http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_ptr_nonnull(strstr(text.data, FORBIDDEN "Connection: close\r\n"));
	close(c);
}
END_TEST

static const struct {
	const char *version, *response, *seen;
	enum heard end; /* HEARD_NOTHING: the connection is kept */
} responses[] = {
	/* no length: chunks for those who know them, the end for the others */
	{ "1.1", "HTTP/1.0 200 OK\r\n\r\nabc",
	  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"
	  "3\r\nabc\r\n0\r\n\r\n", HEARD_NOTHING },
	{ "1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	  "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc", HEARD_END },
	{ "1.1", "HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n",
	  "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\nconnection: keep-alive\r\n\r\n",
	  HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n", HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n",
	  "HTTP/1.1 299 unknown\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n",
	  HEARD_NOTHING },
	/* bytes behind the end of a response are nobody's response */
	{ "1.1", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 Forged\r\n\r\n",
	  "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\na",
	  HEARD_NOTHING },
	/* responses that cannot be trusted */
	{ "1.1", "HTTP/1.1 099 odd\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 502 Bad Gateway",
	  HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 502 Bad Gateway",
	  HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
	  "HTTP/1.1 502 Bad Gateway", HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 200 OK\r\nX\r\n\r\n", "HTTP/1.1 502 Bad Gateway", HEARD_NOTHING },
	{ "1.1", "SSH-2.0-nothing like HTTP\r\n", "HTTP/1.1 502 Bad Gateway", HEARD_NOTHING },
	{ "1.1", "", "HTTP/1.1 502 Bad Gateway", HEARD_NOTHING },
	{ "1.1", "HTTP/1.1 200 O", "HTTP/1.1 502 Bad Gateway", HEARD_NOTHING },
	/* cut short: the end must show that */
	{ "1.1", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
	  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: keep-alive\r\n\r\nabc", HEARD_END },
	{ "1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
	  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"
	  "3\r\nabc\r\n", HEARD_END },
	{ "1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX",
	  "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc", HEARD_END },
};

START_TEST(responses_are_framed_anew_and_checked)
{
	_cleanup_free_ char *request =
		xasprintf("GET http://127.0.0.1:%%d/ HTTP/%s\r\nHost: a\r\n" AUTH "\r\n",
			  responses[_i].version);
	int c = client(&b, request), o = origin_accept(&b);
	const char *seen = responses[_i].seen;

	hear(&b, o, &text, "\r\n\r\n");
	put(&b, o, responses[_i].response, strlen(responses[_i].response));
	close(o);
	if (responses[_i].end == HEARD_NOTHING) {
		hear(&b, c, &text, strstr(seen, "502") ? "Bad Gateway\r\n" : seen);
		settle(&b);
		hear_once(c, &text);
		ck_assert_int_eq(b.proxy->connection_count, 1);
	} else {
		ck_assert_int_eq(hear_end(&b, c, &text), responses[_i].end);
	}
	ck_assert_msg(strncmp(text.data, seen, strlen(seen)) == 0, "%s", text.data);
	if (!strstr(seen, "502"))
		ck_assert_uint_eq(text.length, strlen(seen));
	close(c);
}
END_TEST

#define WEBSOCKET                                                                                  \
	"GET http://127.0.0.1:%d/ws HTTP/1.1\r\nHost: a\r\n" AUTH                                   \
	"Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: k\r\n\r\n"

START_TEST(a_websocket_is_carried_both_ways)
{
	int c = client(&b, WEBSOCKET), o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "\r\nsec-websocket-key: k\r\nupgrade: websocket\r\n"
						"connection: upgrade\r\n\r\n"));
	say(&b, o, "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		   "Sec-WebSocket-Accept: a\r\n\r\nfirst");
	hear(&b, c, &text, "first");
	ck_assert_str_eq(text.data, "HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: a\r\n"
				    "upgrade: websocket\r\nconnection: upgrade\r\n\r\nfirst");
	say(&b, c, "second");
	hear(&b, o, &text, "second");
	shutdown(c, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	say(&b, o, "last");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "last");
	close(c);
}
END_TEST

START_TEST(an_origin_may_answer_a_websocket_request_as_any_other)
{
	int c = client(&b, WEBSOCKET), o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	say(&b, o, "HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno");
	hear(&b, c, &text, "\r\n\r\nno");
	ck_assert_int_eq(strncmp(text.data, "HTTP/1.1 400 Bad Request\r\n", 26), 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(nobody_switches_protocols_unasked)
{
	int c = client(&b, "GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
	    o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_null(strstr(text.data, "upgrade"));
	say(&b, o, "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
	hear(&b, c, &text, "Bad Gateway\r\n");
	close(c);
	close(o);
}
END_TEST

static const struct {
	const char *method;
	bool says_length;
} bodiless[] = { { "GET", false },    { "HEAD", false }, { "DELETE", false }, { "OPTIONS", false },
		 { "POST", true }, { "PUT", true },   { "PATCH", true } };

START_TEST(a_request_without_the_body_it_could_have_says_so)
{
	_cleanup_free_ char *request = xasprintf(
		"%s http://127.0.0.1:%%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", bodiless[_i].method);
	int c = client(&b, request), o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_int_eq(strstr(text.data, "content-length: 0\r\n") != NULL,
			 bodiless[_i].says_length);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_truncated_body_without_length_ends_in_a_reset)
{
	int c = client(&b, "GET http://127.0.0.1:%d/ HTTP/1.0\r\n" AUTH "\r\n");
	int o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\n\r\nabc");
	hear(&b, c, &text, "abc");
	reset(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	close(c);
}
END_TEST

START_TEST(a_slow_reader_holds_the_origin_back)
{
	_cleanup_buf_ struct buf block = BUF_EMPTY;
	int c = client(&b, GET "\r\n"), o = origin_accept(&b);
	size_t sent = 0, got = 0;
	int64_t since;

	make_bytes(&block, 1 << 16);
	hear(&b, o, &text, "\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(o, block.data, block.length, MSG_NOSIGNAL);

		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(&b, clock_mono_ms());
		ck_assert_uint_lt(sent, 50000000);
	}
	ck_assert_uint_le(b.proxy->connections->out.length, 8 * PROXY_BUFFER_MOST);
	/* and goes on where it stopped */
	since = clock_mono_ms();
	for (; got < 200000; turn(&b, since)) {
		buf_clear(&text);
		hear_once(c, &text);
		got += text.length;
	}
	close(c);
	WAIT(&b, b.proxy->connection_count == 0);
	close(o);
}
END_TEST

/* Of a body that is sent faster than it is taken little is ever kept, however long it is. */
START_TEST(a_stream_that_never_runs_dry_stays_small)
{
	_cleanup_buf_ struct buf block = BUF_EMPTY;
	bool is_upload = _i;
	int c = is_upload ? client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
				       "Content-Length: 100000000\r\n\r\n")
			  : client(&b, GET "\r\n");
	int o = origin_accept(&b), from = is_upload ? c : o, to = is_upload ? o : c;
	int64_t since = clock_mono_ms();
	char taken[16 * 1024];
	const int small = 16 * 1024;
	struct stream *sends;
	size_t got = 0;

	make_bytes(&block, 1 << 20);
	hear(&b, o, &text, "\r\n\r\n");
	/* The kernel takes less at a time than waits. */
	sends = is_upload ? &b.proxy->connections->server : &b.proxy->connections->client;
	setsockopt(sends->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	if (!is_upload)
		say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	for (ssize_t n = 0; got < 1000000; got += n > 0 ? (size_t)n : 0) {
		struct connection *connection;

		while (send(from, block.data, block.length, MSG_NOSIGNAL) > 0)
			turn(&b, since);
		n = recv(to, taken, sizeof(taken), MSG_DONTWAIT);
		turn(&b, since);
		connection = b.proxy->connections;
		ck_assert_uint_le(connection->in.length, 4 * PROXY_BUFFER_MOST);
		ck_assert_uint_le(connection->out.length, 4 * PROXY_BUFFER_MOST);
		ck_assert_uint_le(connection->up.length, 4 * PROXY_BUFFER_MOST);
	}
	close(c);
	close(o);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

START_TEST(a_client_that_stops_in_its_body_takes_the_exchange_down)
{
	int c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Content-Length: 10\r\n\r\nabc");
	int o = origin_accept(&b);

	hear(&b, o, &text, "abc");
	close(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_RESET);
	ck_assert_int_eq(b.proxy->connection_count, 0);
	close(o);
}
END_TEST

START_TEST(an_early_answer_ends_the_upload)
{
	int c = client(&b, "POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
			   "Content-Length: 1000000\r\n\r\nabc");
	int o = origin_accept(&b);

	hear(&b, o, &text, "abc");
	say(&b, o, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 2\r\n"
				    "connection: close\r\n\r\nno");
	close(c);
	close(o);
}
END_TEST

START_TEST(a_name_is_dialled_where_its_address_was_allowed)
{
	_cleanup_free_ char *entry = xasprintf("127.0.0.1:%d", b.origin_port);
	int c, o;

	strings_add(&b.allowed, entry);
	c = client(&b, "GET http://Name.Test.:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "host: name.test:"));
	close(c);
	close(o);
}
END_TEST

START_TEST(the_owner_may_free_the_proxy_while_it_judges)
{
	int c;

	b.mode = ANSWER_BY_FREEING;
	c = client(&b, GET "\r\n");
	WAIT(&b, b.judged);
	hear_end(&b, c, &text);
	ck_assert_uint_eq(text.length, 0);
	close(c);
}
END_TEST

START_TEST(the_proxy_may_be_freed_in_any_phase)
{
	int c[5], o;

	b.mode = ANSWER_LATER;
	c[0] = client(&b, "GET http://partial");
	c[1] = client(&b, GET "\r\n");
	WAIT(&b, b.judged == 1);
	b.mode = ANSWER_ALLOW;
	c[2] = client(&b, "GET http://nowhere.test:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	c[3] = client(&b, GET "\r\n");
	o = origin_accept(&b);
	c[4] = client(&b, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear(&b, c[4], &text, "Established");
	proxy_free(b.proxy);
	b.proxy = NULL;
	settle(&b);
	ck_assert_int_eq(b.cancelled, 0);
	for (int i = 0; i < 5; i++)
		close(c[i]);
	close(o);
}
END_TEST

static Suite *proxy_suite(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tests = tcase_create("http");

	tcase_add_checked_fixture(tests, open_bench, close_bench);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_permitted_request_is_made_again_to_its_origin);
	tcase_add_test(tests, a_connection_serves_one_request_after_the_other);
	tcase_add_test(tests, pipelined_requests_are_answered_in_order);
	tcase_add_test(tests, a_refusal_is_worded_as_ever_and_keeps_the_connection);
	tcase_add_test(tests, the_body_of_a_refused_request_is_not_taken_for_the_next);
	tcase_add_test(tests, an_endless_body_of_a_refused_request_is_not_read_for_ever);
	tcase_add_test(tests, a_malformed_host_is_judged_as_such_and_never_reached);
	tcase_add_loop_test(tests, requests_that_go_nowhere_are_answered, 0,
			    (int)ARRAY_LENGTH(answers));
	tcase_add_test(tests, a_head_that_never_ends_is_too_large);
	tcase_add_test(tests, an_answer_may_come_later);
	tcase_add_test(tests, a_client_that_resets_cancels_its_question);
	tcase_add_test(tests, a_client_that_ends_within_its_body_cancels_its_question);
	tcase_add_test(tests, a_client_that_only_ended_its_sending_is_still_served);
	tcase_add_test(tests, a_large_body_streams_up_by_its_length);
	tcase_add_test(tests, chunks_are_framed_anew_and_trailers_dropped);
	tcase_add_test(tests, bad_chunks_are_refused);
	tcase_add_test(tests, who_waits_for_permission_has_it_from_the_proxy);
	tcase_add_test(tests, a_refused_expectation_ends_the_connection);
	tcase_add_loop_test(tests, responses_are_framed_anew_and_checked, 0,
			    (int)ARRAY_LENGTH(responses));
	tcase_add_test(tests, a_websocket_is_carried_both_ways);
	tcase_add_test(tests, an_origin_may_answer_a_websocket_request_as_any_other);
	tcase_add_test(tests, nobody_switches_protocols_unasked);
	tcase_add_loop_test(tests, a_request_without_the_body_it_could_have_says_so, 0,
			    (int)ARRAY_LENGTH(bodiless));
	tcase_add_test(tests, a_truncated_body_without_length_ends_in_a_reset);
	tcase_add_test(tests, a_slow_reader_holds_the_origin_back);
	tcase_add_loop_test(tests, a_stream_that_never_runs_dry_stays_small, 0, 2);
	tcase_add_test(tests, a_client_that_stops_in_its_body_takes_the_exchange_down);
	tcase_add_test(tests, an_early_answer_ends_the_upload);
	tcase_add_test(tests, a_name_is_dialled_where_its_address_was_allowed);
	tcase_add_test(tests, the_owner_may_free_the_proxy_while_it_judges);
	tcase_add_test(tests, the_proxy_may_be_freed_in_any_phase);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(proxy_suite)
