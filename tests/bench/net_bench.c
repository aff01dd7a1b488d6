/* SPDX-License-Identifier: MIT */
/*
 * Client and origin of network.sh.
 *
 *   net_bench origin PORTFILE         answers "N\n" with N bytes and the end, one client at a time
 *   net_bench direct HOST PORT COUNT BYTES
 *   net_bench connect HOST PORT COUNT BYTES
 *                                     COUNT connections one after another, each for BYTES; the
 *                                     latter by CONNECT through the proxy of HTTP_PROXY. Prints
 *                                     connections a second, the median in µs, MB/s
 *   net_bench cpu FILE COMMAND…       runs it, waits for everything that it leaves behind as well,
 *                                     and adds the µs of CPU time of all of it to FILE
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

static char chunk[CHUNK];

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Reads up to the empty line, or the end of the line; into `text`. */
static void read_head(int fd, char *text, size_t size, const char *end)
{
	size_t length = 0;

	while (length < size - 1 && !(length && strstr(text, end))) {
		ssize_t got = recv(fd, text + length, size - 1 - length, 0);

		if (got <= 0)
			break;
		length += (size_t)got;
		text[length] = '\0';
	}
	text[length] = '\0';
}

/*
 * What a system paces by default, as BBR does, waits for timers: on loopback they are most of what
 * would be measured, and vary. All that this origin accepts inherits the plain one.
 */
static void no_pacing(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
}

static _Noreturn void origin(const char *port_file)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *file;

	no_pacing(fd);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		fail("listen");
	file = fopen(port_file, "we");
	fprintf(file, "%d\n", ntohs(address.sin_port));
	fclose(file);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		char line[64];
		long long left;

		if (client < 0)
			continue;
		no_delay(client);
		read_head(client, line, sizeof(line), "\n");
		for (left = atoll(line); left > 0;) {
			ssize_t sent = send(client, chunk, left < CHUNK ? (size_t)left : CHUNK,
					    MSG_NOSIGNAL);

			if (sent <= 0)
				break;
			left -= sent;
		}
		close(client);
	}
}

static struct sockaddr_in look_up(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET }, *found = NULL;
	struct sockaddr_in address;

	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "net_bench: %s is not found\n", host);
		exit(1);
	}
	memcpy(&address, found->ai_addr, sizeof(address));
	freeaddrinfo(found);
	return address;
}

static void add_base64(char *out, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i += 3) {
		unsigned bits = (unsigned)(unsigned char)text[i] << 16;

		if (i + 1 < length)
			bits |= (unsigned)(unsigned char)text[i + 1] << 8;
		if (i + 2 < length)
			bits |= (unsigned char)text[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = i + 1 < length ? digits[bits >> 6 & 63] : '=';
		*out++ = i + 2 < length ? digits[bits & 63] : '=';
	}
	*out = '\0';
}

/* http://[user:password@]host:port[/]: the request for a tunnel, and the proxy's address. */
static struct sockaddr_in read_proxy(char *request, size_t size, const char *host, const char *port)
{
	const char *variable = getenv("HTTP_PROXY");
	char url[512], encoded[512] = "", *at, *host_part = url, *port_part;

	if (!variable) {
		fprintf(stderr, "net_bench: there is no proxy\n");
		exit(1);
	}
	snprintf(url, sizeof(url), "%s", strstr(variable, "//") ? strstr(variable, "//") + 2 : variable);
	at = strrchr(url, '@');
	if (at) {
		*at = '\0';
		host_part = at + 1;
		add_base64(encoded, url);
	}
	port_part = strrchr(host_part, ':');
	*port_part++ = '\0';
	port_part[strspn(port_part, "0123456789")] = '\0';
	snprintf(request, size, "CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n%s%s%s\r\n", host, port, host,
		 port, encoded[0] ? "Proxy-Authorization: Basic " : "", encoded, encoded[0] ? "\r\n" : "");
	return look_up(strcmp(host_part, "localhost") ? host_part : "127.0.0.1", port_part);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int measure(bool by_proxy, const char *host, const char *port, int count, const char *bytes)
{
	int64_t *each = calloc((size_t)count + 1, sizeof(*each)), began, took;
	long long wanted = atoll(bytes), total = 0;
	char request[1024], line[64], answer[4096];
	struct sockaddr_in to = by_proxy ? read_proxy(request, sizeof(request), host, port)
					 : look_up(host, port);

	snprintf(line, sizeof(line), "%s\n", bytes);
	began = now_us();
	for (int i = 0; i < count; i++) {
		int64_t start = now_us();
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		long long got_all = 0;
		ssize_t got;

		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
			fail("connect");
		no_delay(fd);
		if (by_proxy) {
			(void)!send(fd, request, strlen(request), MSG_NOSIGNAL);
			read_head(fd, answer, sizeof(answer), "\r\n\r\n");
			if (!strstr(answer, " 200 ")) {
				fprintf(stderr, "net_bench: the proxy says %s\n", answer);
				return 1;
			}
		}
		(void)!send(fd, line, strlen(line), MSG_NOSIGNAL);
		while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0)
			got_all += got;
		close(fd);
		if (got_all != wanted) {
			fprintf(stderr, "net_bench: %lld bytes instead of %s\n", got_all, bytes);
			return 1;
		}
		total += got_all;
		each[i] = now_us() - start;
	}
	took = now_us() - began;
	qsort(each, (size_t)count, sizeof(*each), compare);
	printf("%.0f %lld %.1f\n", count * 1e6 / (double)(took ? took : 1),
	       (long long)each[count / 2], (double)total / (double)(took ? took : 1));
	free(each);
	return 0;
}

static int cpu(const char *path, char **command)
{
	struct rusage usage;
	int status, last = 0;
	pid_t pid, first;
	FILE *file;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	first = fork();
	if (first == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while ((pid = wait(&status)) > 0)
		if (pid == first)
			last = status;
	getrusage(RUSAGE_CHILDREN, &usage);
	file = fopen(path, "ae");
	fprintf(file, "%lld\n", (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	fclose(file);
	return WIFEXITED(last) ? WEXITSTATUS(last) : 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "origin") == 0)
		origin(argv[2]);
	if (argc == 6 && (strcmp(argv[1], "direct") == 0 || strcmp(argv[1], "connect") == 0))
		return measure(argv[1][0] == 'c', argv[2], argv[3], atoi(argv[4]), argv[5]);
	if (argc > 3 && strcmp(argv[1], "cpu") == 0)
		return cpu(argv[2], argv + 3);
	fprintf(stderr, "net_bench: see its source\n");
	return 2;
}
