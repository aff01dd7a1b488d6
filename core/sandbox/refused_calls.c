/* SPDX-License-Identifier: MIT */
#include "core/sandbox/refused_calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

#define WORD 0xffffffffu /* int arguments: the upper half is whatever the caller left there */
#define TYPE_MASK 0xfu	 /* of socket types, without SOCK_CLOEXEC and SOCK_NONBLOCK */

#define SOCKET(group, family)                                                                      \
	{ group, "socket", "socket(" #family ")", ACCESS_UNIX, EPERM, 1, { { 0, WORD, family } } }
#define RAW(family)                                                                                \
	{ REFUSED_PACKETS, "socket", "socket(" #family ", SOCK_RAW)", ACCESS_UNIX, EPERM, 2,       \
	  { { 0, WORD, family }, { 1, TYPE_MASK, SOCK_RAW } } }
/* The error is the kernel's, where no group may: icmp(7). Programs then try a raw one. */
#define PING(family, protocol)                                                                     \
	{ REFUSED_PACKETS, "socket", "socket(" #family ", " #protocol ")", ACCESS_UNIX, EACCES, 2, \
	  { { 0, WORD, family }, { 2, WORD, protocol } } }
#define WHOLE(group, name, kind) { group, name, name, kind, EPERM, 0, { { 0, 0, 0 } } }
#define FLAG(name, flag)                                                                           \
	{ REFUSED_NAMESPACES, name, name "(" #flag ")", ACCESS_EXEC, EPERM, 1, { { 0, flag, flag } } }
#define TYPING(request)                                                                            \
	{ REFUSED_KEYS, "ioctl", "ioctl(" #request ")", ACCESS_EXEC, EPERM, 1, { { 1, WORD, request } } }

const struct refused_call refused_calls[] = {
	SOCKET(REFUSED_SOCKETS, AF_UNIX),
	SOCKET(REFUSED_SOCKETS, AF_VSOCK),
	/* Of a pair of these, one end can be connected anew, to any path. */
	{ REFUSED_SOCKETS, "socketpair", "socketpair(SOCK_DGRAM)", ACCESS_UNIX, EPERM, 1,
	  { { 1, TYPE_MASK, SOCK_DGRAM } } },
	WHOLE(REFUSED_SOCKETS, "io_uring_setup", ACCESS_EXEC),
	WHOLE(REFUSED_SOCKETS, "io_uring_enter", ACCESS_EXEC),
	WHOLE(REFUSED_SOCKETS, "io_uring_register", ACCESS_EXEC),

	FLAG("unshare", CLONE_NEWUSER),
	FLAG("unshare", CLONE_NEWNS),
	FLAG("clone", CLONE_NEWUSER),
	FLAG("clone", CLONE_NEWNS),
	WHOLE(REFUSED_NAMESPACES, "setns", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "mount", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "umount2", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "pivot_root", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "open_tree", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "open_tree_attr", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "move_mount", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "mount_setattr", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "fsopen", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "fsconfig", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "fsmount", ACCESS_EXEC),
	WHOLE(REFUSED_NAMESPACES, "fspick", ACCESS_EXEC),

	WHOLE(REFUSED_KEYS, "keyctl", ACCESS_EXEC),
	WHOLE(REFUSED_KEYS, "add_key", ACCESS_EXEC),
	WHOLE(REFUSED_KEYS, "request_key", ACCESS_EXEC),
	TYPING(TIOCSTI),
	TYPING(TIOCLINUX),

	SOCKET(REFUSED_PACKETS, AF_PACKET),
	RAW(AF_INET),
	RAW(AF_INET6),
	PING(AF_INET, IPPROTO_ICMP),
	PING(AF_INET6, IPPROTO_ICMPV6),
};

const size_t refused_call_count = ARRAY_LENGTH(refused_calls);

static bool holds(const struct refused_call *call, const uint64_t args[6])
{
	for (size_t i = 0; i < call->count; i++)
		if ((args[call->where[i].index] & call->where[i].mask) != call->where[i].value)
			return false;
	return true;
}

const struct refused_call *refused_call_find(int number, const uint64_t args[6])
{
	_cleanup_free_ char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	for (size_t i = 0; name && i < refused_call_count; i++) {
		const struct refused_call *call = &refused_calls[i];

		if (strcmp(call->name, name) == 0 && holds(call, args))
			return call;
	}
	return NULL;
}
