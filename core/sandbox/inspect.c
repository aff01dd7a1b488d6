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
 *
 * What no program inside can change is remembered (known_places.h), so that most calls cost one look,
 * or none.
 *
 * Two things the kernel cannot do for us: "/proc/self" and its links mean another process here, so
 * they are replaced by what they lead to for the caller; and a symlink that leads nowhere
 * inside may lead to what is hidden, so it is followed by its text.
 */
#include "core/sandbox/inspect.h"

#include <dirent.h>
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
#include "core/policy/path.h"

#define LINKS_MOST 40 /* as the kernel has it */
#define TRIES_MOST 1000

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

struct intent intent_of_open(uint64_t flags)
{
	struct intent intent = { .effect = EFFECT_OPEN };
	uint64_t access = flags & O_ACCMODE;

	/* Only looks a name up; most flags mean nothing then. */
	if (flags & O_PATH)
		return (struct intent){ .effect = EFFECT_LOOK,
					.no_follow = flags & O_NOFOLLOW,
					.directory = flags & O_DIRECTORY };
	intent.unnamed = (flags & O_TMPFILE) == O_TMPFILE;
	intent.create = !intent.unnamed && (flags & O_CREAT);
	intent.exclusive = intent.create && (flags & O_EXCL);
	intent.read = access != O_WRONLY;
	intent.write = access != O_RDONLY || (flags & O_TRUNC) || intent.unnamed;
	intent.no_follow = (flags & O_NOFOLLOW) || intent.exclusive;
	intent.directory = !intent.unnamed && (flags & O_DIRECTORY);
	return intent;
}

/* --- an object, inside or outside --- */

struct object {
	int fd; /* O_PATH, -1 = none */
	struct statx info;
};

static void object_close(struct object *object)
{
	close_fd(&object->fd);
}

#define _cleanup_object_ __attribute__((cleanup(object_close)))
#define OBJECT_NONE { .fd = -1 }

static int open_at(int directory, const char *path, bool no_follow, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0),
				.resolve = resolve };
	int fd = -1;

	/*
	 * EAGAIN: there is a ".." in it, and somewhere something was renamed or mounted meanwhile
	 * (openat2(2)). Whoever does that all the time must not be able to stay unseen by it.
	 */
	for (int i = 0; i < TRIES_MOST && fd < 0; i++) {
		fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return fd;
}

static int open_inside(const struct inspector *inspector, const char *path, bool no_follow)
{
	return open_at(inspector->root, path, no_follow, RESOLVE_IN_ROOT);
}

static bool look_at(struct object *object)
{
	if (object->fd >= 0 && statx(object->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID,
				     &object->info) == 0)
		return true;
	close_fd(&object->fd);
	return false;
}

static bool open_outside(struct object *object, const char *path, bool no_follow)
{
	object->fd = open(path, O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0));
	return look_at(object);
}

static bool is_directory(const struct object *object)
{
	return S_ISDIR(object->info.stx_mode);
}

static bool is_link(const struct object *object)
{
	return S_ISLNK(object->info.stx_mode);
}

