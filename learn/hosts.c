/* SPDX-License-Identifier: MIT */
/*
 * Hosts: what was connected to, by name and port, and what rules say. Upstream asks deniedDomains
 * first, so a newer rule that allows a part of what an older one denies works only if the deny is
 * left out; that is right where nothing around it is open, because what is not listed is refused.
 */
#include "learn/draft.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"

/* The text of an entry for what a rule, or an endpoint, covers. NULL where there is none. */
static char *entry_text(enum scope scope, const char *pattern)
{
	char host[HOST_TEXT_SIZE], canonical[HOST_TEXT_SIZE];
	struct buf text = BUF_EMPTY;
	int port;

	switch (scope) {
	case SCOPE_EXACT:
		if (!domain_split_endpoint(pattern, host, &port) ||
		    !host_canonical(host, canonical) || strcmp(host, canonical) != 0)
			return NULL;
		domain_format_endpoint(&text, canonical, port);
		return buf_steal(&text);
	case SCOPE_HOST:
		if (!host_canonical(pattern, canonical) || strcmp(pattern, canonical) != 0)
			return NULL;
		return xasprintf(strchr(pattern, ':') ? "[%s]" : "%s", pattern);
	case SCOPE_DOMAIN:
		if (!host_canonical(pattern, canonical) || strcmp(pattern, canonical) != 0)
			return NULL;
		return xasprintf("*.%s", pattern);
	default:
		return NULL;
	}
}

static void add(struct entries *list, const char *text, enum scope scope, const char *pattern,
		bool ruled, char *why)
{
	struct entry *entry = entries_add(list, text, false, why);

	entry->scope = scope;
	entry->pattern = xstrdup(pattern);
	entry->ruled = ruled;
}

static struct rule region_of(const struct entry *entry)
{
	return (struct rule){ .kind = ACCESS_CONNECT,
			      .scope = entry->scope,
			      .pattern = entry->pattern };
}

static bool is_valid(struct draft *draft, const char *text, const char *shown, bool deny)
{
	if (text && !(deny ? domain_deny_entry_error(text) : domain_allow_entry_error(text)))
		return true;
	draft_note(draft, shown, "cannot be written as an entry for a host; upstream refuses it");
	return false;
}

static void allow_rules(struct draft *draft)
{
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];
		_cleanup_free_ char *text = NULL;

		if (rule->verdict != VERDICT_ALLOW || rule->kind != ACCESS_CONNECT ||
		    !evidence_allow_holds(&draft->evidence, rule))
			continue;
		text = entry_text(rule->scope, rule->pattern);
		if (is_valid(draft, text, rule->pattern, false))
			add(&draft->allowed_domains, text, rule->scope, rule->pattern, true,
			    draft_rule_reason(rule));
	}
}

static bool is_listed(const struct entries *list, const char *endpoint, size_t first)
{
	for (size_t i = 0; i < first; i++) {
		struct rule region = region_of(&list->items[i]);

		if (rule_matches(&region, ACCESS_CONNECT, endpoint))
			return true;
	}
	return false;
}

static void allow_facts(struct draft *draft)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_CONNECT];
	size_t ruled = draft->allowed_domains.count;

	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];
		_cleanup_free_ char *text = NULL;

		if (!fact->allowed ||
		    evidence_judge(&draft->evidence, ACCESS_CONNECT, fact->object, NULL) !=
			    JUDGED_ALLOWED ||
		    is_listed(&draft->allowed_domains, fact->object, ruled))
			continue;
		text = entry_text(SCOPE_EXACT, fact->object);
		if (is_valid(draft, text, fact->object, false))
			add(&draft->allowed_domains, text, SCOPE_EXACT, fact->object, false,
			    draft_reason(ACCESS_CONNECT, fact));
	}
}

/* Rules within rules: the wider one says it all. */
static void fold(struct entries *list)
{
	for (size_t i = list->count; i-- > 0;) {
		struct rule inner = region_of(&list->items[i]);
		bool covered = false;

		for (size_t k = 0; list->items[i].ruled && k < list->count && !covered; k++) {
			struct rule outer = region_of(&list->items[k]);

			covered = k != i && list->items[k].ruled && rule_within(&inner, &outer) &&
				  strcmp(list->items[i].text, list->items[k].text) != 0;
		}
		if (covered)
			entries_remove(list, i);
	}
}

/* What the list holds within and around a region. */
static void look_around(const struct entries *list, const struct rule *region, bool *inside,
			bool *around)
{
	*inside = *around = false;
	for (size_t i = 0; i < list->count; i++) {
		struct rule entry = region_of(&list->items[i]);

		if (rule_within(region, &entry))
			*around = true;
		else if (rule_within(&entry, region))
			*inside = true;
	}
}

static void remove_within(struct draft *draft, const struct rule *region)
{
	struct entries *list = &draft->allowed_domains;

	for (size_t i = list->count; i-- > 0;) {
		struct rule entry = region_of(&list->items[i]);

		if (!rule_within(&entry, region) || rule_within(region, &entry))
			continue;
		draft_note(draft, list->items[i].text,
			   "is allowed, but is part of what is denied in what is allowed: it stays "
			   "closed");
		entries_remove(list, i);
	}
}

static void deny_rules(struct draft *draft)
{
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];
		_cleanup_free_ char *text = NULL;
		bool inside, around;

		if (rule->verdict != VERDICT_DENY || rule->kind != ACCESS_CONNECT ||
		    !evidence_deny_holds(&draft->evidence, rule, ACCESS_CONNECT))
			continue;
		look_around(&draft->allowed_domains, rule, &inside, &around);
		if (inside && !around) {
			draft_note(draft, rule->pattern,
				   "is denied by a rule, and a newer one allows a part: only that "
				   "part "
				   "is opened");
			continue;
		}
		if (inside)
			remove_within(draft, rule);
		text = entry_text(rule->scope, rule->pattern);
		if (is_valid(draft, text, rule->pattern, true))
			add(&draft->denied_domains, text, rule->scope, rule->pattern, true,
			    draft_rule_reason(rule));
	}
}

static void note_unwritable(struct draft *draft, enum access_kind kind, const char *words)
{
	const struct facts *facts = &draft->evidence.facts[kind];

	for (size_t i = 0; i < facts->count; i++)
		if (fact_stands(&facts->items[i])) {
			draft_note(draft, facts->items[i].object, words);
			return;
		}
}

void hosts_list(struct draft *draft)
{
	allow_rules(draft);
	fold(&draft->allowed_domains);
	allow_facts(draft);
	deny_rules(draft);
	entries_sort(&draft->allowed_domains);
	fold(&draft->denied_domains);
	entries_sort(&draft->denied_domains);
	note_unwritable(
		draft, ACCESS_UNIX,
		"unix sockets cannot be allowed one by one on Linux (this one and maybe others "
		"were used)");
	note_unwritable(draft, ACCESS_BIND,
			"listening cannot be allowed on Linux: nobody outside could connect (this "
			"one and maybe others were used)");
}
