/* SPDX-License-Identifier: MIT */
/*
 * The ways past the proxy itself: a parent proxy, a unix socket, a proxy of the user's own, and what
 * is refused although the lists permit it.
 */
#include <sys/un.h>

#include "tests/lib/proxy_bench.h"

#define ESTABLISHED "HTTP/1.1 200 Connection Established\r\n\r\n"

static struct bench b;
static struct buf text = BUF_EMPTY;
static struct settings *settings;
static struct route_rules routes;
static char directory[] = "/tmp/test-proxy-routes-XXXXXX";
static char socket_path[64];

static void open_bench(void)
{
	bench_open(&b);
	settings = settings_new();
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(socket_path, sizeof(socket_path), "%s/s", directory);
}

static void close_bench(void)
{
	bench_close(&b);
	route_rules_free(&routes);
	settings_free(settings);
	buf_free(&text);
	unlink(socket_path);
	rmdir(directory);
}

static void use_routes(void)
{
	struct err e = { 0 };

	ck_assert_msg(route_rules_read(&routes, settings, NULL, &e) == 0, "%s", e.message);
	proxy_set_routes(b.proxy, &routes);
}

/* The bench's origin plays the parent. */
static void use_parent(const char *credentials)
{
	settings->parent_http = xasprintf("http://%s127.0.0.1:%d", credentials, b.origin_port);
	use_routes();
}

/* And here who listens on the unix socket. */
static void use_socket(const char *domain)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	close(b.origin);
	b.origin = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	ck_assert_int_eq(bind(b.origin, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(b.origin, 16), 0);
	settings->mitm_socket_path = xstrdup(socket_path);
	strings_add(&settings->mitm_domains, domain);
	use_routes();
}

START_TEST(a_parent_gets_plain_requests_whole)
{
	int c, o;

	use_parent("us%40er:pass@");
	c = client(&b, "POST http://NoWhere.test:80/a/../b?q HTTP/1.1\r\nHost: other.test\r\n" AUTH
		       "Content-Length: 2\r\n\r\nhi");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\nhi");
	ck_assert_str_eq(text.data, "POST http://nowhere.test/b?q HTTP/1.1\r\nhost: nowhere.test\r\n"
				    "proxy-authorization: Basic dXNAZXI6cGFzcw==\r\n"
				    "content-length: 2\r\nconnection: close\r\n\r\nhi");
	ck_assert_str_eq(b.host, "nowhere.test");
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nProxy-Authenticate: x\r\n\r\nok");
	hear(&b, c, &text, "ok");
	ck_assert_str_eq(text.data, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
				    "connection: keep-alive\r\n\r\nok");
	close(c);
	close(o);
}
END_TEST

START_TEST(a_parent_is_not_made_to_tell_its_credentials)
{
	int c, o;

	use_parent("u:p@");
	c = client(&b, "TRACE http://a.test/ HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "TRACE http://a.test/ HTTP/1.1\r\nhost: a.test\r\n"
				    "max-forwards: 0\r\nconnection: close\r\n\r\n");
	close(c);
	close(o);
}
END_TEST

START_TEST(a_parent_is_asked_for_tunnels)
{
	int c, o;

	use_parent("u:p@");
	c = client(&b, "CONNECT [2001:db8:0::1]:443 HTTP/1.1\r\n" AUTH "\r\nearly");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
				    "Proxy-Authorization: Basic dTpw\r\n\r\n");
	say(&b, o, "HTTP/1.0 200 sure\r\nX: ");
	settle(&b);
	say(&b, o, "1\r\n\r\nbanner");
	hear(&b, o, &text, "early");
	ck_assert_str_eq(text.data, "early");
	hear(&b, c, &text, "banner");
	ck_assert_str_eq(text.data, ESTABLISHED "banner");
	shutdown(c, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	say(&b, o, "after");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "after");
	close(c);
}
END_TEST

static int socks_client(const char *host, int port)
{
	int c = dial_port(b.port), length = (int)strlen(host);

	say(&b, c, "\x05\x01\x02\x01\x03srt%c%s", (int)strlen(TOKEN), TOKEN);
	hear(&b, c, &text, "\x05\x02\x01");
	while (text.length < 4) {
		hear_once(c, &text);
		turn(&b, clock_mono_ms());
	}
	put(&b, c, "\x05\x01\x00\x03", 4);
	say(&b, c, "%c%s", length, host);
	put(&b, c, (char[]){ (char)(port >> 8), (char)port }, 2);
	return c;
}

