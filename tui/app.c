/* SPDX-License-Identifier: MIT */
/*
 * The loop. One wake-up serves, in this order: signals, keys, sessions, time, the screen. Keys
 * come before what sessions say, because they were typed at what was on the screen. Painting is
 * held back to a few times a second under load, but never for a question.
 */
#include "tui/app.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/runtime_dir.h"
#include "tui/key.h"
#include "tui/effects.h"
#include "tui/links.h"
#include "tui/model.h"
#include "tui/signals.h"
#include "tui/term.h"
#include "tui/update.h"
#include "tui/view.h"

#define MCP_FILE ".mcp.json" /* in the directory where the dashboard was started */
#define BATCH_MS                                                                                   \
	8 /* while much comes: asking a thousand connections for each event costs too much */
#define FDS_OWN 3   /* before the links */
#define PAINT_MS 50 /* between two paintings */

struct app {
	struct model *model;
	struct links *links;
	struct terminal *term;
	int signals;
	bool quit;
	bool dirty;
	bool urgent; /* a key was pressed, the size changed: paint at once */
	int64_t painted_ms;
	struct pollfd *fds; /* signals, the terminal, the worker, then the links */
	size_t fds_capacity;
	struct effects effects;
	int64_t served_ms;  /* when the sessions last had something to say, 0 = they had not */
	uint64_t announced; /* questions that were told of */
};

static struct instant now(void)
{
	struct instant instant = { .wall_ms = clock_wall_ms(), .mono_ms = clock_mono_ms() };

	return instant;
}

static void resize(struct app *app)
{
	int rows, cols;

	term_resized(app->term);
	term_size(app->term, &rows, &cols);
	model_resize(app->model, rows, cols);
	app->dirty = app->urgent = true;
}

static void take_signals(struct app *app)
{
	unsigned came = signals_take(app->signals);

	if (came & SIGNALS_LEAVE)
		app->quit = true;
	if (came & SIGNALS_CHILD) {
		effects_reap(&app->effects, now());
		app->dirty = true;
	}
	if (came & SIGNALS_SUSPEND)
		term_suspend(app->term);
	if (came & (SIGNALS_SUSPEND | SIGNALS_RESUMED | SIGNALS_RESIZED)) {
		if (came & SIGNALS_RESUMED)
			term_redraw(app->term);
		resize(app);
	}
}

static void obey(struct app *app, const struct command *command)
{
	if (command->type == COMMAND_QUIT)
		app->quit = true;
	else if (command->type == COMMAND_REDRAW)
		term_redraw(app->term);
	else if (command->type != COMMAND_NONE)
		effects_obey(&app->effects, command, now());
}

static void decide(struct app *app)
{
	_cleanup_command_ struct command command = update_time(app->model, now());

	obey(app, &command);
}

static void take_keys(struct app *app)
{
	int key;

	while (!app->quit && (key = term_key(app->term)) != TUI_KEY_NONE) {
		_cleanup_command_ struct command command =
			key == TUI_KEY_MOUSE
				? update_mouse(app->model, term_mouse(app->term), now())
				: update_key(app->model, key, now());

		obey(app, &command);
		/* The next key may mean another row, view or question. */
		effects_look(&app->effects, now());
		model_settle(app->model);
		app->dirty = app->urgent = true;
	}
}

/* A question that comes to the front is painted at once, and keys typed before are thrown away. */
static void welcome_question(struct app *app, const char *before)
{
	const char *after = model_box_visible(app->model) ? app->model->box.id : NULL;

	if (after == NULL || (before != NULL && strcmp(before, after) == 0))
		return;
	term_drain(app->term);
	app->urgent = true;
}

/* A program waits: the person may be looking elsewhere. */
static void announce(struct app *app)
{
	const struct preferences *preferences = &app->model->preferences;

	if (app->announced == app->model->arrivals)
		return;
	app->announced = app->model->arrivals;
	if (preferences->bell)
		term_bell(app->term);
	if (preferences->terminal_notice)
		term_tell(app->term, app->model->arrived);
	if (preferences->desktop_notice) {
		const char *const words[] = { "notify-send", "--app-name=srt-top", "--",
					      "srt-top",     app->model->arrived,  NULL };

		servers_spawn(words);
	}
}

static void paint(struct app *app)
{
	_cleanup_cells_ struct cells *cells = NULL;
	struct instant instant = now();

	cells = cells_new(app->model->rows, app->model->cols);
	view_draw(cells, app->model, instant.wall_ms);
	term_paint(app->term, cells);
	model_painted(app->model, now());
	app->painted_ms = instant.mono_ms;
	app->dirty = app->urgent = false;
}

