/* SPDX-License-Identifier: MIT */
/*
 * A mount point that is removed on the host is taken off in every mount namespace, with what is
 * mounted there, and so is the protection of any other run that has it. So:
 *
 *   - each run has a shared lock (flock) on the inode of every placeholder that it needs, from
 *     before bwrap starts until its sandbox is gone, and who ends removes what it can lock
 *     exclusively (sweep.c);
 *   - placeholders can be told from anybody's own files (placeholder_mark.h), so that all runs
 *     plan as if the name were missing, and share it instead of protecting "an existing file"
 *     that goes away under them;
 *   - who has got the lock looks again whether the name still leads to the inode: the last run
 *     before may have removed it a moment ago. If not, it all starts again.
 *
 * The directory of a name is found without following symbolic links, and kept by descriptor.
 */
#include "core/sandbox/placeholders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/placeholder_mark.h"

/* Nobody holds an exclusive lock, or leaves a new one unmarked, for longer than a few calls. */
#define PATIENCE_MS 10000
/* So many descriptors are nobody's trouble. */
#define FEW 100

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
}

/* Looks into a marked directory: the mark may have been copied along with what is in it. */
static bool is_empty(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool empty = true;

	if (!dir) {
		close_fd(&fd);
		/* Another user's that is about to be made readable; or gone by now, as a missing
		 * name is.
		 */
		return errno == EACCES || errno == ENOENT;
	}
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

static bool is_placeholder(int parent, const char *name, const struct stat *st)
{
	return (placeholder_is_marked(st) || placeholder_is_newborn(st)) &&
	       (!S_ISDIR(st->st_mode) || is_empty(parent, name));
}

bool placeholder_is_at(const char *path, bool *directory)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !is_placeholder(AT_FDCWD, path, &st))
		return false;
	if (directory)
		*directory = S_ISDIR(st.st_mode);
	return true;
}

/* --- one name --- */

/* Makes the name, looking like an unmarked placeholder. Descriptor, or -1 with errno. */
static int give_birth(int parent, const char *name, bool directory)
{
	int fd;

	/* For writing, since some network file systems want that for an exclusive lock. */
	if (!directory)
		return openat(parent, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			      PLACEHOLDER_FILE_BIRTH);
	if (mkdirat(parent, name, PLACEHOLDER_DIR_BIRTH) < 0)
		return -1;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* Another run found it and has removed it again, or put something else there. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		errno = EAGAIN;
	return fd;
}

/* Opens what is there if it is a placeholder. -1 with errno: ESTALE if it is not, EAGAIN. */
static int open_existing(int parent, const char *name)
{
	struct stat st;
	int fd;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		errno = errno == ENOENT ? EAGAIN : errno;
		return -1;
	}
	if (!is_placeholder(parent, name, &st)) {
		errno = ESTALE;
		return -1;
	}
	fd = openat(parent, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	/* EACCES: its owner is about to open it to others. */
	if (fd < 0 && (errno == ENOENT || errno == EACCES || errno == ELOOP))
		errno = EAGAIN;
	return fd;
}

/*
 * Marks a new one, also somebody else's that was found before it was marked: it is the same mark.
 * Where it is another user's, he has to do it: EAGAIN.
 */
static int mark(int fd, struct stat *st)
{
	const struct timespec time = { PLACEHOLDER_SECONDS, PLACEHOLDER_NANOSECONDS };
	bool ours = st->st_uid == geteuid();

	if (futimens(fd, (struct timespec[]){ time, time }) < 0) {
		errno = errno == EPERM && !ours ? EAGAIN : errno;
		return -1;
	}
	/* There are file systems without modes. */
	fchmod(fd, S_ISDIR(st->st_mode) ? PLACEHOLDER_DIR_MODE : PLACEHOLDER_FILE_MODE);
	if (fstat(fd, st) < 0)
		return -1;
	if (st->st_mtim.tv_sec == PLACEHOLDER_SECONDS && !placeholder_is_marked(st) &&
	    placeholder_may_be(st)) {
		/* Its file system changes the time in a way of its own. */
		errno = ENOTSUP;
		return -1;
	}
	return 0;
}

/*
 * 0 = locked, marked, and still what the name leads to. -1 with errno: EAGAIN = start again.
 * `made` tells that it was made by us just now.
 */
