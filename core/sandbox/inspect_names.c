/* SPDX-License-Identifier: MIT */
/* Names that come and go: what is made, removed, renamed and linked. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/policy/path.h"
#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

/* In a directory where only the owner may take names away (/tmp), as the host has it. */
static bool is_sticky_for_us(const char *path, const struct object *object)
{
	_cleanup_object_ struct object directory = OBJECT_NONE;
	char parent[PATH_MAX];
	const char *name;

	return path_text_split(path, parent, &name) &&
	       object_open_outside(&directory, parent, false) &&
	       (directory.info.stx_mode & S_ISVTX) && !object_is_own(object) &&
	       !object_is_own(&directory);
}

/* Whether the host would let a name go; `object` is what it has there. */
static bool removable_outside(const char *path, const struct intent *intent,
			      const struct object *object)
{
	if (object_is_mount_root(object) || is_sticky_for_us(path, object))
		return false;
	if (intent->effect == EFFECT_RENAME)
		return !intent->directory || object_is_directory(object);
	if (intent->directory)
		return object_is_directory(object) && inspect_is_empty(path);
	return !object_is_directory(object);
}

/*
 * The name of what is there. That of a mount the kernel lets neither go nor be taken, and no grant
 * changes that.
 */
static void inspect_name_of_found(const struct inspector *inspector, const struct resolved *r,
				  struct finding *finding)
{
	inspect_directory_of(inspector, r->path, 0, finding);
	if (finding->outcome != OUTCOME_PLAIN || !object_is_mount_root(&r->object))
		return;
	inspect_directory_of(inspector, r->path, EBUSY, finding);
	finding->no_grant = finding->outcome == OUTCOME_REFUSED;
	if (!finding->mask)
		finding->mask = r->mask;
}

/* The old name of a rename, or what unlink(2) or rmdir(2) names. */
static void remove_resolved(const struct inspector *inspector, const struct resolved *r,
			    const struct intent *intent, struct finding *finding)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;

	finding->outcome = OUTCOME_FAILS;
	if (r->place == PLACE_MISSING || resolved_is_placeholder(r) ||
	    !object_open_outside(&outside, r->path, true) ||
	    !removable_outside(r->path, intent, &outside))
		return;
	if (r->place == PLACE_HIDDEN) {
		inspect_directory_of_hidden(inspector, r, finding);
	} else {
		inspect_name_of_found(inspector, r, finding);
	}
	finding->created = false;
}

void inspect_removing(const struct inspector *inspector, pid_t pid, const char *path,
		      const struct intent *intent, struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve_inside(inspector, pid, path, true, &r);
	if (r.place != PLACE_OTHER)
		remove_resolved(inspector, &r, intent, finding);
}

/* A name that is not there yet. */
static void create_resolved(const struct inspector *inspector, const struct resolved *r,
			    struct finding *finding)
{
	finding->outcome = OUTCOME_FAILS;
	if (r->place == PLACE_FOUND) {
		if (resolved_is_placeholder(r))
			inspect_placeholder(inspector, r, EEXIST, finding);
		return;
	}
	if (r->place == PLACE_HIDDEN) {
		_cleanup_object_ struct object outside = OBJECT_NONE;

		if (!object_open_outside(&outside, r->path, true))
			inspect_directory_of_hidden(inspector, r, finding);
	} else if (r->last_missing) {
		inspect_directory_of(inspector, r->path, 0, finding);
	}
}

void inspect_creating(const struct inspector *inspector, pid_t pid, const char *path,
		      struct finding *finding)
{
	_cleanup_resolved_ struct resolved r;

	resolve_inside(inspector, pid, path, true, &r);
	if (r.place != PLACE_OTHER)
		create_resolved(inspector, &r, finding);
}

/* The new name of a rename, which may be taken. */
static void replace_resolved(const struct inspector *inspector, const struct resolved *old,
			     const struct resolved *r, const struct intent *intent,
			     struct finding *finding)
{
	_cleanup_object_ struct object moved = OBJECT_NONE, outside = OBJECT_NONE;
	bool there = object_open_outside(&outside, r->path, true);

	finding->outcome = OUTCOME_FAILS;
	if (resolved_is_placeholder(r)) {
		if (!intent->exchange)
			inspect_placeholder(inspector, r, EBUSY, finding);
		return;
	}
	if (there ? intent->no_replace : intent->exchange)
		return;
	if (intent->directory && intent->exchange && !object_is_directory(&outside))
		return;
	if (there && !intent->exchange &&
	    (!object_open_outside(&moved, old->path, true) ||
	     object_is_directory(&moved) != object_is_directory(&outside) ||
	     (object_is_directory(&outside) && !inspect_is_empty(r->path))))
		return;
	if (there && (object_is_mount_root(&outside) || is_sticky_for_us(r->path, &outside)))
		return;
	if (r->place == PLACE_HIDDEN) {
		inspect_directory_of_hidden(inspector, r, finding);
	} else if (r->place == PLACE_FOUND) {
		inspect_name_of_found(inspector, r, finding);
	} else if (r->last_missing) {
		inspect_directory_of(inspector, r->path, 0, finding);
	}
}

