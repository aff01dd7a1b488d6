/* SPDX-License-Identifier: MIT */
/*
 * Out of the layer again. In an upper directory of overlayfs, what was created or changed is there
 * itself, and what was deleted is a whiteout, or is hidden by the opaque mark of a directory that was
 * removed and made anew. Such a mark is taken off by turning it into whiteouts first, one for
 * each other name that it hides.
 */
#include "core/sandbox/layer_changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/layer_tree.h"

#define OPAQUE "user.overlay.opaque"

/* One name that the host has, below an opaque directory: it stays as hidden as it is. */
static int keep_hidden(int upper, int host, const char *name)
{
	struct stat now, was;
	_cleanup_close_ int below = -1;

	if (fstatat(upper, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		/* Linux lets anybody make this device since 5.8. */
		return errno == ENOENT ? mknodat(upper, name, S_IFCHR, makedev(0, 0)) : -1;
	if (!S_ISDIR(now.st_mode) || fstatat(host, name, &was, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(was.st_mode))
		return 0;
	below = layer_open_below(upper, name);
	return below < 0 ? -1 : fsetxattr(below, OPAQUE, "y", 1, 0);
}

/* 0 also where it is not opaque. */
static int make_transparent(int upper, int host)
{
	struct dirent *entry;
	char value[4];
	DIR *dir;
	int fd, result = 0;

	if (host < 0 || fgetxattr(upper, OPAQUE, value, sizeof(value)) != 1)
		return 0;
	fd = layer_open_below(host, ".");
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		close_fd(&fd);
		return -1;
	}
	while (result == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = keep_hidden(upper, host, entry->d_name);
	closedir(dir);
	return result < 0 ? -1 : fremovexattr(upper, OPAQUE);
}

/* One name further on the way, on both sides; *host is -1 where the host has none. */
static int step_into(int *upper, int *host, const char *name, bool uncover)
{
	_cleanup_close_ int next_upper = layer_open_below(*upper, name);
	_cleanup_close_ int next_host = -1;

	if (next_upper < 0)
		return -1;
	next_host = *host < 0 ? -1 : layer_open_below(*host, name);
	if (uncover && make_transparent(next_upper, next_host) < 0)
		return -1;
	close_fd(upper);
	close_fd(host);
	*upper = steal_fd(&next_upper);
	*host = steal_fd(&next_host);
	return 0;
}

/* -1 with errno. */
static int drop(const struct layer_change *change, char *path)
{
	_cleanup_close_ int upper = layer_open_exactly(change->upper), host = -1;
	char *name = path + change->root_length + 1;
	struct stat st;

	path[change->root_length] = '\0';
	host = layer_open_exactly(path);
	if (upper < 0 || host < 0)
		return -1;
	for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		*slash = '\0';
		if (step_into(&upper, &host, name, change->change == LAYER_DELETED) < 0)
			return -1;
	}
	if (fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* It is what a deletion leaves, and no more than that. */
	if (change->change == LAYER_DELETED && (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(0, 0))) {
		errno = EBUSY;
		return -1;
	}
	return layer_tree_remove_closed(upper, name);
}

int layer_change_drop(const struct layer_change *change, struct err *e)
{
	_cleanup_free_ char *path = xstrdup(change->path);

	/* It went with the directory that it was in. */
	if (drop(change, path) < 0 && errno != ENOENT)
		return err_errno(e, "%s", change->path);
	return 0;
}

int layer_drop(const char *directory, struct err *e)
{
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY;
	_cleanup_close_ int fd = layer_open_exactly(directory);

	if (fd < 0)
		return err_errno(e, "%s", directory);
	if (layer_list_roots(directory, &roots, e) < 0)
		return -1;
	for (size_t i = 0; i < roots.count; i++) {
		_cleanup_free_ char *name = layer_encode(roots.items[i]);

		if (layer_tree_remove_closed(fd, name) < 0)
			return err_errno(e, "emptying the layer of %s", roots.items[i]);
	}
	return 0;
}
