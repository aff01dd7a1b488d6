/* SPDX-License-Identifier: MIT */
/*
 * Connections of programs that know of no proxy. The listener is 127.0.0.2 with the port of the
 * origin, 127.0.0.1: the one stands for every address inside, the other for the network.
 */
#include "tests/lib/proxy_bench.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define GET "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n"
#define GET_OTHER "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"
/* A ClientHello for hello.example. */
#define HELLO                                                                                      \
	"\x16\x03\x01\x00\x46\x01\x00\x00\x42\x03\x03"                                             \
	"0123456789abcdef0123456789abcdef"                                                         \
	"\x00\x00\x02\x13\x01\x01\x00\x00\x17\x00\x00\x00\x13\x00\x11\x00\x00\x0e"                 \
	"hello.example."
#define BROKEN_HELLO "\x16\x03\x01\x00\x04\x01\x00\x00\x00"

static struct bench b;
static struct buf text = BUF_EMPTY;
static struct settings *settings;
static struct route_rules routes;

static void open_direct(const struct proxy_limits *limits)
{
	struct err e = { 0 };

	bench_open_with(&b, limits);
	b.direct_port = b.origin_port;
	b.name = "good.test";
	b.verdict.check_resolved = false;
	ck_assert_int_eq(proxy_add_direct(b.proxy, listen_on("127.0.0.2", &b.direct_port), &e), 0);
}

static void open_bench(void)
{
	open_direct(NULL);
	settings = settings_new();
}

static void close_bench(void)
{
	bench_close(&b);
	route_rules_free(&routes);
	settings_free(settings);
	buf_free(&text);
}

static int direct(void)
{
	return dial_address("127.0.0.2", b.direct_port);
}

static int direct_saying(const char *bytes, size_t length)
{
	int c = direct();

	put(&b, c, bytes, length);
	return c;
}

/* There are zeros in it. */
static void hear_hello(int fd)
{
	int64_t since = clock_mono_ms();

	buf_clear(&text);
	for (; text.length < sizeof(HELLO) - 1; turn(&b, since))
		ck_assert_int_le(hear_once(fd, &text), HEARD_NOTHING);
	ck_assert_int_eq(memcmp(text.data, BYTES(HELLO)), 0);
}

static bool nobody_came(void)
{
	struct pollfd p = { .fd = b.origin, .events = POLLIN };

	settle(&b);
	return poll(&p, 1, 0) == 0;
}

START_TEST(a_name_that_is_allowed_is_reached)
{
	int c = direct_saying(BYTES(GET)), o = origin_accept(&b);

	hear(&b, o, &text, GET);
	ck_assert_str_eq(b.host, "good.test");
	ck_assert_str_eq(b.seen, "good.test");
	ck_assert_int_eq(b.judged_port, b.direct_port);
	ck_assert_int_eq(b.via, PROXY_DIRECT);
	ck_assert_int_gt(b.client_port, 0);
	ck_assert_int_eq(b.judged, 1);
	say(&b, o, "answer");
	shutdown(c, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	say(&b, o, " after the end");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "answer after the end");
	close(c);
	WAIT(&b, b.proxy->connection_count == 0);
	ck_assert_int_eq(proxy_held(b.proxy), 0);
}
END_TEST

START_TEST(a_name_that_is_denied_is_a_reset)
{
	int c;

	b.mode = ANSWER_DENY;
	c = _i ? direct_saying(BYTES(GET)) : direct();
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	ck_assert_uint_eq(text.length, 0);
	ck_assert(nobody_came());
	close(c);
}
END_TEST

/* Everything that names another host, at once or when the connection stands already. */
static const struct {
	const char *bytes;
	size_t length;
	const char *seen;
} others[] = {
	{ BYTES(GET_OTHER), "other.test" },
	{ BYTES("GET http://other.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n"), "other.test" },
	{ BYTES("CONNECT other.test:443 HTTP/1.1\r\nHost: good.test\r\n\r\n"), "other.test" },
	{ BYTES(HELLO), "hello.example" },
};

START_TEST(another_host_at_once_is_judged_before_any_connection)
{
	int c;

	b.denied_name = others[_i].seen;
	c = direct_saying(others[_i].bytes, others[_i].length);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	ck_assert_int_eq(b.judged, 2);
	ck_assert_str_eq(b.host, others[_i].seen);
	ck_assert_str_eq(b.dialled, "good.test");
	ck_assert(nobody_came());
	close(c);
}
END_TEST

