/* SPDX-License-Identifier: MIT */
/* The name server over loopback sockets, with packets made by hand. */
#include "core/net/dns_stub.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/lib/descriptors.h"
#include "tests/lib/unit.h"

#define PATIENCE_MS 20000

struct fixture {
	struct event_base *base;
	struct names *names;
	struct dns_stub *stub;
	int udp, tcp; /* the stub's own */
	in_port_t udp_port, tcp_port;
	int asked;
	char last_name[300];
	unsigned last_type;
	enum dns_rcode last_rcode;
	int full;
};

static void note_full(void *owner, const char *name)
{
	struct fixture *f = owner;

	f->full++;
	snprintf(f->last_name, sizeof(f->last_name), "%s", name);
}

static void note_asked(void *owner, const char *name, unsigned type, enum dns_rcode rcode)
{
	struct fixture *f = owner;

	f->asked++;
	snprintf(f->last_name, sizeof(f->last_name), "%s", name);
	f->last_type = type;
	f->last_rcode = rcode;
}

/* A socket bound to any address of the family; *port is chosen by the kernel. */
static int bound(int family, int type, in_port_t *port)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0), off = 0;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr *address = family == AF_INET ? (void *)&in : (void *)&in6;
	socklen_t size = family == AF_INET ? sizeof(in) : sizeof(in6);

	if (fd < 0 && family == AF_INET6)
		return -1;
	ck_assert_int_ge(fd, 0);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	ck_assert_int_eq(bind(fd, address, size), 0);
	ck_assert_int_eq(getsockname(fd, address, &size), 0);
	*port = family == AF_INET ? in.sin_port : in6.sin6_port;
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

static void start(struct fixture *f, int family, const struct dns_stub_limits *limits)
{
	static const struct dns_stub_callbacks callbacks = { .asked = note_asked, .full = note_full };
	/* A test that waits for the end of a connection must not get it for idling. */
	static const struct dns_stub_limits patient = { .tcp_idle_ms = 10 * PATIENCE_MS };
	struct err e;

	*f = (struct fixture){ .base = event_base_new() };
	f->names = names_new(0, 0);
	f->stub = dns_stub_new(f->base, f->names, &callbacks, f,
			       limits ? limits : &patient, &e);
	ck_assert_ptr_nonnull(f->stub);
	f->udp = bound(family, SOCK_DGRAM, &f->udp_port);
	f->tcp = bound(family, SOCK_STREAM, &f->tcp_port);
	ck_assert_int_eq(dns_stub_add_udp(f->stub, f->udp, &e), 0);
	ck_assert_int_eq(dns_stub_add_tcp(f->stub, f->tcp, &e), 0);
}

static void stop(struct fixture *f)
{
	dns_stub_free(f->stub);
	ck_assert_int_eq(fcntl(f->udp, F_GETFD), -1);
	ck_assert_int_eq(fcntl(f->tcp, F_GETFD), -1);
	names_free(f->names);
	event_base_free(f->base);
}

/* One event, or a short time without any. */
static void turn(struct fixture *f, int64_t since)
{
	struct timeval tick = { 0, 5000 };

	event_base_loopexit(f->base, &tick);
	event_base_loop(f->base, EVLOOP_ONCE);
	ck_assert_msg(clock_mono_ms() - since < PATIENCE_MS, "waited in vain");
}

