/* SPDX-License-Identifier: MIT */
#ifndef TUI_SESSION_COLUMNS_H
#define TUI_SESSION_COLUMNS_H

/* The columns of the table of sessions, and which of them fit. Pure. */
#include <stdbool.h>
#include <stddef.h>

enum session_column {
	COLUMN_NUMBER,
	COLUMN_SERVER,
	COLUMN_UP,
	COLUMN_PID,
	COLUMN_ACTIVITY,
	COLUMN_ALLOW,
	COLUMN_DENY,
	COLUMN_ASK,
	COLUMN_NET,
	COLUMN_STATE,
	COLUMN_COMMAND,
	COLUMN_COUNT
};

struct session_columns {
	enum session_column items[COLUMN_COUNT]; /* from left to right, each once */
	size_t count;
};

/* Where a column stands; cols 0 = there is no room for it. */
struct column_place {
	int col, cols;
};

/* What is shown where nothing was chosen. */
extern const struct session_columns session_columns_default;
/* Places them in `cols` columns; what matters least is left out first. `number` columns are wanted
 * by the number of a session. */
void session_columns_place(const struct session_columns *columns, int cols, int number,
			   struct column_place places[COLUMN_COUNT]);
/* Of the heading, and of the configuration: "SERVER", "server". */
const char *session_column_title(enum session_column column);
bool session_column_parse(const char *name, enum session_column *column);
bool session_column_is_right(enum session_column column);

#endif