START_TEST(another_host_later_is_judged_before_it_gets_through)
{
	int c = direct(), o = origin_accept(&b);

	ck_assert_int_eq(b.judged, 1);
	b.denied_name = others[_i].seen;
	put(&b, c, others[_i].bytes, others[_i].length);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	ck_assert_int_eq(b.judged, 2);
	ck_assert_int_ne(hear_end(&b, o, &text), HEARD_SOMETHING);
	ck_assert_uint_eq(text.length, 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(another_host_that_is_allowed_passes_to_the_address_that_was_named)
{
	int c, o;

	if (_i) {
		c = direct();
		o = origin_accept(&b);
		put(&b, c, BYTES(HELLO));
	} else {
		c = direct_saying(BYTES(HELLO));
		o = origin_accept(&b);
	}
	hear_hello(o);
	ck_assert_int_eq(b.judged, 2);
	say(&b, o, "answer");
	hear(&b, c, &text, "answer");
	close(c);
	close(o);
}
END_TEST

START_TEST(another_host_may_be_answered_for_later)
{
	int c, o = -1;

	if (_i) {
		c = direct();
		o = origin_accept(&b);
		b.mode = ANSWER_LATER;
		put(&b, c, BYTES(GET_OTHER));
		say(&b, o, "greeting");
	} else {
		b.mode = ANSWER_LATER;
		c = direct_saying(BYTES(GET_OTHER));
		WAIT(&b, b.pending);
		ck_assert_str_eq(b.host, "good.test");
		ck_assert_str_eq(b.seen, "other.test");
		proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true, .reason = "first" });
	}
	WAIT(&b, b.judged == 2);
	ck_assert_int_eq(proxy_held(b.proxy), 1);
	ck_assert_str_eq(b.host, "other.test");
	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true, .reason = "second" });
	ck_assert_int_eq(proxy_held(b.proxy), 0);
	if (o < 0)
		o = origin_accept(&b);
	hear(&b, o, &text, GET_OTHER);
	close(c);
	close(o);
}
END_TEST

/* What the address check is told of the name holds, whatever is said of the one inside. */
START_TEST(the_second_verdict_opens_no_addresses)
{
	int c;

	b.name = "metadata.test";
	b.mode = ANSWER_LATER;
	c = direct_saying(BYTES(GET_OTHER));
	WAIT(&b, b.pending);
	proxy_request_answer(b.pending,
			     &(struct proxy_verdict){ .allow = true, .check_resolved = true });
	WAIT(&b, b.judged == 2);
	proxy_request_answer(b.pending,
			     &(struct proxy_verdict){ .allow = true, .allow_private = true });
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	ck_assert_str_eq(b.why, "resolved to a link-local address");
	close(c);
}
END_TEST

START_TEST(an_address_may_have_any_name_inside)
{
	int c, o;

	b.name = "127.0.0.1";
	c = direct_saying(BYTES(GET_OTHER));
	o = origin_accept(&b);
	hear(&b, o, &text, GET_OTHER);
	ck_assert_int_eq(b.judged, 1);
	close(c);
	close(o);
}
END_TEST

START_TEST(what_hides_its_host_is_refused)
{
	int c, o = -1;

	if (_i) {
		c = direct();
		o = origin_accept(&b);
		put(&b, c, BYTES(BROKEN_HELLO));
	} else {
		c = direct_saying(BYTES(BROKEN_HELLO));
	}
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	ck_assert_str_eq(b.why, "its first bytes hide which host they name");
	if (o >= 0) {
		hear_end(&b, o, &text);
		ck_assert_uint_eq(text.length, 0);
		close(o);
	}
	close(c);
}
END_TEST

