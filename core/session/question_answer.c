/* SPDX-License-Identifier: MIT */
/* What a person answers, and what the person is told. */
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

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
	rules_keep(s, &rule);
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
	rules_keep(s, &rule);
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
