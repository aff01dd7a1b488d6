/* SPDX-License-Identifier: MIT */
#include "tui/cells.h"

#include <locale.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"

static struct cells *make(int rows, int cols)
{
	setlocale(LC_ALL, "C.UTF-8");
	return cells_new(rows, cols);
}

static const struct {
	int col, width;
	const char *text, *shown;
	int used;
} puts_[] = {
	{ 0, 10, "plain", "plain\n", 5 },
	{ 0, 3, "plain", "pla\n", 3 },
	{ 7, 10, "plain", "       pla\n", 3 },
	{ 10, 10, "plain", "\n", 0 },
	{ -1, 10, "plain", "\n", 0 },
	/* Wide characters: whole, or not at all. */
	{ 0, 10, "日本", "日本\n", 4 },
	{ 0, 3, "日本", "日\n", 2 },
	{ 9, 10, "日", "\n", 0 },
	{ 0, 10, "a日b", "a日b\n", 4 },
	/* Marks join what stands before them in the same text, in bounded number. */
	{ 0, 10, "e\xcc\x81x", "e\xcc\x81x\n", 2 },
	{ 0, 10, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x", "e\xcc\x81\xcc\x81\xcc\x81x\n", 2 },
	{ 0, 10, "\xcc\x81x", " \xcc\x81x\n", 2 },
	/* What text_safe() would never let through cannot get in here either. */
	{ 0, 10, "a\x1b[2J", "a?[2J\n", 5 },
	{ 0, 10, "a\xffz", "a?z\n", 3 },
	{ 0, 10, "a\xc2\x9bz", "a?z\n", 3 },
};

START_TEST(text_is_clipped_and_harmless)
{
	_cleanup_cells_ struct cells *cells = make(1, 10);
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	int used = cells_put(cells, 0, puts_[_i].col, puts_[_i].width, ROLE_TEXT, puts_[_i].text);

	cells_text(cells, &text);
	ck_assert_str_eq(buf_text(&text), puts_[_i].shown);
	ck_assert_int_eq(used, puts_[_i].used);
}
END_TEST

static const struct {
	int col;
	const char *text, *shown;
} overs[] = {
	{ 0, "x", "x 日z\n" }, { 1, "x", " x日z\n" },  { 2, "x", "日x z\n" },
	{ 3, "x", "日 xz\n" }, { 1, "本", " 本 z\n" },
};

START_TEST(half_of_a_wide_character_never_stays)
{
	_cleanup_cells_ struct cells *cells = make(1, 6);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	cells_put(cells, 0, 0, 6, ROLE_TEXT, "日日z");
	cells_put(cells, 0, overs[_i].col, 6, ROLE_TEXT, overs[_i].text);
	cells_text(cells, &text);
	ck_assert_str_eq(buf_text(&text), overs[_i].shown);
	for (int col = 0; col < 6; col++)
		if (cells_at(cells, 0, col)->width == 2)
			ck_assert_int_eq(cells_at(cells, 0, col + 1)->width, 0);
}
END_TEST

START_TEST(rows_outside_are_ignored)
{
	_cleanup_cells_ struct cells *cells = make(2, 4);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	ck_assert_int_eq(cells_put(cells, -1, 0, 4, ROLE_TEXT, "x"), 0);
	ck_assert_int_eq(cells_put(cells, 2, 0, 4, ROLE_TEXT, "x"), 0);
	cells_fill(cells, (struct area){ .row = -5, .col = -5, .rows = 6, .cols = 7 }, ROLE_ASK,
		   "#");
	cells_fill(cells, (struct area){ .row = 1, .col = 3, .rows = 90, .cols = 90 }, ROLE_DENY,
		   "+");
	cells_text(cells, &text);
	ck_assert_str_eq(buf_text(&text), "##\n   +\n");
	buf_clear(&text);
	cells_roles(cells, &text);
	ck_assert_str_eq(buf_text(&text), "QQ..\n...D\n");
}
END_TEST

START_TEST(painting_keeps_the_text)
{
	_cleanup_cells_ struct cells *cells = make(1, 4);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	cells_put(cells, 0, 0, 4, ROLE_TEXT, "日b");
	cells_paint(cells, (struct area){ .rows = 1, .cols = 4 }, ROLE_SELECT);
	cells_text(cells, &text);
	cells_roles(cells, &text);
	ck_assert_str_eq(buf_text(&text), "日b\nSSSS\n");
}
END_TEST

START_TEST(right_alignment_cuts_at_the_end)
{
	_cleanup_cells_ struct cells *cells = make(2, 6);
	_cleanup_buf_ struct buf text = BUF_EMPTY;

	cells_put_right(cells, 0, 1, 4, ROLE_TEXT, "12");
	cells_put_right(cells, 1, 1, 4, ROLE_TEXT, "123456");
	cells_text(cells, &text);
	ck_assert_str_eq(buf_text(&text), "   12\n 1234\n");
}
END_TEST

START_TEST(sizes_are_clamped)
{
	_cleanup_cells_ struct cells *none = make(0, -3);
	_cleanup_cells_ struct cells *huge = make(1 << 30, 2000);

	ck_assert_int_eq(none->rows, 1);
	ck_assert_int_eq(none->cols, 1);
	ck_assert_int_eq(huge->rows, 1000);
	ck_assert_int_eq(huge->cols, 1000);
}
END_TEST

START_TEST(every_role_has_its_look_and_letter)
{
	char seen[128] = { 0 };

	for (int role = 0; role < ROLE_COUNT; role++) {
		int letter = theme_letter((enum role)role);

		ck_assert_int_gt(letter, ' ');
		ck_assert_int_eq(seen[letter]++, 0);
		ck_assert_int_eq(theme_look((enum role)role, PALETTE_MONOCHROME)->foreground, -1);
		ck_assert_int_eq(theme_look((enum role)role, PALETTE_MONOCHROME)->background, -1);
	}
	/* Without colour the selected row must differ from the others all the same. */
	ck_assert(theme_look(ROLE_SELECT, PALETTE_MONOCHROME)->reverse);
	ck_assert(theme_look(ROLE_FOCUS, PALETTE_MONOCHROME)->reverse);
	ck_assert(theme_look(ROLE_ASK, PALETTE_MONOCHROME)->bold);
}
END_TEST

static Suite *cells_suite(void)
{
	Suite *suite = suite_create("cells");
	TCase *tests = tcase_create("cells");

	tcase_add_loop_test(tests, text_is_clipped_and_harmless, 0, (int)ARRAY_LENGTH(puts_));
	tcase_add_loop_test(tests, half_of_a_wide_character_never_stays, 0,
			    (int)ARRAY_LENGTH(overs));
	tcase_add_test(tests, rows_outside_are_ignored);
	tcase_add_test(tests, painting_keeps_the_text);
	tcase_add_test(tests, right_alignment_cuts_at_the_end);
	tcase_add_test(tests, sizes_are_clamped);
	tcase_add_test(tests, every_role_has_its_look_and_letter);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(cells_suite)
