/* SPDX-License-Identifier: MIT */
/*
 * Reads are open but for what is listed; with reads closed that is also where people's data lies
 * (closed.c). A directory that is denied becomes an empty one, in which
 * allowRead puts single objects back. A whole directory is put back over something denied in it
 * only where a rule says so, and never over a writable path, which would become read-only.
 */
#include "learn/draft.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

static int unwritable(const char *what, const char *path, struct err *e)
{
	_cleanup_free_ char *shown = escape_string(path);

	return err_set(e, "%s %s is not UTF-8, so no settings file can keep it closed: rename it",
		       what, shown);
}

/* Whether everything of a sensitive path may be read. */
static bool is_lifted(const struct draft *draft, const struct entry *secret)
{
	if (secret->tree)
		return evidence_word(&draft->evidence, ACCESS_READ, secret->text, true,
				     secret->text) == WORD_ALLOW;
	return draft_may(draft, ACCESS_READ, secret->text);
}

static int deny_secrets(struct draft *draft, struct err *e)
{
	for (size_t i = 0; i < draft->secrets.count; i++) {
		const struct entry *secret = &draft->secrets.items[i];

		if (is_lifted(draft, secret))
			continue;
		if (!text_is_utf8(secret->text))
			return unwritable("the sensitive path", secret->text, e);
		entries_add(&draft->deny_read, secret->text, secret->tree,
			    xstrdup("sensitive, and not allowed"));
	}
	return 0;
}

static int deny_ruled(struct draft *draft, struct err *e)
{
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];
		bool tree = rule->scope == SCOPE_DIR;

		if (rule->verdict != VERDICT_DENY ||
		    (rule->kind != ACCESS_READ && rule->kind != ACCESS_EXEC) ||
		    !evidence_deny_holds(&draft->evidence, rule, rule->kind))
			continue;
		/* A directory when it was denied, a file now, and the file is allowed. */
		if (tree && draft_exists(draft, rule->pattern) &&
		    !draft_is_directory(draft, rule->pattern) &&
		    evidence_word(&draft->evidence, rule->kind, rule->pattern, false, NULL) ==
			    WORD_ALLOW)
			continue;
		if (!text_is_utf8(rule->pattern))
			return unwritable("the denied path", rule->pattern, e);
		if (strcmp(rule->pattern, "/") == 0)
			return err_set(e, "a rule denies reading everything: nothing could start "
					  "under such a settings file");
		entries_add(&draft->deny_read, rule->pattern,
			    tree || draft_is_directory(draft, rule->pattern),
			    draft_rule_reason(rule))
			->ruled = true;
		/* Upstream lets it be written, and so shows it again in what is hidden. */
		if (tree && path_is_strictly_below(UPSTREAM_TMPDIR, rule->pattern))
			entries_add(&draft->deny_read, UPSTREAM_TMPDIR, true,
				    draft_rule_reason(rule));
		if (path_is_below(UPSTREAM_TMPDIR, rule->pattern))
			draft_note(draft, rule->pattern,
				   "hiding upstream's own temporary files can break its network, "
				   "and " UPSTREAM_TMPDIR " may be shown again in it");
		if (rule->kind == ACCESS_EXEC)
			draft_note(
				draft, rule->pattern,
				"the format cannot refuse executing alone: reading is denied too");
	}
	return 0;
}

/* What was refused when it was last tried, and no rule allows. */
static int deny_refused(struct draft *draft, enum access_kind kind, struct err *e)
{
	const struct facts *facts = &draft->evidence.facts[kind];
	const struct export_input *input = draft->input;

	for (size_t i = 0; i < facts->count; i++) {
		const char *path = facts->items[i].object;
		const char *secret = draft_secret(draft, path);
		bool tree;

		if (!fact_refused(&facts->items[i]) || !draft_exists(draft, path) ||
		    evidence_word(&draft->evidence, kind, path, false, secret) != WORD_NONE)
			continue;
		tree = draft_is_directory(draft, path);
		/* Directories are not executed; a refused secret is listed as such. */
		if ((tree && kind == ACCESS_EXEC) || (!tree && secret && strcmp(secret, path) == 0))
			continue;
		if (tree &&
		    (is_home_or_above(input, path) || path_is_below(UPSTREAM_TMPDIR, path) ||
		     (input->cwd && path_is_below(input->cwd, path)))) {
			draft_note(
				draft, path,
				"listing it was refused; the format could only hide all below it");
			continue;
		}
		if (!text_is_utf8(path))
			return unwritable("the refused path", path, e);
		entries_add(&draft->deny_read, path, tree, xstrdup("refused when last tried"));
	}
	return 0;
}

/* Whatever opens a directory asks whether one of these is in it. */
static void list_refused(struct draft *draft)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_EXEC };

	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict == VERDICT_DENY &&
		    (rule->kind == ACCESS_READ || rule->kind == ACCESS_EXEC) &&
		    evidence_deny_holds(&draft->evidence, rule, rule->kind))
			entries_add(&draft->refused, rule->pattern, rule->scope == SCOPE_DIR, NULL);
	}
	for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[kinds[k]];

		for (size_t i = 0; i < facts->count; i++)
			if (facts->items[i].denied &&
			    evidence_judge(&draft->evidence, kinds[k], facts->items[i].object,
					   draft_secret(draft, facts->items[i].object)) ==
				    JUDGED_REFUSED)
				entries_add(&draft->refused, facts->items[i].object, false, NULL);
	}
	entries_sort(&draft->refused);
}

