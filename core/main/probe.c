/* SPDX-License-Identifier: MIT */
#include "core/main/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/sandbox/broker.h"

/* Newer than some headers. */
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define OUTPUT_MOST 4096
#define RUN_MOST_MS 10000

/* Runs `body` in a child, so that what it changes ends with it. */
static int in_child(int (*body)(int argument), int argument)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return errno;
	if (child == 0)
		_exit(body(argument));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	/* A filter may be answered with a signal as well. */
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

static int errno_or_zero(long result)
{
	return result < 0 ? errno : 0;
}

static int user_namespace(int argument)
{
	(void)argument;
	return errno_or_zero(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET));
}

int probe_user_namespace(void)
{
	return in_child(user_namespace, 0);
}

static int seccomp_feature(int feature)
{
	struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = ARRAY_LENGTH(allow), .filter = allow };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long listener;

	if (feature == SECCOMP_TSYNC)
		flags |= SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	if (feature == SECCOMP_WAIT_KILLABLE)
		flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0)
		return errno;
	if (feature != SECCOMP_SYNC_WAKE)
		return 0;
	return errno_or_zero(ioctl((int)listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				   SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP));
}

int probe_seccomp(enum seccomp_feature feature)
{
	return in_child(seccomp_feature, (int)feature);
}

static int mount_api(int argument)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
	int tree;

	(void)argument;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return errno;
	tree = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0)
		return errno;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
			  sizeof(attributes)) < 0)
		return errno;
	return errno_or_zero(move_mount(tree, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH));
}

int probe_mount_api(void)
{
	return in_child(mount_api, 0);
}

static int write_map(const char *path, unsigned id)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || dprintf(fd, "%u %u 1\n", id, id) < 0 ? -1 : 0;
}

static int fuse(int argument)
{
	unsigned uid = geteuid(), gid = getegid();
	_cleanup_close_ int groups = -1;

	(void)argument;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return errno;
	/* What a user may map its group by (user_namespaces(7)). */
	groups = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (groups < 0 || write(groups, "deny", 4) < 0 || write_map("/proc/self/uid_map", uid) < 0 ||
	    write_map("/proc/self/gid_map", gid) < 0)
		return errno;
	return broker_try_masks(fuse_device());
}

int probe_fuse(void)
{
	return in_child(fuse, 0);
}

static void exec_quietly(const char *const *words, int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		_exit(127);
	execv(words[0], (char *const *)words);
	_exit(127);
}

/* Until end of file or the deadline: false. */
static bool read_output(int fd, struct buf *output)
{
	int64_t deadline = clock_mono_ms() + RUN_MOST_MS;
	int64_t left;
	char chunk[512];

	while ((left = deadline - clock_mono_ms()) > 0) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&readable, 1, (int)left) <= 0)
			continue;
		got = read(fd, chunk, sizeof(chunk));
		if (got == 0)
			return true;
		if (got > 0 && output->length + (size_t)got <= OUTPUT_MOST)
			buf_add(output, chunk, (size_t)got);
	}
	return false;
}

int probe_run(const char *const *words, struct buf *output)
{
	_cleanup_close_ int readable = -1;
	int pipe_fds[2];
	int status;
	bool ended;
	pid_t child;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -1;
	readable = pipe_fds[0];
	child = fork();
	if (child == 0)
		exec_quietly(words, pipe_fds[1]);
	close(pipe_fds[1]);
	if (child < 0)
		return -1;
	ended = read_output(readable, output);
	if (!ended)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (!ended)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
