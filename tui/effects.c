/* SPDX-License-Identifier: MIT */
#include "tui/effects.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/mem.h"
#include "tui/effects_parts.h"
#include "tui/lookup.h"

#define LOOK_BACK_MS 5 /* at older events, before a key is looked at again */
#define LOOK_MS 950   /* between two looks at the same */
#define ROOTS_MOST 64 /* sessions in sight */

void effects_say(struct effects *effects, struct instant now, enum role role, char *raw)
{
	model_notice(effects->model, now, role, escape_string(raw));
	free(raw);
}

void effects_say_error(struct effects *effects, struct instant now, const struct err *e)
{
	effects_say(effects, now, ROLE_WARN, xasprintf("%s.", e->message));
}

int effects_no_history(struct err *e)
{
	return err_set(e, "there is no history here");
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
		effects_stop(effects, command, now);
		break;
	case COMMAND_RESTART:
		effects_restart(effects, command, now);
		break;
	case COMMAND_START:
		if (command->index < model->servers.count)
			effects_start(effects, &model->servers.items[command->index], now);
		break;
	case COMMAND_START_WORDS:
		effects_start_words(effects, command->text, now);
		break;
	case COMMAND_SERVERS_READ:
		effects_read_servers(effects, command->text, true);
		break;
	case COMMAND_RULE_ADD:
		effects_add_rule(effects, &command->rule, now);
		break;
	case COMMAND_RULE_DISABLE:
		effects_disable_rule(effects, &command->rule, now);
		break;
	case COMMAND_RULE_EDIT:
		effects_edit_rule(effects, command, now);
		break;
	case COMMAND_RULE_UNDO:
		effects_undo_rule(effects, now);
		break;
	case COMMAND_PUBLISH:
		effects_publish(effects, command, now);
		break;
	case COMMAND_RULE_REVOKE:
		links_revoke(effects->links, command->link, command->id);
		break;
	case COMMAND_LAYER_KEEP:
	case COMMAND_LAYER_DROP:
		effects_apply_layer(effects, command->type == COMMAND_LAYER_KEEP, now);
		break;
	case COMMAND_EXPORT_ADJUST:
		effects_adjust_export(effects, command, now);
		break;
	case COMMAND_EXPORT_WRITE:
		effects_write_export(effects, now);
		break;
	default:
		break;
	}
}

/* --- wishes --- */

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
		effects_no_history(&e);
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

bool effects_collect(struct effects *effects, struct instant now)
{
	effects->now = now;
	return worker_collect(effects->worker, effects);
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
		effects_look_at_export(effects);
	if (wishes & WISH_WRITTEN)
		effects_look_at_layer(effects);
	if (wishes & WISH_ACCESSES)
		effects_look_at_matched(effects);
	if (wishes & WISH_RULES)
		effects_look_at_settings(effects, now);
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
		effects_look_at_rules(effects);
	look_at_session(effects, wishes);
}
