/* SPDX-License-Identifier: MIT */
#include "tui/session_columns.h"

#include <string.h>

#define SERVER_LEAST 10
#define SERVER_MOST 24
#define COMMAND_LEAST 16

static const struct {
	const char *name, *title;
	int cols;
	int rank; /* the greatest goes first where there is no room */
	bool right;
} specs[COLUMN_COUNT] = {
	[COLUMN_NUMBER] = { "number", "S", 1, 0, false },
	[COLUMN_SERVER] = { "server", "SERVER", SERVER_LEAST, 0, false },
	[COLUMN_UP] = { "up", "UP", 8, 6, true },
	[COLUMN_PID] = { "pid", "PID", 7, 9, true },
	[COLUMN_ACTIVITY] = { "activity", "LAST 5 MIN", 10, 5, false },
	[COLUMN_ALLOW] = { "allow", "ALLOW", 6, 7, true },
	[COLUMN_DENY] = { "deny", "DENY", 6, 2, true },
	[COLUMN_ASK] = { "ask", "ASK", 5, 4, true },
	[COLUMN_NET] = { "net", "NET", 6, 8, true },
	[COLUMN_STATE] = { "state", "STATE", 12, 1, false },
	[COLUMN_COMMAND] = { "command", "COMMAND", COMMAND_LEAST, 10, false },
};

const struct session_columns session_columns_default = {
	.items = { COLUMN_NUMBER, COLUMN_SERVER, COLUMN_UP, COLUMN_PID, COLUMN_ACTIVITY,
		   COLUMN_ALLOW, COLUMN_DENY, COLUMN_ASK, COLUMN_NET, COLUMN_STATE,
		   COLUMN_COMMAND },
	.count = COLUMN_COUNT,
};

static int wanted(enum session_column column, int number)
{
	return column == COLUMN_NUMBER ? number : specs[column].cols;
}

static int total(const struct session_columns *columns, const bool *in, int number)
{
	int sum = 1;

	for (size_t i = 0; i < columns->count; i++)
		if (in[columns->items[i]])
			sum += wanted(columns->items[i], number) + 1;
	return sum;
}

static int least_important(const struct session_columns *columns, const bool *in)
{
	int worst = -1;

	for (size_t i = 0; i < columns->count; i++) {
		enum session_column column = columns->items[i];

		if (in[column] && (worst < 0 || specs[column].rank > specs[worst].rank))
			worst = (int)column;
	}
	return worst;
}

void session_columns_place(const struct session_columns *columns, int cols, int number,
			   struct column_place places[COLUMN_COUNT])
{
	bool in[COLUMN_COUNT] = { false };
	int col = 1, spare, server;

	memset(places, 0, COLUMN_COUNT * sizeof(*places));
	for (size_t i = 0; i < columns->count; i++)
		in[columns->items[i]] = true;
	while (total(columns, in, number) > cols) {
		int worst = least_important(columns, in);

		if (worst < 0 || specs[worst].rank == 0)
			break;
		in[worst] = false;
	}
	/* The name of the server takes what is left, and the command what is more than enough. */
	spare = cols - total(columns, in, number);
	spare = spare > 0 ? spare : 0;
	server = spare;
	if (in[COLUMN_COMMAND] && server > SERVER_MOST - SERVER_LEAST)
		server = SERVER_MOST - SERVER_LEAST;
	for (size_t i = 0; i < columns->count; i++) {
		enum session_column column = columns->items[i];
		int width = wanted(column, number);

		if (!in[column])
			continue;
		if (column == COLUMN_SERVER)
			width += server;
		if (column == COLUMN_COMMAND)
			width += spare - (in[COLUMN_SERVER] ? server : 0);
		places[column] = (struct column_place){ .col = col, .cols = width };
		col += width + 1;
	}
}

const char *session_column_title(enum session_column column)
{
	return specs[column].title;
}

bool session_column_parse(const char *name, enum session_column *column)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (strcmp(specs[i].name, name) == 0) {
			*column = (enum session_column)i;
			return true;
		}
	return false;
}

bool session_column_is_right(enum session_column column)
{
	return specs[column].right;
}
