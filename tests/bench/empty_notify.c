/* SPDX-License-Identifier: MIT */
/*
 * The least that a notified open can cost, for watch.sh: runs a command whose openat(2) calls for reading are
 * held by a user notification (seccomp_unotify(2)) and let go on again by somebody who looks at nothing.
 *
 *	empty_notify COMMAND...
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* Linux 6.6, and not in older headers: whoever is woken runs on the same processor. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1UL

/* Descriptor of the listener, or -1. The architecture is the one this was compiled for. */
static int notify_opens(void)
{
	static struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { ARRAY_LENGTH(program), program };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

static _Noreturn void run(int socket, char **command)
{
	int listener = notify_opens();
	char byte = 0;

	/* The listener closes with this program's image; nothing is opened before somebody answers. */
	if (listener < 0 || send_fds(socket, "", 1, &listener, 1) < 0 || read(socket, &byte, 1) != 1)
		_exit(126);
	execvp(command[0], command);
	_exit(127);
}

/* Until nobody is left who has the filter. */
static void answer(int listener)
{
	for (;;) {
		struct seccomp_notif call;
		struct seccomp_notif_resp response = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		response.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

int main(int argc, char **argv)
{
	int pair[2], listener = -1, status;
	size_t count = 1;
	char byte;
	pid_t child;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		fputs("empty_notify: usage: empty_notify COMMAND...\n", stderr);
		return 2;
	}
	child = fork();
	if (child < 0)
		return 126;
	if (child == 0)
		run(pair[1], argv + 1);
	close(pair[1]);
	if (recv_fds(pair[0], &byte, 1, &listener, &count, NULL) != 1 || count != 1) {
		fputs("empty_notify: no user notification\n", stderr);
		return 126;
	}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
	if (write(pair[0], "", 1) != 1)
		return 126;
	answer(listener);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
