/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_RESOLVE_INSIDE_H
#define CORE_SANDBOX_RESOLVE_INSIDE_H

/*
 * Where a path leads in the sandbox's own tree, as it does for one of its programs.
 *
 * Two things the kernel cannot do for us: "/proc/self" and its links mean another process here, so
 * they are replaced by what they lead to for the caller; and a symlink that leads nowhere
 * inside may lead to what is hidden, so it is followed by its text.
 */
#include <sys/types.h>

#include "core/sandbox/inspect.h"
#include "core/sandbox/object.h"

#define LINKS_MOST 40 /* as the kernel has it */

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
	size_t missing;		 /* MISSING: so much of the path ends in a name that is not there; 0 = unknown */
	char path[PATH_MAX];	 /* resolved, as far as it exists */
};

void resolved_close(struct resolved *resolved);
#define _cleanup_resolved_ __attribute__((cleanup(resolved_close)))

/* `given` is absolute; `pid` is the calling thread's. Fills *r: resolved_close(). */
void resolve_inside(const struct inspector *inspector, pid_t pid, const char *given, bool no_follow,
		    struct resolved *r);
/* It is a file that keeps a name free: seen inside, and nothing behind it. */
static inline bool resolved_is_placeholder(const struct resolved *r)
{
	return r->mask && r->mask->is_placeholder;
}
/* O_PATH, below the sandbox's root. -1 with errno. */
int inspector_open(const struct inspector *inspector, const char *path, bool no_follow);
/* The mask that the object lies on, NULL = none. */
const struct mask *inspector_mask(const struct inspector *inspector, const struct object *object);

#endif
