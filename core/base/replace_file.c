/* SPDX-License-Identifier: MIT */
#include "core/base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* Takes a path apart: the directory is opened, *name is borrowed. */
static int open_parent(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *parent = NULL;

	*name = slash ? slash + 1 : path;
	if (!slash)
		parent = xstrdup(".");
	else if (slash == path)
		parent = xstrdup("/");
	else
		parent = xstrndup(path, (size_t)(slash - path));
	return open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The mode to keep, -1 for a new file, -2 with *e where the name is taken by something else. */
static int current_mode(int directory, const char *name, const char *path, struct err *e)
{
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? -1 : (err_errno(e, "%s", path), -2);
	if (S_ISLNK(st.st_mode)) {
		err_set(e, "%s is a symbolic link, which is not followed: name the file it leads to",
			path);
		return -2;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(e, "%s is not a regular file", path);
		return -2;
	}
	return (int)(st.st_mode & 0777);
}

static int fill(int fd, int mode, const void *bytes, size_t length)
{
	if (mode >= 0 && fchmod(fd, (mode_t)mode) < 0)
		return -1;
	if (write_all(fd, bytes, length) < 0)
		return -1;
	return fsync(fd);
}

/* `path` is for the messages. */
static int replace(int directory, const char *name, const char *path, int mode, const void *bytes,
		   size_t length, struct err *e)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *temporary = NULL;
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return err_errno(e, "cannot write %s", path);
	temporary = xasprintf(".srt-top-%08x.tmp", random);
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode >= 0 ? (mode_t)mode : 0666);
	if (fd < 0)
		return err_errno(e, "cannot write beside %s", path);
	if (fill(fd, mode, bytes, length) < 0 ||
	    renameat(directory, temporary, directory, name) < 0) {
		err_errno(e, "cannot write %s", path);
		unlinkat(directory, temporary, 0);
		return -1;
	}
	/* Not every file system can: the file is whole in any case. */
	fsync(directory);
	return 0;
}

int replace_file(const char *path, const void *bytes, size_t length, struct err *e)
{
	const char *name;
	_cleanup_close_ int directory = open_parent(path, &name);
	int mode;

	if (directory < 0)
		return err_errno(e, "cannot open the directory of %s", path);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, "%s is not the name of a file", path);
	mode = current_mode(directory, name, path, e);
	return mode == -2 ? -1 : replace(directory, name, path, mode, bytes, length, e);
}

int replace_file_at(int directory, const char *name, int mode, const void *bytes, size_t length,
		    struct err *e)
{
	return replace(directory, name, name, mode, bytes, length, e);
}
