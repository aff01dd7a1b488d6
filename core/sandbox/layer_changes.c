/* SPDX-License-Identifier: MIT */
/*
 * The layer's upper directories and the host's tree are walked side by side, by descriptors and
 * without following links. In an upper directory, as overlayfs has it: a character device 0:0 means
 * that the name is deleted; a directory with user.overlay.opaque shows nothing of the host's, nor does any
 * below it, marked or not; any other directory is merged with it; what else is there stands in place of
 * what the host has.
 */
#include "core/sandbox/layer_changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/layer.h"
#include "core/sandbox/layer_tree.h"
#include "core/sandbox/mounts.h"

#define CHANGES_MOST 200000
#define DEPTH_MOST 100
#define PERMISSIONS 0777

struct walk {
	struct layer_changes *changes;
	const char *upper, *root, *home;
	const struct strings *own;
	atomic_size_t *looked;
	struct err *e;
	bool hidden; /* below an opaque directory */
};

void layer_changes_free(struct layer_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->items[i].path);
		free(changes->items[i].upper);
		free(changes->items[i].target);
	}
	free(changes->items);
	*changes = (struct layer_changes){ 0 };
}

static enum layer_file_type type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return LAYER_FILE;
	case S_IFDIR:
		return LAYER_DIRECTORY;
	case S_IFLNK:
		return LAYER_LINK;
	default:
		return LAYER_OTHER;
	}
}

static const char *protected_why(const char *home, const struct strings *own, const char *path,
				 bool is_directory)
{
	if (sensitive_covers(home, path))
		return "a sensitive place";
	if (mandatory_covers(path, is_directory))
		return "other programs run or obey what is there";
	for (size_t i = 0; own && i < own->count; i++)
		if (path_is_below(path, own->items[i]))
			return "srt-top's own";
	return NULL;
}

static struct layer_change *add(struct walk *walk, enum layer_change_type type, const char *path,
				const struct stat *st)
{
	struct layer_changes *changes = walk->changes;
	struct layer_change *change;

	if (changes->count == CHANGES_MOST) {
		err_set(walk->e, "the layer holds more than %d changes", CHANGES_MOST);
		return NULL;
	}
	grow_array(changes->items, changes->count, changes->capacity);
	change = &changes->items[changes->count++];
	*change = (struct layer_change){ .change = type,
					 .type = type_of(st->st_mode),
					 .path = xstrdup(path),
					 .upper = xstrdup(walk->upper),
					 .root_length = strlen(walk->root),
					 .size = type != LAYER_DELETED && S_ISREG(st->st_mode) ? st->st_size : -1,
					 .was_size = -1,
					 .mode = st->st_mode & PERMISSIONS };
	change->refused = protected_why(walk->home, walk->own, path, S_ISDIR(st->st_mode));
	if (!change->refused && change->type == LAYER_OTHER)
		change->refused = type == LAYER_DELETED ? "neither file, directory nor link" :
							  "a pipe, socket or device";
	return change;
}

static char *read_link(int directory, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	return xstrdup(target);
}

static int open_file(int directory, const char *name)
{
	_cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? steal_fd(&fd) : -1;
}

static bool same_content(int left_directory, int right_directory, const char *name)
{
	_cleanup_close_ int left = open_file(left_directory, name);
	_cleanup_close_ int right = open_file(right_directory, name);
	_cleanup_free_ char *a = xmalloc(65536), *b = xmalloc(65536);

	while (left >= 0 && right >= 0) {
		ssize_t got = read(left, a, 65536), also = read(right, b, 65536);

		if (got < 0 || got != also || memcmp(a, b, (size_t)got) != 0)
			return false;
		if (got == 0)
			return true;
	}
	return false;
}

