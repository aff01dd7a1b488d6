/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_SOCKET_DIAG_H
#define CORE_SANDBOX_SOCKET_DIAG_H

/*
 * Asks the kernel about TCP sockets (sock_diag(7)): a look into its hash table for one connection, a
 * walk over the small one for what listens, where reading /proc/PID/net/tcp walks all of the large
 * one, which takes milliseconds on a host with much memory.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

enum socket_diag_answer {
	SOCKET_DIAG_FOUND,
	SOCKET_DIAG_NONE,    /* there is no such connection */
	SOCKET_DIAG_UNKNOWN, /* the kernel cannot tell */
};

/*
 * `diag`: a NETLINK_SOCK_DIAG socket of the network namespace to look in. The two ends as one of the
 * connection's sockets sees them, of one family. *inode: of that socket, 0 where no process holds it
 * any more.
 */
enum socket_diag_answer socket_diag_inode(int diag, const struct sockaddr *own,
					  const struct sockaddr *peer, unsigned long *inode);

/* IPv4 as ::ffff:0:0/96; the port in the host's byte order. */
typedef void socket_diag_listener_fn(void *arg, const struct in6_addr *address, int port);

/* Each TCP socket of the family that listens; `found` asks nothing by the same socket. False where the kernel cannot tell (all of) them. */
bool socket_diag_listeners(int diag, int family, socket_diag_listener_fn *found, void *arg);

#endif
