/* SPDX-License-Identifier: MIT */
/*
 * Connects as programs do that know of no proxy, and says what came of it.
 *
 *   net_probe get HOST PORT        a request over a socket that was in epoll before connect(2), was
 *                                  copied, and had options set: prints the status line
 *   net_probe parallel HOST PORT N N connections at once: prints how many were answered
 *   net_probe fastopen HOST PORT   data in the first packet: prints the error, or "ok"
 *   net_probe reset HOST PORT      connects and resets the connection at once
 *   net_probe ask ADDRESS          asks the name server there for good.test: prints the address that it has
 *   net_probe udp HOST PORT        a datagram from a connected socket: prints the error of the next
 *   net_probe packets              opens raw, packet and ICMP sockets: prints the errors
 *   net_probe serve PORT HOST      serves one request on the wildcard address, and connects to
 *                                  HOST on the same port meanwhile: prints the status line
 *   net_probe addresses            prints this machine's addresses, which the C library finds by netlink
 */
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST "GET /net-probe HTTP/1.0\r\nHost: %s\r\n\r\n"
#define PARALLEL_MOST 128

static struct addrinfo *look_up(const char *host, const char *port, int type)
{
	struct addrinfo hints = { .ai_socktype = type }, *found = NULL;
	int error = getaddrinfo(host, port, &hints, &found);

	if (error) {
		printf("look up %s: %s\n", host, gai_strerror(error));
		exit(1);
	}
	return found;
}

static int give_up(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static int start(const struct addrinfo *to)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends the request and reads the status line; the socket is connected, or about to be. */
static int exchange(int fd, const char *host, char *line, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	char request[512];
	ssize_t got;

	snprintf(request, sizeof(request), REQUEST, host);
	if (poll(&ready, 1, 10000) != 1 || send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return -1;
	ready.events = POLLIN;
	if (poll(&ready, 1, 10000) != 1)
		return -1;
	got = recv(fd, line, size - 1, 0);
	if (got <= 0)
		return -1;
	line[got] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

static int get(const char *host, const char *port)
{
	struct addrinfo *to = look_up(host, port, SOCK_STREAM);
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int epoll = epoll_create1(EPOLL_CLOEXEC), on = 1, error = -1, copy;
	struct epoll_event event = { .events = EPOLLOUT | EPOLLIN };
	struct sockaddr_storage peer;
	socklen_t size = sizeof(error), peer_size = sizeof(peer);
	char line[512];

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		return give_up("set up");
	copy = dup(fd);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno != EINPROGRESS)
		return give_up("connect");
	do {
		if (epoll_wait(epoll, &event, 1, 10000) != 1)
			return give_up("wait");
	} while (!(event.events & (EPOLLOUT | EPOLLERR)));
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
		printf("connected: %s\n", strerrorname_np(error));
		return 1;
	}
	if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) < 0)
		return give_up("getpeername");
	on = 0;
	size = sizeof(on);
	getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size);
	printf("peer is %s, TCP_NODELAY is %s\n",
	       memcmp(&peer, to->ai_addr, to->ai_addrlen) == 0 ? "as wanted" : "another",
	       on ? "on" : "off");
	if (exchange(copy, host, line, sizeof(line)) < 0)
		return give_up("exchange");
	puts(line);
	return 0;
}

static int parallel(const char *host, const char *port, int count)
{
	struct addrinfo *to = look_up(host, port, SOCK_STREAM);
	int fds[PARALLEL_MOST], answered = 0;

	for (int i = 0; i < count && i < PARALLEL_MOST; i++)
		fds[i] = start(to);
	for (int i = 0; i < count && i < PARALLEL_MOST; i++) {
		char line[512];

		if (fds[i] >= 0 && exchange(fds[i], host, line, sizeof(line)) == 0)
			answered++;
	}
	printf("answered %d\n", answered);
	return 0;
}

