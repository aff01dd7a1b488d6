/* SPDX-License-Identifier: MIT */
#ifndef TUI_ACTION_H
#define TUI_ACTION_H

/*
 * What a person can do, in one table: it is the key map, the footer bar and the help screen.
 */
#include <stddef.h>

#include "core/base/buf.h"

enum context {
	CONTEXT_DASH,
	CONTEXT_QUEUE,
	CONTEXT_DETAIL,
	CONTEXT_SESSION,
	CONTEXT_RULES,
	CONTEXT_OLDER,
	CONTEXT_EXPORT,
	CONTEXT_START,
	CONTEXT_WRITTEN,
	CONTEXT_HELP,
	CONTEXT_QUESTION, /* the box in front */
	CONTEXT_CONFIRM,  /* the box asks back before something is kept for ever */
	CONTEXT_SURE,	  /* asking back before anything else */
	CONTEXT_PROMPT,	  /* typing */
	CONTEXT_COUNT
};

enum action {
	ACTION_NONE,
	ACTION_HELP,
	ACTION_QUIT,
	ACTION_BACK,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_TOP,
	ACTION_BOTTOM,
	ACTION_OPEN,
	ACTION_PANE,
	ACTION_FOLLOW,
	ACTION_QUEUE,
	ACTION_FIND,
	ACTION_FIND_NEXT,
	ACTION_FIND_PREVIOUS,
	ACTION_FILTER,
	ACTION_SORT,
	ACTION_VERDICTS,
	ACTION_ONLY,
	ACTION_TREE,
	ACTION_TAB_1, /* and so on to the last */
	ACTION_TAB_2,
	ACTION_TAB_3,
	ACTION_TAB_4,
	ACTION_TAB_5,
	ACTION_TAB_6,
	ACTION_TAB_NEXT,
	ACTION_TAB_PREVIOUS,
	ACTION_CLEAR,
	ACTION_REDRAW,
	ACTION_RULES,
	ACTION_OLDER,
	ACTION_EXPORT,
	ACTION_MESSAGES,
	/* servers */
	ACTION_START,
	ACTION_STOP,
	ACTION_RESTART,
	ACTION_PUBLISH,
	ACTION_FILE,
	/* rules, export */
	ACTION_EDIT,
	ACTION_DISABLE,
	ACTION_UNDO,
	ACTION_TICK,
	ACTION_TICK_ALL,
	ACTION_DROP,
	ACTION_LAYER,
	ACTION_TEXT,
	ACTION_DIFF,
	ACTION_REPLAY,
	ACTION_WIDER,
	ACTION_NARROWER,
	ACTION_WRITE,
	/* questions */
	ACTION_ALLOW,
	ACTION_DENY,
	ACTION_ALLOW_ALWAYS,
	ACTION_DENY_ALWAYS,
	ACTION_DEFAULT,
	ACTION_SCOPE_NEXT,
	ACTION_SCOPE_PREVIOUS,
	ACTION_KEEP,
	ACTION_NEXT,
	ACTION_MORE,
	ACTION_LATER,
	ACTION_YES,
	/* typing */
	ACTION_ACCEPT,
	ACTION_ERASE,
	ACTION_ERASE_ALL,
	ACTION_COUNT
};

#define ACTION_KEYS 4

struct action_row {
	enum action action;
	unsigned contexts; /* 1 << enum context */
	int keys[ACTION_KEYS];
	const char *bar;  /* its word in the footer; NULL = not there */
	const char *help; /* what it does */
};

enum action action_find(enum context context, int key);
/* Row by row, in the order of the footer and the help; NULL at the end. */
const struct action_row *action_row(size_t index);
const char *context_name(enum context context);
/* "Enter", "F1", "Ctrl-L", "a". */
void action_key_name(struct buf *out, int key);

#endif
