/* SPDX-License-Identifier: MIT */
#include "core/sandbox/access_table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

#define FIRST_SLOTS 256
#define FIRST_ENTRIES 128
#define BLOCK_SIZE (32 * 1024) /* more than the longest path */
#define KNOWN 64

struct entry {
	size_t hash;
	enum access_kind kind;
	enum verdict verdict;
	const char *object, *exe; /* in a block; exe NULL = unknown */
	uint64_t count;
	int64_t first_ms, last_ms;
	int error;
	bool created;
};

struct block {
	struct block *next;
	size_t used;
	char text[BLOCK_SIZE];
};

struct access_table {
	struct entry *entries;
	size_t count, capacity, most;
	uint32_t *slots; /* index of an entry + 1; 0 = free */
	size_t slot_count;
	uint64_t dropped;
	struct block *blocks; /* newest first */
	struct {
		pid_t pid;
		const char *exe;
	} known[KNOWN]; /* programs of threads, until the next take */
};

struct access_table *access_table_new(size_t most)
{
	struct access_table *table = xcalloc(1, sizeof(*table));

	table->most = most;
	table->slot_count = FIRST_SLOTS;
	table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
	table->capacity = FIRST_ENTRIES;
	table->entries = xmalloc(table->capacity * sizeof(*table->entries));
	return table;
}

/* All but the last one, which is used again. */
static void free_blocks(struct access_table *table)
{
	while (table->blocks && table->blocks->next) {
		struct block *next = table->blocks->next;

		free(table->blocks);
		table->blocks = next;
	}
	if (table->blocks)
		table->blocks->used = 0;
}

void access_table_free(struct access_table *table)
{
	if (!table)
		return;
	free_blocks(table);
	free(table->blocks);
	free(table->entries);
	free(table->slots);
	free(table);
}

static const char *keep(struct access_table *table, const char *text, size_t length)
{
	char *kept;

	if (length >= BLOCK_SIZE)
		length = BLOCK_SIZE - 1;
	if (!table->blocks || table->blocks->used + length + 1 > BLOCK_SIZE) {
		struct block *block = xmalloc(sizeof(*block));

		block->next = table->blocks;
		block->used = 0;
		table->blocks = block;
	}
	kept = table->blocks->text + table->blocks->used;
	memcpy(kept, text, length);
	kept[length] = '\0';
	table->blocks->used += length + 1;
	return kept;
}

static const char *program_of(struct access_table *table, pid_t pid)
{
	size_t at = (size_t)pid % KNOWN;
	char link[64], path[PATH_MAX];
	ssize_t length;

	if (pid && table->known[at].pid == pid)
		return table->known[at].exe;
	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	length = readlink(link, path, sizeof(path));
	table->known[at].pid = pid;
	table->known[at].exe = length > 0 ? keep(table, path, (size_t)length) : NULL;
	return table->known[at].exe;
}

void access_table_forget(struct access_table *table, pid_t pid)
{
	size_t at = (size_t)pid % KNOWN;

	if (table->known[at].pid == pid)
		table->known[at].pid = 0;
}

/* FNV-1a. An attacker who makes long chains slows only its own calls. */
static size_t hash_of(enum access_kind kind, enum verdict verdict, const char *object)
{
	uint64_t h = 1469598103934665603u ^ (uint64_t)kind ^ ((uint64_t)verdict << 8);

	for (; *object; object++)
		h = (h ^ (unsigned char)*object) * 1099511628211u;
	return (size_t)h;
}

static uint32_t *find_slot(const struct access_table *table, size_t hash, enum access_kind kind,
			   enum verdict verdict, const char *object)
{
	size_t at = hash & (table->slot_count - 1);

	for (;; at = (at + 1) & (table->slot_count - 1)) {
		const struct entry *entry;

		if (!table->slots[at])
			return &table->slots[at];
		entry = &table->entries[table->slots[at] - 1];
		if (entry->hash == hash && entry->kind == kind && entry->verdict == verdict &&
		    strcmp(entry->object, object) == 0)
			return &table->slots[at];
	}
}

static void double_slots(struct access_table *table)
{
	free(table->slots);
	table->slot_count *= 2;
	table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
	for (size_t i = 0; i < table->count; i++) {
		const struct entry *entry = &table->entries[i];

		*find_slot(table, entry->hash, entry->kind, entry->verdict, entry->object) =
			(uint32_t)i + 1;
	}
}

void access_table_add(struct access_table *table, enum access_kind kind, enum verdict verdict,
		      const char *object, pid_t pid, int error, bool created, int64_t now_ms)
{
	size_t hash = hash_of(kind, verdict, object);
	uint32_t *slot = find_slot(table, hash, kind, verdict, object);
	struct entry *entry;

	if (!*slot) {
		if (table->count == table->most) {
			table->dropped++;
			return;
		}
		grow_array(table->entries, table->count, table->capacity);
		entry = &table->entries[table->count++];
		*entry = (struct entry){ .hash = hash,
					 .kind = kind,
					 .verdict = verdict,
					 .object = keep(table, object, strlen(object)),
					 .exe = program_of(table, pid),
					 .first_ms = now_ms };
		*slot = (uint32_t)table->count;
		if (table->count * 2 > table->slot_count)
			double_slots(table);
	} else {
		entry = &table->entries[*slot - 1];
	}
	entry->count++;
	entry->last_ms = now_ms;
	entry->error = error;
	entry->created = entry->created || created;
}

uint64_t access_table_take(struct access_table *table, struct access_row **rows, size_t *count)
{
	uint64_t dropped = table->dropped;

	*count = table->count;
	*rows = table->count ? xmalloc(table->count * sizeof(**rows)) : NULL;
	for (size_t i = 0; i < table->count; i++) {
		const struct entry *entry = &table->entries[i];

		(*rows)[i] = (struct access_row){ .kind = entry->kind,
						  .object = xstrdup(entry->object),
						  .verdict = entry->verdict,
						  .exe = xstrdup(entry->exe),
						  .count = entry->count,
						  .first_ms = entry->first_ms,
						  .last_ms = entry->last_ms,
						  .error = entry->error,
						  .created = entry->created };
	}
	table->count = 0;
	memset(table->known, 0, sizeof(table->known));
	free_blocks(table);
	if (table->capacity > FIRST_ENTRIES) {
		table->capacity = FIRST_ENTRIES;
		table->entries = xrealloc(table->entries, FIRST_ENTRIES, sizeof(*table->entries));
	}
	if (table->slot_count > FIRST_SLOTS) {
		table->slot_count = FIRST_SLOTS;
		table->slots = xrealloc(table->slots, FIRST_SLOTS, sizeof(*table->slots));
	}
	memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
	table->dropped = 0;
	return dropped;
}
