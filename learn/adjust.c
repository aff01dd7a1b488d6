/* SPDX-License-Identifier: MIT */
#include "learn/adjust.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/path.h"
#include "learn/draft.h"
#include "learn/widen.h"

#define PARTS_MOST 64 /* entries in the place of one */

/* --- wider: paths --- */

static bool is_denied(const struct draft *draft, const char *directory)
{
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict != VERDICT_DENY || !access_is_file(rule->kind))
			continue;
		if (path_is_below(rule->pattern, directory) ||
		    (rule->scope == SCOPE_DIR && path_is_below(directory, rule->pattern)))
			return true;
	}
	return false;
}

/* Also what is allowed by now: that it was refused once is reason enough to name it alone. */
static bool was_refused_inside(const struct draft *draft, const char *directory)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

	for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[kinds[k]];
		const struct fact *itself = evidence_fact(&draft->evidence, kinds[k], directory);

		if (itself && fact_refused(itself))
			return true;
		for (size_t i = facts_below(facts, directory);
		     i < facts->count && path_is_below(facts->items[i].object, directory); i++)
			if (fact_refused(&facts->items[i]))
				return true;
	}
	return entries_covering(&draft->refused, directory) || entries_below(&draft->refused, directory);
}

static bool holds_secret(const struct draft *draft, const char *directory)
{
	return draft_secret(draft, directory) || entries_below(&draft->secrets, directory) ||
	       entries_at(&draft->secrets, directory);
}

/* Why a directory may not be opened; NULL = it may. */
static const char *why_not(const struct draft *draft, enum adjust_list list, const char *directory)
{
	if (is_home_or_above(draft->input, directory))
		return "a home directory is never opened as a whole";
	if (path_depth(directory) < 2 && strcmp(directory, "/tmp") != 0)
		return "a directory right below the root is never opened as a whole";
	if (is_shared_base(draft, directory))
		return "all programs share it";
	if (!draft_is_directory(draft, directory))
		return "there is no such directory";
	if (!draft_is_openable(draft, directory))
		return "a symbolic link leads there, or its name is not UTF-8";
	if (holds_secret(draft, directory))
		return "something sensitive is in it";
	if (is_denied(draft, directory))
		return "a rule denies something in it";
	if (was_refused_inside(draft, directory))
		return "something in it was refused";
	if (list == ADJUST_READ && entries_below(&draft->written, directory))
		return "something in it is written, and would become read-only";
	if (!draft_is_harmless(draft, directory))
		return "something in it looks sensitive by its name, or it is too large to tell";
	if (list == ADJUST_WRITE ? !writes_may_open(draft, directory) : !closed_may_open(draft, directory))
		return "it is hidden, or opens more than anything should";
	return NULL;
}

static char *wider_path(const struct draft *draft, enum adjust_list list, const char *path, struct err *e)
{
	_cleanup_free_ char *directory = path_parent(path);
	const char *why = strcmp(directory, path) == 0 ? "it is the root"
						       : why_not(draft, list, directory);

	if (!why)
		return steal_ptr(&directory);
	err_set(e, "not wider, %s: %s", why, directory);
	return NULL;
}

/* --- wider: hosts --- */

/* What stands behind the host: ":443", or nothing. */
static const char *port_of(const char *entry)
{
	const char *colon = strrchr(entry, ':');

	return colon && !strchr(colon, ']') && colon[1] >= '0' && colon[1] <= '9' ? colon : "";
}

static char *wider_host(const struct draft *draft, const char *entry, struct err *e)
{
	_cleanup_free_ char *host = domain_entry_host(entry), *wider = NULL;
	const char *name = host ? host : "", *parent;
	char canonical[HOST_TEXT_SIZE];

	if (strncmp(name, "*.", 2) == 0)
		name += 2;
	parent = host_canonical(name, canonical) ? domain_parent(canonical) : NULL;
	if (!parent) {
		err_set(e, "not wider, what is above it belongs to many: %s", entry);
		return NULL;
	}
	wider = xasprintf("*.%s%s", parent, port_of(entry));
	if (domain_allow_entry_error(wider) || !hosts_may_open(draft, parent)) {
		err_set(e, "not wider, something in it, or around it, is denied or was refused: %s",
			wider);
		return NULL;
	}
	return steal_ptr(&wider);
}

