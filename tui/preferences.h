/* SPDX-License-Identifier: MIT */
#ifndef TUI_PREFERENCES_H
#define TUI_PREFERENCES_H

/* What a person may set in $XDG_CONFIG_HOME/srt-top/config.json: see srt-top(1). */
#include "core/base/err.h"
#include "core/policy/access.h"
#include "tui/session_columns.h"

enum theme { THEME_AUTO, THEME_COLOUR, THEME_DARK, THEME_MONOCHROME, THEME_COUNT };

struct preferences {
	enum theme theme;
	bool ascii;
	bool mouse;
	enum scope scope;	/* chosen first in a question, where it is offered */
	enum duration duration; /* the same: once or session; always is never a default */
	bool bell;		/* with a new question */
	bool terminal_notice;	/* the same, by OSC 9 and OSC 777 */
	bool desktop_notice;	/* the same, by notify-send */
	int hold_seconds;	/* for servers started here; -1 = as usual */
	struct session_columns columns;
};

#define PREFERENCES_MOST (64 * 1024) /* bytes of the file */

void preferences_default(struct preferences *preferences);
/* Strict: what is not known, given twice or out of bounds is an error that names where it is. */
int preferences_parse(struct preferences *preferences, const char *text, size_t length,
		      struct err *e);
/* Reads the file; where there is none, the defaults. The error names the path. */
int preferences_load(struct preferences *preferences, const char *path, struct err *e);

#endif
