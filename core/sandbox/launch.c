/* SPDX-License-Identifier: MIT */
#include "core/sandbox/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/shim/protocol.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64) /* Linux 6.6 */
#endif
#define NOTIFY_SYNC_WAKE_UP 1UL

char *launch_find_program(const char *name, const char *path)
{
	while (path && *path) {
		size_t length = strcspn(path, ":");
		_cleanup_free_ char *candidate = xasprintf("%.*s/%s", (int)length, path, name);
		struct stat st;

		if (length && *candidate == '/' && access(candidate, X_OK) == 0 &&
		    stat(candidate, &st) == 0 && S_ISREG(st.st_mode))
			return steal_ptr(&candidate);
		path += length;
		path += *path == ':';
	}
	return NULL;
}

int launch_open_shim(struct err *e)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	_cleanup_free_ char *beside = NULL;
	char *slash;
	int fd;

	if (length > 0) {
		self[length] = '\0';
		slash = strrchr(self, '/');
		beside = xasprintf("%.*s/srt-shim", (int)(slash - self), self);
		fd = open(beside, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	fd = open(SRT_TOP_LIBEXECDIR "/srt-shim", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return err_set(e, "its helper srt-shim is neither beside the program nor in %s; "
			  "run 'make install' again", SRT_TOP_LIBEXECDIR);
}

void launch_arguments(struct strings *out, const char *bwrap, const struct strings *mounts)
{
	static const char *const before[] = { "--new-session",	"--die-with-parent", "--unshare-user",
					      "--unshare-pid",	"--unshare-ipc",     "--as-pid-1",
					      "--cap-drop",	"ALL" };
	/*
	 * bwrap covers these of the kernel's switches only where access(2) says that they can be
	 * written, which is not so for a root without capabilities, whose open(2) succeeds.
	 */
	static const char *const switches[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
						"/proc/bus" };

	strings_add(out, bwrap);
	for (size_t i = 0; i < ARRAY_LENGTH(before); i++)
		strings_add(out, before[i]);
	strings_copy(out, mounts);
	strings_add(out, "--proc");
	strings_add(out, "/proc");
	for (size_t i = 0; i < ARRAY_LENGTH(switches); i++) {
		strings_add(out, "--ro-bind-try");
		strings_add(out, switches[i]);
		strings_add(out, switches[i]);
	}
	strings_add(out, "--");
}

/* Between fork and exec. */
static _Noreturn void become_bwrap(const struct launch_request *request, char **words, int socket)
{
	if (setns(request->namespaces->user_namespace, CLONE_NEWUSER) < 0 ||
	    setns(request->namespaces->network_namespace, CLONE_NEWNET) < 0) {
		dprintf(STDERR_FILENO, "srt-top: joining the sandbox's namespaces: %s\n",
			strerror(errno));
		_exit(SHIM_EXIT_FAILED);
	}
	fcntl(socket, F_SETFD, 0);
	fcntl(request->shim, F_SETFD, 0);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, request->signal_mask, NULL);
	execve(words[0], words, request->environment->items);
	dprintf(STDERR_FILENO, "srt-top: %s: %s\n", words[0], strerror(errno));
	_exit(SHIM_EXIT_FAILED);
}

static int spawn(struct sandbox *sandbox, const struct launch_request *request, struct err *e)
{
	_cleanup_strings_ struct strings words = STRINGS_EMPTY;
	int pair[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, "socketpair");
	/* The kernel then says, in our own numbers, which process is pid 1 inside. */
	setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	launch_arguments(&words, request->bwrap, request->mounts);
	strings_addf(&words, "/proc/self/fd/%d", request->shim);
	strings_addf(&words, "%d", pair[1]);
	for (char *const *word = request->command; *word; word++)
		strings_add(&words, *word);
	sandbox->shim_socket = pair[0];
	sandbox->bwrap = fork();
	if (sandbox->bwrap == 0)
		become_bwrap(request, words.items, pair[1]);
	close(pair[1]);
	return sandbox->bwrap < 0 ? err_errno(e, "fork") : 0;
}

static int send_filter(struct sandbox *sandbox, const struct filter_request *wanted, struct err *e)
{
	_cleanup_free_ struct sock_filter *program = NULL;
	_cleanup_buf_ struct buf packet = BUF_EMPTY;
	struct shim_message head = { .type = SHIM_FILTER };
	size_t count;

	if (filter_build(&program, &count, wanted, e) < 0)
		return -1;
	if (count > SHIM_FILTER_MOST)
		return err_set(e, "the seccomp filter has %zu instructions: too many", count);
	buf_add(&packet, &head, sizeof(head));
	buf_add(&packet, program, count * sizeof(*program));
	/* A shim that is gone already is reported by what comes back, or does not. */
	send_fds(sandbox->shim_socket, packet.data, packet.length, NULL, 0);
	return 0;
}

static int failure(const struct shim_message *message, ssize_t got, struct err *e)
{
	if (got >= (ssize_t)sizeof(*message) && message->type == SHIM_FAILED &&
	    message->step == SHIM_STEP_SECCOMP)
		return err_code(e, ERR_UNSUPPORTED,
				"seccomp user notification is not to be had: %s%s", strerror(message->value),
				message->value == EBUSY ? " (already inside a sandbox that uses it)" : "");
	if (got >= (ssize_t)sizeof(*message) && message->type == SHIM_FAILED)
		return err_set(e, "the sandbox's first process failed: %s", strerror(message->value));
	return err_code(e, ERR_UNSUPPORTED,
			"bubblewrap could not build the sandbox ('srt-top doctor' tells what is missing)");
}

static int take_listener(struct sandbox *sandbox, struct err *e)
{
	struct shim_message message = { 0 };
	int fd = -1;
	size_t count = 1;
	ssize_t got = recv_fds(sandbox->shim_socket, &message, sizeof(message), &fd, &count,
			       &sandbox->init);

	if (got < (ssize_t)sizeof(message) || message.type != SHIM_LISTENER || count != 1)
		return failure(&message, got, e);
	sandbox->listener = fd;
	sandbox->listener_flags = (unsigned long)message.value;
	/* Without it a notification costs a wake-up on another CPU. */
	sandbox->sync_wake_up = ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, NOTIFY_SYNC_WAKE_UP) == 0;
	return 0;
}

