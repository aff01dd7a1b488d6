/* SPDX-License-Identifier: MIT */
/*
 * A supervisor for the tests of the dashboard: it runs nothing, says what it is told, and
 * writes down what it hears.
 *
 *	fake_supervisor ID RECORD < LINES
 *
 * listens on $SRT_TOP_RUNTIME_DIR/ID.sock. Each line of standard input is sent to everybody
 * attached. A line is kept as well, for those who attach later, unless "!" stands before it;
 * "forget TEXT" drops the kept lines that contain TEXT. RECORD gets "attach", each line that a
 * client sends, and "leave". An answer is confirmed, its question resolved. End of file on
 * standard input changes nothing; SIGTERM ends it and removes the socket.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/session/wire.h"

#define CLIENTS_MOST 8

struct peer {
	int fd; /* -1 = free */
	bool attached;
	struct buf in;
};

struct fake {
	struct peer peers[CLIENTS_MOST];
	struct strings kept;
	struct buf in;
	FILE *record;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static void note(struct fake *fake, const char *line)
{
	fprintf(fake->record, "%s\n", line);
	fflush(fake->record);
}

static void send_line(struct peer *peer, const char *line)
{
	if (peer->fd < 0 || !peer->attached)
		return;
	/* Who does not read is not waited for: there are few lines. */
	send(peer->fd, line, strlen(line), MSG_NOSIGNAL);
	send(peer->fd, "\n", 1, MSG_NOSIGNAL);
}

static void broadcast(struct fake *fake, const char *line)
{
	for (int i = 0; i < CLIENTS_MOST; i++)
		send_line(&fake->peers[i], line);
}

static void forget(struct fake *fake, const char *text)
{
	struct strings rest = STRINGS_EMPTY;

	for (size_t i = 0; i < fake->kept.count; i++)
		if (strstr(fake->kept.items[i], text) == NULL)
			strings_add(&rest, fake->kept.items[i]);
	strings_free(&fake->kept);
	fake->kept = rest;
}

static void on_script(struct fake *fake, const char *line)
{
	if (strncmp(line, "forget ", 7) == 0) {
		forget(fake, line + 7);
	} else if (line[0] == '!') {
		broadcast(fake, line + 1);
	} else if (line[0] == '{') {
		strings_add(&fake->kept, line);
		broadcast(fake, line);
	}
}

static void on_answer(struct fake *fake, struct peer *peer, const struct wire_message *answer)
{
	struct wire_message answered = { .type = WIRE_ANSWERED,
					 .id = answer->id,
					 .ok = true,
					 .text = (char *)"a rule" };
	struct wire_message resolved = { .type = WIRE_RESOLVED,
					 .id = answer->id,
					 .verdict = answer->verdict,
					 .by = (char *)"person" };
	_cleanup_buf_ struct buf reply = BUF_EMPTY, news = BUF_EMPTY;
	_cleanup_free_ char *quoted = xasprintf("\"%s\"", answer->id);

	wire_write(&reply, &answered);
	wire_write(&news, &resolved);
	reply.data[reply.length - 1] = news.data[news.length - 1] = '\0';
	forget(fake, quoted);
	send_line(peer, reply.data);
	broadcast(fake, news.data);
}

static void on_request(struct fake *fake, struct peer *peer, const char *line)
{
	struct wire_message message;

	if (wire_parse(&message, line, strlen(line), NULL) < 0) {
		note(fake, "malformed");
		return;
	}
	if (message.type == WIRE_ATTACH) {
		note(fake, "attach");
		peer->attached = true;
		for (size_t i = 0; i < fake->kept.count; i++)
			send_line(peer, fake->kept.items[i]);
	} else {
		note(fake, line);
		if (message.type == WIRE_ANSWER)
			on_answer(fake, peer, &message);
	}
	wire_message_free(&message);
}

/* Takes the next whole line out of a buffer. Caller frees; NULL where there is none. */
static char *take_line(struct buf *in)
{
	char *end = in->length > 0 ? memchr(in->data, '\n', in->length) : NULL;
	char *line;

	if (end == NULL)
		return NULL;
	line = xstrndup(in->data, (size_t)(end - in->data));
	buf_consume(in, (size_t)(end - in->data) + 1);
	return line;
}

static bool fill(int fd, struct buf *in)
{
	char block[4096];
	ssize_t got = read(fd, block, sizeof(block));

	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	buf_add(in, block, (size_t)got);
	return true;
}

static void serve(struct fake *fake, struct peer *peer)
{
	bool alive = fill(peer->fd, &peer->in);
	char *line;

	while ((line = take_line(&peer->in)) != NULL) {
		on_request(fake, peer, line);
		free(line);
	}
	if (alive)
		return;
	note(fake, "leave");
	close_fd(&peer->fd);
	buf_free(&peer->in);
	peer->attached = false;
}

static void welcome(struct fake *fake, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (int i = 0; fd >= 0 && i < CLIENTS_MOST; i++)
		if (fake->peers[i].fd < 0) {
			fake->peers[i].fd = fd;
			return;
		}
	close_fd(&fd);
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0)
		return -1;
	return fd;
}

static void run(struct fake *fake, int listener)
{
	int script = STDIN_FILENO;

	while (!ended) {
		struct pollfd fds[CLIENTS_MOST + 2] = { { .fd = listener, .events = POLLIN },
							{ .fd = script, .events = POLLIN } };
		char *line;

		for (int i = 0; i < CLIENTS_MOST; i++)
			fds[i + 2] = (struct pollfd){ .fd = fake->peers[i].fd, .events = POLLIN };
		if (poll(fds, CLIENTS_MOST + 2, -1) < 0)
			continue;
		if (fds[1].revents != 0 && !fill(script, &fake->in))
			script = -1;
		while ((line = take_line(&fake->in)) != NULL) {
			on_script(fake, line);
			free(line);
		}
		if (fds[0].revents != 0)
			welcome(fake, listener);
		for (int i = 0; i < CLIENTS_MOST; i++)
			if (fds[i + 2].fd >= 0 && fds[i + 2].revents != 0)
				serve(fake, &fake->peers[i]);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	const char *directory = getenv("SRT_TOP_RUNTIME_DIR");
	_cleanup_free_ char *path = NULL;
	struct fake fake = { .record = NULL };
	int listener;

	if (argc != 3 || directory == NULL) {
		fprintf(stderr, "usage: SRT_TOP_RUNTIME_DIR=DIR fake_supervisor ID RECORD\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < CLIENTS_MOST; i++)
		fake.peers[i].fd = -1;
	path = xasprintf("%s/%s.sock", directory, argv[1]);
	listener = listen_on(path);
	fake.record = listener < 0 ? NULL : fopen(argv[2], "we");
	if (fake.record == NULL) {
		perror(argv[1]);
		return 1;
	}
	run(&fake, listener);
	unlink(path);
	for (int i = 0; i < CLIENTS_MOST; i++) {
		close_fd(&fake.peers[i].fd);
		buf_free(&fake.peers[i].in);
	}
	buf_free(&fake.in);
	strings_free(&fake.kept);
	fclose(fake.record);
	return 0;
}
