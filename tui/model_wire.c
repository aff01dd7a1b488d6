/* SPDX-License-Identifier: MIT */
/*
 * The model, as supervisors change it. A session belongs to the connection it was announced
 * on, and whatever comes on that connection is about that session, whatever it says inside.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/mem.h"
#include "tui/model.h"
#include "tui/ports.h"
#include "tui/text.h"
#include "tui/words.h"

struct tui_session *model_session_of_link(const struct model *model, unsigned link)
{
	struct tui_session *session;

	if (link >= model->link_capacity || model->numbers[link] == 0)
		return NULL;
	session = model_session(model, model->numbers[link]);
	return session != NULL && session->link == link ? session : NULL;
}

static void set_link(struct model *model, struct tui_session *session, unsigned link)
{
	if (link >= model->link_capacity) {
		size_t capacity = (size_t)link * 2 + 16;

		model->numbers = xrealloc(model->numbers, capacity, sizeof(*model->numbers));
		memset(model->numbers + model->link_capacity, 0,
		       (capacity - model->link_capacity) * sizeof(*model->numbers));
		model->link_capacity = capacity;
	}
	session->link = link;
	model->numbers[link] = session->number;
}

static void forget_oldest_ended(struct model *model)
{
	if (model->session_count < SESSIONS_MOST)
		return;
	for (size_t i = 0; i < model->session_count; i++)
		if (model->sessions[i].ended) {
			session_info_free(&model->sessions[i].info);
			memmove(&model->sessions[i], &model->sessions[i + 1],
				(model->session_count - i - 1) * sizeof(*model->sessions));
			model->session_count--;
			return;
		}
}

static struct tui_session *session_for(struct model *model, unsigned link,
				       const struct session_info *info)
{
	struct tui_session *session = model_session_of_link(model, link);

	if (session != NULL)
		return session;
	for (size_t i = 0; i < model->session_count; i++)
		if (info->id != NULL && model->sessions[i].link == 0 &&
		    model->sessions[i].info.id != NULL &&
		    strcmp(model->sessions[i].info.id, info->id) == 0) {
			set_link(model, &model->sessions[i], link);
			model->sessions[i].ended = false;
			return &model->sessions[i];
		}
	forget_oldest_ended(model);
	grow_array(model->sessions, model->session_count, model->session_capacity);
	session = &model->sessions[model->session_count++];
	memset(session, 0, sizeof(*session));
	session->number = ++model->last_number;
	set_link(model, session, link);
	return session;
}

static bool has_exited(const struct session_info *info)
{
	return info->state != NULL && strcmp(info->state, "exited") == 0;
}

static void take_session(struct model *model, unsigned link, const struct session_info *info,
			 struct instant now)
{
	struct tui_session *session = session_for(model, link, info);

	ports_offer(model, session, info, now);
	session_info_free(&session->info);
	session_info_copy(&session->info, info);
	if (has_exited(info) && !session->ended) {
		session->ended = true;
		session->ended_ms = now.wall_ms;
	}
}

static void rate_add(struct rate *rate, int64_t wall_ms, uint64_t count)
{
	int64_t second = wall_ms / 1000;

	if (second - rate->second >= RATE_SECONDS || second < rate->second) {
		memset(rate->counts, 0, sizeof(rate->counts));
		rate->second = second;
	}
	while (rate->second < second)
		rate->counts[++rate->second % RATE_SECONDS] = 0;
	rate->counts[second % RATE_SECONDS] += count;
}

static void put_event(struct model *model, struct tui_session *session,
		      const struct access_event *event, struct instant now)
{
	const struct logged_event *known = events_find(model->events, event->id);
	bool was_other = known != NULL && known->event.verdict != event->verdict;
	struct logged_event *entry;
	uint64_t grown = events_put(model->events, session->number, event, &entry);

	event_list_put(model, entry);
	if (was_other)
		grown = event->count;
	/* Attaching brings what happened before: that is no rate of now. */
	if (event->verdict == VERDICT_ASK || now.wall_ms - event->time_ms >= RATE_SECONDS * 1000)
		return;
	activity_add(&session->activity, now.wall_ms, grown, event->verdict == VERDICT_DENY);
	rate_add(event->verdict == VERDICT_DENY ? &model->denied : &model->allowed, now.wall_ms,
		 grown);
}

