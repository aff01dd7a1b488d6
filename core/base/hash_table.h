/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_HASH_TABLE_H
#define CORE_BASE_HASH_TABLE_H

/*
 * A hash table of chains through links that lie in the elements: nothing is allocated for an
 * element. Whoever looks something up compares what has the same hash. The keys may be a
 * stranger's: hashes are made with a key of the table's own.
 */
#include <stdint.h>

#include "core/base/siphash.h"

struct hash_link {
	struct hash_link *next;
	uint64_t hash;
};

struct hash_table {
	struct hash_link **chains;
	size_t chain_count, count;
	struct siphash_key key;
};

/* An empty table: zeroed. Elements are the caller's, also when the table is freed. */
void hash_table_free(struct hash_table *table);
/* Of a number and a text, as one key. */
uint64_t hash_table_hash(struct hash_table *table, uint64_t number, const char *text);
void hash_table_add(struct hash_table *table, struct hash_link *link, uint64_t hash);
/* Nothing where it is not in the table. */
void hash_table_remove(struct hash_table *table, struct hash_link *link);
/* The newest with this hash, and the next older one; NULL = none. */
struct hash_link *hash_table_first(const struct hash_table *table, uint64_t hash);
struct hash_link *hash_table_next(const struct hash_link *link);

/* The element around a link. */
#define hash_element(link, type, member) ((type *)((char *)(link) - __builtin_offsetof(type, member)))

#endif
