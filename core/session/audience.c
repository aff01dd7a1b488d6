/* SPDX-License-Identifier: MIT */
/* What the clients of a session hear of it, and what they ask for. */
#include <stdio.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

/* Where nothing is hidden from reading, or what hides it sees who reads, opens for reading are not looked at. */
static const char *words_reads(const struct supervisor *s)
{
	if (filter_watches_reads(&s->filter))
		return "watched";
	return s->mask_server ? "seen by masks" : "left alone";
}

struct session_info session_describe(struct supervisor *s)
{
	const struct supervisor_options *o = s->options;
	struct session_info info = { .id = s->id,
				      .server = (char *)o->server,
				      .command = s->command_line,
				      .cwd = s->cwd,
				      .mode = (char *)mode_name(o->mode),
				      .settings = (char *)o->settings_path,
				      .level = (char *)watch_level_name(start_watch_level(s)),
				      .reads = (char *)words_reads(s),
				      .state = (char *)(s->ended	     ? "exited"
							: s->test.done ? "running"
								       : "starting"),
				      .banner = s->banner,
				      .pid = getpid(),
				      .child = s->child,
				      .started_ms = s->started_ms,
				      .status = s->ended ? s->result.status : -1,
				      .allowed = s->allowed,
				      .denied = s->denied,
				      .asked = s->asked_count,
				      .pending = s->question_count,
				      .bytes_in = s->bytes_in,
				      .bytes_out = s->bytes_out,
				      .unasked = s->unasked,
				      .lost = journal_lost(s->journal) };

	listeners_list(s, &info);
	publish_list(s->publishing, &info);
	return info;
}

void session_tell(struct supervisor *s)
{
	struct wire_message message = { .type = WIRE_SESSION, .session = session_describe(s) };

	s->changed = false;
	control_broadcast(s->control, &message);
}

void supervisor_tell_event(struct supervisor *s, const struct access_event *event)
{
	struct wire_message message = { .type = WIRE_EVENT, .event = *event };

	control_broadcast(s->control, &message);
}

void supervisor_debug(const struct supervisor *s, const char *what, const char *text, const char *why)
{
	_cleanup_free_ char *shown = NULL;

	if (!s->options->debug)
		return;
	shown = escape_string(text);
	dprintf(STDERR_FILENO, "[SandboxDebug] %s%s%s%s\n", what, shown, why ? ": " : "", why ? why : "");
}

const struct access_event *supervisor_event(struct supervisor *s, const struct access_event *event)
{
	bool fresh;
	const struct access_event *kept = journal_event(s->journal, event, &fresh);

	session_loop_keep_ticking(s);
	/* What only counts up is told with the next tick. */
	if (!fresh)
		return kept;
	supervisor_tell_event(s, kept);
	if (kept->verdict == VERDICT_DENY) {
		_cleanup_free_ char *what = xasprintf("refused %s ", access_kind_name(kept->kind));

		supervisor_debug(s, what, kept->object, kept->why);
	}
	return kept;
}

static void send_event(void *arg, const struct access_event *event)
{
	struct wire_message message = { .type = WIRE_EVENT, .event = *event };

	control_send(arg, &message);
}

void session_broadcast_event(void *arg, const struct access_event *event)
{
	supervisor_tell_event(arg, event);
}

static void send_questions(struct supervisor *s, struct control_client *client)
{
	for (struct asked *a = s->questions; a; a = a->next) {
		struct wire_message message = { .type = WIRE_QUESTION, .question = a->question };

		control_send(client, &message);
	}
}

static void on_attached(void *owner, struct control_client *client, bool dashboard)
{
	struct supervisor *s = owner;
	struct wire_message message = { .type = WIRE_HELLO,
					.version = WIRE_VERSION,
					.can_hold = true,
					.can_rules = true,
					.can_publish = true,
					.session = session_describe(s) };

	session_loop_keep_ticking(s);
	control_send(client, &message);
	/* Scripts read the database, and ask for what is pending. */
	if (!dashboard)
		return;
	journal_recent(s->journal, send_event, client);
	send_questions(s, client);
}

/* It was too slow for some of them; now it has read what there was. */
static void on_caught_up(void *owner, struct control_client *client)
{
	send_questions(owner, client);
}

static void on_answerers(void *owner, size_t count)
{
	struct supervisor *s = owner;

	if (count || s->options->hold_seconds >= 0)
		return;
	for (struct asked *a = s->questions; a; a = a->next)
		if (a->held)
			question_refuse_for_now(a, "nobody is attached to answer");
}

static void on_pending(void *owner, struct control_client *client)
{
	struct supervisor *s = owner;
	struct question *list = xmalloc((s->question_count + 1) * sizeof(*list));
	struct wire_message message = { .type = WIRE_QUESTIONS, .questions = list };

	for (struct asked *a = s->questions; a; a = a->next)
		list[message.question_count++] = a->question;
	/* The oldest first, as they were asked. */
	for (size_t i = 0; i < message.question_count / 2; i++) {
		struct question swap = list[i];

		list[i] = list[message.question_count - 1 - i];
		list[message.question_count - 1 - i] = swap;
	}
	control_send(client, &message);
	free(list);
}

static void on_rules(void *owner, struct control_client *client)
{
	session_rules_list(owner, client);
}

static void on_revoke(void *owner, struct control_client *client, const char *id)
{
	session_rules_revoke(owner, client, id);
}

static void on_answer(void *owner, struct control_client *client, const struct wire_message *message)
{
	question_answer(owner, client, message);
}

static void on_hold(void *owner, const char *id)
{
	question_prolong(owner, id);
}

static void on_publish(void *owner, struct control_client *client,
		       const struct wire_message *message)
{
	publish_asked(owner, client, message);
}

int session_listen(struct supervisor *s, struct err *e)
{
	static const struct control_callbacks callbacks = { on_attached, on_answerers, on_pending,
							    on_answer, on_hold, on_rules, on_revoke,
							    on_caught_up, on_publish };

	s->control = control_new(s->base, s->socket_path, &callbacks, s, e);
	return s->control ? 0 : -1;
}
