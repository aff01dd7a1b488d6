/* SPDX-License-Identifier: MIT */
#ifndef TUI_KEY_H
#define TUI_KEY_H

/* A key is a Unicode code point, or one of these above them; 0 is no key. */
enum {
	TUI_KEY_NONE = 0,
	TUI_KEY_TAB = '\t',
	TUI_KEY_ENTER = '\r',
	TUI_KEY_ESCAPE = 0x1b,
	TUI_KEY_BACKSPACE = 0x7f,
	TUI_KEY_UP = 0x110000,
	TUI_KEY_DOWN,
	TUI_KEY_LEFT,
	TUI_KEY_RIGHT,
	TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN,
	TUI_KEY_HOME,
	TUI_KEY_END,
	TUI_KEY_BACK_TAB,
	TUI_KEY_F0, /* F1 is TUI_KEY_F0 + 1, up to F12 */
	TUI_KEY_F12 = TUI_KEY_F0 + 12,
	TUI_KEY_CLOSED, /* the terminal is gone */
	TUI_KEY_MOUSE,	/* where and what: term_mouse() */
};

#endif
