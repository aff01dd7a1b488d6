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
	EFFECT_CREATE,	/* makes a new name: mkdir, mknod, symlink */
	EFFECT_REMOVE,	/* takes a name away: unlink, rmdir */
	EFFECT_RENAME,	/* takes one away and makes another */
	EFFECT_LINK,	/* makes a new name for an existing object */
	EFFECT_CHANGE,	/* changes the object: truncate, chmod, chown */
	EFFECT_EXEC,	/* executes it */
};

#define NO_ARGUMENT (-1)

struct path_call {
	const char *name;
	enum path_effect effect;
	int8_t dirfd;	/* argument index, NO_ARGUMENT = relative to the working directory */
	int8_t path;
	int8_t second_dirfd; /* of a rename or link: the new name */
	int8_t second_path;
	int8_t flags;	/* argument with open or AT_ flags, NO_ARGUMENT = none */
};

extern const struct path_call path_calls[];
extern const size_t path_call_count;

/* Number of an entry on this architecture, or -1 where it does not exist. */
int path_call_number(const struct path_call *call);

#define PATH_CALL_NUMBERS 512 /* native numbers are below it on every architecture so far */

/* The table by number, made once: names are resolved by a search in libseccomp. */
struct path_call_index {
	const struct path_call *by_number[PATH_CALL_NUMBERS];
};

void path_call_index_make(struct path_call_index *index);
/* The entry for a native system call number, or NULL. */
const struct path_call *path_call_find(const struct path_call_index *index, int number);

#endif
