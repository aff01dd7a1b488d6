/* SPDX-License-Identifier: MIT */
/*
 * From the layer to the host. The way to a file is walked name by name from the root of its
 * overlay, on both sides without following links, and what is written replaces what is there by
 * rename(2): so nothing that was planted, in the layer or meanwhile on the host, leads elsewhere.
 */
#include "core/sandbox/layer_changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/mounts.h"

#define DEPTH_MOST 200

static int open_directory(int at, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
}

static int open_below(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Both sides of the directory that holds the change. */
struct place {
	int upper, host;
	const char *name; /* in both, borrowed */
};

static void place_close(struct place *place)
{
	close_fd(&place->upper);
	close_fd(&place->host);
}

/* Where the host lacks a directory on the way that the layer has, it is made. */
static int step_into(struct place *place, const char *name, bool make)
{
	_cleanup_close_ int upper = place->upper < 0 ? -1 : open_below(place->upper, name);
	_cleanup_close_ int host = open_below(place->host, name);
	struct stat st;

	if (host < 0 && errno == ENOENT && make && upper >= 0 && fstat(upper, &st) == 0 &&
	    mkdirat(place->host, name, 0700) == 0) {
		host = open_below(place->host, name);
		if (host >= 0 && fchmod(host, st.st_mode & 0777) < 0)
			return -1;
	}
	if (host < 0 && make)
		return -1;
	place_close(place);
	place->upper = steal_fd(&upper);
	place->host = steal_fd(&host);
	return 0;
}

static int find_place(struct place *place, const struct layer_change *change, char *path, bool make)
{
	char *name = path + change->root_length;

	path[change->root_length] = '\0';
	*place = (struct place){ .upper = open_directory(AT_FDCWD, change->upper),
				 .host = open_directory(AT_FDCWD, path) };
	if (place->upper < 0 || place->host < 0)
		return -1;
	name++;
	for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		*slash = '\0';
		if (step_into(place, name, make) < 0)
			return -1;
	}
	place->name = name;
	return 0;
}

static int open_regular(int directory, const char *name)
{
	_cleanup_close_ int fd =
		directory < 0 ? -1 : openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return steal_fd(&fd);
}

int layer_change_open(const struct layer_change *change, bool on_host)
{
	_cleanup_free_ char *path = xstrdup(change->path);
	struct place place;
	int fd = -1;

	if (find_place(&place, change, path, false) == 0)
		fd = open_regular(on_host ? place.host : place.upper, place.name);
	place_close(&place);
	return fd;
}

static int temporary_name(char name[40])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -1;
	snprintf(name, 40, ".srt-top-%016llx", (unsigned long long)number);
	return 0;
}

static int copy(int from, int to)
{
	_cleanup_free_ char *bytes = xmalloc(65536);
	ssize_t got;

	while ((got = read(from, bytes, 65536)) != 0)
		if (got < 0 || write_all(to, bytes, (size_t)got) < 0)
			return -1;
	return 0;
}

static int put_file(const struct place *place, mode_t mode)
{
	_cleanup_close_ int from = open_regular(place->upper, place->name);
	_cleanup_close_ int to = -1;
	char name[40];

	if (from < 0 || temporary_name(name) < 0)
		return -1;
	to = openat(place->host, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -1;
	if (copy(from, to) < 0 || fchmod(to, mode) < 0 || fsync(to) < 0 ||
	    renameat(place->host, name, place->host, place->name) < 0) {
		int error = errno;

		unlinkat(place->host, name, 0);
		errno = error;
		return -1;
	}
	return 0;
}

static int put_link(const struct place *place, const char *target)
{
	char name[40];

	if (!target || temporary_name(name) < 0 || symlinkat(target, place->host, name) < 0)
		return -1;
	if (renameat(place->host, name, place->host, place->name) < 0) {
		int error = errno;

		unlinkat(place->host, name, 0);
		errno = error;
		return -1;
	}
	return 0;
}

static int put_directory(const struct place *place, mode_t mode)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (mkdirat(place->host, place->name, 0700) < 0)
		return errno == EEXIST && fstatat(place->host, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
				       S_ISDIR(st.st_mode) ? 0 : -1;
	fd = open_below(place->host, place->name);
	return fd < 0 ? -1 : fchmod(fd, mode);
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
	fd = depth < DEPTH_MOST ? open_below(directory, name) : -1;
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

static int take_away(const struct place *place, const char *path, const char *home)
{
	if (!remove_at(place->host, place->name, path, home, 0))
		return errno == ENOENT ? 0 : -1;
	return remove_at(place->host, place->name, NULL, home, 0) ? 0 : -1;
}

int layer_change_keep(const struct layer_change *change, const char *home, struct err *e)
{
	_cleanup_free_ char *path = xstrdup(change->path);
	struct place place = { -1, -1, NULL };
	int result = -1;

	if (change->refused)
		return err_set(e, "%s: %s", change->path, change->refused);
	if (find_place(&place, change, path, change->change != LAYER_DELETED) == 0) {
		if (change->change == LAYER_DELETED)
			result = place.host < 0 ? 0 : take_away(&place, change->path, home);
		else if (change->type == LAYER_FILE)
			result = put_file(&place, change->mode);
		else if (change->type == LAYER_LINK)
			result = put_link(&place, change->target);
		else if (change->type == LAYER_DIRECTORY)
			result = put_directory(&place, change->mode);
		else
			errno = EINVAL;
	}
	if (result < 0 && errno == EPERM && change->change == LAYER_DELETED)
		err_set(e, "%s: there is something protected in it", change->path);
	else if (result < 0)
		err_errno(e, "%s", change->path);
	place_close(&place);
	return result;
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
	fd = open_below(directory, name);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			open_up(dirfd(dir), entry->d_name, depth + 1);
	if (dir)
		closedir(dir);
}

int layer_drop(const char *directory, struct err *e)
{
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY;
	_cleanup_close_ int fd = open_directory(AT_FDCWD, directory);

	if (fd < 0)
		return err_errno(e, "%s", directory);
	if (layer_list_roots(directory, &roots, e) < 0)
		return -1;
	for (size_t i = 0; i < roots.count; i++) {
		_cleanup_free_ char *name = layer_encode(roots.items[i]);

		open_up(fd, name, 0);
		if (!remove_at(fd, name, NULL, "/", 0))
			return err_errno(e, "emptying the layer of %s", roots.items[i]);
	}
	return 0;
}
