/* SPDX-License-Identifier: MIT */
#include "core/sandbox/socket_diag.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/socket_owner.h"
#include "tests/lib/unit.h"

struct ends {
	int diag, listener, client, accepted;
	struct sockaddr_storage own, peer; /* of the client's socket, as the other side sees them */
};

/* Over IPv4; `mapped`: the listener is one of both families, and gives the addresses as such. */
static void connect_both(struct ends *ends, bool mapped)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	socklen_t size = mapped ? sizeof(six) : sizeof(four);
	struct sockaddr *address = mapped ? (struct sockaddr *)&six : (struct sockaddr *)&four;

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends->diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ends->listener = socket(mapped ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(ends->listener, address, size), 0);
	ck_assert_int_eq(listen(ends->listener, 1), 0);
	ck_assert_int_eq(getsockname(ends->listener, address, &size), 0);
	if (mapped)
		four.sin_port = six.sin6_port;
	ends->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(ends->client, (struct sockaddr *)&four, sizeof(four)), 0);
	ends->accepted = accept4(ends->listener, NULL, NULL, SOCK_CLOEXEC);
	size = sizeof(ends->own);
	ck_assert_int_eq(getpeername(ends->accepted, (struct sockaddr *)&ends->own, &size), 0);
	size = sizeof(ends->peer);
	ck_assert_int_eq(getsockname(ends->accepted, (struct sockaddr *)&ends->peer, &size), 0);
}

static void close_both(struct ends *ends)
{
	close_fd(&ends->diag);
	close_fd(&ends->listener);
	close_fd(&ends->client);
	close_fd(&ends->accepted);
}

static enum socket_diag_answer ask(const struct ends *ends, unsigned long *inode)
{
	return socket_diag_inode(ends->diag, (const struct sockaddr *)&ends->own,
				 (const struct sockaddr *)&ends->peer, inode);
}

/* A kernel without the module cannot tell; the callers go another way then. */
static bool kernel_tells(void)
{
	unsigned long inode;
	struct ends ends;
	bool tells;

	connect_both(&ends, false);
	tells = ask(&ends, &inode) != SOCKET_DIAG_UNKNOWN;
	close_both(&ends);
	return tells;
}

START_TEST(the_kernel_tells_whose_socket_it_is)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;
	unsigned long inode;
	struct ends ends;
	struct stat st;

	if (!kernel_tells())
		return;
	connect_both(&ends, _i);
	ck_assert_int_eq(fstat(ends.client, &st), 0);
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_FOUND);
	ck_assert_uint_eq(inode, st.st_ino);
	ck_assert(socket_owner_find(&owner, getpid(), inode));
	ck_assert_int_eq(owner.pid, getpid());
	ck_assert_int_eq(owner.descriptor, ends.client);
	socket_owner_forget(&owner);
	close_both(&ends);
}
END_TEST

START_TEST(a_socket_that_is_closed_is_nobody_s)
{
	struct socket_owner owner = SOCKET_OWNER_NONE;
	unsigned long inode;
	struct ends ends;

	if (!kernel_tells())
		return;
	connect_both(&ends, _i);
	close_fd(&ends.client);
	/* It waits for the other end to close. */
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_FOUND);
	ck_assert_uint_eq(inode, 0);
	ck_assert(!socket_owner_find(&owner, getpid(), inode));
	socket_owner_forget(&owner);
	close_both(&ends);
}
END_TEST

START_TEST(a_connection_that_is_none_is_not_found)
{
	struct sockaddr_in *own;
	unsigned long inode = 1;
	struct ends ends;

	if (!kernel_tells())
		return;
	connect_both(&ends, false);
	own = (struct sockaddr_in *)&ends.own;
	own->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_NONE);
	ck_assert_uint_eq(inode, 0);
	close_both(&ends);
}
END_TEST

