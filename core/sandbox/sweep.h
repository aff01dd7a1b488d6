/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_SWEEP_H
#define CORE_SANDBOX_SWEEP_H

/*
 * Takes placeholders away when their last run ends. Plain system calls on descriptors that the
 * caller has: no memory, no paths.
 */
#include <limits.h>
#include <stdbool.h>

struct sweep_name {
	int parent; /* the directory */
	int fd;	    /* the placeholder itself, locked (flock) shared; -1 = not open */
	char name[NAME_MAX + 1];
};

enum sweep_result {
	SWEEP_DONE,   /* removed, or not ours to remove */
	SWEEP_IN_USE, /* another run holds it, and removes it when it ends */
};

/*
 * Gives the lock up, and removes the name if nobody else holds it and it is still the empty
 * placeholder that `fd` is. With `wait` the other runs' end is waited for.
 */
enum sweep_result sweep_one(const struct sweep_name *item, bool wait);
/* Opens what the name leads to if it can be a placeholder. Descriptor, or -1. */
int sweep_open(const struct sweep_name *item);
/*
 * True if only its owner (or the directory's) can remove it: the user whose run ends last may not
 * be able to.
 */
bool sweep_needs_owner(const struct sweep_name *item);

#endif