START_TEST(a_server_may_speak_first)
{
	int c = direct(), o = origin_accept(&b);

	say(&b, o, "220 ready\r\n");
	hear(&b, c, &text, "220 ready\r\n");
	say(&b, c, "EHLO me\r\n");
	ck_assert_str_eq(hear(&b, o, &text, "me\r\n"), "EHLO me\r\n");
	say(&b, o, "250 ok\r\n");
	hear(&b, c, &text, "250 ok");
	close(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	close(o);
}
END_TEST

START_TEST(the_first_bytes_may_come_one_by_one)
{
	static const char hello[] = HELLO;
	int c = direct(), o = origin_accept(&b);

	for (size_t i = 0; i < sizeof(hello) - 1; i++) {
		put(&b, c, hello + i, 1);
		turn(&b, clock_mono_ms());
		if (i + 10 == sizeof(hello)) {
			ck_assert_int_eq(hear_once(o, &text), HEARD_NOTHING);
			ck_assert_int_eq(b.judged, 1);
		}
	}
	hear_hello(o);
	ck_assert_int_eq(b.judged, 2);
	close(c);
	close(o);
}
END_TEST

/* What it takes to be a request is kept back, however it is cut. */
START_TEST(another_host_byte_by_byte_gets_no_further_than_the_version)
{
	int c = direct(), o = origin_accept(&b);
	enum heard end;

	b.denied_name = others[_i].seen;
	buf_clear(&text);
	for (size_t i = 0; i < others[_i].length && b.judged < 2; i++) {
		put(&b, c, others[_i].bytes + i, 1);
		turn(&b, clock_mono_ms());
	}
	end = hear_end(&b, o, &text);
	ck_assert_int_eq(b.judged, 2);
	ck_assert_int_eq(end, HEARD_RESET);
	ck_assert_ptr_null(strstr(buf_text(&text), "HTTP/1."));
	if (strncmp(others[_i].bytes, "\x16", 1) == 0)
		ck_assert_uint_eq(text.length, 0);
	close(c);
	close(o);
}
END_TEST

/* As ZooKeeper's four letters, for instance: the client waits for the answer to them. */
START_TEST(a_word_without_a_line_end_is_answered)
{
	int c = _i ? direct() : direct_saying(BYTES("ruok")), o = origin_accept(&b);

	if (_i)
		say(&b, c, "ruok");
	ck_assert_str_eq(hear(&b, o, &text, "ruok"), "ruok");
	say(&b, o, "imok");
	hear(&b, c, &text, "imok");
	say(&b, c, " and more\r\nof it");
	ck_assert_str_eq(hear(&b, o, &text, "of it"), " and more\r\nof it");
	ck_assert_int_eq(b.judged, 1);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_client_that_resets_after_a_word_resets_the_server)
{
	int c = direct(), o = origin_accept(&b);

	say(&b, c, "ruok");
	hear(&b, o, &text, "ruok");
	reset(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_RESET);
	close(o);
}
END_TEST

START_TEST(a_server_that_ends_or_resets_is_passed_on_as_that)
{
	int c = direct(), o = origin_accept(&b);

	say(&b, o, "bye");
	hear(&b, c, &text, "bye");
	if (_i)
		reset(o);
	else
		close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), _i ? HEARD_RESET : HEARD_END);
	close(c);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

START_TEST(a_client_that_sends_nothing_and_ends_still_gets_its_answer)
{
	int c = direct(), o;

	shutdown(c, SHUT_WR);
	o = origin_accept(&b);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	say(&b, o, "banner");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "banner");
	close(c);
}
END_TEST

START_TEST(a_refused_dial_is_a_reset)
{
	int c;

	close_fd(&b.origin);
	c = direct_saying(BYTES(GET));
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	close(c);
}
END_TEST

START_TEST(the_parent_is_asked_for_the_name)
{
	struct err e = { 0 };
	int c, o;

	settings->parent_http = xasprintf("http://127.0.0.1:%d", b.origin_port);
	ck_assert_int_eq(route_rules_read(&routes, settings, NULL, &e), 0);
	proxy_set_routes(b.proxy, &routes);
	c = _i ? direct_saying(BYTES(GET)) : direct();
	o = origin_accept(&b);
	hear(&b, o, &text, "\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(text.data, "CONNECT good.test:"));
	say(&b, o, "HTTP/1.1 200 OK\r\n\r\nearly");
	hear(&b, c, &text, "early");
	if (!_i) {
		b.denied_name = "other.test";
		say(&b, c, GET_OTHER);
		ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
		hear_end(&b, o, &text);
		ck_assert_uint_eq(text.length, 0);
	} else {
		hear(&b, o, &text, GET);
	}
	close(c);
	close(o);
}
END_TEST

START_TEST(early_data_is_bounded_but_not_lost)
{
	_cleanup_buf_ struct buf bytes = BUF_EMPTY, got = BUF_EMPTY;
	size_t sent = 0;
	int64_t since;
	int c, o;

	make_bytes(&bytes, 20000000);
	bytes.data[0] = 'x';
	b.mode = ANSWER_LATER;
	c = direct();
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(c, bytes.data + sent, bytes.length - sent, MSG_NOSIGNAL);

		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(&b, clock_mono_ms());
	}
	WAIT(&b, b.pending);
	ck_assert_uint_lt(sent, bytes.length);
	ck_assert_uint_eq(b.proxy->connections->in.length, PROXY_BUFFER_MOST);
	ck_assert_uint_le(b.proxy->connections->in.capacity, 2 * PROXY_BUFFER_MOST);

	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true });
	o = origin_accept(&b);
	for (since = clock_mono_ms(); got.length < sent; turn(&b, since))
		hear_once(o, &got);
	ck_assert_uint_eq(got.length, sent);
	ck_assert_int_eq(memcmp(got.data, bytes.data, sent), 0);
	close(c);
	close(o);
}
END_TEST