/* Of the directory that a resolved path lies in, 0 = unknown. */
static uint64_t mount_of_parent(const struct inspector *inspector, const char *path)
{
	char parent[PATH_MAX];
	const char *name;
	_cleanup_close_ int fd = -1;

	if (!path_text_split(path, parent, &name))
		return 0;
	fd = inspector ? inspector_open(inspector, parent, false)
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

	return to && old->object.info.stx_mnt_id != to &&
	       object_open_outside(&outside, old->path, true) &&
	       outside.info.stx_mnt_id == mount_of_parent(NULL, new);
}

/* The new name of a link is made like that of a file. */
static bool pair_fails_anyway(const char *old, const char *new, const struct intent *intent)
{
	const struct intent makes = { .effect = EFFECT_CREATE };

	if (intent->effect == EFFECT_LINK)
		return inspect_fails_anyway(new, &makes);
	return inspect_fails_anyway(old, intent) || inspect_fails_anyway(new, intent);
}

/* Slashes behind a name: behind either one of a rename they say what the old one has to be. */
static void ask_for_directories(const char *old, const char *new, struct intent *from, struct intent *to)
{
	if (path_text_end(old) == PATH_END_SLASH)
		from->directory = true;
	/* It is what the name leads to, and no directory can be linked. */
	if (from->effect == EFFECT_LINK && from->directory)
		from->no_follow = false;
	if (path_text_end(new) != PATH_END_SLASH)
		return;
	if (from->exchange)
		to->directory = true;
	else
		from->directory = true;
}

/* No directory goes into itself. */
static bool is_tied(const struct resolved *old, const struct resolved *new, const struct intent *intent)
{
	return path_is_strictly_below(new->path, old->path) ||
	       (intent->exchange && path_is_strictly_below(old->path, new->path));
}

/* In another directory its ".." is another one, which has to be written. */
static bool may_go_elsewhere(const struct resolved *old, const struct resolved *new)
{
	_cleanup_object_ struct object outside = OBJECT_NONE;
	size_t length = path_text_parent_length(old->path);

	if (length == path_text_parent_length(new->path) && memcmp(old->path, new->path, length) == 0)
		return true;
	return !object_open_outside(&outside, old->path, true) || !object_is_directory(&outside) ||
	       object_may(&outside, W_OK);
}

static bool cannot_change_places(const struct resolved *old, const struct resolved *new,
				 const struct intent *intent)
{
	return is_tied(old, new, intent) || !may_go_elsewhere(old, new) ||
	       (intent->exchange && !may_go_elsewhere(new, old));
}

void inspect_pair(const struct inspector *inspector, pid_t pid, const char *old_path,
		  const char *new_path, const struct intent *intent, struct finding *first,
		  struct finding *second)
{
	_cleanup_resolved_ struct resolved old = { .object = OBJECT_NONE };
	_cleanup_resolved_ struct resolved new = { .object = OBJECT_NONE };
	struct intent from = *intent, to = *intent;
	char trimmed[PATH_MAX];

	finding_start(first);
	finding_start(second);
	if (strlen(old_path) >= PATH_MAX || strlen(new_path) >= PATH_MAX)
		return;
	if (pair_fails_anyway(old_path, new_path, intent)) {
		first->outcome = second->outcome = OUTCOME_FAILS;
		return;
	}
	ask_for_directories(old_path, new_path, &from, &to);
	path_text_trim(trimmed, old_path);
	resolve_inside(inspector, pid, trimmed,
		       intent->effect == EFFECT_RENAME || from.no_follow, &old);
	path_text_trim(trimmed, new_path);
	resolve_inside(inspector, pid, trimmed, true, &new);
	if (old.place == PLACE_OTHER || new.place == PLACE_OTHER)
		return;
	if (intent->effect == EFFECT_RENAME && cannot_change_places(&old, &new, intent)) {
		first->outcome = OUTCOME_FAILS;
	} else if (intent->effect == EFFECT_RENAME) {
		remove_resolved(inspector, &old, &from, first);
		replace_resolved(inspector, &old, &new, &to, second);
	} else {
		_cleanup_object_ struct object outside = OBJECT_NONE;

		create_resolved(inspector, &new, second);
		first->outcome = OUTCOME_FAILS;
		if (old.place == PLACE_HIDDEN &&
		    finding_allowed_outside(first, old.path, from.no_follow, F_OK, &outside) &&
		    !first->is_directory && !from.directory) {
			finding_refuse(first, ACCESS_READ, ENOENT, old.mask);
			finding_set_place(first, old.path);
		} else if (old.place == PLACE_FOUND && !object_is_directory(&old.object) &&
			   !resolved_is_placeholder(&old)) {
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
