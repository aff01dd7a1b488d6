/* SPDX-License-Identifier: MIT */
/*
 * The first process inside a sandbox (pid 1 of its pid namespace, `bwrap --as-pid-1`).
 *
 *   srt-shim SOCKET PROGRAM ARGUMENT…
 *
 * It closes every descriptor but the socket, installs the seccomp filter that the
 * supervisor sends (so that no process in the sandbox is without it, this one included),
 * hands the notification listener out, waits for "go", and starts the program as its
 * child. Then it reaps, passes signals on and exits as the program did. It is static and
 * reads no file: no policy can keep it from starting.
 *
 * Nothing here may call a function that the filter refuses or notifies after the filter
 * is installed, apart from the child's exec, which is meant to be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/shim/protocol.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4) /* Linux 5.7 */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* Linux 5.19 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static union {
	struct shim_message message;
	char bytes[sizeof(struct shim_message) + SHIM_FILTER_MOST * sizeof(struct sock_filter)];
} incoming;

static int say(int sock, uint32_t type, int32_t value, uint32_t step, int fd)
{
	struct shim_message message = { .type = type, .value = value, .step = step };
	struct iovec part = { .iov_base = &message, .iov_len = sizeof(message) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = control.space;
		packet.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(sock, &packet, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static _Noreturn void give_up(int sock, enum shim_step step)
{
	say(sock, SHIM_FAILED, errno, step, -1);
	_exit(SHIM_EXIT_FAILED);
}

static ssize_t hear(int sock)
{
	ssize_t got;

	do {
		got = recv(sock, incoming.bytes, sizeof(incoming.bytes), 0);
	} while (got < 0 && errno == EINTR);
	return got;
}

static void close_all_but(int keep)
{
	if (keep > 3)
		syscall(SYS_close_range, 3U, (unsigned)keep - 1, 0);
	if (syscall(SYS_close_range, (unsigned)keep + 1, ~0U, 0) == 0)
		return;
	/* Before Linux 5.9: the table's size is the only bound known without reading /proc. */
	for (int fd = 3, most = (int)sysconf(_SC_OPEN_MAX); fd < most; fd++)
		if (fd != keep)
			close(fd);
}

/* Newer flags first; each older kernel refuses what it does not know with EINVAL. */
static int install_filter(const struct sock_fprog *program, unsigned long *used)
{
	static const unsigned long attempts[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
			SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC |
			SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, attempts[i], program);

		if (fd >= 0) {
			*used = attempts[i];
			return (int)fd;
		}
		if (errno != EINVAL)
			return -1;
	}
	return -1;
}

static void receive_filter(int sock)
{
	ssize_t got = hear(sock);
	size_t bytes = got > (ssize_t)sizeof(struct shim_message)
			       ? (size_t)got - sizeof(struct shim_message)
			       : 0;
	struct sock_fprog program;
	unsigned long used = 0;
	int listener;

	errno = EPROTO;
	if (bytes == 0 || incoming.message.type != SHIM_FILTER ||
	    bytes % sizeof(struct sock_filter) != 0)
		give_up(sock, SHIM_STEP_PROTOCOL);
	program.len = (unsigned short)(bytes / sizeof(struct sock_filter));
	program.filter = (struct sock_filter *)(incoming.bytes + sizeof(struct shim_message));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		give_up(sock, SHIM_STEP_SECCOMP);
	listener = install_filter(&program, &used);
	if (listener < 0)
		give_up(sock, SHIM_STEP_SECCOMP);
	if (say(sock, SHIM_LISTENER, (int32_t)used, 0, listener) < 0)
		_exit(SHIM_EXIT_FAILED);
	close(listener);
}

static void wait_for_go(int sock)
{
	ssize_t got = hear(sock);

	if (got < (ssize_t)sizeof(struct shim_message) || incoming.message.type != SHIM_GO)
		_exit(SHIM_EXIT_FAILED);
}

/* execvp() says EACCES where a directory of PATH is closed to us, found or not. */
static int is_found(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return 1;
	while (path && *path) {
		size_t length = strcspn(path, ":");
		char candidate[4096];

		if (snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)length, path, name) <
			    (int)sizeof(candidate) &&
		    access(candidate, F_OK) == 0)
			return 1;
		path += length;
		path += *path == ':';
	}
	return 0;
}

static _Noreturn void run_program(char **words, const sigset_t *mask)
{
	int status;

	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(words[0], words);
	if (errno == EACCES && !is_found(words[0]))
		errno = ENOENT;
	status = errno == ENOENT ? 127 : 126;
	dprintf(STDERR_FILENO, "srt-top: %s: %s\n", words[0], strerror(errno));
	_exit(status);
}

static int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/* Reaps everything; returns only by exiting as the program did. */
static void reap(pid_t program)
{
	for (;;) {
		int status;
		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended == program)
			_exit(status_of(status));
		if (ended <= 0)
			return;
	}
}

static _Noreturn void watch(int sock, int signals, pid_t program)
{
	struct pollfd fds[2] = { { .fd = sock, .events = POLLIN },
				 { .fd = signals, .events = POLLIN } };

	for (;;) {
		reap(program);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			_exit(SHIM_EXIT_FAILED);
		if (fds[1].revents & POLLIN) {
			struct signalfd_siginfo info;

			(void)!read(signals, &info, sizeof(info));
		}
		if (fds[0].revents) {
			ssize_t got = hear(sock);

			if (got <= 0)
				_exit(SHIM_EXIT_FAILED);
			if (got >= (ssize_t)sizeof(struct shim_message) &&
			    incoming.message.type == SHIM_SIGNAL)
				kill(program, incoming.message.value);
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t all, before;
	pid_t program;
	int sock, signals;

	if (argc < 3 || getpid() != 1) {
		dprintf(STDERR_FILENO, "srt-shim: this program is started by srt-top\n");
		return SHIM_EXIT_FAILED;
	}
	sock = atoi(argv[1]);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	close_all_but(sock);
	fcntl(sock, F_SETFD, FD_CLOEXEC);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* It was run from a descriptor, whose number would be its name. */
	prctl(PR_SET_NAME, "srt-shim", 0, 0, 0);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		give_up(sock, SHIM_STEP_FORK);

	receive_filter(sock);
	wait_for_go(sock);
	program = fork();
	if (program < 0)
		give_up(sock, SHIM_STEP_FORK);
	if (program == 0)
		run_program(argv + 2, &before);
	say(sock, SHIM_STARTED, program, 0, -1);
	watch(sock, signals, program);
}