static int settle(int parent, const char *name, int fd, bool made, struct stat *st)
{
	struct stat named;

	/* Where a file system has no locks its placeholders stay for ever: sweep_one(). */
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && (errno == EWOULDBLOCK || errno == EINTR)) {
		errno = EAGAIN;
		return -1;
	}
	if (fstat(fd, st) < 0)
		return -1;
	if (!placeholder_is_marked(st) &&
	    (placeholder_is_newborn(st) || (made && placeholder_may_be(st))) && mark(fd, st) < 0)
		return -1;
	if (fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) < 0 || named.st_ino != st->st_ino ||
	    named.st_dev != st->st_dev || !placeholder_is_marked(st)) {
		errno = EAGAIN;
		return -1;
	}
	return 0;
}

/* 0 with *fd and *directory; 1 = something else is there; -1 with errno. */
static int hold_name(int parent, const char *name, bool *directory, int *fd)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	for (;;) {
		_cleanup_close_ int opened = give_birth(parent, name, *directory);
		bool made = opened >= 0;
		struct stat st;

		if (!made && errno == EEXIST)
			opened = open_existing(parent, name);
		if (opened >= 0 && settle(parent, name, opened, made, &st) == 0) {
			*directory = S_ISDIR(st.st_mode);
			*fd = steal_fd(&opened);
			return 0;
		}
		if (errno == ESTALE)
			return 1;
		if (errno != EAGAIN)
			return -1;
		if (clock_mono_ms() > until) {
			errno = ETIMEDOUT;
			return -1;
		}
		pause_shortly();
	}
}

/* --- all names of a plan --- */

/*
 * Many names would use up the descriptors that the rest of the program may have, so the limit is
 * raised for a moment, and they get numbers beyond it. The commands that we start inherit the
 * limit as it was.
 */
static bool raise_limit(struct placeholders *held, struct rlimit *limit)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, limit) < 0 || limit->rlim_cur > INT_MAX ||
	    limit->rlim_cur >= limit->rlim_max)
		return false;
	raised = (struct rlimit){ limit->rlim_max, limit->rlim_max };
	held->lowest_fd = (int)limit->rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

static int move_up(const struct placeholders *held, int fd)
{
	int moved = held->lowest_fd ? fcntl(fd, F_DUPFD_CLOEXEC, held->lowest_fd) : -1;

	if (moved < 0)
		return fd;
	close(fd);
	return moved;
}

static int open_parent(struct placeholders *held, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd < 0)
		return -1;
	fd = move_up(held, fd);
	grow_array(held->parents, held->parent_count, held->parent_capacity);
	held->parents[held->parent_count++] = fd;
	return fd;
}

static const struct placeholder *find_held(const struct placeholders *held, int parent,
					   const char *name, const char *path)
{
	struct stat named, own;

	for (size_t i = 0; i < held->count; i++)
		if (strcmp(held->items[i].path, path) == 0 &&
		    fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		    fstat(held->items[i].item.fd, &own) == 0 && named.st_ino == own.st_ino &&
		    named.st_dev == own.st_dev)
			return &held->items[i];
	return NULL;
}

int placeholders_open_lifeline(struct placeholders *held, struct err *e)
{
	return pipe2(held->lifeline, O_CLOEXEC) < 0 ? err_errno(e, "making a pipe") : 0;
}

/* The process that cleans up after a crash; before there is anything to clean up. */
static int start_sweeper(struct placeholders *held, struct err *e)
{
	if (held->sweeper.socket >= 0)
		return 0;
	if (sweeper_start(&held->sweeper, e) < 0)
		return -1;
	if (held->init >= 0) {
		sweeper_wait_for(&held->sweeper, held->init);
		return 0;
	}
	if (held->lifeline[1] < 0 && placeholders_open_lifeline(held, e) < 0)
		return -1;
	sweeper_wait_for(&held->sweeper, held->lifeline[0]);
	close_fd(&held->lifeline[0]);
	return 0;
}

/* As placeholders_hold(), for one path. */
static int hold_path(struct placeholders *held, int parent, const char *path, bool *directory,
		     struct err *e)
{
	const char *name = strrchr(path, '/') + 1;
	const struct placeholder *known = find_held(held, parent, name, path);
	struct placeholder new = { .item = { .parent = parent, .fd = -1 } };
	unsigned number;
	int result;

