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
#include "core/sandbox/known_places.h"
#include "core/sandbox/masks.h"
#include "core/sandbox/path_calls.h"

/* What a call is about to do to one path. */
struct intent {
	enum path_effect effect;
	bool read, write; /* OPEN: what for; LOOK, CHANGE: a right that is needed */
	bool search;	  /* LOOK: a right that is needed */
	bool create;	  /* OPEN: O_CREAT */
	bool exclusive;	  /* OPEN: O_CREAT with O_EXCL */
	bool truncate;	  /* OPEN: O_TRUNC */
	bool unnamed;	  /* OPEN: O_TMPFILE, the path is the directory */
	bool no_follow;
	bool directory;	  /* what is not one is refused by itself */
	bool owner;	  /* CHANGE: for the owner only */
	bool contents;	  /* CHANGE: of a regular file alone */
	bool is_no_link;  /* CHANGE: a symlink is refused by itself */
	bool no_replace;  /* RENAME: the new name must be free */
	bool exchange;	  /* RENAME: the new name must be there */
};

enum outcome {
	OUTCOME_UNKNOWN, /* nothing is to be said: not looked at, not readable, or only looked at */
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
	bool no_grant;		 /* REFUSED: by the border of a mount, which no grant moves */
	bool created;		 /* PLAIN: the call makes the object */
	const struct mask *mask; /* REFUSED: the mask, or NULL = read-only place */
};

struct inspector {
	int root;		   /* of the sandbox */
	const struct masks *masks; /* borrowed */
	struct known_places *known; /* the calling thread's; NULL = nothing is remembered */
	bool looks;		    /* a look at a file is PLAIN, as reading; else UNKNOWN */
};

/* `path` is absolute as the program sees it (not normalised); `pid` is the calling thread's. */
void inspect_path(const struct inspector *inspector, pid_t pid, const char *path,
		  const struct intent *intent, struct finding *finding);
/*
 * The same for openat2(2) with RESOLVE_ flags: `path` as the program gave it, `base` is where it starts
 * if it is relative, or is to stay below.
 */
void inspect_restricted(const struct inspector *inspector, pid_t pid, const char *base,
			const char *path, uint64_t resolve, const struct intent *intent,
			struct finding *finding);
/*
 * The same for a call with two paths, a rename or a link: the refusal of one is that of the call.
 * Where neither is refused, `first` and `second` say what becomes of each.
 */
void inspect_pair(const struct inspector *inspector, pid_t pid, const char *old_path,
		  const char *new_path, const struct intent *intent, struct finding *first,
		  struct finding *second);

/*
 * Of a path of which the kernel itself says that its directory is what its text says: no symlink is in
 * that. True if `finding` has it all after one look at the name; else inspect_path() is next, and knows
 * of the directory if no program inside can change it.
 */
bool inspect_name(const struct inspector *inspector, const char *path, const struct intent *intent,
		  struct finding *finding);

/*
 * True if a program inside can change what the path means, and just now it is in the place that its text
 * says, or would be: there is no symlink on the way, nor at the end. `plain`: the kernel itself says that
 * of the path's directory. That takes one system call, else two; to look at the object takes one more.
 */
bool inspect_is_where_it_says(const struct inspector *inspector, const char *path, bool plain);

/* open(2) flags to an intent. */
struct intent intent_of_open(uint64_t flags);

#endif
