/* SPDX-License-Identifier: MIT */
/*
 * For the views of rules: the settings files in force with what their entries have decided, and
 * what one rule has matched. Both read files and much of the history, so the worker does it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/settings.h"
#include "tui/effects_parts.h"

#define SETTINGS_MS 10000 /* between two looks at them */
#define MATCHES_MOST 200
#define FILES_MOST 100 /* settings files that are read */
#define DEFAULT_SETTINGS "%s/.srt-settings.json"

/* --- settings files and defaults --- */

struct looking {
	struct history history;
	char *home;
	struct strings cwds; /* of the sources that were noted, in their order */
	struct settings_rules rules;
};

static void read_file(struct looking *looking, size_t source)
{
	struct settings_rules *rules = &looking->rules;
	const char *path = rules->sources[source].path;
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { .message = "" };
	bool found = false;

	if (settings_load(&settings, &found, path, true, &e) == 0)
		settings_rules_add(rules, source, settings, looking->home,
				   source < looking->cwds.count ? looking->cwds.items[source]
								: looking->home);
	else if (rules->trouble == NULL)
		rules->trouble = xstrndup(e.message, strcspn(e.message, "\n"));
}

static void run_looking(void *data)
{
	struct looking *looking = data;
	struct settings_rules *rules = &looking->rules;
	const struct history *history = &looking->history;
	struct rule_use *uses = NULL;
	size_t count = 0, files = 0;
	struct err e;

	for (size_t i = 0; i < rules->source_count; i++)
		if (rules->sources[i].path != NULL && files++ < FILES_MOST)
			read_file(looking, i);
	settings_rules_add_defaults(rules);
	/* Without a history they are listed all the same. */
	if (history->ops != NULL && history->ops->uses(history->handle, &uses, &count, &e) == 0)
		settings_rules_count(rules, uses, count);
	rule_uses_free(uses, count);
}

static void finish_looking(void *data, void *context)
{
	struct looking *looking = data;
	struct effects *effects = context;

	effects->reading_settings = false;
	rule_book_take_settings(&effects->model->rules, &looking->rules);
}

static void free_looking(void *data)
{
	struct looking *looking = data;

	settings_rules_free(&looking->rules);
	strings_free(&looking->cwds);
	free(looking->home);
	free(looking);
}

/* Whose settings are in force; where nothing runs, those that the next server would get. */
static void note_sources(struct looking *looking, const struct model *model)
{
	struct settings_rules *rules = &looking->rules;
	_cleanup_free_ char *standard = xasprintf(DEFAULT_SETTINGS, model->home);

	for (size_t i = 0; i < model->session_count; i++) {
		const struct tui_session *session = &model->sessions[i];
		const struct session_info *info = &session->info;

		if (session->ended)
			continue;
		settings_rules_note(rules, info->settings, info->mode, info->server);
		while (looking->cwds.count < rules->source_count)
			strings_add(&looking->cwds, info->cwd != NULL ? info->cwd : model->home);
	}
	if (rules->source_count == 0)
		settings_rules_note(rules, access(standard, R_OK) == 0 ? standard : NULL, "ask",
				    NULL);
}

void effects_look_at_settings(struct effects *effects, struct instant now)
{
	struct model *model = effects->model;
	struct looking *looking;
	struct err e;

	if (effects->reading_settings ||
	    (model->rules.settings_known && now.mono_ms - effects->settings_ms < SETTINGS_MS))
		return;
	effects->settings_ms = now.mono_ms;
	looking = xcalloc(1, sizeof(*looking));
	looking->history = effects->background;
	looking->home = xstrdup(model->home);
	note_sources(looking, model);
	effects->reading_settings =
		worker_add(effects->worker,
			   &(struct job){ run_looking, finish_looking, free_looking, looking },
			   &e) == 0;
}

/* --- what one rule has matched --- */

struct matching {
	struct history history;
	unsigned opened;
	struct rule rule;
	char *entry, *server;
	struct access_row *rows;
	size_t count;
	bool more;
	int result;
	struct err e;
};

static void run_matching(void *data)
{
	struct matching *matching = data;
	const struct history *history = &matching->history;

	if (matching->entry == NULL)
		matching->result = history->ops->matched(
			history->handle, &matching->rule, MATCHES_MOST, &matching->rows,
			&matching->count, &matching->more, &matching->e);
	else
		matching->result = history->ops->decided(
			history->handle, matching->server, matching->entry, MATCHES_MOST,
			&matching->rows, &matching->count, &matching->e);
}

static void finish_matching(void *data, void *context)
{
	struct matching *matching = data;
	struct effects *effects = context;
	struct rule_book *book = &effects->model->rules;

	if (matching->opened != book->opened)
		return;
	if (matching->result < 0) {
		effects_say_error(effects, effects->now, &matching->e);
		rule_book_take_matched(book, NULL, 0, false);
		return;
	}
	rule_book_take_matched(book, matching->rows, matching->count, matching->more);
	matching->rows = NULL;
	matching->count = 0;
}

static void free_matching(void *data)
{
	struct matching *matching = data;

	access_rows_free(matching->rows, matching->count);
	rule_free(&matching->rule);
	free(matching->entry);
	free(matching->server);
	free(matching);
}

void effects_look_at_matched(struct effects *effects)
{
	struct rule_book *book = &effects->model->rules;
	struct matching *matching;
	struct err e;

	book->matched_wanted = false;
	if (effects->background.ops == NULL ||
	    (book->shown.server == NULL && book->facts.entry == NULL)) {
		rule_book_take_matched(book, NULL, 0, false);
		return;
	}
	matching = xcalloc(1, sizeof(*matching));
	matching->history = effects->background;
	matching->opened = book->opened;
	rule_copy(&matching->rule, &book->shown);
	matching->entry = xstrdup(book->facts.entry);
	matching->server = xstrdup(book->facts.server);
	if (worker_add(effects->worker,
		       &(struct job){ run_matching, finish_matching, free_matching, matching },
		       &e) < 0)
		effects_say_error(effects, effects->now, &e);
}
