/* SPDX-License-Identifier: MIT */
/* The proxy's tunnels (CONNECT, SOCKS5) and what it holds at most. Plain HTTP: test_proxy.c. */
#include <netinet/tcp.h>
#include <poll.h>

#include "tests/lib/descriptors.h"
#include "tests/lib/proxy_bench.h"

#define CONNECT "CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1\r\n" AUTH "\r\n"
#define ESTABLISHED "HTTP/1.1 200 Connection Established\r\n\r\n"

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

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 8192; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(a_tunnel_carries_both_ways_and_each_way_ends_by_itself)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	hear(&b, c, &text, "\r\n\r\n");
	ck_assert_str_eq(text.data, ESTABLISHED);
	ck_assert_int_eq(b.via, PROXY_CONNECT);
	ck_assert_str_eq(b.method, "CONNECT");
	say(&b, c, "question");
	shutdown(c, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	ck_assert_str_eq(text.data, "question");
	say(&b, o, "answer after the end");
	ck_assert_str_eq(hear(&b, c, &text, "end"), "answer after the end");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	WAIT(&b, b.proxy->connection_count == 0);
	WAIT(&b, b.to_client == 20 && b.to_server == 8);
	close(c);
}
END_TEST

START_TEST(the_origin_may_end_first)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	say(&b, o, "greeting");
	shutdown(o, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, ESTABLISHED "greeting");
	say(&b, c, "still here");
	hear(&b, o, &text, "still here");
	close(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_END);
	close(o);
}
END_TEST

START_TEST(early_data_is_kept_and_goes_first)
{
	int c, o;

	b.mode = ANSWER_LATER;
	c = client(&b, CONNECT "early ");
	WAIT(&b, b.pending);
	say(&b, c, "and more");
	settle(&b);
	proxy_request_answer(b.pending, &(struct proxy_verdict){ .allow = true });
	o = origin_accept(&b);
	ck_assert_str_eq(hear(&b, o, &text, "more"), "early and more");
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
	b.mode = ANSWER_LATER;
	c = client(&b, CONNECT);
	WAIT(&b, b.pending);
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(c, bytes.data + sent, bytes.length - sent, MSG_NOSIGNAL);

		idle = n > 0 ? 0 : idle + 1;
		sent += n > 0 ? (size_t)n : 0;
		turn(&b, clock_mono_ms());
	}
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

static void give_up_by_end(int fd)
{
	close(fd);
}

static void give_up_by_half(int fd)
{
	shutdown(fd, SHUT_WR);
}

static void (*const ways_to_give_up[])(int) = { give_up_by_end, give_up_by_half, reset };

START_TEST(a_client_that_gives_up_cancels_its_question)
{
	int c;

	b.mode = ANSWER_LATER;
	c = client(&b, CONNECT);
	WAIT(&b, b.pending);
	ways_to_give_up[_i](c);
	WAIT(&b, b.cancelled == 1);
	ck_assert_int_eq(b.proxy->connection_count, 0);
}
END_TEST

START_TEST(giving_up_behind_full_early_data_is_noticed)
{
	_cleanup_buf_ struct buf bytes = BUF_EMPTY;
	int c;

	make_bytes(&bytes, PROXY_BUFFER_MOST + 1000);
	b.mode = ANSWER_LATER;
	c = client(&b, CONNECT);
	WAIT(&b, b.pending);
	put(&b, c, bytes.data, bytes.length);
	ways_to_give_up[_i](c);
	WAIT(&b, b.cancelled == 1);
}
END_TEST

static const struct {
	const char *reason, *phrase;
} reasons[] = {
	{ NULL, "host is not on the allow list" },
	{ "host is on the deny list", "host is on the deny list" },
	{ "use the mirror <b> \xc3\xa9 instead", "use the mirror b ? instead" },
	{ "a\r\nInjected: x", "a  Injected: x" },
	{ "tab\there \xe2\x80\xae" "gnp.exe", "tab here  gnp.exe" },
	{ "\xf0\x9f\x98\x80.", "??." },
	{ "\xff", "?" },
	{ "<>", "Forbidden" },
	{ "  trimmed  ", "trimmed" },
};

