/* SPDX-License-Identifier: MIT */
#ifndef TUI_TEXT_H
#define TUI_TEXT_H

/*
 * Text on its way to the screen. text_safe() is the only door for strings that came from a
 * sandbox; everything else here takes what it made, or literals.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/* Escaped for showing; with `ascii`, everything beyond ASCII as well. NULL gives "". Caller frees.
 */
char *text_safe(const char *bytes, bool ascii);
/* A path, with the home directory written as "~" (which no absolute path begins with). Caller
 * frees. */
char *text_safe_path(const char *bytes, const char *home, bool ascii);

/* Columns of a character (-1: must not be shown) and of a string. */
int text_code_width(uint32_t code);
int text_width(const char *text);
void text_encode(struct buf *out, uint32_t code);
/* How many bytes of the beginning fit into `columns`; *used (may be NULL) gets the columns they
 * take. */
size_t text_fit(const char *text, int columns, int *used);
/* Cuts to `columns` at the end, or in the middle so that both ends of a path stay. */
void text_cut(struct buf *out, const char *text, int columns, const char *ellipsis);
void text_cut_middle(struct buf *out, const char *text, int columns, const char *ellipsis);
/* How many bytes make the first line of at most `columns` (at least one character is taken). */
size_t text_line(const char *text, int columns);

/* Short forms: "9999" "12K" "3.4M"; "04:11" "1:02:03" "2d03h"; "14:02:09" local time, with ".402".
 */
void text_count(struct buf *out, uint64_t count);
void text_bytes(struct buf *out, uint64_t bytes);
void text_span(struct buf *out, int64_t milliseconds);
void text_time(struct buf *out, int64_t wall_ms, bool with_ms);
/* "2026-01-02 14:02:09" local time. */
void text_date(struct buf *out, int64_t wall_ms);
/* Without year and seconds, in 11 columns. */
void text_short_date(struct buf *out, int64_t wall_ms);

#endif
