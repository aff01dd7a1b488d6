/* SPDX-License-Identifier: MIT */
/*
 * An HTTP server on a free port of 127.0.0.1 that keeps what it gets:
 *
 *   echo_origin PORTFILE LOGFILE
 *
 * Writes its port to PORTFILE (whole at once) and every request, head and body as they came, to
 * the end of LOGFILE before it answers. One connection at a time. Runs until it is ended.
 */
#include <arpa/inet.h>
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

/* True where the text holds a whole request. */
static int is_whole(const char *text, size_t length)
{
	const char *end = strstr(text, "\r\n\r\n"), *field;

	if (!end)
		return 0;
	field = strcasestr(text, "\r\ncontent-length:");
	if (field && field < end)
		return length >= (size_t)(end + 4 - text) + strtoul(field + 17, NULL, 10);
	field = strcasestr(text, "\r\ntransfer-encoding: chunked");
	if (field && field < end)
		return strstr(end + 2, "\r\n0\r\n\r\n") != NULL;
	return 1;
}

static void serve(int fd, const char *log_path)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
	static char text[1 << 20];
	size_t length = 0;
	FILE *log;

	text[0] = '\0';
	while (!is_whole(text, length) && length < sizeof(text) - 1) {
		ssize_t got = recv(fd, text + length, sizeof(text) - 1 - length, 0);

		if (got <= 0)
			return;
		length += (size_t)got;
		text[length] = '\0';
	}
	log = fopen(log_path, "ae");
	if (!log)
		return;
	fwrite(text, 1, length, log);
	fclose(log);
	send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener;

	if (argc != 3) {
		fprintf(stderr, "usage: echo_origin PORTFILE LOGFILE\n");
		return 2;
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 64) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    write_port(argv[1], ntohs(address.sin_port)) < 0) {
		perror("echo_origin");
		return 1;
	}
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		struct timeval most = { 10, 0 };

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
		serve(fd, argv[2]);
		close(fd);
	}
}
