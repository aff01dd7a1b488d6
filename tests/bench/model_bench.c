/* SPDX-License-Identifier: MIT */
/*
 * How long the dashboard takes for each key, and for each event, without a terminal: the model is
 * filled, and what the loop does for a key (update, settle, draw) is timed.
 *
 *	model_bench SESSIONS EVENTS
 *
 * prints "NAME VALUE UNIT" lines for tests/bench/tui.sh.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "tui/key.h"
#include "tui/model.h"
#include "tui/update.h"
#include "tui/view.h"

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static struct instant now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (struct instant){ .wall_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000,
				 .mono_ms = now_us() / 1000 };
}

static void greet(struct model *model, unsigned link)
{
	char id[32], server[32];
	struct wire_message message = { .type = WIRE_HELLO,
					.version = 1,
					.session = { .id = id,
						     .server = server,
						     .command = (char *)"node index.js --stdio",
						     .state = (char *)"running",
						     .pid = (pid_t)(1000 + link),
						     .started_ms = now().wall_ms,
						     .status = -1 } };

	snprintf(id, sizeof(id), "%u-0badcafe", 1000 + link);
	snprintf(server, sizeof(server), "server-%u", link);
	model_message(model, link, &message, now());
}

static void tell(struct model *model, unsigned sessions, unsigned i)
{
	static const char *const hosts[] = { "api.github.com", "registry.npmjs.org", "pypi.org" };
	char id[32], object[128];
	struct wire_message message = {
		.type = WIRE_EVENT,
		.event = { .id = id,
			   .time_ms = now().wall_ms,
			   .session = (char *)"1001-0badcafe",
			   .server = (char *)"server-1",
			   .kind = i % 4 == 0 ? ACCESS_CONNECT : (enum access_kind)(i % 3),
			   .object = object,
			   .verdict = i % 3 == 0 ? VERDICT_DENY : VERDICT_ALLOW,
			   .why = (char *)"outside allowWrite",
			   .exe = (char *)"/usr/bin/node",
			   .syscall = (char *)"openat",
			   .pid = 4711,
			   .count = i % 50 + 1 },
	};

	snprintf(id, sizeof(id), "%u-0badcafe.%u", 1000 + i % sessions, i);
	if (i % 4 == 0)
		snprintf(object, sizeof(object), "%s:%u", hosts[i % 3], i % 1000);
	else
		snprintf(object, sizeof(object),
			 "/home/me/src/project-%u/node_modules/@scope/package-%u/dist/index-%u.js",
			 i % 17, i % 911, i);
	model_message(model, 1 + i % sessions, &message, now());
}

static void paint(struct model *model)
{
	_cleanup_cells_ struct cells *cells = NULL;

	model_settle(model);
	cells = cells_new(model->rows, model->cols);
	view_draw(cells, model, now().wall_ms);
	model_painted(model, now());
}

struct worst {
	int64_t us, sum;
	int key;
	unsigned count;
};

static void press(struct model *model, int key, struct worst *worst)
{
	int64_t began = now_us(), took;
	struct command command = update_key(model, key, now());

	paint(model);
	took = now_us() - began;
	command_free(&command);
	if (getenv("BENCH_KEYS") != NULL)
		printf("key %d %.2f ms\n", key, (double)took / 1000);
	worst->sum += took;
	worst->count++;
	if (took > worst->us) {
		worst->us = took;
		worst->key = key;
	}
}

/* Every key of every view, and an expression typed letter by letter. */
static void press_all(struct model *model, struct worst *worst)
{
	static const char filter[] = "net & deny & host~github | index-99";
	static const int keys[] = {
		TUI_KEY_UP,	 TUI_KEY_DOWN, TUI_KEY_PAGE_UP, TUI_KEY_PAGE_DOWN, 'g', 'G', ' ',
		TUI_KEY_TAB,	 TUI_KEY_DOWN, TUI_KEY_END,	TUI_KEY_HOME,	   'o', 'o', 'v',
		'v',		 'v',	       's',		's',		   's', 's', 't',
		't',		 TUI_KEY_ENTER, '2',		'3',		   '4', '5', '1',
		TUI_KEY_ESCAPE, '?',	       'q',		'p',		   'q', 'r', 'q',
		'm',		 'q',	       '/',		'9',		   '9', '8', TUI_KEY_ENTER,
		'n',		 'N',	       TUI_KEY_TAB,	TUI_KEY_ENTER,	   TUI_KEY_ESCAPE,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		press(model, keys[i], worst);
	press(model, '\\', worst);
	for (size_t i = 0; filter[i] != '\0'; i++)
		press(model, filter[i], worst);
	press(model, TUI_KEY_ENTER, worst);
	press(model, '\\', worst);
	press(model, TUI_KEY_ESCAPE, worst);
}

/* --- the other views, filled as far as they go --- */

#define RULES 1000
#define ENTRIES 1500
#define CHANGES 200000
#define LINES 2000

/* As the view has it once a second while it is open. Returns microseconds. */
static int64_t fill_rules(struct model *model)
{
	int64_t began;
	struct rule *rules = xcalloc(RULES, sizeof(*rules));
	struct settings_rules settings = { 0 };
	_cleanup_settings_ struct settings *file = settings_new();

	for (int i = 0; i < RULES; i++)
		rules[i] = (struct rule){ .id = RULES - i,
					  .server = xasprintf("server-%d", i % 20),
					  .kind = ACCESS_WRITE,
					  .verdict = VERDICT_ALLOW,
					  .scope = SCOPE_DIR,
					  .pattern = xasprintf("/home/me/src/project-%d", i),
					  .duration = DURATION_ALWAYS };
	for (int i = 0; i < SETTINGS_RULES_MOST; i++) {
		grow_array(file->deny_write.items, file->deny_write.count, file->deny_write.capacity);
		file->deny_write.items[file->deny_write.count++] =
			(struct settings_path){ .path = xasprintf("~/src/denied-%d", i) };
	}
	for (int i = 0; i < 20; i++) {
		_cleanup_free_ char *server = xasprintf("server-%d", i);

		settings_rules_note(&settings, "/home/me/.srt-settings.json", NULL, server);
	}
	settings_rules_add(&settings, 0, file, "/home/me", "/home/me/src");
	rule_book_take_settings(&model->rules, &settings);
	began = now_us();
	rule_book_take(&model->rules, rules, RULES);
	return now_us() - began;
}

static void fill_export(struct model *model)
{
	struct export_made made = { .home = xstrdup("/home/me") };
	struct err e = { .message = "" };

	buf_adds(&made.settings, "{\"network\":{\"allowedDomains\":[],\"deniedDomains\":[]},\"filesystem\":{"
				 "\"denyRead\":[\"~\"],\"denyWrite\":[],\"allowWrite\":[],\"allowRead\":[");
	for (int i = 0; i < ENTRIES; i++)
		buf_addf(&made.settings, "%s\"~/src/project-%d/index.js\"", i > 0 ? "," : "", i);
	buf_adds(&made.settings, "]}}");
	for (int i = 0; i < ENTRIES; i++)
		buf_addf(&made.explain, "allowRead ~/src/project-%d/index.js: read 3 times in 1 run\n", i);
	if (export_review_take(&model->export, &made, &e) < 0)
		fprintf(stderr, "model_bench: %s\n", e.message);
	export_made_free(&made);
}

static void fill_layer(struct model *model)
{
	struct written_row *rows = xcalloc(CHANGES, sizeof(*rows));

	for (int i = 0; i < CHANGES; i++)
		rows[i] = (struct written_row){ .change = LAYER_CREATED,
						.type = LAYER_FILE,
						.path = xasprintf("/home/me/src/made-%06d", i),
						.size = i,
						.was_size = -1 };
	written_take(&model->written, rows, CHANGES);
}

static void press_others(struct model *model, struct worst *worst)
{
	static const int rules[] = { 'r', 'G', 'g', TUI_KEY_PAGE_DOWN, 'x', 'e', TUI_KEY_ESCAPE, TUI_KEY_ENTER };
	static const int export[] = { 'G',    'g', ' ', ' ', '-', TUI_KEY_PAGE_DOWN, '+', 'd', 'q', 'r',
				      'q',    'p', 'G', 'q', TUI_KEY_ENTER,	     'q', 'w', 'n' };
	static const int layer[] = { 'G', 'g', ' ', ' ', 'a', 'a', TUI_KEY_PAGE_DOWN, 'w', 'n', 'D', 'n' };
	static const int output[] = { '5', 'g', TUI_KEY_DOWN, TUI_KEY_PAGE_DOWN, 'G', TUI_KEY_UP, '6', 'G', '4' };

	worst->us = fill_rules(model);
	printf("rules %.2f ms\n", (double)worst->us / 1000);
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		press(model, rules[i], worst);
	press(model, 'q', worst);
	press(model, 'q', worst);
	press(model, 'e', worst);
	fill_export(model);
	for (size_t i = 0; i < ARRAY_LENGTH(export); i++)
		press(model, export[i], worst);
	press(model, 'q', worst);
	press(model, 'l', worst);
	fill_layer(model);
	for (size_t i = 0; i < ARRAY_LENGTH(layer); i++)
		press(model, layer[i], worst);
	press(model, 'q', worst);
	press(model, TUI_KEY_TAB, worst);
	press(model, TUI_KEY_ENTER, worst);
	strings_free(&model->output);
	for (int i = 0; i < LINES; i++)
		strings_addf(&model->output, "line %d of what a server prints, as long as most", i);
	model->output_known = true;
	for (size_t i = 0; i < ARRAY_LENGTH(output); i++)
		press(model, output[i], worst);
	press(model, 'q', worst);
}

static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "VmRSS: %ld kB", &kib) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kib;
}

