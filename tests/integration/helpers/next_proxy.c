/* SPDX-License-Identifier: MIT */
/*
 * The proxy behind the proxy, as far as a test needs one:
 *
 *   next_proxy tcp PORTFILE LOGFILE
 *   next_proxy unix SOCKET LOGFILE
 *
 * Listens on a free port of 127.0.0.1, written to PORTFILE, or on a unix socket; runs until it is
 * ended. Every head that arrives goes to LOGFILE as it is, without its carriage returns. CONNECT is
 * answered 200 and the next head waited for; any other head with 200 and the line
 * "next: <request line>". Nothing is passed on.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_tcp(const char *port_file)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char draft[4096];
	FILE *file;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &size) < 0)
		return -1;
	snprintf(draft, sizeof(draft), "%s.new", port_file);
	file = fopen(draft, "we");
	if (!file)
		return -1;
	fprintf(file, "%d\n", ntohs(in.sin_port));
	return fclose(file) == 0 && rename(draft, port_file) == 0 ? fd : -1;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(un.sun_path))
		return -1;
	strcpy(un.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || listen(fd, 16) < 0)
		return -1;
	return fd;
}

/* Reads a head, byte by byte: what follows it belongs to the tunnel. Its length, or 0. */
static size_t read_head(int fd, char *head, size_t size)
{
	size_t length = 0;

	while (length < size - 1 && recv(fd, head + length, 1, 0) == 1) {
		head[++length] = '\0';
		if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0)
			return length;
	}
	return 0;
}

static void answer(int fd, const char *head)
{
	char text[4096], line[1024];

	snprintf(line, sizeof(line), "next: %.*s\n", (int)strcspn(head, "\r"), head);
	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(line), line);
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void serve(int fd, FILE *log)
{
	static const char established[] = "HTTP/1.1 200 OK\r\n\r\n";
	char head[16384];

	while (read_head(fd, head, sizeof(head))) {
		for (const char *c = head; *c; c++)
			if (*c != '\r')
				fputc(*c, log);
		fflush(log);
		if (strncmp(head, "CONNECT ", 8) != 0) {
			answer(fd, head);
			return;
		}
		(void)!send(fd, established, strlen(established), MSG_NOSIGNAL);
	}
}

int main(int argc, char **argv)
{
	int listener;
	FILE *log;

	if (argc != 4)
		return 2;
	signal(SIGCHLD, SIG_IGN);
	log = fopen(argv[3], "ae");
	listener = strcmp(argv[1], "tcp") == 0 ? listen_tcp(argv[2]) : listen_unix(argv[2]);
	if (!log || listener < 0) {
		perror("next_proxy");
		return 1;
	}
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && fork() == 0) {
			serve(fd, log);
			_exit(0);
		}
		if (fd >= 0)
			close(fd);
	}
}
