/* SPDX-License-Identifier: MIT */
/* Which way a destination is reached, and what is said on it to another proxy. */
#include "core/net/route_choice.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/net/tunnel_request.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text, *host;
	int port;
	const char *authorization;
} urls[] = {
	{ "http://p.test:3128", "p.test", 3128, NULL },
	{ "p.test:3128", "p.test", 3128, NULL },
	{ "p.test", "p.test", 80, NULL },
	{ "127.0.0.1:8080/path?x#y", "127.0.0.1", 8080, NULL },
	{ "HTTP://P.Test/", "p.test", 80, NULL },
	{ "http://p.test:0", "p.test", 80, NULL },
	{ "http://127.1:1", "127.0.0.1", 1, NULL },
	{ "http://[::1]:81", "::1", 81, NULL },
	{ "http:\\\\p.test\\x", "http", 80, NULL }, /* without "://" all of it is an authority */
	{ "http://%70.test", "p.test", 80, NULL },
	{ "http://@p.test", "p.test", 80, NULL },
	{ "http://:@p.test", "p.test", 80, NULL },
	{ "http://user:pass@p.test:1", "p.test", 1, "Basic dXNlcjpwYXNz" },
	{ "user:pass@p.test:1", "p.test", 1, "Basic dXNlcjpwYXNz" },
	{ "http://user@p.test", "p.test", 80, "Basic dXNlcjo=" },
	{ "http://:pass@p.test", "p.test", 80, "Basic OnBhc3M=" },
	{ "http://u%40x:p%3aq%2F@p.test", "p.test", 80, "Basic dUB4OnA6cS8=" }, /* u@x:p:q/ */
	{ "http://a@b:c@p.test", "p.test", 80, "Basic YUBiOmM=" },		  /* a@b:c */
	{ "http://u:%ff@p.test", "p.test", 80, "Basic dTolZmY=" }, /* no UTF-8: as it is written */
	{ "http://u:%zz[@p.test", "p.test", 80, "Basic dTolenolNUI=" }, /* u:%zz%5B */
	{ "http://", NULL, 0, NULL },
	{ "http://p.test:99999", NULL, 0, NULL },
	{ "http://p q.test", NULL, 0, NULL },
	{ "http://%00.test", NULL, 0, NULL },
	{ "socks5://p.test:1080", NULL, 0, NULL },
	{ "ftp://p.test", NULL, 0, NULL },
	{ "", NULL, 0, NULL },
	{ " http://p.test", NULL, 0, NULL },
};

START_TEST(a_proxy_is_named_by_a_url)
{
	struct proxy_url url;
	bool valid = proxy_url_parse(&url, urls[_i].text);

	ck_assert_msg(valid == (urls[_i].host != NULL), "%s", urls[_i].text);
	if (valid) {
		ck_assert_str_eq(url.host, urls[_i].host);
		ck_assert_int_eq(url.port, urls[_i].port);
		ck_assert_pstr_eq(url.authorization, urls[_i].authorization);
		ck_assert(!url.https);
	}
	proxy_url_free(&url);
}
END_TEST

