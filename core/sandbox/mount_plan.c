/* SPDX-License-Identifier: MIT */
/* The list of mounts itself, and its words for bwrap. */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

void mount_plan_add(struct mount_plan *plan, enum mount_type type, enum mount_origin origin,
		    const char *source, const char *target, const char *rule)
{
	grow_array(plan->items, plan->count, plan->capacity);
	plan->items[plan->count++] = (struct mount){ .type = type,
						     .origin = origin,
						     .source = xstrdup(source),
						     .target = xstrdup(target),
						     .rule = xstrdup(rule) };
}

void mount_plan_bury(struct mount_plan *plan, enum mount_type type, const char *target, const char *rule)
{
	grow_array(plan->buried, plan->buried_count, plan->buried_capacity);
	plan->buried[plan->buried_count++] = (struct mount){ .type = type,
							     .origin = ORIGIN_SETTINGS,
							     .target = xstrdup(target),
							     .rule = xstrdup(rule) };
}

static void free_mounts(struct mount *mounts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(mounts[i].source);
		free(mounts[i].target);
		free(mounts[i].rule);
	}
	free(mounts);
}

void mount_plan_free(struct mount_plan *plan)
{
	free_mounts(plan->items, plan->count);
	free_mounts(plan->buried, plan->buried_count);
	strings_free(&plan->notes);
	*plan = (struct mount_plan){ 0 };
}

const struct mount *mount_plan_find(const struct mount_plan *plan, const char *path)
{
	for (size_t i = plan->count; i-- > 0;)
		if (path_is_below(path, plan->items[i].target))
			return &plan->items[i];
	return NULL;
}

const struct mount *mount_plan_find_buried(const struct mount_plan *plan, const char *path, bool writes)
{
	for (size_t i = 0; i < plan->buried_count; i++)
		if (path_is_below(path, plan->buried[i].target) &&
		    (writes || plan->buried[i].type != MOUNT_RO_BIND))
			return &plan->buried[i];
	return NULL;
}

static void add_words(struct strings *arguments, const char *option, const char *first,
		      const char *second)
{
	strings_add(arguments, option);
	strings_add(arguments, first);
	if (second)
		strings_add(arguments, second);
}

void mount_plan_arguments(const struct mount_plan *plan, struct strings *arguments)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		switch (mount->type) {
		case MOUNT_BIND:
			add_words(arguments, "--bind", mount->source, mount->target);
			break;
		case MOUNT_RO_BIND:
		case MOUNT_FAKE_FILE:
			add_words(arguments, "--ro-bind", mount->source, mount->target);
			break;
		/* Binds carry nodev: opening the device fails, so the file has no content at all. */
		case MOUNT_MASK_FILE:
		case MOUNT_PLACEHOLDER_FILE:
			add_words(arguments, "--ro-bind", "/dev/null", mount->target);
			break;
		case MOUNT_MASK_DIR:
		case MOUNT_PLACEHOLDER_DIR:
			add_words(arguments, "--tmpfs", mount->target, NULL);
			break;
		}
	}
	/*
	 * bwrap makes the mount points of what lies in a mask inside the mask, so it turns
	 * read-only after all of them; what is mounted there is not affected. A mask that a
	 * later mount covers cannot be reached any more and is left as it is.
	 */
	for (size_t i = 0; i < plan->count; i++) {
		const struct mount *mount = &plan->items[i];

		if ((mount->type == MOUNT_MASK_DIR || mount->type == MOUNT_PLACEHOLDER_DIR) &&
		    mount_plan_find(plan, mount->target) == mount)
			add_words(arguments, "--remount-ro", mount->target, NULL);
	}
}
