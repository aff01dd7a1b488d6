/* SPDX-License-Identifier: MIT */
/*
 * Sorted as bytes, what lies below a directory is one run of entries, and what lies above it is
 * found by looking up each of its ancestors: lists may hold what a hostile program made up, so
 * nothing here compares every entry with every other.
 */
#include "learn/entries.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

static void entry_free(struct entry *entry)
{
	free(entry->text);
	free(entry->pattern);
	free(entry->why);
}

void entries_free(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_free(&entries->items[i]);
	free(entries->items);
	*entries = (struct entries)ENTRIES_EMPTY;
}

struct entry *entries_add(struct entries *entries, const char *text, bool tree, char *why)
{
	struct entry *entry;

	grow_array(entries->items, entries->count, entries->capacity);
	entry = &entries->items[entries->count++];
	*entry = (struct entry){ .text = xstrdup(text), .tree = tree, .why = why };
	return entry;
}

void entries_remove(struct entries *entries, size_t index)
{
	entry_free(&entries->items[index]);
	entries->count--;
	memmove(&entries->items[index], &entries->items[index + 1],
		(entries->count - index) * sizeof(*entries->items));
}

static int compare(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	if (order == 0)
		order = right->ruled - left->ruled;
	if (order == 0)
		order = right->tree - left->tree;
	if (order == 0 && left->why && right->why)
		order = strcmp(left->why, right->why);
	return order;
}

void entries_sort(struct entries *entries)
{
	size_t kept = 0;

	if (!entries->count)
		return;
	qsort(entries->items, entries->count, sizeof(*entries->items), compare);
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *last = kept ? &entries->items[kept - 1] : NULL;

		if (last && strcmp(last->text, entries->items[i].text) == 0) {
			last->tree = last->tree || entries->items[i].tree;
			last->root = last->root || entries->items[i].root;
			entry_free(&entries->items[i]);
		} else {
			entries->items[kept++] = entries->items[i];
		}
	}
	entries->count = kept;
}

/* Index of the first entry whose text is not less than text[0..length). */
static size_t lower_bound(const struct entries *sorted, const char *text, size_t length)
{
	size_t low = 0, high = sorted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *item = sorted->items[middle].text;
		int order = strncmp(item, text, length);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct entry *find(const struct entries *sorted, const char *text, size_t length)
{
	size_t at = lower_bound(sorted, text, length);

	if (at < sorted->count && strncmp(sorted->items[at].text, text, length) == 0 &&
	    sorted->items[at].text[length] == '\0')
		return &sorted->items[at];
	return NULL;
}

const struct entry *entries_at(const struct entries *sorted, const char *text)
{
	return find(sorted, text, strlen(text));
}

void entries_insert(struct entries *sorted, const char *text, bool tree)
{
	/* With its end: where a longer text that begins so would stand behind it. */
	size_t at = lower_bound(sorted, text, strlen(text) + 1);
	struct entry added;

	entries_add(sorted, text, tree, NULL);
	added = sorted->items[sorted->count - 1];
	memmove(&sorted->items[at + 1], &sorted->items[at],
		(sorted->count - 1 - at) * sizeof(*sorted->items));
	sorted->items[at] = added;
}

const struct entry *entries_above(const struct entries *sorted, const char *path)
{
	for (size_t length = strlen(path); length > 1;) {
		const struct entry *entry;

		while (length && path[length - 1] != '/')
			length--;
		if (length > 1)
			length--;
		entry = length ? find(sorted, path, length) : NULL;
		if (entry && entry->tree)
			return entry;
	}
	return NULL;
}

const struct entry *entries_covering(const struct entries *sorted, const char *path)
{
	const struct entry *entry = find(sorted, path, strlen(path));

	return entry ? entry : entries_above(sorted, path);
}

bool entries_below(const struct entries *sorted, const char *path)
{
	_cleanup_free_ char *prefix =
		strcmp(path, "/") == 0 ? xstrdup(path) : xasprintf("%s/", path);
	size_t length = strlen(prefix);
	size_t at = lower_bound(sorted, prefix, length);

	if (at < sorted->count && strcmp(sorted->items[at].text, path) == 0)
		at++;
	return at < sorted->count && strncmp(sorted->items[at].text, prefix, length) == 0;
}

void entries_fold(struct entries *sorted,
		  bool (*keep)(const void *arg, const struct entry *entry,
			       const struct entry *cover),
		  const void *arg)
{
	_cleanup_free_ bool *drop = xcalloc(sorted->count + 1, sizeof(*drop));
	size_t kept = 0;

	for (size_t i = 0; i < sorted->count; i++) {
		const struct entry *entry = &sorted->items[i];
		const struct entry *cover = entries_above(sorted, entry->text);

		drop[i] = cover && !(keep && keep(arg, entry, cover));
	}
	for (size_t i = 0; i < sorted->count; i++) {
		if (drop[i])
			entry_free(&sorted->items[i]);
		else
			sorted->items[kept++] = sorted->items[i];
	}
	sorted->count = kept;
}

bool path_is_spelled_plainly(const char *path)
{
	_cleanup_free_ char *normal = path[0] == '/' ? path_normalize(path) : NULL;

	return normal && strcmp(normal, path) == 0;
}

bool text_is_utf8(const char *text)
{
	return utf8_is_valid(text, strlen(text));
}
