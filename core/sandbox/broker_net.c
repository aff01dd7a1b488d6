/* SPDX-License-Identifier: MIT */
/*
 * The broker's namespaces, in the order that the kernel wants: a user namespace with the
 * identity map (so that bwrap, started in it, can make its own below), then the network
 * namespace, which the first one owns. Nothing but `lo` is in it. Sockets keep the
 * namespace they were made in, so the supervisor accepts here and dials on the host.
 */
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

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/sandbox/broker_protocol.h"

#define HTTP_PORT 3128
#define SOCKS_PORT 1080
#define BACKLOG 4096

static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : write_all(fd, text, strlen(text));
}

static int map_identity(uid_t uid, gid_t gid)
{
	char line[64];

	if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
		return -1;
	snprintf(line, sizeof(line), "%u %u 1", uid, uid);
	if (write_file("/proc/self/uid_map", line) < 0)
		return -1;
	snprintf(line, sizeof(line), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", line);
}

static int bring_loopback_up(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	if (fd < 0)
		return -1;
	strcpy(request.ifr_name, "lo");
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

static int listen_on(int port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int off = 0, on = 1;

	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&six, sizeof(six)) == 0 && listen(fd, BACKLOG) == 0)
			return steal_fd(&fd);
		close_fd(&fd);
	}
	/* A host without IPv6. */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&four, sizeof(four)) < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return steal_fd(&fd);
}

int broker_make_network(struct broker_ready *ready, const char **step)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	*step = "making a user namespace";
	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	*step = "writing the user namespace's maps";
	if (map_identity(uid, gid) < 0)
		return -1;
	*step = "making a network namespace";
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	*step = "opening the namespaces";
	ready->user_namespace = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	ready->network_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (ready->user_namespace < 0 || ready->network_namespace < 0)
		return -1;
	*step = "bringing the loopback interface up";
	if (bring_loopback_up() < 0)
		return -1;
	*step = "listening inside the network namespace";
	ready->http_listener = listen_on(HTTP_PORT);
	ready->socks_listener = listen_on(SOCKS_PORT);
	return ready->http_listener < 0 || ready->socks_listener < 0 ? -1 : 0;
}
