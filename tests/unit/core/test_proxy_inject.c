/* SPDX-License-Identifier: MIT */
/* Secrets in plain HTTP requests: where they are put in, how the message is framed then, and where
 * they never come. */
#include "tests/lib/proxy_bench.h"

#include "core/policy/mask.h"

#define SAME "fake_same_length" /* as long as its secret */
#define SAME_REAL "REAL_SAME_LENGTH"
#define SHORT "fake_short"
#define SHORT_REAL "R"
#define ELSEWHERE "fake_elsewhere"
#define ELSEWHERE_REAL "REAL_ELSEWHERE"
#define LONG "fake_long"

static struct bench b;
static struct buf text = BUF_EMPTY;
static struct secrets secrets;

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

static void open_bench(void)
{
	bench_open(&b);
	b.verdict.check_resolved = false;
	add(SAME, SAME_REAL, "127.0.0.1");
	add(ELSEWHERE, ELSEWHERE_REAL, "other.test");
	proxy_set_secrets(b.proxy, &secrets);
}

static void close_bench(void)
{
	bench_close(&b);
	buf_free(&text);
	secrets_free(&secrets);
}

#define TO "http://127.0.0.1:%d/"
#define HOST " HTTP/1.1\r\nHost: x\r\n" AUTH

/* What the origin gets of a request: below the first line and the host, up to `last`. */
static const struct {
	const char *request, *last, *wanted;
	bool with_short; /* another secret changes lengths */
} requests[] = {
	{ "GET " TO HOST "X-Key: Bearer " SAME "; " ELSEWHERE "\r\nX-" SAME ": 1\r\n\r\n", "\r\n\r\n",
	  "x-key: Bearer " SAME_REAL "; " ELSEWHERE "\r\nx-" SAME ": 1\r\nconnection: close\r\n\r\n",
	  false },
	{ "POST " TO HOST "Content-Length: 20\r\n\r\nk=" SAME "&x", "&x",
	  "content-length: 20\r\nconnection: close\r\n\r\nk=" SAME_REAL "&x", false },
	{ "POST " TO HOST "Content-Length: 28\r\n\r\nk=" SAME SHORT, "0\r\n\r\n",
	  "transfer-encoding: chunked\r\nconnection: close\r\n\r\n13\r\nk=" SAME_REAL SHORT_REAL
	  "\r\n0\r\n\r\n", true },
	{ "POST " TO HOST "Content-Length: 5\r\n\r\nfake_", "0\r\n\r\n",
	  "transfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nfake_\r\n0\r\n\r\n", true },
	{ "POST " TO HOST "Content-Length: 0\r\n\r\n", "\r\n\r\n",
	  "content-length: 0\r\nconnection: close\r\n\r\n", true },
	{ "POST " TO HOST "Transfer-Encoding: chunked\r\n\r\n8\r\nfake_sam\r\n8\r\ne_length\r\n0\r\n\r\n",
	  "0\r\n\r\n",
	  "transfer-encoding: chunked\r\nconnection: close\r\n\r\n10\r\n" SAME_REAL "\r\n0\r\n\r\n",
	  false },
	{ "POST " TO HOST "Transfer-Encoding: chunked\r\n\r\n8\r\nfake_sam\r\n0\r\n\r\n", "0\r\n\r\n",
	  "transfer-encoding: chunked\r\nconnection: close\r\n\r\n8\r\nfake_sam\r\n0\r\n\r\n", false },
	{ "POST " TO HOST "Content-Encoding: x\r\nX: " SHORT "\r\nContent-Length: 10\r\n\r\n" SHORT,
	  "\r\n\r\n" SHORT,
	  "content-encoding: x\r\nx: " SHORT_REAL "\r\ncontent-length: 10\r\nconnection: close\r\n\r\n"
	  SHORT, true },
	{ "TRACE " TO HOST "X: " SAME "\r\n\r\n", "\r\n\r\n",
	  "x: " SAME "\r\nconnection: close\r\n\r\n", false },
};

START_TEST(secrets_go_into_fields_and_bodies)
{
	const char *at;
	int c, o;

	if (requests[_i].with_short)
		add(SHORT, SHORT_REAL, "127.0.0.1");
	c = client(&b, requests[_i].request);
	o = origin_accept(&b);
	hear(&b, o, &text, requests[_i].last);
	at = strstr(text.data, "\r\nhost: ");
	ck_assert_ptr_nonnull(at);
	at = strstr(at + 2, "\r\n") + 2;
	ck_assert_str_eq(at, requests[_i].wanted);
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	close(c);
	close(o);
}
END_TEST

START_TEST(the_target_keeps_its_sentinel)
{
	int c = client(&b, "GET " TO SAME HOST "\r\n"), o = origin_accept(&b);

	hear(&b, o, &text, "\r\n\r\n");
	ck_assert(strncmp(text.data, "GET /" SAME " HTTP/1.1", 21 + strlen(SAME) - 7) == 0);
	ck_assert_ptr_null(strstr(text.data, SAME_REAL));
	close(c);
	close(o);
}
END_TEST

