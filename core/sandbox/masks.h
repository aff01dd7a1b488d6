/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MASKS_H
#define CORE_SANDBOX_MASKS_H

/*
 * The masks of a running sandbox (and what keeps names free) by the kernel's own mount ids: whether a
 * path is hidden is read off the mount that it resolves to, not off its spelling.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/sandbox/mounts.h"
#include "core/sandbox/plan_tree.h"

struct mask {
	uint64_t mount_id;
	bool is_directory;
	/* A name that must not come into being: it hides nothing but what the host makes there later. */
	bool is_placeholder;
	enum mount_origin origin;
	char *target;
	char *rule; /* NULL = none */
};

struct masks {
	struct mask *items;
	size_t count;
	struct plan_tree *tree; /* of the whole plan */
};

/* Reads the ids of the plan's masks in the tree at `root`. Both are only looked at. */
void masks_find(struct masks *masks, const struct mount_plan *plan, int root);
/*
 * Adds those of `before` that are not among them: what a grant lies on is still there, and shows
 * again when that is taken back.
 */
void masks_keep(struct masks *masks, const struct masks *before);
void masks_free(struct masks *masks);
const struct mask *masks_by_mount(const struct masks *masks, uint64_t mount_id);
/* Mount id of what a descriptor refers to, 0 = unknown (statx(2), Linux 5.8). */
uint64_t descriptor_mount_id(int fd);

#endif