/* While the client's first bytes are awaited, and it reads nothing. */
START_TEST(what_the_server_says_is_bounded)
{
	_cleanup_buf_ struct buf bytes = BUF_EMPTY, got = BUF_EMPTY;
	int c = direct(), o = origin_accept(&b);
	size_t sent = 0;
	int64_t since;

	make_bytes(&bytes, 20000000);
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(o, bytes.data + sent, bytes.length - sent, MSG_NOSIGNAL);

		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(&b, clock_mono_ms());
		/* What was sent stays in front until it is worth moving the rest. */
		ck_assert_uint_le(b.proxy->connections->out.length,
				  2 * PROXY_BUFFER_MOST + RELAY_SCRATCH_SIZE);
	}
	ck_assert_uint_lt(sent, bytes.length);
	for (since = clock_mono_ms(); got.length < sent; turn(&b, since))
		hear_once(c, &got);
	ck_assert_int_eq(memcmp(got.data, bytes.data, sent), 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_client_that_resets_is_dropped_from_its_question)
{
	int c;

	b.mode = ANSWER_LATER;
	c = direct_saying(BYTES(GET));
	WAIT(&b, b.pending);
	reset(c);
	WAIT(&b, b.cancelled == 1);
	ck_assert_int_eq(b.proxy->connection_count, 0);
	ck_assert_int_eq(proxy_held(b.proxy), 0);
}
END_TEST

START_TEST(a_client_that_resets_while_the_second_question_is_open_is_dropped)
{
	int c = direct(), o = origin_accept(&b);

	b.mode = ANSWER_LATER;
	put(&b, c, BYTES(GET_OTHER));
	WAIT(&b, b.pending);
	reset(c);
	WAIT(&b, b.cancelled == 1);
	ck_assert_int_ne(hear_end(&b, o, &text), HEARD_SOMETHING);
	ck_assert_uint_eq(text.length, 0);
	close(o);
}
END_TEST

/* TCP says the same of both: only the system inside knows. */
START_TEST(a_closed_socket_is_told_from_one_that_only_ended_its_sending)
{
	int c, o;

	b.mode = ANSWER_LATER;
	c = direct_saying(BYTES(GET));
	WAIT(&b, b.pending);
	shutdown(c, SHUT_WR);
	settle(&b);
	ck_assert_int_eq(b.cancelled, 0);
	if (_i) {
		b.hung_up = true; /* which the next sweep finds out */
		WAIT(&b, b.cancelled == 1);
		ck_assert_int_eq(b.proxy->connection_count, 0);
	} else {
		proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true });
		o = origin_accept(&b);
		ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
		ck_assert_str_eq(text.data, GET);
		close(o);
	}
	close(c);
}
END_TEST

START_TEST(a_client_that_resets_at_once_is_reported)
{
	reset(direct());
	WAIT(&b, b.proxy->connection_count == 0 && b.gone == 1);
	ck_assert_int_eq(b.judged, 0);
}
END_TEST

START_TEST(the_owner_may_end_everything_in_answer)
{
	int c;

	b.mode = ANSWER_BY_FREEING;
	c = direct_saying(BYTES(GET));
	hear_end(&b, c, &text);
	ck_assert_ptr_null(b.proxy);
	close(c);
}
END_TEST

START_TEST(the_silent_make_room_for_others_and_are_counted)
{
	struct proxy_limits limits = { .connections = 4 };
	int slow[4], c, o;

	bench_close(&b);
	open_direct(&limits);
	for (size_t i = 0; i < ARRAY_LENGTH(slow); i++)
		slow[i] = client(&b, "GET http://a.te");
	WAIT(&b, b.proxy->connection_count == 4);
	c = direct_saying(BYTES(GET));
	o = origin_accept(&b);
	hear(&b, o, &text, GET);
	ck_assert_int_eq(b.evicted, 1);
	ck_assert_int_eq(hear_end(&b, slow[0], &text), HEARD_END);
	for (size_t i = 0; i < ARRAY_LENGTH(slow); i++)
		close(slow[i]);
	close(c);
	close(o);
}
END_TEST