START_TEST(a_refused_tunnel_says_why_in_its_status_line)
{
	_cleanup_free_ char *wanted =
		xasprintf("HTTP/1.1 403 %s\r\nContent-Type: text/plain\r\n"
			  "X-Proxy-Error: blocked-by-allowlist\r\n\r\n"
			  "Connection blocked by network allowlist", reasons[_i].phrase);
	int c;

	b.mode = ANSWER_DENY;
	b.verdict.reason = reasons[_i].reason;
	c = client(&b, CONNECT);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, wanted);
	close(c);
}
END_TEST

START_TEST(a_long_reason_is_cut)
{
	char reason[2000] = { 0 };
	int c;

	memset(reason, 'r', sizeof(reason) - 1);
	b.mode = ANSWER_DENY;
	b.verdict.reason = reason;
	c = client(&b, CONNECT);
	hear_end(&b, c, &text);
	ck_assert_uint_eq(strcspn(text.data, "\r"), strlen("HTTP/1.1 403 ") + 500);
	close(c);
}
END_TEST

START_TEST(a_malformed_host_is_refused_whatever_the_owner_says)
{
	int c = client(&b, "CONNECT a%%b:%d HTTP/1.1\r\n" AUTH "\r\n");

	hear_end(&b, c, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "HTTP/1.1 403 malformed host\r\n"));
	ck_assert_int_eq(b.judged, 1);
	close(c);
}
END_TEST

START_TEST(a_name_that_resolves_to_what_is_not_allowed_is_refused)
{
	int c = client(&b, "CONNECT metadata.test:%d HTTP/1.1\r\n" AUTH "\r\n");

	hear_end(&b, c, &text);
	ck_assert_str_eq(text.data, "HTTP/1.1 403 resolved to a link-local address\r\n"
				    "Content-Type: text/plain\r\n"
				    "X-Proxy-Error: blocked-by-sandbox-runtime\r\n\r\n"
				    "Connection to metadata.test blocked: "
				    "resolved to a link-local address");
	ck_assert_str_eq(b.why, "resolved to a link-local address");
	close(c);
}
END_TEST

/* Nothing is ever dialled here but loopback: a list lets a literal of it through the other check. */
START_TEST(what_is_allowed_as_public_is_asked_about_once_more_where_it_is_not)
{
	static const char *const names[] = { "private.test", "local.test", "127.0.0.1" };

	b.only_public = true;
	b.mode = ANSWER_DENY;
	strings_add(&b.allowed, "127.0.0.1");
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		int c = dial_port(b.port);

		buf_clear(&text);
		b.judged = 0;
		say(&b, c, "CONNECT %s:%d HTTP/1.1\r\n" AUTH "\r\n", names[i], b.origin_port);
		hear_end(&b, c, &text);
		ck_assert_ptr_nonnull(strstr(text.data, "403"));
		ck_assert_int_eq(b.judged, 2);
		ck_assert_str_ne(b.doubt, "");
		ck_assert_int_eq(b.admitted, 0);
		close(c);
	}
}
END_TEST