static bool is_same(int upper, const struct stat *now, int host, const struct stat *was, const char *name)
{
	_cleanup_free_ char *target = NULL, *before = NULL;

	if ((now->st_mode & S_IFMT) != (was->st_mode & S_IFMT))
		return false;
	if (S_ISREG(now->st_mode))
		return now->st_size == was->st_size &&
		       ((now->st_mode ^ was->st_mode) & PERMISSIONS) == 0 &&
		       same_content(upper, host, name);
	if (!S_ISLNK(now->st_mode))
		return false;
	target = read_link(upper, name);
	before = read_link(host, name);
	return target && before && strcmp(target, before) == 0;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

static bool is_opaque(int directory)
{
	char value[4];

	return fgetxattr(directory, "user.overlay.opaque", value, sizeof(value)) == 1 && value[0] == 'y';
}

/* Takes the descriptor. NULL where it cannot be listed. */
static DIR *list(int fd)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* What an opaque directory hides of the host's, and does not have itself. */
static int add_hidden(struct walk *walk, int upper, int host, const char *path)
{
	DIR *dir = list(openat(host, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int result = 0;

	while (dir && result == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *child = NULL;
		struct stat now, was;
		struct layer_change *change;

		if (is_dots(entry->d_name) ||
		    fstatat(upper, entry->d_name, &now, AT_SYMLINK_NOFOLLOW) == 0 ||
		    fstatat(host, entry->d_name, &was, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		child = path_join(path, entry->d_name);
		change = add(walk, LAYER_DELETED, child, &was);
		if (!change)
			result = -1;
		else if (S_ISREG(was.st_mode))
			change->was_size = was.st_size;
	}
	if (dir)
		closedir(dir);
	return result;
}

static int walk_directory(struct walk *walk, int upper, int host, const char *path, unsigned depth);

static int walk_into(struct walk *walk, int upper, int host, const char *name, const char *path,
		     const struct stat *now, const struct stat *was, unsigned depth)
{
	_cleanup_close_ int below = openat(upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int beside = -1;
	struct layer_change *change = NULL;
	bool was_hidden = walk->hidden;
	int result;

	if (!was || !S_ISDIR(was->st_mode)) {
		change = add(walk, was ? LAYER_CHANGED : LAYER_CREATED, path, now);
		if (!change)
			return -1;
		if (was && !change->refused)
			change->refused = "no directory is there now: remove that first";
	} else {
		beside = openat(host, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (below < 0 || depth == DEPTH_MOST || (was && S_ISDIR(was->st_mode) && beside < 0)) {
		change = change ? change : add(walk, LAYER_CHANGED, path, now);
		if (change && !change->refused)
			change->refused = depth == DEPTH_MOST ? "too deep" : "it cannot be read";
		return change ? 0 : -1;
	}
	walk->hidden = was_hidden || is_opaque(below);
	result = beside >= 0 && walk->hidden ? add_hidden(walk, below, beside, path) : 0;
	if (result == 0)
		result = walk_directory(walk, below, beside, path, depth + 1);
	walk->hidden = was_hidden;
	return result;
}

static int walk_entry(struct walk *walk, int upper, int host, const char *name, const char *path,
		      unsigned depth)
{
	struct stat now, was;
	bool is_there = host >= 0 && fstatat(host, name, &was, AT_SYMLINK_NOFOLLOW) == 0;
	struct layer_change *change;

	if (walk->looked)
		atomic_fetch_add_explicit(walk->looked, 1, memory_order_relaxed);
	if (fstatat(upper, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (is_whiteout(&now)) {
		if (!is_there)
			return 0;
		change = add(walk, LAYER_DELETED, path, &was);
	} else if (S_ISDIR(now.st_mode)) {
		return walk_into(walk, upper, host, name, path, &now, is_there ? &was : NULL, depth);
	} else {
		if (is_there && is_same(upper, &now, host, &was, name))
			return 0;
		change = add(walk, is_there ? LAYER_CHANGED : LAYER_CREATED, path, &now);
		if (change && change->type == LAYER_LINK)
			change->target = read_link(upper, name);
		if (change && is_there && S_ISDIR(was.st_mode) && !change->refused)
			change->refused = "a directory is there now: remove that first";
	}
	if (change && is_there && S_ISREG(was.st_mode))
		change->was_size = was.st_size;
	return change ? 0 : -1;
}

/* `host` -1: the host has no such directory. */
static int walk_directory(struct walk *walk, int upper, int host, const char *path, unsigned depth)
{
	DIR *dir = list(openat(upper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int result = 0;

	if (!dir)
		return err_errno(walk->e, "reading the layer of %s", walk->root);
	while (result == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *child = NULL;

		if (is_dots(entry->d_name))
			continue;
		child = path_join(path, entry->d_name);
		result = walk_entry(walk, upper, host, entry->d_name, child, depth);
	}
	closedir(dir);
	return result;
}

/* "/" sorts before all else, so that a directory comes right before what is in it. */
int layer_change_compare(const struct layer_change *a, const struct layer_change *b)
{
	const unsigned char *x = (const unsigned char *)a->path, *y = (const unsigned char *)b->path;

	for (; *x && *x == *y; x++)
		y++;
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

static int compare_changes(const void *left, const void *right)
{
	return layer_change_compare(left, right);
}

int layer_changes_read(struct layer_changes *changes, const char *directory, const char *home,
		       const struct strings *own, atomic_size_t *looked, struct err *e)
{
	_cleanup_strings_ struct strings roots = STRINGS_EMPTY;

	*changes = (struct layer_changes){ 0 };
	if (layer_list_roots(directory, &roots, e) < 0)
		return -1;
	for (size_t i = 0; i < roots.count; i++) {
		_cleanup_free_ char *name = layer_encode(roots.items[i]);
		_cleanup_free_ char *path = xasprintf("%s/%s/upper", directory, name);
		_cleanup_close_ int upper = layer_open_exactly(path);
		_cleanup_close_ int host = layer_open_exactly(roots.items[i]);
		struct walk walk = { changes, path, roots.items[i], home, own, looked, e, false };

		if (upper < 0 && errno == ENOENT)
			continue;
		if (upper < 0)
			return err_errno(e, "%s", path);
		if (host < 0)
			return err_set(e, "%s is no directory any more, or leads through a link", roots.items[i]);
		if (walk_directory(&walk, upper, host, roots.items[i], 0) < 0)
			return -1;
	}
	if (changes->count)
		qsort(changes->items, changes->count, sizeof(*changes->items), compare_changes);
	return 0;
}
