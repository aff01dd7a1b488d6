/* SPDX-License-Identifier: MIT */
/*
 * Handlers can only reach what is static, so this file has the program's few variables of
 * that kind. On a crash nothing of ncurses can be trusted any more: what leaves the alternate
 * screen is bytes that were prepared while all was well.
 */
#include "tui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#define RESTORE_MOST 256

static int pipe_in = -1; /* the handlers' end */

static struct {
	volatile sig_atomic_t armed;
	int fd;
	struct termios modes;
	char bytes[RESTORE_MOST];
	size_t length;
} crash;

static const int caught[] = { SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGCHLD };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT };

static void on_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;

	/* A full pipe is full of news already. */
	if (pipe_in >= 0 && write(pipe_in, &byte, 1) < 0)
		errno = saved;
	errno = saved;
}

static void on_fatal(int number)
{
	if (crash.armed) {
		crash.armed = 0;
		if (write(crash.fd, crash.bytes, crash.length) < 0)
			errno = 0;
		tcsetattr(crash.fd, TCSANOW, &crash.modes);
	}
	/* The handler is gone by now (SA_RESETHAND): this time it kills, with its own status. */
	raise(number);
}

static void install(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

int signals_open(struct err *e)
{
	int ends[2];

	if (pipe(ends) < 0)
		return err_errno(e, "a pipe");
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		set_nonblocking(ends[i], true);
	}
	pipe_in = ends[1];
	for (size_t i = 0; i < ARRAY_LENGTH(caught); i++)
		install(caught[i], on_signal, SA_RESTART);
	install(SIGPIPE, SIG_IGN, 0);
	return ends[0];
}

unsigned signals_take(int fd)
{
	unsigned char bytes[64];
	unsigned came = 0;
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got; i++)
			switch (bytes[i]) {
			case SIGWINCH:
				came |= SIGNALS_RESIZED;
				break;
			case SIGTSTP:
				came |= SIGNALS_SUSPEND;
				break;
			case SIGCONT:
				came |= SIGNALS_RESUMED;
				break;
			case SIGCHLD:
				came |= SIGNALS_CHILD;
				break;
			default:
				came |= SIGNALS_LEAVE;
			}
	return came;
}

void signals_stop_self(void)
{
	install(SIGTSTP, SIG_DFL, 0);
	raise(SIGTSTP);
	install(SIGTSTP, on_signal, SA_RESTART);
}

void signals_close(int fd)
{
	for (size_t i = 0; i < ARRAY_LENGTH(caught); i++)
		install(caught[i], SIG_DFL, 0);
	install(SIGPIPE, SIG_DFL, 0);
	close_fd(&pipe_in);
	close_fd(&fd);
}

void signals_restore_on_crash(int fd, const struct termios *modes, const char *bytes, size_t length)
{
	crash.armed = 0;
	if (length > sizeof(crash.bytes))
		return;
	crash.modes = *modes;
	memcpy(crash.bytes, bytes, length);
	crash.length = length;
	crash.fd = fd;
	crash.armed = 1;
	for (size_t i = 0; i < ARRAY_LENGTH(fatal); i++)
		install(fatal[i], on_fatal, SA_RESETHAND);
}

void signals_forget_crash(void)
{
	if (!crash.armed)
		return;
	crash.armed = 0;
	for (size_t i = 0; i < ARRAY_LENGTH(fatal); i++)
		install(fatal[i], SIG_DFL, 0);
}