static const struct {
	const char *list, *host;
	bool matches;
} exceptions[] = {
	/* loopback, whatever the list says */
	{ "", "localhost", true },
	{ "", "127.0.0.1", true },
	{ "", "127.9.9.9", true },
	{ "", "::1", true },
	{ "", "x.localhost", false },
	{ "", "10.0.0.1", false },
	{ "", "a.test", false },
	{ "*", "a.test", true },
	{ " a , * ", "a.test", true },
	/* names cover what is below them */
	{ "x.com", "x.com", true },
	{ "x.com", "a.x.com", true },
	{ "x.com", "ax.com", false },
	{ ".x.com", "x.com", true },
	{ ".x.com", "a.x.com", true },
	{ "*.x.com", "x.com", true },
	{ "*.x.com", "b.a.x.com", true },
	{ "X.COM", "x.com", true },
	{ "x.com:8080", "x.com", true },
	{ "com", "x.com", true },
	{ "a.test,\tx.com", "x.com", true },
	{ "*x.com", "ax.com", false },
	{ ",, ,:80,.,*.", "x.com", false },
	/* addresses and ranges of them */
	{ "10.0.0.0/8", "10.1.2.3", true },
	{ "10.0.0.0/8", "11.1.2.3", false },
	{ "10.0.0.0/33", "10.1.2.3", false },
	{ "10.0.0.0/", "10.1.2.3", false },
	{ "0.0.0.0/0", "9.9.9.9", true },
	{ "0.0.0.0/0", "fd00::1", false },
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.10", false },
	{ "192.0.2.1:80", "192.0.2.1", true },
	{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
	{ "fd00::/8", "fd12::1", true },
	{ "fd00::/8", "fe00::1", false },
	{ "[fd00::1]", "fd00::1", true },
	{ "[fd00::1]:80", "fd00::1", true },
	{ "fd00::1", "fd00::1", true },
	{ "x.com/8", "x.com", false },
};

START_TEST(some_hosts_are_not_reached_by_the_parent)
{
	struct no_proxy list;

	no_proxy_parse(&list, exceptions[_i].list);
	ck_assert_msg(no_proxy_matches(&list, exceptions[_i].host) == exceptions[_i].matches,
		      "\"%s\" and %s", exceptions[_i].list, exceptions[_i].host);
	no_proxy_free(&list);
}
END_TEST

/* "d" directly, "s" by the socket, or the parent's host. */
static const char *way(const struct route_rules *rules, const char *host, bool opaque)
{
	struct route route = route_choose(rules, host, opaque);

	if (route.kind == ROUTE_PARENT)
		return route.parent->host;
	return route.kind == ROUTE_UNIX_SOCKET ? route.socket_path : "d";
}

static const struct {
	const char *http, *https, *no_proxy; /* settings */
	const char *environment[6];
	const char *plain, *opaque; /* way to a.test; NULL = an error instead */
} sources[] = {
	{ NULL, NULL, NULL, { NULL }, "d", "d" },
	{ "http://s", NULL, NULL, { NULL }, "s", "s" },
	{ NULL, "http://s", NULL, { NULL }, "d", "s" },
	{ "http://s", "http://t", NULL, { NULL }, "s", "t" },
	{ NULL, NULL, NULL, { "HTTP_PROXY=http://e", NULL }, "e", "e" },
	{ NULL, NULL, NULL, { "http_proxy=e", NULL }, "e", "e" },
	{ NULL, NULL, NULL, { "https_proxy=e", NULL }, "d", "e" },
	{ NULL, NULL, NULL, { "HTTPS_PROXY=e", "https_proxy=f", NULL }, "d", "e" },
	/* one that is set to nothing counts as set */
	{ NULL, NULL, NULL, { "HTTP_PROXY=", "http_proxy=e", NULL }, "d", "d" },
	{ NULL, NULL, NULL, { "HTTP_PROXY=e", "HTTPS_PROXY=", NULL }, "e", "e" },
	/* settings first, each for itself */
	{ "http://s", NULL, NULL, { "HTTP_PROXY=e", "HTTPS_PROXY=f", NULL }, "s", "f" },
	{ NULL, "http://s", NULL, { "HTTP_PROXY=e", NULL }, "e", "s" },
	{ NULL, NULL, "a.test", { "HTTP_PROXY=e", NULL }, "d", "d" },
	{ NULL, NULL, "", { "HTTP_PROXY=e", "NO_PROXY=a.test", NULL }, "e", "e" },
	{ NULL, NULL, NULL, { "HTTP_PROXY=e", "no_proxy=test", NULL }, "d", "d" },
	{ "http://s", NULL, NULL, { "NO_PROXY=*", NULL }, "d", "d" },
	/* what is no proxy's URL is ignored in the environment alone */
	{ NULL, NULL, NULL, { "HTTP_PROXY=socks5://e", NULL }, "d", "d" },
	{ NULL, NULL, NULL, { "HTTP_PROXY=http://e", "HTTPS_PROXY=ftp://e", NULL }, "e", "e" },
	{ "socks5://s", NULL, NULL, { NULL }, NULL, NULL },
	{ "https://s", NULL, NULL, { NULL }, NULL, NULL },
	{ NULL, NULL, NULL, { "HTTPS_PROXY=https://e", NULL }, NULL, NULL },
	{ NULL, NULL, NULL, { "HTTP_PROXYX=e", "XHTTP_PROXY=e", NULL }, "d", "d" },
};

START_TEST(parents_come_from_the_settings_then_from_the_environment)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct route_rules rules;
	struct err e = { 0 };
	int result;

	settings->parent_http = xstrdup(sources[_i].http);
	settings->parent_https = xstrdup(sources[_i].https);
	settings->parent_no_proxy = xstrdup(sources[_i].no_proxy);
	result = route_rules_read(&rules, settings, (char *const *)sources[_i].environment, &e);
	ck_assert_int_eq(result, sources[_i].plain ? 0 : -1);
	if (result == 0) {
		ck_assert_str_eq(way(&rules, "a.test", false), sources[_i].plain);
		ck_assert_str_eq(way(&rules, "a.test", true), sources[_i].opaque);
		ck_assert_str_eq(way(&rules, "127.0.0.1", true), "d");
	} else {
		ck_assert_ptr_nonnull(strstr(e.message, "other than http://"));
	}
	route_rules_free(&rules);
}
END_TEST

START_TEST(the_environment_is_left_alone_unless_it_is_given)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct route_rules rules;

	ck_assert_int_eq(setenv("HTTP_PROXY", "http://e", 1), 0);
	ck_assert_int_eq(route_rules_read(&rules, settings, NULL, NULL), 0);
	ck_assert_str_eq(way(&rules, "a.test", true), "d");
	route_rules_free(&rules);
}
END_TEST

