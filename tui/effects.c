/* SPDX-License-Identifier: MIT */
#include "tui/effects.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/io.h"
#include "core/base/mem.h"
#include "core/base/replace_file.h"
#include "tui/effects_layer.h"
#include "tui/lookup.h"

#define LOOK_BACK_MS 5 /* at older events, before a key is looked at again */
#define LOOK_MS 950   /* between two looks at the same */
#define ROOTS_MOST 64 /* sessions in sight */
#define BUSY_TRIES 20 /* somebody else's write takes milliseconds */
#define BUSY_PAUSE_US 5000

static void say(struct effects *effects, struct instant now, enum role role, char *raw)
{
	model_notice(effects->model, now, role, escape_string(raw));
	free(raw);
}

static void say_error(struct effects *effects, struct instant now, const struct err *e)
{
	say(effects, now, ROLE_WARN, xasprintf("%s.", e->message));
}

static bool try_again(int result, const struct err *e, int *tries)
{
	if (result == 0 || e->code != ERR_BUSY || ++*tries == BUSY_TRIES)
		return false;
	usleep(BUSY_PAUSE_US);
	return true;
}

static int no_history(struct err *e)
{
	return err_set(e, "there is no history here");
}

/* --- rules --- */

static int add_rule(struct effects *effects, struct rule *rule, struct err *e)
{
	const struct history *history = &effects->history;
	int tries = 0, result;

	if (history->ops == NULL)
		return no_history(e);
	do {
		e->code = ERR_GENERAL;
		result = history->ops->rule_add(history->handle, rule, e);
	} while (try_again(result, e, &tries));
	return result;
}

static int remove_rule(struct effects *effects, const struct rule *rule, struct err *e)
{
	const struct history *history = &effects->history;
	int tries = 0, result;

	if (history->ops == NULL)
		return no_history(e);
	do {
		e->code = ERR_GENERAL;
		result = history->ops->rule_remove(history->handle, rule->id, e);
	} while (try_again(result, e, &tries));
	return result;
}

/* Takes one out of force or puts it back; the change is noted for undoing. */
static int toggle_rule(struct effects *effects, const struct rule *rule, bool disabled,
		       struct err *e)
{
	const struct history *history = &effects->history;
	struct rule_change change = { .toggled = true };
	int tries = 0, result;

	if (history->ops == NULL)
		return no_history(e);
	do {
		e->code = ERR_GENERAL;
		result = history->ops->rule_disable(history->handle, rule->id, disabled, e);
	} while (try_again(result, e, &tries));
	if (result < 0)
		return -1;
	rule_copy(disabled ? &change.removed : &change.added, rule);
	rule_book_changed(&effects->model->rules, &change, disabled);
	effects->looked_for = 0;
	return 0;
}

/* Removes one and adds the other; either may be missing. The change is noted for undoing. */
static int change_rules(struct effects *effects, const struct rule *removed,
			const struct rule *added, struct err *e)
{
	struct rule_change change = { .removed = { .id = 0 } };

	/* First what is added: where that fails nothing has changed. */
	if (added != NULL) {
		rule_copy(&change.added, added);
		if (add_rule(effects, &change.added, e) < 0) {
			rule_free(&change.added);
			return -1;
		}
	}
	if (removed != NULL) {
		if (remove_rule(effects, removed, e) < 0) {
			struct err ignored;

			if (added != NULL)
				remove_rule(effects, &change.added, &ignored);
			rule_free(&change.added);
			return -1;
		}
		rule_copy(&change.removed, removed);
	}
	rule_book_changed(&effects->model->rules, &change, false);
	effects->looked_for = 0;
	return 0;
}

static void edit_rule(struct effects *effects, const struct command *command, struct instant now)
{
	const struct history *history = &effects->history;
	struct rule made = { .id = 0 };
	_cleanup_free_ char *text = NULL;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		no_history(&e);
	else if (history->ops->rule_about(history->handle, &made, &command->rule, command->text,
					  &e) == 0 &&
		 change_rules(effects, &command->rule, &made, &e) == 0)
		text = rule_text(&made);
	if (text != NULL)
		say(effects, now, ROLE_TITLE, xasprintf("Now: %s (u undoes it).", text));
	else
		say_error(effects, now, &e);
	rule_free(&made);
}

