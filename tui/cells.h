/* SPDX-License-Identifier: MIT */
#ifndef TUI_CELLS_H
#define TUI_CELLS_H

/*
 * The screen as data: a grid of cells, each a character and the role it plays. Views write
 * here; tui/term paints it. Nothing outside an area is ever touched, a wide character is
 * shown whole or not at all, and no control character can get in.
 */
#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include "core/base/buf.h"
#include "tui/theme.h"

#define CELL_MARKS 3 /* combining marks kept on one character: more is vandalism */

struct cell {
	wchar_t codes[CELL_MARKS + 2]; /* base, marks, NUL; empty = right half of a wide one */
	uint8_t width;		       /* 1 or 2; 0 = right half */
	uint8_t role;
};

struct cells {
	int rows, cols;
	int cursor_row, cursor_col; /* where the terminal's cursor rests: the selected row */
	bool cursor_shown;
	struct cell *cells;
};

struct area {
	int row, col, rows, cols;
};

/* Blank cells. Sizes are clamped to 1..1000. Caller: cells_free(). */
struct cells *cells_new(int rows, int cols);
void cells_free(struct cells *cells);
static inline void cells_cleanup(struct cells **cells)
{
	cells_free(*cells);
}
#define _cleanup_cells_ __attribute__((cleanup(cells_cleanup)))
const struct cell *cells_at(const struct cells *cells, int row, int col);

/*
 * Writes UTF-8 from (row, col) on over at most `width` columns and never beyond the right edge.
 * Returns the columns used.
 */
int cells_put(struct cells *cells, int row, int col, int width, enum role role, const char *text);
/* The same, right-aligned in `width` columns; what does not fit is cut at its end. */
void cells_put_right(struct cells *cells, int row, int col, int width, enum role role,
		     const char *text);
/* Fills an area with one narrow glyph. */
void cells_fill(struct cells *cells, struct area area, enum role role, const char *glyph);
/* Gives every cell of an area another role, keeping its text. */
void cells_paint(struct cells *cells, struct area area, enum role role);

/* The text, a line a row without trailing spaces; and a letter per cell for its role. */
void cells_text(const struct cells *cells, struct buf *out);
void cells_roles(const struct cells *cells, struct buf *out);

#endif
