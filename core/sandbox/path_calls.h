/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PATH_CALLS_H
#define CORE_SANDBOX_PATH_CALLS_H

/*
 * The system calls that name a path, as a table: where the path is among the arguments and
 * what the call does to it. The filter is made from it, and notifications are read by it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum path_effect {
	EFFECT_OPEN,	/* flags decide: open(2), openat(2), creat(2), openat2(2) */
	EFFECT_LOOK,	/* says something about it: stat, access, readlink, chdir, getxattr */
	EFFECT_CREATE,	/* makes a new name: mkdir, mknod, symlink */
	EFFECT_REMOVE,	/* takes a name away: unlink, rmdir */
	EFFECT_RENAME,	/* takes one away and makes another */
	EFFECT_LINK,	/* makes a new name for an existing object */
	EFFECT_CHANGE,	/* changes the object: truncate, chmod, chown, utimensat, setxattr */
	EFFECT_EXEC,	/* executes it */
};

#define NO_ARGUMENT (-1)

/* Beyond the effect: how the name is taken, and what the caller needs. */
enum path_trait {
	TRAIT_NO_FOLLOW = 1 << 0, /* a symlink at the end is the object itself */
	TRAIT_FOLLOW_FLAG = 1 << 1, /* it is, but for AT_SYMLINK_FOLLOW */
	TRAIT_DIRECTORY = 1 << 2, /* of directories alone: rmdir(2), mkdir(2), chdir(2) */
	TRAIT_NEEDS_READ = 1 << 3,
	TRAIT_NEEDS_WRITE = 1 << 4,
	TRAIT_NEEDS_SEARCH = 1 << 5,
	TRAIT_NEEDS_MODE = 1 << 6, /* what the argument `detail` says: access(2) */
	TRAIT_NULL_PATH = 1 << 7, /* without a path it is about the descriptor */
	TRAIT_CONTENTS = 1 << 8, /* of regular files alone: truncate(2) */
	TRAIT_NO_LINK = 1 << 9, /* never of a symlink: chmod(2) */
	TRAIT_TAKES_ATTRIBUTE = 1 << 10, /* that the argument `detail` names: removexattr(2) */
};

struct path_call {
	const char *name;
	enum path_effect effect;
	int8_t dirfd;	/* argument index, NO_ARGUMENT = relative to the working directory */
	int8_t path;	/* NO_ARGUMENT = the descriptor `dirfd` itself: fchmod(2) */
	int8_t second_dirfd; /* of a rename or link: the new name */
	int8_t second_path;
	int8_t flags;	/* argument with open or AT_ flags, NO_ARGUMENT = none */
	int8_t detail;	/* of TRAIT_NEEDS_MODE: the mode, of TRAIT_TAKES_ATTRIBUTE: its name */
	uint16_t traits;
	int16_t number; /* on every architecture, for libraries that do not know it; 0 = by name */
};

extern const struct path_call path_calls[];
extern const size_t path_call_count;

/* Number of an entry on this architecture, or -1 where it does not exist. */
int path_call_number(const struct path_call *call);
/* The same for an architecture of libseccomp (SCMP_ARCH_*). */
int path_call_number_on(const struct path_call *call, uint32_t architecture);

#define PATH_CALL_NUMBERS 512 /* native numbers are below it on every architecture so far */

/* The table by number, made once: names are resolved by a search in libseccomp. */
struct path_call_index {
	const struct path_call *by_number[PATH_CALL_NUMBERS];
};

void path_call_index_make(struct path_call_index *index);
/* The entry for a native system call number, or NULL. */
const struct path_call *path_call_find(const struct path_call_index *index, int number);

#endif