	if (known) {
		*directory = known->directory;
		return 0;
	}
	if (strlen(name) >= sizeof(new.item.name))
		return err_set(e, "%s: the name is too long", path);
	strcpy(new.item.name, name);
	number = sweeper_announce(&held->sweeper, &new.item);
	result = hold_name(parent, name, directory, &new.item.fd);
	if (result > 0)
		return 1;
	if (result < 0)
		return errno == ETIMEDOUT
			       ? err_set(e, "%s: an unfinished or locked placeholder is there, and "
					    "stays: remove it", path)
			       : err_errno(e, "keeping %s from coming into being", path);
	new.item.fd = move_up(held, new.item.fd);
	new.path = xstrdup(path);
	new.directory = *directory;
	sweeper_hold(&held->sweeper, number, new.item.fd);
	grow_array(held->items, held->count, held->capacity);
	held->items[held->count++] = new;
	return 0;
}

static void set_type(struct mount_plan *plan, const char *path, bool directory)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct mount *mount = &plan->items[i];

		if ((mount->type == MOUNT_PLACEHOLDER_FILE ||
		     mount->type == MOUNT_PLACEHOLDER_DIR) &&
		    strcmp(mount->target, path) == 0)
			mount->type = directory ? MOUNT_PLACEHOLDER_DIR : MOUNT_PLACEHOLDER_FILE;
	}
}

static int hold_all(struct placeholders *held, struct mount_plan *plan, const char *within,
		    struct err *e)
{
	_cleanup_free_ char *at = NULL;
	int parent = -1;

	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];
		bool directory = mount->type == MOUNT_PLACEHOLDER_DIR;
		_cleanup_free_ char *above = NULL;
		int result;

		if (!mount->created_on_host || (within && !path_is_below(mount->target, within)))
			continue;
		if (start_sweeper(held, e) < 0)
			return -1;
		above = path_parent(mount->target);
		if (!at || strcmp(at, above) != 0) {
			free(at);
			at = steal_ptr(&above);
			parent = open_parent(held, at);
		}
		/* It was there a moment ago, and no link: the plan is no longer true. */
		if (parent < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
			return 1;
		if (parent < 0)
			return err_errno(e, "%s", at);
		result = hold_path(held, parent, mount->target, &directory, e);
		if (result != 0)
			return result;
		set_type(plan, mount->target, directory);
	}
	return 0;
}

int placeholders_hold(struct placeholders *held, struct mount_plan *plan, const char *within,
		      struct err *e)
{
	struct rlimit limit;
	size_t wanted = 0;
	bool beyond;
	int result;

	for (size_t i = 0; i < plan->count; i++)
		wanted += plan->items[i].created_on_host;
	beyond = wanted > FEW && raise_limit(held, &limit);
	result = hold_all(held, plan, within, e);
	if (beyond)
		setrlimit(RLIMIT_NOFILE, &limit);
	held->lowest_fd = 0;
	sweeper_flush(&held->sweeper);
	return result;
}

int placeholders_lifeline(const struct placeholders *held)
{
	return held->lifeline[1];
}

void placeholders_guard(struct placeholders *held, pid_t init)
{
	held->init = (int)syscall(SYS_pidfd_open, init, 0);
	if (held->init >= 0 && held->sweeper.socket >= 0)
		sweeper_wait_for(&held->sweeper, held->init);
}

void placeholders_release(struct placeholders *held)
{
	for (size_t i = held->count; i-- > 0;) {
		sweep_one(&held->items[i].item, false);
		close(held->items[i].item.fd);
		free(held->items[i].path);
	}
	for (size_t i = 0; i < held->parent_count; i++)
		close(held->parents[i]);
	free(held->items);
	free(held->parents);
	close_fd(&held->lifeline[0]);
	close_fd(&held->lifeline[1]);
	close_fd(&held->init);
	/* Only now: it has the same locks, so that we would not keep each other from removing what
	 * another run makes between the look and the removal. */
	sweeper_stop(&held->sweeper);
	*held = (struct placeholders)PLACEHOLDERS_NONE;
}
