/* SPDX-License-Identifier: MIT */
/*
 * Each screen as text and as roles, compared with golden/NAME.txt. UPDATE_GOLDENS=1 in the
 * environment writes them anew: read the difference before keeping it.
 */
#include "tests/unit/tui/fixture.h"

#include <errno.h>

#include "core/base/io.h"
#include "tui/view.h"

#define GOLDENS "tests/unit/tui/golden"

static struct model *model;

static void say_banner(unsigned link, const char *banner)
{
	greet(model, link,
	      (struct session_info){ .server = (char *)"fs-mcp",
				     .command = (char *)"npx -y server-filesystem /home/me/src",
				     .banner = (char *)banner,
				     .started_ms = NOW_MS - 9600000,
				     .status = -1,
				     .allowed = 911,
				     .bytes_in = 0 });
}

static void tell(unsigned link, const char *id, int64_t ago_ms, enum verdict verdict,
		 enum access_kind kind, const char *object, const char *why, uint64_t count)
{
	struct access_event event = { .id = (char *)id,
				      .time_ms = NOW_MS - ago_ms,
				      .kind = kind,
				      .object = (char *)object,
				      .verdict = verdict,
				      .why = (char *)why,
				      .server = (char *)"github-mcp",
				      .pid = 41830,
				      .exe = (char *)"/usr/bin/node",
				      .syscall = (char *)"openat",
				      .count = count };

	say(model, link, (struct wire_message){ .type = WIRE_EVENT, .event = event });
}

/* Three sessions, one of them blind, one ended, and events with what a hostile program can name. */
static void be_busy(void)
{
	greet(model, 1,
	      (struct session_info){ .server = (char *)"github-mcp",
				     .command = (char *)"node index.js --stdio",
				     .started_ms = NOW_MS - 724000,
				     .status = -1,
				     .allowed = 12345,
				     .denied = 4,
				     .asked = 1,
				     .bytes_in = 2150 });
	say_banner(2, "no seccomp notifications: refused files are not seen");
	greet(model, 3,
	      (struct session_info){ .server = (char *)"ev\x1b[31mil\xe2\x80\xae",
				     .command = (char *)"pytest -q",
				     .state = (char *)"exited",
				     .started_ms = NOW_MS - 10000,
				     .status = 1,
				     .allowed = 120,
				     .denied = 13 });
	model_disconnected(model, 3, fixture_now);
	tell(1, "e.1", 90000, VERDICT_DENY, ACCESS_READ, "/home/me/.ssh/id_ed25519",
	     "on the sensitive list", 2);
	tell(1, "e.2", 40000, VERDICT_DENY, ACCESS_WRITE, "/home/me/.config/gh/hosts.yml",
	     "denyWrite of the settings file", 1);
	tell(1, "e.3", 39000, VERDICT_ALLOW, ACCESS_CONNECT, "api.github.com:443", "rule 7", 31);
	tell(2, "e.4", 30000, VERDICT_ALLOW, ACCESS_READ,
	     "/usr/lib/node_modules/@modelcontextprotocol/server-github/dist/common/utils/"
	     "errors.js",
	     "reads are open", 1);
	tell(2, "e.5", 20000, VERDICT_DENY, ACCESS_WRITE,
	     "/home/me/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4"
	     "\xe3\x83\xab/\x1b]0;owned\x07\xe2\x80\xaegpj.exe",
	     "outside \x1b[2JallowWrite", 7);
	tell(1, "e.6", 10000, VERDICT_DENY, ACCESS_READ, "/tmp/not-utf8-\xff\xfe\xc0\xaf\nnew line",
	     "outside allowRead", 1);
	tell(1, "e.7", 5000, VERDICT_ALLOW, ACCESS_EXEC, "/usr/bin/git", "reads are open", 3);
}

static void be_asked(void)
{
	ask_connect(model, 1, "q.1");
	tell(1, "q.1", 0, VERDICT_ASK, ACCESS_CONNECT, "api.githubcopilot.com:443",
	     "no rule matches", 1);
}

