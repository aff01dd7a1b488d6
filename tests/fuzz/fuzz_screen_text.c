/* SPDX-License-Identifier: MIT */
/* Text from a sandbox, through every way to the screen: nothing but printable characters may
 * arrive. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "tui/cells.h"
#include "tui/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *shown, bool ascii)
{
	size_t length = strlen(shown);

	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t bytes = utf8_decode(shown + i, length - i, &code);

		if (bytes == 0 || text_code_width(code) < 0 || (ascii && code > 0x7e))
			abort();
		i += bytes;
	}
}

static void check_cut(const char *shown, int columns)
{
	_cleanup_buf_ struct buf end = BUF_EMPTY, middle = BUF_EMPTY;
	size_t total = 0;

	text_cut(&end, shown, columns, "~");
	text_cut_middle(&middle, shown, columns, "~");
	if (text_width(buf_text(&end)) > columns || text_width(buf_text(&middle)) > columns)
		abort();
	while (shown[total] != '\0')
		total += text_line(shown + total, columns);
	if (total != strlen(shown))
		abort();
}

/* Twice over each other, so that halves of wide characters meet. */
static void check_cells(const char *shown, int columns)
{
	_cleanup_cells_ struct cells *cells = cells_new(1, columns);

	cells_put(cells, 0, 0, columns, ROLE_TEXT, shown);
	cells_put(cells, 0, columns / 3, columns / 2, ROLE_TEXT, shown);
	for (int col = 0; col < columns; col++) {
		const struct cell *cell = cells_at(cells, 0, col);
		bool wide_before = col > 0 && cells_at(cells, 0, col - 1)->width == 2;

		if ((cell->width == 0) != wide_before)
			abort();
		if (cell->width == 2 && col + 1 == columns)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL, *shown = NULL, *ascii = NULL;
	int columns;

	if (size < 1)
		return 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	columns = data[0] % 90 + 1;
	text = xstrndup((const char *)data + 1, size - 1);
	shown = text_safe_path(text, "/home/me", false);
	ascii = text_safe(text, true);
	check(shown, false);
	check(ascii, true);
	check_cut(shown, columns);
	check_cells(shown, columns);
	/* What was not made safe must do no harm either. */
	check_cells(text, columns);
	return 0;
}
