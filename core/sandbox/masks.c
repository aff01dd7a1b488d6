/* SPDX-License-Identifier: MIT */
#include "core/sandbox/masks.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/mem.h"

uint64_t descriptor_mount_id(int fd)
{
	struct statx info;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &info) < 0 || !(info.stx_mask & STATX_MNT_ID))
		return 0;
	return info.stx_mnt_id;
}

/*
 * What a plan says may not be so in a sandbox that runs: a place that is denied since is open until the
 * next start. Then the host's own object is seen there.
 */
static bool is_open(int inside, const char *target)
{
	struct stat here, host;

	return fstat(inside, &here) == 0 && lstat(target, &host) == 0 &&
	       here.st_dev == host.st_dev && here.st_ino == host.st_ino;
}

static bool is_known(const struct masks *masks, uint64_t mount_id)
{
	for (size_t i = 0; i < masks->count; i++)
		if (masks->items[i].mount_id == mount_id)
			return true;
	return false;
}

static int by_mount_id(const void *a, const void *b)
{
	uint64_t x = ((const struct mask *)a)->mount_id, y = ((const struct mask *)b)->mount_id;

	return (x > y) - (x < y);
}

static bool is_placeholder(const struct mount *mount)
{
	return mount->type == MOUNT_PLACEHOLDER_FILE || mount->type == MOUNT_PLACEHOLDER_DIR;
}

void masks_find(struct masks *masks, const struct mount_plan *plan, int root)
{
	size_t capacity = 0;

	*masks = (struct masks){ .tree = plan_tree_new(plan) };
	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];
		struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
					.resolve = RESOLVE_IN_ROOT };
		_cleanup_close_ int fd = -1;
		uint64_t id;

		if (mount->type != MOUNT_MASK_DIR && mount->type != MOUNT_MASK_FILE &&
		    !is_placeholder(mount))
			continue;
		fd = (int)syscall(SYS_openat2, root, mount->target, &how, sizeof(how));
		id = fd < 0 ? 0 : descriptor_mount_id(fd);
		/* A place that another mount covers has that mount's id: the first one keeps it. */
		if (!id || is_known(masks, id) || is_open(fd, mount->target))
			continue;
		grow_array(masks->items, masks->count, capacity);
		masks->items[masks->count++] =
			(struct mask){ .mount_id = id,
				       .is_directory = mount->type == MOUNT_MASK_DIR ||
						       mount->type == MOUNT_PLACEHOLDER_DIR,
				       .is_placeholder = is_placeholder(mount),
				       .origin = mount->origin,
				       .target = xstrdup(mount->target),
				       .rule = xstrdup(mount->rule) };
	}
	if (masks->count)
		qsort(masks->items, masks->count, sizeof(*masks->items), by_mount_id);
}

void masks_keep(struct masks *masks, const struct masks *before)
{
	size_t count = masks->count;

	masks->items = xrealloc(masks->items, count + before->count + 1, sizeof(*masks->items));
	for (size_t i = 0; i < before->count; i++) {
		const struct mask *old = &before->items[i];
		struct mask *kept = &masks->items[count];

		/* Only what is in order can be searched: the new ones count at the end. */
		if (masks_by_mount(masks, old->mount_id))
			continue;
		*kept = *old;
		kept->target = xstrdup(old->target);
		kept->rule = xstrdup(old->rule);
		count++;
	}
	masks->count = count;
	if (masks->count)
		qsort(masks->items, masks->count, sizeof(*masks->items), by_mount_id);
}

void masks_free(struct masks *masks)
{
	for (size_t i = 0; i < masks->count; i++) {
		free(masks->items[i].target);
		free(masks->items[i].rule);
	}
	free(masks->items);
	plan_tree_free(masks->tree);
	*masks = (struct masks){ 0 };
}

const struct mask *masks_by_mount(const struct masks *masks, uint64_t mount_id)
{
	const struct mask wanted = { .mount_id = mount_id };

	return masks->count ? bsearch(&wanted, masks->items, masks->count, sizeof(wanted), by_mount_id)
			    : NULL;
}
