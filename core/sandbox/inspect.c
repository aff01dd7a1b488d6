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
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

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
	intent.truncate = flags & O_TRUNC;
	intent.write = access != O_RDONLY || (flags & O_TRUNC) || intent.unnamed;
	intent.no_follow = (flags & O_NOFOLLOW) || intent.exclusive;
	intent.directory = !intent.unnamed && (flags & O_DIRECTORY);
	return intent;
}

static enum access_kind kind_of(int mode)
{
	return mode & W_OK ? ACCESS_WRITE : mode & X_OK ? ACCESS_EXEC : ACCESS_READ;
}

static void inspect_looking(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;
	_cleanup_object_ struct object outside = OBJECT_NONE;
	int mode = (intent->read ? R_OK : 0) | (intent->write ? W_OK : 0) |
		   (intent->search ? X_OK : 0);
	enum access_kind kind = kind_of(mode);

	resolve_inside(inspector, pid, path, intent->no_follow, &r);
	if (r.place == PLACE_FOUND && !r.mask)
		inspect_remember(inspector, path, &r, false);
	if (r.place == PLACE_MISSING)
		inspect_remember_missing(inspector, path, &r);
	if (r.place == PLACE_FOUND && !resolved_is_placeholder(&r) && mode != F_OK &&
	    syscall(SYS_faccessat2, r.object.fd, "", mode, AT_EMPTY_PATH | AT_EACCESS) < 0 &&
	    !(object_is_overridden(&r.object, mode) && errno == EACCES)) {
		int error = errno;

		if (!finding_allowed_outside(finding, r.path, true, mode, &outside))
			finding->outcome = OUTCOME_FAILS;
		else
			finding_refuse(finding,
				       object_is_directory(&outside) && kind == ACCESS_EXEC
					       ? ACCESS_READ
					       : kind,
				       error, r.mask);
		finding_set_place(finding, r.path);
	} else if (r.place == PLACE_HIDDEN) {
		finding->outcome = OUTCOME_FAILS;
		if (!finding_allowed_outside(finding, r.path, intent->no_follow, mode, &outside) ||
		    (intent->directory && !object_is_directory(&outside)))
			return;
		/* What it is hidden from is reading, whatever else was to come. */
		finding_refuse(finding, ACCESS_READ, ENOENT, r.mask);
		finding_set_place(finding, r.path);
	} else if (r.place == PLACE_FOUND && !r.mask) {
		finding_see(finding, inspector, &r.object, r.path);
	}
}

static void read_found(const struct intent *intent, enum access_kind kind, const struct resolved *r,
		       struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	int mode = kind == ACCESS_EXEC ? X_OK : R_OK;

	finding->outcome = OUTCOME_FAILS;
	if (!r->mask) {
		if (object_is_link(&r->object) ||
		    (intent->directory && !object_is_directory(&r->object)) ||
		    (kind == ACCESS_EXEC && !S_ISREG(r->object.info.stx_mode)) ||
		    (!(kind == ACCESS_READ && object_may_surely_read(&r->object)) &&
		     !object_may(&r->object, mode)))
			return;
		finding_pass(finding, kind);
		strcpy(finding->object, r->path);
		return;
	}
	if ((resolved_is_placeholder(r) && !r->mask->is_directory) ||
	    !finding_allowed_outside(finding, r->path, true, mode, &outside) ||
	    (intent->directory && !object_is_directory(&outside)) ||
	    (kind == ACCESS_EXEC && !S_ISREG(outside.info.stx_mode)) ||
	    (resolved_is_placeholder(r) && inspect_is_empty(r->path)))
		return;
	finding_refuse(finding, kind, r->mask->is_directory ? 0 : EACCES, r->mask);
	finding_set_place(finding, r->path);
}

void inspect_reading_resolved(const struct resolved *r, const struct intent *intent,
			      enum access_kind kind, struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;

	if (r->place == PLACE_FOUND)
		read_found(intent, kind, r, finding);
	else if (r->place != PLACE_OTHER)
		finding->outcome = OUTCOME_FAILS;
	if (r->place != PLACE_HIDDEN ||
	    !finding_allowed_outside(finding, r->path, intent->no_follow,
				     kind == ACCESS_EXEC ? X_OK : R_OK, &outside) ||
	    object_is_link(&outside) || (intent->directory && !object_is_directory(&outside)) ||
	    (kind == ACCESS_EXEC && !S_ISREG(outside.info.stx_mode)))
		return;
	finding_refuse(finding, kind, ENOENT, r->mask);
	finding_set_place(finding, r->path);
}

