/* SPDX-License-Identifier: MIT */
#ifndef TUI_SESSION_LIST_H
#define TUI_SESSION_LIST_H

/* In which order the sessions are listed, and which one is selected: kept by number, so that
 * neither another order nor what comes and goes moves it. */
#include <stdbool.h>
#include <stddef.h>

struct model;
struct tui_session;

enum session_order {
	SESSIONS_BY_NUMBER,
	SESSIONS_BY_NAME,
	SESSIONS_BY_DENIED,
	SESSIONS_BY_ASKED,
	SESSIONS_BY_TRAFFIC,
	SESSION_ORDERS
};

void session_list_settle(struct model *model, int height);
void session_list_move(struct model *model, long by);
void session_list_select(struct model *model, size_t row);
/* What stands in a row; the row has to be there. */
struct tui_session *session_list_at(const struct model *model, size_t row);
/* Selects the next row (or the one before) whose server or command holds the text; with `here`
 * the selected one counts too. False where there is none. */
bool session_list_find(struct model *model, const char *text, bool forward, bool here);

#endif
