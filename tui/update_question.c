/* SPDX-License-Identifier: MIT */
/*
 * Answering. The keys mean the question in front (the box, or the selected row of the queue),
 * and nothing at all before it has been on screen for GUARD_MS, so that what was typed for
 * something else never answers. What would be kept for ever is shown and asked back first.
 */
#include "core/base/mem.h"
#include "tui/update.h"

static const struct command nothing = { .type = COMMAND_NONE };

static struct command send(struct model *model, struct asked *asked, enum verdict verdict)
{
	const struct tui_session *session = model_session(model, asked->session);
	struct command command = { .type = COMMAND_ANSWER, .verdict = verdict };

	if (session == NULL || session->link == 0)
		return nothing;
	command.link = session->link;
	command.id = xstrdup(asked->question.event.id);
	command.scope = question_scope(&asked->question, model->box.scope);
	command.duration = model->box.keep;
	asked->sent = true;
	asked->sent_verdict = verdict;
	asked->sent_scope = command.scope;
	asked->sent_duration = command.duration;
	model_close_box(model);
	return command;
}

static void ask_back(struct model *model, enum verdict verdict)
{
	model->box.keep = DURATION_ALWAYS;
	model->box.confirming = true;
	model->box.confirm = verdict;
}

static struct command answer(struct model *model, struct asked *asked, enum verdict verdict,
			     bool always)
{
	/* In the queue nothing was chosen yet: the narrowest scope, for the session. */
	if (model_context(model) == CONTEXT_QUEUE) {
		if (always) {
			model_choose(model, asked->question.event.id);
			model->box.touched = true;
		} else {
			model_close_box(model);
		}
	}
	if (always || model->box.keep == DURATION_ALWAYS) {
		ask_back(model, verdict);
		return nothing;
	}
	return send(model, asked, verdict);
}

static void turn_scope(struct model *model, const struct asked *asked, bool forward)
{
	size_t count = question_scope_count(&asked->question);

	model->box.scope = (model->box.scope + (forward ? 1 : count - 1)) % count;
}

/* The next held question in order of arrival, round and round; NULL where there is no other. */
static const struct asked *next_question(const struct model *model, const struct asked *asked)
{
	size_t count = model->questions.count;
	size_t here = (size_t)(asked - model->questions.items);

	for (size_t i = 1; i < count; i++) {
		const struct asked *other = &model->questions.items[(here + i) % count];

		if (other->held && !other->sent)
			return other;
	}
	return NULL;
}

static void go_next(struct model *model, const struct asked *asked)
{
	const struct asked *other = next_question(model, asked);

	if (other != NULL)
		model_choose(model, other->question.event.id);
}

struct command update_time(struct model *model, struct instant now)
{
	const struct asked *asked = model_box_question(model);
	const struct tui_session *session;

	if (asked == NULL || !asked->held || asked->sent || !model_deciding(model, now) ||
	    (model->box.held_ms != 0 && now.mono_ms - model->box.held_ms < HOLD_EVERY_MS))
		return nothing;
	session = model_session(model, asked->session);
	if (session == NULL || session->link == 0)
		return nothing;
	model->box.held_ms = now.mono_ms;
	return (struct command){ .type = COMMAND_HOLD,
				 .link = session->link,
				 .id = xstrdup(asked->question.event.id) };
}

struct command update_question(struct model *model, enum action action, struct instant now)
{
	struct asked *asked = model_front_question(model);

	if (asked == NULL || !model_ready(model, now) || asked->sent)
		return nothing;
	if (model_context(model) != CONTEXT_QUEUE) {
		model->box.touched = true;
		model->box.touched_ms = now.mono_ms;
	}
	switch (action) {
	case ACTION_ALLOW:
		return answer(model, asked, VERDICT_ALLOW, false);
	case ACTION_DENY:
	case ACTION_DEFAULT:
		return answer(model, asked, VERDICT_DENY, false);
	case ACTION_ALLOW_ALWAYS:
		return answer(model, asked, VERDICT_ALLOW, true);
	case ACTION_DENY_ALWAYS:
		return answer(model, asked, VERDICT_DENY, true);
	case ACTION_YES:
		return send(model, asked, model->box.confirm);
	case ACTION_BACK:
		model->box.confirming = false;
		model->box.keep = DURATION_SESSION;
		break;
	case ACTION_SCOPE_NEXT:
	case ACTION_SCOPE_PREVIOUS:
		turn_scope(model, asked, action == ACTION_SCOPE_NEXT);
		break;
	case ACTION_KEEP:
		do
			model->box.keep = (model->box.keep + 1) % DURATION_COUNT;
		while (!question_keeps(&asked->question, model->box.keep));
		break;
	case ACTION_NEXT:
		go_next(model, asked);
		break;
	case ACTION_MORE:
		model_push(model, VIEW_QUESTION);
		break;
	case ACTION_LATER:
		asked->later = true;
		model_close_box(model);
		break;
	default:
		break;
	}
	return update_time(model, now);
}
