/* SPDX-License-Identifier: MIT */
#include "core/sandbox/listed.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash_table.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

#define DIRECTORIES_MOST 16384

struct directory {
	struct hash_link link;
	struct directory *next; /* of all */
	char path[];
};

struct listed {
	struct hash_table table;
	struct directory *first;
};

struct listed *listed_new(void)
{
	return xcalloc(1, sizeof(struct listed));
}

void listed_free(struct listed *listed)
{
	struct directory *next;

	if (!listed)
		return;
	for (struct directory *at = listed->first; at; at = next) {
		next = at->next;
		free(at);
	}
	hash_table_free(&listed->table);
	free(listed);
}

static bool is_full(const struct listed *listed)
{
	return listed->table.count >= DIRECTORIES_MOST;
}

static bool has(const struct listed *listed, uint64_t hash, const char *path)
{
	for (struct hash_link *link = hash_table_first(&listed->table, hash); link; link = hash_table_next(link))
		if (strcmp(hash_element(link, struct directory, link)->path, path) == 0)
			return true;
	return false;
}

void listed_add(struct listed *listed, const char *directory)
{
	uint64_t hash = hash_table_hash(&listed->table, 0, directory);
	size_t size = strlen(directory) + 1;
	struct directory *added;

	if (is_full(listed) || has(listed, hash, directory))
		return;
	added = xmalloc(sizeof(*added) + size);
	memcpy(added->path, directory, size);
	added->next = listed->first;
	listed->first = added;
	hash_table_add(&listed->table, &added->link, hash);
}

bool listed_has_parent_of(struct listed *listed, const char *object)
{
	_cleanup_free_ char *parent = path_parent(object);

	return is_full(listed) || has(listed, hash_table_hash(&listed->table, 0, parent), parent);
}