static void show(struct app *app)
{
	_cleanup_free_ char *before =
		xstrdup(model_box_visible(app->model) ? app->model->box.id : NULL);

	if (!app->dirty)
		return;
	effects_look(&app->effects, now());
	model_settle(app->model);
	welcome_question(app, before);
	announce(app);
	if (app->urgent || clock_mono_ms() - app->painted_ms >= PAINT_MS)
		paint(app);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

/* True if a key or a signal came before it was time to hear the sessions again. */
static bool only_keys(struct app *app, int64_t mono_ms)
{
	int64_t left = app->served_ms + BATCH_MS - mono_ms;

	return app->served_ms != 0 && left > 0 && left <= BATCH_MS &&
	       poll(app->fds, FDS_OWN, (int)left) > 0;
}

/* How long to sleep, and for what. */
static int wait(struct app *app)
{
	struct instant instant = now();
	int64_t tick = model_wakeup(app->model, instant), wake;
	size_t count = FDS_OWN;
	int timeout = -1;

	app->fds[0] = (struct pollfd){ .fd = app->signals, .events = POLLIN };
	app->fds[1] = (struct pollfd){ .fd = term_fd(app->term), .events = POLLIN };
	app->fds[2] = (struct pollfd){ .fd = worker_fd(app->effects.worker), .events = POLLIN };
	count = links_poll(app->links, &app->fds, &app->fds_capacity, count);
	wake = earlier(tick, links_wakeup(app->links));
	if (app->dirty)
		wake = earlier(wake, app->painted_ms + PAINT_MS);
	if (wake >= 0)
		timeout = wake > instant.mono_ms ? (int)(wake - instant.mono_ms) : 0;
	if (only_keys(app, instant.mono_ms)) {
		for (size_t i = FDS_OWN; i < count; i++)
			app->fds[i].revents = 0;
	} else if (poll(app->fds, count, timeout) < 0) {
		if (errno != EINTR)
			return -1;
		for (size_t i = 0; i < count; i++)
			app->fds[i].revents = 0;
	}
	/* The terminal hung up. */
	if (app->fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		app->quit = true;
	if (tick >= 0 && clock_mono_ms() >= tick)
		app->dirty = true;
	return 0;
}

/* Painting has its own pace; a question is painted at once. */
static void serve(struct app *app)
{
	struct instant instant = now();
	bool heard = links_run(app->links, app->model, app->fds, instant);

	app->dirty |= heard;
	app->served_ms = heard ? instant.mono_ms : 0;
}

static int loop(struct app *app, const char *only, struct err *e)
{
	links_run(app->links, app->model, NULL, now());
	if (only != NULL && links_empty(app->links))
		return err_code(e, ERR_NOT_FOUND, "no session \"%.100s\" is running", only);
	resize(app);
	show(app);
	while (!app->quit && !links_done(app->links)) {
		if (wait(app) < 0)
			return err_errno(e, "waiting for keys and sessions");
		take_signals(app);
		take_keys(app);
		if (effects_collect(&app->effects, now()))
			app->dirty = app->urgent = true;
		serve(app);
		if (model_tick(app->model, now()))
			app->dirty = true;
		decide(app);
		show(app);
	}
	return 0;
}

/* A session is a descriptor. Returns the limit that was there before: programs started here get it.
 */
static unsigned long raise_file_limit(void)
{
	struct rlimit limit;
	unsigned long before;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	before = (unsigned long)limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return before;
}

/* What the worker still works on is left to it: nobody who leaves waits for that. */
static void free_outside(struct app *app)
{
	const struct effects *effects = &app->effects;

	if (effects->history.ops != NULL)
		effects->history.ops->free(effects->history.handle);
	if (!worker_free(app->effects.worker))
		return;
	if (effects->background.ops != NULL)
		effects->background.ops->free(effects->background.handle);
	if (effects->exports.ops != NULL)
		effects->exports.ops->free(effects->exports.handle);
	if (effects->layers.ops != NULL)
		effects->layers.ops->free(effects->layers.handle);
}

/* All that has an end of its own. 0, or -1 with *e. */
static int open_all(struct app *app, const struct app_options *options, struct err *e)
{
	const struct term_options term_options = {
		.colour = !options->no_colour && options->preferences->theme != THEME_MONOCHROME,
		.dark = options->preferences->theme == THEME_DARK,
		.mouse = options->preferences->mouse && !options->no_mouse,
	};

	app->signals = signals_open(e);
	if (app->signals < 0)
		return -1;
	app->effects.worker = worker_new(e);
	if (app->effects.worker == NULL)
		return -1;
	app->term = term_open(&term_options, e);
	return app->term != NULL ? 0 : -1;
}

static int run(struct app *app, const struct app_options *options, struct err *e)
{
	bool ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	_cleanup_free_ char *home = home_dir();
	struct effects *effects = &app->effects;
	int result;

	app->fds_capacity = 8;
	app->fds = xcalloc(app->fds_capacity, sizeof(*app->fds));
	app->model = model_new(theme_glyphs(ascii), home);
	app->model->preferences = *options->preferences;
	app->links = links_new(options->runtime_dir, options->only_session);
	effects->model = app->model;
	effects->links = app->links;
	effects->servers = servers_new(options->state_dir, options->preferences->hold_seconds,
				       raise_file_limit());
	effects->state_dir = options->state_dir;
	effects_read_servers(effects, MCP_FILE, false);
	result = loop(app, options->only_session, e);
	servers_free(effects->servers);
	links_free(app->links);
	model_free(app->model);
	free(app->fds);
	return result;
}

int app_run(const struct app_options *options, struct err *e)
{
	struct app app = { .signals = -1,
			   .painted_ms = -PAINT_MS,
			   .effects = { .history = options->history,
					.background = options->background,
					.exports = options->exports,
					.layers = options->layers } };
	int result = open_all(&app, options, e);

	if (result == 0)
		result = run(&app, options, e);
	free_outside(&app);
	if (app.term != NULL)
		term_close(app.term);
	if (app.signals >= 0)
		signals_close(app.signals);
	return result;
}