static void inspect_reading(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, enum access_kind kind,
			    struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve_inside(inspector, pid, path, intent->no_follow, &r);
	inspect_reading_resolved(&r, intent, kind, finding);
	if (r.place == PLACE_FOUND && !r.mask)
		inspect_remember(inspector, path, &r,
				 kind == ACCESS_READ && finding->outcome == OUTCOME_PLAIN);
	if (r.place == PLACE_MISSING)
		inspect_remember_missing(inspector, path, &r);
	if (kind == ACCESS_EXEC && finding->outcome == OUTCOME_PLAIN)
		inspect_interpreter(inspector, pid, &r, finding);
}

/* Not what the call is for, whoever asks. */
static bool is_no_object_of(const struct intent *intent, const struct object *object)
{
	if (intent->effect != EFFECT_CHANGE)
		return false;
	return (intent->contents && !S_ISREG(object->info.stx_mode)) ||
	       (intent->is_no_link && object_is_link(object)) ||
	       (intent->directory && !object_is_directory(object));
}

/* An existing object that is to be changed. */
static void inspect_changing(const struct inspector *inspector, const struct resolved *r,
			     const struct intent *intent, struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	bool opens = intent->effect == EFFECT_OPEN;
	int mode = (opens && intent->read ? R_OK : 0) | W_OK;

	finding->outcome = OUTCOME_FAILS;
	if (opens && object_is_link(&r->object))
		return;
	if (resolved_is_placeholder(r)) {
		/* Without us there would be nothing, and a name to be made. */
		if (opens && intent->create)
			inspect_placeholder(inspector, r, EACCES, finding);
		return;
	}
	if (!r->mask && opens && object_is_device_or_pipe(&r->object)) {
		/* They can be written on a read-only mount. */
		finding->outcome = OUTCOME_UNKNOWN;
		return;
	}
	if ((opens && (object_is_directory(&r->object) || intent->directory)) ||
	    (!r->mask && is_no_object_of(intent, &r->object)))
		return;
	if (!r->mask && !object_is_on_read_only_mount(&r->object)) {
		if (opens ? !object_may(&r->object, mode) : !inspect_may_change(intent, &r->object))
			return;
		finding_pass(finding, ACCESS_WRITE);
		strcpy(finding->object, r->path);
		return;
	}
	if (!finding_allowed_outside(finding, r->path, true, opens ? mode : F_OK, &outside) ||
	    object_is_on_read_only_mount(&outside) ||
	    (!opens && !inspect_may_change(intent, &outside)) || (finding->is_directory && opens) ||
	    is_no_object_of(intent, &outside))
		return;
	finding_refuse(finding, ACCESS_WRITE,
		       opens && r->mask && !r->mask->is_directory ? EACCES : EROFS, r->mask);
	finding_set_place(finding, r->path);
}

static void inspect_writing(const struct inspector *inspector, pid_t pid, const char *path,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve_inside(inspector, pid, path, intent->no_follow, &r);
	if (r.place == PLACE_OTHER)
		return;
	finding->outcome = OUTCOME_FAILS;
	if (r.place == PLACE_FOUND && intent->exclusive) {
		if (resolved_is_placeholder(&r))
			inspect_placeholder(inspector, &r, EEXIST, finding);
		return;
	}
	if (r.place == PLACE_FOUND && intent->effect == EFFECT_OPEN && !intent->write &&
	    !resolved_is_placeholder(&r)) {
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

		if (finding_allowed_outside(finding, r.path, intent->no_follow, mode, &outside)) {
			if (intent->exclusive || (object_is_directory(&outside) && opens) ||
			    (object_is_link(&outside) && opens) ||
			    (!opens && !inspect_may_change(intent, &outside)) ||
			    is_no_object_of(intent, &outside))
				return;
			finding_refuse(finding,
				       intent->write || !opens ? ACCESS_WRITE : ACCESS_READ,
				       intent->create && r.last_missing ? EROFS : ENOENT, r.mask);
			finding_set_place(finding, r.path);
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

	resolve_inside(inspector, pid, path, false, &r);
	if (r.place == PLACE_OTHER)
		return;
	finding->outcome = OUTCOME_FAILS;
	/* As if a file were made in it; what is shown and granted is the directory. */
	if (r.place == PLACE_MISSING || !path_text_join(inside, r.path, "x"))
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

void inspect_path(const struct inspector *inspector, pid_t pid, const char *path,
		  const struct intent *intent, struct finding *finding)
{
	struct intent wanted = intent_at(path, intent);
	char trimmed[PATH_MAX];
	size_t length = strlen(path);

	finding_start(finding);
	if (length == 0 || length >= PATH_MAX)
		return;
	if (inspect_fails_anyway(path, &wanted)) {
		finding->outcome = OUTCOME_FAILS;
		return;
	}
	if (inspect_is_known(inspector, path, intent, finding))
		return;
	path_text_trim(trimmed, path);
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
