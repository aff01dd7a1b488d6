/* SPDX-License-Identifier: MIT */
#include "core/base/hash_table.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

struct thing {
	uint64_t number;
	char text[16];
	struct hash_link link;
};

static struct thing *find(struct hash_table *table, uint64_t number, const char *text)
{
	uint64_t hash = hash_table_hash(table, number, text);

	for (struct hash_link *link = hash_table_first(table, hash); link;
	     link = hash_table_next(link)) {
		struct thing *thing = hash_element(link, struct thing, link);

		if (thing->number == number && strcmp(thing->text, text) == 0)
			return thing;
	}
	return NULL;
}

START_TEST(what_was_added_is_found_until_it_is_removed)
{
	struct hash_table table = { 0 };
	struct thing *things = xcalloc(5000, sizeof(*things));

	ck_assert_ptr_null(find(&table, 0, "1"));
	hash_table_remove(&table, &things[0].link);
	for (int i = 0; i < 5000; i++) {
		things[i].number = (uint64_t)i % 3;
		snprintf(things[i].text, sizeof(things[i].text), "%d", i);
		hash_table_add(&table, &things[i].link,
			       hash_table_hash(&table, things[i].number, things[i].text));
	}
	for (int i = 0; i < 5000; i += 2)
		hash_table_remove(&table, &things[i].link);
	ck_assert_uint_eq(table.count, 2500);
	for (int i = 0; i < 5000; i++)
		ck_assert_ptr_eq(find(&table, things[i].number, things[i].text),
				 i % 2 ? &things[i] : NULL);
	hash_table_free(&table);
	free(things);
}
END_TEST

START_TEST(the_newest_of_equal_hashes_comes_first_after_growing_too)
{
	struct hash_table table = { 0 };
	struct thing *things = xcalloc(1000, sizeof(*things));
	struct hash_link *link;

	for (uint64_t i = 0; i < 1000; i++) {
		things[i].number = i;
		hash_table_add(&table, &things[i].link, i % 10);
	}
	link = hash_table_first(&table, 7);
	for (uint64_t i = 997; i < 1000; i -= 10) {
		ck_assert_uint_eq(hash_element(link, struct thing, link)->number, i);
		link = hash_table_next(link);
	}
	ck_assert_ptr_null(link);
	hash_table_free(&table);
	free(things);
}
END_TEST

static Suite *hash_table_suite(void)
{
	Suite *suite = suite_create("hash_table");
	TCase *tests = tcase_create("hash_table");

	tcase_add_test(tests, what_was_added_is_found_until_it_is_removed);
	tcase_add_test(tests, the_newest_of_equal_hashes_comes_first_after_growing_too);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(hash_table_suite)
