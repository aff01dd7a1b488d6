/* SPDX-License-Identifier: MIT */
/*
 * Questions: one per object and kind of access, however many calls wait for it. A question
 * is held (the calls wait, a countdown runs) or refused for now (nothing waits; an answer
 * counts for the next try). It ends when it is answered (question_answer.c), or becomes part of one
 * about its directory (question_join.c).
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/session/question_parts.h"

#define AWAITED_MS 10000 /* a dashboard that started this attaches within so long */
#define HOLD_MS 30000
#define HOLD_MOST_MS 600000 /* however long somebody decides */
#define ASKED_IDS_MOST 4096

static void tell(struct asked *asked)
{
	struct wire_message message = { .type = WIRE_QUESTION, .question = asked->question };

	asked->told = true;
	asked->changed = false;
	control_broadcast(asked->supervisor->control, &message);
}

/* What many callers change many times a second is told with the next tick. */
static void tell_soon(struct asked *asked)
{
	if (!asked->told)
		tell(asked);
	asked->changed = true;
	asked->supervisor->changed = true;
}

void question_tell_changed(struct supervisor *s)
{
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->changed)
			tell(a);
}

static void free_waiter(struct waiter *waiter)
{
	close_fd(&waiter->socket);
	free(waiter->event);
	free(waiter);
}

static void free_one(struct asked *asked)
{
	while (asked->waiters) {
		struct waiter *next = asked->waiters->next;

		free_waiter(asked->waiters);
		asked->waiters = next;
	}
	if (asked->deadline)
		event_free(asked->deadline);
	if (asked->object_pinned)
		broker_unpin(asked->supervisor->broker, asked->pin);
	if (asked->directory_pinned)
		broker_unpin(asked->supervisor->broker, asked->pin + 1);
	hash_table_remove(&asked->supervisor->by_pin, &asked->by_pin);
	question_free(&asked->question);
	rule_free(&asked->rule);
	free(asked->place);
	free(asked->mask);
	free(asked);
}

/* A flood of distinct objects must not eat the memory: the oldest that nobody waits for goes. */
bool question_make_room(struct supervisor *s)
{
	if (s->question_count < QUESTIONS_MOST)
		return true;
	s->unasked++;
	s->changed = true;
	for (struct asked *a = s->oldest_question; a; a = a->previous)
		if (!a->held && !a->granting) {
			question_resolve(a, VERDICT_DENY, NULL, "gone");
			return true;
		}
	return false;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	question_refuse_for_now(arg, "nobody answered in time");
}

struct asked *question_add(struct supervisor *s, const struct access_event *event,
			   const enum scope *scopes, size_t scope_count, bool is_directory)
{
	struct asked *asked = xcalloc(1, sizeof(*asked));

	asked->supervisor = s;
	asked->asked_ms = clock_mono_ms();
	access_event_copy(&asked->question.event, event);
	/* The process may be gone by now; whoever recorded the event looked when it was there. */
	if (event->command_line)
		asked->question.command_line = xstrdup(event->command_line);
	else if (event->pid)
		asked->question.command_line = process_command_line(event->pid);
	for (size_t i = 0; i < scope_count; i++) {
		struct rule rule = { 0 };

		if (rule_make(&rule, s->options->server, event->kind, event->object, is_directory,
			      VERDICT_ALLOW, scopes[i], DURATION_SESSION, NULL) < 0)
			continue;
		asked->question.scopes[asked->question.scope_count] = scopes[i];
		asked->question.patterns[asked->question.scope_count++] = steal_ptr(&rule.pattern);
		rule_free(&rule);
	}
	asked->deadline = evtimer_new(s->base, on_deadline, asked);
	question_link(asked);
	s->asked_count++;
	if (s->report && s->asked_ids.count < ASKED_IDS_MOST)
		strings_add(&s->asked_ids, event->id);
	return asked;
}

/* Whoever started this from a dashboard looks at it before it could attach. */
static bool is_awaited(const struct supervisor *s)
{
	return s->options->awaited && clock_wall_ms() - s->started_ms < AWAITED_MS;
}

