/* SPDX-License-Identifier: MIT */
#include "tui/lines.h"

#include <string.h>

#include "core/base/mem.h"
#include "tui/text.h"

void detail_lines_free(struct detail_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->items[i].label);
		free(lines->items[i].text);
	}
	free(lines->items);
	memset(lines, 0, sizeof(*lines));
}

static void add(struct detail_lines *lines, const char *label, enum role label_role,
		const char *text, size_t length, enum role role)
{
	struct detail_line line = { .label_role = label_role,
				    .role = role,
				    .label = xstrdup(label),
				    .text = xstrndup(text, length) };

	grow_array(lines->items, lines->count, lines->capacity);
	lines->items[lines->count++] = line;
}

/* A label and its text, over as many lines as it takes. Text is safe already. */
void lines_add_wrapped(struct detail_lines *lines, const char *label, enum role label_role,
		       const char *text, enum role role, int cols)
{
	int room = cols - (label != NULL ? lines->label_cols : 0) - 2;

	if (room < 10)
		room = 10;
	do {
		size_t length = text_line(text, room);

		add(lines, label, label_role, text, length, role);
		text += length;
		label = label != NULL ? "" : NULL;
	} while (*text != '\0');
}

void lines_add_row(struct detail_lines *lines, const char *label, char *owned_text, enum role role,
		   int cols)
{
	_cleanup_free_ char *text = owned_text;

	if (text != NULL && text[0] != '\0')
		lines_add_wrapped(lines, label, ROLE_DIM, text, role, cols);
}

void lines_add_blank(struct detail_lines *lines)
{
	add(lines, NULL, ROLE_TEXT, "", 0, ROLE_TEXT);
}

void lines_add_heading(struct detail_lines *lines, const char *text)
{
	if (lines->count > 0)
		lines_add_blank(lines);
	add(lines, NULL, ROLE_TEXT, text, strlen(text), ROLE_TITLE);
}

void lines_add_text(struct detail_lines *lines, enum role role, const char *text)
{
	add(lines, NULL, ROLE_TEXT, text, strlen(text), role);
}

void lines_add_said(struct detail_lines *lines, enum role role, const char *text, int cols)
{
	lines_add_wrapped(lines, NULL, role, text, role, cols);
}

static enum role diff_role(char sign)
{
	return sign == '+' ? ROLE_ALLOW : sign == '-' ? ROLE_DENY : sign == '@' ? ROLE_DIM : ROLE_TEXT;
}

void lines_add_diff(struct detail_lines *lines, const char *diff, bool ascii)
{
	for (const char *rest = diff; rest != NULL && *rest != '\0';) {
		size_t length = strcspn(rest, "\n");
		_cleanup_free_ char *raw = xstrndup(rest, length);
		_cleanup_free_ char *safe = text_safe(raw, ascii);

		lines_add_text(lines, diff_role(raw[0]), safe);
		rest += length + (rest[length] == '\n');
	}
}