static int open_inside(struct sandbox *sandbox, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", sandbox->init);
	sandbox->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sandbox->root < 0)
		return err_errno(e, "opening the sandbox's root");
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", sandbox->init);
	sandbox->mount_namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (sandbox->mount_namespace < 0)
		return err_errno(e, "opening the sandbox's mount namespace");
	return 0;
}

int sandbox_launch(struct sandbox *sandbox, const struct launch_request *request, struct err *e)
{
	*sandbox = (struct sandbox){ .bwrap = -1,
				     .shim_socket = -1,
				     .listener = -1,
				     .root = -1,
				     .mount_namespace = -1 };
	if (spawn(sandbox, request, e) == 0 && send_filter(sandbox, &request->filter, e) == 0 &&
	    request->meanwhile(request->arg, e) == 0 && take_listener(sandbox, e) == 0 && open_inside(sandbox, e) == 0)
		return 0;
	/* End of file on its socket ends the shim, and with it everything. */
	sandbox_close(sandbox);
	if (sandbox->bwrap > 0)
		while (waitpid(sandbox->bwrap, NULL, 0) < 0 && errno == EINTR)
			;
	return -1;
}

int sandbox_go(struct sandbox *sandbox, struct err *e)
{
	struct shim_message message = { .type = SHIM_GO };

	if (send_fds(sandbox->shim_socket, &message, sizeof(message), NULL, 0) < 0)
		return err_errno(e, "starting the program");
	return 0;
}

void sandbox_signal(struct sandbox *sandbox, int number)
{
	struct shim_message message = { .type = SHIM_SIGNAL, .value = number };

	send_fds(sandbox->shim_socket, &message, sizeof(message), NULL, 0);
}

void sandbox_close(struct sandbox *sandbox)
{
	close_fd(&sandbox->shim_socket);
	close_fd(&sandbox->listener);
	close_fd(&sandbox->root);
	close_fd(&sandbox->mount_namespace);
}
