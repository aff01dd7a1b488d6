/* SPDX-License-Identifier: MIT */
#include "tui/cells.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "tui/text.h"

#define SIDE_MOST 1000

static int clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static struct cell *at(struct cells *cells, int row, int col)
{
	return &cells->cells[row * cells->cols + col];
}

static void blank(struct cell *cell, enum role role)
{
	memset(cell, 0, sizeof(*cell));
	cell->codes[0] = L' ';
	cell->width = 1;
	cell->role = (uint8_t)role;
}

struct cells *cells_new(int rows, int cols)
{
	struct cells *cells = xcalloc(1, sizeof(*cells));

	cells->rows = clamp(rows, 1, SIDE_MOST);
	cells->cols = clamp(cols, 1, SIDE_MOST);
	cells->cells = xcalloc((size_t)cells->rows * (size_t)cells->cols, sizeof(*cells->cells));
	for (int i = 0; i < cells->rows * cells->cols; i++)
		blank(&cells->cells[i], ROLE_TEXT);
	return cells;
}

void cells_free(struct cells *cells)
{
	if (cells == NULL)
		return;
	free(cells->cells);
	free(cells);
}

const struct cell *cells_at(const struct cells *cells, int row, int col)
{
	return &cells->cells[row * cells->cols + col];
}

/* Before a cell changes: the other half of a wide character that it belongs to becomes blank. */
static void sever(struct cells *cells, int row, int col)
{
	struct cell *cell = at(cells, row, col);

	if (cell->width == 0 && col > 0)
		blank(at(cells, row, col - 1), at(cells, row, col - 1)->role);
	else if (cell->width == 2 && col + 1 < cells->cols)
		blank(at(cells, row, col + 1), at(cells, row, col + 1)->role);
}

static void set(struct cells *cells, int row, int col, wchar_t code, int width, enum role role)
{
	sever(cells, row, col);
	blank(at(cells, row, col), role);
	at(cells, row, col)->codes[0] = code;
	at(cells, row, col)->width = (uint8_t)width;
	if (width == 2) {
		sever(cells, row, col + 1);
		blank(at(cells, row, col + 1), role);
		at(cells, row, col + 1)->codes[0] = 0;
		at(cells, row, col + 1)->width = 0;
	}
}

static void add_mark(struct cell *cell, wchar_t mark)
{
	for (int i = 1; i <= CELL_MARKS; i++)
		if (cell->codes[i] == 0) {
			cell->codes[i] = mark;
			return;
		}
}

int cells_put(struct cells *cells, int row, int col, int width, enum role role, const char *text)
{
	size_t length = strlen(text);
	struct cell *base = NULL;
	int used = 0;

	if (row < 0 || row >= cells->rows || col < 0 || col >= cells->cols)
		return 0;
	if (width > cells->cols - col)
		width = cells->cols - col;
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t bytes = utf8_decode(text + i, length - i, &code);
		int columns = bytes > 0 ? text_code_width(code) : 1;

		if (bytes == 0 || columns < 0) {
			bytes = bytes > 0 ? bytes : 1;
			code = '?';
			columns = 1;
		}
		i += bytes;
		/* A mark never lands on a character that was here before this text. */
		if (columns == 0 && base != NULL) {
			add_mark(base, (wchar_t)code);
			continue;
		}
		if (used + (columns > 0 ? columns : 1) > width)
			break;
		if (columns == 0) {
			set(cells, row, col + used, L' ', 1, role);
			add_mark(at(cells, row, col + used), (wchar_t)code);
			columns = 1;
		} else {
			set(cells, row, col + used, (wchar_t)code, columns, role);
		}
		base = at(cells, row, col + used);
		used += columns;
	}
	return used;
}

void cells_put_right(struct cells *cells, int row, int col, int width, enum role role,
		     const char *text)
{
	int columns = text_width(text);
	int indent = columns < width ? width - columns : 0;

	cells_put(cells, row, col + indent, width - indent, role, text);
}

/* Cuts an area down to the grid. False where nothing is left. */
static bool clip(const struct cells *cells, struct area *area)
{
	int bottom = clamp(area->row + area->rows, 0, cells->rows);
	int right = clamp(area->col + area->cols, 0, cells->cols);

	area->row = clamp(area->row, 0, cells->rows);
	area->col = clamp(area->col, 0, cells->cols);
	area->rows = bottom - area->row;
	area->cols = right - area->col;
	return area->rows > 0 && area->cols > 0;
}

void cells_fill(struct cells *cells, struct area area, enum role role, const char *glyph)
{
	if (!clip(cells, &area))
		return;
	for (int row = area.row; row < area.row + area.rows; row++)
		for (int col = area.col; col < area.col + area.cols; col++)
			cells_put(cells, row, col, 1, role, glyph);
}

void cells_paint(struct cells *cells, struct area area, enum role role)
{
	if (!clip(cells, &area))
		return;
	for (int row = area.row; row < area.row + area.rows; row++)
		for (int col = area.col; col < area.col + area.cols; col++)
			at(cells, row, col)->role = (uint8_t)role;
}

void cells_text(const struct cells *cells, struct buf *out)
{
	for (int row = 0; row < cells->rows; row++) {
		int last = cells->cols - 1;

		while (last >= 0 && cells_at(cells, row, last)->codes[0] == L' ' &&
		       cells_at(cells, row, last)->codes[1] == 0)
			last--;
		for (int col = 0; col <= last; col++)
			for (const wchar_t *code = cells_at(cells, row, col)->codes; *code; code++)
				text_encode(out, (uint32_t)*code);
		buf_addc(out, '\n');
	}
}

void cells_roles(const struct cells *cells, struct buf *out)
{
	for (int row = 0; row < cells->rows; row++) {
		for (int col = 0; col < cells->cols; col++)
			buf_addc(out, theme_letter((enum role)cells_at(cells, row, col)->role));
		buf_addc(out, '\n');
	}
}
