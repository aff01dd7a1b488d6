/* SPDX-License-Identifier: MIT */
/*
 * What a hostile program might do to the network it is given.
 *
 *   net_flood sink PORTFILE          outside: takes connections on a port of 127.0.0.1, keeps them and
 *                                    says nothing
 *   net_flood drain PORTFILE         the same, but ends those whose client has ended
 *   net_flood hold HOST PORT N TEXT [COMMAND…]
 *                                    N connections that say TEXT and stay; then the command runs; then
 *                                    waits until the other side has ended all of them
 *   net_flood proxy N TEXT [COMMAND…]
 *                                    the same with the proxy of HTTP_PROXY
 *   net_flood half HOST PORT N [COMMAND…]
 *                                    the same, with the sending ended
 *   net_flood churn HOST PORT N      N connections, each closed at once
 *   net_flood ports HOST             one to every port there is
 *   net_flood udp HOST N             N datagrams to ports in turn
 *   net_flood names N                asks the name server for N long names
 *
 * TEXT "-" is none. "\n" in it is a line end of HTTP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MOST 8192
#define NAME_SERVER "198.19.255.1"
#define PATIENCE_MS 60000

static struct pollfd fds[CONNECTIONS_MOST];

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static struct addrinfo *look_up(const char *host, const char *port, int type)
{
	struct addrinfo hints = { .ai_socktype = type, .ai_family = AF_INET }, *found = NULL;

	if (getaddrinfo(host, port, &hints, &found)) {
		printf("look up %s: failed\n", host);
		exit(1);
	}
	return found;
}

static int sink(const char *port_file, bool closes)
{
	int count = 1;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char draft[4096];
	FILE *file;

	raise_limit();
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return fail("listen");
	snprintf(draft, sizeof(draft), "%s.new", port_file);
	file = fopen(draft, "we");
	fprintf(file, "%d\n", ntohs(address.sin_port));
	fclose(file);
	rename(draft, port_file);
	fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	while (poll(fds, (nfds_t)count, -1) > 0) {
		for (int i = count - 1; closes && i > 0; i--)
			if (fds[i].revents && recv(fds[i].fd, draft, sizeof(draft), 0) <= 0) {
				close(fds[i].fd);
				fds[i] = fds[--count];
			}
		fd = fds[0].revents ? accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (fd >= 0 && count < CONNECTIONS_MOST)
			fds[count++] = (struct pollfd){ .fd = fd, .events = closes ? POLLIN : 0 };
		for (int i = 1; i < count && !closes; i++)
			if (fds[i].revents) { /* a reset: it would be told again and again */
				close(fds[i].fd);
				fds[i--] = fds[--count];
			}
	}
	return 1;
}