START_TEST(what_is_answered_on_the_second_question_goes_on)
{
	int c, o;

	b.only_public = true;
	strings_add(&b.allowed, "127.0.0.1");
	c = client(&b, "CONNECT local.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, c, &text, ESTABLISHED);
	ck_assert_int_eq(b.judged, 2);
	ck_assert_int_eq(b.admitted, 0);
	close(c);
	close(o);
}
END_TEST

START_TEST(what_is_refused_for_its_address_is_not_asked_about)
{
	int c;

	b.only_public = true;
	c = client(&b, "CONNECT metadata.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_str_eq(b.why, "resolved to a link-local address");
	ck_assert_int_eq(b.judged, 1);
	ck_assert_int_eq(b.admitted, 0);
	close(c);
}
END_TEST

START_TEST(a_name_without_an_address_is_admitted_and_not_reached)
{
	int c;

	b.only_public = true;
	c = client(&b, "CONNECT nowhere.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	hear_end(&b, c, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "502"));
	ck_assert_int_eq(b.admitted, 1);
	close(c);
}
END_TEST

START_TEST(local_addresses_are_dialled_where_that_was_allowed)
{
	int c, o;

	b.verdict.allow_private = true;
	c = client(&b, "CONNECT both.test:%d HTTP/1.1\r\n" AUTH "\r\n");
	o = origin_accept(&b);
	hear(&b, c, &text, ESTABLISHED);
	close(c);
	close(o);
}
END_TEST

START_TEST(a_refused_dial_is_a_bad_gateway)
{
	int c;

	close_fd(&b.origin);
	c = client(&b, CONNECT);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
	close(c);
}
END_TEST

START_TEST(a_reset_is_passed_on_as_one)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	hear(&b, c, &text, ESTABLISHED);
	reset(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	close(c);

	c = client(&b, CONNECT);
	o = origin_accept(&b);
	hear(&b, c, &text, ESTABLISHED);
	reset(c);
	ck_assert_int_eq(hear_end(&b, o, &text), HEARD_RESET);
	close(o);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

START_TEST(a_reset_right_after_some_bytes_is_no_end)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	hear(&b, c, &text, ESTABLISHED);
	ck_assert_int_eq(send(o, "part", 4, 0), 4);
	reset(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_RESET);
	close(c);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

/* What the client is told of first is both. */
START_TEST(an_end_right_after_some_bytes_comes_with_them)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);
	struct pollfd told = { .fd = c, .events = POLLIN | POLLRDHUP };

	hear(&b, c, &text, ESTABLISHED);
	ck_assert_int_eq(send(o, "answer", 6, 0), 6);
	shutdown(o, SHUT_WR);
	WAIT(&b, poll(&told, 1, 0) > 0);
	ck_assert_int_eq(told.revents, POLLIN | POLLRDHUP);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_str_eq(text.data, "answer");
	/* It is the end of one way only. */
	say(&b, c, "still here");
	hear(&b, o, &text, "still here");
	close(c);
	close(o);
}
END_TEST

/* That many answers, however short, are no end. */
START_TEST(a_conversation_goes_on)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	hear(&b, c, &text, ESTABLISHED);
	for (int i = 0; i < 20; i++) {
		say(&b, c, "question %d.", i);
		hear(&b, o, &text, ".");
		say(&b, o, "answer %d.", i);
		hear(&b, c, &text, ".");
	}
	ck_assert_str_eq(text.data, "answer 19.");
	close(o);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	close(c);
}
END_TEST

START_TEST(a_reset_after_half_a_close_is_noticed)
{
	int c = client(&b, CONNECT), o = origin_accept(&b);

	hear(&b, c, &text, ESTABLISHED);
	shutdown(c, SHUT_WR);
	hear_end(&b, o, &text);
	reset(c);
	WAIT(&b, b.proxy->connection_count == 0);
	close(o);
}
END_TEST

/* Both ways at once, well beyond where splice() takes over. */
START_TEST(much_data_passes_unchanged)
{
	_cleanup_buf_ struct buf bytes = BUF_EMPTY, up = BUF_EMPTY, down = BUF_EMPTY;
	const size_t size = 5000000;
	size_t sent_up = 0, sent_down = 0;
	int c = client(&b, CONNECT), o = origin_accept(&b);
	int64_t since = clock_mono_ms();

	make_bytes(&bytes, size);
	hear(&b, c, &text, ESTABLISHED);
	while (up.length < size || down.length < size) {
		ssize_t n = send(c, bytes.data + sent_up, size - sent_up, MSG_NOSIGNAL);

		sent_up += n > 0 ? (size_t)n : 0;
		n = send(o, bytes.data + sent_down, size - sent_down, MSG_NOSIGNAL);
		sent_down += n > 0 ? (size_t)n : 0;
		hear_once(c, &down);
		hear_once(o, &up);
		turn(&b, since);
	}
	ck_assert_int_eq(memcmp(up.data, bytes.data, size), 0);
	ck_assert_int_eq(memcmp(down.data, bytes.data, size), 0);
	close(c);
	close(o);
	WAIT(&b, b.proxy->connection_count == 0);
}
END_TEST

START_TEST(a_receiver_that_is_gone_under_load_harms_nobody)
{
	_cleanup_buf_ struct buf bytes = BUF_EMPTY;
	int c = client(&b, CONNECT), o = origin_accept(&b);
	size_t sent = 0;

	make_bytes(&bytes, 1 << 20);
	hear(&b, c, &text, ESTABLISHED);
	for (int i = 0; i < 50; i++) {
		ssize_t n = send(o, bytes.data, bytes.length, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		turn(&b, clock_mono_ms());
	}
	ck_assert_uint_gt(sent, 128 * 1024);
	reset(c);
	for (int i = 0; i < 50 && b.proxy->connection_count; i++) {
		(void)!send(o, bytes.data, bytes.length, MSG_NOSIGNAL);
		turn(&b, clock_mono_ms());
	}
	WAIT(&b, b.proxy->connection_count == 0);
	close(o);
}
END_TEST

static int tcp_option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, name, &value, &size), 0);
	return value;
}

