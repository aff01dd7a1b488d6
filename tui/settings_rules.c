/* SPDX-License-Identifier: MIT */
#include "tui/settings_rules.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"

void settings_rules_free(struct settings_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct settings_rule *row = &rules->items[i];

		rule_free(&row->rule);
		free(row->entry);
		free(row->shown);
	}
	for (size_t i = 0; i < rules->source_count; i++) {
		free(rules->sources[i].path);
		free(rules->sources[i].mode);
		strings_free(&rules->sources[i].servers);
	}
	free(rules->sources);
	free(rules->items);
	free(rules->trouble);
	memset(rules, 0, sizeof(*rules));
}

static void note(struct settings_rules *rules, const char *path, const char *mode,
		 const char *server)
{
	struct settings_source *source = NULL;

	for (size_t i = 0; i < rules->source_count && source == NULL; i++)
		if (same_text(rules->sources[i].path, path) &&
		    same_text(rules->sources[i].mode, mode))
			source = &rules->sources[i];
	if (source == NULL) {
		grow_array(rules->sources, rules->source_count, rules->source_capacity);
		source = &rules->sources[rules->source_count++];
		*source = (struct settings_source){ .path = xstrdup(path), .mode = xstrdup(mode) };
	}
	if (server != NULL && !strings_contain(&source->servers, server))
		strings_add(&source->servers, server);
}

void settings_rules_note(struct settings_rules *rules, const char *path, const char *mode,
			 const char *server)
{
	if (path != NULL)
		note(rules, path, NULL, server);
	if (mode != NULL)
		note(rules, NULL, mode, server);
}

char *settings_rules_servers(const struct settings_rules *rules, const struct settings_rule *row)
{
	const struct strings *servers = &rules->sources[row->source].servers;

	if (servers->count == 0)
		return xstrdup("new ones");
	return servers->count == 1 ? xstrdup(servers->items[0])
				   : xasprintf("%zu servers", servers->count);
}

/* The new row, for the rest of it; NULL beyond the bound. */
static struct settings_rule *add(struct settings_rules *rules, size_t source, enum access_kind kind,
				 enum verdict verdict, const char *shown)
{
	if (rules->count == SETTINGS_RULES_MOST) {
		rules->more = true;
		return NULL;
	}
	grow_array(rules->items, rules->count, rules->capacity);
	rules->items[rules->count] = (struct settings_rule){
		.rule = { .kind = kind, .verdict = verdict, .duration = DURATION_ALWAYS },
		.shown = xstrdup(shown),
		.source = source,
	};
	return &rules->items[rules->count++];
}

/* --- entries --- */

struct place {
	struct settings_rules *rules;
	size_t source;
	const char *home, *cwd;
};

static void add_paths(const struct place *place, const char *list, enum access_kind kind,
		      enum verdict verdict, const struct settings_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++) {
		const struct settings_path *entry = &paths->items[i];
		bool is_pattern = !entry->literal && strpbrk(entry->path, "*?[") != NULL;
		struct settings_rule *row =
			add(place->rules, place->source, kind, verdict, entry->path);

		if (row == NULL)
			return;
		row->entry = xasprintf("%s %s", list, entry->path);
		row->rule.scope = SCOPE_DIR;
		row->rule.pattern = is_pattern
					    ? xstrdup("")
					    : path_absolute(entry->path, place->home, place->cwd);
	}
}

static void set_hosts(struct rule *rule, const char *entry)
{
	_cleanup_free_ char *host = domain_entry_host(entry);
	char name[HOST_TEXT_SIZE];
	int port;

	if (domain_split_endpoint(entry, name, &port) && strchr(entry, '*') == NULL) {
		rule->scope = SCOPE_EXACT;
		rule->pattern = xstrdup(entry);
	} else if (host != NULL && strncmp(host, "*.", 2) == 0 && strcmp(host, entry) == 0) {
		rule->scope = SCOPE_DOMAIN;
		rule->pattern = xstrdup(host + 2);
	} else if (host != NULL && strchr(entry, '*') == NULL) {
		rule->scope = SCOPE_HOST;
		rule->pattern = xstrdup(host);
	} else {
		rule->scope = SCOPE_HOST;
		rule->pattern = xstrdup("");
	}
}

static void add_hosts(const struct place *place, const char *list, enum verdict verdict,
		      const struct strings *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		struct settings_rule *row =
			add(place->rules, place->source, ACCESS_CONNECT, verdict, hosts->items[i]);

		if (row == NULL)
			return;
		row->entry = xasprintf("%s %s", list, hosts->items[i]);
		set_hosts(&row->rule, hosts->items[i]);
	}
}

