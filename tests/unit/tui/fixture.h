/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_TUI_FIXTURE_H
#define TESTS_UNIT_TUI_FIXTURE_H

/* Models for the tests: a fixed clock, fixed pids, and supervisors that say what is wanted. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tui/key.h"
#include "tui/model.h"
#include "tui/update.h"

#define NOW_MS INT64_C(1767362532402) /* 2026-01-02T14:02:12.402Z */

static struct instant fixture_now;

static inline void pass_time(int64_t ms)
{
	fixture_now.wall_ms += ms;
	fixture_now.mono_ms += ms;
}

static inline struct model *make_model(bool ascii)
{
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	fixture_now = (struct instant){ .wall_ms = NOW_MS, .mono_ms = 1000000 };
	return model_new(theme_glyphs(ascii), "/home/me");
}

static inline void say(struct model *model, unsigned link, struct wire_message message)
{
	model_message(model, link, &message, fixture_now);
}

/* Greets as session `link`; the rest of `info` may be set before. */
static inline void greet(struct model *model, unsigned link, struct session_info info)
{
	char id[32];

	snprintf(id, sizeof(id), "%u-0badcafe", 41000 + link);
	info.id = id;
	if (info.state == NULL)
		info.state = (char *)"running";
	info.pid = (pid_t)(41000 + link);
	say(model, link,
	    (struct wire_message){ .type = WIRE_HELLO, .version = 1, .session = info });
}

static inline void greet_simply(struct model *model, unsigned link, const char *server)
{
	greet(model, link,
	      (struct session_info){ .server = (char *)server,
				     .command = (char *)"node index.js --stdio",
				     .started_ms = NOW_MS - 724000,
				     .status = -1 });
}

static inline void tell_event(struct model *model, unsigned link, const char *id,
			      enum verdict verdict, enum access_kind kind, const char *object)
{
	struct access_event event = { .id = (char *)id,
				      .time_ms = fixture_now.wall_ms,
				      .kind = kind,
				      .object = (char *)object,
				      .verdict = verdict,
				      .why = (char *)"outside allowWrite",
				      .server = (char *)"github-mcp",
				      .pid = 41830,
				      .exe = (char *)"/usr/bin/node",
				      .count = 1 };

	say(model, link, (struct wire_message){ .type = WIRE_EVENT, .event = event });
}

static inline struct question make_question(const char *id, enum access_kind kind,
					    const char *object)
{
	struct question question = {
		.event = { .id = (char *)id,
			   .time_ms = fixture_now.wall_ms,
			   .kind = kind,
			   .object = (char *)object,
			   .verdict = VERDICT_ASK,
			   .why = (char *)"no rule matches",
			   .server = (char *)"github-mcp",
			   .pid = 41830,
			   .exe = (char *)"/usr/bin/node",
			   .count = 1 },
		.scopes = { SCOPE_EXACT },
		.patterns = { (char *)object },
		.scope_count = 1,
		.deadline_ms = fixture_now.wall_ms + 12000,
		.waiters = 1,
		.command_line = (char *)"node index.js --stdio",
	};

	return question;
}

static inline void ask(struct model *model, unsigned link, struct question question)
{
	say(model, link, (struct wire_message){ .type = WIRE_QUESTION, .question = question });
}

static inline void ask_connect(struct model *model, unsigned link, const char *id)
{
	struct question question =
		make_question(id, ACCESS_CONNECT, "api.githubcopilot.com:443");

	question.scopes[1] = SCOPE_HOST;
	question.patterns[1] = (char *)"api.githubcopilot.com";
	question.scopes[2] = SCOPE_DOMAIN;
	question.patterns[2] = (char *)"githubcopilot.com";
	question.scope_count = 3;
	ask(model, link, question);
}

static inline void resolve(struct model *model, unsigned link, const char *id,
			   enum verdict verdict, const char *by)
{
	say(model, link,
	    (struct wire_message){ .type = WIRE_RESOLVED,
				   .id = (char *)id,
				   .verdict = verdict,
				   .by = (char *)by });
}

/* What the loop does between two wake-ups. */
static inline void paint(struct model *model)
{
	model_settle(model);
	model_painted(model, fixture_now);
}

static inline struct command press(struct model *model, int key)
{
	struct command command = update_key(model, key, fixture_now);

	paint(model);
	return command;
}

static inline void press_all(struct model *model, const int *keys)
{
	for (; *keys != 0; keys++) {
		struct command command = press(model, *keys);

		command_free(&command);
	}
}

#define PRESS(model, ...) press_all(model, (const int[]){ __VA_ARGS__, 0 })

#endif
