/* SPDX-License-Identifier: MIT */
/*
 * How a refusal is told from a failure:
 *
 *   inside   the path is resolved in the sandbox's own tree (RESOLVE_IN_ROOT), symlinks and
 *            all. The mount it ends on says whether it is masked, and whether it is
 *            read-only. If it does not exist, its nearest existing ancestor does: on a mask,
 *            the name may be hidden.
 *   outside  the same path in the host's tree says what would happen without the sandbox:
 *            does it exist, do its modes allow it, is the host's own mount read-only?
 *
 * The sandbox refuses what fails inside and would not fail outside. The thread that calls
 * has no capability that overrides file modes, so that modes count as they do inside.
 */
#include "core/sandbox/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/mem.h"

#define SYMLINKS_MOST 8

struct intent intent_of_open(uint64_t flags)
{
	struct intent intent = { .effect = EFFECT_OPEN };

	intent.unnamed = (flags & O_TMPFILE) == O_TMPFILE;
	intent.create = !intent.unnamed && (flags & O_CREAT);
	intent.exclusive = intent.create && (flags & O_EXCL);
	intent.write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) || intent.unnamed;
	intent.no_follow = (flags & O_NOFOLLOW) || intent.exclusive;
	return intent;
}

static int open_inside(const struct inspector *inspector, const char *path, bool no_follow)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0),
				.resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, inspector->root, path, &how, sizeof(how));
}

static int open_outside(const char *path, bool no_follow)
{
	return open(path, O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0));
}

static bool path_of(int fd, char path[PATH_MAX])
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

/*
 * Root inside is not stopped by the modes of root's own files (launch_arguments()); this thread,
 * which gave that up, has to be told (capabilities(7), CAP_DAC_OVERRIDE).
 */
static bool is_overridden(int fd, int mode)
{
	struct stat st;

	return geteuid() == 0 && fstat(fd, &st) == 0 && st.st_uid == 0 && st.st_gid == getegid() &&
	       (!(mode & X_OK) || S_ISDIR(st.st_mode) || (st.st_mode & 0111));
}

static bool may(int fd, int mode)
{
	return syscall(SYS_faccessat2, fd, "", mode, AT_EMPTY_PATH | AT_EACCESS) == 0 ||
	       is_overridden(fd, mode);
}