START_TEST(what_is_no_such_socket_tells_nothing)
{
	unsigned long inode;
	struct ends ends;

	connect_both(&ends, false);
	close_fd(&ends.diag);
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_UNKNOWN);
	ends.diag = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_UNKNOWN);
	ends.own.ss_family = AF_UNIX;
	ck_assert_int_eq(ask(&ends, &inode), SOCKET_DIAG_UNKNOWN);
	close_both(&ends);
}
END_TEST

struct wanted {
	int port;
	struct in6_addr address;
	unsigned count, others;
};

static void look_at(void *arg, const struct in6_addr *address, int port)
{
	struct wanted *wanted = arg;

	wanted->others += port != wanted->port;
	if (port != wanted->port)
		return;
	wanted->address = *address;
	wanted->count++;
}

START_TEST(what_listens_is_listed_and_nothing_else)
{
	static const struct in6_addr loopback = { .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };
	int family = _i ? AF_INET6 : AF_INET;
	struct wanted wanted = { 0 };
	struct ends ends;

	if (!kernel_tells())
		return;
	connect_both(&ends, _i);
	wanted.port = ntohs(_i ? ((struct sockaddr_in6 *)&ends.peer)->sin6_port :
				 ((struct sockaddr_in *)&ends.peer)->sin_port);
	ck_assert(socket_diag_listeners(ends.diag, family, look_at, &wanted));
	/* Neither the client's socket nor the accepted one, which has the same port. */
	ck_assert_uint_eq(wanted.count, 1);
	ck_assert_mem_eq(&wanted.address, _i ? &in6addr_any : &loopback, sizeof(loopback));
	close_fd(&ends.listener);
	ck_assert(socket_diag_listeners(ends.diag, family, look_at, &wanted));
	ck_assert_uint_eq(wanted.count, 1);
	close_both(&ends);
}
END_TEST

/* More than one datagram has room for. */
START_TEST(many_that_listen_are_all_listed)
{
	struct wanted wanted = { 0 };
	struct ends ends;
	int more[300];

	if (!kernel_tells())
		return;
	connect_both(&ends, false);
	for (size_t i = 0; i < ARRAY_LENGTH(more); i++) {
		more[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_eq(listen(more[i], 1), 0);
	}
	ck_assert(socket_diag_listeners(ends.diag, AF_INET, look_at, &wanted));
	ck_assert_uint_ge(wanted.others, ARRAY_LENGTH(more) + 1);
	for (size_t i = 0; i < ARRAY_LENGTH(more); i++)
		close_fd(&more[i]);
	close_both(&ends);
}
END_TEST

START_TEST(where_the_kernel_cannot_tell_what_listens_that_is_said)
{
	struct wanted wanted = { 0 };
	struct ends ends;

	connect_both(&ends, false);
	ck_assert(!socket_diag_listeners(-1, AF_INET, look_at, &wanted));
	ck_assert(!socket_diag_listeners(ends.diag, AF_APPLETALK, look_at, &wanted));
	close_fd(&ends.diag);
	ends.diag = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert(!socket_diag_listeners(ends.diag, AF_INET, look_at, &wanted));
	close_both(&ends);
}
END_TEST

static Suite *socket_diag_suite(void)
{
	Suite *suite = suite_create("socket_diag");
	TCase *tests = tcase_create("socket_diag");

	tcase_add_loop_test(tests, the_kernel_tells_whose_socket_it_is, false, true + 1);
	tcase_add_loop_test(tests, a_socket_that_is_closed_is_nobody_s, false, true + 1);
	tcase_add_test(tests, a_connection_that_is_none_is_not_found);
	tcase_add_test(tests, what_is_no_such_socket_tells_nothing);
	tcase_add_loop_test(tests, what_listens_is_listed_and_nothing_else, false, true + 1);
	tcase_add_test(tests, many_that_listen_are_all_listed);
	tcase_add_test(tests, where_the_kernel_cannot_tell_what_listens_that_is_said);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(socket_diag_suite)