int reads_deny(struct draft *draft, struct err *e)
{
	list_refused(draft);
	if (deny_secrets(draft, e) < 0 || deny_ruled(draft, e) < 0 ||
	    deny_refused(draft, ACCESS_READ, e) < 0 || deny_refused(draft, ACCESS_EXEC, e) < 0)
		return -1;
	if (draft->input->reads == READS_CLOSED)
		closed_deny(draft);
	entries_sort(&draft->deny_read);
	return 0;
}

/* A write entry inside the denied directory puts this back already. */
static bool is_put_back_by_write(const struct draft *draft, const char *path,
				 const struct entry *denied)
{
	const struct entry *write = entries_covering(&draft->allow_write, path);

	return write && path_is_strictly_below(write->text, denied->text);
}

static void allow_fact(struct draft *draft, enum access_kind kind, const struct fact *fact,
		       struct entries *wishes)
{
	const struct entry *denied = entries_above(&draft->deny_read, fact->object);
	const struct entry *itself = entries_covering(&draft->deny_read, fact->object);

	if (itself && itself->root && !itself->ruled && strcmp(itself->text, fact->object) == 0 &&
	    fact->allowed && draft_may(draft, ACCESS_READ, fact->object)) {
		draft_note(draft, fact->object,
			   "was listed, and shows only what is put back of it");
		return;
	}
	if (!denied || itself != denied || !fact->allowed ||
	    is_put_back_by_write(draft, fact->object, denied) ||
	    !draft_may(draft, ACCESS_READ, fact->object))
		return;
	if (denied->root) {
		entries_add(wishes, fact->object, false, draft_reason(kind, fact))->scope =
			kind == ACCESS_EXEC ? SCOPE_FILE : SCOPE_EXACT;
		return;
	}
	if (draft_exists(draft, fact->object) && !draft_is_directory(draft, fact->object) &&
	    draft_is_putable(draft, fact->object))
		entries_add(&draft->allow_read, fact->object, false, draft_reason(kind, fact));
}

static void allow_rule(struct draft *draft, const struct rule *rule)
{
	const char *path = rule->pattern, *secret = draft_secret(draft, path);
	const struct entry *denied = entries_above(&draft->deny_read, path);
	bool tree = rule->scope == SCOPE_DIR && draft_is_directory(draft, path);

	if (!denied || entries_covering(&draft->deny_read, path) != denied ||
	    is_put_back_by_write(draft, path, denied))
		return;
	if (!draft_exists(draft, path) || !draft_is_openable(draft, path) ||
	    (!tree && draft_is_directory(draft, path))) {
		draft_note(
			draft, path,
			"is allowed by a rule, but is missing, or is a directory allowed without "
			"what it holds, or is reached through a symbolic link");
		return;
	}
	if (evidence_word(&draft->evidence, ACCESS_READ, path, tree, secret) != WORD_ALLOW ||
	    evidence_word(&draft->evidence, ACCESS_EXEC, path, tree, NULL) == WORD_DENY ||
	    (!tree && !draft_may(draft, ACCESS_READ, path)))
		return;
	if (tree && entries_below(&draft->allow_write, path)) {
		draft_note(draft, path,
			   "is allowed by a rule as a whole, but something in it is writable: only "
			   "what was read is listed");
		return;
	}
	entries_add(&draft->allow_read, path, tree, draft_rule_reason(rule))->ruled = true;
}

void reads_allow(struct draft *draft)
{
	static const enum access_kind kinds[] = { ACCESS_READ, ACCESS_EXEC };
	struct entries wishes = ENTRIES_EMPTY;

	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict == VERDICT_ALLOW && rule->kind == ACCESS_READ &&
		    evidence_allow_holds(&draft->evidence, rule))
			allow_rule(draft, rule);
	}
	for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[kinds[k]];

		for (size_t i = 0; i < facts->count; i++)
			allow_fact(draft, kinds[k], &facts->items[i], &wishes);
	}
	entries_sort(&draft->allow_read);
	entries_fold(&draft->allow_read, draft_masked_between, draft);
	if (draft->input->reads == READS_CLOSED)
		closed_allow(draft, &wishes);
	entries_free(&wishes);
}

/* Something opens what lies between the two: the inner deny is needed to close its part again. */
static bool is_reopened(const void *arg, const struct entry *entry, const struct entry *cover)
{
	const struct draft *draft = arg;
	const struct entries *const lists[] = { &draft->allow_read, &draft->allow_write };

	if (path_is_below(entry->text, UPSTREAM_TMPDIR))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
		const struct entry *opening = entries_above(lists[i], entry->text);

		if (opening && path_is_strictly_below(opening->text, cover->text))
			return true;
	}
	return false;
}

void reads_fold(struct draft *draft)
{
	entries_fold(&draft->deny_read, is_reopened, draft);
}
