/* SPDX-License-Identifier: MIT */
/*
 * Multikey quicksort (Bentley and Sedgewick, "Fast algorithms for sorting and searching strings",
 * 1997) over words of eight bytes. The pivot is drawn, so that no order that a program inside
 * might arrange for is the worst one.
 */
#include "tui/sort_keys.h"

#include <stdbool.h>

#define FEW 12

/* What the values stand for. */
enum phase { BY_TEXT, BY_VALUE, BY_SERIAL };

struct sorting {
	uint64_t random;
};

/* Eight bytes, those behind the end as zero: it can never be the value of more text. */
static void load(struct sort_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned char *at = (const unsigned char *)keys[i].text;
		uint64_t value = 0;
		int taken = 0;

		for (; taken < 8 && *at != '\0'; taken++)
			value = value << 8 | *at++;
		keys[i].value = taken > 0 ? value << (8 * (8 - taken)) : 0;
		keys[i].text = (const char *)at;
	}
}

static bool less(const struct sort_key *a, const struct sort_key *b)
{
	return a->value != b->value ? a->value < b->value : a->serial < b->serial;
}

static void insert(struct sort_key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct sort_key key = keys[i];
		size_t at = i;

		for (; at > 0 && less(&key, &keys[at - 1]); at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
}

static void swap(struct sort_key *a, struct sort_key *b)
{
	struct sort_key kept = *a;

	*a = *b;
	*b = kept;
}

static uint64_t draw(struct sorting *sorting, const struct sort_key *keys, size_t count)
{
	sorting->random = sorting->random * 6364136223846793005u + 1442695040888963407u;
	return keys[(sorting->random >> 33) % count].value;
}

static void sort(struct sorting *sorting, struct sort_key *keys, size_t count, enum phase phase);

/* Their values are equal: the next eight bytes decide, and at the end of the texts the serial. */
static void sort_equals(struct sorting *sorting, struct sort_key *keys, size_t count,
			enum phase phase)
{
	if (count < 2 || phase == BY_SERIAL)
		return;
	/* A word that is not full ends the text of all of them. */
	if (phase == BY_TEXT && (keys[0].value & 0xff) != 0) {
		load(keys, count);
	} else {
		phase = BY_SERIAL;
		for (size_t i = 0; i < count; i++)
			keys[i].value = keys[i].serial;
	}
	sort(sorting, keys, count, phase);
}

static void sort(struct sorting *sorting, struct sort_key *keys, size_t count, enum phase phase)
{
	while (count > 1) {
		uint64_t pivot = draw(sorting, keys, count);
		size_t below = 0, above = count;

		for (size_t i = 0; i < above;) {
			if (keys[i].value < pivot)
				swap(&keys[below++], &keys[i++]);
			else if (keys[i].value > pivot)
				swap(&keys[i], &keys[--above]);
			else
				i++;
		}
		sort_equals(sorting, keys + below, above - below, phase);
		/* The smaller part by a call, the greater one here: the stack stays small. */
		if (below < count - above) {
			sort(sorting, keys, below, phase);
			keys += above;
			count -= above;
		} else {
			sort(sorting, keys + above, count - above, phase);
			count = below;
		}
		if (count <= FEW && phase != BY_TEXT) {
			insert(keys, count);
			return;
		}
	}
}

void sort_keys(struct sort_key *keys, size_t count)
{
	struct sorting sorting = { .random = (uint64_t)(uintptr_t)keys };

	if (count < 2)
		return;
	if (keys[0].text != NULL)
		load(keys, count);
	sort(&sorting, keys, count, keys[0].text != NULL ? BY_TEXT : BY_VALUE);
}