static bool on_read_only_mount(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Splits "/a/b" into "/a" and "b". False if there is no last name that could be made or removed. */
static bool split(const char *path, char parent[PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t length;

	if (!slash || !slash[1] || strcmp(slash + 1, ".") == 0 || strcmp(slash + 1, "..") == 0)
		return false;
	length = slash == path ? 1 : (size_t)(slash - path);
	memcpy(parent, path, length);
	parent[length] = '\0';
	*name = slash + 1;
	return true;
}

static bool join(char out[PATH_MAX], const char *parent, const char *name)
{
	return snprintf(out, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "", name) < PATH_MAX;
}

/*
 * For a path that does not exist inside: the mask that its nearest existing ancestor lies
 * on, and in `outside` the path that the name would have on the host.
 */
static const struct mask *hiding_mask(const struct inspector *inspector, const char *path,
				      char outside[PATH_MAX])
{
	char ancestor[PATH_MAX], real[PATH_MAX];
	size_t length = strlen(path);

	memcpy(ancestor, path, length + 1);
	while (length > 1) {
		_cleanup_close_ int fd = -1;
		char *slash = strrchr(ancestor, '/');
		const struct mask *mask;

		/* What a ".." in a hidden part would mean, only the kernel could say. */
		if (!slash || strcmp(slash + 1, "..") == 0)
			return NULL;
		length = slash == ancestor ? 1 : (size_t)(slash - ancestor);
		ancestor[length] = '\0';
		fd = open_inside(inspector, ancestor, false);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return NULL;
		mask = masks_by_mount(inspector->masks, descriptor_mount_id(fd));
		if (!mask || !mask->is_directory || !path_of(fd, real) ||
		    !join(outside, real, path + length + (path[length] == '/')))
			return NULL;
		return mask;
	}
	return NULL;
}

static void refuse(struct finding *finding, enum access_kind kind, int error, const struct mask *mask)
{
	finding->outcome = OUTCOME_REFUSED;
	finding->kind = kind;
	finding->error = error;
	finding->mask = mask;
}

static void pass(struct finding *finding, enum access_kind kind)
{
	finding->outcome = OUTCOME_PLAIN;
	finding->kind = kind;
}

/* The object as the host has it: its real path, and whether the modes allow the access. */
static bool allowed_outside(struct finding *finding, const char *path, bool no_follow, int mode)
{
	_cleanup_close_ int fd = open_outside(path, no_follow);

	if (fd < 0 || !path_of(fd, finding->object) || !may(fd, mode))
		return false;
	finding->is_directory = is_directory(fd);
	return !(mode & W_OK) || !on_read_only_mount(fd);
}

static void inspect_reading(const struct inspector *inspector, const char *path, bool no_follow,
			    enum access_kind kind, struct finding *finding)
{
	_cleanup_close_ int fd = open_inside(inspector, path, no_follow);
	int mode = kind == ACCESS_EXEC ? X_OK : R_OK;
	const struct mask *mask;

	if (fd >= 0) {
		mask = masks_by_mount(inspector->masks, descriptor_mount_id(fd));
		if (!path_of(fd, finding->place))
			return;
		finding->outcome = OUTCOME_FAILS;
		if (!mask) {
			if (!may(fd, mode))
				return;
			pass(finding, kind);
			strcpy(finding->object, finding->place);
			return;
		}
		if (allowed_outside(finding, finding->place, true, mode))
			refuse(finding, kind, mask->is_directory ? 0 : EACCES, mask);
		return;
	}
	finding->outcome = OUTCOME_FAILS;
	if (errno != ENOENT)
		return;
	mask = hiding_mask(inspector, path, finding->place);
	if (mask && allowed_outside(finding, finding->place, no_follow, mode))
		refuse(finding, kind, ENOENT, mask);
}

/* A new name, or one taken away: what counts is the directory. `path` need not exist. */
static void inspect_directory_of(const struct inspector *inspector, const char *path,
				 struct finding *finding)
{
	char parent[PATH_MAX], outside[PATH_MAX];
	const char *name;
	const struct mask *mask;
	_cleanup_close_ int inside = -1;

	finding->outcome = OUTCOME_FAILS;
	if (!split(path, parent, &name))
		return;
	inside = open_inside(inspector, parent, false);
	if (inside < 0) {
		mask = errno == ENOENT ? hiding_mask(inspector, parent, outside) : NULL;
		if (!mask || !allowed_outside(finding, outside, false, W_OK | X_OK) ||
		    !join(finding->place, outside, name))
			return;
		refuse(finding, ACCESS_WRITE, ENOENT, mask);
	} else {
		if (!path_of(inside, outside) || !join(finding->place, outside, name))
			return;
		mask = masks_by_mount(inspector->masks, descriptor_mount_id(inside));
		if (!on_read_only_mount(inside)) {
			pass(finding, ACCESS_WRITE);
			finding->created = true;
			strcpy(finding->object, finding->place);
			if (!may(inside, W_OK | X_OK))
				finding->outcome = OUTCOME_FAILS;
			return;
		}
		if (!allowed_outside(finding, outside, false, W_OK | X_OK))
			return;
		refuse(finding, ACCESS_WRITE, EROFS, mask);
	}
	/* allowed_outside() wrote the directory's own path. */
	strcpy(parent, finding->object);
	if (!join(finding->object, parent, name))
		finding->outcome = OUTCOME_FAILS;
	finding->is_directory = false;
	finding->by_parent = true;
}

/* An existing object that is to be changed. */
static void inspect_changing(const struct inspector *inspector, int fd, const struct intent *intent,
			     struct finding *finding)
{
	const struct mask *mask = masks_by_mount(inspector->masks, descriptor_mount_id(fd));
	int mode = intent->effect == EFFECT_CHANGE && !intent->truncates ? F_OK : W_OK;
	struct stat st;

	finding->outcome = OUTCOME_FAILS;
	if (fstat(fd, &st) < 0 || !path_of(fd, finding->place))
		return;
	if (mode == F_OK && !mask && geteuid() != 0 && st.st_uid != geteuid())
		return;
	if (intent->effect == EFFECT_OPEN && !mask && !S_ISREG(st.st_mode)) {
		/* Devices, pipes and sockets can be written on a read-only mount. */
		if (!S_ISDIR(st.st_mode))
			finding->outcome = OUTCOME_UNKNOWN;
		return;
	}
	if (!mask && !on_read_only_mount(fd)) {
		if (mode != F_OK && !may(fd, mode))
			return;
		pass(finding, ACCESS_WRITE);
		strcpy(finding->object, finding->place);
		return;
	}
	if (!allowed_outside(finding, finding->place, true, mode))
		return;
	if (mode == F_OK) {
		_cleanup_close_ int outside = open_outside(finding->object, true);

		if (outside < 0 || on_read_only_mount(outside))
			return;
	}
	if (finding->is_directory && intent->effect == EFFECT_OPEN)
		return;
	refuse(finding, ACCESS_WRITE, mask && !mask->is_directory ? EACCES : EROFS, mask);
}

/* A dangling symlink: where a creation through it would land. */
static bool follow_dangling(const struct inspector *inspector, char path[PATH_MAX])
{
	char parent[PATH_MAX], target[PATH_MAX];
	const char *name;
	_cleanup_close_ int fd = open_inside(inspector, path, true);
	ssize_t length;

	if (fd < 0)
		return false;
	length = readlinkat(fd, "", target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	if (target[0] == '/') {
		strcpy(path, target);
		return true;
	}
	return split(path, parent, &name) && join(path, parent, target);
}

static void inspect_writing(const struct inspector *inspector, const char *path,
			    const struct intent *intent, struct finding *finding)
{
	char at[PATH_MAX];
	_cleanup_close_ int fd = open_inside(inspector, path, intent->no_follow);
	const struct mask *mask;

	if (fd >= 0 && intent->exclusive) {
		finding->outcome = OUTCOME_FAILS;
		return;
	}
	if (fd >= 0 && intent->effect == EFFECT_OPEN && !intent->write) {
		/* O_CREAT of what exists is an ordinary open. */
		inspect_reading(inspector, path, intent->no_follow, ACCESS_READ, finding);
		return;
	}
	if (fd >= 0) {
		inspect_changing(inspector, fd, intent, finding);
		return;
	}
	finding->outcome = OUTCOME_FAILS;
	if (errno != ENOENT)
		return;
	mask = hiding_mask(inspector, path, finding->place);
	if (mask) {
		_cleanup_close_ int outside = open_outside(finding->place, intent->no_follow);

		if (outside >= 0) {
			if (!intent->exclusive && !is_directory(outside) &&
			    allowed_outside(finding, finding->place, intent->no_follow, W_OK))
				refuse(finding, ACCESS_WRITE, ENOENT, mask);
			return;
		}
	}
	if (!intent->create)
		return;
	strcpy(at, path);
	for (int i = 0; i < SYMLINKS_MOST && !intent->no_follow; i++)
		if (!follow_dangling(inspector, at))
			break;
	inspect_directory_of(inspector, at, finding);
}

static void inspect_unnamed(const struct inspector *inspector, const char *path,
			    struct finding *finding)
{
	char inside[PATH_MAX];

	/* As if a file were made in it; what is shown and granted is the directory. */
	if (!join(inside, path, "x"))
		return;
	inspect_directory_of(inspector, inside, finding);
	if (finding->outcome != OUTCOME_REFUSED && finding->outcome != OUTCOME_PLAIN)
		return;
	*strrchr(finding->object, '/') = '\0';
	*strrchr(finding->place, '/') = '\0';
	finding->is_directory = true;
	finding->by_parent = false;
	finding->created = false;
}

static void inspect_removing(const struct inspector *inspector, const char *path,
			     struct finding *finding)
{
	_cleanup_close_ int fd = open_inside(inspector, path, true);

	finding->outcome = OUTCOME_FAILS;
	if (fd < 0) {
		_cleanup_close_ int outside = -1;

		if (errno != ENOENT || !hiding_mask(inspector, path, finding->place))
			return;
		outside = open_outside(finding->place, true);
		if (outside < 0)
			return;
	} else {
		char real[PATH_MAX];
		const struct mask *mask = masks_by_mount(inspector->masks, descriptor_mount_id(fd));

		/* A mount point is busy for everyone. */
		if (mask && path_of(fd, real) && strcmp(real, mask->target) == 0)
			return;
	}
	inspect_directory_of(inspector, path, finding);
	finding->created = false;
}

static void inspect_creating(const struct inspector *inspector, const char *path,
			     struct finding *finding)
{
	_cleanup_close_ int fd = open_inside(inspector, path, true);

	if (fd >= 0) {
		finding->outcome = OUTCOME_FAILS;
		return;
	}
	if (errno == ENOENT && hiding_mask(inspector, path, finding->place)) {
		_cleanup_close_ int outside = open_outside(finding->place, true);

		finding->outcome = OUTCOME_FAILS;
		if (outside >= 0)
			return;
	}
	inspect_directory_of(inspector, path, finding);
}

/* Trees of the kernel and of bwrap itself: nothing in them is masked, much of it per process. */
static bool is_special(const char *path)
{
	static const char *const trees[] = { "/proc", "/dev", "/sys" };

	for (size_t i = 0; i < ARRAY_LENGTH(trees); i++) {
		size_t length = strlen(trees[i]);

		if (strncmp(path, trees[i], length) == 0 && (!path[length] || path[length] == '/'))
			return true;
	}
	return false;
}

/* mkdir("a/") and the like: the last name counts, not the slashes behind it. */
static void trim(char out[PATH_MAX], const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	memcpy(out, path, length);
	out[length] = '\0';
}

void inspect_path(const struct inspector *inspector, const char *path, const struct intent *intent,
		  struct finding *finding)
{
	char trimmed[PATH_MAX];

	finding->outcome = OUTCOME_UNKNOWN;
	finding->mask = NULL;
	finding->error = 0;
	finding->by_parent = false;
	finding->created = false;
	finding->is_directory = false;
	if (is_special(path) || strlen(path) >= PATH_MAX)
		return;
	trim(trimmed, path);
	switch (intent->effect) {
	case EFFECT_OPEN:
		if (intent->unnamed)
			inspect_unnamed(inspector, trimmed, finding);
		else if (intent->write || intent->create)
			inspect_writing(inspector, trimmed, intent, finding);
		else
			inspect_reading(inspector, trimmed, intent->no_follow, ACCESS_READ, finding);
		break;
	case EFFECT_EXEC:
		inspect_reading(inspector, trimmed, false, ACCESS_EXEC, finding);
		break;
	case EFFECT_CREATE:
	case EFFECT_LINK:
		inspect_creating(inspector, trimmed, finding);
		break;
	case EFFECT_REMOVE:
	case EFFECT_RENAME:
		inspect_removing(inspector, trimmed, finding);
		break;
	case EFFECT_CHANGE:
		inspect_writing(inspector, trimmed, intent, finding);
		break;
	}
}
