/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_SOCKET_DIAG_H
#define CORE_SANDBOX_SOCKET_DIAG_H

/*
 * Asks the kernel about one TCP connection (sock_diag(7)): a look into its hash table, where reading
 * /proc/PID/net/tcp walks all of it, which takes milliseconds on a host with much memory.
 */
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

#endif
