/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MOUNT_INDEX_H
#define CORE_SANDBOX_MOUNT_INDEX_H

/* mount_plan_find() for many paths: takes time by the length of the path, not of the plan. */
#include "core/sandbox/mounts.h"

struct mount_index;

/* Borrows the plan, which must not change meanwhile. */
struct mount_index *mount_index_new(const struct mount_plan *plan);
void mount_index_free(struct mount_index *index);
/* The same answer as mount_plan_find(). */
const struct mount *mount_index_find(const struct mount_index *index, const char *path);

#endif
