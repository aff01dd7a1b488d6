/* SPDX-License-Identifier: MIT */
/*
 * From the layer to the host. The way to a file is walked name by name from the root of its
 * overlay, on both sides without following links, and what is written replaces what is there by
 * rename(2): so nothing that was planted, in the layer or meanwhile on the host, leads elsewhere.
 */
#include "core/sandbox/layer_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/layer_tree.h"

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
	_cleanup_close_ int upper = place->upper < 0 ? -1 : layer_open_below(place->upper, name);
	_cleanup_close_ int host = layer_open_below(place->host, name);
	struct stat st;

	if (host < 0 && errno == ENOENT && make && upper >= 0 && fstat(upper, &st) == 0 &&
	    mkdirat(place->host, name, 0700) == 0) {
		host = layer_open_below(place->host, name);
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
	*place = (struct place){ .upper = layer_open_exactly(change->upper),
				 .host = layer_open_exactly(path) };
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
	fd = layer_open_below(place->host, place->name);
	return fd < 0 ? -1 : fchmod(fd, mode);
}

static int take_away(const struct place *place, const char *path, const char *home)
{
	if (layer_tree_may_go(place->host, place->name, path, home) < 0)
		return errno == ENOENT ? 0 : -1;
	return layer_tree_remove(place->host, place->name);
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
