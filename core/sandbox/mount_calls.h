/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MOUNT_CALLS_H
#define CORE_SANDBOX_MOUNT_CALLS_H

/* The system calls for mounts as descriptors (Linux 5.2): glibc before 2.36 has no wrappers. */
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> do not go together everywhere. */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

#define TREE_CLONE (OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE)

static inline int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags);
}

static inline int sys_mount_setattr(int fd, unsigned flags, uint64_t set, uint64_t clear,
				    uint64_t propagation)
{
	struct mount_attr attributes = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &attributes,
			    sizeof(attributes));
}

/* The object of this very path: O_PATH, over no symlink. */
static inline int open_exactly_at(int dirfd, const char *path, uint64_t extra_flags)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW | extra_flags,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* Moves a detached mount to its place. */
static inline int attach(int tree, int place)
{
	return (int)syscall(SYS_move_mount, tree, "", place, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

#endif
