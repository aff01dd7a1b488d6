/* SPDX-License-Identifier: MIT */
/*
 * One grant: the pinned object appears at its place inside the running sandbox.
 *
 * A child process does it, since setns(CLONE_NEWNS) wants an fs_struct of its own:
 *   1. clone the pinned object as a detached tree, in the broker's copy of the host's
 *      mounts, nosuid, nodev, read-only unless writing was granted, and private;
 *   2. what must stay hidden or protected below it is mounted on top of it first, in a
 *      mount namespace that only this child has: the sandbox never sees the tree bare;
 *   3. join the sandbox's mount namespace and move the finished tree to its place, the
 *      target found without following symlinks. Pins go there before it, and end up beneath:
 *      a mount point cannot be renamed or removed, whatever lies over it.
 *
 * A process keeps to the mount that its working directory was found on, so a tree that is
 * moved over that changes nothing for it. The working directory of the start is a mount of
 * its own for this reason: it is covered first, and then turns writable in place.
 *
 * A place below a masked directory does not exist there: it is made on the mask's own
 * tmpfs, through a private writable clone of that mount that nobody inside ever has.
 *
 * A grant is taken back through descriptors of the mounts that it made, wherever they are by
 * now and whatever lies over them. A mount with others in it is never unmounted: the kernel would
 * take them apart, and a process that stands in it would see bare what they hide. It is covered.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/apart.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/broker_protocol.h"
#include "core/sandbox/masks.h"
#include "core/sandbox/mount_calls.h"

/* Where the child puts the tree together: hides something of its own namespace only. */
#define STAGE "/proc"

static int clone_tree(int fd, bool writable)
{
	_cleanup_close_ int tree = sys_open_tree(fd, "", TREE_CLONE);
	uint64_t set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (writable ? 0 : MOUNT_ATTR_RDONLY);

	if (tree < 0 || sys_mount_setattr(tree, AT_RECURSIVE, set, 0, MS_PRIVATE) < 0)
		return -1;
	return steal_fd(&tree);
}

