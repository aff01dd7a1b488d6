/* SPDX-License-Identifier: MIT */
#include "core/base/hash_table.h"

#include <string.h>

#include "core/base/mem.h"

#define FIRST_CHAINS 64 /* a power of two, like all that follow */

void hash_table_free(struct hash_table *table)
{
	free(table->chains);
	memset(table, 0, sizeof(*table));
}

uint64_t hash_table_hash(struct hash_table *table, uint64_t number, const char *text)
{
	if (!table->key.low && !table->key.high)
		siphash_make_key(&table->key);
	/* The odd factor spreads small numbers over the whole word. */
	return siphash(&table->key, text, strlen(text)) ^ number * 0x9e3779b97f4a7c15u;
}

static struct hash_link **chain_of(const struct hash_table *table, uint64_t hash)
{
	return &table->chains[hash & (table->chain_count - 1)];
}

static void grow(struct hash_table *table)
{
	size_t before = table->chain_count;
	struct hash_link **old = table->chains;

	table->chain_count = before ? before * 2 : FIRST_CHAINS;
	table->chains = xcalloc(table->chain_count, sizeof(*table->chains));
	for (size_t i = 0; i < before; i++) {
		struct hash_link *reversed = NULL;

		/* Oldest first, so that the newest comes to lie in front again. */
		for (struct hash_link *link = old[i], *next; link; link = next) {
			next = link->next;
			link->next = reversed;
			reversed = link;
		}
		for (struct hash_link *link = reversed, *next; link; link = next) {
			struct hash_link **chain = chain_of(table, link->hash);

			next = link->next;
			link->next = *chain;
			*chain = link;
		}
	}
	free(old);
}

void hash_table_add(struct hash_table *table, struct hash_link *link, uint64_t hash)
{
	struct hash_link **chain;

	if (table->count >= table->chain_count)
		grow(table);
	chain = chain_of(table, hash);
	link->hash = hash;
	link->next = *chain;
	*chain = link;
	table->count++;
}

void hash_table_remove(struct hash_table *table, struct hash_link *link)
{
	if (!table->chain_count)
		return;
	for (struct hash_link **at = chain_of(table, link->hash); *at; at = &(*at)->next)
		if (*at == link) {
			*at = link->next;
			table->count--;
			return;
		}
}

static struct hash_link *with_hash(struct hash_link *link, uint64_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

struct hash_link *hash_table_first(const struct hash_table *table, uint64_t hash)
{
	return table->chain_count ? with_hash(*chain_of(table, hash), hash) : NULL;
}

struct hash_link *hash_table_next(const struct hash_link *link)
{
	return with_hash(link->next, link->hash);
}