START_TEST(the_limit_is_told_and_harms_nobody_who_was_allowed)
{
	struct proxy_limits limits = { .connections = 2 };
	int c[2], o[2], late;

	bench_close(&b);
	open_direct(&limits);
	for (int i = 0; i < 2; i++) {
		c[i] = direct_saying(BYTES(GET));
		o[i] = origin_accept(&b);
		hear(&b, o[i], &text, GET);
	}
	late = direct_saying(BYTES(GET));
	WAIT(&b, b.crowded == 1);
	say(&b, o[0], "answer");
	hear(&b, c[0], &text, "answer");
	close(c[0]);
	close(o[0]);
	o[0] = origin_accept(&b);
	hear(&b, o[0], &text, GET);
	close(late);
	close(c[1]);
	close(o[0]);
	close(o[1]);
}
END_TEST

START_TEST(the_listener_that_was_used_the_longest_ago_is_dropped)
{
	int ports[3], c, o;
	struct err e = { 0 };

	for (int i = 0; i < 3; i++) {
		ports[i] = 0;
		ck_assert_int_eq(proxy_add_direct(b.proxy, listen_on("127.0.0.2", &ports[i]), &e), 0);
	}
	c = direct_saying(BYTES(GET));
	o = origin_accept(&b);
	ck_assert_int_eq(proxy_drop_direct(b.proxy), ports[0]);
	/* Somebody waits at the next one. */
	close(dial_address("127.0.0.2", ports[1]));
	ck_assert_int_eq(proxy_drop_direct(b.proxy), ports[2]);
	settle(&b);
	ck_assert_int_eq(proxy_drop_direct(b.proxy), b.direct_port);
	ck_assert_int_eq(proxy_drop_direct(b.proxy), ports[1]);
	ck_assert_int_eq(proxy_drop_direct(b.proxy), -1);
	say(&b, o, "answer");
	hear(&b, c, &text, "answer");
	close(c);
	close(o);
}
END_TEST

static Suite *proxy_direct_suite(void)
{
	Suite *suite = suite_create("proxy_direct");
	TCase *tests = tcase_create("direct");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, open_bench, close_bench);
	tcase_add_test(tests, a_name_that_is_allowed_is_reached);
	tcase_add_loop_test(tests, a_name_that_is_denied_is_a_reset, 0, 2);
	tcase_add_loop_test(tests, another_host_at_once_is_judged_before_any_connection, 0,
			    (int)ARRAY_LENGTH(others));
	tcase_add_loop_test(tests, another_host_later_is_judged_before_it_gets_through, 0,
			    (int)ARRAY_LENGTH(others));
	tcase_add_loop_test(tests,
			    another_host_that_is_allowed_passes_to_the_address_that_was_named, 0, 2);
	tcase_add_loop_test(tests, another_host_may_be_answered_for_later, 0, 2);
	tcase_add_test(tests, the_second_verdict_opens_no_addresses);
	tcase_add_test(tests, an_address_may_have_any_name_inside);
	tcase_add_loop_test(tests, what_hides_its_host_is_refused, 0, 2);
	tcase_add_test(tests, a_server_may_speak_first);
	tcase_add_test(tests, the_first_bytes_may_come_one_by_one);
	tcase_add_loop_test(tests, another_host_byte_by_byte_gets_no_further_than_the_version, 0,
			    (int)ARRAY_LENGTH(others));
	tcase_add_loop_test(tests, a_word_without_a_line_end_is_answered, 0, 2);
	tcase_add_test(tests, a_client_that_resets_after_a_word_resets_the_server);
	tcase_add_loop_test(tests, a_server_that_ends_or_resets_is_passed_on_as_that, 0, 2);
	tcase_add_test(tests, a_client_that_sends_nothing_and_ends_still_gets_its_answer);
	tcase_add_test(tests, a_refused_dial_is_a_reset);
	tcase_add_loop_test(tests, the_parent_is_asked_for_the_name, 0, 2);
	tcase_add_test(tests, early_data_is_bounded_but_not_lost);
	tcase_add_test(tests, what_the_server_says_is_bounded);
	tcase_add_test(tests, a_client_that_resets_is_dropped_from_its_question);
	tcase_add_test(tests, a_client_that_resets_while_the_second_question_is_open_is_dropped);
	tcase_add_loop_test(tests, a_closed_socket_is_told_from_one_that_only_ended_its_sending, 0, 2);
	tcase_add_test(tests, a_client_that_resets_at_once_is_reported);
	tcase_add_test(tests, the_owner_may_end_everything_in_answer);
	tcase_add_test(tests, the_silent_make_room_for_others_and_are_counted);
	tcase_add_test(tests, the_limit_is_told_and_harms_nobody_who_was_allowed);
	tcase_add_test(tests, the_listener_that_was_used_the_longest_ago_is_dropped);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(proxy_direct_suite)
