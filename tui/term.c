/* SPDX-License-Identifier: MIT */
/*
 * ncurses compares what it is told with what it believes is on the screen and sends the
 * difference, so each painting hands over the whole grid. Keys are read without blocking; an
 * Esc that begins nothing else is a key after 25 ms.
 */
/* First: term.h calls half the alphabet by macros. */
#include "core/base/io.h"
#include "core/base/mem.h"
#include "tui/key.h"
#include "tui/signals.h"
#include "tui/term.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

/* lines, columns, tab, … */
#undef lines
#undef columns
#undef tab

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>


#define ESCAPE_DELAY_MS 25

struct terminal {
	SCREEN *screen;
	enum palette palette;
	bool mouse;
	struct mouse last;
};

/* A capability's bytes, without the padding that tputs() would act upon. */
static void add_capability(struct buf *out, const char *name)
{
	char *bytes = tigetstr((NCURSES_CONST char *)name);

	if (bytes == NULL || bytes == (char *)-1)
		return;
	for (const char *c = bytes; *c != '\0'; c++) {
		const char *end = c[0] == '$' && c[1] == '<' ? strchr(c, '>') : NULL;

		if (end != NULL)
			c = end;
		else
			buf_addc(out, *c);
	}
}

static void prepare_for_crash(const struct termios *modes, bool mouse)
{
	static const char *const names[] = { "sgr0", "op", "cnorm", "rmkx", "rmcup" };
	_cleanup_buf_ struct buf bytes = BUF_EMPTY;

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		add_capability(&bytes, names[i]);
	if (mouse)
		buf_adds(&bytes, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
	buf_adds(&bytes, "\r\n");
	signals_restore_on_crash(STDOUT_FILENO, modes, bytes.data, bytes.length);
}

static void start_colours(struct terminal *term, const struct term_options *options)
{
	term->palette = PALETTE_MONOCHROME;
	if (!options->colour || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	term->palette = options->dark && COLORS >= 256 ? PALETTE_256 : PALETTE_8;
	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct look *look = theme_look((enum role)role, term->palette);

		init_pair((short)(role + 1), look->foreground, look->background);
	}
}

static void take_over(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
}

struct terminal *term_open(const struct term_options *options, struct err *e)
{
	const char *name = getenv("TERM");
	const char *cup;
	struct terminal *term;
	struct termios modes;
	SCREEN *screen;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDOUT_FILENO, &modes) < 0) {
		err_set(e, "the dashboard needs a terminal; for scripts there are the commands "
			   "sessions, pending, events and answer");
		return NULL;
	}
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL) {
		err_set(e, "this system knows no terminal \"%.100s\" (TERM)", name ? name : "");
		return NULL;
	}
	cup = tigetstr((NCURSES_CONST char *)"cup");
	if (cup == NULL || cup == (char *)-1) {
		endwin();
		delscreen(screen);
		err_set(e, "a terminal of the kind \"%.100s\" (TERM) cannot show a dashboard",
			name ? name : "");
		return NULL;
	}
	prepare_for_crash(&modes, options->mouse);
	term = xcalloc(1, sizeof(*term));
	term->screen = screen;
	term->mouse = options->mouse;
	set_escdelay(ESCAPE_DELAY_MS);
	take_over();
	if (term->mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
		mouseinterval(0);
	}
	start_colours(term, options);
	return term;
}

void term_close(struct terminal *term)
{
	if (term == NULL)
		return;
	endwin();
	signals_forget_crash();
	delscreen(term->screen);
	free(term);
}

int term_fd(const struct terminal *term)
{
	(void)term;
	return STDIN_FILENO;
}

void term_size(const struct terminal *term, int *rows, int *cols)
{
	(void)term;
	getmaxyx(stdscr, *rows, *cols);
}

void term_resized(struct terminal *term)
{
	struct winsize size;

	(void)term;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
}

static attr_t attributes(const struct look *look)
{
	attr_t attr = A_NORMAL;

	if (look->bold)
		attr |= A_BOLD;
	if (look->dim)
		attr |= A_DIM;
	if (look->reverse)
		attr |= A_REVERSE;
	if (look->underline)
		attr |= A_UNDERLINE;
	return attr;
}

static short pair_of(const struct terminal *term, const struct cell *cell)
{
	return (short)(term->palette != PALETTE_MONOCHROME ? cell->role + 1 : 0);
}

static void paint_row(const struct terminal *term, const struct cells *cells, int row, int cols)
{
	for (int col = 0; col < cols; col++) {
		const struct cell *cell = cells_at(cells, row, col);
		const struct look *look = theme_look((enum role)cell->role, term->palette);
		cchar_t glyph;

		/* A wide character covers both its columns by itself. */
		if (cell->width == 0 || cell->codes[0] == 0)
			continue;
		if (cell->width == 2 && col + 1 >= cols)
			continue;
		if (setcchar(&glyph, cell->codes, attributes(look), pair_of(term, cell), NULL) ==
		    OK)
			mvadd_wchnstr(row, col, &glyph, 1);
	}
}

