/* SPDX-License-Identifier: MIT */
/*
 * What no program inside can change is remembered (known_places.h), so that most calls cost one look,
 * or none.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/sandbox/inspect_parts.h"
#include "core/sandbox/path_text.h"

/* Keeps what came of looking a path up, if only the host can change it. */
static void remember_object(const struct inspector *inspector, const char *path,
			    const struct object *object, bool readable)
{
	unsigned what = KNOWN_OBJECT | (readable ? KNOWN_READABLE : 0) |
			(object_is_directory(object) ? KNOWN_DIRECTORY : 0);

	if (!inspector->known || object_is_link(object) ||
	    !plan_tree_is_fixed(inspector->masks->tree, path))
		return;
	known_places_add(inspector->known, path, strlen(path), what);
	known_places_add(inspector->known, path, path_text_parent_length(path), KNOWN_DIRECTORY);
}

/*
 * Where the directory of `path` leads over symlinks, if no program inside can change any of them.
 * Each step is in a directory that is resolved already.
 */
static void remember_alias(const struct inspector *inspector, const char *path)
{
	char rest[PATH_MAX], real[PATH_MAX] = "", next[PATH_MAX], target[PATH_MAX];
	size_t length = path_text_parent_length(path);
	int links = 0;

	if (!inspector->known || !path_text_is_normal(path))
		return;
	/* It has none, or that was found out already. */
	if (known_places_find(inspector->known, path, length) & (KNOWN_DIRECTORY | KNOWN_ALIAS))
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
		if (++links > LINKS_MOST || strstr(target, "..") ||
		    strlen(target) + strlen(at) >= PATH_MAX)
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

/*
 * A symlink that names something beside it, as most of libraries do, if no program inside can change
 * either. The directory is known by now.
 */
static void remember_link(const struct inspector *inspector, const char *path, const char *real)
{
	size_t length = path_text_parent_length(path), parent = path_text_parent_length(real);
	const char *directory = known_places_target(inspector->known, path, length);
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t got;

	if (!directory)
		strcpy(link, path);
	else if (!path_text_join(link, directory, path + length + 1))
		return;
	if (path_text_parent_length(link) != parent || strncmp(link, real, parent) != 0 ||
	    !(known_places_find(inspector->known, real, parent) & KNOWN_DIRECTORY) ||
	    !plan_tree_is_fixed(inspector->masks->tree, link))
		return;
	got = readlinkat(inspector->root, link + 1, target, sizeof(target) - 1);
	if (got <= 0)
		return;
	target[got] = '\0';
	if (strcmp(target, strrchr(real, '/') + 1) == 0)
		known_places_add_alias(inspector->known, path, strlen(path), real);
}

void inspect_remember(const struct inspector *inspector, const char *path, const struct resolved *r,
		      bool readable)
{
	remember_object(inspector, r->path, &r->object, readable);
	if (!inspector->known || strcmp(path, r->path) == 0)
		return;
	remember_alias(inspector, path);
	if (path_text_is_normal(path) && r->path[1])
		remember_link(inspector, path, r->path);
}

void inspect_remember_missing(const struct inspector *inspector, const char *path,
			      const struct resolved *r)
{
	char gap[PATH_MAX];

	if (!inspector->known || !r->missing || !plan_tree_is_fixed(inspector->masks->tree, r->path))
		return;
	memcpy(gap, r->path, r->missing);
	gap[r->missing] = '\0';
	known_places_add(inspector->known, gap, path_text_parent_length(gap), KNOWN_DIRECTORY);
	known_places_add(inspector->known, gap, r->missing, KNOWN_MISSING);
	if (r->last_missing && strcmp(path, r->path) != 0)
		remember_alias(inspector, path);
}

/* The same of what it leads to. */
static bool is_known_by_alias(const struct inspector *inspector, const char *real,
			      const struct intent *intent, struct finding *finding)
{
	/* Two that lead to each other were changed in between. */
	return !known_places_target(inspector->known, real, strlen(real)) &&
	       !known_places_target(inspector->known, real, path_text_parent_length(real)) &&
	       inspect_is_known(inspector, real, intent, finding);
}

/* By a symlink beside it. */
static bool is_known_by_link(const struct inspector *inspector, const char *path,
			     const struct intent *intent, struct finding *finding)
{
	char real[PATH_MAX];

	/* What is added meanwhile may take its place. */
	strcpy(real, known_places_target(inspector->known, path, strlen(path)));
	return is_known_by_alias(inspector, real, intent, finding);
}

/* By where the path's directory leads. */
static bool is_known_by_directory(const struct inspector *inspector, const char *path,
				  const struct intent *intent, struct finding *finding)
{
	size_t length = path_text_parent_length(path);
	const char *target = known_places_target(inspector->known, path, length);
	char real[PATH_MAX];

	return target && path_text_join(real, target, path + length + 1) &&
	       is_known_by_alias(inspector, real, intent, finding);
}

/* What it lies in is not there: nothing is found on a way that has ended. */
static bool is_below_missing(const struct inspector *inspector, const char *path)
{
	for (size_t length = path_text_parent_length(path); length > 1;) {
		if (known_places_find(inspector->known, path, length) & KNOWN_MISSING)
			return plan_tree_is_fixed(inspector->masks->tree, path);
		while (path[--length] != '/')
			;
	}
	return false;
}

bool inspect_is_where_it_says(const struct inspector *inspector, const char *path, bool plain)
{
	char trimmed[PATH_MAX], target[1];
	int fd;

	/* What nobody inside can change is remembered, and needs no look at all. */
	if (!path[1] || plan_tree_is_fixed(inspector->masks->tree, path))
		return false;
	if (plain)
		return readlinkat(inspector->root, path + 1, target, sizeof(target)) < 0 &&
		       (errno == EINVAL || errno == ENOENT);
	path_text_trim(trimmed, path);
	if (!path_text_is_normal(trimmed))
		return false;
	fd = object_open_at(inspector->root, trimmed, false, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return errno == ENOENT;
	close(fd);
	return true;
}

/* Nothing but one object is to be looked at, or opened for reading, or executed. */
static bool is_for_one_object(const struct intent *intent, const char *path)
{
	bool opens = intent->effect == EFFECT_OPEN;

	return (opens || intent->effect == EFFECT_EXEC || intent->effect == EFFECT_LOOK) &&
	       !intent->write && !intent->search && !intent->create && (!intent->directory || opens) &&
	       (!intent->read || opens) && path_text_is_normal(path) && path[1];
}

static void tell(const char *path, const struct intent *intent, bool is_directory, struct finding *finding)
{
	if (intent->directory && !is_directory) {
		finding->outcome = OUTCOME_FAILS;
	} else if (intent->effect == EFFECT_OPEN) {
		finding_pass(finding, ACCESS_READ);
		strcpy(finding->object, path);
	}
}

/* One look at a name in a directory that is what its text says and is not hidden. True if that tells all. */
static bool look_at_name(const struct inspector *inspector, const char *path,
			 const struct intent *intent, struct finding *finding)
{
	bool opens = intent->effect == EFFECT_OPEN, readable;
	struct object object = OBJECT_NONE;

	if (statx(inspector->root, path + 1, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		  STATX_BASIC_STATS | STATX_MNT_ID, &object.info) < 0) {
		/* Not hidden: it would have to be in the plan. */
		if (errno != ENOENT)
			return false;
		if (plan_tree_is_fixed(inspector->masks->tree, path))
			known_places_add(inspector->known, path, strlen(path), KNOWN_MISSING);
		finding->outcome = OUTCOME_FAILS;
		return true;
	}
	if (object_is_link(&object) || inspector_mask(inspector, &object))
		return !opens && intent->no_follow && !inspector_mask(inspector, &object);
	/* Of what is executed there is more to see. */
	if (intent->effect == EFFECT_EXEC)
		return false;
	readable = object_may_surely_read(&object) ||
		   (object.info.stx_mode & (S_IRUSR | S_IRGRP | S_IROTH)) ==
			   (S_IRUSR | S_IRGRP | S_IROTH);
	if (opens && !readable)
		return false;
	remember_object(inspector, path, &object, readable);
	/* What was known before was seen before. */
	if (!opens)
		finding_see(finding, inspector, &object, path);
	tell(path, intent, object_is_directory(&object), finding);
	return true;
}

bool inspect_is_known(const struct inspector *inspector, const char *path,
		      const struct intent *intent, struct finding *finding)
{
	bool opens = intent->effect == EFFECT_OPEN;
	unsigned wanted = opens ? KNOWN_READABLE : KNOWN_OBJECT, what, above;

	if (!inspector->known || !is_for_one_object(intent, path))
		return false;
	what = known_places_find(inspector->known, path, strlen(path));
	if (what & KNOWN_MISSING) {
		finding->outcome = OUTCOME_FAILS;
		return true;
	}
	if ((what & KNOWN_ALIAS) && !intent->no_follow)
		return is_known_by_link(inspector, path, intent, finding);
	if (intent->effect == EFFECT_EXEC && what)
		return false;
	if (what & wanted) {
		tell(path, intent, what & KNOWN_DIRECTORY, finding);
		return true;
	}
	above = known_places_find(inspector->known, path, path_text_parent_length(path));
	if (above & KNOWN_ALIAS)
		return is_known_by_directory(inspector, path, intent, finding);
	if (!(above & KNOWN_DIRECTORY) && is_below_missing(inspector, path)) {
		finding->outcome = OUTCOME_FAILS;
		return true;
	}
	return (above & KNOWN_DIRECTORY) && plan_tree_is_fixed(inspector->masks->tree, path) &&
	       look_at_name(inspector, path, intent, finding);
}

bool inspect_name(const struct inspector *inspector, const char *path, const struct intent *intent,
		  struct finding *finding)
{
	size_t length = path_text_parent_length(path);

	finding_start(finding);
	if (plan_tree_is_fixed(inspector->masks->tree, path)) {
		if (inspector->known &&
		    !(known_places_find(inspector->known, path, length) & KNOWN_DIRECTORY))
			known_places_add(inspector->known, path, length, KNOWN_DIRECTORY);
		return false;
	}
	return intent->effect != EFFECT_EXEC && is_for_one_object(intent, path) &&
	       !path_text_is_special(path) && !plan_tree_hides(inspector->masks->tree, path) &&
	       look_at_name(inspector, path, intent, finding);
}
