/* SPDX-License-Identifier: MIT */
/* What becomes of a call that is held. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "core/sandbox/notify_parts.h"

int notifier_continue(struct notifier *n, uint64_t id)
{
	struct seccomp_notif_resp response = { .id = id,
					       .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_succeed(struct notifier *n, uint64_t id)
{
	struct seccomp_notif_resp response = { .id = id };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_fail(struct notifier *n, uint64_t id, int error)
{
	struct seccomp_notif_resp response = { .id = id, .error = -error };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_replace(struct notifier *n, uint64_t id, int file, int descriptor, bool close_on_exec)
{
	struct seccomp_notif_addfd add = { .id = id,
					   .flags = SECCOMP_ADDFD_FLAG_SETFD,
					   .srcfd = (unsigned)file,
					   .newfd = (unsigned)descriptor,
					   .newfd_flags = close_on_exec ? O_CLOEXEC : 0 };
	struct seccomp_notif_resp response = { .id = id };

	if (ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
		return -1;
	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int notifier_inject(struct notifier *n, uint64_t id, int file, bool close_on_exec)
{
	struct seccomp_notif_addfd add = { .id = id,
					   .flags = SECCOMP_ADDFD_FLAG_SEND,
					   .srcfd = (unsigned)file,
					   .newfd_flags = close_on_exec ? O_CLOEXEC : 0 };

	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? -1 : 0;
}

bool notifier_is_waiting(struct notifier *n, uint64_t id)
{
	return ioctl(n->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}