void term_paint(struct terminal *term, const struct cells *cells)
{
	int rows, cols;

	term_size(term, &rows, &cols);
	erase();
	for (int row = 0; row < rows && row < cells->rows; row++)
		paint_row(term, cells, row, cols < cells->cols ? cols : cells->cols);
	curs_set(cells->cursor_shown ? 1 : 0);
	move(cells->cursor_row < rows ? cells->cursor_row : rows - 1,
	     cells->cursor_col < cols ? cells->cursor_col : cols - 1);
	refresh();
}

void term_redraw(struct terminal *term)
{
	(void)term;
	clearok(curscr, TRUE);
}

static int function_key(int code)
{
	static const struct {
		int code, key;
	} keys[] = {
		{ KEY_UP, TUI_KEY_UP },		  { KEY_DOWN, TUI_KEY_DOWN },
		{ KEY_LEFT, TUI_KEY_LEFT },	  { KEY_RIGHT, TUI_KEY_RIGHT },
		{ KEY_PPAGE, TUI_KEY_PAGE_UP },	  { KEY_NPAGE, TUI_KEY_PAGE_DOWN },
		{ KEY_HOME, TUI_KEY_HOME },	  { KEY_END, TUI_KEY_END },
		{ KEY_BTAB, TUI_KEY_BACK_TAB },	  { KEY_ENTER, TUI_KEY_ENTER },
		{ KEY_BACKSPACE, TUI_KEY_BACKSPACE }, { KEY_DC, TUI_KEY_BACKSPACE },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		if (keys[i].code == code)
			return keys[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return TUI_KEY_F0 + (code - KEY_F0);
	return TUI_KEY_NONE;
}

/* False for what has no meaning here. */
static bool take_mouse(struct terminal *term)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return false;
	term->last.row = event.y;
	term->last.col = event.x;
	if (event.bstate & BUTTON4_PRESSED)
		term->last.type = MOUSE_WHEEL_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		term->last.type = MOUSE_WHEEL_DOWN;
	else if (event.bstate & BUTTON1_PRESSED)
		term->last.type = MOUSE_CLICK;
	else
		return false;
	return true;
}

struct mouse term_mouse(const struct terminal *term)
{
	return term->last;
}

int term_key(struct terminal *term)
{
	for (;;) {
		wint_t code;
		int kind = get_wch(&code), key;

		if (kind == ERR)
			return TUI_KEY_NONE;
		if (kind == KEY_CODE_YES && code == KEY_MOUSE)
			key = take_mouse(term) ? TUI_KEY_MOUSE : TUI_KEY_NONE;
		else if (kind == KEY_CODE_YES)
			key = function_key((int)code);
		else if (code == '\n')
			key = TUI_KEY_ENTER;
		else
			key = (int)code;
		/* KEY_RESIZE and keys without a meaning here say nothing: look further. */
		if (key != TUI_KEY_NONE)
			return key;
	}
}

void term_drain(struct terminal *term)
{
	while (term_key(term) != TUI_KEY_NONE)
		;
	flushinp();
}

void term_bell(struct terminal *term)
{
	(void)term;
	beep();
}

/* Inside tmux and screen the sequence has to be handed through to the terminal outside. */
static void send_sequence(const char *sequence)
{
	const char *name = getenv("TERM");
	bool tmux = getenv("TMUX") != NULL;
	bool screen = !tmux && name != NULL && strncmp(name, "screen", 6) == 0;
	_cleanup_buf_ struct buf out = BUF_EMPTY;

	if (tmux || screen)
		buf_adds(&out, tmux ? "\033Ptmux;" : "\033P");
	for (const char *c = sequence; *c != '\0'; c++) {
		if (*c == '\033' && tmux)
			buf_addc(&out, '\033');
		buf_addc(&out, *c);
	}
	if (tmux || screen)
		buf_adds(&out, "\033\\");
	fflush(stdout);
	if (write_all(STDOUT_FILENO, out.data, out.length) < 0)
		return;
}

void term_tell(struct terminal *term, const char *text)
{
	_cleanup_buf_ struct buf plain = BUF_EMPTY;
	_cleanup_free_ char *nine = NULL, *seven = NULL;

	(void)term;
	for (const char *c = text; *c != '\0'; c++)
		buf_addc(&plain, *c >= ' ' && *c < 0x7f && *c != ';' ? *c : ',');
	nine = xasprintf("\033]9;%s\a", buf_text(&plain));
	seven = xasprintf("\033]777;notify;srt-top;%s\a", buf_text(&plain));
	send_sequence(nine);
	send_sequence(seven);
}

void term_suspend(struct terminal *term)
{
	endwin();
	signals_stop_self();
	term_resized(term);
	take_over();
	term_redraw(term);
	refresh();
}