static size_t make_query(uint8_t *out, unsigned id, const char *name, unsigned type)
{
	size_t length = 12;

	memcpy(out, (uint8_t[]){ (uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 },
	       12);
	while (*name) {
		size_t label = strcspn(name, ".");

		out[length++] = (uint8_t)label;
		memcpy(out + length, name, label);
		length += label;
		name += label + (name[label] == '.');
	}
	memcpy(out + length, (uint8_t[]){ 0, (uint8_t)(type >> 8), (uint8_t)type, 0, 1 }, 5);
	return length + 5;
}

/* Client sockets: everything they do is non-blocking, the stub runs in the same thread. */
static int client(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static struct sockaddr_in address_of(const char *text, in_port_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = port };

	ck_assert_int_eq(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return in;
}

static void send_to(int fd, const uint8_t *bytes, size_t length, const char *text, in_port_t port)
{
	struct sockaddr_in to = address_of(text, port);

	ck_assert_int_eq(sendto(fd, bytes, length, 0, (struct sockaddr *)&to, sizeof(to)),
			 (ssize_t)length);
}

static void ask_udp(struct fixture *f, int fd, unsigned id, const char *name, unsigned type)
{
	uint8_t query[512];

	send_to(fd, query, make_query(query, id, name, type), "127.0.0.1", f->udp_port);
}

static size_t wait_udp(struct fixture *f, int fd, uint8_t out[512], struct sockaddr_storage *from)
{
	int64_t since = clock_mono_ms();
	socklen_t size = sizeof(*from);
	ssize_t got;

	while ((got = recvfrom(fd, out, 512, 0, (struct sockaddr *)from, &size)) < 0) {
		ck_assert_int_eq(errno, EAGAIN);
		turn(f, since);
	}
	return (size_t)got;
}

START_TEST(a_datagram_is_answered_from_the_address_that_was_asked)
{
	static const char *const servers[] = { "127.0.0.1", "127.0.0.53", "127.1.2.3" };
	int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < 2 * ARRAY_LENGTH(servers); i++) {
		const char *server = servers[i / 2];
		struct sockaddr_storage from;
		struct sockaddr_in *in = (void *)&from;
		uint8_t bytes[512];
		struct fixture f;
		size_t length;
		int fd;
		in_port_t probe;
		int has_family = bound(families[i % 2], SOCK_DGRAM, &probe);

		if (has_family < 0)
			continue;
		close(has_family);
		fd = client(SOCK_DGRAM);
		start(&f, families[i % 2], NULL);
		send_to(fd, bytes, make_query(bytes, 7, "a.example", DNS_A), server, f.udp_port);
		length = wait_udp(&f, fd, bytes, &from);
		ck_assert_uint_eq(length, 12 + 15 + 16);
		ck_assert_uint_eq(bytes[1], 7);
		ck_assert_mem_eq(bytes + length - 4, "\xc6\x12\x00\x01", 4);
		ck_assert_uint_eq(in->sin_addr.s_addr, address_of(server, 0).sin_addr.s_addr);
		ck_assert_uint_eq(in->sin_port, f.udp_port);
		close(fd);
		stop(&f);
	}
}
END_TEST

START_TEST(ipv6_is_served_too)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_storage from;
	uint8_t bytes[512];
	struct fixture f;
	size_t length;

	if (fd < 0)
		return; /* no IPv6 on this machine */
	start(&f, AF_INET6, NULL);
	to.sin6_port = f.udp_port;
	length = make_query(bytes, 7, "a.example", DNS_AAAA);
	if (sendto(fd, bytes, length, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)length) {
		length = wait_udp(&f, fd, bytes, &from);
		ck_assert_uint_eq(length, 12 + 15 + 28);
		ck_assert_mem_eq(&((struct sockaddr_in6 *)&from)->sin6_addr, &to.sin6_addr, 16);
	}
	close(fd);
	stop(&f);
}
END_TEST

/* A network of this test's own, with fe80::1 on its loopback. False where that is not allowed. */
static bool enter_link_local_network(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	union {
		struct ifreq room; /* what valgrind takes it for */
		struct {
			struct in6_addr address;
			uint32_t prefix;
			int interface;
		}; /* struct in6_ifreq of <linux/ipv6.h> */
	} add = { .room = { .ifr_flags = 0 } };
	int fd;
	bool is_made;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET6, "fe80::1", &add.address);
	add.prefix = 64;
	add.interface = 1;
	is_made = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &up) == 0 && ioctl(fd, SIOCSIFADDR, &add) == 0;
	close_fd(&fd);
	return is_made;
}

