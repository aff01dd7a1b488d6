/* SPDX-License-Identifier: MIT */
#include "tui/action.h"

#include "core/base/mem.h"
#include "tui/key.h"
#include "tui/text.h"

#define IN(context) (1u << CONTEXT_##context)
#define TEXTS (IN(DETAIL) | IN(SESSION) | IN(HELP))
#define BELOW (IN(RULES) | IN(OLDER) | IN(EXPORT) | IN(START) | IN(WRITTEN))
#define LISTS (IN(DASH) | IN(QUEUE) | BELOW | TEXTS)
#define EVERYWHERE (LISTS | IN(QUESTION))
#define FKEY(n) (TUI_KEY_F0 + (n))
#define CTRL(letter) ((letter) & 0x1f)

static const struct action_row rows[] = {
	{ ACTION_HELP, EVERYWHERE, { FKEY(1), '?', 'h' }, "Help",
	  "this help, for what is in front" },
	/* answering */
	{ ACTION_ALLOW, IN(QUESTION) | IN(QUEUE), { 'a' }, "Allow",
	  "allow, as wide and as long as chosen" },
	{ ACTION_DENY, IN(QUESTION) | IN(QUEUE), { 'd' }, "Deny",
	  "deny, as wide and as long as chosen" },
	{ ACTION_DEFAULT, IN(QUESTION), { TUI_KEY_ENTER }, NULL,
	  "the button with the focus: Deny" },
	{ ACTION_ALLOW_ALWAYS, IN(QUESTION) | IN(QUEUE), { 'A' }, NULL,
	  "allow and keep it always (asks back)" },
	{ ACTION_DENY_ALWAYS, IN(QUESTION) | IN(QUEUE), { 'D' }, NULL,
	  "deny and keep it always (asks back)" },
	{ ACTION_SCOPE_NEXT, IN(QUESTION), { 's', TUI_KEY_TAB, TUI_KEY_RIGHT, TUI_KEY_DOWN },
	  "Scope", "how much the answer covers: the next scope offered" },
	{ ACTION_SCOPE_PREVIOUS, IN(QUESTION), { TUI_KEY_LEFT, TUI_KEY_UP, TUI_KEY_BACK_TAB }, NULL,
	  "the scope before" },
	{ ACTION_KEEP, IN(QUESTION), { 'k' }, "Keep", "how long it holds: once, session, always" },
	{ ACTION_NEXT, IN(QUESTION), { 'n' }, "Next", "the next question; this one waits" },
	{ ACTION_MORE, IN(QUESTION), { 'i', FKEY(3) }, "Info",
	  "everything known about this question" },
	{ ACTION_LATER, IN(QUESTION), { TUI_KEY_ESCAPE }, "Later",
	  "put it off: it stays answerable in the queue (p)" },
	{ ACTION_YES, IN(CONFIRM), { 'y' }, "Yes, always", "keep it always" },
	{ ACTION_BACK, IN(CONFIRM), { TUI_KEY_ESCAPE, TUI_KEY_ENTER, 'n', 'q' }, "Back",
	  "back to the question" },
	{ ACTION_YES, IN(SURE), { 'y' }, "Yes", "do it" },
	{ ACTION_BACK, IN(SURE), { TUI_KEY_ESCAPE, TUI_KEY_ENTER, 'n', 'q' }, "No", "leave it" },
	/* looking */
	{ ACTION_OPEN, IN(DASH), { TUI_KEY_ENTER }, NULL,
	  "details of the selected session or event; a question that waits" },
	{ ACTION_OPEN, IN(QUEUE), { TUI_KEY_ENTER }, "Open", "the question, with its scopes" },
	{ ACTION_QUEUE, IN(DASH) | IN(DETAIL) | IN(SESSION) | IN(QUESTION), { FKEY(2), 'p' },
	  "Queue", "every question that can be answered, refused ones too" },
	{ ACTION_FIND, IN(DASH), { FKEY(3), '/' }, "Find", "go to the next row with a text" },
	{ ACTION_FIND_NEXT, IN(DASH), { 'n' }, NULL, "the next one with that text" },
	{ ACTION_FIND_PREVIOUS, IN(DASH), { 'N' }, NULL, "the one before" },
	{ ACTION_FILTER, IN(DASH) | IN(OLDER), { FKEY(4), '\\' }, "Filter",
	  "show only some events: words, or as in  net & deny & host~github" },
	{ ACTION_TREE, IN(DASH), { FKEY(5), 't' }, "Tree", "the processes of each session" },
	{ ACTION_SORT, IN(DASH), { FKEY(6), 's' }, "Sort",
	  "order the pane: events by time, count, kind or object; sessions by number, "
	  "name, denied, asked or traffic" },
	{ ACTION_RULES, IN(DASH), { FKEY(7), 'r' }, "Rules",
	  "all that decides: rules that are kept or end with a session, settings files, defaults" },
	{ ACTION_EXPORT, IN(DASH) | IN(SESSION), { FKEY(8), 'e' }, "Export",
	  "the settings file that the selected session's server needs" },
	{ ACTION_STOP, IN(DASH) | IN(SESSION), { FKEY(9), 'x' }, "Stop",
	  "end the selected session with all its processes (asks back)" },
	{ ACTION_RESTART, IN(DASH) | IN(SESSION), { 'R' }, NULL,
	  "start it again, by the rules of now, if it was started here" },
	{ ACTION_PUBLISH, IN(SESSION), { 'P' }, "Publish",
	  "let the host reach a port that it listens on inside" },
	{ ACTION_PUBLISH, IN(DASH), { 'P' }, NULL,
	  "let the host reach a port that the selected session listens on inside, or the "
	  "latest that was offered" },
	{ ACTION_LAYER, IN(SESSION) | IN(START), { 'l' }, "Layer",
	  "what the server wrote while it was learned: keep it or not" },
	{ ACTION_LAYER, IN(DASH), { 'l' }, NULL,
	  "what the selected session's server wrote while it was learned: keep it or not" },
	{ ACTION_START, IN(DASH), { '+' }, "Start", "start a server" },
	{ ACTION_VERDICTS, IN(DASH), { 'v' }, NULL,
	  "show all events, what was refused or asked, or what was allowed" },
	{ ACTION_ONLY, IN(DASH), { 'o' }, NULL,
	  "show events of the selected session only, or of all" },
	{ ACTION_FOLLOW, IN(DASH), { ' ' }, "Pause", "pause, and follow the newest event again" },
	{ ACTION_PANE, IN(DASH), { TUI_KEY_TAB, TUI_KEY_BACK_TAB }, "Pane", "the other pane" },
	{ ACTION_CLEAR, IN(DASH), { 'c' }, NULL, "forget sessions that have ended" },
	{ ACTION_TAB_1, IN(SESSION), { '1' }, NULL, "what the session is" },
	{ ACTION_TAB_2, IN(SESSION), { '2' }, NULL, "its processes" },
	{ ACTION_TAB_3, IN(SESSION), { '3' }, NULL, "what it sees of the files, from its mounts" },
	{ ACTION_TAB_4, IN(SESSION), { '4' }, NULL, "whom it talked to" },
	{ ACTION_TAB_5, IN(SESSION), { '5' }, NULL, "what it printed, if it was started here" },
	{ ACTION_TAB_6, IN(SESSION), { '6' }, NULL, "which files it used or was refused, lately" },
	{ ACTION_TAB_NEXT, IN(SESSION), { TUI_KEY_TAB, TUI_KEY_RIGHT }, "Next tab",
	  "the next tab" },
	{ ACTION_TAB_PREVIOUS, IN(SESSION), { TUI_KEY_BACK_TAB, TUI_KEY_LEFT }, NULL,
	  "the tab before" },
	{ ACTION_OLDER, IN(DASH), { 'H' }, NULL, "older events, from the database" },
	{ ACTION_MESSAGES, IN(DASH), { 'm' }, NULL, "what the dashboard has said" },
	/* rules */
	{ ACTION_OPEN, IN(RULES), { TUI_KEY_ENTER }, "Matched", "what the rule has matched" },
	{ ACTION_EDIT, IN(RULES), { 'e' }, "Edit", "the same rule about something else" },
	{ ACTION_DISABLE, IN(RULES), { 'x', ' ' }, "Disable",
	  "take the rule out of force; again: put it back; end a rule of a session "
	  "(asks back)" },
	{ ACTION_UNDO, IN(RULES), { 'u' }, "Undo", "undo the last change made here" },
	/* export */
	{ ACTION_TICK, IN(EXPORT), { ' ' }, "Tick", "make this change, or not" },
	{ ACTION_OPEN, IN(EXPORT), { TUI_KEY_ENTER }, "Why", "what was recorded that the entry is about" },
	{ ACTION_WIDER, IN(EXPORT), { '+', '>' }, "Wider",
	  "the directory around it, or all hosts of the domain: never over what is denied, refused or "
	  "sensitive" },
	{ ACTION_NARROWER, IN(EXPORT), { '-', '<' }, "Narrower",
	  "back, or single things that were needed of it" },
	{ ACTION_DIFF, IN(EXPORT), { 'd' }, "Diff", "what would change in the file, line by line" },
	{ ACTION_REPLAY, IN(EXPORT), { 'r' }, "Replay",
	  "recorded accesses that the file would newly refuse or allow" },
	{ ACTION_TEXT, IN(EXPORT), { 'p' }, NULL, "the whole file as it would be" },
	{ ACTION_FILE, IN(EXPORT), { 'f' }, "File", "compare with another file" },
	{ ACTION_WRITE, IN(EXPORT), { 'w', 'W' }, "Write",
	  "write the ticked changes, and keep a copy of the old file (asks back)" },
	/* what was written while learning */
	{ ACTION_TICK, IN(WRITTEN), { ' ' }, "Tick", "keep this change, or not" },
	{ ACTION_TICK_ALL, IN(WRITTEN), { 'a' }, "All", "tick all that can be kept, or none" },
	{ ACTION_OPEN, IN(WRITTEN), { TUI_KEY_ENTER }, "Diff",
	  "the whole difference of the selected file" },
	{ ACTION_WRITE, IN(WRITTEN), { 'w', 'W' }, "Write",
	  "write what is ticked to the host (asks back)" },
	{ ACTION_DROP, IN(WRITTEN), { 'D' }, "Drop all", "keep nothing of it (asks back)" },
	/* starting */
	{ ACTION_OPEN, IN(START), { TUI_KEY_ENTER }, "Start", "start what is selected" },
	{ ACTION_FILE, IN(START), { 'f' }, "File", "servers of another MCP configuration file" },
	{ ACTION_UP, LISTS, { TUI_KEY_UP, 'k' }, NULL, "up" },
	{ ACTION_DOWN, LISTS, { TUI_KEY_DOWN, 'j' }, NULL, "down" },
	{ ACTION_PAGE_UP, LISTS, { TUI_KEY_PAGE_UP, CTRL('b') }, NULL, "a page up" },
	{ ACTION_PAGE_DOWN, LISTS, { TUI_KEY_PAGE_DOWN, CTRL('f') }, NULL, "a page down" },
	{ ACTION_TOP, LISTS, { 'g', TUI_KEY_HOME }, NULL, "to the first row" },
	{ ACTION_BOTTOM, IN(DASH) | IN(SESSION), { 'G', TUI_KEY_END }, NULL,
	  "to the last row; follows the newest event, or line of the output" },
	{ ACTION_BOTTOM, LISTS & ~(IN(DASH) | IN(SESSION)), { 'G', TUI_KEY_END }, NULL,
	  "to the last row" },
	{ ACTION_BACK, IN(QUEUE) | IN(DETAIL) | IN(HELP), { TUI_KEY_ESCAPE, 'q', TUI_KEY_LEFT },
	  "Back", "back to where you came from" },
	{ ACTION_BACK, IN(SESSION) | BELOW, { TUI_KEY_ESCAPE, 'q' }, "Back",
	  "back to where you came from" },
	/* typing */
	{ ACTION_ACCEPT, IN(PROMPT), { TUI_KEY_ENTER }, "Done", "what was typed counts" },
	{ ACTION_BACK, IN(PROMPT), { TUI_KEY_ESCAPE }, "Cancel",
	  "leave it; a filter is gone then" },
	{ ACTION_ERASE, IN(PROMPT), { TUI_KEY_BACKSPACE, '\b' }, NULL, "erase the last character" },
	{ ACTION_ERASE_ALL, IN(PROMPT), { CTRL('u') }, NULL, "erase all" },
	/* always */
	{ ACTION_REDRAW, EVERYWHERE | IN(CONFIRM) | IN(SURE) | IN(PROMPT), { CTRL('l') }, NULL,
	  "paint the screen anew" },
	{ ACTION_QUIT, IN(DASH) | IN(QUESTION), { FKEY(10), 'q', 'Q' }, "Quit",
	  "leave; the sessions go on undisturbed" },
	{ ACTION_QUIT, IN(QUEUE) | TEXTS | BELOW | IN(CONFIRM), { FKEY(10), 'Q' }, NULL,
	  "leave; the sessions go on undisturbed" },
};

