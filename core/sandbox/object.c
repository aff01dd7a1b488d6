/* SPDX-License-Identifier: MIT */
#include "core/sandbox/object.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES_MOST 1000

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/* No system call: it was given to us at the start, and is never changed (getauxval(3)). */
static uid_t own_user(void)
{
	return (uid_t)getauxval(AT_EUID);
}

void object_close(struct object *object)
{
	close_fd(&object->fd);
}

int object_open_at(int directory, const char *path, bool no_follow, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0),
				.resolve = resolve };
	int fd = -1;

	/*
	 * EAGAIN: there is a ".." in it, and somewhere something was renamed or mounted meanwhile
	 * (openat2(2)). Whoever does that all the time must not be able to stay unseen by it.
	 */
	for (int i = 0; i < TRIES_MOST && fd < 0; i++) {
		fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return fd;
}

bool object_look(struct object *object)
{
	if (object->fd >= 0 && statx(object->fd, "", AT_EMPTY_PATH,
				     STATX_BASIC_STATS | STATX_MNT_ID, &object->info) == 0)
		return true;
	close_fd(&object->fd);
	return false;
}

bool object_open_outside(struct object *object, const char *path, bool no_follow)
{
	object->fd = open(path, O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0));
	return object_look(object);
}

bool object_is_directory(const struct object *object)
{
	return S_ISDIR(object->info.stx_mode);
}

bool object_is_link(const struct object *object)
{
	return S_ISLNK(object->info.stx_mode);
}

bool object_is_device_or_pipe(const struct object *object)
{
	return !S_ISREG(object->info.stx_mode) && !S_ISDIR(object->info.stx_mode) &&
	       !S_ISLNK(object->info.stx_mode);
}

bool descriptor_path(int fd, char path[PATH_MAX])
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, PATH_MAX - 1);
	if (length <= 0 || path[0] != '/')
		return false;
	path[length] = '\0';
	return true;
}

bool object_is_overridden(const struct object *object, int mode)
{
	const struct statx *info = &object->info;

	return own_user() == 0 && info->stx_uid == 0 && info->stx_gid == getegid() &&
	       (!(mode & X_OK) || S_ISDIR(info->stx_mode) || (info->stx_mode & 0111));
}

bool object_may(const struct object *object, int mode)
{
	return syscall(SYS_faccessat2, object->fd, "", mode, AT_EMPTY_PATH | AT_EACCESS) == 0 ||
	       object_is_overridden(object, mode);
}

bool object_may_surely_read(const struct object *object)
{
	return object->info.stx_uid == own_user() && (object->info.stx_mode & S_IRUSR);
}

bool object_is_on_read_only_mount(const struct object *object)
{
	struct statvfs fs;

	return fstatvfs(object->fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

bool object_is_own(const struct object *object)
{
	return own_user() == 0 || object->info.stx_uid == own_user();
}

bool object_is_mount_root(const struct object *object)
{
	return object->info.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}
