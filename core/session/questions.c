/* SPDX-License-Identifier: MIT */
/*
 * Questions: one per object and kind of access, however many calls wait for it. A question
 * is held (the calls wait, a countdown runs) or refused for now (nothing waits; an answer
 * counts for the next try). It ends when it is answered.
 */
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/attribution.h"
#include "core/session/supervisor_parts.h"

#define HOLD_MS 30000
#define HOLD_MOST_MS 600000 /* however long somebody decides */

struct asked *question_find(struct supervisor *s, enum access_kind kind, const char *object)
{
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->question.event.kind == kind && strcmp(a->question.event.object, object) == 0)
			return a;
	return NULL;
}

struct asked *question_by_id(struct supervisor *s, const char *id)
{
	for (struct asked *a = s->questions; a; a = a->next)
		if (strcmp(a->question.event.id, id) == 0)
			return a;
	return NULL;
}

static void tell(struct asked *asked)
{
	struct wire_message message = { .type = WIRE_QUESTION, .question = asked->question };

	control_broadcast(asked->supervisor->control, &message);
}

static void free_one(struct asked *asked)
{
	while (asked->waiters) {
		struct waiter *next = asked->waiters->next;

		close_fd(&asked->waiters->socket);
		free(asked->waiters);
		asked->waiters = next;
	}
	if (asked->deadline)
		event_free(asked->deadline);
	if (asked->object_pinned)
		broker_unpin(asked->supervisor->broker, asked->pin);
	if (asked->directory_pinned)
		broker_unpin(asked->supervisor->broker, asked->pin + 1);
	question_free(&asked->question);
	rule_free(&asked->rule);
	free(asked->place);
	free(asked->mask);
	free(asked);
}

static void unlink_one(struct asked *asked)
{
	for (struct asked **at = &asked->supervisor->questions; *at; at = &(*at)->next)
		if (*at == asked) {
			*at = asked->next;
			asked->supervisor->question_count--;
			asked->supervisor->changed = true;
			return;
		}
}

/* A flood of distinct objects must not eat the memory: the oldest that nobody waits for goes. */
static void make_room(struct supervisor *s)
{
	struct asked *oldest = NULL;

	if (s->question_count < QUESTIONS_MOST)
		return;
	for (struct asked *a = s->questions; a; a = a->next)
		if (!a->held && !a->granting)
			oldest = a;
	if (oldest)
		question_resolve(oldest, VERDICT_DENY, NULL, "gone");
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

	make_room(s);
	asked->supervisor = s;
	access_event_copy(&asked->question.event, event);
	asked->question.command_line = event->pid ? process_command_line(event->pid) : NULL;
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
	asked->next = s->questions;
	s->questions = asked;
	s->question_count++;
	s->asked_count++;
	s->changed = true;
	return asked;
}

int question_hold_ms(const struct supervisor *s)
{
	if (s->options->mode != MODE_ASK)
		return 0;
	if (s->options->hold_seconds >= 0)
		return s->options->hold_seconds * 1000;
	return control_answerers(s->control) ? HOLD_MS : 0;
}

void question_hold(struct asked *asked, const struct waiter *waiter)
{
	int hold_ms = question_hold_ms(asked->supervisor);
	struct waiter *copy = xmalloc(sizeof(*copy));
	struct timeval after = { .tv_sec = hold_ms / 1000, .tv_usec = hold_ms % 1000 * 1000 };

	*copy = *waiter;
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
	}
	tell(asked);
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
	after = (struct timeval){ .tv_sec = hold_ms / 1000, .tv_usec = hold_ms % 1000 * 1000 };
	asked->question.deadline_ms = clock_wall_ms() + hold_ms;
	event_add(asked->deadline, &after);
	tell(asked);
}

void question_release(struct asked *asked, bool allow)
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
			/* Allowed or not, the kernel goes on and the mounts say what happens. */
			notifier_continue(asked->supervisor->notifier, waiter->notification);
		}
		free(waiter);
		waiter = next;
	}
}

