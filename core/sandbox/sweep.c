/* SPDX-License-Identifier: MIT */
#include "core/sandbox/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/sandbox/placeholder_mark.h"

/*
 * Turning a shared lock into an exclusive one gives the shared one up first, also where the
 * exclusive one is not to be had. Of several that do it at once the last to look finds no other
 * lock, or one of them has the exclusive one already: exactly one removes the name. Who takes a
 * shared lock meanwhile looks afterwards whether the name is still there.
 */
enum sweep_result sweep_one(const struct sweep_name *item, bool wait)
{
	struct stat held, named;

	while (flock(item->fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EINTR)
			continue;
		/* Where a file system has no locks nobody can know who else needs it: it stays. */
		return errno == EWOULDBLOCK ? SWEEP_IN_USE : SWEEP_DONE;
	}
	/* An unmarked one: whoever made it was killed before the next call, or starts again. */
	if (fstat(item->fd, &held) == 0 &&
	    (placeholder_is_marked(&held) || placeholder_is_newborn(&held)) &&
	    fstatat(item->parent, item->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == held.st_dev && named.st_ino == held.st_ino)
		unlinkat(item->parent, item->name, S_ISDIR(held.st_mode) ? AT_REMOVEDIR : 0);
	flock(item->fd, LOCK_UN);
	return SWEEP_DONE;
}

int sweep_open(const struct sweep_name *item)
{
	struct stat st;

	if (fstatat(item->parent, item->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !(placeholder_is_marked(&st) || placeholder_is_newborn(&st)))
		return -1;
	return openat(item->parent, item->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

bool sweep_needs_owner(const struct sweep_name *item)
{
	struct stat parent, held;

	return fstat(item->parent, &parent) == 0 && (parent.st_mode & S_ISVTX) &&
	       fstat(item->fd, &held) == 0 &&
	       (held.st_uid == geteuid() || parent.st_uid == geteuid() || geteuid() == 0);
}