int question_hold_ms(const struct supervisor *s)
{
	if (s->options->mode == MODE_ENFORCE)
		return 0;
	if (s->options->hold_seconds >= 0)
		return s->options->hold_seconds * 1000;
	return control_answerers(s->control) || is_awaited(s) ? HOLD_MS : 0;
}

void question_hold(struct asked *asked, const struct waiter *waiter)
{
	int hold_ms = question_hold_ms(asked->supervisor);
	struct waiter *copy = xmalloc(sizeof(*copy));
	struct timeval after = clock_timeval(hold_ms);

	*copy = *waiter;
	copy->event = xstrdup(waiter->event);
	copy->next = asked->waiters;
	asked->waiters = copy;
	asked->question.waiters++;
	if (!asked->held) {
		asked->held = true;
		asked->held_since_ms = clock_mono_ms();
		asked->question.event.verdict = VERDICT_ASK;
		asked->question.deadline_ms = clock_wall_ms() + hold_ms;
		event_add(asked->deadline, &after);
		asked->supervisor->changed = true;
		asked->told = false;
	}
	tell_soon(asked);
}

/* What becomes of the calls that joined it: each has its own event. */
static void settle_joined(struct asked *asked, enum verdict verdict, const char *why, const char *rule)
{
	struct supervisor *s = asked->supervisor;

	for (struct waiter *w = asked->waiters; w; w = w->next) {
		const struct access_event *event;

		event = w->event ? journal_resolve(s->journal, w->event, verdict, why, rule) : NULL;
		if (!event)
			continue;
		supervisor_tell_event(s, event);
		journal_access(s->journal, event->kind, event->object, verdict, event->exe,
			       verdict == VERDICT_ALLOW ? 0 : event->error, false, clock_wall_ms());
		if (verdict == VERDICT_ALLOW)
			s->allowed++;
		else
			s->denied++;
	}
}

void question_prolong(struct supervisor *s, const char *id)
{
	struct asked *asked = question_by_id(s, id);
	int64_t left, hold_ms = question_hold_ms(s);
	struct timeval after;

	if (!asked || !asked->held || asked->granting)
		return;
	left = asked->held_since_ms + HOLD_MOST_MS - clock_mono_ms();
	hold_ms = left < hold_ms ? left : hold_ms;
	if (hold_ms <= 0 || clock_wall_ms() + hold_ms <= asked->question.deadline_ms)
		return;
	after = clock_timeval(hold_ms);
	asked->question.deadline_ms = clock_wall_ms() + hold_ms;
	event_add(asked->deadline, &after);
	tell(asked);
}

static void question_release(struct asked *asked, bool allow)
{
	struct waiter *waiter = asked->waiters;

	asked->waiters = NULL;
	asked->question.waiters = 0;
	asked->held = false;
	event_del(asked->deadline);
	while (waiter) {
		struct waiter *next = waiter->next;

		if (waiter->request) {
			struct proxy_verdict verdict = { .allow = allow, .check_resolved = true };

			proxy_request_set_data(waiter->request, NULL);
			proxy_request_answer(waiter->request, &verdict);
		} else if (waiter->socket >= 0) {
			unix_release(asked->supervisor, waiter, allow);
		} else if (allow && asked->was_made && waiter->makes_directory) {
			/* For one of them: to all others it was there before. */
			asked->was_made = false;
			notifier_succeed(asked->supervisor->notifier, waiter->notification);
		} else {
			call_let_go(asked->supervisor, waiter->notification, waiter->masked,
				    allow && !waiter->not_once);
		}
		free(waiter->event);
		free(waiter);
		waiter = next;
	}
}

static void remove_waiter(struct asked *asked, struct waiter **at)
{
	struct waiter *gone = *at;

	*at = gone->next;
	if (gone->event) {
		const struct access_event *event =
			journal_resolve(asked->supervisor->journal, gone->event, VERDICT_DENY,
					"the program gave up waiting", NULL);

		if (event)
			supervisor_tell_event(asked->supervisor, event);
	}
	free_waiter(gone);
	asked->question.waiters--;
	if (!asked->waiters && asked->held && !asked->granting)
		question_refuse_for_now(asked, "the program gave up waiting");
	else
		tell_soon(asked);
}

