/* SPDX-License-Identifier: MIT */
/*
 * Hosts: what was connected to, by name and port, and what rules say. Names stay exact unless
 * several of one registrable domain were needed, with nothing refused among them. Upstream asks deniedDomains
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
		char host[HOST_TEXT_SIZE];
		int port;

		if (domain_split_endpoint(endpoint, host, &port) &&
		    domain_entry_matches(list->items[i].text, host, port))
			return true;
	}
	return false;
}

/* --- several hosts of one domain --- */

#define HOSTS_LEAST 3 /* different names below a domain, on one port, stand for all of them there */

struct domain {
	const char *name; /* borrowed from the object of a fact */
	size_t length;
	int port;
	const struct fact *fact; /* of one host below it */
};

struct domains {
	struct domain *items;
	size_t count, capacity;
};

static bool is_allowed(const struct draft *draft, const struct fact *fact)
{
	return fact->allowed && evidence_judge(&draft->evidence, ACCESS_CONNECT, fact->object,
					       NULL) == JUDGED_ALLOWED;
}

/* Every domain that holds the host, up to the registrable one. */
static void add_domains(struct domains *all, const struct fact *fact)
{
	char host[HOST_TEXT_SIZE];
	const char *parent = host;
	int port;

	if (!domain_split_endpoint(fact->object, host, &port))
		return;
	while ((parent = domain_parent(parent))) {
		grow_array(all->items, all->count, all->capacity);
		all->items[all->count++] = (struct domain){ fact->object + (parent - host),
							    strlen(parent), port, fact };
	}
}

/* Deeper ones first, so that three hosts of a.example.com do not open all of example.com. */
static int compare_domains(const void *a, const void *b)
{
	const struct domain *left = a, *right = b;
	int order;

	if (left->length != right->length)
		return left->length > right->length ? -1 : 1;
	order = strncmp(left->name, right->name, left->length);
	if (order == 0)
		order = left->port - right->port;
	return order ? order : strcmp(left->fact->object, right->fact->object);
}

/* Nothing refused, and no rule that denies, is in it or around it. */
bool hosts_may_open(const struct draft *draft, const char *domain)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_CONNECT];
	const struct rule region = { .kind = ACCESS_CONNECT,
				     .scope = SCOPE_DOMAIN,
				     .pattern = (char *)domain };

	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict == VERDICT_DENY && rule->kind == ACCESS_CONNECT &&
		    (rule_within(rule, &region) || rule_within(&region, rule)))
			return false;
	}
	for (size_t i = 0; i < facts->count; i++)
		if (facts->items[i].denied && !is_allowed(draft, &facts->items[i]) &&
		    rule_matches(&region, ACCESS_CONNECT, facts->items[i].object))
			return false;
	return true;
}

/* Counts the hosts of a domain and port that nothing opens yet; *next: where the group ends. */
static size_t count_hosts(const struct draft *draft, const struct domains *all, size_t first,
			  size_t *next)
{
	const struct domain *one = &all->items[first];
	size_t hosts = 0;

	for (*next = first; *next < all->count; ++*next) {
		const struct domain *other = &all->items[*next];

		if (other->length != one->length || other->port != one->port ||
		    strncmp(other->name, one->name, one->length) != 0)
			break;
		hosts += !is_listed(&draft->allowed_domains, other->fact->object,
				    draft->allowed_domains.count);
	}
	return hosts;
}

static void widen_hosts(struct draft *draft)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_CONNECT];
	size_t ruled = draft->allowed_domains.count;
	struct domains all = { 0 };

	for (size_t i = 0; i < facts->count; i++)
		if (is_allowed(draft, &facts->items[i]) &&
		    !is_listed(&draft->allowed_domains, facts->items[i].object, ruled))
			add_domains(&all, &facts->items[i]);
	if (all.count)
		qsort(all.items, all.count, sizeof(*all.items), compare_domains);
	for (size_t first = 0, next; first < all.count; first = next) {
		const struct domain *one = &all.items[first];
		_cleanup_free_ char *name = xstrndup(one->name, one->length);
		_cleanup_free_ char *text = xasprintf("*.%s:%d", name, one->port);
		size_t hosts = count_hosts(draft, &all, first, &next);

		if (hosts >= HOSTS_LEAST && hosts_may_open(draft, name))
			add(&draft->allowed_domains, text, SCOPE_DOMAIN, name, false,
			    xasprintf("%zu hosts of it were connected to", hosts));
	}
	free(all.items);
}

static void allow_facts(struct draft *draft)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_CONNECT];
	size_t listed;

	widen_hosts(draft);
	listed = draft->allowed_domains.count;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];
		_cleanup_free_ char *text = NULL;

		if (!is_allowed(draft, fact) ||
		    is_listed(&draft->allowed_domains, fact->object, listed))
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