/* Neither a file that others can fill nor one with an inside of its own. */
static bool is_device_or_pipe(const struct object *object)
{
	return !S_ISREG(object->info.stx_mode) && !S_ISDIR(object->info.stx_mode) &&
	       !S_ISLNK(object->info.stx_mode);
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
static bool is_overridden(const struct object *object, int mode)
{
	const struct statx *info = &object->info;

	return geteuid() == 0 && info->stx_uid == 0 && info->stx_gid == getegid() &&
	       (!(mode & X_OK) || S_ISDIR(info->stx_mode) || (info->stx_mode & 0111));
}

static bool may(const struct object *object, int mode)
{
	return syscall(SYS_faccessat2, object->fd, "", mode, AT_EMPTY_PATH | AT_EACCESS) == 0 ||
	       is_overridden(object, mode);
}

/* Where the modes' own bits say it: an access control list speaks for others, never for the owner. */
static bool may_surely_read(const struct object *object)
{
	return object->info.stx_uid == geteuid() && (object->info.stx_mode & S_IRUSR);
}

static bool on_read_only_mount(const struct object *object)
{
	struct statvfs fs;

	return fstatvfs(object->fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static bool is_owner(const struct object *object)
{
	return geteuid() == 0 || object->info.stx_uid == geteuid();
}

static bool is_mount_root(const struct object *object)
{
	return object->info.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static const struct mask *mask_of(const struct inspector *inspector, const struct object *object)
{
	return masks_by_mount(inspector->masks, object->info.stx_mask & STATX_MNT_ID
							? object->info.stx_mnt_id
							: 0);
}

/* --- paths as text --- */

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

/* Puts `target` in the place of the first `used` bytes. */
static bool replace_start(char path[PATH_MAX], size_t used, const char *target)
{
	size_t length = strlen(target), rest = strlen(path + used);

	if (length + rest >= PATH_MAX)
		return false;
	memmove(path + length, path + used, rest + 1);
	memcpy(path, target, length);
	return true;
}

/* No empty, "." or ".." component: without symlinks it is the object's own path. */
static bool is_normal(const char *path)
{
	for (const char *c = path; *c; c++)
		if (*c == '/' && (c[1] == '/' || (c[1] == '\0' && c != path) ||
				  (c[1] == '.' && (c[2] == '/' || c[2] == '\0' ||
						   (c[2] == '.' && (c[3] == '/' || c[3] == '\0'))))))
			return false;
	return true;
}

/* Trees of the kernel: nothing in them is masked, much of it per process. */
static bool is_special(const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/sys") ||
	       path_is_below(path, "/dev");
}

/* --- /proc/self and its kin --- */

enum proc_path { PROC_NOT, PROC_ENTERED, PROC_OTHER };

#define NAME_SIZE 32 /* of what matters here: longer ones are cut, and match nothing */

static size_t component(const char *text, char *out, size_t size)
{
	size_t length = strcspn(text, "/"), kept = length < size ? length : size - 1;

	memcpy(out, text, kept);
	out[kept] = '\0';
	return length;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/*
 * /proc/self/cwd/x and the like: the link is replaced by what it leads to for the caller. A
 * process's number is one of the sandbox's own, and its links are read in its own tree.
 */
static enum proc_path enter_proc(const struct inspector *inspector, pid_t pid, bool no_follow,
				 char path[PATH_MAX])
{
	static const char *const links[][2] = { { "/dev/fd/", "/proc/self/fd/" },
						{ "/dev/stdin", "/proc/self/fd/0" },
						{ "/dev/stdout", "/proc/self/fd/1" },
						{ "/dev/stderr", "/proc/self/fd/2" } };
	char who[NAME_SIZE], what[NAME_SIZE], link[96], target[PATH_MAX];
	const char *at;
	ssize_t length;

	for (size_t i = 0; i < ARRAY_LENGTH(links); i++)
		if (strncmp(path, links[i][0], strlen(links[i][0])) == 0 &&
		    !replace_start(path, strlen(links[i][0]), links[i][1]))
			return PROC_OTHER;
	if (strncmp(path, "/proc/", 6) != 0)
		return PROC_NOT;
	at = path + 6;
	at += component(at, who, sizeof(who));
	if (strncmp(at, "/task/", 6) == 0) {
		at += 6;
		at += component(at, what, sizeof(what));
	}
	if (*at != '/')
		return PROC_OTHER;
	at++;
	at += component(at, what, sizeof(what));
	if (strcmp(what, "fd") == 0) {
		if (*at != '/')
			return PROC_OTHER;
		strcpy(what, "fd/");
		at++;
		at += component(at, what + 3, sizeof(what) - 3);
		if (!is_number(what + 3))
			return PROC_OTHER;
	} else if (strcmp(what, "cwd") != 0 && strcmp(what, "root") != 0 && strcmp(what, "exe") != 0) {
		return PROC_OTHER;
	}
	/* The link itself is meant. */
	if (no_follow && !*at)
		return PROC_OTHER;
	if (strcmp(who, "self") == 0 || strcmp(who, "thread-self") == 0) {
		snprintf(link, sizeof(link), "/proc/%d/%s", pid, what);
		length = readlink(link, target, sizeof(target) - 1);
	} else if (is_number(who)) {
		snprintf(link, sizeof(link), "proc/%s/%s", who, what);
		length = readlinkat(inspector->root, link, target, sizeof(target) - 1);
	} else {
		return PROC_OTHER;
	}
	/* A pipe, a socket, or gone. */
	if (length <= 0 || target[0] != '/')
		return PROC_OTHER;
	target[length] = '\0';
	/* "/" and "/x" make "//x": the kernel does not mind. */
	return replace_start(path, (size_t)(at - path), target) ? PROC_ENTERED : PROC_OTHER;
}

/* --- resolving inside --- */

enum place {
	PLACE_OTHER,   /* of the kernel's trees, or not to be resolved */
	PLACE_FOUND,
	PLACE_MISSING, /* not there, and not hidden */
	PLACE_HIDDEN,  /* its nearest ancestor is a mask */
};

struct resolved {
	enum place place;
	struct object object;	 /* FOUND */
	const struct mask *mask; /* FOUND, HIDDEN: that it lies on, or NULL */
	bool last_missing;	 /* MISSING, HIDDEN: only the last name is not there */
	char path[PATH_MAX];	 /* resolved, as far as it exists */
};

static void resolved_close(struct resolved *resolved)
{
	close_fd(&resolved->object.fd);
}

#define _cleanup_resolved_ __attribute__((cleanup(resolved_close)))

/* True where `path` ends on what is there; it may have symlinks in it then. */
static bool find(const struct inspector *inspector, const char *path, bool no_follow,
		 struct resolved *r)
{
	bool normal = is_normal(path);

	/* Most paths have no symlink in them: then the text is the object's own path. */
	r->object.fd = normal ? open_at(inspector->root, path, no_follow,
					RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS)
			      : -1;
	if (r->object.fd < 0 && normal && errno != ELOOP)
		return false;
	if (r->object.fd >= 0) {
		strcpy(r->path, path);
	} else {
		r->object.fd = open_inside(inspector, path, no_follow);
		if (r->object.fd < 0)
			return false;
		if (!path_of(r->object.fd, r->path)) {
			close_fd(&r->object.fd);
			return false;
		}
	}
	return look_at(&r->object);
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
		char *slash = strrchr(ancestor, '/');

		if (!slash || length <= 1)
			return false;
		length = slash == ancestor ? 1 : (size_t)(slash - ancestor);
		ancestor[length] = '\0';
		above.fd = open_inside(inspector, ancestor, false);
		if (above.fd < 0 && (errno == ENOENT || errno == ELOOP))
			continue;
		if (!look_at(&above) || !is_directory(&above) || !path_of(above.fd, r->path))
			return false;
		name = path + length;
		name += strspn(name, "/");
		name_length = strcspn(name, "/");
		snprintf(next, sizeof(next), "%.*s", (int)name_length, name);
		link.fd = openat(above.fd, next, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (look_at(&link) && is_link(&link)) {
			char target[PATH_MAX];
			ssize_t got = readlinkat(link.fd, "", target, sizeof(target) - 1);

			if (got <= 0)
				return false;
			target[got] = '\0';
			if (target[0] != '/') {
				if (!join(next, r->path, target))
					return false;
				strcpy(target, next);
			}
			return replace_start(path, (size_t)(name + name_length - path), target);
		}
		if (is_special(r->path))
			return false;
		r->mask = mask_of(inspector, &above);
		r->place = r->mask && r->mask->is_directory ? PLACE_HIDDEN : PLACE_MISSING;
		r->last_missing = name[name_length + strspn(name + name_length, "/")] == '\0';
		strcpy(next, r->path);
		if (!join(r->path, next, name))
			r->place = PLACE_OTHER;
		return false;
	}
}

static void resolve(const struct inspector *inspector, pid_t pid, const char *given, bool no_follow,
		    struct resolved *r)
{
	char path[PATH_MAX];

	r->place = PLACE_OTHER;
	r->object.fd = -1;
	r->mask = NULL;
	strcpy(path, given);
	for (int links = 0; links < LINKS_MOST; links++) {
		enum proc_path proc = enter_proc(inspector, pid, no_follow, path);

		if (proc == PROC_ENTERED)
			continue;
		if (proc == PROC_OTHER)
			return;
		if (find(inspector, path, no_follow, r)) {
			if (is_special(r->path) && !mask_of(inspector, &r->object)) {
				object_close(&r->object);
				return;
			}
			r->place = PLACE_FOUND;
			r->mask = mask_of(inspector, &r->object);
			return;
		}
		if ((errno != ENOENT && errno != ELOOP) || !follow_gap(inspector, path, r))
			return;
	}
}

/* --- findings --- */

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

/* The object as the host has it: its real path, and whether it lets the caller do that. */
static bool allowed_outside(struct finding *finding, const char *path, bool no_follow, int mode,
			    struct object *object)
{
	if (!open_outside(object, path, no_follow) || !path_of(object->fd, finding->object))
		return false;
	finding->is_directory = is_directory(object);
	return (mode == F_OK || may(object, mode)) &&
	       (!(mode & W_OK) || is_device_or_pipe(object) || !on_read_only_mount(object));
}

/* Hidden things are named as inside; where the text has ".." in it, as the host has them. */
static void set_place(struct finding *finding, const char *path)
{
	strcpy(finding->place, is_normal(path) ? path : finding->object);
}

static enum access_kind kind_of(int mode)
{
	return mode & W_OK ? ACCESS_WRITE : mode & X_OK ? ACCESS_EXEC : ACCESS_READ;
}

static void remember(const struct inspector *inspector, const char *path, const struct resolved *r,
		     bool readable);
static void remember_missing(const struct inspector *inspector, const char *path,
			     const struct resolved *r);

static void inspect_looking(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;
	_cleanup_object_ struct object outside = OBJECT_NONE;
	int mode = (intent->read ? R_OK : 0) | (intent->write ? W_OK : 0) | (intent->search ? X_OK : 0);
	enum access_kind kind = kind_of(mode);

	resolve(inspector, pid, path, intent->no_follow, &r);
	if (r.place == PLACE_FOUND && !r.mask)
		remember(inspector, path, &r, false);
	if (r.place == PLACE_MISSING)
		remember_missing(inspector, path, &r);
	if (r.place == PLACE_FOUND && !(r.mask && r.mask->is_placeholder) && mode != F_OK &&
	    syscall(SYS_faccessat2, r.object.fd, "", mode, AT_EMPTY_PATH | AT_EACCESS) < 0 &&
	    !(is_overridden(&r.object, mode) && errno == EACCES)) {
		int error = errno;

		if (!allowed_outside(finding, r.path, true, mode, &outside))
			finding->outcome = OUTCOME_FAILS;
		else
			refuse(finding, is_directory(&outside) && kind == ACCESS_EXEC ? ACCESS_READ : kind,
			       error, r.mask);
		set_place(finding, r.path);
	} else if (r.place == PLACE_HIDDEN) {
		finding->outcome = OUTCOME_FAILS;
		if (!allowed_outside(finding, r.path, intent->no_follow, mode, &outside) ||
		    (intent->directory && !is_directory(&outside)))
			return;
		/* What it is hidden from is reading, whatever else was to come. */
		refuse(finding, ACCESS_READ, ENOENT, r.mask);
		set_place(finding, r.path);
	}
}

static void read_found(const struct intent *intent, enum access_kind kind, const struct resolved *r,
		       struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	int mode = kind == ACCESS_EXEC ? X_OK : R_OK;

	finding->outcome = OUTCOME_FAILS;
	if (!r->mask) {
		if (is_link(&r->object) || (intent->directory && !is_directory(&r->object)) ||
		    (!(kind == ACCESS_READ && may_surely_read(&r->object)) && !may(&r->object, mode)))
			return;
		pass(finding, kind);
		strcpy(finding->object, r->path);
		return;
	}
	if (r->mask->is_placeholder || !allowed_outside(finding, r->path, true, mode, &outside) ||
	    (intent->directory && !is_directory(&outside)) ||
	    (kind == ACCESS_EXEC && !S_ISREG(outside.info.stx_mode)))
		return;
	refuse(finding, kind, r->mask->is_directory ? 0 : EACCES, r->mask);
	set_place(finding, r->path);
}

static void inspect_reading(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, enum access_kind kind,
			    struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;
	_cleanup_object_ struct object outside = OBJECT_NONE;

	resolve(inspector, pid, path, intent->no_follow, &r);
	if (r.place == PLACE_FOUND)
		read_found(intent, kind, &r, finding);
	else if (r.place != PLACE_OTHER)
		finding->outcome = OUTCOME_FAILS;
	if (r.place == PLACE_FOUND && !r.mask)
		remember(inspector, path, &r,
			 kind == ACCESS_READ && finding->outcome == OUTCOME_PLAIN);
	if (r.place == PLACE_MISSING)
		remember_missing(inspector, path, &r);
	if (r.place != PLACE_HIDDEN ||
	    !allowed_outside(finding, r.path, intent->no_follow, kind == ACCESS_EXEC ? X_OK : R_OK,
			     &outside) ||
	    is_link(&outside) || (intent->directory && !is_directory(&outside)) ||
	    (kind == ACCESS_EXEC && !S_ISREG(outside.info.stx_mode)))
		return;
	refuse(finding, kind, ENOENT, r.mask);
	set_place(finding, r.path);
}

/*
 * A new name, or one taken away: what counts is the directory. `path` is resolved but for its last
 * name, which need not exist.
 */
static void inspect_directory_of(const struct inspector *inspector, const char *path, int error,
				 struct finding *finding)
{
	_cleanup_object_ struct object inside = OBJECT_NONE, outside = OBJECT_NONE;
	char parent[PATH_MAX];
	const char *name;
	const struct mask *mask = NULL;

	finding->outcome = OUTCOME_FAILS;
	if (!split(path, parent, &name))
		return;
	strcpy(finding->place, path);
	inside.fd = open_inside(inspector, parent, false);
	if (look_at(&inside)) {
		if (!is_directory(&inside))
			return;
		mask = mask_of(inspector, &inside);
		if (!error && !on_read_only_mount(&inside)) {
			if (!may(&inside, W_OK | X_OK))
				return;
			pass(finding, ACCESS_WRITE);
			finding->created = true;
			strcpy(finding->object, path);
			return;
		}
		if (!error || error == ENOENT)
			error = EROFS;
	}
	if (!allowed_outside(finding, parent, false, W_OK | X_OK, &outside) ||
	    !is_directory(&outside))
		return;
	strcpy(parent, finding->object);
	if (!join(finding->object, parent, name))
		return;
	finding->is_directory = false;
	finding->by_parent = true;
	refuse(finding, ACCESS_WRITE, error ? error : ENOENT, mask);
}

/* The same where only the rest of the path behind a mask is missing. */
static void inspect_directory_of_hidden(const struct inspector *inspector, const struct resolved *r,
					struct finding *finding)
{
	inspect_directory_of(inspector, r->path, ENOENT, finding);
	if (finding->outcome == OUTCOME_REFUSED && !finding->mask)
		finding->mask = r->mask;
}

/* Changing the owner's own, or what may be written. */
static bool may_change(const struct intent *intent, const struct object *object)
{
	return (intent->owner && is_owner(object)) || (intent->write && may(object, W_OK)) ||
	       (!intent->owner && !intent->write);
}

/* An existing object that is to be changed. */
static void inspect_changing(const struct inspector *inspector, const struct resolved *r,
			     const struct intent *intent, struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	bool opens = intent->effect == EFFECT_OPEN;
	int mode = (opens && intent->read ? R_OK : 0) | W_OK;

	finding->outcome = OUTCOME_FAILS;
	if (opens && is_link(&r->object))
		return;
	if (r->mask && r->mask->is_placeholder) {
		/* Without us there would be nothing, and a name to be made. */
		if (!opens || !intent->create)
			return;
		inspect_directory_of(inspector, r->path, EACCES, finding);
		finding->mask = r->mask;
		return;
	}
	if (!r->mask && opens && is_device_or_pipe(&r->object)) {
		/* They can be written on a read-only mount. */
		finding->outcome = OUTCOME_UNKNOWN;
		return;
	}
	if (opens && (is_directory(&r->object) || intent->directory))
		return;
	if (!r->mask && !on_read_only_mount(&r->object)) {
		if (opens ? !may(&r->object, mode) : !may_change(intent, &r->object))
			return;
		pass(finding, ACCESS_WRITE);
		strcpy(finding->object, r->path);
		return;
	}
	if (!allowed_outside(finding, r->path, true, opens ? mode : F_OK, &outside) ||
	    on_read_only_mount(&outside) || (!opens && !may_change(intent, &outside)) ||
	    (finding->is_directory && opens))
		return;
	refuse(finding, ACCESS_WRITE, opens && r->mask && !r->mask->is_directory ? EACCES : EROFS,
	       r->mask);
	set_place(finding, r->path);
}

static void inspect_writing(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve(inspector, pid, path, intent->no_follow, &r);
	if (r.place == PLACE_OTHER)
		return;
	finding->outcome = OUTCOME_FAILS;
	if (r.place == PLACE_FOUND && intent->exclusive) {
		if (r.mask && r.mask->is_placeholder) {
			inspect_directory_of(inspector, r.path, EEXIST, finding);
			finding->mask = r.mask;
		}
		return;
	}
	if (r.place == PLACE_FOUND && intent->effect == EFFECT_OPEN && !intent->write &&
	    !(r.mask && r.mask->is_placeholder)) {
		/* O_CREAT of what exists is an ordinary open. */
		read_found(intent, ACCESS_READ, &r, finding);
		return;
	}
	if (r.place == PLACE_FOUND) {
		inspect_changing(inspector, &r, intent, finding);
		return;
	}
	if (r.place == PLACE_HIDDEN) {
		_cleanup_object_ struct object outside = OBJECT_NONE;
		bool opens = intent->effect == EFFECT_OPEN;
		int mode = (opens && intent->read ? R_OK : 0) | (intent->write && opens ? W_OK : 0);

		if (allowed_outside(finding, r.path, intent->no_follow, mode, &outside)) {
			if (intent->exclusive || (is_directory(&outside) && opens) ||
			    (is_link(&outside) && opens) || (!opens && !may_change(intent, &outside)))
				return;
			refuse(finding, intent->write || !opens ? ACCESS_WRITE : ACCESS_READ,
			       intent->create && r.last_missing ? EROFS : ENOENT, r.mask);
			set_place(finding, r.path);
			return;
		}
		if (outside.fd >= 0)
			return;
	}
	if (!intent->create)
		return;
	if (r.place == PLACE_HIDDEN)
		inspect_directory_of_hidden(inspector, &r, finding);
	else if (r.last_missing)
		inspect_directory_of(inspector, r.path, 0, finding);
}

static void inspect_unnamed(const struct inspector *inspector, pid_t pid, const char *path,
			    struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;
	char inside[PATH_MAX];

	resolve(inspector, pid, path, false, &r);
	if (r.place == PLACE_OTHER)
		return;
	finding->outcome = OUTCOME_FAILS;
	/* As if a file were made in it; what is shown and granted is the directory. */
	if (r.place == PLACE_MISSING || !join(inside, r.path, "x"))
		return;
	inspect_directory_of(inspector, inside, 0, finding);
	if (finding->outcome != OUTCOME_REFUSED && finding->outcome != OUTCOME_PLAIN)
		return;
	*strrchr(finding->object, '/') = '\0';
	*strrchr(finding->place, '/') = '\0';
	finding->is_directory = true;
	finding->by_parent = false;
	finding->created = false;
}

/* In a directory where only the owner may take names away (/tmp), as the host has it. */
static bool is_sticky_for_us(const char *path, const struct object *object)
{
	_cleanup_object_ struct object directory = OBJECT_NONE;
	char parent[PATH_MAX];
	const char *name;

	return split(path, parent, &name) && open_outside(&directory, parent, false) &&
	       (directory.info.stx_mode & S_ISVTX) && !is_owner(object) && !is_owner(&directory);
}

static bool is_empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	/* Not to be read: the kernel will know. */
	if (!directory)
		return true;
	while (empty && (entry = readdir(directory)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(directory);
	return empty;
}

/* Whether the host would let a name go; `object` is what it has there. */
static bool removable_outside(const char *path, const struct intent *intent,
			      const struct object *object)
{
	if (is_mount_root(object) || is_sticky_for_us(path, object))
		return false;
	if (intent->effect == EFFECT_RENAME)
		return true;
	if (intent->directory)
		return is_directory(object) && is_empty(path);
	return !is_directory(object);
}

/* The old name of a rename, or what unlink(2) or rmdir(2) names. */
static void remove_resolved(const struct inspector *inspector, const struct resolved *r,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;

	finding->outcome = OUTCOME_FAILS;
	if (r->place == PLACE_MISSING || (r->mask && r->mask->is_placeholder) ||
	    !open_outside(&outside, r->path, true) || !removable_outside(r->path, intent, &outside))
		return;
	if (r->place == PLACE_HIDDEN) {
		inspect_directory_of_hidden(inspector, r, finding);
	} else {
		inspect_directory_of(inspector, r->path, 0, finding);
		if (finding->outcome == OUTCOME_PLAIN && is_mount_root(&r->object)) {
			inspect_directory_of(inspector, r->path, EBUSY, finding);
			finding->no_grant = finding->outcome == OUTCOME_REFUSED;
			if (!finding->mask)
				finding->mask = r->mask;
		}
	}
	finding->created = false;
}

static void inspect_removing(const struct inspector *inspector, pid_t pid, const char *path,
			     const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve(inspector, pid, path, true, &r);
	if (r.place != PLACE_OTHER)
		remove_resolved(inspector, &r, intent, finding);
}

/* A name that is not there yet. */
static void create_resolved(const struct inspector *inspector, const struct resolved *r,
			    struct finding *finding)
{
	finding->outcome = OUTCOME_FAILS;
	if (r->place == PLACE_FOUND) {
		if (r->mask && r->mask->is_placeholder) {
			inspect_directory_of(inspector, r->path, EEXIST, finding);
			finding->mask = r->mask;
		}
		return;
	}
	if (r->place == PLACE_HIDDEN) {
		_cleanup_object_ struct object outside = OBJECT_NONE;

		if (!open_outside(&outside, r->path, true))
			inspect_directory_of_hidden(inspector, r, finding);
	} else if (r->last_missing) {
		inspect_directory_of(inspector, r->path, 0, finding);
	}
}

static void inspect_creating(const struct inspector *inspector, pid_t pid, const char *path,
			     struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve(inspector, pid, path, true, &r);
	if (r.place != PLACE_OTHER)
		create_resolved(inspector, &r, finding);
}

/* The new name of a rename, which may be taken. */
static void replace_resolved(const struct inspector *inspector, const struct resolved *old,
			     const struct resolved *r, const struct intent *intent,
			     struct finding *finding)
{
	_cleanup_object_ struct object moved = OBJECT_NONE, outside = OBJECT_NONE;
	bool there = open_outside(&outside, r->path, true);

	finding->outcome = OUTCOME_FAILS;
	if (r->mask && r->mask->is_placeholder) {
		inspect_directory_of(inspector, r->path, EBUSY, finding);
		finding->mask = r->mask;
		return;
	}
	if (there ? intent->no_replace : intent->exchange)
		return;
	if (there && !intent->exchange &&
	    (!open_outside(&moved, old->path, true) || is_directory(&moved) != is_directory(&outside) ||
	     (is_directory(&outside) && !is_empty(r->path))))
		return;
	if (there && (is_mount_root(&outside) || is_sticky_for_us(r->path, &outside)))
		return;
	if (r->place == PLACE_HIDDEN) {
		inspect_directory_of_hidden(inspector, r, finding);
	} else if (r->place == PLACE_FOUND || r->last_missing) {
		inspect_directory_of(inspector, r->path, 0, finding);
		if (finding->outcome == OUTCOME_PLAIN && r->place == PLACE_FOUND &&
		    is_mount_root(&r->object)) {
			inspect_directory_of(inspector, r->path, EBUSY, finding);
			finding->no_grant = finding->outcome == OUTCOME_REFUSED;
			if (!finding->mask)
				finding->mask = r->mask;
		}
	}
}

/* Of the directory that a resolved path lies in, 0 = unknown. */
static uint64_t mount_of_parent(const struct inspector *inspector, const char *path)
{
	char parent[PATH_MAX];
	const char *name;
	_cleanup_close_ int fd = -1;

	if (!split(path, parent, &name))
		return 0;
	fd = inspector ? open_inside(inspector, parent, false)
		       : open(parent, O_PATH | O_CLOEXEC);
	return fd < 0 ? 0 : descriptor_mount_id(fd);
}

/* A border between mounts that is none outside: neither a rename nor a link crosses it. */
static bool crosses_border(const struct inspector *inspector, const char *old, const char *new)
{
	uint64_t from = mount_of_parent(inspector, old), to = mount_of_parent(inspector, new);

	return from && to && from != to && mount_of_parent(NULL, old) == mount_of_parent(NULL, new);
}

/* A link is made from the object itself, on whatever mount that is. */
static bool link_crosses_border(const struct inspector *inspector, const struct resolved *old,
				const char *new)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	uint64_t to = mount_of_parent(inspector, new);

	return to && old->object.info.stx_mnt_id != to && open_outside(&outside, old->path, true) &&
	       outside.info.stx_mnt_id == mount_of_parent(NULL, new);
}

/* --- what is known already --- */

/* Length of the directory's part of a path. */
static size_t parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? 1 : (size_t)(slash - path);
}

/* Keeps what came of looking a path up, if only the host can change it. */
static void remember_object(const struct inspector *inspector, const char *path,
			    const struct object *object, bool readable)
{
	unsigned what = KNOWN_OBJECT | (readable ? KNOWN_READABLE : 0) |
			(is_directory(object) ? KNOWN_DIRECTORY : 0);

	if (!inspector->known || is_link(object) ||
	    !plan_tree_is_fixed(inspector->masks->tree, path))
		return;
	known_places_add(inspector->known, path, strlen(path), what);
	known_places_add(inspector->known, path, parent_length(path), KNOWN_DIRECTORY);
}

static void remember_alias(const struct inspector *inspector, const char *path);

static void remember(const struct inspector *inspector, const char *path, const struct resolved *r,
		     bool readable)
{
	remember_object(inspector, r->path, &r->object, readable);
	if (strcmp(path, r->path) != 0)
		remember_alias(inspector, path);
}

/* A missing name: its directory is known by that. */
static void remember_missing(const struct inspector *inspector, const char *path,
			     const struct resolved *r)
{
	if (!inspector->known || !r->last_missing ||
	    !plan_tree_is_fixed(inspector->masks->tree, r->path))
		return;
	known_places_add(inspector->known, r->path, parent_length(r->path), KNOWN_DIRECTORY);
	if (strcmp(path, r->path) != 0)
		remember_alias(inspector, path);
}

/*
 * Where the directory of `path` leads over symlinks, if no program inside can change any of them.
 * Each step is in a directory that is resolved already.
 */
static void remember_alias(const struct inspector *inspector, const char *path)
{
	char rest[PATH_MAX], real[PATH_MAX] = "", next[PATH_MAX], target[PATH_MAX];
	size_t length = parent_length(path);
	int links = 0;

	if (!inspector->known || !is_normal(path))
		return;
	memcpy(rest, path, length);
	rest[length] = '\0';
	for (char *at = rest; *(at += strspn(at, "/"));) {
		size_t name = strcspn(at, "/");
		ssize_t got;

		if (snprintf(next, sizeof(next), "%s/%.*s", real, (int)name, at) >= PATH_MAX ||
		    !plan_tree_is_fixed(inspector->masks->tree, next))
			return;
		got = readlinkat(inspector->root, next + 1, target, sizeof(target) - 1);
		at += name;
		if (got < 0) {
			if (errno != EINVAL)
				return;
			strcpy(real, next);
			continue;
		}
		target[got] = '\0';
		if (++links > LINKS_MOST || strstr(target, "..") || strlen(target) + strlen(at) >= PATH_MAX)
			return;
		if (target[0] == '/')
			real[0] = '\0';
		memmove(rest + strlen(target), at, strlen(at) + 1);
		memcpy(rest, target, strlen(target));
		at = rest;
	}
	if (links && real[0])
		known_places_add_alias(inspector->known, path, length, real);
}

static bool is_known(const struct inspector *inspector, const char *path,
		     const struct intent *intent, struct finding *finding);

/* The same by where the path's directory leads. */
static bool is_known_by_alias(const struct inspector *inspector, const char *path,
			      const struct intent *intent, struct finding *finding)
{
	size_t length = parent_length(path);
	const char *target = known_places_target(inspector->known, path, length);
	char real[PATH_MAX];

	/* Two that lead to each other were changed in between. */
	return target && join(real, target, path + length + 1) &&
	       !known_places_target(inspector->known, real, parent_length(real)) &&
	       is_known(inspector, real, intent, finding);
}

/*
 * True if `finding` says it already: a look, or an open for reading, of a path in a directory that
 * is known to be what its path says. The name in it is looked at if it is not known, too.
 */
static bool is_known(const struct inspector *inspector, const char *path,
		     const struct intent *intent, struct finding *finding)
{
	bool opens = intent->effect == EFFECT_OPEN;
	unsigned wanted = opens ? KNOWN_READABLE : KNOWN_OBJECT, what;
	_cleanup_object_ struct object object = OBJECT_NONE;
	bool readable;

	if (!inspector->known || (!opens && intent->effect != EFFECT_LOOK) || intent->write ||
	    intent->search || intent->create || intent->directory || (intent->read && !opens) ||
	    !is_normal(path) || !path[1])
		return false;
	what = known_places_find(inspector->known, path, strlen(path));
	if (what & KNOWN_MISSING) {
		finding->outcome = OUTCOME_FAILS;
		return true;
	}
	if (!(what & wanted)) {
		unsigned above = known_places_find(inspector->known, path, parent_length(path));

		if (above & KNOWN_ALIAS)
			return is_known_by_alias(inspector, path, intent, finding);
		if (!(above & KNOWN_DIRECTORY) || !plan_tree_is_fixed(inspector->masks->tree, path))
			return false;
		if (statx(inspector->root, path + 1, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			  STATX_BASIC_STATS | STATX_MNT_ID, &object.info) < 0) {
			/* Not hidden: it would have to be in the plan. */
			if (errno != ENOENT)
				return false;
			known_places_add(inspector->known, path, strlen(path), KNOWN_MISSING);
			finding->outcome = OUTCOME_FAILS;
			return true;
		}
		if (is_link(&object) || mask_of(inspector, &object))
			return !opens && intent->no_follow && !mask_of(inspector, &object);
		readable = may_surely_read(&object) ||
			   (object.info.stx_mode & (S_IRUSR | S_IRGRP | S_IROTH)) ==
				   (S_IRUSR | S_IRGRP | S_IROTH);
		if (opens && !readable)
			return false;
		remember_object(inspector, path, &object, readable);
	}
	if (opens) {
		pass(finding, ACCESS_READ);
		strcpy(finding->object, path);
	}
	return true;
}

static void start_finding(struct finding *finding)
{
	finding->outcome = OUTCOME_UNKNOWN;
	finding->mask = NULL;
	finding->error = 0;
	finding->by_parent = false;
	finding->created = false;
	finding->no_grant = false;
	finding->is_directory = false;
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

void inspect_pair(const struct inspector *inspector, pid_t pid, const char *old_path,
		  const char *new_path, const struct intent *intent, struct finding *first,
		  struct finding *second)
{
	_cleanup_resolved_ struct resolved old = { .object = OBJECT_NONE };
	_cleanup_resolved_ struct resolved new = { .object = OBJECT_NONE };
	char trimmed[PATH_MAX];

	start_finding(first);
	start_finding(second);
	if (strlen(old_path) >= PATH_MAX || strlen(new_path) >= PATH_MAX)
		return;
	trim(trimmed, old_path);
	resolve(inspector, pid, trimmed, intent->effect == EFFECT_RENAME || intent->no_follow, &old);
	trim(trimmed, new_path);
	resolve(inspector, pid, trimmed, true, &new);
	if (old.place == PLACE_OTHER || new.place == PLACE_OTHER)
		return;
	if (intent->effect == EFFECT_RENAME) {
		remove_resolved(inspector, &old, intent, first);
		replace_resolved(inspector, &old, &new, intent, second);
	} else {
		_cleanup_object_ struct object outside = OBJECT_NONE;

		create_resolved(inspector, &new, second);
		first->outcome = OUTCOME_FAILS;
		if (old.place == PLACE_HIDDEN &&
		    allowed_outside(first, old.path, intent->no_follow, F_OK, &outside)) {
			refuse(first, ACCESS_READ, ENOENT, old.mask);
			set_place(first, old.path);
		} else if (old.place == PLACE_FOUND && !is_directory(&old.object) &&
			   !(old.mask && old.mask->is_placeholder)) {
			first->outcome = OUTCOME_UNKNOWN;
		}
	}
	/* What the other path makes fail is not refused. */
	if (first->outcome == OUTCOME_FAILS || second->outcome == OUTCOME_FAILS) {
		first->outcome = second->outcome = OUTCOME_FAILS;
		return;
	}
	if (second->outcome == OUTCOME_PLAIN && first->outcome != OUTCOME_REFUSED &&
	    (intent->effect == EFFECT_RENAME ? crosses_border(inspector, old.path, new.path)
					     : link_crosses_border(inspector, &old, new.path))) {
		second->outcome = OUTCOME_FAILS;
		inspect_directory_of(inspector, new.path, EXDEV, second);
		second->no_grant = true;
	}
}

void inspect_path(const struct inspector *inspector, pid_t pid, const char *path,
		  const struct intent *intent, struct finding *finding)
{
	char trimmed[PATH_MAX];
	struct intent wanted = *intent;
	size_t length = strlen(path);

	start_finding(finding);
	if (length == 0 || length >= PATH_MAX)
		return;
	if (is_known(inspector, path, intent, finding))
		return;
	trim(trimmed, path);
	/* "x/" is what x leads to, and has to be a directory. */
	if (length > 1 && path[length - 1] == '/') {
		wanted.directory = wanted.directory || intent->effect == EFFECT_LOOK ||
				   intent->effect == EFFECT_OPEN;
		if (intent->effect == EFFECT_LOOK)
			wanted.no_follow = false;
	}
	switch (intent->effect) {
	case EFFECT_OPEN:
		if (intent->unnamed)
			inspect_unnamed(inspector, pid, trimmed, finding);
		else if (intent->write || intent->create)
			inspect_writing(inspector, pid, trimmed, &wanted, finding);
		else
			inspect_reading(inspector, pid, trimmed, &wanted, ACCESS_READ, finding);
		break;
	case EFFECT_EXEC:
		inspect_reading(inspector, pid, trimmed, &wanted, ACCESS_EXEC, finding);
		break;
	case EFFECT_LOOK:
		inspect_looking(inspector, pid, trimmed, &wanted, finding);
		break;
	case EFFECT_CREATE:
		inspect_creating(inspector, pid, trimmed, finding);
		break;
	case EFFECT_REMOVE:
		inspect_removing(inspector, pid, trimmed, &wanted, finding);
		break;
	case EFFECT_CHANGE:
		inspect_writing(inspector, pid, trimmed, &wanted, finding);
		break;
	case EFFECT_RENAME:
	case EFFECT_LINK:
		break;
	}
}
