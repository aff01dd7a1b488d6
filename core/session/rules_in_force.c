/* SPDX-License-Identifier: MIT */
/* The rules that a session goes by: those of the store, also as it changes, and its own. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/session/supervisor_parts.h"

static bool has_rules(const struct supervisor *s)
{
	return s->store.ops && !s->options->drop_in;
}

/* Session rules stay; the stored ones are replaced, newest last. False where they cannot be read. */
static bool take_stored(struct supervisor *s)
{
	struct rule *rules = NULL;
	size_t count = 0;

	if (s->store.ops->rules_load(s->store.handle, s->options->server, &rules, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < s->rules.count;) {
		if (s->rules.items[i].duration != DURATION_ALWAYS) {
			i++;
			continue;
		}
		rule_free(&s->rules.items[i]);
		memmove(&s->rules.items[i], &s->rules.items[i + 1],
			(s->rules.count - i - 1) * sizeof(*rules));
		s->rules.count--;
	}
	for (size_t i = count; i-- > 0;)
		rule_list_add(&s->rules, &rules[i]);
	free(rules);
	return true;
}

void rules_load(struct supervisor *s)
{
	if (!has_rules(s))
		return;
	s->store.ops->data_version(s->store.handle, &s->data_version, NULL);
	/* Without them more is asked or refused, never less. */
	(void)take_stored(s);
}

void rules_keep(struct supervisor *s, struct rule *rule)
{
	const struct store *store = &s->store;

	if (rule->duration == DURATION_ALWAYS && store->ops)
		store->ops->rule_add(store->handle, rule, NULL);
	/* A session's own rules are numbered downwards. */
	if (rule->duration == DURATION_SESSION)
		rule->id = --s->next_rule;
	if (rule->duration != DURATION_ONCE) {
		struct rule copy = { 0 };

		rule_copy(&copy, rule);
		rule_list_add(&s->rules, &copy);
	}
	if (rule->verdict == VERDICT_DENY) {
		files_rules_changed(s, 0, NULL, NULL);
		files_tell_denials(s);
	}
}

void rules_reload(struct supervisor *s)
{
	int64_t version;

	if (!has_rules(s) || s->store.ops->data_version(s->store.handle, &version, NULL) < 0 ||
	    version == s->data_version || !take_stored(s))
		return;
	s->data_version = version;
	files_rules_changed(s, 0, NULL, NULL);
	files_tell_denials(s);
}