int main(int argc, char **argv)
{
	unsigned sessions = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
	unsigned events = argc > 2 ? (unsigned)atoi(argv[2]) : 100000;
	struct worst worst = { .us = 0 };
	struct model *model;
	int64_t began;

	setlocale(LC_ALL, "C.UTF-8");
	model = model_new(theme_glyphs(false), "/home/me");
	model_resize(model, 40, 120);
	for (unsigned link = 1; link <= sessions; link++)
		greet(model, link);
	paint(model);
	for (unsigned i = 0; i < events; i++)
		tell(model, sessions, i);
	paint(model);
	printf("memory %ld KiB\n", resident_kib());
	for (int round = 0; round < 3; round++)
		press_all(model, &worst);
	printf("worst-key %.2f ms (key %d)\n", (double)worst.us / 1000, worst.key);
	printf("mean-key %.2f ms\n", (double)worst.sum / worst.count / 1000);
	/* Past the limit each new one pushes an old one out. */
	began = now_us();
	for (unsigned i = 0; i < 100000; i++)
		tell(model, sessions, events + i);
	printf("event %.2f us\n", (double)(now_us() - began) / 100000);
	printf("memory-later %ld KiB\n", resident_kib());
	/* All of one session, which is looked at from all sides. */
	for (unsigned i = 0; i < events; i++)
		tell(model, 1, i);
	worst = (struct worst){ .us = 0 };
	for (int round = 0; round < 3; round++)
		press_others(model, &worst);
	printf("worst-other-key %.2f ms (key %d)\n", (double)worst.us / 1000, worst.key);
	model_free(model);
	return 0;
}
