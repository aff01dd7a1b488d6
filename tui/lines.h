/* SPDX-License-Identifier: MIT */
#ifndef TUI_LINES_H
#define TUI_LINES_H

/* Text line by line, as details, help and reviews are made of it. All text given here is safe. */
#include <stdbool.h>
#include <stddef.h>

#include "tui/theme.h"

#define LABEL_COLS 11

struct detail_line {
	enum role label_role, role;
	char *label; /* NULL = text only, from the left edge */
	char *text;
};

struct detail_lines {
	struct detail_line *items;
	size_t count, capacity;
	int label_cols;
};

void detail_lines_free(struct detail_lines *lines);
#define _cleanup_lines_ __attribute__((cleanup(detail_lines_free)))

/* A label and its text, over as many lines as it takes. */
void lines_add_wrapped(struct detail_lines *lines, const char *label, enum role label_role,
		       const char *text, enum role role, int cols);
/* The same, taking the text over; nothing where it is empty. */
void lines_add_row(struct detail_lines *lines, const char *label, char *owned_text, enum role role,
		   int cols);
void lines_add_blank(struct detail_lines *lines);
/* With a blank line before it where it is not the first. */
void lines_add_heading(struct detail_lines *lines, const char *text);
/* One line as it is: what is beyond the edge is cut. */
void lines_add_text(struct detail_lines *lines, enum role role, const char *text);

/* A sentence of the dashboard's own, wrapped. */
void lines_add_said(struct detail_lines *lines, enum role role, const char *text, int cols);
/* Lines that begin with a sign, as text_diff() makes them, of hostile bytes. */
void lines_add_diff(struct detail_lines *lines, const char *diff, bool ascii);

#endif
