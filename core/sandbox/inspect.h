/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_INSPECT_H
#define CORE_SANDBOX_INSPECT_H

/*
 * Says of a path call what the kernel is about to do with it, and whether a refusal would be the
 * sandbox's doing. For showing and asking only: the mounts decide, whatever this says.
 */
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/policy/access.h"
#include "core/sandbox/masks.h"
#include "core/sandbox/path_calls.h"

/* What a call is about to do to one path. */
struct intent {
	enum path_effect effect;
	bool write;	/* OPEN: any intent to change */
	bool create;	/* OPEN: O_CREAT */
	bool exclusive; /* OPEN: O_CREAT with O_EXCL */
	bool unnamed;	/* OPEN: O_TMPFILE, the path is the directory */
	bool no_follow;
	bool truncates; /* CHANGE: truncate(2) wants the right to write, the others ownership */
};

enum outcome {
	OUTCOME_UNKNOWN, /* nothing can be said: not looked at, or not readable */
	OUTCOME_PLAIN,	 /* the sandbox does not stand in the way */
	OUTCOME_FAILS,	 /* fails, but not because of the sandbox */
	OUTCOME_REFUSED, /* the sandbox refuses it */
};

struct finding {
	enum outcome outcome;
	enum access_kind kind;	 /* PLAIN, REFUSED */
	char object[PATH_MAX];	 /* PLAIN, REFUSED: the host's resolved path of it */
	char place[PATH_MAX];	 /* REFUSED: where inside it has to appear; mostly the same */
	int error;		 /* REFUSED: what the program sees; 0 = an empty directory */
	bool is_directory;	 /* REFUSED: the object is one */
	bool by_parent;		 /* REFUSED: only its directory can be granted */
	bool created;		 /* PLAIN: the call makes the object */
	const struct mask *mask; /* REFUSED: the mask, or NULL = read-only place */
};

struct inspector {
	int root;		   /* of the sandbox */
	const struct masks *masks; /* borrowed */
};

/* `path` is absolute as the program sees it (not normalised). */
void inspect_path(const struct inspector *inspector, const char *path, const struct intent *intent,
		  struct finding *finding);

/* open(2) flags to an intent. */
struct intent intent_of_open(uint64_t flags);

#endif
