/* SPDX-License-Identifier: MIT */
#include "core/sandbox/resolve_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox/path_text.h"
#include "core/sandbox/proc_path.h"

int inspector_open(const struct inspector *inspector, const char *path, bool no_follow)
{
	return object_open_at(inspector->root, path, no_follow, RESOLVE_IN_ROOT);
}

const struct mask *inspector_mask(const struct inspector *inspector, const struct object *object)
{
	return masks_by_mount(inspector->masks,
			      object->info.stx_mask & STATX_MNT_ID ? object->info.stx_mnt_id : 0);
}

/*
 * /proc/self/cwd/x and the like: the link is replaced by what it leads to for the caller. A
 * process's number is one of the sandbox's own, and its links are read in its own tree.
 */
static enum proc_path enter_proc(const struct inspector *inspector, pid_t pid, bool no_follow,
				 char path[PATH_MAX])
{
	char text[96], target[PATH_MAX];
	struct proc_link link;
	enum proc_path kind = proc_path_parse(path, no_follow, &link);
	ssize_t length;

	if (kind != PROC_LINK)
		return kind;
	if (link.who[0]) {
		snprintf(text, sizeof(text), "proc/%s/%s", link.who, link.what);
		length = readlinkat(inspector->root, text, target, sizeof(target) - 1);
	} else {
		snprintf(text, sizeof(text), "/proc/%d/%s", pid, link.what);
		length = readlink(text, target, sizeof(target) - 1);
	}
	/* A pipe, a socket, or gone. */
	if (length <= 0 || target[0] != '/')
		return PROC_OTHER;
	target[length] = '\0';
	/* "/" and "/x" make "//x": the kernel does not mind. */
	return path_text_replace_start(path, link.used, target) ? PROC_LINK : PROC_OTHER;
}

void resolved_close(struct resolved *resolved)
{
	close_fd(&resolved->object.fd);
}

/*
 * True where `path` ends on what is there; it may have symlinks in it then. Where it is not, *straight
 * tells that there is none in what is there of it.
 */
static bool find(const struct inspector *inspector, const char *path, bool no_follow, bool *straight,
		 struct resolved *r)
{
	bool normal = path_text_is_normal(path);

	*straight = false;
	/* Most paths have no symlink in them: then the text is the object's own path. */
	r->object.fd = normal ? object_open_at(inspector->root, path, no_follow,
					       RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS)
			      : -1;
	if (r->object.fd < 0 && normal && errno != ELOOP) {
		*straight = errno == ENOENT;
		return false;
	}
	if (r->object.fd >= 0) {
		strcpy(r->path, path);
	} else {
		r->object.fd = inspector_open(inspector, path, no_follow);
		if (r->object.fd < 0)
			return false;
		if (!descriptor_path(r->object.fd, r->path)) {
			close_fd(&r->object.fd);
			return false;
		}
	}
	return object_look(&r->object);
}

/*
 * What `path` is that does not exist: true where it goes on behind a symlink, which was put into
 * `path`; else r says it.
 */
static bool follow_gap(const struct inspector *inspector, char path[PATH_MAX], struct resolved *r)
{
	char ancestor[PATH_MAX], next[PATH_MAX];
	size_t length = strlen(path);

	memcpy(ancestor, path, length + 1);
	for (;;) {
		_cleanup_object_ struct object above = OBJECT_NONE, link = OBJECT_NONE;
		const char *name;
		size_t name_length;
		bool missing;
		char *slash = strrchr(ancestor, '/');

		if (!slash || length <= 1)
			return false;
		length = slash == ancestor ? 1 : (size_t)(slash - ancestor);
		ancestor[length] = '\0';
		above.fd = inspector_open(inspector, ancestor, false);
		if (above.fd < 0 && (errno == ENOENT || errno == ELOOP))
			continue;
		if (!object_look(&above) || !object_is_directory(&above) ||
		    !descriptor_path(above.fd, r->path))
			return false;
		name = path + length;
		name += strspn(name, "/");
		name_length = strcspn(name, "/");
		snprintf(next, sizeof(next), "%.*s", (int)name_length, name);
		link.fd = openat(above.fd, next, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		missing = link.fd < 0 && errno == ENOENT;
		if (object_look(&link) && object_is_link(&link)) {
			char target[PATH_MAX];
			ssize_t got = readlinkat(link.fd, "", target, sizeof(target) - 1);

			if (got <= 0)
				return false;
			target[got] = '\0';
			if (target[0] != '/') {
				if (!path_text_join(next, r->path, target))
					return false;
				strcpy(target, next);
			}
			return path_text_replace_start(path, (size_t)(name + name_length - path),
						       target);
		}
		if (path_text_is_special(r->path))
			return false;
		r->mask = inspector_mask(inspector, &above);
		r->place = r->mask && r->mask->is_directory ? PLACE_HIDDEN : PLACE_MISSING;
		r->last_missing = name[name_length + strspn(name + name_length, "/")] == '\0';
		strcpy(next, r->path);
		if (!path_text_join(r->path, next, name))
			r->place = PLACE_OTHER;
		r->missing = missing ? strlen(r->path) - strlen(name) + name_length : 0;
		return false;
	}
}

/*
 * The same of a path without symlinks where no program inside can change anything, and nothing is
 * hidden: what is not there is found by its text.
 */
static bool find_fixed_gap(const struct inspector *inspector, const char *path, struct resolved *r)
{
	char above[PATH_MAX];
	size_t length = strlen(path);
	struct statx info;

	if (!inspector->known || !plan_tree_is_fixed(inspector->masks->tree, path))
		return false;
	memcpy(above, path, length + 1);
	for (;;) {
		size_t parent = path_text_parent_length(above);

		above[parent] = '\0';
		if (parent == 1 || statx(inspector->root, above + 1, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
					 STATX_TYPE, &info) == 0)
			break;
		if (errno != ENOENT)
			return false;
		length = parent;
	}
	if (above[1] && !S_ISDIR(info.stx_mode))
		return false;
	strcpy(r->path, path);
	r->place = PLACE_MISSING;
	r->missing = length;
	r->last_missing = !path[length];
	return true;
}

void resolve_inside(const struct inspector *inspector, pid_t pid, const char *given, bool no_follow,
		    struct resolved *r)
{
	char path[PATH_MAX];

	r->place = PLACE_OTHER;
	r->object.fd = -1;
	r->mask = NULL;
	r->missing = 0;
	strcpy(path, given);
	for (int links = 0; links < LINKS_MOST; links++) {
		enum proc_path proc = enter_proc(inspector, pid, no_follow, path);
		bool straight;

		if (proc == PROC_LINK)
			continue;
		if (proc == PROC_OTHER)
			return;
		if (find(inspector, path, no_follow, &straight, r)) {
			if (path_text_is_special(r->path) &&
			    !inspector_mask(inspector, &r->object)) {
				object_close(&r->object);
				return;
			}
			r->place = PLACE_FOUND;
			r->mask = inspector_mask(inspector, &r->object);
			return;
		}
		if (errno != ENOENT && errno != ELOOP)
			return;
		if ((straight && find_fixed_gap(inspector, path, r)) || !follow_gap(inspector, path, r))
			return;
	}
}
