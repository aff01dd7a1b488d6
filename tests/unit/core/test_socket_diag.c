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

static Suite *socket_diag_suite(void)
{
	Suite *suite = suite_create("socket_diag");
	TCase *tests = tcase_create("socket_diag");

	tcase_add_loop_test(tests, the_kernel_tells_whose_socket_it_is, false, true + 1);
	tcase_add_loop_test(tests, a_socket_that_is_closed_is_nobody_s, false, true + 1);
	tcase_add_test(tests, a_connection_that_is_none_is_not_found);
	tcase_add_test(tests, what_is_no_such_socket_tells_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(socket_diag_suite)
