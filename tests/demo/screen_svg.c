/* SPDX-License-Identifier: MIT */
/*
 * A terminal's screen as a picture: what `tmux capture-pane -p -e` prints, on standard input,
 *becomes an SVG on standard output.
 *
 *	screen_svg COLUMNS [TITLE]
 *
 * Understood are the attributes that the dashboard uses: bold, dim, underline, reverse, and
 * colours of 8, 16 and 256. Every run of cells is told its width, so that the grid holds whatever
 * font the reader has.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define CELL_W 8.4
#define CELL_H 18
#define MARGIN 14
#define BAR 30
#define COLS_MOST 400
#define ROWS_MOST 200
#define OWN (-1)

struct look {
	int foreground, background; /* of 256, OWN = the terminal's */
	bool bold, dim, underline, reverse;
};

struct cell {
	wchar_t code; /* 0 = right half of a wide one */
	wchar_t mark;
	struct look look;
};

static struct cell screen[ROWS_MOST][COLS_MOST];

static const struct look plain = { .foreground = OWN, .background = OWN };

/* The numbers of one "m" sequence. */
static void apply(struct look *look, const int *codes, int count)
{
	for (int i = 0; i < count; i++) {
		int code = codes[i];

		if (code == 0)
			*look = plain;
		else if (code == 1)
			look->bold = true;
		else if (code == 2)
			look->dim = true;
		else if (code == 4)
			look->underline = true;
		else if (code == 7)
			look->reverse = true;
		else if (code == 22)
			look->bold = look->dim = false;
		else if (code == 24)
			look->underline = false;
		else if (code == 27)
			look->reverse = false;
		else if (code >= 30 && code <= 37)
			look->foreground = code - 30;
		else if (code >= 90 && code <= 97)
			look->foreground = code - 90 + 8;
		else if (code == 39)
			look->foreground = OWN;
		else if (code >= 40 && code <= 47)
			look->background = code - 40;
		else if (code >= 100 && code <= 107)
			look->background = code - 100 + 8;
		else if (code == 49)
			look->background = OWN;
		else if ((code == 38 || code == 48) && i + 2 < count && codes[i + 1] == 5) {
			*(code == 38 ? &look->foreground : &look->background) = codes[i + 2] & 255;
			i += 2;
		}
	}
}

/* "\e[1;38;5;117m" or "\e(B": returns what follows it. */
static const char *escape(const char *at, struct look *look)
{
	int codes[16] = { 0 }, count = 0;

	if (at[1] == '(')
		return at[2] != '\0' ? at + 3 : at + 2;
	if (at[1] != '[')
		return at + 1;
	for (at += 2; (*at >= '0' && *at <= '9') || *at == ';' || *at == ':'; at++)
		if (*at == ';' || *at == ':')
			count += count < 15;
		else if (codes[count] < 10000)
			codes[count] = codes[count] * 10 + (*at - '0');
	if (*at == 'm')
		apply(look, codes, count + 1);
	return *at != '\0' ? at + 1 : at;
}

static void read_row(const char *line, struct cell *row, struct look *look)
{
	mbstate_t state;
	int col = 0;

	memset(&state, 0, sizeof(state));
	while (*line != '\0' && *line != '\n') {
		wchar_t code;
		size_t length;
		int width;

		if (*line == '\033') {
			line = escape(line, look);
			continue;
		}
		length = mbrtowc(&code, line, strlen(line), &state);
		if (length == (size_t)-1 || length == (size_t)-2 || length == 0)
			break;
		line += length;
		width = wcwidth(code);
		if (width == 0 && col > 0) {
			row[col - 1].mark = code;
			continue;
		}
		if (width < 1 || col + width > COLS_MOST)
			continue;
		row[col] = (struct cell){ .code = code, .look = *look };
		if (width == 2)
			row[col + 1] = (struct cell){ .code = 0, .look = *look };
		col += width;
	}
}

/* --- painting --- */

#define PAPER 0x16181d
#define INK 0xd0d0d0

static unsigned colour_of(int number, unsigned own)
{
	static const unsigned first[16] = { 0x1c1c1c, 0xd75f5f, 0x87af5f, 0xd7af5f,
					    0x5f87d7, 0xaf87d7, 0x5fafaf, 0xd0d0d0,
					    0x6c6c6c, 0xff8787, 0xafd787, 0xffd787,
					    0x87afff, 0xd7afff, 0x87d7d7, 0xffffff };
	static const unsigned steps[6] = { 0, 0x5f, 0x87, 0xaf, 0xd7, 0xff };

	if (number == OWN)
		return own;
	if (number < 16)
		return first[number];
	if (number >= 232) {
		unsigned grey = 8 + 10 * (unsigned)(number - 232);

		return grey << 16 | grey << 8 | grey;
	}
	number -= 16;
	return steps[number / 36] << 16 | steps[number / 6 % 6] << 8 | steps[number % 6];
}

