/* SPDX-License-Identifier: MIT */
/* Sockets keep the network namespace they were made in: these are made here and served outside. */
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/shim/shim.h"
#include "core/shim/syscalls.h"

#define BACKLOG 4096

static int swapped(int port)
{
	return (port & 0xff) << 8 | (port >> 8 & 0xff);
}

static long listen_at(int fd, const void *address, size_t size)
{
	int on = 1;
	long result;

	syscall5(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&on, sizeof(on));
	result = syscall3(SYS_bind, fd, (long)address, (long)size);
	return result < 0 ? result : syscall2(SYS_listen, fd, BACKLOG);
}

static long open_socket(int family)
{
	return syscall3(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int listener_open(int port)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	in_port_t network_port = (in_port_t)swapped(port);
#else
	in_port_t network_port = (in_port_t)port;
#endif
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = network_port };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = network_port };
	long fd = open_socket(AF_INET6), result;
	int off = 0;

	if (fd >= 0) {
		syscall5(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, (long)&off, sizeof(off));
		if (listen_at((int)fd, &six, sizeof(six)) == 0)
			return (int)fd;
		shim_close((int)fd);
	}
	/* A host without IPv6. */
	fd = open_socket(AF_INET);
	if (fd < 0)
		return (int)fd;
	result = listen_at((int)fd, &four, sizeof(four));
	if (result < 0) {
		shim_close((int)fd);
		return (int)result;
	}
	return (int)fd;
}

int socket_diag_open(void)
{
	return (int)syscall3(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			     NETLINK_SOCK_DIAG);
}