START_TEST(a_link_local_name_server_answers_on_its_link)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_scope_id = 1 };
	struct sockaddr_in6 own = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_storage from;
	uint8_t bytes[512], answer[512];
	int64_t since = clock_mono_ms();
	socklen_t size = sizeof(from);
	struct fixture f;
	size_t length;
	int fd;

	if (!enter_link_local_network())
		return;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	start(&f, AF_INET6, NULL);
	inet_pton(AF_INET6, "fe80::1", &to.sin6_addr);
	to.sin6_port = f.udp_port;
	length = make_query(bytes, 7, "a.example", DNS_A);
	/* As a resolver does: until the kernel has done with the new address there is no answer. */
	do {
		(void)sendto(fd, bytes, length, 0, (struct sockaddr *)&to, sizeof(to));
		turn(&f, since);
	} while (recvfrom(fd, answer, sizeof(answer), 0, (struct sockaddr *)&from, &size) < 0);
	ck_assert_mem_eq(&((struct sockaddr_in6 *)&from)->sin6_addr, &to.sin6_addr, 16);
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(the_owner_hears_of_a_name_once)
{
	struct sockaddr_storage from;
	int fd = client(SOCK_DGRAM);
	uint8_t bytes[512];
	struct fixture f;

	start(&f, AF_INET, NULL);
	ask_udp(&f, fd, 1, "A.Example", DNS_AAAA);
	wait_udp(&f, fd, bytes, &from);
	ck_assert_int_eq(f.asked, 1);
	ck_assert_str_eq(f.last_name, "a.example");
	ck_assert_uint_eq(f.last_type, DNS_AAAA);
	ck_assert_int_eq(f.last_rcode, DNS_NOERROR);
	ask_udp(&f, fd, 2, "a.example", DNS_A);
	wait_udp(&f, fd, bytes, &from);
	ck_assert_int_eq(f.asked, 1);
	ask_udp(&f, fd, 3, "b.onion", DNS_A);
	wait_udp(&f, fd, bytes, &from);
	ck_assert_int_eq(f.asked, 2);
	ck_assert_int_eq(f.last_rcode, DNS_NXDOMAIN);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->answers, 3);
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(the_owner_hears_of_a_full_table)
{
	int fd = client(SOCK_DGRAM);
	struct sockaddr_storage from;
	uint8_t bytes[512];
	struct fixture f;

	start(&f, AF_INET, NULL);
	for (unsigned i = 0; i < NAMES_MOST; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", i);
		names_allot(f.names, name, NULL);
	}
	send_to(fd, bytes, make_query(bytes, 7, "n1.example", DNS_A), "127.0.0.1", f.udp_port);
	wait_udp(&f, fd, bytes, &from);
	ck_assert_int_eq(f.full, 0);
	send_to(fd, bytes, make_query(bytes, 7, "one.more", DNS_A), "127.0.0.1", f.udp_port);
	wait_udp(&f, fd, bytes, &from);
	ck_assert_int_eq(bytes[3] & 15, DNS_SERVFAIL);
	ck_assert_int_eq(f.full, 1);
	ck_assert_str_eq(f.last_name, "one.more");
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(the_longest_query_is_taken_whole)
{
	uint8_t bytes[DNS_QUERY_MOST + 1] = { 0 };
	size_t length = make_query(bytes, 1, "a.example", DNS_A), padding;
	struct sockaddr_storage from;
	uint8_t answer[512];
	int fd = client(SOCK_DGRAM);
	struct fixture f;

	/* An OPT record whose data fill it up. */
	padding = DNS_QUERY_MOST - length - 11;
	bytes[11] = 1;
	memcpy(bytes + length, "\0\0\x29\x04\xd0\0\0\0\0", 9);
	bytes[length + 9] = (uint8_t)(padding >> 8);
	bytes[length + 10] = (uint8_t)padding;
	start(&f, AF_INET, NULL);
	send_to(fd, bytes, DNS_QUERY_MOST, "127.0.0.1", f.udp_port);
	wait_udp(&f, fd, answer, &from);
	ck_assert_uint_eq(answer[3] & 0xf, DNS_NOERROR);
	bytes[length + 10]++;
	send_to(fd, bytes, DNS_QUERY_MOST + 1, "127.0.0.1", f.udp_port);
	wait_udp(&f, fd, answer, &from);
	ck_assert_uint_eq(answer[3] & 0xf, DNS_FORMERR);
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(what_is_no_query_gets_no_answer_and_what_is_broken_an_error)
{
	uint8_t bytes[2000] = { 0, 5, 1 };
	struct sockaddr_storage from;
	int fd = client(SOCK_DGRAM);
	struct fixture f;

	start(&f, AF_INET, NULL);
	send_to(fd, bytes, 0, "127.0.0.1", f.udp_port);
	send_to(fd, bytes, 11, "127.0.0.1", f.udp_port);
	bytes[2] = 0x81;
	send_to(fd, bytes, 12, "127.0.0.1", f.udp_port);
	bytes[2] = 1;
	send_to(fd, bytes, sizeof(bytes), "127.0.0.1", f.udp_port);
	ck_assert_uint_eq(wait_udp(&f, fd, bytes, &from), 12);
	ck_assert_mem_eq(bytes, "\0\5\x81\x81\0\0\0\0\0\0\0\0", 12);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->dropped, 3);
	close(fd);
	stop(&f);
}
END_TEST

static int connect_tcp(struct fixture *f)
{
	struct sockaddr_in to = address_of("127.0.0.1", f->tcp_port);
	int fd = client(SOCK_STREAM);

	ck_assert(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS);
	return fd;
}

static size_t add_framed(uint8_t *out, unsigned id, const char *name, unsigned type)
{
	size_t length = make_query(out + 2, id, name, type);

	out[0] = (uint8_t)(length >> 8);
	out[1] = (uint8_t)length;
	return 2 + length;
}

static void send_all(struct fixture *f, int fd, const uint8_t *bytes, size_t length)
{
	int64_t since = clock_mono_ms();

	while (length) {
		ssize_t put = send(fd, bytes, length, MSG_NOSIGNAL);

		if (put < 0) {
			ck_assert_msg(errno == EAGAIN, "%s", strerror(errno));
			turn(f, since);
			continue;
		}
		bytes += put;
		length -= (size_t)put;
	}
}

/* False at end of file, or where the connection was reset. */
static bool receive_all(struct fixture *f, int fd, uint8_t *out, size_t length)
{
	int64_t since = clock_mono_ms();

	while (length) {
		ssize_t got = recv(fd, out, length, 0);

		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return false;
		if (got < 0) {
			ck_assert_msg(errno == EAGAIN, "%s", strerror(errno));
			turn(f, since);
			continue;
		}
		out += got;
		length -= (size_t)got;
	}
	return true;
}

/* Takes one answer and checks whose it is. */
static bool take_answer(struct fixture *f, int fd, unsigned id)
{
	uint8_t bytes[2 + DNS_ANSWER_MOST];
	size_t length;

	if (!receive_all(f, fd, bytes, 2))
		return false;
	length = (size_t)bytes[0] << 8 | bytes[1];
	ck_assert_uint_ge(length, 12);
	ck_assert_uint_le(length, DNS_ANSWER_MOST);
	ck_assert(receive_all(f, fd, bytes, length));
	ck_assert_uint_eq((unsigned)bytes[0] << 8 | bytes[1], id);
	ck_assert_uint_eq(bytes[3] & 0xf, DNS_NOERROR);
	return true;
}

START_TEST(tcp_answers_however_the_bytes_come)
{
	uint8_t bytes[64];
	struct fixture f;
	size_t length = add_framed(bytes, 9, "a.example", DNS_A);
	int fd;

	start(&f, AF_INET, NULL);
	fd = connect_tcp(&f);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < length; i++) {
			send_all(&f, fd, bytes + i, 1);
			turn(&f, clock_mono_ms());
		}
		ck_assert(take_answer(&f, fd, 9));
	}
	send_all(&f, fd, bytes, length);
	ck_assert(take_answer(&f, fd, 9));
	close(fd);
	stop(&f);
}
END_TEST

