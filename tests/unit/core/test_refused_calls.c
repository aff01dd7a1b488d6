/* SPDX-License-Identifier: MIT */
#include "core/sandbox/refused_calls.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/connect_address.h"
#include "core/sandbox/filter.h"
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define UPPER_GARBAGE 0xabcd00000000u

static const struct {
	long number;
	uint64_t args[6];
	const char *shown; /* NULL = not refused */
} calls[] = {
	{ SYS_socket, { AF_UNIX, SOCK_STREAM, 0 }, "socket(AF_UNIX)" },
	{ SYS_socket, { UPPER_GARBAGE | AF_UNIX, SOCK_STREAM, 0 }, "socket(AF_UNIX)" },
	{ SYS_socket, { AF_INET, SOCK_STREAM, 0 }, NULL },
	{ SYS_socket, { 40, SOCK_STREAM, 0 }, "socket(AF_VSOCK)" },
	{ SYS_socket, { AF_PACKET, SOCK_DGRAM, 0 }, "socket(AF_PACKET)" },
	{ SYS_socket, { AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP }, "socket(AF_INET, SOCK_RAW)" },
	{ SYS_socket, { AF_INET6, SOCK_RAW, IPPROTO_RAW }, "socket(AF_INET6, SOCK_RAW)" },
	{ SYS_socket, { AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_ICMP }, "socket(AF_INET, IPPROTO_ICMP)" },
	{ SYS_socket, { AF_INET6, SOCK_DGRAM, UPPER_GARBAGE | IPPROTO_ICMPV6 }, "socket(AF_INET6, IPPROTO_ICMPV6)" },
	{ SYS_socket, { AF_INET, SOCK_DGRAM, IPPROTO_UDP }, NULL },
	{ SYS_socket, { AF_INET6, SOCK_DGRAM, 0 }, NULL },
	/* How the C library lists interfaces; its protocols have numbers of their own. */
	{ SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, NULL },
	{ SYS_socket, { AF_NETLINK, SOCK_RAW, IPPROTO_ICMP }, NULL },
	{ SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0 }, NULL },
	{ SYS_socketpair, { AF_UNIX, SOCK_DGRAM, 0 }, "socketpair(SOCK_DGRAM)" },
	{ SYS_socketpair, { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0 }, "socketpair(SOCK_DGRAM)" },
	{ SYS_unshare, { CLONE_NEWUSER | CLONE_NEWNET }, "unshare(CLONE_NEWUSER)" },
	{ SYS_unshare, { CLONE_NEWNS }, "unshare(CLONE_NEWNS)" },
	{ SYS_unshare, { CLONE_NEWNET }, NULL },
	{ SYS_clone, { CLONE_NEWUSER | 17 }, "clone(CLONE_NEWUSER)" },
	{ SYS_clone, { 17 }, NULL },
	{ SYS_mount, { 0 }, "mount" },
	{ SYS_keyctl, { 0 }, "keyctl" },
	{ SYS_ioctl, { 0, 0x5412, 0 }, "ioctl(TIOCSTI)" },
	{ SYS_ioctl, { 0, 0x5413, 0 }, NULL },
	{ SYS_openat, { 0 }, NULL },
	{ 100000, { 0 }, NULL },
};

START_TEST(call_is_known)
{
	const struct refused_call *call = refused_call_find((int)calls[_i].number, calls[_i].args);

	ck_assert_pstr_eq(call ? call->shown : NULL, calls[_i].shown);
	if (call)
		ck_assert_int_eq(call->error, strstr(call->shown, "IPPROTO_") ? EACCES : EPERM);
}
END_TEST

/* Each group can be left out, and the program stays one that the kernel takes. */
START_TEST(filter_is_built)
{
	const struct filter_request request = { .level = (enum watch_level)(_i & 3),
						.notify_connections = _i & 4,
						.allow_unix_sockets = _i & 8,
						.allow_nested_namespaces = _i & 16 };
	_cleanup_free_ struct sock_filter *program = NULL;
	size_t count = 0;
	struct err e = { .message = "" };

	ck_assert_msg(filter_build(&program, &count, &request, &e) == 0, "%s", e.message);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_lt(count, BPF_MAXINSNS);
}
END_TEST

static const struct {
	int family;
	const char *address;
	int port;
	size_t length; /* 0 = that of the family */
	int wanted;
} addresses[] = {
	{ AF_INET, "192.0.2.1", 443, 0, 443 },
	{ AF_INET, "127.0.0.1", 443, 0, 0 },
	{ AF_INET, "127.255.0.1", 443, 0, 0 },
	{ AF_INET, "0.0.0.0", 443, 0, 0 },
	{ AF_INET, "192.0.2.1", 0, 0, 0 },
	{ AF_INET, "192.0.2.1", 443, 15, 0 },
	{ AF_INET6, "2001:db8::1", 80, 0, 80 },
	{ AF_INET6, "2001:db8::1", 80, 24, 80 },
	{ AF_INET6, "2001:db8::1", 80, 23, 0 },
	{ AF_INET6, "::1", 80, 0, 0 },
	{ AF_INET6, "::", 80, 0, 0 },
	{ AF_INET6, "::ffff:127.0.0.1", 80, 0, 0 },
	{ AF_INET6, "::ffff:192.0.2.1", 80, 0, 80 },
	{ AF_UNIX, NULL, 0, 110, 0 },
};

START_TEST(connection_that_leaves_has_a_port)
{
	struct sockaddr_storage address;
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	size_t length = addresses[_i].length;

	memset(&address, 0, sizeof(address));
	address.ss_family = (sa_family_t)addresses[_i].family;
	if (addresses[_i].family == AF_INET) {
		inet_pton(AF_INET, addresses[_i].address, &four.sin_addr);
		four.sin_port = htons((in_port_t)addresses[_i].port);
		memcpy(&address, &four, sizeof(four));
		length = length ? length : sizeof(four);
	} else if (addresses[_i].family == AF_INET6) {
		inet_pton(AF_INET6, addresses[_i].address, &six.sin6_addr);
		six.sin6_port = htons((in_port_t)addresses[_i].port);
		memcpy(&address, &six, sizeof(six));
		length = length ? length : sizeof(six);
	}
	ck_assert_int_eq(connect_port(&address, length), addresses[_i].wanted);
}
END_TEST

static Suite *refused_calls_suite(void)
{
	Suite *suite = suite_create("refused_calls");
	TCase *tests = tcase_create("refused_calls");

	tcase_add_loop_test(tests, call_is_known, 0, ARRAY_LENGTH(calls));
	tcase_add_loop_test(tests, filter_is_built, 0, 32);
	tcase_add_loop_test(tests, connection_that_leaves_has_a_port, 0, ARRAY_LENGTH(addresses));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(refused_calls_suite)
