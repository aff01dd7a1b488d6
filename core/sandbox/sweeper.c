/* SPDX-License-Identifier: MIT */
/*
 * Each name is announced before it is made, since the supervisor may be killed in between; the
 * locked descriptors follow before anything relies on them. All comes over one socket, whose end of
 * file is the supervisor's end.
 *
 * The child may come from a process with other threads, so it uses system calls only: a table in
 * fresh pages instead of malloc().
 */
#include "core/sandbox/sweeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* A mount plan cannot have more: bwrap takes 9000 words. */
#define NAMES_MOST 4500
#define WAITS_MOST 8

enum message_type {
	MESSAGE_NAME = 1, /* with its directory, where that is another one than last time */
	MESSAGE_HELD,	  /* with the descriptors of the placeholders that `numbers` tells */
	MESSAGE_WAIT,	  /* with the descriptor */
};

struct message {
	int type;
	int fd_count;
	union {
		char name[NAME_MAX + 1];
		unsigned numbers[SWEEPER_BATCH];
	};
};

struct table {
	struct pollfd waits[WAITS_MOST];
	size_t wait_count;
	int parent; /* of the next name, where it comes without one */
	size_t count;
	struct sweep_name names[NAMES_MOST];
};

/* --- the sweeper's side --- */

/* Nothing of the supervisor's stays open, the program's standard streams least of all. */
static void let_go_of_all_but(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		if (null >= 0 && fd != keep)
			dup2(null, fd);
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range(keep < 3 ? 3U : (unsigned)keep + 1, ~0U, 0);
	/* It keeps no file system busy either. */
	(void)!chdir("/");
}

static void allow_many_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void add_name(struct table *table, const struct message *message)
{
	struct sweep_name *item = &table->names[table->count];

	if (table->count == NAMES_MOST)
		return;
	table->count++;
	item->parent = table->parent;
	item->fd = -1;
	memcpy(item->name, message->name, sizeof(item->name));
	item->name[sizeof(item->name) - 1] = '\0';
}

static void take(struct table *table, const struct message *message, const int *fds, size_t count)
{
	/* Else some found no room among our descriptors: none may be taken for another. */
	bool complete = count == (size_t)message->fd_count;

	if (message->type == MESSAGE_NAME) {
		if (message->fd_count)
			table->parent = complete ? fds[0] : -1;
		add_name(table, message);
	} else if (message->type == MESSAGE_HELD && complete) {
		for (size_t i = 0; i < count; i++)
			if (message->numbers[i] < table->count)
				table->names[message->numbers[i]].fd = fds[i];
	} else if (message->type == MESSAGE_WAIT && complete && table->wait_count < WAITS_MOST) {
		table->waits[table->wait_count++] =
			(struct pollfd){ .fd = fds[0], .events = POLLIN };
	}
}

static void wait_until_ready(struct pollfd *wait)
{
	while (poll(wait, 1, -1) < 0 && errno == EINTR)
		;
}

static void sweep(struct table *table)
{
	for (size_t i = 0; i < table->wait_count; i++)
		wait_until_ready(&table->waits[i]);
	for (size_t i = 0; i < table->count; i++) {
		struct sweep_name *item = &table->names[i];

		if (item->fd < 0)
			item->fd = sweep_open(item);
		if (item->fd >= 0 &&
		    (sweep_one(item, false) == SWEEP_DONE || !sweep_needs_owner(item))) {
			close(item->fd);
			item->fd = -1;
		}
	}
	for (size_t i = 0; i < table->count; i++)
		if (table->names[i].fd >= 0)
			sweep_one(&table->names[i], true);
}

static _Noreturn void sweeper_main(int socket)
{
	struct table *table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	sigset_t none;

	if (table == MAP_FAILED)
		_exit(1);
	table->parent = -1;
	prctl(PR_SET_NAME, "srt-top-sweeper");
	/* Out of reach of what a terminal or a shell does to the supervisor's group. */
	setsid();
	for (int number = 1; number < 32; number++)
		signal(number, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	let_go_of_all_but(socket);
	allow_many_descriptors();
	for (;;) {
		struct message message;
		int fds[SWEEPER_BATCH];
		size_t count = SWEEPER_BATCH;
		ssize_t got = recv_fds(socket, &message, sizeof(message), fds, &count, NULL);

		if (got <= 0)
			break;
		if (got == (ssize_t)sizeof(message))
			take(table, &message, fds, count);
	}
	sweep(table);
	_exit(0);
}

/* --- the supervisor's side --- */

int sweeper_start(struct sweeper *sweeper, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, "socketpair");
	sweeper->pid = fork();
	if (sweeper->pid == 0)
		sweeper_main(pair[1]);
	close(pair[1]);
	if (sweeper->pid < 0) {
		close(pair[0]);
		return err_errno(e, "fork");
	}
	sweeper->socket = pair[0];
	sweeper->parent = -1;
	return 0;
}

unsigned sweeper_announce(struct sweeper *sweeper, const struct sweep_name *item)
{
	struct message message = { .type = MESSAGE_NAME,
				   .fd_count = item->parent != sweeper->parent };

	memcpy(message.name, item->name, sizeof(message.name));
	send_fds(sweeper->socket, &message, sizeof(message), &item->parent,
		 (size_t)message.fd_count);
	sweeper->parent = item->parent;
	return sweeper->announced++;
}

void sweeper_hold(struct sweeper *sweeper, unsigned number, int fd)
{
	sweeper->numbers[sweeper->held] = number;
	sweeper->fds[sweeper->held++] = fd;
	if (sweeper->held == SWEEPER_BATCH)
		sweeper_flush(sweeper);
}

void sweeper_flush(struct sweeper *sweeper)
{
	struct message message = { .type = MESSAGE_HELD, .fd_count = sweeper->held };

	if (!sweeper->held)
		return;
	memcpy(message.numbers, sweeper->numbers, sizeof(message.numbers));
	send_fds(sweeper->socket, &message, sizeof(message), sweeper->fds, (size_t)sweeper->held);
	sweeper->held = 0;
}

void sweeper_wait_for(struct sweeper *sweeper, int fd)
{
	struct message message = { .type = MESSAGE_WAIT, .fd_count = 1 };

	send_fds(sweeper->socket, &message, sizeof(message), &fd, 1);
}

void sweeper_stop(struct sweeper *sweeper)
{
	if (sweeper->socket < 0)
		return;
	close_fd(&sweeper->socket);
	/* It ends by itself; if it is still at it when we leave, init reaps it. */
	waitpid(sweeper->pid, NULL, WNOHANG);
}