/* An empty directory, of the kind that the session's masks are. */
static int make_mask(const struct grant_order *order)
{
	_cleanup_close_ int context = -1;

	if (order->mask_place)
		return broker_make_mask(order->mask_place);
	context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (context < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* A tree while things are put on it. */
struct stage {
	const struct grant_order *order;
	const char *root; /* where it is for now, in place of `replaces` */
	const char *replaces;
	const char *within; /* what is put on it lies at or below this */
	uint64_t *masks; /* mount ids of the masks that were put on it */
	size_t mask_count, mask_capacity;
};

static bool on_own_mask(const struct stage *stage, int fd)
{
	uint64_t id = descriptor_mount_id(fd);

	for (size_t i = 0; id && i < stage->mask_count; i++)
		if (stage->masks[i] == id)
			return true;
	return false;
}

static char *staged_path(const struct stage *stage, const char *path)
{
	const char *replaces = stage->replaces;

	return xasprintf("%s%s", stage->root, path + (strcmp(replaces, "/") ? strlen(replaces) : 0));
}

/* Makes the last name of `path` in its directory, which has to exist. */
static int make_name(const char *path, bool directory)
{
	int made;

	if (directory)
		return mkdir(path, 0755);
	made = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
	if (made < 0)
		return -1;
	close(made);
	return 0;
}

/*
 * Opens the staged place of an item. Where it is missing it is made, but only on a mask of
 * our own (the tmpfs has no names yet).
 */
static int open_staged(const struct stage *stage, const struct grant_item *item, bool directory)
{
	_cleanup_free_ char *path = staged_path(stage, item->target);
	int fd = open_exactly_at(AT_FDCWD, path, 0);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	for (char *slash = strchr(path + strlen(stage->root) + 1, '/');; slash = strchr(slash + 1, '/')) {
		_cleanup_close_ int parent = -1;
		char *cut = slash ? slash : path + strlen(path);
		char kept = *cut, *last;

		*cut = '\0';
		if (access(path, F_OK) < 0) {
			last = strrchr(path, '/');
			*last = '\0';
			parent = open_exactly_at(AT_FDCWD, path, O_DIRECTORY);
			*last = '/';
			if (parent < 0)
				return -1;
			if (!on_own_mask(stage, parent)) {
				errno = ENOENT;
				return -1;
			}
			if (make_name(path, slash || directory) < 0)
				return -1;
		}
		*cut = kept;
		if (!slash)
			return open_exactly_at(AT_FDCWD, path, 0);
	}
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What to put over one place below the grant. Sources are host paths without symlinks. */
static int make_cover(const struct grant_order *order, const struct grant_item *item)
{
	_cleanup_close_ int source = -1;

	switch (item->type) {
	case MOUNT_MASK_DIR:
	case MOUNT_PLACEHOLDER_DIR:
		return make_mask(order);
	case MOUNT_MASK_FILE:
	case MOUNT_PLACEHOLDER_FILE:
		source = open_exactly_at(AT_FDCWD, "/dev/null", 0);
		return source < 0 ? -1 : clone_tree(source, false);
	case MOUNT_FAKE_FILE:
		source = open_exactly_at(AT_FDCWD, item->source, 0);
		/* Without it the real file would come bare: unlike other things, it has to be there. */
		if (source < 0)
			errno = ESTALE;
		return source < 0 ? -1 : clone_tree(source, false);
	case MOUNT_BIND:
	case MOUNT_RO_BIND:
		source = open_exactly_at(AT_FDCWD, item->source, 0);
		return source < 0 ? -1 : clone_tree(source, item->type == MOUNT_BIND);
	}
	errno = EINVAL;
	return -1;
}

static bool is_placeholder(const struct grant_item *item)
{
	return item->type == MOUNT_PLACEHOLDER_DIR || item->type == MOUNT_PLACEHOLDER_FILE;
}

static int attach_cover(struct stage *stage, const struct grant_item *item, int cover)
{
	_cleanup_close_ int place = open_staged(stage, item, is_directory(cover));

	/* What is gone needs no protection, but a placeholder is there so that nothing else is. */
	if (place < 0)
		return errno == ENOENT && !is_placeholder(item) ? 0 : -1;
	if (attach(cover, place) < 0)
		return -1;
	if (item->type == MOUNT_MASK_DIR) {
		grow_array(stage->masks, stage->mask_count, stage->mask_capacity);
		stage->masks[stage->mask_count++] = descriptor_mount_id(cover);
	}
	return 0;
}

static int cover_one(struct stage *stage, const struct grant_item *item)
{
	_cleanup_close_ int cover = make_cover(stage->order, item);

	/* What is gone from the host needs no protection; all else fails the grant. */
	if (cover < 0)
		return errno == ENOENT ? 0 : -1;
	return attach_cover(stage, item, cover);
}

/* Masks were writable while places were made on them: close them now. */
static int close_masks(const struct stage *stage)
{
	for (size_t i = 0; i < stage->order->below_count; i++) {
		const struct grant_item *item = &stage->order->below[i];
		_cleanup_free_ char *path = NULL;
		_cleanup_close_ int fd = -1;

		if (item->type != MOUNT_MASK_DIR && item->type != MOUNT_PLACEHOLDER_DIR)
			continue;
		if (!path_is_below(item->target, stage->within))
			continue;
		path = staged_path(stage, item->target);
		fd = open_exactly_at(AT_FDCWD, path, 0);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || sys_mount_setattr(fd, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
			return -1;
	}
	return 0;
}

/* Replaces *tree by one that has everything in `below` on it. */
static int cover_tree(int *tree, const struct grant_order *order, bool is_mask, const char **step)
{
	struct stage stage = { .order = order,
			       .root = STAGE,
			       .replaces = order->target,
			       .within = order->target };
	_cleanup_close_ int place = -1, top = -1;

	*step = "making a private mount namespace";
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	*step = "staging the tree";
	place = open_exactly_at(AT_FDCWD, STAGE, O_DIRECTORY);
	if (place < 0 || attach(*tree, place) < 0)
		return -1;
	if (is_mask) {
		grow_array(stage.masks, stage.mask_count, stage.mask_capacity);
		stage.masks[stage.mask_count++] = descriptor_mount_id(*tree);
	}
	*step = "protecting what lies below";
	for (size_t i = 0; i < order->below_count; i++)
		if (order->below[i].type != GRANT_PIN && cover_one(&stage, &order->below[i]) < 0)
			return -1;
	if (close_masks(&stage) < 0)
		return -1;
	free(stage.masks);
	*step = "cloning the staged tree";
	top = open_exactly_at(AT_FDCWD, STAGE, O_DIRECTORY);
	close_fd(tree);
	*tree = top < 0 ? -1 : sys_open_tree(top, "", TREE_CLONE);
	return *tree < 0 ? -1 : 0;
}

static bool is_of_masks(const struct statfs *fs)
{
	return fs->f_type == TMPFS_MAGIC || fs->f_type == FUSE_SUPER_MAGIC;
}

/*
 * Makes the missing place below a mask, inside the sandbox's mount namespace. The part that
 * exists has to lie on the mask's very mount, which has to be what masks are of.
 */
static int make_place(const char *mask, const char *target, bool directory)
{
	_cleanup_free_ char *path = xstrdup(target);
	_cleanup_close_ int mask_fd = open_exactly_at(AT_FDCWD, mask, O_DIRECTORY);
	_cleanup_close_ int at = -1;
	struct statfs fs;
	char *rest = path + strlen(mask);

	if (mask_fd < 0 || fstatfs(mask_fd, &fs) < 0)
		return -1;
	if (!is_of_masks(&fs) || !path_is_below(target, mask) || *rest != '/') {
		errno = EXDEV;
		return -1;
	}
	at = sys_open_tree(mask_fd, "", TREE_CLONE);
	if (at < 0 || sys_mount_setattr(at, 0, 0, MOUNT_ATTR_RDONLY, 0) < 0)
		return -1;
	for (char *name = rest + 1, *slash; (slash = strchr(name, '/')); name = slash + 1) {
		int next;

		*slash = '\0';
		if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
			return -1;
		next = open_exactly_at(at, name, O_DIRECTORY);
		if (next < 0)
			return -1;
		if (descriptor_mount_id(next) != descriptor_mount_id(at)) {
			close(next);
			errno = EXDEV;
			return -1;
		}
		close(at);
		at = next;
		rest = slash;
	}
	rest = strrchr(target, '/') + 1 - target + path;
	if (directory)
		return mkdirat(at, rest, 0755);
	at = openat(at, rest, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);
	return at < 0 ? -1 : 0;
}

static int open_target(const struct grant_order *order, bool directory)
{
	int fd = open_exactly_at(AT_FDCWD, order->target, 0);

	if (fd >= 0 || errno != ENOENT || !*order->mask)
		return fd;
	if (make_place(order->mask, order->target, directory) < 0)
		return -1;
	return open_exactly_at(AT_FDCWD, order->target, 0);
}

/* Detached mounts made in the host's tree, for places inside: fds[i] belongs to below[i]. */
static int prepare_inside(const struct grant_order *order, int *fds)
{
	for (size_t i = 0; i < order->below_count; i++) {
		const struct grant_item *item = &order->below[i];
		bool covered = *order->in_place && path_is_below(item->target, order->in_place);

		fds[i] = -1;
		if (item->type == GRANT_PIN && strcmp(item->target, order->in_place) == 0)
			continue;
		if (item->type == GRANT_PIN) {
			_cleanup_close_ int source = open_exactly_at(AT_FDCWD, item->target, 0);

			/* Where nothing comes to lie over it, a pin has to be as writable as the rest. */
			fds[i] = source < 0 ? -1 : clone_tree(source, covered);
		} else if (covered) {
			fds[i] = make_cover(order, item);
		} else {
			continue;
		}
		if (fds[i] < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

/* What lies below the place already, as seen inside. */
static int attach_inside(const struct grant_order *order, int *fds, int *turned, const char **step)
{
	struct stage stage = { .order = order,
			       .root = "",
			       .replaces = "/",
			       .within = order->in_place };
	_cleanup_close_ int place = -1;
	struct statx info;

	*step = "protecting what lies below";
	for (size_t i = 0; i < order->below_count; i++)
		if (fds[i] >= 0 && attach_cover(&stage, &order->below[i], fds[i]) < 0)
			return -1;
	if (!*order->in_place)
		return 0;
	if (close_masks(&stage) < 0)
		return -1;
	free(stage.masks);
	*step = "making the working directory writable";
	place = open_exactly_at(AT_FDCWD, order->in_place, O_DIRECTORY);
	if (place < 0 || statx(place, "", AT_EMPTY_PATH, 0, &info) < 0)
		return -1;
	if (!(info.stx_attributes & STATX_ATTR_MOUNT_ROOT)) {
		/* Never the mount that everything else is on. */
		errno = EXDEV;
		return -1;
	}
	if (sys_mount_setattr(place, 0, 0, MOUNT_ATTR_RDONLY, 0) < 0)
		return -1;
	*turned = steal_fd(&place);
	return 0;
}

static int carry_out(int pinned, int sandbox, bool writable, const struct grant_order *order,
		     struct grant_mounts *mounts, const char **step)
{
	_cleanup_close_ int tree = -1, target = -1;
	_cleanup_free_ int *inside = xmalloc((order->below_count + 1) * sizeof(*inside));
	bool whole = strcmp(order->target, order->in_place) != 0;
	bool directory = is_directory(pinned);

	*step = "preparing what lies below";
	if (prepare_inside(order, inside) < 0)
		return -1;
	*step = "cloning the object";
	tree = clone_tree(pinned, writable);
	if (tree < 0)
		return -1;
	if (whole && order->below_count && cover_tree(&tree, order, false, step) < 0)
		return -1;
	*step = "joining the sandbox's mount namespace";
	if (setns(sandbox, CLONE_NEWNS) < 0)
		return -1;
	if (attach_inside(order, inside, &mounts->place, step) < 0)
		return -1;
	if (!whole)
		return 0;
	*step = "finding the place inside the sandbox";
	target = open_target(order, directory);
	if (target < 0)
		return -1;
	*step = "mounting inside the sandbox";
	if (attach(tree, target) < 0)
		return -1;
	mounts->tree = steal_fd(&tree);
	return 0;
}

/* --- taking back --- */

/* Descriptors of the host's /proc/self, to be used in the sandbox's mount namespace. */
struct self {
	int fds, directory;
};

/* Whether anything is mounted on or in this mount of the namespace we are in. -1: not known. */
static int has_mounts(const struct self *self, uint64_t id)
{
	_cleanup_close_ int fd = openat(self->directory, "mountinfo", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *line = NULL;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	size_t capacity = 0;
	int found = 0;

	if (!file)
		return -1;
	fd = -1;
	while (!found && getline(&line, &capacity, file) > 0) {
		unsigned long long parent;

		/* proc_pid_mountinfo(5): id, parent's id, … */
		found = sscanf(line, "%*u %llu", &parent) == 1 && parent == id;
	}
	fclose(file);
	return found;
}

/* By its descriptor: the mount itself, wherever it is and whatever lies over it. */
static int unmount(const struct self *self, int mount)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", mount);
	if (fchdir(self->fds) < 0)
		return -1;
	/* EINVAL: it is not in the namespace any more, gone with one that it lay on. */
	return syscall(SYS_umount2, name, MNT_DETACH) < 0 && errno != EINVAL ? -1 : 0;
}

/* The file or directory that a place was made of goes again, and what is empty then above it. */
static void remove_place(const char *mask, const char *target)
{
	_cleanup_free_ char *path = xstrdup(target + strlen(mask) + 1);
	_cleanup_close_ int mask_fd = open_exactly_at(AT_FDCWD, mask, O_DIRECTORY);
	_cleanup_close_ int root = -1;
	struct statfs fs;
	struct stat st;

	if (mask_fd < 0 || fstatfs(mask_fd, &fs) < 0 || !is_of_masks(&fs))
		return;
	root = sys_open_tree(mask_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (root < 0)
		/* Locked mounts lie on it: they come along. */
		root = sys_open_tree(mask_fd, "", TREE_CLONE);
	if (root < 0 || sys_mount_setattr(root, 0, 0, MOUNT_ATTR_RDONLY, 0) < 0 ||
	    fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || (S_ISREG(st.st_mode) && st.st_size))
		return;
	while (unlinkat(root, path, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0) {
		char *slash = strrchr(path, '/');

		if (!slash)
			return;
		*slash = '\0';
		st.st_mode = S_IFDIR;
	}
}

/* What is to be seen in the place from now on. */
static int make_replacement(int pinned, bool hidden, const struct grant_order *order, const char **step)
{
	_cleanup_close_ int tree = -1;

	*step = "cloning the object";
	tree = hidden ? make_mask(order) : clone_tree(pinned, false);
	if (tree < 0)
		return -1;
	if (order->below_count && cover_tree(&tree, order, hidden, step) < 0)
		return -1;
	*step = "closing the place";
	if (hidden && sys_mount_setattr(tree, 0, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return -1;
	return steal_fd(&tree);
}

/* One mount of the grant. `writable`: it was. */
static int take_back(const struct self *self, int mount, bool writable, bool hidden, bool detach,
		     int replacement, bool *covered)
{
	/* Who stands in it loses it at once; who writes to it now keeps the whole mount from it. */
	bool closed = !writable || sys_mount_setattr(mount, 0, MOUNT_ATTR_RDONLY, 0, 0) == 0;
	int mounts = has_mounts(self, descriptor_mount_id(mount));
	struct stat st;

	/* A file has nothing in it that could come bare. A grant that lies on it goes along, and is
	 * made anew when it is needed: its rule is still there. */
	if (fstat(mount, &st) == 0 && !S_ISDIR(st.st_mode))
		mounts = 0;
	if (detach && mounts == 0)
		return unmount(self, mount);
	/* It was a place of its own before: read-only is what it was. */
	if (!detach && closed && !hidden)
		return 0;
	*covered = true;
	if (attach(replacement, mount) < 0)
		return errno == EINVAL ? 0 : -1;
	return 0;
}

static int carry_back(int pinned, int sandbox, const struct grant_mounts *mounts, bool writable,
		      bool hidden, const struct grant_order *order, bool *covered, const char **step)
{
	_cleanup_close_ int tree = -1, place = -1;
	struct self self = { .fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC),
			     .directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC) };

	*step = "opening /proc";
	if (self.fds < 0 || self.directory < 0)
		return -1;
	/* A file is unmounted in any case, and then nothing has to be put in its place. */
	if (is_directory(pinned)) {
		tree = make_replacement(pinned, hidden, order, step);
		if (tree < 0)
			return -1;
		place = sys_open_tree(tree, "", TREE_CLONE);
	}
	*step = "joining the sandbox's mount namespace";
	if (setns(sandbox, CLONE_NEWNS) < 0)
		return -1;
	*step = "taking the mount back";
	if (mounts->place >= 0 &&
	    take_back(&self, mounts->place, true, hidden, false, place, covered) < 0)
		return -1;
	if (mounts->tree >= 0 &&
	    take_back(&self, mounts->tree, writable, hidden, true, tree, covered) < 0)
		return -1;
	if (!*covered && *order->mask && path_is_strictly_below(order->target, order->mask))
		remove_place(order->mask, order->target);
	return 0;
}

/* --- in a process of its own --- */

struct grant_work {
	int pinned, sandbox;
	bool writable, hidden;
	const struct grant_order *order;
	const struct grant_mounts *mounts; /* to be taken back */
};

static void grant_apart(void *arg, struct apart *result)
{
	const struct grant_work *work = arg;
	struct grant_mounts mounts = { -1, -1 };
	const char *step = "";
	int status = carry_out(work->pinned, work->sandbox, work->writable, work->order, &mounts, &step);

	apart_end(result, status, step);
	if (result->error)
		return;
	/* The one that is always last, if there is one. */
	result->flag = mounts.place >= 0;
	if (mounts.tree >= 0)
		result->fds[result->fd_count++] = mounts.tree;
	if (mounts.place >= 0)
		result->fds[result->fd_count++] = mounts.place;
}

int broker_do_grant(int pinned, int sandbox, bool writable, const struct grant_order *order,
		    struct grant_mounts *mounts, char step[64])
{
	struct grant_work work = { .pinned = pinned, .sandbox = sandbox, .writable = writable, .order = order };
	struct apart result;

	*mounts = (struct grant_mounts){ -1, -1 };
	run_apart(grant_apart, &work, &result);
	if (result.fd_count && result.flag)
		mounts->place = result.fds[--result.fd_count];
	if (result.fd_count)
		mounts->tree = result.fds[0];
	memcpy(step, result.step, 64);
	return result.error;
}

static void revoke_apart(void *arg, struct apart *result)
{
	const struct grant_work *work = arg;
	const char *step = "";
	int status = carry_back(work->pinned, work->sandbox, work->mounts, work->writable, work->hidden,
				work->order, &result->flag, &step);

	apart_end(result, status, step);
}

int broker_do_revoke(int pinned, int sandbox, const struct grant_mounts *mounts, bool writable,
		     bool hidden, const struct grant_order *order, bool *covered, char step[64])
{
	struct grant_work work = { pinned, sandbox, writable, hidden, order, mounts };
	struct apart result;

	run_apart(revoke_apart, &work, &result);
	memcpy(step, result.step, 64);
	*covered = result.flag;
	return result.error;
}
