/* SPDX-License-Identifier: MIT */
#include "core/sandbox/layer_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

#define DEPTH_MOST 200

int layer_open_exactly(const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

int layer_open_below(int directory, const char *name)
{
	return openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Calls nothing but itself: a whole tree, or, where `path` is not NULL, only looks whether all of it
 * may go. False with errno.
 */
static bool remove_at(int directory, const char *name, const char *path, const char *home, int depth)
{
	struct stat st;
	struct dirent *entry;
	DIR *dir;
	int fd;
	bool done = true;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (path && (sensitive_covers(home, path) || mandatory_covers(path, S_ISDIR(st.st_mode)) ||
		     path_is_below(home, path))) {
		errno = EPERM;
		return false;
	}
	if (!S_ISDIR(st.st_mode))
		return path || unlinkat(directory, name, 0) == 0;
	fd = depth < DEPTH_MOST ? layer_open_below(directory, name) : -1;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		close_fd(&fd);
		return false;
	}
	while (done && (entry = readdir(dir))) {
		_cleanup_free_ char *child = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		child = path ? path_join(path, entry->d_name) : NULL;
		done = remove_at(dirfd(dir), entry->d_name, child, home, depth + 1);
	}
	closedir(dir);
	if (done && !path)
		done = unlinkat(directory, name, AT_REMOVEDIR) == 0;
	return done;
}

int layer_tree_may_go(int directory, const char *name, const char *path, const char *home)
{
	return remove_at(directory, name, path, home, 0) ? 0 : -1;
}

int layer_tree_remove(int directory, const char *name)
{
	return remove_at(directory, name, NULL, "/", 0) ? 0 : -1;
}

/* Directories that the program closed even to their owner. */
static void open_up(int directory, const char *name, int depth)
{
	int fd;
	DIR *dir;
	struct dirent *entry;
	struct stat st;

	if (depth == DEPTH_MOST || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode))
		return;
	/* Nobody else is here to put a link in its place: the layer is locked. */
	if ((st.st_mode & 0700) != 0700 && fchmodat(directory, name, 0700, 0) < 0)
		return;
	fd = layer_open_below(directory, name);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			open_up(dirfd(dir), entry->d_name, depth + 1);
	if (dir)
		closedir(dir);
}

int layer_tree_remove_closed(int directory, const char *name)
{
	open_up(directory, name, 0);
	return layer_tree_remove(directory, name);
}
