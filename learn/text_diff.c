/* SPDX-License-Identifier: MIT */
/* The longest common sequence by a table, over what lies between the lines that are the same at both
 * ends. */
#include "learn/text_diff.h"

#include <stdint.h>
#include <string.h>

#include "core/base/mem.h"

#define CONTEXT 3
#define CELLS_MOST (4u << 20)

struct line {
	const char *text; /* borrowed, not terminated */
	size_t length;
};

struct lines {
	struct line *items;
	size_t count, capacity;
};

static void split(struct lines *lines, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		grow_array(lines->items, lines->count, lines->capacity);
		lines->items[lines->count++] = (struct line){ text, length };
		text += length + (text[length] == '\n');
	}
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* One line of the result. */
struct change {
	char sign; /* ' ', '-' or '+' */
	const struct line *line;
};

struct changes {
	struct change *items;
	size_t count, capacity;
};

static void add(struct changes *changes, char sign, const struct line *line)
{
	grow_array(changes->items, changes->count, changes->capacity);
	changes->items[changes->count++] = (struct change){ sign, line };
}

/* Lengths of common sequences of what is left from i and k on. */
static uint32_t *make_table(const struct line *old, size_t old_count, const struct line *new,
			    size_t new_count)
{
	size_t width = new_count + 1;
	uint32_t *table = xcalloc((old_count + 1) * width, sizeof(*table));

	for (size_t i = old_count; i-- > 0;)
		for (size_t k = new_count; k-- > 0;) {
			uint32_t down = table[(i + 1) * width + k], right = table[i * width + k + 1];

			table[i * width + k] = same(&old[i], &new[k]) ?
						       table[(i + 1) * width + k + 1] + 1 :
					       down > right ? down :
							      right;
		}
	return table;
}

static void compare(struct changes *changes, const struct line *old, size_t old_count,
		    const struct line *new, size_t new_count)
{
	bool whole = (old_count + 1) * (new_count + 1) > CELLS_MOST;
	_cleanup_free_ uint32_t *table = whole ? NULL : make_table(old, old_count, new, new_count);
	size_t width = new_count + 1, i = 0, k = 0;

	while (i < old_count || k < new_count) {
		if (table && i < old_count && k < new_count && same(&old[i], &new[k])) {
			add(changes, ' ', &old[i]);
			i++;
			k++;
		} else if (i < old_count && (!table || k == new_count ||
					     table[(i + 1) * width + k] >=
						     table[i * width + k + 1])) {
			add(changes, '-', &old[i++]);
		} else {
			add(changes, '+', &new[k++]);
		}
	}
}

static bool is_near_change(const struct changes *changes, size_t at)
{
	size_t first = at > CONTEXT ? at - CONTEXT : 0;

	for (size_t i = first; i <= at + CONTEXT && i < changes->count; i++)
		if (changes->items[i].sign != ' ')
			return true;
	return false;
}

static void write_changes(struct buf *out, const struct changes *changes)
{
	bool gap = false, any = false;

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		if (!is_near_change(changes, i)) {
			gap = true;
			continue;
		}
		if (gap && any)
			buf_adds(out, "@@\n");
		gap = false;
		any = true;
		buf_addc(out, change->sign);
		buf_add(out, change->line->text, change->line->length);
		buf_addc(out, '\n');
	}
}

void text_diff(struct buf *out, const char *old, const char *new)
{
	struct lines before = { 0 }, after = { 0 };
	struct changes changes = { 0 };
	size_t head = 0, tail = 0;

	split(&before, old);
	split(&after, new);
	while (head < before.count && head < after.count &&
	       same(&before.items[head], &after.items[head]))
		add(&changes, ' ', &before.items[head++]);
	while (tail < before.count - head && tail < after.count - head &&
	       same(&before.items[before.count - 1 - tail], &after.items[after.count - 1 - tail]))
		tail++;
	compare(&changes, before.items + head, before.count - head - tail, after.items + head,
		after.count - head - tail);
	for (size_t i = before.count - tail; i < before.count; i++)
		add(&changes, ' ', &before.items[i]);
	write_changes(out, &changes);
	free(before.items);
	free(after.items);
	free(changes.items);
}