/* More answers than all buffers hold are waiting while the client only sends, and all come. */
START_TEST(pipelined_queries_are_answered_in_order)
{
	enum { QUERIES = 3000 };
	_cleanup_free_ uint8_t *bytes = xmalloc(QUERIES * 64);
	size_t length = 0, sent = 0;
	int small = 4096;
	unsigned next = 0;
	struct fixture f;
	int fd;

	for (unsigned i = 0; i < QUERIES; i++)
		length += add_framed(bytes + length, i, i % 2 ? "a.example" : "b.example",
				     DNS_AAAA);
	start(&f, AF_INET, &(struct dns_stub_limits){ .burst = QUERIES });
	setsockopt(f.tcp, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	fd = connect_tcp(&f);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	while (sent < length) {
		ssize_t put = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);

		if (put > 0)
			sent += (size_t)put;
		else
			ck_assert(take_answer(&f, fd, next++));
	}
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	while (next < QUERIES)
		ck_assert(take_answer(&f, fd, next++));
	ck_assert(!take_answer(&f, fd, 0));
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(a_client_that_has_ended_still_gets_its_answer)
{
	uint8_t bytes[64];
	struct fixture f;
	int fd;

	start(&f, AF_INET, NULL);
	fd = connect_tcp(&f);
	send_all(&f, fd, bytes, add_framed(bytes, 1, "a.example", DNS_A));
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert(take_answer(&f, fd, 1));
	ck_assert(!take_answer(&f, fd, 0));
	close(fd);
	stop(&f);
}
END_TEST

static const struct {
	const char *bytes;
	size_t length;
} bad_streams[] = {
	{ "\x00\x00", 2 },
	{ "\x00\x03\x01\x02\x03", 5 },
	{ "\x00\x0c\x00\x01\x81\x80\x00\x00\x00\x00\x00\x00\x00\x00", 14 },
	{ "\xff\xff", 2 },
	{ "GET / HTTP/1.1\r\n", 16 },
};

START_TEST(what_is_no_dns_over_tcp_is_closed)
{
	struct fixture f;
	int fd;

	start(&f, AF_INET, NULL);
	fd = connect_tcp(&f);
	send_all(&f, fd, (const uint8_t *)bad_streams[_i].bytes, bad_streams[_i].length);
	ck_assert(!take_answer(&f, fd, 0));
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(a_trickle_of_bytes_keeps_no_connection)
{
	enum { EVERY_MS = 20, ANNOUNCED = 1200 }; /* more than our patience brings */
	uint8_t bytes[2 + ANNOUNCED] = { ANNOUNCED >> 8, ANNOUNCED & 0xff }, got;
	int64_t since = clock_mono_ms();
	size_t at = 0;
	struct fixture f;
	int fd;

	start(&f, AF_INET, &(struct dns_stub_limits){ .tcp_idle_ms = 100 });
	fd = connect_tcp(&f);
	while (recv(fd, &got, 1, 0) != 0 && errno != ECONNRESET) {
		if (clock_mono_ms() - since >= (int64_t)at * EVERY_MS &&
		    send(fd, bytes + at, 1, MSG_NOSIGNAL) == 1)
			at++;
		turn(&f, since);
	}
	ck_assert_uint_gt(at, 1);
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(the_longest_idle_client_makes_room)
{
	uint8_t bytes[64];
	size_t length = add_framed(bytes, 1, "a.example", DNS_A);
	struct fixture f;
	int first, second, third;

	start(&f, AF_INET, &(struct dns_stub_limits){ .tcp_clients = 2 });
	first = connect_tcp(&f);
	send_all(&f, first, bytes, length);
	ck_assert(take_answer(&f, first, 1));
	second = connect_tcp(&f);
	send_all(&f, second, bytes, length);
	ck_assert(take_answer(&f, second, 1));
	third = connect_tcp(&f);
	send_all(&f, third, bytes, length);
	ck_assert(take_answer(&f, third, 1));
	ck_assert(!take_answer(&f, first, 0));
	send_all(&f, second, bytes, length);
	ck_assert(take_answer(&f, second, 1));
	ck_assert_uint_eq(dns_stub_counters(f.stub)->tcp_evicted, 1);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->tcp_clients, 3);
	close(first);
	close(second);
	close(third);
	stop(&f);
}
END_TEST

START_TEST(a_flood_is_answered_at_its_rate)
{
	enum { BURST = 5, RATE = 100, QUERIES = 30, FRAMED = 10 };
	struct dns_stub_limits limits = { .answers_per_second = RATE, .burst = BURST };
	int64_t since, passed;
	uint8_t bytes[512];
	int udp = client(SOCK_DGRAM), tcp, got = 0;
	struct fixture f;
	size_t length = 0;

	since = clock_mono_ms();
	start(&f, AF_INET, &limits);
	tcp = connect_tcp(&f);
	for (unsigned i = 0; i < FRAMED; i++)
		length += add_framed(bytes + length, i, "a.example", DNS_A);
	send_all(&f, tcp, bytes, length);
	for (unsigned i = 0; i < QUERIES; i++)
		ask_udp(&f, udp, i, "a.example", DNS_A);
	while (got < QUERIES) {
		turn(&f, since);
		while (recv(udp, bytes, sizeof(bytes), 0) > 0)
			got++;
		passed = clock_mono_ms() - since + 1;
		ck_assert_uint_le(dns_stub_counters(f.stub)->answers,
				  (uint64_t)(BURST + passed * RATE / 1000 + 1));
	}
	for (unsigned i = 0; i < FRAMED; i++)
		ck_assert(take_answer(&f, tcp, i));
	ck_assert_uint_gt(dns_stub_counters(f.stub)->throttled, 0);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->answers, QUERIES + FRAMED);
	close(udp);
	close(tcp);
	stop(&f);
}
END_TEST

static void set(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Without tokens the loop has nothing to do but its timers. */
START_TEST(a_flood_without_tokens_does_not_spin)
{
	static const struct timeval a_while = { .tv_usec = 50000 };
	struct dns_stub_limits limits = { .answers_per_second = 1, .burst = 1 };
	bool has_passed = false;
	int loops = 0;
	int udp = client(SOCK_DGRAM);
	int64_t since;
	struct fixture f;
	uint8_t bytes[512];
	struct sockaddr_storage from;

	start(&f, AF_INET, &limits);
	for (unsigned i = 0; i < 10; i++)
		ask_udp(&f, udp, i, "a.example", DNS_A);
	wait_udp(&f, udp, bytes, &from);
	since = clock_mono_ms();
	while (!dns_stub_counters(f.stub)->throttled)
		turn(&f, since);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->answers, 1);
	event_base_once(f.base, -1, EV_TIMEOUT, set, &has_passed, &a_while);
	while (!has_passed) {
		event_base_loop(f.base, EVLOOP_ONCE);
		loops++;
	}
	ck_assert_int_lt(loops, 20); /* what the turns before have left behind, and the last one */
	ck_assert_int_eq(recv(udp, bytes, sizeof(bytes), 0), -1);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->throttled, 1);
	close(udp);
	stop(&f);
}
END_TEST