/* Without a message of its own: a question was asked or has ended. */
static void set_verdict(struct model *model, const char *id, enum verdict verdict)
{
	struct logged_event *entry = events_find(model->events, id);

	if (entry == NULL || entry->event.verdict != VERDICT_ASK)
		return;
	entry->event.verdict = verdict;
	event_list_put(model, entry);
}

/* "read ~/.ssh/id_ed25519", to name a question in one line. */
static char *name_question(const struct model *model, const struct access_event *event)
{
	_cleanup_free_ char *object =
		access_is_file(event->kind)
			? text_safe_path(event->object, model->home, model->glyphs->ascii)
			: text_safe(event->object, model->glyphs->ascii);
	_cleanup_buf_ struct buf cut = BUF_EMPTY;

	text_cut_middle(&cut, object, 40, model->glyphs->ellipsis);
	return xasprintf("%s %s", access_kind_name(event->kind), buf_text(&cut));
}

static bool in_front(const struct model *model, const char *id)
{
	return model->box.id != NULL && id != NULL && strcmp(model->box.id, id) == 0;
}

/* Refused now, answerable still; somebody in the middle of deciding keeps it in front. */
static void take_refusal(struct model *model, struct asked *asked, struct instant now)
{
	const struct access_event *event = &asked->question.event;

	asked->held = false;
	asked->question.deadline_ms = 0;
	if (!in_front(model, event->id))
		return;
	if (model->box.touched || model->box.chosen) {
		model->box.chosen = true;
	} else {
		_cleanup_free_ char *name = name_question(model, event);

		model_notice(model, now, ROLE_DENY,
			     xasprintf("Refused, nobody answered: %s (p: still answerable)", name));
	}
}

/* For notices outside the screen, which know ASCII only. */
static void note_arrival(struct model *model, const struct question *question)
{
	_cleanup_free_ char *sentence = words_sentence(model, question);
	_cleanup_free_ char *object = words_object(model, &question->event);
	_cleanup_free_ char *whole = xasprintf("%s: %s", sentence, object);
	_cleanup_free_ char *plain = text_safe(whole, true);
	struct buf out = BUF_EMPTY;

	text_cut(&out, plain, 200, "...");
	model->arrivals++;
	free(model->arrived);
	model->arrived = buf_steal(&out);
}

static void take_question(struct model *model, struct tui_session *session,
			  const struct question *question, struct instant now)
{
	struct asked *asked = questions_find(&model->questions, question->event.id);
	bool was_held = asked != NULL && asked->held;

	if (question->event.id == NULL || question->event.object == NULL)
		return;
	asked = questions_put(&model->questions, session->number, question);
	if (!was_held && asked->held)
		note_arrival(model, question);
	if (was_held && !asked->held)
		take_refusal(model, asked, now);
	if (events_find(model->events, question->event.id) == NULL)
		put_event(model, session, &question->event, now);
}

/* The supervisor keeps it for itself, so it is remembered here. */
static void note_session_rule(struct model *model, const struct asked *asked)
{
	const struct question *question = &asked->question;
	struct rule rule = { .kind = question->event.kind,
			     .verdict = asked->sent_verdict,
			     .scope = asked->sent_scope,
			     .duration = DURATION_SESSION,
			     .server = question->event.server,
			     .pattern = NULL,
			     .created_ms = model->now.wall_ms };

	for (size_t i = 0; i < question_scope_count(question); i++)
		if (question_scope(question, i) == asked->sent_scope)
			rule.pattern = (char *)question_pattern(question, i);
	if (rule.pattern != NULL)
		rule_book_add_session_rule(&model->rules, &rule, asked->session, NULL);
}

static void take_resolved(struct model *model, const struct wire_message *message,
			  struct instant now)
{
	struct asked *asked = questions_find(&model->questions, message->id);
	const char *by = message->by != NULL ? message->by : "";
	_cleanup_free_ char *name = NULL;