static const char *const context_names[CONTEXT_COUNT] = {
	[CONTEXT_DASH] = "dashboard",	  [CONTEXT_QUEUE] = "questions",
	[CONTEXT_DETAIL] = "details",	   [CONTEXT_SESSION] = "a session",
	[CONTEXT_HELP] = "help",
	[CONTEXT_QUESTION] = "a question", [CONTEXT_CONFIRM] = "asking back",
	[CONTEXT_RULES] = "rules",	   [CONTEXT_OLDER] = "older events",
	[CONTEXT_EXPORT] = "export",	   [CONTEXT_START] = "starting a server",
	[CONTEXT_WRITTEN] = "what was written while learning",
	[CONTEXT_SURE] = "asking back",	   [CONTEXT_PROMPT] = "typing",
};

enum action action_find(enum context context, int key)
{
	if (key == TUI_KEY_NONE)
		return ACTION_NONE;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		if ((rows[i].contexts & (1u << context)) == 0)
			continue;
		for (size_t k = 0; k < ACTION_KEYS; k++)
			if (rows[i].keys[k] == key)
				return rows[i].action;
	}
	return ACTION_NONE;
}

const struct action_row *action_row(size_t index)
{
	return index < ARRAY_LENGTH(rows) ? &rows[index] : NULL;
}

