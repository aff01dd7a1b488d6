/* SPDX-License-Identifier: MIT */
/*
 * Many sessions for measuring the dashboard: they run nothing, and one program says for all of
 * them so many events a second.
 *
 *	flood SESSIONS RATE SECONDS
 *
 * listens on $SRT_TOP_RUNTIME_DIR, waits until every session has a client, prints "attached",
 * floods, prints "rate VALUE" (what the client has really taken a second), and stays until it is
 * ended. The last event is about /the/last/event.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/wire.h"

struct session {
	int listener, client;
	char id[32], path[108];
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static int listen_on(struct session *session, unsigned number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(session->id, sizeof(session->id), "%u-0badcafe", 100000 + number);
	snprintf(session->path, sizeof(session->path), "%s/%s.sock", getenv("SRT_TOP_RUNTIME_DIR"),
		 session->id);
	strcpy(address.sun_path, session->path);
	session->client = -1;
	session->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(session->listener, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return listen(session->listener, 4);
}

static void send_all(int fd, const struct buf *line)
{
	size_t sent = 0;

	while (sent < line->length && !ended) {
		ssize_t now = send(fd, line->data + sent, line->length - sent, MSG_NOSIGNAL);

		if (now < 0 && errno != EINTR)
			return;
		sent += now > 0 ? (size_t)now : 0;
	}
}

static void greet(struct session *session, unsigned number)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	char server[32];
	struct wire_message hello = { .type = WIRE_HELLO,
				      .version = WIRE_VERSION,
				      .session = { .id = session->id,
						   .server = server,
						   .command = (char *)"node index.js --stdio",
						   .mode = (char *)"ask",
						   .state = (char *)"running",
						   .pid = (pid_t)(100000 + number),
						   .started_ms = clock_wall_ms(),
						   .status = -1 } };

	snprintf(server, sizeof(server), "server-%u", number);
	wire_write(&line, &hello);
	send_all(session->client, &line);
}

static void tell(const struct session *session, unsigned i, const char *object)
{
	_cleanup_buf_ struct buf line = BUF_EMPTY;
	_cleanup_free_ char *id = xasprintf("%s.%u", session->id, i);
	struct wire_message event = { .type = WIRE_EVENT,
				      .event = { .id = id,
						 .time_ms = clock_wall_ms(),
						 .session = (char *)session->id,
						 .server = (char *)"server",
						 .kind = i % 4 ? ACCESS_READ : ACCESS_WRITE,
						 .object = (char *)object,
						 .verdict = i % 3 ? VERDICT_ALLOW : VERDICT_DENY,
						 .why = (char *)"outside allowWrite",
						 .exe = (char *)"/usr/bin/node",
						 .syscall = (char *)"openat",
						 .pid = 4711,
						 .count = 1 } };

	wire_write(&line, &event);
	send_all(session->client, &line);
}

static void welcome_all(struct session *sessions, unsigned count)
{
	struct pollfd *fds = xcalloc(count, sizeof(*fds));
	unsigned attached = 0;

	while (attached < count && !ended) {
		for (unsigned i = 0; i < count; i++)
			fds[i] = (struct pollfd){ .fd = sessions[i].client < 0
								? sessions[i].listener
								: -1,
						  .events = POLLIN };
		if (poll(fds, count, -1) < 0)
			continue;
		for (unsigned i = 0; i < count; i++)
			if (fds[i].revents != 0) {
				sessions[i].client = accept(sessions[i].listener, NULL, NULL);
				greet(&sessions[i], i + 1);
				attached++;
			}
	}
	free(fds);
}

static void flood(struct session *sessions, unsigned count, unsigned rate, unsigned seconds)
{
	int64_t began = clock_mono_ms(), took;
	unsigned total = rate * seconds;

	for (unsigned i = 0; i < total && !ended; i++) {
		int64_t due = began + (int64_t)i * 1000 / rate, now = clock_mono_ms();
		char object[96];

		if (due > now)
			usleep((useconds_t)(due - now) * 1000);
		snprintf(object, sizeof(object), "/home/me/src/project-%u/dist/index-%u.js", i % 17,
			 i);
		tell(&sessions[i % count], i, i + 1 == total ? "/the/last/event" : object);
	}
	took = clock_mono_ms() - began;
	printf("rate %.0f\n", took > 0 ? (double)total * 1000 / (double)took : 0.0);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct rlimit limit;
	struct session *sessions;
	unsigned count, rate, seconds;

	if (argc != 4 || getenv("SRT_TOP_RUNTIME_DIR") == NULL) {
		fprintf(stderr, "usage: SRT_TOP_RUNTIME_DIR=DIR flood SESSIONS RATE SECONDS\n");
		return 2;
	}
	count = (unsigned)atoi(argv[1]);
	rate = (unsigned)atoi(argv[2]);
	seconds = (unsigned)atoi(argv[3]);
	sigaction(SIGTERM, &action, NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	sessions = xcalloc(count, sizeof(*sessions));
	for (unsigned i = 0; i < count; i++)
		if (listen_on(&sessions[i], i) < 0) {
			perror(sessions[i].path);
			return 1;
		}
	puts("listening");
	fflush(stdout);
	welcome_all(sessions, count);
	puts("attached");
	fflush(stdout);
	if (rate > 0)
		flood(sessions, count, rate, seconds);
	while (!ended)
		pause();
	for (unsigned i = 0; i < count; i++)
		unlink(sessions[i].path);
	free(sessions);
	return 0;
}
