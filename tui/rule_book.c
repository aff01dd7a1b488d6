/* SPDX-License-Identifier: MIT */
#include "tui/rule_book.h"

#include <string.h>

#include "core/base/mem.h"

static bool same_rule(const struct rule *a, const struct rule *b)
{
	return a->kind == b->kind && a->verdict == b->verdict && a->scope == b->scope &&
	       same_text(a->server, b->server) && same_text(a->pattern, b->pattern);
}

static void free_row(struct rule_row *row)
{
	rule_free(&row->rule);
	free(row->id);
}

static void forget_shown(struct rule_book *list)
{
	rule_free(&list->shown);
	free(list->facts.entry);
	free(list->facts.place);
	free(list->facts.servers);
	free(list->facts.server);
	memset(&list->facts, 0, sizeof(list->facts));
	access_rows_free(list->accesses, list->access_count);
	list->accesses = NULL;
	list->access_count = 0;
	list->matched_wanted = list->matched_known = list->matched_more = false;
}

void rule_book_free(struct rule_book *list)
{
	rules_free(list->kept, list->kept_count);
	rules_free(list->disabled, list->disabled_count);
	for (size_t i = 0; i < list->session_count; i++)
		free_row(&list->of_sessions[i]);
	free(list->of_sessions);
	for (size_t i = 0; i < list->change_count; i++) {
		rule_free(&list->changes[i].removed);
		rule_free(&list->changes[i].added);
	}
	free(list->rows);
	free(list->overruled);
	free(list->trouble);
	settings_rules_free(&list->settings);
	forget_shown(list);
	memset(list, 0, sizeof(*list));
}

/* An access of the kind that the older rule speaks about, at the edge of what it covers. */
static char *widest_object(const struct rule *rule)
{
	switch (rule->scope) {
	case SCOPE_HOST:
		return xasprintf("%s:1", rule->pattern);
	case SCOPE_DOMAIN:
		return xasprintf("x.%s:1", rule->pattern);
	case SCOPE_DIR:
		return xasprintf("%s/x", strcmp(rule->pattern, "/") == 0 ? "" : rule->pattern);
	default:
		return xstrdup(rule->pattern);
	}
}

/* `object`: the widest of the older one. Whoever they are for. */
static bool covers(const struct rule *newer, const struct rule *older, const char *object)
{
	bool whole = newer->scope == SCOPE_EXACT || newer->scope == SCOPE_FILE;

	/* What covers one thing covers nothing wider. */
	if (whole && older->scope != SCOPE_EXACT && older->scope != SCOPE_FILE)
		return false;
	if (older->scope == SCOPE_DOMAIN && newer->scope != SCOPE_DOMAIN)
		return false;
	return rule_matches(newer, older->kind, object) &&
	       (older->scope != SCOPE_DIR || rule_matches(newer, older->kind, older->pattern));
}

bool rule_shadows(const struct rule *newer, const struct rule *older)
{
	_cleanup_free_ char *object = NULL;

	if (!same_text(newer->server, older->server) || newer->pattern == NULL ||
	    older->pattern == NULL)
		return false;
	object = widest_object(older);
	return covers(newer, older, object);
}

/* allowRead puts back a part of what denyRead hides. */
static bool is_put_back(const struct settings_rules *settings, size_t source, const struct rule *rule,
			const char *object)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct settings_rule *entry = &settings->items[i];

		if (entry->source == source && entry->rule.verdict == VERDICT_ALLOW &&
		    entry->rule.kind == ACCESS_READ && entry->rule.pattern[0] != '\0' &&
		    covers(&entry->rule, &(struct rule){ .kind = ACCESS_READ, .scope = rule->scope,
							 .pattern = rule->pattern }, object))
			return true;
	}
	return false;
}

/* What is no file, or a file at or below the pattern: most are not, and that is told at once. */
static bool may_cover(const struct settings_rule *entry, const struct rule *rule, const char *object)
{
	if (entry->entry == NULL || entry->rule.verdict != VERDICT_DENY || entry->length == 0 ||
	    access_is_file(entry->rule.kind) != access_is_file(rule->kind))
		return false;
	return !access_is_file(rule->kind) || strncmp(entry->rule.pattern, object, entry->length) == 0;
}