static unsigned ink(const struct look *look)
{
	unsigned paper = colour_of(look->background, PAPER);
	unsigned colour = look->reverse ? paper : colour_of(look->foreground, INK);

	if (!look->dim)
		return colour;
	/* Two thirds of the way from what is behind. */
	return ((colour >> 16 & 255) * 2 + (paper >> 16 & 255)) / 3 << 16 |
	       ((colour >> 8 & 255) * 2 + (paper >> 8 & 255)) / 3 << 8 |
	       ((colour & 255) * 2 + (paper & 255)) / 3;
}

static unsigned paper(const struct look *look)
{
	return look->reverse ? colour_of(look->foreground, INK)
			     : colour_of(look->background, PAPER);
}

static bool same_look(const struct look *a, const struct look *b)
{
	return ink(a) == ink(b) && paper(a) == paper(b) && a->bold == b->bold &&
	       a->underline == b->underline;
}

static void put_code(wchar_t code)
{
	if (code == L'&')
		fputs("&amp;", stdout);
	else if (code == L'<')
		fputs("&lt;", stdout);
	else if (code == L'>')
		fputs("&gt;", stdout);
	else if (code != 0)
		printf("%lc", (wint_t)code);
}

static void put_run(const struct cell *row, int from, int to, int line)
{
	const struct look *look = &row[from].look;
	double x = MARGIN + from * CELL_W, y = BAR + MARGIN + line * CELL_H;
	bool blank = true;

	for (int col = from; col < to; col++)
		blank &= row[col].code == L' ' && row[col].mark == 0;
	if (paper(look) != PAPER)
		printf("<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>\n",
		       x, y, (to - from) * CELL_W + 0.2, CELL_H, paper(look));
	if (blank && !look->underline)
		return;
	printf("<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" fill=\"#%06x\"%s%s>", x,
	       y + CELL_H - 5, (to - from) * CELL_W, ink(look),
	       look->bold ? " font-weight=\"bold\"" : "",
	       look->underline ? " text-decoration=\"underline\"" : "");
	for (int col = from; col < to; col++) {
		put_code(row[col].code);
		put_code(row[col].mark);
	}
	puts("</text>");
}

static void put_row(const struct cell *row, int cols, int line)
{
	for (int from = 0; from < cols;) {
		int to = from + 1;

		while (to < cols && same_look(&row[from].look, &row[to].look))
			to++;
		put_run(row, from, to, line);
		from = to;
	}
}

int main(int argc, char **argv)
{
	int cols = argc > 1 ? atoi(argv[1]) : 80, rows = 0;
	double width, height;
	char line[16384];
	struct look look = plain;

	setlocale(LC_ALL, "C.UTF-8");
	if (cols < 1 || cols > COLS_MOST)
		return 2;
	for (int row = 0; row < ROWS_MOST; row++)
		for (int col = 0; col < COLS_MOST; col++)
			screen[row][col] = (struct cell){ .code = L' ', .look = plain };
	while (rows < ROWS_MOST && fgets(line, sizeof(line), stdin) != NULL)
		read_row(line, screen[rows++], &look);
	width = cols * CELL_W + 2 * MARGIN;
	height = rows * CELL_H + 2 * MARGIN + BAR;
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
	       "height=\"%.0f\" role=\"img\" aria-label=\"%s\">\n",
	       width, height, width, height, argc > 2 ? argv[2] : "a terminal");
	printf("<rect width=\"%.0f\" height=\"%.0f\" rx=\"8\" fill=\"#%06x\"/>\n", width, height,
	       PAPER);
	for (int i = 0; i < 3; i++)
		printf("<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"#%06x\"/>\n", 20 + i * 20, 19,
		       i == 0	? 0xe0605au
		       : i == 1 ? 0xe0b05au
				: 0x6ab060u);
	puts("<g font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"14\" "
	     "xml:space=\"preserve\">");
	for (int row = 0; row < rows; row++)
		put_row(screen[row], cols, row);
	puts("</g>\n</svg>");
	return 0;
}
