/* SPDX-License-Identifier: MIT */
#ifndef TUI_THEME_H
#define TUI_THEME_H

/*
 * What a cell means, and how meaning is shown: by eight colours over the terminal's own
 * background, by softer ones of 256 over a dark one, or by attributes alone. No meaning lies in hue
 * only: a verdict is also a letter.
 */
#include <stdbool.h>

enum role {
	ROLE_TEXT,
	ROLE_TITLE,  /* the program's name and what is most important */
	ROLE_HEADER, /* column names */
	ROLE_ALLOW,
	ROLE_DENY,
	ROLE_ASK,
	ROLE_DIM,    /* ended, explained, less important */
	ROLE_SELECT, /* the selected row of the pane with the focus */
	ROLE_MARK,   /* the selected row of another pane */
	ROLE_KEY,    /* a key to press */
	ROLE_BAR,    /* the words beside it in the footer */
	ROLE_WARN,   /* what is blind, lost or broken */
	ROLE_BORDER,
	ROLE_FOCUS, /* what Enter would do */
	ROLE_COUNT
};

struct look {
	short foreground, background; /* -1 = the terminal's own */
	bool bold, dim, reverse, underline;
};

/* How many colours are there, and which are wanted. */
enum palette {
	PALETTE_MONOCHROME, /* attributes alone */
	PALETTE_8,	    /* over whatever background the terminal has */
	PALETTE_256,	    /* over a dark one */
	PALETTE_COUNT
};

const struct look *theme_look(enum role role, enum palette palette);
/* One letter for a role, for goldens. */
char theme_letter(enum role role);

/* Every glyph that is not plain text, in one table per repertoire; each one column wide. */
struct glyphs {
	bool ascii;
	const char *horizontal, *vertical;
	const char *top_left, *top_right, *bottom_left, *bottom_right;
	const char *ellipsis;
	const char *chosen, *open; /* of a radio button, three columns */
	const char *pointer;	   /* the selected row, focus or not */
	const char *full, *empty;  /* of a meter */
	const char *dot;
	const char *branch, *last_branch, *stem, *gap; /* of a tree, three columns each */
	const char *bars[9];			       /* of a sparkline, from nothing to most */
};

const struct glyphs *theme_glyphs(bool ascii);

#endif
