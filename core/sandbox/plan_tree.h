/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PLAN_TREE_H
#define CORE_SANDBOX_PLAN_TREE_H

/*
 * A mount plan compiled to a prefix tree of path components: which mount of it a path lies on,
 * by its text alone. That holds for resolved paths only (no symlink, no "." or ".." in them).
 */
#include <stdbool.h>

#include "core/sandbox/mounts.h"

struct plan_tree;

/* Never NULL; nothing of the plan is kept. */
struct plan_tree *plan_tree_new(const struct mount_plan *plan);
void plan_tree_free(struct plan_tree *tree);
/* True if the path lies at or below something that is hidden, and on nothing that is shown in it. */
bool plan_tree_hides(const struct plan_tree *tree, const char *path);
/*
 * True if no program inside can change what the path means: it and all that is above it lies on
 * read-only mounts, and not in the trees that bwrap makes by itself (/dev, /proc).
 */
bool plan_tree_is_fixed(const struct plan_tree *tree, const char *path);

#endif
