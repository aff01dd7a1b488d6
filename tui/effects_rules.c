/* SPDX-License-Identifier: MIT */
/* Rules: added, changed, taken out of force, undone; and the list of them. */
#include <unistd.h>

#include "core/base/mem.h"
#include "tui/effects_parts.h"

#define BUSY_TRIES 20 /* somebody else's write takes milliseconds */
#define BUSY_PAUSE_US 5000

static bool try_again(int result, const struct err *e, int *tries)
{
	if (result == 0 || e->code != ERR_BUSY || ++*tries == BUSY_TRIES)
		return false;
	usleep(BUSY_PAUSE_US);
	return true;
}

static int add_rule(struct effects *effects, struct rule *rule, struct err *e)
{
	const struct history *history = &effects->history;
	int tries = 0, result;

	if (history->ops == NULL)
		return effects_no_history(e);
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
		return effects_no_history(e);
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
		return effects_no_history(e);
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

void effects_edit_rule(struct effects *effects, const struct command *command, struct instant now)
{
	const struct history *history = &effects->history;
	struct rule made = { .id = 0 };
	_cleanup_free_ char *text = NULL;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		effects_no_history(&e);
	else if (history->ops->rule_about(history->handle, &made, &command->rule, command->text,
					  &e) == 0 &&
		 change_rules(effects, &command->rule, &made, &e) == 0)
		text = rule_text(&made);
	if (text != NULL)
		effects_say(effects, now, ROLE_TITLE, xasprintf("Now: %s (u undoes it).", text));
	else
		effects_say_error(effects, now, &e);
	rule_free(&made);
}

void effects_disable_rule(struct effects *effects, const struct rule *rule, struct instant now)
{
	struct err e = { .message = "" };

	if (toggle_rule(effects, rule, true, &e) < 0)
		effects_say_error(effects, now, &e);
	else
		effects_say(effects, now, ROLE_TITLE, xstrdup("Out of force; x puts it back."));
}

void effects_add_rule(struct effects *effects, const struct rule *rule, struct instant now)
{
	struct err e = { .message = "" };

	if (toggle_rule(effects, rule, false, &e) < 0)
		effects_say_error(effects, now, &e);
	else
		effects_say(effects, now, ROLE_TITLE, xstrdup("In force again."));
}

void effects_undo_rule(struct effects *effects, struct instant now)
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
		effects_say(effects, now, ROLE_TITLE, xstrdup("Undone."));
	} else {
		effects_say_error(effects, now, &e);
	}
	rule_free(&undone.removed);
	rule_free(&undone.added);
}

/* --- looking --- */

void effects_look_at_rules(struct effects *effects)
{
	const struct history *history = &effects->history;
	struct rule *rules = NULL;
	size_t count = 0;
	struct err e = { .message = "" };

	if (history->ops == NULL)
		effects_no_history(&e);
	else if (history->ops->rules(history->handle, &rules, &count, &e) == 0) {
		rule_book_take(&effects->model->rules, rules, count);
		if (history->ops->rules_disabled(history->handle, &rules, &count, &e) == 0)
			rule_book_take_disabled(&effects->model->rules, rules, count);
	}
	links_ask_rules(effects->links);
	if (e.message[0] != '\0')
		rule_book_failed(&effects->model->rules, e.message);
}