static void disable_rule(struct effects *effects, const struct rule *rule, struct instant now)
{
	struct err e = { .message = "" };

	if (toggle_rule(effects, rule, true, &e) < 0)
		say_error(effects, now, &e);
	else
		say(effects, now, ROLE_TITLE, xstrdup("Out of force; x puts it back."));
}

static void enable_rule(struct effects *effects, const struct rule *rule, struct instant now)
{
	struct err e = { .message = "" };

	if (toggle_rule(effects, rule, false, &e) < 0)
		say_error(effects, now, &e);
	else
		say(effects, now, ROLE_TITLE, xstrdup("In force again."));
}

static void undo_rule(struct effects *effects, struct instant now)
{
	struct rule_book *list = &effects->model->rules;
	struct rule_change *last, undone = { .removed = { .id = 0 } };
	struct err e = { .message = "" };
	int result;

	if (list->change_count == 0)
		return;
	last = &list->changes[list->change_count - 1];
	undone = *last;
	list->change_count--;
	/* What comes of undoing is no change of its own: it is taken off again. */
	if (undone.toggled)
		result = toggle_rule(effects,
				     undone.added.pattern != NULL ? &undone.added : &undone.removed,
				     undone.added.pattern != NULL, &e);
	else
		result = change_rules(effects, undone.added.pattern != NULL ? &undone.added : NULL,
				      undone.removed.pattern != NULL ? &undone.removed : NULL, &e);
	if (result == 0) {
		last = &list->changes[--list->change_count];
		rule_free(&last->removed);
		rule_free(&last->added);
		say(effects, now, ROLE_TITLE, xstrdup("Undone."));
	} else {
		say_error(effects, now, &e);
	}
	rule_free(&undone.removed);
	rule_free(&undone.added);
}

/* --- servers --- */

static void start(struct effects *effects, const struct server_spec *spec, struct instant now)
{
	struct err e = { .message = "" };
	pid_t pid = servers_start(effects->servers, spec, &e);

	if (pid < 0) {
		say_error(effects, now, &e);
		return;
	}
	while (effects->model->depth > 0)
		model_pop(effects->model);
	say(effects, now, ROLE_TITLE,
	    xasprintf("Started %s; what it prints is on the tab Output of its session.",
		      spec->name != NULL ? spec->name : spec->words.items[0]));
}

static void start_words(struct effects *effects, const char *line, struct instant now)
{
	struct server_spec spec = { .name = NULL };
	struct err e = { .message = "" };

	if (server_spec_from_line(&spec, line, effects->model->home, &e) < 0) {
		say_error(effects, now, &e);
		return;
	}
	start(effects, &spec, now);
	server_spec_free(&spec);
}

void effects_read_servers(struct effects *effects, const char *path, bool asked)
{
	struct model *model = effects->model;
	_cleanup_free_ char *text = NULL;
	struct err e = { .message = "" };
	size_t length;

	if (read_small_file(&text, &length, path, SERVER_FILE_MOST, &e) < 0) {
		if (!asked && (errno == ENOENT || errno == ENOTDIR))
			return;
	} else {
		server_specs_free(&model->servers);
		server_specs_parse(&model->servers, text, length, &e);
	}
	free(model->servers_trouble);
	model->servers_trouble = e.message[0] != '\0' ? xasprintf("%s: %s", path, e.message) : NULL;
	free(model->servers_path);
	model->servers_path = xstrdup(path);
	model->start_list = (struct list){ .selected = model->servers.count > 0 };
}

static void stop(struct effects *effects, const struct command *command, struct instant now)
{
	struct tui_session *session = model_session(effects->model, command->number);
	struct err e = { .message = "" };

	if (links_signal(effects->links, command->link, command->force ? SIGKILL : SIGTERM, &e) <
	    0) {
		say_error(effects, now, &e);
		return;
	}
	if (session != NULL)
		session->stops++;
	say(effects, now, ROLE_TITLE,
	    xstrdup(command->force ? "Ended by force." : "It was told to stop."));
}