static void run(char **command)
{
	pid_t pid;

	fflush(stdout);
	if (!command[0])
		return;
	pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* Reads and waits until every one has ended. */
static int await_ends(int count)
{
	int open = count;
	char bytes[4096];

	while (open) {
		if (poll(fds, (nfds_t)count, PATIENCE_MS) <= 0) {
			printf("still open: %d\n", open);
			return 1;
		}
		for (int i = 0; i < count; i++)
			if (fds[i].fd >= 0 && fds[i].revents &&
			    recv(fds[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0 && errno != EAGAIN) {
				close(fds[i].fd);
				fds[i].fd = -1;
				open--;
			}
	}
	printf("ended: %d\n", count);
	return 0;
}

static int hold(const struct addrinfo *to, int count, const char *words, bool half, char **command)
{
	char text[65536];
	size_t length = 0;

	raise_limit();
	for (const char *at = strcmp(words, "-") ? words : ""; *at && length < sizeof(text) - 2; at++) {
		if (at[0] == '\\' && at[1] == 'n') {
			text[length++] = '\r';
			text[length++] = '\n';
			at++;
		} else {
			text[length++] = *at;
		}
	}
	for (int i = 0; i < count && i < CONNECTIONS_MOST; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			return fail("socket");
		if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
			return fail("connect");
		if (length)
			(void)!send(fd, text, length, MSG_NOSIGNAL);
		if (half)
			shutdown(fd, SHUT_WR);
		fds[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	printf("open: %d\n", count);
	run(command);
	puts("done");
	return await_ends(count);
}

static const struct addrinfo *find_proxy(void)
{
	const char *url = getenv("HTTP_PROXY"), *port = url ? strrchr(url, ':') : NULL;

	if (!port) {
		puts("no proxy");
		exit(1);
	}
	/* Up to the path, which is empty. */
	return look_up("127.0.0.1", strndup(port + 1, strspn(port + 1, "0123456789")), SOCK_STREAM);
}

static int churn(const struct addrinfo *to, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct linger hard = { .l_onoff = 1 };

		(void)!connect(fd, to->ai_addr, to->ai_addrlen);
		/* Ports in TIME_WAIT run out. */
		if (i % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(fd);
	}
	printf("churned: %d\n", count);
	return 0;
}

static int ports(const char *host)
{
	struct addrinfo *to = look_up(host, "1", SOCK_STREAM);
	struct sockaddr_in address;

	memcpy(&address, to->ai_addr, sizeof(address));
	for (int port = 1; port < 65536; port++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		address.sin_port = htons((in_port_t)port);
		(void)!connect(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
	}
	puts("tried: 65535");
	return 0;
}

static int udp(const char *host, int count)
{
	struct addrinfo *to = look_up(host, "1", SOCK_DGRAM);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address;

	memcpy(&address, to->ai_addr, sizeof(address));
	for (int i = 0; i < count; i++) {
		address.sin_port = htons((in_port_t)(1024 + i % 60000));
		(void)!sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
	}
	printf("sent: %d\n", count);
	return 0;
}

static size_t make_query(unsigned char *out, unsigned number)
{
	static const unsigned char head[12] = { 0, 1, 1, 0, 0, 1 }, tail[5] = { 0, 0, 1, 0, 1 };
	size_t length = sizeof(head);

	memcpy(out, head, sizeof(head));
	for (int label = 0; label < 3; label++) {
		out[length++] = 60;
		length += (size_t)sprintf((char *)out + length, "x%059u", number);
	}
	memcpy(out + length, tail, sizeof(tail));
	return length + sizeof(tail);
}

static int names(int count)
{
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct pollfd ready = { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .events = POLLIN };
	int failures = 0;

	inet_pton(AF_INET, NAME_SERVER, &server.sin_addr);
	if (connect(ready.fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		return fail("connect");
	for (int i = 0; i < count; i++) {
		unsigned char bytes[512];
		size_t length = make_query(bytes, (unsigned)i);

		(void)!send(ready.fd, bytes, length, 0);
		if (poll(&ready, 1, PATIENCE_MS) != 1 || recv(ready.fd, bytes, sizeof(bytes), 0) < 12)
			return fail("answer");
		failures += (bytes[3] & 15) == 2;
	}
	printf("asked: %d, some refused: %s\n", count, failures ? "yes" : "no");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(mode, "sink") == 0 && argc == 3)
		return sink(argv[2], false);
	if (strcmp(mode, "drain") == 0 && argc == 3)
		return sink(argv[2], true);
	if (strcmp(mode, "hold") == 0 && argc > 5)
		return hold(look_up(argv[2], argv[3], SOCK_STREAM), atoi(argv[4]), argv[5], false, argv + 6);
	if (strcmp(mode, "half") == 0 && argc > 4)
		return hold(look_up(argv[2], argv[3], SOCK_STREAM), atoi(argv[4]), "-", true, argv + 5);
	if (strcmp(mode, "proxy") == 0 && argc > 3)
		return hold(find_proxy(), atoi(argv[2]), argv[3], false, argv + 4);
	if (strcmp(mode, "churn") == 0 && argc == 5)
		return churn(look_up(argv[2], argv[3], SOCK_STREAM), atoi(argv[4]));
	if (strcmp(mode, "ports") == 0 && argc == 3)
		return ports(argv[2]);
	if (strcmp(mode, "udp") == 0 && argc == 4)
		return udp(argv[2], atoi(argv[3]));
	if (strcmp(mode, "names") == 0 && argc == 3)
		return names(atoi(argv[2]));
	fprintf(stderr, "net_flood: see its source\n");
	return 2;
}