START_TEST(the_socket_comes_before_the_parent)
{
	_cleanup_settings_ struct settings *settings = settings_new();
	struct route_rules rules;

	settings->mitm_socket_path = xstrdup("/s");
	strings_add(&settings->mitm_domains, "a.test");
	strings_add(&settings->mitm_domains, "*.b.test");
	strings_add(&settings->mitm_domains, "[::1]");
	strings_add(&settings->mitm_domains, "::2");
	settings->parent_http = xstrdup("http://p");
	settings->parent_no_proxy = xstrdup("a.test");
	ck_assert_int_eq(route_rules_read(&rules, settings, NULL, NULL), 0);
	ck_assert_str_eq(way(&rules, "a.test", false), "/s");
	ck_assert_str_eq(way(&rules, "a.test", true), "/s");
	ck_assert_str_eq(way(&rules, "x.b.test", false), "/s");
	ck_assert_str_eq(way(&rules, "::1", true), "/s");
	ck_assert_str_eq(way(&rules, "::2", true), "/s");
	ck_assert_str_eq(way(&rules, "b.test", false), "p");
	ck_assert_str_eq(way(&rules, "127.0.0.1", false), "d");
	route_rules_free(&rules);
}
END_TEST

START_TEST(a_tunnel_is_asked_for)
{
	struct buf out = BUF_EMPTY;

	tunnel_request_add(&out, "a.test", 443, NULL);
	ck_assert_str_eq(out.data, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
	buf_clear(&out);
	tunnel_request_add(&out, "::1", 80, "Basic eA==");
	ck_assert_str_eq(out.data, "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n"
				   "Proxy-Authorization: Basic eA==\r\n\r\n");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *text;
	enum tunnel_answer answer;
	size_t used;
} tunnel_answers[] = {
	{ "", TUNNEL_MORE, 0 },
	{ "HTTP/1.1 200 OK\r\n\r", TUNNEL_MORE, 0 },
	{ "HTTP/1.1 200 OK\r\n\r\n", TUNNEL_OPEN, 19 },
	{ "HTTP/1.1 200 OK\r\n\r\nfirst", TUNNEL_OPEN, 19 },
	{ "HTTP/1.0 200\r\n\r\n", TUNNEL_OPEN, 16 },
	{ "HTTP/1.1 299 x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n", TUNNEL_OPEN, 65 },
	{ "HTTP/1.1 2000\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "HTTP/1.1 20\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "HTTP/1.1 407 no\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "HTTP/2.0 200 OK\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "\r\n\r\n", TUNNEL_REFUSED, 0 },
	{ "SSH-2.0-x\r\n\r\n", TUNNEL_REFUSED, 0 },
};

START_TEST(only_success_opens_a_tunnel)
{
	size_t used;

	ck_assert_int_eq(tunnel_answer_parse(tunnel_answers[_i].text, strlen(tunnel_answers[_i].text),
					     &used),
			 tunnel_answers[_i].answer);
	ck_assert_uint_eq(used, tunnel_answers[_i].used);
}
END_TEST

START_TEST(an_answer_without_end_is_not_waited_for)
{
	struct buf text = BUF_EMPTY;
	size_t used;

	buf_adds(&text, "HTTP/1.1 200 OK\r\nX: ");
	while (text.length <= TUNNEL_ANSWER_MOST)
		buf_addc(&text, 'x');
	ck_assert_int_eq(tunnel_answer_parse(text.data, text.length - 1, &used), TUNNEL_MORE);
	ck_assert_int_eq(tunnel_answer_parse(text.data, text.length, &used), TUNNEL_REFUSED);
	buf_free(&text);
}
END_TEST

static Suite *route_choice_suite(void)
{
	Suite *suite = suite_create("route_choice");
	TCase *tests = tcase_create("route_choice");

	tcase_add_loop_test(tests, a_proxy_is_named_by_a_url, 0, (int)ARRAY_LENGTH(urls));
	tcase_add_loop_test(tests, some_hosts_are_not_reached_by_the_parent, 0,
			    (int)ARRAY_LENGTH(exceptions));
	tcase_add_loop_test(tests, parents_come_from_the_settings_then_from_the_environment, 0,
			    (int)ARRAY_LENGTH(sources));
	tcase_add_test(tests, the_environment_is_left_alone_unless_it_is_given);
	tcase_add_test(tests, the_socket_comes_before_the_parent);
	tcase_add_test(tests, a_tunnel_is_asked_for);
	tcase_add_loop_test(tests, only_success_opens_a_tunnel, 0,
			    (int)ARRAY_LENGTH(tunnel_answers));
	tcase_add_test(tests, an_answer_without_end_is_not_waited_for);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(route_choice_suite)