static bool is_kept_alive(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size), 0);
	return value;
}

START_TEST(a_client_s_socket_sends_at_once_and_unpaced_and_is_probed)
{
	char control[16] = "";
	socklen_t size = sizeof(control);
	int c = client(&b, "C"), fd;

	WAIT(&b, b.proxy->connection_count == 1);
	fd = b.proxy->connections->client.fd;
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control, &size), 0);
	ck_assert_str_eq(control, "reno");
	ck_assert_int_eq(tcp_option(fd, TCP_NODELAY), 1);
	ck_assert(is_kept_alive(fd));
	ck_assert_int_eq(tcp_option(fd, TCP_KEEPIDLE), 30);
	close(c);
}
END_TEST

/* Our end of the connection whose other end this is. */
static int other_end(int fd)
{
	struct sockaddr_in peer, own;
	socklen_t size = sizeof(peer);

	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&peer, &size), 0);
	for (int i = 3; i < 1024; i++) {
		size = sizeof(own);
		if (getsockname(i, (struct sockaddr *)&own, &size) == 0 && own.sin_family == AF_INET &&
		    own.sin_port == peer.sin_port)
			return i;
	}
	return -1;
}

START_TEST(a_server_is_probed_once_its_connection_has_lived_for_a_while)
{
	int c = client(&b, CONNECT), o = origin_accept(&b), far;

	hear(&b, c, &text, ESTABLISHED);
	far = other_end(o);
	ck_assert_int_ge(far, 0);
	WAIT(&b, is_kept_alive(far));
	ck_assert_int_eq(tcp_option(far, TCP_KEEPIDLE), 120);
	ck_assert_int_eq(tcp_option(far, TCP_KEEPINTVL), 30);
	ck_assert_int_eq(tcp_option(far, TCP_KEEPCNT), 6);
	ck_assert_int_eq(tcp_option(far, TCP_NODELAY), 1);
	close(o);
	close(c);
}
END_TEST

START_TEST(a_silent_client_is_dropped)
{
	struct proxy_limits limits = { .idle_first_byte_ms = 50 };
	int c;

	bench_close(&b);
	bench_open_with(&b, &limits);
	c = dial_port(b.port);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_uint_eq(text.length, 0);
	close(c);
	ck_assert_int_eq(b.proxy->connection_count, 0);
}
END_TEST

