/* SPDX-License-Identifier: MIT */
/*
 * A request is noted before the program gets it, so that nothing that it does about it comes too
 * early. An answer is noted before the client gets it.
 *
 *	client ──0──▶ input thread ──pipe──▶ program ──pipe──▶ output thread ──1──▶ client
 *
 * End of file is passed on by closing the pipe; where the program or the client reads no more,
 * the other one is told by the kernel in the same way (EPIPE).
 */
#include "core/session/stdio_tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/net/json_rpc_tap.h"

#define BLOCK (64 * 1024)
#define STACK_SIZE (64 * 1024)
#define INPUT_ENDS_S 1

struct direction {
	struct stdio_tap *tap;
	int from, to;
	int stop; /* readable = no more of it is wanted; -1 = it goes on to the end */
	struct json_rpc_tap parser;
	char block[BLOCK];
};

struct stdio_tap {
	int ends[2];		      /* the program's */
	int to_program, from_program; /* ours; each closed by its thread */
	int stop;		      /* eventfd */
	bool started;
	pthread_t input, output;
	struct direction directions[2];
	pthread_mutex_t lock; /* the next */
	struct json_rpc_calls calls;
};

static void on_asked(void *arg, const struct json_rpc_message *message)
{
	struct stdio_tap *tap = arg;

	pthread_mutex_lock(&tap->lock);
	json_rpc_calls_asked(&tap->calls, message);
	pthread_mutex_unlock(&tap->lock);
}

static void on_answered(void *arg, const struct json_rpc_message *message)
{
	struct stdio_tap *tap = arg;

	pthread_mutex_lock(&tap->lock);
	json_rpc_calls_answered(&tap->calls, message);
	pthread_mutex_unlock(&tap->lock);
}

char *stdio_tap_request(struct stdio_tap *tap)
{
	char *text;

	pthread_mutex_lock(&tap->lock);
	text = json_rpc_calls_text(&tap->calls);
	pthread_mutex_unlock(&tap->lock);
	return text;
}

/* The client's descriptors may be non-blocking: the other processes that have them want it so. */
static bool wait_until(const struct direction *d, int fd, short events)
{
	struct pollfd fds[2] = { { .fd = fd, .events = events },
				 { .fd = d->stop, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	return fds[0].revents != 0 || fds[1].revents == 0;
}

static bool pass_on(struct direction *d, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t wrote = write(d->to, d->block + done, length - done);

		if (wrote >= 0)
			done += (size_t)wrote;
		else if (errno == EAGAIN && !wait_until(d, d->to, POLLOUT))
			return false;
		else if (errno != EINTR && errno != EAGAIN)
			return false;
	}
	return true;
}

static void copy(struct direction *d)
{
	for (;;) {
		ssize_t got;

		if (!wait_until(d, d->from, POLLIN))
			return;
		got = read(d->from, d->block, sizeof(d->block));
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return;
		json_rpc_tap_feed(&d->parser, d->block, (size_t)got);
		if (!pass_on(d, (size_t)got))
			return;
	}
}

static void *copy_input(void *arg)
{
	struct direction *d = arg;

	copy(d);
	close(d->to);
	return NULL;
}

static void *copy_output(void *arg)
{
	struct direction *d = arg;

	copy(d);
	close(d->from);
	return NULL;
}

const int *stdio_tap_ends(const struct stdio_tap *tap)
{
	return tap->ends;
}

static void tap_free(struct stdio_tap *tap)
{
	close_fd(&tap->ends[0]);
	close_fd(&tap->ends[1]);
	close_fd(&tap->to_program);
	close_fd(&tap->from_program);
	close_fd(&tap->stop);
	pthread_mutex_destroy(&tap->lock);
	free(tap);
}

int stdio_tap_new(struct stdio_tap **out, struct err *e)
{
	struct stdio_tap *tap = xcalloc(1, sizeof(*tap));
	int input[2] = { -1, -1 }, output[2] = { -1, -1 };

	tap->stop = -1;
	pthread_mutex_init(&tap->lock, NULL);
	if (pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0)
		tap->stop = eventfd(0, EFD_CLOEXEC);
	tap->ends[0] = input[0];
	tap->to_program = input[1];
	tap->from_program = output[0];
	tap->ends[1] = output[1];
	if (tap->stop < 0) {
		err_errno(e, "making pipes for --tap");
		tap_free(tap);
		return -1;
	}
	tap->directions[0] = (struct direction){ .tap = tap,
						 .from = STDIN_FILENO,
						 .to = tap->to_program,
						 .stop = tap->stop };
	tap->directions[1] = (struct direction){ .tap = tap,
						 .from = tap->from_program,
						 .to = STDOUT_FILENO,
						 .stop = -1 };
	json_rpc_tap_init(&tap->directions[0].parser, on_asked, tap);
	json_rpc_tap_init(&tap->directions[1].parser, on_answered, tap);
	*out = tap;
	return 0;
}

static int start(pthread_t *thread, void *(*body)(void *arg), struct direction *d)
{
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	error = pthread_create(thread, &attributes, body, d);
	pthread_attr_destroy(&attributes);
	return error;
}

int stdio_tap_start(struct stdio_tap *tap, struct err *e)
{
	sigset_t all, before;
	int error;

	close_fd(&tap->ends[0]);
	close_fd(&tap->ends[1]);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = start(&tap->output, copy_output, &tap->directions[1]);
	if (!error) {
		tap->from_program = -1;
		tap->started = true;
		error = start(&tap->input, copy_input, &tap->directions[0]);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		errno = error;
		return err_errno(e, "starting a thread for --tap");
	}
	tap->to_program = -1;
	return 0;
}

/* The client may neither write nor close: that thread then ends with the process. */
static bool join_input(struct stdio_tap *tap)
{
	struct timespec until;
	uint64_t one = 1;

	(void)!write(tap->stop, &one, sizeof(one));
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += INPUT_ENDS_S;
	return pthread_timedjoin_np(tap->input, NULL, &until) == 0;
}

void stdio_tap_finish(struct stdio_tap *tap)
{
	bool has_input, ended = true;

	if (!tap)
		return;
	has_input = tap->started && tap->to_program < 0;
	if (tap->started)
		pthread_join(tap->output, NULL);
	if (has_input)
		ended = join_input(tap);
	if (ended)
		tap_free(tap);
}
