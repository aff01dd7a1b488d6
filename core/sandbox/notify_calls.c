/* SPDX-License-Identifier: MIT */
/* Calls that are about no path: refused ones, sockets and their addresses. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/sandbox/connect_address.h"
#include "core/sandbox/notify_parts.h"
#include "core/sandbox/refused_calls.h"

static bool is_unix_socket(const struct seccomp_notif *call)
{
	return call->data.nr == SYS_socket && (int)call->data.args[0] == AF_UNIX;
}

/* Refused by refused_calls.c: they need no network. */
static bool makes_packets(int family, int type, int protocol)
{
	return family != AF_NETLINK && ((type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == SOCK_RAW ||
					protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6);
}

bool notifier_is_network_socket(const struct seccomp_notif *call)
{
	int family = (int)call->data.args[0];

	return (family == AF_INET || family == AF_INET6 || family == AF_NETLINK) &&
	       !makes_packets(family, (int)call->data.args[1], (int)call->data.args[2]);
}

bool notifier_wants_network(struct notifier *n, const struct seccomp_notif *call)
{
	struct notice *notice;

	/* The self-test's own are made while the others wait. */
	if (!__atomic_load_n(&n->no_network, __ATOMIC_ACQUIRE) ||
	    notifier_is_rehearsal(n, (pid_t)call->pid))
		return false;
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_NETWORK;
	notice->kind = ACCESS_CONNECT;
	notice->syscall = "socket";
	notifier_hand_over(n, call, notice);
	return true;
}

/* What the kernel itself says of the caller's type and protocol goes for the stub too. */
static bool give_stub(struct notifier *n, const struct seccomp_notif *call)
{
	int type = (int)call->data.args[1], kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	int pair[2];

	/* Of datagram sockets even an end of a pair could be connected anew. */
	if (kind == SOCK_DGRAM)
		type = (type & (SOCK_CLOEXEC | SOCK_NONBLOCK)) | SOCK_SEQPACKET;
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, (int)call->data.args[2], pair) < 0) {
		notifier_fail(n, call->id, errno);
		return true;
	}
	close(pair[1]);
	if (notifier_inject(n, call->id, pair[0], type & SOCK_CLOEXEC) < 0)
		notifier_fail(n, call->id, EMFILE);
	close(pair[0]);
	return true;
}

bool notifier_refuse(struct notifier *n, const struct seccomp_notif *call)
{
	const struct refused_call *entry =
		refused_call_find(call->data.nr, (const uint64_t *)call->data.args);
	struct notice *notice;

	if (!entry)
		return false;
	if (n->unix_stubs && is_unix_socket(call))
		return give_stub(n, call);
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_REFUSED;
	/* Once it is answered the caller may end. */
	notice->exe = process_executable((pid_t)call->pid);
	notifier_fail(n, call->id, entry->error);
	notice->kind = entry->kind;
	notice->object = xstrdup(entry->shown);
	notice->syscall = entry->name;
	notice->error = entry->error;
	notifier_hand_over(n, call, notice);
	return true;
}

bool notifier_has_listening(const struct notifier *n, int port)
{
	return __atomic_load_n(&n->listening[port / 64], __ATOMIC_ACQUIRE) >> (port % 64) & 1;
}

void notifier_clear_listening(struct notifier *n, int port)
{
	__atomic_and_fetch(&n->listening[port / 64], ~((uint64_t)1 << (port % 64)),
			   __ATOMIC_RELEASE);
}

void notifier_set_listening(struct notifier *n, int port)
{
	__atomic_or_fetch(&n->listening[port / 64], (uint64_t)1 << (port % 64), __ATOMIC_RELEASE);
}

/*
 * A path as the program sees it, absolute; or the name of an abstract socket behind an "@". The
 * address may lack its NUL (unix(7)).
 */
static bool unix_path(struct notifier *n, const struct seccomp_notif *call,
		      const struct sockaddr_storage *address, size_t length, char path[PATH_MAX])
{
	struct sockaddr_un un;
	size_t most;

	memset(&un, 0, sizeof(un));
	memcpy(&un, address, length < sizeof(un) ? length : sizeof(un));
	if (length <= offsetof(struct sockaddr_un, sun_path))
		return false;
	most = length - offsetof(struct sockaddr_un, sun_path);
	if (most > sizeof(un.sun_path))
		most = sizeof(un.sun_path);
	if (un.sun_path[0] == '\0') {
		snprintf(path, PATH_MAX, "@%.*s", (int)most - 1, un.sun_path + 1);
		return true;
	}
	snprintf(path, PATH_MAX, "%.*s", (int)most, un.sun_path);
	return path[0] && caller_make_absolute(&n->links, (pid_t)call->pid, AT_FDCWD, path);
}

/* connect(2) and bind(2) have the same arguments. */
static bool hand_over_unix(struct notifier *n, const struct seccomp_notif *call,
			   const struct sockaddr_storage *address, size_t length)
{
	struct notice *notice;
	char path[PATH_MAX];

	/* Without a name there is nothing to judge: a stub goes nowhere by itself. */
	if (!unix_path(n, call, address, length, path))
		return false;
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_UNIX;
	notice->kind = call->data.nr == SYS_bind ? ACCESS_BIND : ACCESS_UNIX;
	notice->syscall = call->data.nr == SYS_bind ? "bind" : "connect";
	notice->object = xstrdup(path);
	notice->descriptor = (int)call->data.args[0];
	notifier_hand_over(n, call, notice);
	return true;
}

bool notifier_look_at_address(struct notifier *n, const struct seccomp_notif *call)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	size_t length = call->data.args[2] < sizeof(address) ? call->data.args[2] : sizeof(address);
	struct notice *notice;
	int port;

	if (length < sizeof(sa_family_t) ||
	    !caller_read_bytes((pid_t)call->pid, call->data.args[1], &address, length))
		return false;
	if (address.ss_family == AF_UNIX && n->unix_stubs)
		return hand_over_unix(n, call, &address, length);
	port = call->data.nr == SYS_connect ? connect_port(&address, length) : 0;
	if (!port || notifier_has_listening(n, port))
		return false;
	notice = xcalloc(1, sizeof(*notice));
	notice->type = NOTICE_CONNECT;
	notice->kind = ACCESS_CONNECT;
	notice->syscall = "connect";
	notice->port = port;
	notifier_hand_over(n, call, notice);
	return true;
}
