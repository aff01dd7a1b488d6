/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_SOCKET_OWNER_H
#define CORE_SANDBOX_SOCKET_OWNER_H

/*
 * Which process inside the sandbox holds a socket. That takes reading through /proc; but the next
 * connection is mostly of the process that made the last one, and mostly has the same descriptor
 * there: remembered, the answer takes one system call. For showing only.
 */
#include <stdbool.h>
#include <sys/types.h>

struct socket_owner {
	pid_t pid; /* 0 = unknown */
	/* Its directory in /proc: it stands for this process, never for a later one of that number. */
	int directory;
	int descriptor; /* that the socket was there */
};

#define SOCKET_OWNER_NONE { .directory = -1, .descriptor = -1 }

/*
 * Looks for who holds the socket with this inode, in the sandbox of pid 1 `init`: first where the last
 * one was found. True: *owner tells. False: nobody does; what is remembered stays for the next.
 */
bool socket_owner_find(struct socket_owner *owner, pid_t init, unsigned long inode);
/* Path of what it runs now, or NULL. Caller frees. */
char *socket_owner_executable(const struct socket_owner *owner);
void socket_owner_forget(struct socket_owner *owner);

#endif
