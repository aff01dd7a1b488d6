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
	model_free(model);
	return 0;
}