START_TEST(clients_wait_while_there_are_no_descriptors)
{
	uint8_t bytes[64];
	int64_t since = clock_mono_ms();
	struct fixture f;
	struct descriptor_limit limit;
	int fd;

	start(&f, AF_INET, NULL);
	fd = connect_tcp(&f);
	send_all(&f, fd, bytes, add_framed(bytes, 1, "a.example", DNS_A));
	limit = limit_descriptors(0);
	turn(&f, since);
	ck_assert_uint_eq(dns_stub_counters(f.stub)->tcp_clients, 0);
	lift_limit(&limit);
	ck_assert(take_answer(&f, fd, 1));
	close(fd);
	stop(&f);
}
END_TEST

START_TEST(other_sockets_are_refused_and_closed)
{
	struct err e;
	struct fixture f;
	in_port_t port;
	int fd;

	start(&f, AF_INET, NULL);
	fd = bound(AF_INET, SOCK_STREAM, &port);
	ck_assert_int_eq(dns_stub_add_udp(f.stub, fd, &e), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	fd = bound(AF_INET, SOCK_DGRAM, &port);
	ck_assert_int_eq(dns_stub_add_tcp(f.stub, fd, &e), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(dns_stub_add_tcp(f.stub, fd, &e), -1);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(dns_stub_add_udp(f.stub, fd, &e), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	stop(&f);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("dns_stub");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_datagram_is_answered_from_the_address_that_was_asked);
	tcase_add_test(tc, ipv6_is_served_too);
	tcase_add_test(tc, a_link_local_name_server_answers_on_its_link);
	tcase_add_test(tc, the_owner_hears_of_a_name_once);
	tcase_add_test(tc, the_owner_hears_of_a_full_table);
	tcase_add_test(tc, the_longest_query_is_taken_whole);
	tcase_add_test(tc, what_is_no_query_gets_no_answer_and_what_is_broken_an_error);
	tcase_add_test(tc, tcp_answers_however_the_bytes_come);
	tcase_add_test(tc, pipelined_queries_are_answered_in_order);
	tcase_add_test(tc, a_client_that_has_ended_still_gets_its_answer);
	tcase_add_loop_test(tc, what_is_no_dns_over_tcp_is_closed, 0, ARRAY_LENGTH(bad_streams));
	tcase_add_test(tc, a_trickle_of_bytes_keeps_no_connection);
	tcase_add_test(tc, the_longest_idle_client_makes_room);
	tcase_add_test(tc, a_flood_is_answered_at_its_rate);
	tcase_add_test(tc, a_flood_without_tokens_does_not_spin);
	tcase_add_test(tc, clients_wait_while_there_are_no_descriptors);
	tcase_add_test(tc, other_sockets_are_refused_and_closed);
	suite_add_tcase(suite, tc);
	return suite;
}

RUN_SUITE(make_suite)
