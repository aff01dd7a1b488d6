/* SPDX-License-Identifier: MIT */
#include "tui/theme.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = -1 };

static const struct look in_colour[ROLE_COUNT] = {
	[ROLE_TEXT] = { .foreground = OWN, .background = OWN },
	[ROLE_TITLE] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_HEADER] = { .foreground = BLACK, .background = CYAN },
	[ROLE_ALLOW] = { .foreground = GREEN, .background = OWN },
	[ROLE_DENY] = { .foreground = RED, .background = OWN, .bold = true },
	[ROLE_ASK] = { .foreground = YELLOW, .background = OWN, .bold = true },
	[ROLE_DIM] = { .foreground = OWN, .background = OWN, .dim = true },
	[ROLE_SELECT] = { .foreground = OWN, .background = OWN, .reverse = true },
	[ROLE_MARK] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_KEY] = { .foreground = CYAN, .background = OWN, .bold = true },
	[ROLE_BAR] = { .foreground = BLACK, .background = CYAN },
	[ROLE_WARN] = { .foreground = MAGENTA, .background = OWN, .bold = true },
	[ROLE_BORDER] = { .foreground = CYAN, .background = OWN },
	[ROLE_FOCUS] = { .foreground = OWN, .background = OWN, .bold = true, .reverse = true },
};

static const struct look monochrome[ROLE_COUNT] = {
	[ROLE_TEXT] = { .foreground = OWN, .background = OWN },
	[ROLE_TITLE] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_HEADER] = { .foreground = OWN, .background = OWN, .reverse = true },
	[ROLE_ALLOW] = { .foreground = OWN, .background = OWN },
	[ROLE_DENY] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_ASK] = { .foreground = OWN, .background = OWN, .bold = true, .underline = true },
	[ROLE_DIM] = { .foreground = OWN, .background = OWN, .dim = true },
	[ROLE_SELECT] = { .foreground = OWN, .background = OWN, .reverse = true },
	[ROLE_MARK] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_KEY] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_BAR] = { .foreground = OWN, .background = OWN, .reverse = true },
	[ROLE_WARN] = { .foreground = OWN, .background = OWN, .bold = true },
	[ROLE_BORDER] = { .foreground = OWN, .background = OWN },
	[ROLE_FOCUS] = { .foreground = OWN, .background = OWN, .bold = true, .reverse = true },
};

static const struct look in_dark[ROLE_COUNT] = {
	[ROLE_TEXT] = { .foreground = 252, .background = OWN },
	[ROLE_TITLE] = { .foreground = 231, .background = OWN, .bold = true },
	[ROLE_HEADER] = { .foreground = 250, .background = 237 },
	[ROLE_ALLOW] = { .foreground = 114, .background = OWN },
	[ROLE_DENY] = { .foreground = 210, .background = OWN, .bold = true },
	[ROLE_ASK] = { .foreground = 222, .background = OWN, .bold = true },
	[ROLE_DIM] = { .foreground = 245, .background = OWN },
	[ROLE_SELECT] = { .foreground = 231, .background = 24 },
	[ROLE_MARK] = { .foreground = 231, .background = OWN, .bold = true },
	[ROLE_KEY] = { .foreground = 117, .background = OWN, .bold = true },
	[ROLE_BAR] = { .foreground = 252, .background = 237 },
	[ROLE_WARN] = { .foreground = 222, .background = OWN },
	[ROLE_BORDER] = { .foreground = 242, .background = OWN },
	[ROLE_FOCUS] = { .foreground = 16, .background = 222, .bold = true },
};

const struct look *theme_look(enum role role, enum palette palette)
{
	static const struct look *const palettes[PALETTE_COUNT] = { monochrome, in_colour,
								    in_dark };

	return &palettes[palette][role];
}

char theme_letter(enum role role)
{
	static const char letters[ROLE_COUNT] = {
		[ROLE_TEXT] = '.',   [ROLE_TITLE] = 'T', [ROLE_HEADER] = 'H', [ROLE_ALLOW] = 'A',
		[ROLE_DENY] = 'D',   [ROLE_ASK] = 'Q',	 [ROLE_DIM] = '-',    [ROLE_SELECT] = 'S',
		[ROLE_MARK] = 'M',   [ROLE_KEY] = 'K',	 [ROLE_BAR] = 'B',    [ROLE_WARN] = 'W',
		[ROLE_BORDER] = '+', [ROLE_FOCUS] = 'F',
	};

	return letters[role];
}

const struct glyphs *theme_glyphs(bool ascii)
{
	static const struct glyphs plain = {
		.ascii = true,
		.horizontal = "-",
		.vertical = "|",
		.top_left = "+",
		.top_right = "+",
		.bottom_left = "+",
		.bottom_right = "+",
		.ellipsis = "~",
		.chosen = "(*)",
		.open = "( )",
		.pointer = ">",
		.full = "|",
		.empty = " ",
		.dot = "-",
		.branch = "|- ",
		.last_branch = "`- ",
		.stem = "|  ",
		.gap = "   ",
		.bars = { " ", ".", ":", "-", "=", "+", "*", "%", "#" },
	};
	static const struct glyphs unicode = {
		.ascii = false,
		.horizontal = "─",
		.vertical = "│",
		.top_left = "┌",
		.top_right = "┐",
		.bottom_left = "└",
		.bottom_right = "┘",
		.ellipsis = "…",
		.chosen = "(•)",
		.open = "( )",
		.pointer = ">",
		.full = "|",
		.empty = " ",
		.dot = "·",
		.branch = "├─ ",
		.last_branch = "└─ ",
		.stem = "│  ",
		.gap = "   ",
		.bars = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	};

	return ascii ? &plain : &unicode;
}