/* An explicit deny of a settings file goes before what a person allows. Its index + 1, 0 = none. */
static size_t find_deny(const struct settings_rules *settings, const struct rule *rule, const char *object)
{
	for (size_t i = 0; rule->verdict == VERDICT_ALLOW && i < settings->count; i++) {
		const struct settings_rule *entry = &settings->items[i];

		if (may_cover(entry, rule, object) && covers(&entry->rule, rule, object) &&
		    strings_contain(&settings->sources[entry->source].servers, rule->server) &&
		    !is_put_back(settings, entry->source, rule, object))
			return i + 1;
	}
	return 0;
}

static void find_overruled(struct rule_book *list)
{
	list->overruled = xrealloc(list->overruled, list->kept_count + 1, sizeof(*list->overruled));
	for (size_t i = 0; i < list->kept_count; i++) {
		const struct rule *rule = &list->kept[i];
		struct rule_overruled *by = &list->overruled[i];
		_cleanup_free_ char *object = widest_object(rule);

		*by = (struct rule_overruled){ 0, 0 };
		for (size_t k = 0; k < i && by->by_rule == 0; k++)
			if (same_text(list->kept[k].server, rule->server) &&
			    covers(&list->kept[k], rule, object))
				by->by_rule = k + 1;
		if (by->by_rule == 0)
			by->by_settings = find_deny(&list->settings, rule, object);
	}
}

/* Borrowed from the lists that the rows are made of. */
static void add_row(struct rule_book *list, const struct rule *rule, enum rule_origin origin)
{
	list->rows[list->count++] = (struct rule_row){ .rule = *rule, .origin = origin };
}

static void add_kept(struct rule_book *list)
{
	for (size_t i = 0; i < list->kept_count; i++) {
		const struct rule_overruled *by = &list->overruled[i];
		struct rule_row *row = &list->rows[list->count];

		add_row(list, &list->kept[i], RULE_KEPT);
		if (by->by_rule > 0)
			row->shadow = &list->kept[by->by_rule - 1];
		else if (by->by_settings > 0)
			row->settings = &list->settings.items[by->by_settings - 1];
	}
}

static void add_settings(struct rule_book *list)
{
	for (size_t i = 0; i < list->settings.count; i++) {
		const struct settings_rule *entry = &list->settings.items[i];

		list->rows[list->count++] = (struct rule_row){
			.rule = entry->rule,
			.origin = entry->entry != NULL ? RULE_OF_SETTINGS : RULE_DEFAULT,
			.settings = entry,
		};
	}
}

static void make_rows(struct rule_book *list)
{
	list->rows = xrealloc(list->rows,
			      list->kept_count + list->disabled_count + list->session_count +
				      list->settings.count + 1,
			      sizeof(*list->rows));
	list->count = 0;
	for (size_t i = list->session_count; i-- > 0;)
		list->rows[list->count++] = list->of_sessions[i];
	for (size_t i = list->disabled_count; i-- > 0;)
		add_row(list, &list->disabled[i], RULE_DISABLED);
	add_kept(list);
	add_settings(list);
}

void rule_book_take_settings(struct rule_book *list, struct settings_rules *settings)
{
	settings_rules_free(&list->settings);
	list->settings = *settings;
	memset(settings, 0, sizeof(*settings));
	list->settings_known = true;
	find_overruled(list);
	make_rows(list);
}

void rule_book_open(struct rule_book *list, const struct rule_row *row)
{
	const struct settings_rule *entry = row->settings;

	forget_shown(list);
	rule_copy(&list->shown, &row->rule);
	list->opened++;
	/* Nothing tells what a default has decided. */
	list->matched_wanted = row->origin != RULE_DEFAULT;
	list->matched_known = row->origin == RULE_DEFAULT;
	if (row->origin == RULE_OF_SETTINGS || row->origin == RULE_DEFAULT) {
		const struct settings_source *source = &list->settings.sources[entry->source];

		list->facts = (struct rule_facts){
			.entry = xstrdup(entry->entry != NULL ? entry->entry : entry->shown),
			.place = source->path != NULL ? xstrdup(source->path)
						      : xasprintf("what mode %s does", source->mode),
			.servers = settings_rules_servers(&list->settings, entry),
			.is_default = row->origin == RULE_DEFAULT,
			.server = source->servers.count == 1 ? xstrdup(source->servers.items[0]) : NULL,
		};
	}
}

