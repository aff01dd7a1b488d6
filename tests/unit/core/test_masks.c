/* SPDX-License-Identifier: MIT */
#include "core/sandbox/masks.h"

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static struct masks make(const uint64_t *ids, size_t count)
{
	struct masks masks = { .items = xcalloc(count, sizeof(*masks.items)), .count = count };

	for (size_t i = 0; i < count; i++)
		masks.items[i] = (struct mask){ .mount_id = ids[i],
						.target = xasprintf("/%llu", (unsigned long long)ids[i]) };
	return masks;
}

/* Ids are sorted, as masks_find() leaves them. */
static const struct {
	uint64_t now[4], before[5];
	size_t now_count, before_count, all;
} kept[] = {
	{ { 10, 20, 30, 40 }, { 1, 2, 3, 4 }, 4, 4, 8 },
	{ { 1, 2, 3, 4 }, { 10, 20, 30, 40, 50 }, 4, 5, 9 },
	{ { 1, 3, 5 }, { 1, 2, 3, 4, 5 }, 3, 5, 5 },
	{ { 0 }, { 7, 8 }, 0, 2, 2 },
	{ { 7 }, { 0 }, 1, 0, 1 },
};

START_TEST(masks_that_are_kept_are_found_each_once)
{
	struct masks masks = make(kept[_i].now, kept[_i].now_count);
	struct masks before = make(kept[_i].before, kept[_i].before_count);

	masks_keep(&masks, &before);
	/* Again: nothing is added twice. */
	masks_keep(&masks, &before);
	ck_assert_uint_eq(masks.count, kept[_i].all);
	for (size_t i = 0; i < kept[_i].now_count; i++)
		ck_assert_ptr_nonnull(masks_by_mount(&masks, kept[_i].now[i]));
	for (size_t i = 0; i < kept[_i].before_count; i++) {
		ck_assert_ptr_nonnull(masks_by_mount(&masks, kept[_i].before[i]));
		ck_assert_uint_eq(masks_by_mount(&masks, kept[_i].before[i])->mount_id,
				  kept[_i].before[i]);
	}
	masks_free(&before);
	masks_free(&masks);
}
END_TEST

static Suite *masks_suite(void)
{
	Suite *suite = suite_create("masks");
	TCase *tests = tcase_create("masks");

	tcase_add_loop_test(tests, masks_that_are_kept_are_found_each_once, 0, ARRAY_LENGTH(kept));
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(masks_suite)
