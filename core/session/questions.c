/* SPDX-License-Identifier: MIT */
/*
 * Questions: one per object and kind of access, however many calls wait for it. A question
 * is held (the calls wait, a countdown runs) or refused for now (nothing waits; an answer
 * counts for the next try). It ends when it is answered.
 *
 * Many files of one directory within a second make one question about the directory. It takes the
 * place of the first of them, whose id it keeps; the calls of the others wait for it, each with
 * its own event.
 */
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/attribution.h"
#include "core/session/supervisor_parts.h"

#define AWAITED_MS 10000 /* a dashboard that started this attaches within so long */
#define HOLD_MS 30000
#define HOLD_MOST_MS 600000 /* however long somebody decides */
#define JOIN_LEAST 8  /* so many files of a directory … */
#define JOIN_MS 1000  /* … within this time make one question */
#define ASKED_IDS_MOST 4096

struct asked *question_find(struct supervisor *s, enum access_kind kind, const char *object)
{
	uint64_t hash = hash_table_hash(&s->by_object, kind, object);

	for (struct hash_link *link = hash_table_first(&s->by_object, hash); link;
	     link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_object);

		if (asked->question.event.kind == kind &&
		    strcmp(asked->question.event.object, object) == 0)
			return asked;
	}
	return NULL;
}

struct asked *question_by_id(struct supervisor *s, const char *id)
{
	uint64_t hash = hash_table_hash(&s->by_id, 0, id);

	for (struct hash_link *link = hash_table_first(&s->by_id, hash); link;
	     link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_id);

		if (strcmp(asked->question.event.id, id) == 0)
			return asked;
	}
	return NULL;
}

/* An object's pin is even, that of its directory the next number. */
struct asked *question_by_pin(struct supervisor *s, uint32_t pin)
{
	struct hash_link *link = hash_table_first(&s->by_pin, pin / 2);

	return link ? hash_element(link, struct asked, by_pin) : NULL;
}

void question_set_pin(struct asked *asked, uint32_t pin)
{
	asked->pin = pin;
	hash_table_add(&asked->supervisor->by_pin, &asked->by_pin, pin / 2);
}

static uint64_t directory_hash(struct supervisor *s, enum access_kind kind, const char *object)
{
	_cleanup_free_ char *directory = path_parent(object);

	return hash_table_hash(&s->by_directory, kind, directory);
}

static void add_to_tables(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;
	const struct access_event *event = &asked->question.event;

	hash_table_add(&s->by_object, &asked->by_object,
		       hash_table_hash(&s->by_object, event->kind, event->object));
	hash_table_add(&s->by_id, &asked->by_id, hash_table_hash(&s->by_id, 0, event->id));
	if (access_is_file(event->kind))
		hash_table_add(&s->by_directory, &asked->by_directory,
			       directory_hash(s, event->kind, event->object));
}

static void remove_from_tables(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;

	hash_table_remove(&s->by_object, &asked->by_object);
	hash_table_remove(&s->by_id, &asked->by_id);
	hash_table_remove(&s->by_directory, &asked->by_directory);
}

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

static void unlink_one(struct asked *asked)
{
	struct supervisor *s = asked->supervisor;

	remove_from_tables(asked);
	*(asked->previous ? &asked->previous->next : &s->questions) = asked->next;
	*(asked->next ? &asked->next->previous : &s->oldest_question) = asked->previous;
	s->question_count--;
	s->changed = true;
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
	asked->next = s->questions;
	*(asked->next ? &asked->next->previous : &s->oldest_question) = asked;
	s->questions = asked;
	add_to_tables(asked);
	s->question_count++;
	s->asked_count++;
	s->changed = true;
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

/* --- many files of one directory --- */

void question_add_object(struct asked *asked, const char *object)
{
	struct question *question = &asked->question;

	for (size_t i = 0; i < question->object_count; i++)
		if (strcmp(question->objects[i], object) == 0)
			return;
	question->objects_seen++;
	if (question->object_count < QUESTION_OBJECTS_MOST)
		question->objects[question->object_count++] = xstrdup(object);
	asked->changed = true;
}

struct asked *question_joined(struct supervisor *s, enum access_kind kind, const char *object)
{
	_cleanup_free_ char *path = xstrdup(object);

	if (!s->question_count)
		return NULL;
	for (char *slash; (slash = strrchr(path, '/')) && slash != path;) {
		struct asked *asked;

		*slash = '\0';
		asked = question_find(s, kind, path);
		if (asked && asked->joined)
			return asked;
	}
	return NULL;
}

/* The calls of the one wait for the other; their events are told apart by it. */
static void move_waiters(struct asked *from, struct asked *to)
{
	for (struct waiter *w = from->waiters, *next; w; w = next) {
		next = w->next;
		if (!w->event)
			w->event = xstrdup(from->question.event.id);
		question_hold(to, w);
		free(w->event);
		free(w);
	}
	from->waiters = NULL;
}

/* Takes the place of what was asked about: the same id, another object. */
static void make_joined(struct asked *asked, const char *directory)
{
	struct question *question = &asked->question;
	_cleanup_free_ char *first = xstrdup(question->event.object);

	remove_from_tables(asked);
	free(question->event.object);
	question->event.object = xstrdup(directory);
	add_to_tables(asked);
	for (size_t i = 0; i < question->scope_count; i++) {
		free(question->patterns[i]);
		question->patterns[i] = NULL;
	}
	question->scope_count = 1;
	question->scopes[0] = SCOPE_DIR;
	question->patterns[0] = xstrdup(directory);
	asked->joined = asked->is_directory = true;
	asked->by_parent = asked->may_join = false;
	asked->makes = 0;
	question->makes_directory = false;
	free(asked->place);
	asked->place = xstrdup(directory);
	question_add_object(asked, first);
	asked->told = false;
}

struct asked *question_join(struct supervisor *s, enum access_kind kind, const char *object,
			    const char *mask)
{
	_cleanup_free_ char *directory = path_parent(object);
	uint64_t hash = hash_table_hash(&s->by_directory, kind, directory);
	int64_t since = clock_mono_ms() - JOIN_MS;
	struct asked *together[JOIN_LEAST];
	size_t count = 0;

	if (strcmp(directory, "/") == 0)
		return NULL;
	/* The newest come first. */
	for (struct hash_link *link = hash_table_first(&s->by_directory, hash);
	     link && count < JOIN_LEAST - 1; link = hash_table_next(link)) {
		struct asked *asked = hash_element(link, struct asked, by_directory);

		if (asked->may_join && !asked->granting && asked->asked_ms >= since &&
		    (mask ? asked->mask && strcmp(asked->mask, mask) == 0 : !asked->mask))
			together[count++] = asked;
	}
	if (count < JOIN_LEAST - 1)
		return NULL;
	make_joined(together[count - 1], directory);
	for (size_t i = 0; i + 1 < count; i++) {
		question_add_object(together[count - 1], together[i]->question.event.object);
		move_waiters(together[i], together[count - 1]);
		question_resolve(together[i], VERDICT_ASK, NULL, "joined");
	}
	return together[count - 1];
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

	unlink_one(asked);
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

		unlink_one(asked);
		free_one(asked);
	}
	hash_table_free(&s->by_object);
	hash_table_free(&s->by_id);
	hash_table_free(&s->by_directory);
	hash_table_free(&s->by_pin);
}