void rule_book_take_matched(struct rule_book *list, struct access_row *rows, size_t count, bool more)
{
	access_rows_free(list->accesses, list->access_count);
	list->accesses = rows;
	list->access_count = count;
	list->matched_more = more;
	list->matched_known = true;
}

/* A rule never changes, but for how often it was used. */
static bool are_kept(const struct rule_book *list, const struct rule *rules, size_t count)
{
	if (list->overruled == NULL || list->kept_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list->kept[i].id != rules[i].id)
			return false;
	return true;
}

void rule_book_take(struct rule_book *list, struct rule *rules, size_t count)
{
	bool same = are_kept(list, rules, count);

	rules_free(list->kept, list->kept_count);
	list->kept = rules;
	list->kept_count = count;
	if (!same)
		find_overruled(list);
	list->known = true;
	free(steal_ptr(&list->trouble));
	make_rows(list);
}

void rule_book_take_disabled(struct rule_book *list, struct rule *rules, size_t count)
{
	rules_free(list->disabled, list->disabled_count);
	/* From the last row to the first: the newest comes first on the screen. */
	for (size_t i = 0; i < count / 2; i++) {
		struct rule other = rules[i];

		rules[i] = rules[count - 1 - i];
		rules[count - 1 - i] = other;
	}
	list->disabled = rules;
	list->disabled_count = list->disabled_capacity = count;
	make_rows(list);
}

void rule_book_failed(struct rule_book *list, const char *why)
{
	free(list->trouble);
	list->trouble = xstrdup(why);
}

void rule_book_add_session_rule(struct rule_book *list, const struct rule *rule, unsigned session,
				const char *id)
{
	struct rule_row row = { .origin = RULE_OF_SESSION, .session = session, .id = xstrdup(id) };

	rule_copy(&row.rule, rule);
	grow_array(list->of_sessions, list->session_count, list->session_capacity);
	list->of_sessions[list->session_count++] = row;
	make_rows(list);
}

void rule_book_drop_session(struct rule_book *list, unsigned session)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->session_count; i++)
		if (list->of_sessions[i].session == session)
			free_row(&list->of_sessions[i]);
		else
			list->of_sessions[kept++] = list->of_sessions[i];
	if (kept == list->session_count)
		return;
	list->session_count = kept;
	make_rows(list);
}

void rule_book_forget_disabled(struct rule_book *list, const struct rule *rule)
{
	for (size_t i = 0; i < list->disabled_count; i++)
		if (same_rule(&list->disabled[i], rule)) {
			rule_free(&list->disabled[i]);
			list->disabled_count--;
			memmove(&list->disabled[i], &list->disabled[i + 1],
				(list->disabled_count - i) * sizeof(*list->disabled));
			make_rows(list);
			return;
		}
}

static void drop_kept(struct rule_book *list, int64_t id)
{
	for (size_t i = 0; i < list->kept_count; i++)
		if (list->kept[i].id == id) {
			rule_free(&list->kept[i]);
			list->kept_count--;
			memmove(&list->kept[i], &list->kept[i + 1],
				(list->kept_count - i) * sizeof(*list->kept));
			return;
		}
}

void rule_book_changed(struct rule_book *list, struct rule_change *change, bool disabled)
{
	if (disabled) {
		grow_array(list->disabled, list->disabled_count, list->disabled_capacity);
		rule_copy(&list->disabled[list->disabled_count++], &change->removed);
	}
	if (change->removed.pattern != NULL)
		drop_kept(list, change->removed.id);
	if (change->added.pattern != NULL)
		rule_book_forget_disabled(list, &change->added);
	if (list->change_count == RULE_CHANGES_MOST) {
		rule_free(&list->changes[0].removed);
		rule_free(&list->changes[0].added);
		list->change_count--;
		memmove(&list->changes[0], &list->changes[1],
			list->change_count * sizeof(*list->changes));
	}
	list->changes[list->change_count++] = *change;
	memset(change, 0, sizeof(*change));
	find_overruled(list);
	make_rows(list);
}

const struct rule_row *rule_book_selected(const struct rule_book *list)
{
	return list->list.selected < list->count ? &list->rows[list->list.selected] : NULL;
}
