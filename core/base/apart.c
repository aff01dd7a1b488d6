/* SPDX-License-Identifier: MIT */
#include "core/base/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"

void apart_end(struct apart *result, int status, const char *step)
{
	result->error = status < 0 ? errno : 0;
	snprintf(result->step, sizeof(result->step), "%s", step);
}

/* It ended without a word: what the kernel says of it. */
static void tell_end(struct apart *result, int status)
{
	*result = (struct apart){ .error = EIO };
	if (WIFSIGNALED(status))
		snprintf(result->step, sizeof(result->step), "a process of its own (signal %d)",
			 WTERMSIG(status));
	else
		snprintf(result->step, sizeof(result->step), "a process of its own (status %d)",
			 WEXITSTATUS(status));
}

void run_apart(apart_fn *run, void *work, struct apart *result)
{
	size_t most = sizeof(result->fds) / sizeof(result->fds[0]);
	int pair[2], status = 0;
	pid_t child;
	ssize_t got;

	*result = (struct apart){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		apart_end(result, -1, "making a socket");
		return;
	}
	child = fork();
	if (child < 0)
		apart_end(result, -1, "starting a process");
	if (child == 0) {
		/* Who waits for it is gone: nobody is told. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run(work, result);
		_exit(send_fds(pair[1], result, sizeof(*result), result->fds, result->fd_count) < 0 ? errno : 0);
	}
	close(pair[1]);
	if (child > 0) {
		int fds[2];

		got = recv_fds(pair[0], result, sizeof(*result), fds, &most, NULL);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		if (got != (ssize_t)sizeof(*result))
			tell_end(result, status);
		else
			for (result->fd_count = 0; result->fd_count < most; result->fd_count++)
				result->fds[result->fd_count] = fds[result->fd_count];
	}
	close(pair[0]);
}