static int fastopen(const char *host, const char *port)
{
	struct addrinfo *to = look_up(host, port, SOCK_STREAM);
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to->ai_addr, to->ai_addrlen) < 0)
		return give_up("fastopen");
	puts("fastopen: ok");
	return 0;
}

static int reset(const char *host, const char *port)
{
	struct addrinfo *to = look_up(host, port, SOCK_STREAM);
	struct linger at_once = { .l_onoff = 1 };
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
		return give_up("connect");
	close(fd);
	return 0;
}

static int ask(const char *server)
{
	static const unsigned char query[] = "\0\1\1\0\0\1\0\0\0\0\0\0\4good\4test\0\0\1\0\1";
	struct addrinfo *to = look_up(server, "53", SOCK_DGRAM);
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	unsigned char answer[512];
	ssize_t got;

	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0 || send(fd, query, sizeof(query) - 1, 0) < 0)
		return give_up("send");
	errno = ETIMEDOUT;
	if (poll(&ready, 1, 3000) != 1)
		return give_up("answer");
	got = recv(fd, answer, sizeof(answer), 0);
	if (got < 4)
		return give_up("answer");
	/* The record's data comes last. */
	printf("%d.%d.%d.%d\n", answer[got - 4], answer[got - 3], answer[got - 2], answer[got - 1]);
	return 0;
}

static int packets(void)
{
	static const struct {
		const char *name;
		int family, type, protocol;
	} kinds[] = {
		{ "raw", AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ "raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
		{ "icmp", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
		{ "icmp6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
		{ "packet", AF_PACKET, SOCK_DGRAM, 0 },
		{ "netlink", AF_NETLINK, SOCK_RAW, 0 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = socket(kinds[i].family, kinds[i].type | SOCK_CLOEXEC, kinds[i].protocol);

		printf("%s: %s\n", kinds[i].name, fd < 0 ? strerrorname_np(errno) : "ok");
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static int udp(const char *host, const char *port)
{
	struct addrinfo *to = look_up(host, port, SOCK_DGRAM);
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0 || send(fd, "x", 1, 0) < 0)
		return give_up("send");
	poll(&ready, 1, 10000);
	if (send(fd, "x", 1, 0) < 0 || recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT) < 0)
		return give_up("answer");
	puts("answer: ok");
	return 0;
}

static int serve(const char *port, const char *host)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE, .ai_family = AF_INET };
	struct addrinfo *own = NULL, *to = look_up(host, port, SOCK_STREAM);
	char line[512];
	int fd, on = 1;

	getaddrinfo(NULL, port, &hints, &own);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, own->ai_addr, own->ai_addrlen) < 0 || listen(fd, 1) < 0)
		return give_up("listen");
	fd = start(to);
	if (fd < 0 || exchange(fd, host, line, sizeof(line)) < 0)
		return give_up("exchange");
	puts(line);
	return 0;
}

static int print_addresses(void)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return give_up("getifaddrs");
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		char text[NI_MAXHOST];
		socklen_t size = one->ifa_addr && one->ifa_addr->sa_family == AF_INET
					 ? sizeof(struct sockaddr_in)
					 : sizeof(struct sockaddr_in6);

		if (one->ifa_addr &&
		    getnameinfo(one->ifa_addr, size, text, sizeof(text), NULL, 0, NI_NUMERICHOST) == 0)
			puts(text);
	}
	freeifaddrs(all);
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && strcmp(argv[1], "get") == 0)
		return get(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "parallel") == 0)
		return parallel(argv[2], argv[3], atoi(argv[4]));
	if (argc == 4 && strcmp(argv[1], "fastopen") == 0)
		return fastopen(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "reset") == 0)
		return reset(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]);
	if (argc == 2 && strcmp(argv[1], "addresses") == 0)
		return print_addresses();
	if (argc == 2 && strcmp(argv[1], "packets") == 0)
		return packets();
	if (argc == 4 && strcmp(argv[1], "udp") == 0)
		return udp(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	fprintf(stderr, "net_probe: what is that?\n");
	return 2;
}
