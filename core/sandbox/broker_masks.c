/* SPDX-License-Identifier: MIT */
/*
 * Masks whose reads are seen: directories of a FUSE file system that the supervisor serves (mask_server.h).
 * The file system is mounted once, in the broker's own copy of the host's tree; each mask is a directory
 * in it, cloned from there. It lies on the mask that bwrap made, which hides what it hides if this
 * one ever goes.
 *
 * Whoever holds the connection's descriptor must never wait for the file system itself, so the broker
 * lets go of it first (the supervisor's serving thread has it).
 */
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/switches.h"
#include "core/policy/path.h"
#include "core/sandbox/broker_protocol.h"
#include "core/sandbox/mount_calls.h"

#define IDS_NAPS_MOST 10000 /* a second at most, as naps are long */

static int set_string(int context, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_number(int context, const char *key, unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return set_string(context, key, text);
}

/*
 * Without "allow_other" the kernel serves callers of this user and group alone, which all
 * programs inside are.
 */
static int configure(int context, int device)
{
	return set_string(context, "source", "srt-top") < 0 ||
			       set_number(context, "fd", (unsigned)device) < 0 ||
			       set_string(context, "rootmode", "40755") < 0 ||
			       set_number(context, "user_id", geteuid()) < 0 ||
			       set_number(context, "group_id", getegid()) < 0 ||
			       syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG,
				       "default_permissions", NULL, 0) < 0 ||
			       syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0
		       ? -1 : 0;
}

/*
 * bwrap says which namespaces it made before it has said who is who in them, and until then nobody is
 * anybody that a file system could belong to. That comes at once (the second of the two), or never.
 */
static void wait_for_ids(void)
{
	const struct timespec nap = { .tv_nsec = 20000 };

	for (unsigned naps = 0; naps < IDS_NAPS_MOST; naps++) {
		_cleanup_close_ int fd = open("/proc/self/gid_map", O_RDONLY | O_CLOEXEC);
		char byte;

		if (fd < 0 || read(fd, &byte, 1) != 0)
			return;
		nanosleep(&nap, NULL);
	}
}

int broker_make_mask_files(const char *device, int *context_out, const char **step)
{
	_cleanup_close_ int fd = -1, context = -1;

	wait_for_ids();
	/* In the user namespace that is to own it: the kernel compares. */
	*step = "opening the FUSE device";
	fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	*step = "making a FUSE file system";
	context = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC);
	if (context < 0 || configure(context, fd) < 0)
		return -1;
	*context_out = steal_fd(&context);
	return steal_fd(&fd);
}

int broker_try_masks(const char *device)
{
	_cleanup_close_ int fd = -1, context = -1;
	const char *step;

	fd = broker_make_mask_files(device, &context, &step);
	return fd < 0 ? errno : 0;
}

int broker_mount_mask_files(int context, const char *place)
{
	_cleanup_close_ int tree = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
						MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	_cleanup_close_ int at = open_exactly_at(AT_FDCWD, place, O_DIRECTORY);

	return tree < 0 || at < 0 ? -1 : attach(tree, at);
}

int broker_make_mask(const char *place)
{
	_cleanup_close_ int parent = open_exactly_at(AT_FDCWD, place, O_DIRECTORY);
	_cleanup_close_ int directory = -1;
	uint64_t number;
	char name[32];

	if (parent < 0 || getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -1;
	/* Nobody sees this name, and every name is there. */
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)number);
	directory = open_exactly_at(parent, name, O_DIRECTORY);
	return directory < 0 ? -1
			     : sys_open_tree(directory, "",
					     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
}