static void be_asked_by_a_hostile_one(void)
{
	struct question question = make_question(
		"q.2", ACCESS_WRITE,
		"/home/me/\xe6\x97\xa5\xe6\x9c\xac/\x1b[2J\xe2\x80\xae/\xff/a rather long name of "
		"a "
		"directory that nobody would choose/and one more/and another one below it/so that "
		"it takes many rows/and is still not at its end/evil\nsh");

	question.scopes[1] = SCOPE_DIR;
	question.patterns[1] = (char *)"/home/me/\xe6\x97\xa5\xe6\x9c\xac/\x1b[2J";
	question.scope_count = 2;
	question.event.exe = (char *)"/tmp/\x1b[31mnode\xe2\x80\xae";
	question.event.server = (char *)"ev\x07il";
	question.waiters = 3;
	question.command_line = (char *)"node -e 'a\tb' \xff";
	ask(model, 1, question);
}

static void empty(void)
{
}

static void dash(void)
{
	be_busy();
}

static void sessions_pane(void)
{
	be_busy();
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN);
}

static void paused(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_UP, TUI_KEY_UP, 'v');
	tell(1, "e.8", 0, VERDICT_DENY, ACCESS_BIND, "127.0.0.1:8080", "listening is not allowed",
	     1);
}

static void question(void)
{
	be_busy();
	be_asked();
}

static void hostile(void)
{
	be_busy();
	be_asked();
	be_asked_by_a_hostile_one();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'n', TUI_KEY_NONE);
	fixture_now.wall_ms = NOW_MS;
}

static void confirm(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 's', 's', 'A');
}

static void confirm_deny(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 'D');
}

static void refused(void)
{
	be_busy();
	be_asked();
	paint(model);
	pass_time(GUARD_MS);
	PRESS(model, 's');
	resolve(model, 1, "q.1", VERDICT_DENY, "deadline");
}

static void queue(void)
{
	hostile();
	resolve(model, 1, "q.2", VERDICT_DENY, "deadline");
	pass_time(GUARD_MS);
	PRESS(model, 'p');
	fixture_now.wall_ms = NOW_MS;
}

static void no_questions(void)
{
	be_busy();
	PRESS(model, 'p');
}

static void event(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_UP, TUI_KEY_UP, TUI_KEY_ENTER);
}

static void session(void)
{
	be_busy();
	paint(model);
	PRESS(model, TUI_KEY_TAB, TUI_KEY_DOWN, TUI_KEY_ENTER);
}

static void info(void)
{
	hostile();
	pass_time(GUARD_MS);
	PRESS(model, 'i');
	fixture_now.wall_ms = NOW_MS;
}

static void help(void)
{
	be_busy();
	paint(model);
	PRESS(model, '?');
}

static void filter(void)
{
	be_busy();
	paint(model);
	PRESS(model, '\\', 'g', 'i', 't');
}

static void nothing_matches(void)
{
	be_busy();
	paint(model);
	PRESS(model, '\\', 'z', 'z', 'z', TUI_KEY_ENTER);
}

static const struct {
	const char *name;
	int rows, cols;
	bool ascii;
	void (*prepare)(void);
} screens[] = {
	{ "empty-80x24", 24, 80, false, empty },
	{ "empty-120x40", 40, 120, false, empty },
	{ "empty-50x14", 14, 50, false, empty },
	{ "empty-30x8", 8, 30, false, empty },
	{ "dash-80x24", 24, 80, false, dash },
	{ "dash-120x40", 40, 120, false, dash },
	{ "dash-50x14", 14, 50, false, dash },
	{ "dash-30x8", 8, 30, false, dash },
	{ "dash-ascii-80x24", 24, 80, true, dash },
	{ "sessions-80x24", 24, 80, false, sessions_pane },
	{ "sessions-50x14", 14, 50, false, sessions_pane },
	{ "paused-80x24", 24, 80, false, paused },
	{ "question-80x24", 24, 80, false, question },
	{ "question-120x40", 40, 120, false, question },
	{ "question-50x14", 14, 50, false, question },
	{ "question-40x10", 10, 40, false, question },
	{ "question-30x8", 8, 30, false, question },
	{ "hostile-80x24", 24, 80, false, hostile },
	{ "hostile-120x40", 40, 120, false, hostile },
	{ "hostile-50x14", 14, 50, false, hostile },
	{ "hostile-40x10", 10, 40, false, hostile },
	{ "hostile-ascii-80x24", 24, 80, true, hostile },
	{ "confirm-80x24", 24, 80, false, confirm },
	{ "confirm-50x14", 14, 50, false, confirm },
	{ "confirm-40x10", 10, 40, false, confirm },
	{ "confirm-deny-80x24", 24, 80, false, confirm_deny },
	{ "refused-80x24", 24, 80, false, refused },
	{ "queue-80x24", 24, 80, false, queue },
	{ "queue-50x14", 14, 50, false, queue },
	{ "no-questions-80x24", 24, 80, false, no_questions },
	{ "event-80x24", 24, 80, false, event },
	{ "session-80x24", 24, 80, false, session },
	{ "info-80x24", 24, 80, false, info },
	{ "help-80x24", 24, 80, false, help },
	{ "help-120x40", 40, 120, false, help },
	{ "help-50x14", 14, 50, false, help },
	{ "filter-80x24", 24, 80, false, filter },
	{ "nothing-matches-80x24", 24, 80, false, nothing_matches },
};