START_TEST(held_connections_are_bounded_and_the_rest_wait_their_turn)
{
	struct proxy_limits limits = { .connections = 20 };
	int c[50], before, served = 0;

	bench_close(&b);
	bench_open_with(&b, &limits);
	b.mode = ANSWER_LATER;
	before = count_descriptors();
	for (size_t i = 0; i < ARRAY_LENGTH(c); i++)
		c[i] = client(&b, CONNECT);
	settle(&b);
	ck_assert_int_eq(b.proxy->connection_count, 20);
	ck_assert_int_eq(b.judged, 20);
	ck_assert_int_eq(count_descriptors(), before + 50 + 20);

	b.mode = ANSWER_DENY;
	for (size_t i = 0; i < 20; i++)
		reset(c[i]);
	WAIT(&b, b.judged == 50);
	ck_assert_int_eq(b.cancelled, 20);
	for (size_t i = 20; i < ARRAY_LENGTH(c); i++) {
		hear_end(&b, c[i], &text);
		served += strstr(text.data, "HTTP/1.1 403") != NULL;
		close(c[i]);
	}
	ck_assert_int_eq(served, 30);
	WAIT(&b, b.proxy->connection_count == 0);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(idle_connections_make_room_for_new_ones)
{
	struct proxy_limits limits = { .connections = 2 };
	int first, second, third;

	bench_close(&b);
	bench_open_with(&b, &limits);
	b.mode = ANSWER_DENY;
	first = client(&b, "GET http://a.test:%d/ HTTP/1.1\r\nHost: a\r\n" AUTH "\r\n");
	hear(&b, first, &text, "list\n");
	b.mode = ANSWER_LATER;
	second = client(&b, CONNECT);
	WAIT(&b, b.judged == 2);
	third = client(&b, CONNECT);
	WAIT(&b, b.judged == 3);
	ck_assert_int_eq(hear_end(&b, first, &text), HEARD_END);
	close(first);
	close(second);
	close(third);
}
END_TEST

START_TEST(running_out_of_descriptors_is_survived)
{
	int c[8], next;
	struct descriptor_limit limit;

	b.mode = ANSWER_DENY;
	for (size_t i = 0; i < ARRAY_LENGTH(c); i++)
		c[i] = client(&b, CONNECT);
	next = dup(c[0]); /* the lowest free one */
	ck_assert_int_ge(next, 0);
	close(next);
	limit = limit_descriptors((rlim_t)next);
	settle(&b);
	ck_assert_int_eq(b.judged, 0);
	lift_limit(&limit);
	WAIT(&b, b.judged == (int)ARRAY_LENGTH(c));
	for (size_t i = 0; i < ARRAY_LENGTH(c); i++)
		close(c[i]);
}
END_TEST

/* SOCKS5 */

#define TEXT(literal) literal, sizeof(literal) - 1
#define GREET "\x05\x02\x00\x02"
#define USER_AUTH "\x01\x05srt.x\x20" TOKEN

static void socks_request(struct buf *out, int type, const void *address, size_t length, int port)
{
	const char head[] = { 5, 1, 0, (char)type };

	buf_add(out, head, sizeof(head));
	if (type == 3)
		buf_addc(out, (char)length);
	buf_add(out, address, length);
	buf_addc(out, (char)(port >> 8));
	buf_addc(out, (char)(port & 0xff));
}

/* A client that says all of it at once, as some do. */
static int socks_client(const char *opening, size_t opening_length, int type, const void *address,
			size_t length, int port, const char *payload)
{
	_cleanup_buf_ struct buf message = BUF_EMPTY;
	int c = dial_port(b.port);

	buf_add(&message, opening, opening_length);
	socks_request(&message, type, address, length, port);
	buf_adds(&message, payload);
	put(&b, c, message.data, message.length);
	return c;
}

#define SOCKS_OPENING GREET USER_AUTH, sizeof(GREET USER_AUTH) - 1

START_TEST(socks_tunnels_to_addresses_and_names)
{
	static const char success[] = "\x05\x02\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00pong";
	int c, o;

	if (_i == 0) {
		c = socks_client(SOCKS_OPENING, 1, "\x7f\x00\x00\x01", 4, b.origin_port, "ping");
	} else {
		b.verdict.check_resolved = false;
		c = socks_client(SOCKS_OPENING, 3, "NAME.test", 9, b.origin_port, "ping");
	}
	o = origin_accept(&b);
	hear(&b, o, &text, "ping");
	ck_assert_int_eq(b.via, PROXY_SOCKS);
	ck_assert_str_eq(b.host, _i == 0 ? "127.0.0.1" : "name.test");
	say(&b, o, "pong");
	shutdown(o, SHUT_WR);
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_uint_eq(text.length, sizeof(success) - 1);
	ck_assert_int_eq(memcmp(text.data, success, text.length), 0);
	close(c);
	close(o);
}
END_TEST

static const struct {
	const char *opening;
	size_t opening_length;
	int type;
	const char *address;
	size_t length;
	enum answer_mode mode;
	const char *reply; /* method, authentication and the reply's first two bytes */
	size_t reply_length;
	int judged;
} refusals[] = {
	{ SOCKS_OPENING, 1, "\x7f\x00\x00\x01", 4, ANSWER_DENY, TEXT("\5\2\1\0\5\2"), 1 },
	{ SOCKS_OPENING, 3, "a%b", 3, ANSWER_ALLOW, TEXT("\5\2\1\0\5\2"), 1 },
	{ SOCKS_OPENING, 3, "a\0b", 3, ANSWER_ALLOW, TEXT("\5\2\1\0\5\2"), 1 },
	{ SOCKS_OPENING, 3, "metadata.test", 13, ANSWER_ALLOW, TEXT("\5\2\1\0\5\2"), 1 },
	{ SOCKS_OPENING, 3, "nowhere.test", 12, ANSWER_ALLOW, TEXT("\5\2\1\0\5\4"), 1 },
	{ SOCKS_OPENING, 9, "xxxx", 4, ANSWER_ALLOW, TEXT("\5\2\1\0\5\10"), 0 },
	/* never authenticated, never judged */
	{ TEXT("\5\1\0"), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW, TEXT("\5\0\5\2"), 0 },
	{ TEXT("\5\1\1"), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW, TEXT("\5\0\5\2"), 0 },
	{ TEXT(GREET "\1\3srt\5wrong"), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW, TEXT("\5\2\1\1"),
	  0 },
	{ TEXT(GREET "\1\3xxx\x20" TOKEN), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW,
	  TEXT("\5\2\1\1"), 0 },
	{ TEXT(GREET "\1\4srtx\x20" TOKEN), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW,
	  TEXT("\5\2\1\1"), 0 },
	{ TEXT("\4\1\0\x50\x7f\0\0\1x\0"), 1, "\x7f\x00\x00\x01", 4, ANSWER_ALLOW, TEXT(""), 0 },
};

START_TEST(socks_refuses_in_its_own_words)
{
	int c;

	b.mode = refusals[_i].mode;
	c = socks_client(refusals[_i].opening, refusals[_i].opening_length, refusals[_i].type,
			 refusals[_i].address, refusals[_i].length, b.origin_port, "");
	hear_end(&b, c, &text);
	ck_assert_uint_ge(text.length, refusals[_i].reply_length);
	if (refusals[_i].reply_length)
		ck_assert_int_eq(
			memcmp(text.data, refusals[_i].reply, refusals[_i].reply_length), 0);
	ck_assert_int_eq(b.judged, refusals[_i].judged);
	close(c);
}
END_TEST

START_TEST(ssh_is_told_in_its_own_words)
{
	const char *host = _i ? "denied.test" : "other.test";
	const char *words = _i ? "host is on the deny list" : "requires authentication";
	uint32_t length;
	int c;

	strings_add(&b.denied, "denied.test:22");
	c = socks_client("\5\1\0", 3, 3, host, strlen(host), 22, "");
	ck_assert_int_eq(hear_end(&b, c, &text), HEARD_END);
	ck_assert_int_eq(memcmp(text.data, "\5\0\5\0\0\1\0\0\0\0\0\0SSH-2.0-policy_refusal\r\n", 36),
			 0);
	memcpy(&length, text.data + 36, 4);
	ck_assert_uint_eq(text.length, 36 + 4 + ntohl(length));
	ck_assert_uint_eq((4 + ntohl(length)) % 8, 0);
	ck_assert_int_eq(text.data[41], 1); /* SSH_MSG_DISCONNECT */
	ck_assert_ptr_nonnull(memmem(text.data, text.length, words, strlen(words)));
	ck_assert_int_eq(b.judged, 0);
	close(c);
}
END_TEST

START_TEST(socks_messages_may_come_byte_by_byte)
{
	_cleanup_buf_ struct buf message = BUF_EMPTY;
	int c = dial_port(b.port), o;

	buf_add(&message, SOCKS_OPENING);
	socks_request(&message, 1, "\x7f\x00\x00\x01", 4, b.origin_port);
	for (size_t i = 0; i < message.length; i++) {
		put(&b, c, message.data + i, 1);
		turn(&b, clock_mono_ms());
	}
	o = origin_accept(&b);
	close(c);
	close(o);
}
END_TEST

static Suite *proxy_tunnel_suite(void)
{
	Suite *suite = suite_create("proxy_tunnel");
	TCase *tests = tcase_create("tunnel"), *socks = tcase_create("socks");

	tcase_add_checked_fixture(tests, open_bench, close_bench);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_tunnel_carries_both_ways_and_each_way_ends_by_itself);
	tcase_add_test(tests, the_origin_may_end_first);
	tcase_add_test(tests, early_data_is_kept_and_goes_first);
	tcase_add_test(tests, early_data_is_bounded_but_not_lost);
	tcase_add_loop_test(tests, a_client_that_gives_up_cancels_its_question, 0,
			    (int)ARRAY_LENGTH(ways_to_give_up));
	tcase_add_loop_test(tests, giving_up_behind_full_early_data_is_noticed, 0,
			    (int)ARRAY_LENGTH(ways_to_give_up));
	tcase_add_loop_test(tests, a_refused_tunnel_says_why_in_its_status_line, 0,
			    (int)ARRAY_LENGTH(reasons));
	tcase_add_test(tests, a_long_reason_is_cut);
	tcase_add_test(tests, a_malformed_host_is_refused_whatever_the_owner_says);
	tcase_add_test(tests, a_name_that_resolves_to_what_is_not_allowed_is_refused);
	tcase_add_test(tests, what_is_allowed_as_public_is_asked_about_once_more_where_it_is_not);
	tcase_add_test(tests, what_is_answered_on_the_second_question_goes_on);
	tcase_add_test(tests, what_is_refused_for_its_address_is_not_asked_about);
	tcase_add_test(tests, a_name_without_an_address_is_admitted_and_not_reached);
	tcase_add_test(tests, local_addresses_are_dialled_where_that_was_allowed);
	tcase_add_test(tests, a_refused_dial_is_a_bad_gateway);
	tcase_add_test(tests, a_reset_is_passed_on_as_one);
	tcase_add_test(tests, a_reset_right_after_some_bytes_is_no_end);
	tcase_add_test(tests, an_end_right_after_some_bytes_comes_with_them);
	tcase_add_test(tests, a_conversation_goes_on);
	tcase_add_test(tests, a_reset_after_half_a_close_is_noticed);
	tcase_add_test(tests, much_data_passes_unchanged);
	tcase_add_test(tests, a_receiver_that_is_gone_under_load_harms_nobody);
	tcase_add_test(tests, a_client_s_socket_sends_at_once_and_unpaced_and_is_probed);
	tcase_add_test(tests, a_server_is_probed_once_its_connection_has_lived_for_a_while);
	tcase_add_test(tests, a_silent_client_is_dropped);
	tcase_add_test(tests, held_connections_are_bounded_and_the_rest_wait_their_turn);
	tcase_add_test(tests, idle_connections_make_room_for_new_ones);
	tcase_add_test(tests, running_out_of_descriptors_is_survived);
	suite_add_tcase(suite, tests);

	tcase_add_checked_fixture(socks, open_bench, close_bench);
	tcase_set_timeout(socks, 60);
	tcase_add_loop_test(socks, socks_tunnels_to_addresses_and_names, 0, 2);
	tcase_add_loop_test(socks, socks_refuses_in_its_own_words, 0, (int)ARRAY_LENGTH(refusals));
	tcase_add_loop_test(socks, ssh_is_told_in_its_own_words, 0, 2);
	tcase_add_test(socks, socks_messages_may_come_byte_by_byte);
	suite_add_tcase(suite, socks);
	return suite;
}

RUN_SUITE(proxy_tunnel_suite)