static bool is_mount_root(int fd)
{
	struct statx info;

	return statx(fd, "", AT_EMPTY_PATH, 0, &info) == 0 &&
	       (info.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* A directory of bwrap's: nothing else may be covered. */
static int open_mask(const char *target)
{
	_cleanup_close_ int fd = open_exactly_at(AT_FDCWD, target, O_DIRECTORY);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type != TMPFS_MAGIC || !is_mount_root(fd)) {
		errno = EXDEV;
		return -1;
	}
	return steal_fd(&fd);
}

int broker_make_masks(int *masks, size_t count, const char *place)
{
	for (size_t i = 0; i < count; i++) {
		masks[i] = broker_make_mask(place);
		if (masks[i] < 0 || sys_mount_setattr(masks[i], 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
						      0, MS_PRIVATE) < 0)
			return -1;
	}
	return 0;
}

/* What is mounted in a masked directory: it has to be in what covers that, too. */
struct kept {
	const char *path; /* below the mask */
	int tree;	  /* a clone of all of it */
};

struct kept_list {
	struct kept *items;
	size_t count, capacity;
};

static void kept_free(struct kept_list *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		close_fd(&kept->items[i].tree);
	free(kept->items);
}

static bool is_kept(const struct kept_list *kept, const char *path)
{
	for (size_t i = 0; i < kept->count; i++)
		if (path_is_below(path, kept->items[i].path))
			return true;
	return false;
}

/* Each with what is mounted in it. What is not there is hidden, as all else. */
static int keep(struct kept_list *kept, const struct grant_order *order, const char *mask)
{
	for (size_t i = 0; i < order->below_count; i++) {
		const char *path = order->below[i].target;
		_cleanup_close_ int fd = -1;
		int tree;

		if (!path_is_strictly_below(path, mask) || is_kept(kept, path))
			continue;
		fd = open_exactly_at(AT_FDCWD, path, 0);
		if (fd < 0 || !is_mount_root(fd))
			continue;
		tree = sys_open_tree(fd, "", TREE_CLONE);
		if (tree < 0)
			return -1;
		grow_array(kept->items, kept->count, kept->capacity);
		kept->items[kept->count++] = (struct kept){ path, tree };
	}
	return 0;
}

/* A directory on the way to it, with the mode that bwrap gave it beneath. */
static int make_way(int mask, int beneath, const char *path)
{
	struct stat st;

	if (fstatat(beneath, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return mkdirat(mask, path, st.st_mode & 07777) < 0 && errno != EEXIST ? -1 : 0;
}

/* The place of a kept mount on the mask, made. Descriptor, or -1 with errno. */
static int make_kept_place(int mask, int beneath, const char *rest, bool is_directory)
{
	_cleanup_free_ char *path = xstrdup(rest + strspn(rest, "/"));
	_cleanup_close_ int file = -1;

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_way(mask, beneath, path) < 0)
			return -1;
		*slash = '/';
	}
	if (is_directory && mkdirat(mask, path, 0755) < 0 && errno != EEXIST)
		return -1;
	if (!is_directory) {
		file = openat(mask, path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
		if (file < 0)
			return -1;
	}
	return open_exactly_at(mask, path, 0);
}

static int cover_one(int mask, const struct grant_order *order, const char *target)
{
	__attribute__((cleanup(kept_free))) struct kept_list kept = { 0 };
	_cleanup_close_ int place = open_mask(target);

	if (place < 0 || keep(&kept, order, target) < 0 || attach(mask, place) < 0)
		return -1;
	for (size_t i = 0; i < kept.count; i++) {
		_cleanup_close_ int at = -1;
		struct stat st;

		if (fstat(kept.items[i].tree, &st) < 0)
			return -1;
		at = make_kept_place(mask, place, kept.items[i].path + strlen(target),
				     S_ISDIR(st.st_mode));
		if (at < 0 || attach(kept.items[i].tree, at) < 0)
			return -1;
	}
	return sys_mount_setattr(mask, 0, MOUNT_ATTR_RDONLY, 0, 0);
}

/* In the plan's order: a mask in what another one lets through comes behind that. */
static int cover_masks(const int *masks, const struct grant_order *order)
{
	size_t next = 0;

	for (size_t i = 0; i < order->below_count; i++) {
		if (!broker_is_mask(&order->below[i]))
			continue;
		errno = ENOSPC;
		if ((next && is_switched_off("mask-covers")) ||
		    cover_one(masks[next++], order, order->below[i].target) < 0)
			return -1;
	}
	return 0;
}

/* There and back, before anything else is granted: a process for it would take as long as all the rest. */
int broker_do_mask(const int *masks, int sandbox, const struct grant_order *order, const char **step)
{
	_cleanup_close_ int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	mode_t before;
	int error = 0;

	*step = "joining the sandbox's mount namespace";
	if (own < 0 || setns(sandbox, CLONE_NEWNS) < 0)
		return errno;
	*step = "covering what is hidden";
	/* Directories on the way to what is shown are as bwrap made them. */
	before = umask(0);
	if (cover_masks(masks, order) < 0)
		error = errno;
	umask(before);
	/* Grants begin in the host's tree. */
	if (setns(own, CLONE_NEWNS) < 0)
		_exit(1);
	return error;
}