static void remove_waiter(struct asked *asked, struct waiter **at)
{
	struct waiter *gone = *at;

	*at = gone->next;
	close_fd(&gone->socket);
	free(gone);
	asked->question.waiters--;
	if (!asked->waiters && asked->held && !asked->granting)
		question_refuse_for_now(asked, "the program gave up waiting");
	else
		tell(asked);
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
			if ((*at)->request || notifier_is_waiting(s->notifier, (*at)->notification)) {
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

	unlink_one(asked);
	asked->granting = false;
	question_release(asked, verdict == VERDICT_ALLOW);
	if (strcmp(by, "gone") != 0) {
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
		journal_access(s->journal, asked->question.event.kind, asked->question.event.object,
			       verdict, asked->question.event.exe,
			       verdict == VERDICT_ALLOW ? 0 : asked->question.event.error,
			       verdict == VERDICT_ALLOW && (asked->by_parent || asked->making),
			       clock_wall_ms());
	}
	control_broadcast(s->control, &message);
	free_one(asked);
}

void question_reply(struct supervisor *s, uint64_t client, const char *id, bool ok, const char *text)
{
	struct control_client *to = control_client_by_number(s->control, client);
	struct wire_message message = { .type = WIRE_ANSWERED,
					.id = (char *)id,
					.ok = ok,
					.text = (char *)text };

	if (to)
		control_send(to, &message);
}

static bool is_offered(const struct asked *asked, enum scope scope)
{
	for (size_t i = 0; i < asked->question.scope_count; i++)
		if (asked->question.scopes[i] == scope)
			return true;
	return false;
}

static void deny(struct asked *asked, uint64_t client)
{
	struct supervisor *s = asked->supervisor;
	struct rule rule = { 0 };
	_cleanup_free_ char *text = rule_text(&asked->rule);

	question_reply(s, client, asked->question.event.id, true, text);
	rule_copy(&rule, &asked->rule);
	question_resolve(asked, VERDICT_DENY, &rule, "person");
	supervisor_keep_rule(s, &rule);
	rule_free(&rule);
}

static void allow_connection(struct asked *asked, uint64_t client)
{
	struct supervisor *s = asked->supervisor;
	struct rule rule = { 0 };
	_cleanup_free_ char *text = rule_text(&asked->rule);

	rule_copy(&rule, &asked->rule);
	question_reply(s, client, asked->question.event.id, true, text);
	question_resolve(asked, VERDICT_ALLOW, &rule, "person");
	supervisor_keep_rule(s, &rule);
	rule_free(&rule);
}

static int make_rule(struct asked *asked, const struct wire_message *message, struct err *e)
{
	/* A directory that the call makes is nothing without what is to come below it. */
	bool is_new_tree = message->scope == SCOPE_EXACT && S_ISDIR(asked->makes);

	return rule_make(&asked->rule, asked->supervisor->options->server,
			 asked->question.event.kind, asked->question.event.object,
			 is_new_tree || asked->is_directory, message->verdict,
			 is_new_tree ? SCOPE_DIR : message->scope, message->duration, e);
}

void question_answer(struct supervisor *s, struct control_client *client,
		     const struct wire_message *message)
{
	struct asked *asked = question_by_id(s, message->id);
	uint64_t number = control_client_number(client);
	struct err e = { 0 };
	enum access_kind kind;

	if (!asked) {
		question_reply(s, number, message->id, false,
			       "there is no such open question (it may have been answered already)");
		return;
	}
	if (asked->granting) {
		question_reply(s, number, message->id, false, "it is being granted already");
		return;
	}
	kind = asked->question.event.kind;
	if (!is_offered(asked, message->scope)) {
		question_reply(s, number, message->id, false, "that scope is not offered for it");
		return;
	}
	rule_free(&asked->rule);
	if (make_rule(asked, message, &e) < 0) {
		question_reply(s, number, message->id, false, e.message);
		return;
	}
	asked->rule.created_ms = clock_wall_ms();
	if (message->verdict == VERDICT_DENY) {
		deny(asked, number);
		return;
	}
	if (!access_is_file(kind)) {
		allow_connection(asked, number);
		return;
	}
	asked->client = number;
	if ((message->duration == DURATION_ONCE ? files_allow_once : files_grant)(asked, &e) < 0)
		question_reply(s, number, message->id, false, e.message);
}

void question_free_all(struct supervisor *s)
{
	while (s->questions) {
		struct asked *asked = s->questions;

		s->questions = asked->next;
		free_one(asked);
	}
	s->question_count = 0;
}
