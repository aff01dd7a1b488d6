/* SPDX-License-Identifier: MIT */
/*
 * srt-top proxy-connect PROXY TARGET: a tunnel through an HTTP proxy for ssh's ProxyCommand,
 * inside a sandbox where no socat is. Credentials come from HTTP_PROXY, so that they are on no
 * command line. Not for people: --help does not list it.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/main/commands.h"
#include "core/main/report.h"

#define HEAD_MOST 16384
#define COPY_SIZE 65536

static int connect_to(const char *proxy, struct err *e)
{
	_cleanup_free_ char *host = xstrdup(proxy);
	char *colon = strrchr(host, ':');
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int fd = -1, error;

	if (!colon)
		return err_set(e, "the proxy is HOST:PORT, unlike \"%.200s\"", proxy);
	*colon = '\0';
	error = getaddrinfo(host, colon + 1, &hints, &found);
	if (error)
		return err_set(e, "%s: %s", proxy, gai_strerror(error));
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0)
			close_fd(&fd);
	}
	freeaddrinfo(found);
	return fd < 0 ? err_errno(e, "connecting to %s", proxy) : fd;
}

/* "http://user:password@…" → the line for it; nothing where there are none. */
static void add_credentials(struct buf *head)
{
	const char *url = getenv("HTTP_PROXY"), *start = url ? strstr(url, "://") : NULL;
	const char *at = start ? strchr(start + 3, '@') : NULL;
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	if (!at)
		return;
	for (const char *c = start + 3; c < at; c++) {
		if (*c == '%' && at - c > 2 && hex_digit(c[1]) >= 0 && hex_digit(c[2]) >= 0) {
			buf_addc(&text, (char)(hex_digit(c[1]) << 4 | hex_digit(c[2])));
			c += 2;
		} else {
			buf_addc(&text, *c);
		}
	}
	buf_adds(head, "Proxy-Authorization: Basic ");
	base64_add(head, buf_text(&text), text.length);
	buf_adds(head, "\r\n");
}

/* What came behind the answer's head stays in `in`. */
static int open_tunnel(int fd, const char *target, struct buf *in, struct err *e)
{
	_cleanup_buf_ struct buf head = BUF_EMPTY;
	const char *end = NULL;

	buf_addf(&head, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", target, target);
	add_credentials(&head);
	buf_adds(&head, "\r\n");
	if (write_all(fd, head.data, head.length) < 0)
		return err_errno(e, "asking the proxy");
	while (!end) {
		char bytes[4096];
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got <= 0 || in->length > HEAD_MOST)
			return err_set(e, "the proxy gave no answer");
		buf_add(in, bytes, (size_t)got);
		end = strstr(buf_text(in), "\r\n\r\n");
	}
	if (strncmp(in->data, "HTTP/1.", 7) != 0 || strncmp(in->data + 8, " 200", 4) != 0)
		return err_set(e, "%s: %.*s", target, (int)strcspn(in->data, "\r\n"), in->data);
	buf_consume(in, (size_t)(end + 4 - in->data));
	return 0;
}

/* Copies what is there. 1, 0 at the end, or -1. */
static int copy(int from, int to)
{
	static char bytes[COPY_SIZE];
	ssize_t got = read(from, bytes, sizeof(bytes));

	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -1;
	if (got == 0)
		return 0;
	return write_all(to, bytes, (size_t)got) < 0 ? -1 : 1;
}

static int relay(int fd)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = fd, .events = POLLIN } };

	for (;;) {
		int result;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (fds[0].revents) {
			result = copy(STDIN_FILENO, fd);
			if (result < 0)
				return -1;
			if (result == 0) {
				shutdown(fd, SHUT_WR);
				fds[0].fd = -1;
				fds[0].revents = 0;
			}
		}
		if (fds[1].revents) {
			result = copy(fd, STDOUT_FILENO);
			if (result <= 0)
				return result;
		}
	}
}

int cmd_proxy_connect(int argc, char **argv)
{
	_cleanup_buf_ struct buf in = BUF_EMPTY;
	_cleanup_close_ int fd = -1;
	struct err e;

	if (argc != 3) {
		err_set(&e, "proxy-connect wants PROXY and TARGET");
		return report_failure(&e);
	}
	fd = connect_to(argv[1], &e);
	if (fd < 0 || open_tunnel(fd, argv[2], &in, &e) < 0)
		return report_failure(&e);
	if (write_all(STDOUT_FILENO, buf_text(&in), in.length) < 0 || relay(fd) < 0) {
		err_errno(&e, "%s", argv[2]);
		return report_failure(&e);
	}
	return 0;
}