void question_drop_request(struct supervisor *s, struct proxy_request *request)
{
	for (struct asked *a = s->questions; a; a = a->next)
		for (struct waiter **at = &a->waiters; *at; at = &(*at)->next)
			if ((*at)->request == request) {
				remove_waiter(a, at);
				return;
			}
}

void question_check_waiters(struct supervisor *s)
{
	for (struct asked *a = s->questions; a; a = a->next)
		for (struct waiter **at = &a->waiters; *at;) {
			if ((*at)->request || call_is_waiting(s, (*at)->notification, (*at)->masked)) {
				at = &(*at)->next;
				continue;
			}
			remove_waiter(a, at);
			/* The list may be another one now. */
			break;
		}
}

void question_refuse_for_now(struct asked *asked, const char *why)
{
	struct supervisor *s = asked->supervisor;
	const struct access_event *event;

	if (asked->granting)
		return;
	settle_joined(asked, VERDICT_DENY, why, NULL);
	question_release(asked, false);
	asked->question.deadline_ms = 0;
	asked->question.event.verdict = VERDICT_ASK;
	event = journal_resolve(s->journal, asked->question.event.id, VERDICT_DENY, why, NULL);
	if (event)
		supervisor_tell_event(s, event);
	s->denied++;
	s->changed = true;
	tell(asked);
}

static void record_decision(struct asked *asked, enum verdict verdict, const struct rule *rule,
			    const char *by)
{
	struct decision decision = { .event = asked->question.event.id,
				     .kind = asked->question.event.kind,
				     .object = asked->question.event.object,
				     .verdict = verdict,
				     .scope = rule ? rule->scope : SCOPE_EXACT,
				     .duration = rule ? rule->duration : DURATION_ONCE,
				     .by = by,
				     .time_ms = clock_wall_ms() };

	journal_decision(asked->supervisor->journal, &decision);
}

void question_resolve(struct asked *asked, enum verdict verdict, const struct rule *rule,
		      const char *by)
{
	struct supervisor *s = asked->supervisor;
	struct wire_message message = { .type = WIRE_RESOLVED,
					.id = asked->question.event.id,
					.verdict = verdict,
					.by = (char *)by };
	_cleanup_free_ char *text = rule ? rule_text(rule) : NULL;
	const struct access_event *event;

	question_unlink(asked);
	asked->granting = false;
	settle_joined(asked, verdict, verdict == VERDICT_ALLOW ? "you allowed it" : "you denied it", text);
	question_release(asked, verdict == VERDICT_ALLOW);
	if (strcmp(by, "gone") != 0 && strcmp(by, "joined") != 0) {
		record_decision(asked, verdict, rule, by);
		event = journal_resolve(s->journal, asked->question.event.id, verdict,
					verdict == VERDICT_ALLOW ? "you allowed it" : "you denied it",
					text);
		if (event)
			supervisor_tell_event(s, event);
		if (verdict == VERDICT_ALLOW)
			s->allowed++;
		else
			s->denied++;
		/* The event is about what was accessed, the question perhaps about its directory. */
		journal_access(s->journal, asked->question.event.kind,
			       asked->joined ? asked->question.objects[0] : asked->question.event.object,
			       verdict, asked->question.event.exe,
			       verdict == VERDICT_ALLOW ? 0 : asked->question.event.error,
			       verdict == VERDICT_ALLOW && (asked->by_parent || asked->making),
			       clock_wall_ms());
	}
	control_broadcast(s->control, &message);
	free_one(asked);
}

void question_free_all(struct supervisor *s)
{
	while (s->questions) {
		struct asked *asked = s->questions;

		question_unlink(asked);
		free_one(asked);
	}
	question_tables_free(s);
}
