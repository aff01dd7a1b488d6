/* SPDX-License-Identifier: MIT */
#include "core/sandbox/access_table.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/sandbox/attribution.h"

struct access_table {
	struct access_row *rows;
	size_t count, capacity, most;
	uint32_t *slots; /* index of a row + 1; 0 = free */
	size_t slot_count;
	uint64_t dropped;
};

#define FIRST_SLOTS 256

struct access_table *access_table_new(size_t most)
{
	struct access_table *table = xcalloc(1, sizeof(*table));

	table->most = most;
	table->slot_count = FIRST_SLOTS;
	table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
	return table;
}

void access_table_free(struct access_table *table)
{
	if (!table)
		return;
	access_rows_free(table->rows, table->count);
	free(table->slots);
	free(table);
}

/* FNV-1a. An attacker who makes long chains slows only its own calls. */
static size_t hash(enum access_kind kind, enum verdict verdict, const char *object)
{
	uint64_t h = 1469598103934665603u ^ (uint64_t)kind ^ ((uint64_t)verdict << 8);

	for (; *object; object++)
		h = (h ^ (unsigned char)*object) * 1099511628211u;
	return (size_t)h;
}

static uint32_t *find_slot(struct access_table *table, enum access_kind kind, enum verdict verdict,
			   const char *object)
{
	size_t at = hash(kind, verdict, object) & (table->slot_count - 1);

	for (;; at = (at + 1) & (table->slot_count - 1)) {
		const struct access_row *row;

		if (!table->slots[at])
			return &table->slots[at];
		row = &table->rows[table->slots[at] - 1];
		if (row->kind == kind && row->verdict == verdict && strcmp(row->object, object) == 0)
			return &table->slots[at];
	}
}

static void double_slots(struct access_table *table)
{
	free(table->slots);
	table->slot_count *= 2;
	table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
	for (size_t i = 0; i < table->count; i++)
		*find_slot(table, table->rows[i].kind, table->rows[i].verdict, table->rows[i].object) =
			(uint32_t)i + 1;
}

void access_table_add(struct access_table *table, enum access_kind kind, enum verdict verdict,
		      const char *object, pid_t pid, int error, bool created, int64_t now_ms)
{
	uint32_t *slot = find_slot(table, kind, verdict, object);
	struct access_row *row;

	if (!*slot) {
		if (table->count == table->most) {
			table->dropped++;
			return;
		}
		grow_array(table->rows, table->count, table->capacity);
		table->rows[table->count++] = (struct access_row){ .kind = kind,
								   .verdict = verdict,
								   .object = xstrdup(object),
								   .exe = process_executable(pid),
								   .first_ms = now_ms };
		*slot = (uint32_t)table->count;
		row = &table->rows[table->count - 1];
		if (table->count * 2 > table->slot_count)
			double_slots(table);
	} else {
		row = &table->rows[*slot - 1];
	}
	row->count++;
	row->last_ms = now_ms;
	row->error = error;
	row->created = row->created || created;
}

void access_table_take(struct access_table *table, struct access_row **rows, size_t *count)
{
	*rows = table->rows;
	*count = table->count;
	table->rows = NULL;
	table->count = table->capacity = 0;
	if (table->slot_count > FIRST_SLOTS) {
		table->slot_count = FIRST_SLOTS;
		table->slots = xrealloc(table->slots, FIRST_SLOTS, sizeof(*table->slots));
	}
	memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
}

size_t access_table_count(const struct access_table *table)
{
	return table->count;
}

uint64_t access_table_dropped(const struct access_table *table)
{
	return table->dropped;
}