START_TEST(socks_goes_by_the_parent_for_https)
{
	int c, o;

	settings->parent_http = xstrdup("http://127.0.0.1:1");
	settings->parent_https = xasprintf("http://127.0.0.1:%d", b.origin_port);
	use_routes();
	c = socks_client("A.Test.", 80);
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\n\r\n!");
	hear_end(&b, (shutdown(o, SHUT_WR), c), &text);
	ck_assert_uint_eq(text.length, 11);
	ck_assert_int_eq(memcmp(text.data, "\5\0\0\1\0\0\0\0\0\0!", 11), 0);
	close(c);
	close(o);
}
END_TEST

static const char *const parent_refusals[] = {
	"HTTP/1.1 407 Proxy Authentication Required\r\nX: secret\r\n\r\nsecret",
	"HTTP/1.1 403 no\r\n\r\n", "garbage\r\n\r\n", "",
};

START_TEST(a_refusing_parent_is_a_bad_gateway)
{
	int c, o;

	use_parent("");
	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	say(&b, o, "%s", parent_refusals[_i]);
	shutdown(o, SHUT_WR);
	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
	close(c);
	close(o);

	c = socks_client("a.test", 443);
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	say(&b, o, "%s", parent_refusals[_i]);
	shutdown(o, SHUT_WR);
	hear_end(&b, c, &text);
	ck_assert_uint_eq(text.length, 10);
	ck_assert_int_eq(text.data[1], 4);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_parent_that_is_gone_is_not_gone_around)
{
	int c;

	settings->parent_http = xstrdup("http://nowhere.test:1");
	use_routes();
	c = client(&b, "GET http://name.test:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	hear(&b, c, &text, "Bad Gateway\r\n");
	ck_assert_int_eq(accept4(b.origin, NULL, NULL, SOCK_CLOEXEC), -1);
	close(c);
}
END_TEST

START_TEST(the_lists_come_before_the_parent)
{
	int c;

	b.mode = ANSWER_DENY;
	use_parent("");
	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_int_eq(strncmp(text.data, "HTTP/1.1 403 ", 13), 0);
	ck_assert_int_eq(b.judged, 1);
	ck_assert_int_eq(accept4(b.origin, NULL, NULL, SOCK_CLOEXEC), -1);
	close(c);
}
END_TEST

START_TEST(a_parent_resolves_names_by_itself)
{
	int c, o;

	use_parent("");
	/* Directly this one would be refused for what it resolves to. */
	c = client(&b, "GET http://metadata.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(b.why, "");
	close(c);
	close(o);
}
END_TEST

START_TEST(loopback_never_goes_by_the_parent)
{
	int c, o;

	settings->parent_http = xstrdup("http://nowhere.test:1");
	use_routes();
	c = client(&b, "GET http://127.0.0.1:%d/x HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_int_eq(strncmp(text.data, "GET /x ", 7), 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_client_that_leaves_ends_the_asking)
{
	int c, o;

	use_parent("");
	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	close(c);
	hear_end(&b, o, &text);
	WAIT(&b, b.proxy->connection_count == 0);
	close(o);
}
END_TEST

START_TEST(a_parent_that_says_nothing_is_given_up)
{
	struct proxy_limits limits = { .dial_timeout_ms = 50 };
	int c, o;

	bench_close(&b);
	bench_open_with(&b, &limits);
	use_parent("");
	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
	close(c);
	close(o);
}
END_TEST

START_TEST(some_hosts_go_to_a_unix_socket)
{
	int c, o;

	use_socket("*.test");
	c = client(&b, "GET http://a.TEST:8080/x HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "GET http://a.test:8080/x HTTP/1.1\r\nhost: a.test:8080\r\n"
				    "connection: close\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
	hear(&b, c, &text, "\r\n\r\n1");
	close(o);

	/* Without TLS of our own, an https URL can go this way too. */
	say(&b, c, "GET https://b.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_int_eq(strncmp(text.data, "GET https://b.test/ HTTP/1.1\r\nhost: b.test\r\n", 44), 0);
	close(o);
	hear(&b, c, &text, "Bad Gateway");
	close(c);

	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
	say(&b, o, "HTTP/1.1 200 OK\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, ESTABLISHED);
	say(&b, c, "up");
	hear(&b, o, &text, "up");
	say(&b, o, "down");
	hear(&b, c, &text, "down");
	close(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	close(o);
}
END_TEST

START_TEST(a_socket_that_nobody_listens_on_is_a_bad_gateway)
{
	int c;

	use_socket("a.test");
	close_fd(&b.origin);
	c = client(&b, "CONNECT a.test:443 HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
	close(c);
	c = client(&b, "GET http://a.test/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	hear(&b, c, &text, "Bad Gateway\r\n");
	close(c);
}
END_TEST

/* A listener whose clients are passed on to the bench's origin. */
static int add_bridge(int port)
{
	struct err e = { 0 };
	int bridge;

	ck_assert_int_eq(proxy_add_bridge(b.proxy, listen_on_loopback(&bridge), port, &e), 0);
	return bridge;
}

START_TEST(a_proxy_of_the_users_own_gets_every_byte)
{
	int bridge = add_bridge(b.origin_port), c = dial_port(bridge), o;

	put(&b, c, "\x05\x00GET / nonsense\n", 16);
	o = origin_accept(&b);
	while (text.length < 16) {
		hear_once(o, &text);
		turn(&b, clock_mono_ms());
	}
	ck_assert_int_eq(memcmp(text.data, "\x05\x00GET / nonsense\n", 16), 0);
	shutdown(c, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	say(&b, o, "after the end");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "after the end");
	ck_assert_int_eq(b.judged, 0);
	WAIT(&b, b.proxy->connection_count == 0);
	close(c);
}
END_TEST

START_TEST(the_users_proxy_may_speak_first_and_be_sent_nothing)
{
	int bridge = add_bridge(b.origin_port), c = dial_port(bridge), o;

	shutdown(c, SHUT_WR);
	o = origin_accept(&b);
	say(&b, o, "hello");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "hello");
	close(c);
}
END_TEST

START_TEST(a_users_proxy_that_is_gone_hangs_up)
{
	int bridge, c;

	close_fd(&b.origin);
	bridge = add_bridge(b.origin_port);
	c = dial_port(bridge);
	say(&b, c, "GET http://a.test/ HTTP/1.1\r\n\r\n");
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_uint_eq(text.length, 0);
	close(c);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

START_TEST(opaque_tunnels_can_be_unwanted)
{
	int c, o;

	proxy_set_restrictions(b.proxy, &(struct proxy_restrictions){ .refuse_opaque_tunnels = true });
	c = client(&b, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\n"
				    "X-Proxy-Error: blocked-by-sandbox-runtime\r\n\r\n"
				    "this proxy does not tunnel CONNECTs it cannot inspect");
	ck_assert_int_eq(b.judged, 1);
	ck_assert_str_eq(b.why, "this proxy does not tunnel CONNECTs it cannot inspect");
	close(c);

	/* For SOCKS nothing is even judged. */
	c = socks_client("127.0.0.1", b.origin_port);
	hear_end(&b, c, &text);
	ck_assert_uint_eq(text.length, 10);
	ck_assert_int_eq(text.data[1], 1);
	ck_assert_int_eq(b.judged, 1);
	close(c);

	/* What the lists refuse is refused in their words. */
	b.mode = ANSWER_DENY;
	c = client(&b, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "blocked-by-allowlist"));
	close(c);

	/* A plain request is none, as long as it does not turn into one. */
	b.mode = ANSWER_ALLOW;
	c = client(&b, "GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH
		       "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_null(strstr(text.data, "upgrade"));
	close(c);
	close(o);
}
END_TEST

START_TEST(a_host_field_may_have_to_match)
{
	int c, o;

	proxy_set_restrictions(b.proxy, &(struct proxy_restrictions){ .require_host_match = true });
	c = client(&b, "GET http://127.1:%d/ HTTP/1.1\r\nHost: 127.1\r\n" AUTH "\r\n");
	hear(&b, c, &text, "target\n");
	ck_assert_str_eq(text.data, "HTTP/1.1 421 Misdirected Request\r\nContent-Type: text/plain\r\n"
				    "X-Proxy-Error: blocked-by-sandbox-runtime\r\nContent-Length: 46\r\n"
				    "Connection: keep-alive\r\n\r\n"
				    "Host header does not match the request target\n");
	ck_assert_str_eq(b.why, "Host header does not match the request target");
	say(&b, c, "GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" AUTH "\r\n",
	    b.origin_port, b.origin_port);
	o = origin_accept(&b);
	close(o);
	close(c);
	/* HTTP/1.0 may have none. */
	c = client(&b, "GET http://127.0.0.1:%d/ HTTP/1.0\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	close(o);
	close(c);
}
END_TEST

START_TEST(response_fields_can_be_kept_from_clients)
{
	struct strings names = STRINGS_EMPTY;
	int c, o;

	strings_add(&names, "X-Secret.Thing");
	proxy_set_restrictions(b.proxy,
			       &(struct proxy_restrictions){ .strip_response_headers = &names });
	c = client(&b, "GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\nX-Secret-Thing: up\r\n" AUTH
		       "\r\n");
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "x-secret-thing: up"));
	say(&b, o, "HTTP/1.1 200 OK\r\nx_secret_THING: 1\r\nX-Secret-Thing: 2\r\nX-Secret: 3\r\n"
		   "Content-Length: 0\r\n\r\n");
	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, "HTTP/1.1 200 OK\r\nx-secret: 3\r\ncontent-length: 0\r\n"
				    "connection: keep-alive\r\n\r\n");
	close(o);

	/* A length that is not to be told becomes chunks. */
	strings_add(&names, "content-length");
	for (int i = 0; i < 2; i++) {
		say(&b, c, "GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n",
		    b.origin_port);
		o = origin_accept(&b);
		hear(&b, o, &text, "\r\n\r\n");
		say(&b, o, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", i, i ? "x" : "");
		hear(&b, c, &text, "0\r\n\r\n");
		ck_assert_str_eq(text.data, i ? "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
						"connection: keep-alive\r\n\r\n1\r\nx\r\n0\r\n\r\n"
					      : "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
						"connection: keep-alive\r\n\r\n0\r\n\r\n");
		close(o);
	}
	close(c);
	strings_free(&names);
}
END_TEST

START_TEST(lists_are_exchanged_while_connections_run)
{
	struct strings allowed = STRINGS_EMPTY;
	int c, tunnel, o, other;

	strings_add(&allowed, "127.0.0.1");
	/* A name that resolves to loopback is refused, unless a list has the address. */
	c = client(&b, "GET http://name.test:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	hear(&b, c, &text, "a loopback address");
	proxy_set_lists(b.proxy, &allowed, NULL, NULL);
	tunnel = client(&b, "CONNECT name.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, tunnel, &text, ESTABLISHED);

	proxy_set_lists(b.proxy, NULL, NULL, NULL);
	strings_free(&allowed);
	say(&b, c, "GET http://name.test:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n", b.origin_port);
	hear(&b, c, &text, "a loopback address");
	other = client(&b, "CONNECT name.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, other, &text);
	ck_assert_int_eq(strncmp(text.data, "HTTP/1.1 403 resolved to a loopback address\r\n", 45), 0);
	/* What is established stays. */
	say(&b, tunnel, "still");
	hear(&b, o, &text, "still");
	close(c);
	close(other);
	close(tunnel);
	close(o);
}
END_TEST

static Suite *proxy_routes_suite(void)
{
	Suite *suite = suite_create("proxy_routes");
	TCase *tests = tcase_create("routes");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_bench, close_bench);
	tcase_add_test(tests, a_parent_gets_plain_requests_whole);
	tcase_add_test(tests, a_parent_is_not_made_to_tell_its_credentials);
	tcase_add_test(tests, a_parent_is_asked_for_tunnels);
	tcase_add_test(tests, socks_goes_by_the_parent_for_https);
	tcase_add_loop_test(tests, a_refusing_parent_is_a_bad_gateway, 0,
			    (int)ARRAY_LENGTH(parent_refusals));
	tcase_add_test(tests, a_parent_that_is_gone_is_not_gone_around);
	tcase_add_test(tests, the_lists_come_before_the_parent);
	tcase_add_test(tests, a_parent_resolves_names_by_itself);
	tcase_add_test(tests, loopback_never_goes_by_the_parent);
	tcase_add_test(tests, a_client_that_leaves_ends_the_asking);
	tcase_add_test(tests, a_parent_that_says_nothing_is_given_up);
	tcase_add_test(tests, some_hosts_go_to_a_unix_socket);
	tcase_add_test(tests, a_socket_that_nobody_listens_on_is_a_bad_gateway);
	tcase_add_test(tests, a_proxy_of_the_users_own_gets_every_byte);
	tcase_add_test(tests, the_users_proxy_may_speak_first_and_be_sent_nothing);
	tcase_add_test(tests, a_users_proxy_that_is_gone_hangs_up);
	tcase_add_test(tests, opaque_tunnels_can_be_unwanted);
	tcase_add_test(tests, a_host_field_may_have_to_match);
	tcase_add_test(tests, response_fields_can_be_kept_from_clients);
	tcase_add_test(tests, lists_are_exchanged_while_connections_run);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(proxy_routes_suite)