char *adjust_wider(struct kept_export *kept, enum adjust_list list, const char *entry, struct err *e)
{
	const struct draft *draft = kept_export_draft(kept);

	if (list == ADJUST_HOST)
		return wider_host(draft, entry, e);
	return wider_path(draft, list, entry, e);
}

/* --- narrower --- */

static int add_part(struct strings *entries, char *owned, const char *entry, struct err *e)
{
	if (entries->count && strcmp(entries->items[entries->count - 1], owned) == 0) {
		free(owned);
		return 0;
	}
	strings_take(entries, owned);
	if (entries->count <= PARTS_MOST)
		return 0;
	return err_set(e, "not narrower, more than %d things in it were needed: %s", PARTS_MOST, entry);
}

/* The name below the directory with which the path goes on. */
static char *part_of(const char *directory, const char *path)
{
	size_t length = strlen(directory) + 1;

	return xstrndup(path, length + strcspn(path + length, "/"));
}

static int add_parts(const struct draft *draft, enum access_kind kind, const char *directory,
		     struct strings *entries, struct err *e)
{
	const struct facts *facts = &draft->evidence.facts[kind];

	for (size_t i = facts_below(facts, directory);
	     i < facts->count && path_is_below(facts->items[i].object, directory); i++) {
		const struct fact *fact = &facts->items[i];
		char *part;

		if (!fact->allowed || !draft_may(draft, kind, fact->object))
			continue;
		part = part_of(directory, fact->object);
		/* What is written has to be there when the sandbox starts; what is read and is gone was
		 * not needed for long. */
		if (!draft_exists(draft, part)) {
			free(part);
			if (kind != ACCESS_WRITE)
				continue;
			return err_set(e, "not narrower, files are made in it: %s", directory);
		}
		if (!draft_is_openable(draft, part)) {
			free(part);
			return err_set(e, "not narrower, what is in it cannot be named alone: %s", directory);
		}
		if (add_part(entries, part, directory, e) < 0)
			return -1;
	}
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* By text, each once. */
static void tidy(struct strings *entries)
{
	size_t kept = 0;

	if (entries->count)
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_texts);
	for (size_t i = 0; i < entries->count; i++) {
		if (kept && strcmp(entries->items[kept - 1], entries->items[i]) == 0)
			free(entries->items[i]);
		else
			entries->items[kept++] = entries->items[i];
	}
	entries->count = kept;
}

static int narrower_path(const struct draft *draft, enum adjust_list list, const char *path,
			 struct strings *entries, struct err *e)
{
	if (!draft_is_directory(draft, path))
		return err_set(e, "not narrower, it is one thing already: %s", path);
	if (list == ADJUST_WRITE)
		return add_parts(draft, ACCESS_WRITE, path, entries, e);
	if (add_parts(draft, ACCESS_READ, path, entries, e) < 0)
		return -1;
	return add_parts(draft, ACCESS_EXEC, path, entries, e);
}

static int narrower_host(const struct draft *draft, const char *entry, struct strings *entries,
			 struct err *e)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_CONNECT];

	if (!strchr(entry, '*') && port_of(entry)[0])
		return err_set(e, "not narrower, it is one host and port already: %s", entry);
	for (size_t i = 0; i < facts->count; i++) {
		const char *object = facts->items[i].object;
		char host[HOST_TEXT_SIZE];
		int port;

		if (!facts->items[i].allowed || !domain_split_endpoint(object, host, &port) ||
		    !domain_entry_matches(entry, host, port) || domain_allow_entry_error(object))
			continue;
		if (add_part(entries, xstrdup(object), entry, e) < 0)
			return -1;
	}
	return 0;
}

int adjust_narrower(struct kept_export *kept, enum adjust_list list, const char *entry,
		    struct strings *entries, struct err *e)
{
	const struct draft *draft = kept_export_draft(kept);
	int result = list == ADJUST_HOST ? narrower_host(draft, entry, entries, e)
					 : narrower_path(draft, list, entry, entries, e);

	if (result < 0)
		return -1;
	tidy(entries);
	if (entries->count == 0)
		return err_set(e, "not narrower, nothing that was recorded lies in it: %s", entry);
	return 0;
}