const char *context_name(enum context context)
{
	return context_names[context];
}

void action_key_name(struct buf *out, int key)
{
	static const struct {
		int key;
		const char *name;
	} names[] = {
		{ ' ', "Space" },
		{ TUI_KEY_TAB, "Tab" },
		{ TUI_KEY_ENTER, "Enter" },
		{ TUI_KEY_ESCAPE, "Esc" },
		{ TUI_KEY_BACKSPACE, "Backspace" },
		{ TUI_KEY_UP, "Up" },
		{ TUI_KEY_DOWN, "Down" },
		{ TUI_KEY_LEFT, "Left" },
		{ TUI_KEY_RIGHT, "Right" },
		{ TUI_KEY_PAGE_UP, "PgUp" },
		{ TUI_KEY_PAGE_DOWN, "PgDn" },
		{ TUI_KEY_HOME, "Home" },
		{ TUI_KEY_END, "End" },
		{ TUI_KEY_BACK_TAB, "Shift-Tab" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (names[i].key == key) {
			buf_adds(out, names[i].name);
			return;
		}
	if (key > TUI_KEY_F0 && key <= TUI_KEY_F12)
		buf_addf(out, "F%d", key - TUI_KEY_F0);
	else if (key < 0x20)
		buf_addf(out, "Ctrl-%c", key + '@');
	else
		text_encode(out, (uint32_t)key);
}