	set_verdict(model, message->id, message->verdict);
	if (asked == NULL)
		return;
	if (strcmp(by, "deadline") == 0) {
		take_refusal(model, asked, now);
		return;
	}
	if (asked->sent && asked->sent_duration == DURATION_SESSION &&
	    asked->sent_verdict == message->verdict && strcmp(by, "person") == 0)
		note_session_rule(model, asked);
	if (in_front(model, message->id) && !asked->sent) {
		name = name_question(model, &asked->question.event);
		if (strcmp(by, "gone") == 0)
			model_notice(model, now, ROLE_WARN,
				     xasprintf("Nobody waits any more: %s.", name));
		else
			model_notice(model, now, ROLE_TITLE,
				     xasprintf("Answered elsewhere, %s: %s.",
					       verdict_name(message->verdict), name));
	}
	questions_remove(&model->questions, asked);
}

/* All of them, whoever answered: what was noted here before is among them. */
static void take_rules(struct model *model, struct tui_session *session,
		       const struct wire_message *message)
{
	if (!session->rules_follow)
		rule_book_drop_session(&model->rules, session->number);
	for (size_t i = 0; i < message->rule_count; i++)
		rule_book_add_session_rule(&model->rules, &message->rules[i].rule, session->number,
					   message->rules[i].id);
	session->rules_follow = message->more;
}

static void take_answered(struct model *model, const struct wire_message *message,
			  struct instant now)
{
	struct asked *asked = questions_find(&model->questions, message->id);
	_cleanup_free_ char *text = text_safe(message->text, model->glyphs->ascii);

	if (!message->ok) {
		if (asked != NULL)
			asked->sent = false;
		model_notice(model, now, ROLE_WARN,
			     xasprintf("Not answered: %s.", text[0] ? text : "refused"));
		return;
	}
	/* The id of a rule of a session, which was ended. */
	if (message->id != NULL && strchr(message->id, ':') != NULL) {
		model_notice(model, now, ROLE_TITLE, xasprintf("Ended: %s.", text));
		return;
	}
	model_notice(model, now, ROLE_TITLE,
		     text[0] ? xasprintf("Answered: %s.", text) : xstrdup("Answered."));
	if (asked != NULL && asked->sent && asked->sent_duration == DURATION_SESSION)
		note_session_rule(model, asked);
	if (asked != NULL)
		questions_remove(&model->questions, asked);
}

void model_message(struct model *model, unsigned link, const struct wire_message *message,
		   struct instant now)
{
	struct tui_session *session = model_session_of_link(model, link);

	model->now = now;
	if (message->type == WIRE_HELLO || message->type == WIRE_SESSION) {
		take_session(model, link, &message->session, now);
		return;
	}
	if (message->type == WIRE_ERROR) {
		_cleanup_free_ char *text = text_safe(message->text, model->glyphs->ascii);

		model_notice(model, now, ROLE_WARN,
			     xasprintf("A session refused this dashboard: %s.", text));
		return;
	}
	if (session == NULL)
		return;
	switch (message->type) {
	case WIRE_EVENT:
		put_event(model, session, &message->event, now);
		break;
	case WIRE_QUESTION:
		take_question(model, session, &message->question, now);
		break;
	case WIRE_QUESTIONS:
		for (size_t i = 0; i < message->question_count; i++)
			take_question(model, session, &message->questions[i], now);
		break;
	case WIRE_RESOLVED:
		take_resolved(model, message, now);
		break;
	case WIRE_ANSWERED:
		take_answered(model, message, now);
		break;
	case WIRE_RULE_LIST:
		take_rules(model, session, message);
		break;
	case WIRE_PUBLISHED:
		ports_published(model, session, message, now);
		break;
	case WIRE_LOST:
		session->lost += message->count;
		model_notice(model, now, ROLE_WARN,
			     xasprintf("%" PRIu64 " events came too fast for this terminal and are "
				       "not shown here.",
				       message->count));
		break;
	default:
		break;
	}
}

void model_disconnected(struct model *model, unsigned link, struct instant now)
{
	struct tui_session *session = model_session_of_link(model, link);

	if (session == NULL)
		return;
	session->link = 0;
	if (!session->ended) {
		session->ended = true;
		session->ended_ms = now.wall_ms;
	}
	for (size_t i = 0; i < model->questions.count; i++)
		if (model->questions.items[i].session == session->number)
			set_verdict(model, model->questions.items[i].question.event.id,
				    VERDICT_DENY);
	questions_drop_session(&model->questions, session->number);
	rule_book_drop_session(&model->rules, session->number);
}