/* On every port. */
static bool denies_host(const char *deny, const char *allow)
{
	_cleanup_free_ char *denied = domain_entry_host(deny), *allowed = domain_entry_host(allow);

	return denied != NULL && allowed != NULL && strcmp(denied, deny) == 0 &&
	       domain_entry_covers(deny, allowed);
}

/* What a deny covers of what is allowed; reading again what is hidden (allowRead) is no such case.
 */
static bool says_no(const struct settings_rule *deny, const struct settings_rule *allow)
{
	const struct rule *no = &deny->rule, *yes = &allow->rule;

	if (no->pattern[0] == '\0' || yes->pattern[0] == '\0' || no->verdict != VERDICT_DENY)
		return false;
	if (yes->kind == ACCESS_WRITE)
		return no->kind == ACCESS_WRITE && path_is_below(yes->pattern, no->pattern);
	return yes->kind == ACCESS_CONNECT && no->kind == ACCESS_CONNECT &&
	       denies_host(deny->shown, allow->shown);
}

void settings_rules_add(struct settings_rules *rules, size_t source,
			const struct settings *settings, const char *home, const char *cwd)
{
	const struct place place = { rules, source, home, cwd };
	size_t first = rules->count;

	add_paths(&place, "denyRead", ACCESS_READ, VERDICT_DENY, &settings->deny_read);
	add_paths(&place, "denyWrite", ACCESS_WRITE, VERDICT_DENY, &settings->deny_write);
	add_hosts(&place, "deniedDomains", VERDICT_DENY, &settings->denied_domains);
	add_paths(&place, "allowRead", ACCESS_READ, VERDICT_ALLOW, &settings->allow_read);
	add_paths(&place, "allowWrite", ACCESS_WRITE, VERDICT_ALLOW, &settings->allow_write);
	add_hosts(&place, "allowedDomains", VERDICT_ALLOW, &settings->allowed_domains);
	for (size_t i = first; i < rules->count; i++)
		rules->items[i].length = strlen(rules->items[i].rule.pattern);
	for (size_t i = first; i < rules->count; i++)
		for (size_t k = first; k < i && rules->items[i].rule.verdict == VERDICT_ALLOW; k++)
			rules->items[i].shadowed |= says_no(&rules->items[k], &rules->items[i]);
}

/* --- defaults --- */

static void add_defaults(struct settings_rules *rules, size_t source, const char *mode)
{
	bool asks = strcmp(mode, "ask") == 0, learns = strcmp(mode, "learn") == 0;
	const struct {
		enum access_kind kind;
		enum verdict verdict;
		bool asks;
		const char *shown;
	} defaults[] = {
		{ ACCESS_READ, VERDICT_DENY, true, asks || learns ? "sensitive places" : NULL },
		{ ACCESS_READ, VERDICT_ALLOW, false, "all else" },
		{ ACCESS_WRITE, learns ? VERDICT_ALLOW : VERDICT_DENY, asks, "all else" },
		{ ACCESS_CONNECT, VERDICT_DENY, true, learns ? "private addresses" : NULL },
		{ ACCESS_CONNECT, learns ? VERDICT_ALLOW : VERDICT_DENY, asks, "all else" },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(defaults); i++) {
		struct settings_rule *row;

		if (defaults[i].shown == NULL)
			continue;
		row = add(rules, source, defaults[i].kind, defaults[i].verdict, defaults[i].shown);
		if (row == NULL)
			return;
		row->rule.pattern = xstrdup("");
		row->rule.scope = access_is_file(defaults[i].kind) ? SCOPE_DIR : SCOPE_HOST;
		row->asks = defaults[i].asks;
	}
}

void settings_rules_add_defaults(struct settings_rules *rules)
{
	for (size_t i = 0; i < rules->source_count; i++)
		if (rules->sources[i].mode != NULL)
			add_defaults(rules, i, rules->sources[i].mode);
}

void settings_rules_count(struct settings_rules *rules, const struct rule_use *uses, size_t count)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct settings_rule *row = &rules->items[i];

		for (size_t k = 0; row->entry != NULL && k < count; k++) {
			if (strcmp(uses[k].rule, row->entry) != 0 ||
			    !strings_contain(&rules->sources[row->source].servers, uses[k].server))
				continue;
			row->rule.hits += uses[k].hits;
			if (uses[k].last_ms > row->rule.last_used_ms)
				row->rule.last_used_ms = uses[k].last_ms;
		}
	}
}
