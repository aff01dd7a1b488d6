/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/sort_keys.h"

#define KEYS 3000

static int compare(const void *a, const void *b)
{
	const struct sort_key *left = a, *right = b;
	int order = left->text != NULL ? strcmp(left->text, right->text) : 0;

	if (order != 0)
		return order;
	if (left->text == NULL && left->value != right->value)
		return left->value < right->value ? -1 : 1;
	return left->serial < right->serial ? -1 : left->serial > right->serial;
}

/* Texts with much in common, of every length around eight, equal ones among them. */
static void make(char texts[][48], struct sort_key *keys, int shape)
{
	for (size_t i = 0; i < KEYS; i++) {
		size_t length = (size_t)(rand() % (shape == 1 ? 20 : 40));

		memset(texts[i], 'a', sizeof(texts[i]));
		texts[i][length] = '\0';
		if (shape == 0 && length > 0)
			texts[i][rand() % length] = (char)(rand() % 255 + 1);
		if (shape == 2)
			snprintf(texts[i], sizeof(texts[i]), "/home/me/src/%d/%d", rand() % 30,
				 rand() % 100);
		keys[i] = (struct sort_key){ .serial = i, .value = (uint64_t)(rand() % 50) };
		if (shape < 3)
			keys[i].text = texts[i];
		if (shape == 4)
			keys[i].value = UINT64_MAX - i;
		if (shape == 5)
			keys[i].value = i;
	}
}

START_TEST(the_order_is_that_of_a_plain_sort)
{
	static char texts[KEYS][48];
	static struct sort_key keys[KEYS], expected[KEYS];

	srand((unsigned)_i + 1);
	make(texts, keys, _i);
	memcpy(expected, keys, sizeof(keys));
	qsort(expected, KEYS, sizeof(*expected), compare);
	sort_keys(keys, KEYS);
	for (size_t i = 0; i < KEYS; i++)
		ck_assert_uint_eq(keys[i].serial, expected[i].serial);
	sort_keys(keys, 0);
	sort_keys(keys, 1);
}
END_TEST

static Suite *sort_keys_suite(void)
{
	Suite *suite = suite_create("sort_keys");
	TCase *tests = tcase_create("sort_keys");

	tcase_add_loop_test(tests, the_order_is_that_of_a_plain_sort, 0, 6);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(sort_keys_suite)
