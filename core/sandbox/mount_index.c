/* SPDX-License-Identifier: MIT */
#include "core/sandbox/mount_index.h"

#include <stdint.h>
#include <string.h>

#include "core/base/mem.h"

/* The last mount of each target, found by its hash. */
struct slot {
	uint64_t hash;
	uint32_t mount; /* index + 1; 0 = free */
};

struct mount_index {
	const struct mount_plan *plan;
	struct slot *slots;
	size_t mask;
};

#define HASH_START 1469598103934665603u

static uint64_t hash_char(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 1099511628211u;
}

static struct slot *find_slot(const struct mount_index *index, uint64_t hash, const char *path,
			      size_t length)
{
	for (size_t at = (size_t)(hash ^ hash >> 29);; at++) {
		struct slot *slot = &index->slots[at & index->mask];
		const char *target;

		if (!slot->mount)
			return slot;
		if (slot->hash != hash)
			continue;
		target = index->plan->items[slot->mount - 1].target;
		if (strncmp(target, path, length) == 0 && target[length] == '\0')
			return slot;
	}
}

struct mount_index *mount_index_new(const struct mount_plan *plan)
{
	struct mount_index *index = xcalloc(1, sizeof(*index));
	size_t size = 16;

	while (size < plan->count * 2)
		size *= 2;
	index->plan = plan;
	index->slots = xcalloc(size, sizeof(*index->slots));
	index->mask = size - 1;
	for (size_t i = 0; i < plan->count; i++) {
		const char *target = plan->items[i].target;
		uint64_t hash = HASH_START;
		struct slot *slot;

		for (const char *c = target; *c; c++)
			hash = hash_char(hash, *c);
		slot = find_slot(index, hash, target, strlen(target));
		*slot = (struct slot){ hash, (uint32_t)i + 1 };
	}
	return index;
}

void mount_index_free(struct mount_index *index)
{
	if (!index)
		return;
	free(index->slots);
	free(index);
}

const struct mount *mount_index_find(const struct mount_index *index, const char *path)
{
	uint64_t hash = hash_char(HASH_START, '/');
	uint32_t last = 0;

	if (path[0] != '/')
		return NULL;
	last = find_slot(index, hash, "/", 1)->mount;
	for (size_t length = 1; path[length]; length++) {
		uint32_t mount;

		hash = hash_char(hash, path[length]);
		if (path[length + 1] != '/' && path[length + 1] != '\0')
			continue;
		mount = find_slot(index, hash, path, length + 1)->mount;
		if (mount > last)
			last = mount;
	}
	return last ? &index->plan->items[last - 1] : NULL;
}
