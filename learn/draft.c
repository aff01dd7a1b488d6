/* SPDX-License-Identifier: MIT */
#include "learn/draft.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

bool draft_exists(const struct draft *draft, const char *path)
{
	const struct tree_view *tree = &draft->input->tree;

	return tree->exists(tree->tree, path);
}

bool draft_is_directory(const struct draft *draft, const char *path)
{
	const struct tree_view *tree = &draft->input->tree;

	return tree->exists(tree->tree, path) && tree->is_directory(tree->tree, path);
}

bool draft_is_openable(const struct draft *draft, const char *path)
{
	const struct tree_view *tree = &draft->input->tree;

	return text_is_utf8(path) && (!tree->is_direct || tree->is_direct(tree->tree, path));
}

bool draft_is_putable(struct draft *draft, const char *path)
{
	if (draft_is_openable(draft, path))
		return true;
	draft_note(draft, path,
		   "was read, but cannot be listed: a symbolic link leads to it, or its name is not "
		   "UTF-8");
	return false;
}

const char *draft_secret(const struct draft *draft, const char *path)
{
	const struct entry *secret = entries_covering(&draft->secrets, path);

	return secret ? secret->text : NULL;
}

const struct entry *draft_hidden(const struct draft *draft, const char *path)
{
	const struct entry *entry = entries_covering(&draft->deny_read, path);

	return entry && entry->root && !entry->ruled ? NULL : entry;
}

bool draft_may(const struct draft *draft, enum access_kind kind, const char *path)
{
	const char *secret = draft_secret(draft, path);

	if (evidence_judge(&draft->evidence, kind, path, secret) == JUDGED_ALLOWED)
		return true;
	/* Who may write may read. */
	return kind == ACCESS_READ &&
	       evidence_judge(&draft->evidence, ACCESS_WRITE, path, secret) == JUDGED_ALLOWED;
}

bool draft_is_harmless(const struct draft *draft, const char *directory)
{
	const struct tree_view *tree = &draft->input->tree;
	const struct entry *known = entries_at(draft->surveyed, directory);
	struct survey survey;
	bool harmless;

	if (!tree->survey)
		return true;
	/* Looking through a directory is slow, and many objects lie in one. */
	if (known)
		return known->tree;
	tree->survey(tree->tree, directory, &survey);
	harmless = survey.sensitive == 0 && survey.complete;
	entries_insert(draft->surveyed, directory, harmless);
	return harmless;
}

bool draft_masked_between(const void *arg, const struct entry *entry, const struct entry *cover)
{
	const struct draft *draft = arg;
	const struct entry *denied = entries_above(&draft->deny_read, entry->text);

	return denied && path_is_strictly_below(denied->text, cover->text);
}

void draft_note(struct draft *draft, const char *path, const char *words)
{
	entries_add(&draft->notes, path, false, xstrdup(words));
}

char *draft_reason(enum access_kind kind, const struct fact *fact)
{
	static const char *const words[ACCESS_KIND_COUNT] = {
		[ACCESS_READ] = "read",	      [ACCESS_WRITE] = "written",
		[ACCESS_EXEC] = "executed",   [ACCESS_CONNECT] = "connected to",
		[ACCESS_DNS] = "looked up",   [ACCESS_BIND] = "listened on",
		[ACCESS_UNIX] = "connected to",
	};
	struct buf text = BUF_EMPTY;

	buf_addf(&text, "%s %llu time%s in %llu run%s", words[kind],
		 (unsigned long long)fact->count, fact->count == 1 ? "" : "s",
		 (unsigned long long)fact->runs, fact->runs == 1 ? "" : "s");
	if (fact->exe) {
		buf_adds(&text, " by ");
		escape_text(&text, fact->exe, strlen(fact->exe));
	}
	for (size_t i = 0; fact->programs && i < fact->programs->count; i++) {
		buf_adds(&text, i + 1 < fact->programs->count ? ", " : " and ");
		escape_text(&text, fact->programs->items[i], strlen(fact->programs->items[i]));
	}
	return buf_steal(&text);
}

char *draft_rule_reason(const struct rule *rule)
{
	_cleanup_free_ char *text = rule_text(rule);
	struct buf reason = BUF_EMPTY;

	buf_adds(&reason, "rule: ");
	escape_text(&reason, text, strlen(text));
	return buf_steal(&reason);
}
