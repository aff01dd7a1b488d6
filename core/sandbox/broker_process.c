/* SPDX-License-Identifier: MIT */
#include "core/sandbox/broker_side.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* A pin is a descriptor, and many questions may be open. */
static void allow_many_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The program's standard streams, and all that the supervisor has open, are not for the broker. */
static int keep_only(int *kept[], size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int low = 3;

	/* Out of the way first, then to 3, 4, … in order: all above is closed at once. */
	for (size_t i = 0; i < count; i++) {
		int up = fcntl(*kept[i], F_DUPFD_CLOEXEC, 3 + (int)count);

		if (up < 0)
			return -1;
		*kept[i] = up;
	}
	/* Before anything can take the number that `null` has. */
	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		if (dup3(*kept[i], low, O_CLOEXEC) < 0)
			return -1;
		*kept[i] = low++;
	}
	return close_range((unsigned)low, ~0U, 0);
}

/*
 * Joins the user namespace that owns the sandbox's mounts, and takes a copy of the host's mounts
 * there: pins and clones come from it, since open_tree() wants a tree that its caller's user
 * namespace owns. bwrap may have put the program into a further one, so it is the mount
 * namespace that is asked (NS_GET_USERNS, Linux 4.9).
 */
static int take_own_tree(struct broker_side *side)
{
	_cleanup_close_ int owner = ioctl(side->sandbox, NS_GET_USERNS);

	side->failed_step = "joining the sandbox's user namespace";
	if (owner < 0 || setns(owner, CLONE_NEWUSER) < 0)
		return -1;
	side->failed_step = "copying the host's mounts";
	return unshare(CLONE_NEWNS);
}

static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

_Noreturn void broker_main(int socket, const struct broker_sandbox *where, pid_t parent)
{
	struct broker_sandbox sandbox = *where;
	struct broker_side side = { .socket = socket, .relay = -1 };
	struct broker_message message = { 0 };

	end_with(parent);
	prctl(PR_SET_NAME, "srt-top-broker");
	/* Ctrl-C is for the program; the broker ends when its socket does. */
	for (int number = 1; number < 32; number++)
		if (number != SIGCHLD)
			signal(number, SIG_IGN);
	if (keep_only((int *[]){ &side.socket, &sandbox.mount_namespace,
				 &sandbox.network_namespace }, 3) < 0)
		_exit(1);
	side.sandbox = sandbox.mount_namespace;
	side.network = sandbox.network_namespace;
	allow_many_descriptors();
	if (take_own_tree(&side) < 0)
		side.error = errno;
	/* Joining reset these: it would let other processes of this user in. */
	prctl(PR_SET_DUMPABLE, 0);
	end_with(parent);
	if (sandbox.mask_device)
		broker_prepare_mask_files(&side, &sandbox);
	if (side.mask_place)
		broker_prepare_masks(&side, sandbox.mask_count);
	side.last_kept = &side.first_kept;
	set_nonblocking(side.socket, true);
	while (broker_wait_for_request(&side)) {
		int fd = -1;
		size_t count = 1;
		ssize_t got = recv_fds(side.socket, &message, sizeof(message), &fd, &count, NULL);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		message.text[sizeof(message.text) - 1] = '\0';
		if (got == (ssize_t)sizeof(message))
			broker_handle(&side, &message, count ? &fd : &(int){ -1 });
		if (count)
			close_fd(&fd);
	}
	_exit(0);
}