static void restart(struct effects *effects, const struct command *command, struct instant now)
{
	const struct tui_session *session = model_session(effects->model, command->number);
	struct err e = { .message = "" };
	bool ended;

	if (session == NULL)
		return;
	if (servers_restart(effects->servers, session->info.pid, &ended, &e) < 0)
		say(effects, now, ROLE_WARN, xasprintf("Not started again: %s.", e.message));
	else if (!ended)
		stop(effects, command, now);
}

static void publish(struct effects *effects, const struct command *command, struct instant now)
{
	struct err e = { .message = "" };

	if (links_publish(effects->links, command->link, command->host_port, command->port, &e) < 0)
		say_error(effects, now, &e);
}

void effects_reap(struct effects *effects, struct instant now)
{
	char *trouble = servers_reap(effects->servers);

	if (trouble != NULL)
		say(effects, now, ROLE_WARN, xasprintf("Not started again: %s.", trouble));
	free(trouble);
}

/* --- export --- */

static void write_export(struct effects *effects, struct instant now)
{
	struct export_review *review = &effects->model->export;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { .message = "" };
	_cleanup_free_ char *server = NULL, *path = NULL;

	if (export_review_text(review, &text, &e) < 0 ||
	    replace_file(review->path, buf_text(&text), text.length, &e) < 0) {
		say_error(effects, now, &e);
		return;
	}
	say(effects, now, ROLE_TITLE, xasprintf("Written: %s.", review->path));
	/* What is there now is what the next look compares with. */
	server = xstrdup(review->server);
	path = xstrdup(review->path);
	export_review_open(review, server, path);
}

void effects_obey(struct effects *effects, const struct command *command, struct instant now)
{
	struct model *model = effects->model;

	switch (command->type) {
	case COMMAND_ANSWER:
		links_answer(effects->links, command->link, command->id, command->verdict,
			     command->scope, command->duration);
		break;
	case COMMAND_HOLD:
		links_hold(effects->links, command->link, command->id);
		break;
	case COMMAND_STOP:
		stop(effects, command, now);
		break;
	case COMMAND_RESTART:
		restart(effects, command, now);
		break;
	case COMMAND_START:
		if (command->index < model->servers.count)
			start(effects, &model->servers.items[command->index], now);
		break;
	case COMMAND_START_WORDS:
		start_words(effects, command->text, now);
		break;
	case COMMAND_SERVERS_READ:
		effects_read_servers(effects, command->text, true);
		break;
	case COMMAND_RULE_ADD:
		enable_rule(effects, &command->rule, now);
		break;
	case COMMAND_RULE_DISABLE:
		disable_rule(effects, &command->rule, now);
		break;
	case COMMAND_RULE_EDIT:
		edit_rule(effects, command, now);
		break;
	case COMMAND_RULE_UNDO:
		undo_rule(effects, now);
		break;
	case COMMAND_PUBLISH:
		publish(effects, command, now);
		break;
	case COMMAND_RULE_REVOKE:
		links_revoke(effects->links, command->link, command->id);
		break;
	case COMMAND_LAYER_KEEP:
	case COMMAND_LAYER_DROP:
		effects_layer_apply(&effects->layers, model, command->type == COMMAND_LAYER_KEEP,
				    now);
		break;
	case COMMAND_EXPORT_WRITE:
		write_export(effects, now);
		break;
	default:
		break;
	}
}

/* --- wishes --- */

static void look_at_rules(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct rule *rules = NULL;
	size_t count = 0;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		no_history(&e);
	else if (history->ops->rules(history->handle, &rules, &count, &e) == 0) {
		rule_book_take(&effects->model->rules, rules, count);
		if (history->ops->rules_disabled(history->handle, &rules, &count, &e) == 0)
			rule_book_take_disabled(&effects->model->rules, rules, count);
	}
	links_ask_rules(effects->links);
	if (e.message[0] != '\0')
		rule_book_failed(&effects->model->rules, e.message);
}

