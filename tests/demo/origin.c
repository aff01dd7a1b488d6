/* SPDX-License-Identifier: MIT */
/*
 * A tiny HTTP server on a port of 127.0.0.1, a free one unless told otherwise, for the demonstration and the tests:
 *
 *   origin PORTFILE [LOGFILE [PORT]]
 *
 * Writes its port to PORTFILE (whole at once), answers every request with a line about it, and
 * adds that line to LOGFILE. Runs until it is ended. A header "X-Bytes: N" asks for N bytes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_port(const char *path, int port)
{
	char draft[4096];
	FILE *file;

	snprintf(draft, sizeof(draft), "%s.new", path);
	file = fopen(draft, "we");
	if (!file)
		return -1;
	fprintf(file, "%d\n", port);
	if (fclose(file) != 0)
		return -1;
	return rename(draft, path);
}

static void send_text(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		length -= (size_t)sent;
	}
}

static void serve(int fd, FILE *log)
{
	char head[16384], line[2048], answer[2400], method[16], target[1024];
	size_t length = 0;
	const char *wanted;
	long bytes = 0;

	head[0] = '\0';
	while (!strstr(head, "\r\n\r\n") && length < sizeof(head) - 1) {
		ssize_t got = recv(fd, head + length, sizeof(head) - 1 - length, 0);

		if (got <= 0)
			return;
		length += (size_t)got;
		head[length] = '\0';
	}
	if (sscanf(head, "%15s %1023s", method, target) != 2)
		return;
	wanted = strcasestr(head, "\r\nX-Bytes:");
	if (wanted)
		bytes = strtol(wanted + 10, NULL, 10);
	snprintf(line, sizeof(line), "origin: %s %s\n", method, target);
	if (log) {
		fputs(line, log);
		fflush(log);
	}
	snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\nConnection: close\r\n\r\n",
		 bytes > 0 ? (size_t)bytes : strlen(line));
	send_text(fd, answer, strlen(answer));
	if (bytes <= 0)
		send_text(fd, line, strlen(line));
	memset(head, 'x', sizeof(head));
	for (; bytes > 0; bytes -= (long)sizeof(head))
		send_text(fd, head, bytes > (long)sizeof(head) ? sizeof(head) : (size_t)bytes);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	FILE *log = NULL;
	int listener;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: origin PORTFILE [LOGFILE [PORT]]\n");
		return 2;
	}
	/* One child a connection, nobody to wait for. */
	signal(SIGCHLD, SIG_IGN);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = argc > 3 ? htons((in_port_t)atoi(argv[3])) : 0;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 64) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0) {
		fprintf(stderr, "origin: %s\n", strerror(errno));
		return 1;
	}
	if (argc > 2)
		log = fopen(argv[2], "ae");
	if (write_port(argv[1], ntohs(address.sin_port)) < 0) {
		fprintf(stderr, "origin: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		if (fork() == 0) {
			struct timeval most = { 10, 0 };

			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
			serve(fd, log);
			_exit(0);
		}
		close(fd);
	}
}