START_TEST(each_request_of_a_connection_gets_what_its_own_host_may)
{
	int c = client(&b, "GET " TO HOST "X: " SAME " " ELSEWHERE "\r\n\r\n"), o;

	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "x: " SAME_REAL " " ELSEWHERE "\r\n"));
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	close(o);
	say(&b, c, "POST http://other.test:%d/" HOST "X: " SAME " " ELSEWHERE
		   "\r\nContent-Length: 16\r\n\r\n" SAME, b.origin_port);
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n" SAME);
	ck_assert_ptr_nonnull(strstr(text.data, "x: " SAME " " ELSEWHERE_REAL "\r\n"));
	close(c);
	close(o);
}
END_TEST

START_TEST(a_tunnel_is_not_looked_into)
{
	int c = client(&b, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n" AUTH "\r\n" SAME), o;

	o = origin_accept(&b);
	hear(&b, o, &text, SAME);
	ck_assert_str_eq(text.data, SAME);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_refused_request_gets_nothing_back)
{
	int c;

	b.mode = ANSWER_DENY;
	c = client(&b, "POST " TO HOST "X: " SAME "\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"
		       SAME);
	hear_end(&b, c, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "403"));
	ck_assert_ptr_null(strstr(text.data, SAME_REAL));
	close(c);
}
END_TEST

/* A long body in small pieces and large ones, with sentinels anywhere. */
START_TEST(a_long_body_streams)
{
	_cleanup_buf_ struct buf body = BUF_EMPTY, wanted = BUF_EMPTY, got = BUF_EMPTY;
	int64_t since = clock_mono_ms();
	size_t sent = 0, step = 1;
	char *end = NULL;
	int c, o;

	for (size_t i = 0; i < 3000; i++) {
		for (size_t j = 0; j < i % 97; j++)
			buf_addc(&body, "fake_x"[j % 6]);
		buf_adds(&body, SAME);
	}
	for (size_t at = 0; at < body.length;) {
		bool match = strncmp(body.data + at, SAME, strlen(SAME)) == 0;

		buf_add(&wanted, match ? SAME_REAL : body.data + at, match ? strlen(SAME) : 1);
		at += match ? strlen(SAME) : 1;
	}
	c = dial_port(b.port);
	say(&b, c, "POST " TO HOST "Content-Length: %zu\r\n\r\n", b.origin_port, body.length);
	o = origin_accept(&b);
	while (!end || got.length - (size_t)(end + 4 - got.data) < body.length) {
		size_t rest = body.length - sent;
		ssize_t n = send(c, body.data + sent, rest < step ? rest : step, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		step = step * 7 % 30011 + 1;
		ck_assert_int_ne(hear_once(o, &got), HEARD_END);
		end = got.data ? strstr(got.data, "\r\n\r\n") : NULL;
		turn(&b, since);
	}
	ck_assert_int_eq(memcmp(end + 4, wanted.data, wanted.length), 0);
	close(c);
	close(o);
}
END_TEST

/* What one sentinel becomes can be much longer: the origin that does not read holds it back. */
START_TEST(growth_is_held_back)
{
	_cleanup_buf_ struct buf body = BUF_EMPTY, real = BUF_EMPTY;
	struct connection *connection;
	int c, o;

	while (real.length < 60000)
		buf_adds(&real, "0123456789");
	add(LONG, real.data, "127.0.0.1");
	while (body.length < 60000)
		buf_adds(&body, LONG);
	c = dial_port(b.port);
	say(&b, c, "POST " TO HOST "Content-Length: %zu\r\n\r\n", b.origin_port, body.length);
	o = origin_accept(&b);
	put(&b, c, body.data, body.length);
	settle(&b);
	connection = b.proxy->connections;
	ck_assert_ptr_nonnull(connection);
	ck_assert_uint_lt(connection->up.length, 2 * 1024 * 1024);
	close(c);
	close(o);
}
END_TEST

static Suite *proxy_inject_suite(void)
{
	Suite *suite = suite_create("proxy_inject");
	TCase *tests = tcase_create("inject");

	tcase_add_checked_fixture(tests, open_bench, close_bench);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, secrets_go_into_fields_and_bodies, 0,
			    (int)ARRAY_LENGTH(requests));
	tcase_add_test(tests, the_target_keeps_its_sentinel);
	tcase_add_test(tests, each_request_of_a_connection_gets_what_its_own_host_may);
	tcase_add_test(tests, a_tunnel_is_not_looked_into);
	tcase_add_test(tests, a_refused_request_gets_nothing_back);
	tcase_add_test(tests, a_long_body_streams);
	tcase_add_test(tests, growth_is_held_back);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(proxy_inject_suite)