static void look_at_accesses(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct rule_book *list = &effects->model->rules;
	struct err e = { .message = "" };

	if (history->ops == NULL || list->shown.server == NULL || list->accesses != NULL)
		return;
	if (history->ops->accesses(history->handle, list->shown.server, &list->accesses,
				   &list->access_count, &e) < 0)
		rule_book_failed(list, e.message);
}

/* The numbers that the dashboard gave to the sessions of these events. */
static void number_sessions(const struct model *model, struct history_event *events, size_t count)
{
	const char *last = NULL;
	unsigned number = 0;

	for (size_t i = 0; i < count; i++) {
		const char *id = events[i].event.session;

		if (id != NULL && (last == NULL || strcmp(last, id) != 0)) {
			const struct tui_session *session = model_session_of_id(model, id);

			number = session != NULL ? session->number : 0;
			last = id;
		}
		events[i].session = id != NULL ? number : 0;
	}
}

static void look_at_older(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct older *older = &effects->model->older;
	int64_t until = clock_mono_ms() + LOOK_BACK_MS;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		no_history(&e);
	/* A filter may have to look at very much: keys come in between. */
	while (e.message[0] == '\0' && older->wanted) {
		struct history_event *events = NULL;
		struct history_query query;
		size_t count = 0;

		older_query(older, &query);
		if (history->ops->events(history->handle, &query, &events, &count, &e) == 0) {
			number_sessions(effects->model, events, count);
			older_take(older, &query, events, count);
		}
		if (clock_mono_ms() >= until)
			break;
	}
	if (e.message[0] != '\0')
		older_failed(older, e.message);
}

static void look_at_export(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct export_review *review = &effects->model->export;
	_cleanup_buf_ struct buf settings = BUF_EMPTY, explain = BUF_EMPTY;
	_cleanup_free_ char *before = NULL;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		no_history(&e);
	else if (read_small_file(&before, NULL, review->path, EXPORT_FILE_MOST, &e) < 0 &&
		 errno != ENOENT && errno != ENOTDIR)
		err_wrap(&e, "%s", review->path);
	else if (history->ops->export(history->handle, review->server, &settings, &explain, &e) ==
		 0) {
		if (export_review_take(review, before, buf_text(&settings), buf_text(&explain),
				       effects->model->home, &e) == 0)
			return;
		err_wrap(&e, "%s", review->path);
	}
	export_review_failed(review, e.message);
}

static void look_at_session(struct effects *effects, unsigned wishes)
{
	struct model *model = effects->model;
	const struct tui_session *session = model_session(model, model->detail_session);

	if (session == NULL)
		return;
	if (wishes & WISH_MOUNTS)
		model->mounts_known = !session->ended &&
				      lookup_mounts(&model->mounts, session->info.child);
	if (wishes & WISH_OUTPUT) {
		_cleanup_free_ char *path =
			xasprintf("%s/log/%d.log", effects->state_dir, (int)session->info.pid);

		model->output_known = lookup_tail(&model->output, path, session->info.started_ms);
	}
}

void effects_look(struct effects *effects, struct instant now)
{
	struct model *model = effects->model;
	unsigned wishes = model_wishes(model);
	bool same = wishes == effects->looked_for && model->detail_session == effects->looked_at;

	/* What is wanted once is wanted at once. */
	if (wishes & WISH_OLDER)
		look_at_older(effects);
	if (wishes & WISH_EXPORT)
		look_at_export(effects);
	if (wishes & WISH_WRITTEN)
		effects_layer_look(&effects->layers, model);
	if (wishes == 0 || (same && now.mono_ms - effects->looked_ms < LOOK_MS)) {
		effects->looked_for = wishes;
		return;
	}
	effects->looked_for = wishes;
	effects->looked_at = model->detail_session;
	effects->looked_ms = now.mono_ms;
	if (wishes & WISH_PROCESSES) {
		struct processes processes = { 0 };
		pid_t roots[ROOTS_MOST];

		lookup_processes(&processes, roots, model_process_roots(model, roots, ROOTS_MOST));
		model_take_processes(model, &processes);
	}
	if (wishes & WISH_RULES)
		look_at_rules(effects);
	if (wishes & WISH_ACCESSES)
		look_at_accesses(effects);
	look_at_session(effects, wishes);
}
