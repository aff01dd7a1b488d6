/* SPDX-License-Identifier: MIT */
/* The rules that end with a session: showing them, and ending one of them before. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

static char *id_of(const struct supervisor *s, const struct rule *rule)
{
	return xasprintf("%s:%" PRId64, s->id, -rule->id);
}

void session_rules_list(struct supervisor *s, struct control_client *client)
{
	struct wire_message message = { .type = WIRE_RULE_LIST };

	message.rules = xcalloc(s->rules.count + 1, sizeof(*message.rules));
	for (size_t i = 0; i < s->rules.count; i++) {
		struct rule *rule = &s->rules.items[i];

		if (rule->id >= 0)
			continue;
		message.rules[message.rule_count].id = id_of(s, rule);
		message.rules[message.rule_count++].rule = *rule;
	}
	control_send(client, &message);
	/* The rules themselves are ours still. */
	for (size_t i = 0; i < message.rule_count; i++)
		free(message.rules[i].id);
	free(message.rules);
}

static size_t find(const struct supervisor *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->rules.count; i++) {
		_cleanup_free_ char *known = NULL;

		if (s->rules.items[i].id >= 0)
			continue;
		known = id_of(s, &s->rules.items[i]);
		if (strcmp(known, id) == 0)
			break;
	}
	return i;
}

void session_rules_revoke(struct supervisor *s, struct control_client *client, const char *id)
{
	uint64_t number = control_client_number(client);
	struct rule rule;
	_cleanup_free_ char *text = NULL;
	size_t at = find(s, id);

	if (at == s->rules.count) {
		question_reply(s, number, id, false,
			       "the session has no such rule (it may have been removed already)");
		return;
	}
	rule = s->rules.items[at];
	s->rules.count--;
	memmove(&s->rules.items[at], &s->rules.items[at + 1],
		(s->rules.count - at) * sizeof(*s->rules.items));
	text = rule_text(&rule);
	rule_free(&rule);
	if (!files_rules_changed(s, number, id, text))
		question_reply(s, number, id, true, text);
}