static void teardown(void)
{
	model_free(model);
	model = NULL;
}

/* Text first, roles below, in one string. Caller frees. */
static char *draw(int rows, int cols)
{
	_cleanup_cells_ struct cells *cells = cells_new(rows, cols);
	struct buf out = BUF_EMPTY;

	view_draw(cells, model, NOW_MS);
	cells_text(cells, &out);
	buf_adds(&out, "--- roles ---\n");
	cells_roles(cells, &out);
	return buf_steal(&out);
}

static void compare(const char *name, const char *screen)
{
	_cleanup_free_ char *path = xasprintf("%s/%s.txt", GOLDENS, name);
	_cleanup_free_ char *golden = NULL;
	struct err e = { .code = ERR_GENERAL };

	if (getenv("UPDATE_GOLDENS") != NULL) {
		FILE *file = fopen(path, "w");

		ck_assert_ptr_nonnull(file);
		fputs(screen, file);
		fclose(file);
	}
	if (read_small_file(&golden, NULL, path, 1 << 20, &e) < 0)
		ck_abort_msg("%s: %s", path, e.message);
	if (strcmp(golden, screen) != 0)
		ck_abort_msg("%s is not what is drawn now:\n%s", path, screen);
}

START_TEST(screens_look_as_agreed)
{
	_cleanup_free_ char *screen = NULL;

	model = make_model(screens[_i].ascii);
	model_resize(model, screens[_i].rows, screens[_i].cols);
	screens[_i].prepare();
	paint(model);
	screen = draw(screens[_i].rows, screens[_i].cols);
	compare(screens[_i].name, screen);
}
END_TEST

/* Whatever the size: nothing is drawn outside, nothing crashes, and no control character comes
 * through. */
START_TEST(every_size_can_be_drawn)
{
	static void (*const states[])(void) = { empty, dash, hostile, queue, help, info, confirm };

	for (size_t state = 0; state < ARRAY_LENGTH(states); state++) {
		model = make_model(false);
		states[state]();
		for (int rows = 1; rows <= 45; rows += 4) {
			for (int cols = 1 + rows % 3; cols <= 140; cols += 9) {
				_cleanup_free_ char *screen = NULL;

				model_resize(model, rows, cols);
				paint(model);
				screen = draw(rows, cols);
				for (const char *c = screen; *c != '\0'; c++)
					ck_assert((unsigned char)*c >= 0x20 || *c == '\n');
				ck_assert_ptr_null(strstr(screen, "\xe2\x80\xae"));
			}
		}
		teardown();
	}
}
END_TEST

START_TEST(plain_terminals_get_plain_characters)
{
	model = make_model(true);
	hostile();
	paint(model);
	for (int rows = 10; rows <= 40; rows += 15) {
		_cleanup_free_ char *screen = NULL;

		model_resize(model, rows, rows * 3);
		paint(model);
		screen = draw(rows, rows * 3);
		for (const char *c = screen; *c != '\0'; c++)
			ck_assert((unsigned char)*c < 0x7f);
	}
}
END_TEST

START_TEST(a_touched_question_counts_down_no_more)
{
	_cleanup_free_ char *before = NULL, *after = NULL;

	model = make_model(false);
	question();
	paint(model);
	before = draw(24, 80);
	pass_time(GUARD_MS);
	PRESS(model, 's');
	after = draw(24, 80);
	ck_assert_ptr_nonnull(strstr(before, "default in 12s"));
	ck_assert_ptr_null(strstr(after, "default in"));
}
END_TEST

static Suite *views_suite(void)
{
	Suite *suite = suite_create("views");
	TCase *tests = tcase_create("views");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, screens_look_as_agreed, 0, (int)ARRAY_LENGTH(screens));
	tcase_add_test(tests, every_size_can_be_drawn);
	tcase_add_test(tests, plain_terminals_get_plain_characters);
	tcase_add_test(tests, a_touched_question_counts_down_no_more);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(views_suite)
