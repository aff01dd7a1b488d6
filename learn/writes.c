/* SPDX-License-Identifier: MIT */
/*
 * Writes are closed but for what is listed. An entry must exist when the sandbox starts, so what
 * was made, is gone again, or has a name that will be another one is listed as a directory: of its
 * tool, above the name that passes, or the one that holds it. That opens more than was seen, and is
 * therefore done only where nothing speaks against it: never "/", a top-level
 * directory other than /tmp, or a home directory as a whole, never inside something sensitive, and
 * what was refused below such a directory is listed in denyWrite.
 */
#include "learn/draft.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "learn/names.h"
#include "learn/widen.h"

/* What upstream lets be written in any case, beside UPSTREAM_TMPDIR. */
static const char *const defaults_in_home[] = { ".npm/_logs", ".claude/debug" };

#define SIBLINGS_LEAST 3
#define REFUSED_MOST 64 /* below one directory; with more of them it is not opened as a whole */

static bool is_below_any(const char *path, const char *const *roots)
{
	for (; *roots; roots++)
		if (path_is_below(path, *roots))
			return true;
	return false;
}

/* Made anew in every sandbox. */
static bool is_private_to_sandbox(const char *path)
{
	static const char *const roots[] = { "/dev", "/proc", "/sys", NULL };

	return is_below_any(path, roots);
}

/* Another name next time, or a name beside a file that is replaced or guarded. */
static bool has_passing_name(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return name_is_companion(name) || name_part_passes(name_examine(name, NULL));
}

static char *nearest_directory(const struct draft *draft, const char *path)
{
	char *directory = path_parent(path);

	while (strcmp(directory, "/") != 0 && !draft_is_directory(draft, directory)) {
		char *parent = path_parent(directory);

		free(directory);
		directory = parent;
	}
	return directory;
}

/* Hidden for that: opening it for writing would show it again. */
static bool is_refused_execution(const struct draft *draft, const char *path)
{
	return evidence_word(&draft->evidence, ACCESS_EXEC, path, true, NULL) == WORD_DENY;
}

/* Whether all below a directory may be opened because of single accesses there. */
static bool may_open_whole(const struct draft *draft, const char *directory)
{
	const char *secret = draft_secret(draft, directory);
	enum word word = evidence_word(&draft->evidence, ACCESS_WRITE, directory, true, secret);

	if (is_refused_execution(draft, directory))
		return false;
	if (is_home_or_above(draft->input, directory) || is_private_to_sandbox(directory) ||
	    is_shared_base(draft, directory) ||
	    (path_depth(directory) < 2 && strcmp(directory, "/tmp") != 0) ||
	    !draft_is_openable(draft, directory) || word == WORD_DENY)
		return false;
	if (word == WORD_ALLOW)
		return true;
	return !secret && !draft_hidden(draft, directory) &&
	       evidence_judge(&draft->evidence, ACCESS_WRITE, directory, NULL) != JUDGED_REFUSED;
}

bool writes_may_open(const struct draft *draft, const char *directory)
{
	return draft_is_directory(draft, directory) && may_open_whole(draft, directory);
}

static bool may_widen(const struct draft *draft, const char *directory, const void *arg)
{
	const struct strings *closed = arg;

	return writes_may_open(draft, directory) && !strings_contain(closed, directory);
}

/* Above the first directory that the program made under a name that will be another one. */
static char *above_passing(const struct draft *draft, const char *path, char **where)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *directory = xstrndup(path, (size_t)(slash - path));
		enum name_part part = name_examine(strrchr(directory, '/') + 1, NULL);
		const struct fact *fact =
			name_part_passes(part) ?
				evidence_fact(&draft->evidence, ACCESS_WRITE, directory) :
				NULL;

		if (fact && fact->created) {
			*where = xasprintf("the name of a directory made there is %s",
					   name_part_words(part));
			return path_parent(directory);
		}
	}
	return NULL;
}

static char *made_there(const char *path)
{
	enum name_part part = name_examine(strrchr(path, '/') + 1, NULL);

	if (!name_part_passes(part))
		return xstrdup("files are made there");
	return xasprintf("a name there is %s, and will be another one", name_part_words(part));
}

/* The directory that lets things like `path` be made, with the reason in *where; NULL if there is none
 * that may be opened. Caller frees both. */
static char *directory_for(const struct draft *draft, const char *path, bool is_directory,
			   const struct strings *closed, char **where)
{
	const char *tool = NULL;
	char *directory = widen_tool(draft, path, false, &tool);

	if (directory && may_widen(draft, directory, closed)) {
		*where = xstrdup(tool);
		return directory;
	}
	free(directory);
	directory = above_passing(draft, path, where);
	if (directory && may_widen(draft, directory, closed))
		return directory;
	free(directory);
	free(*where);
	*where = is_directory ? NULL : made_there(path);
	directory = is_directory ? xstrdup(path) : nearest_directory(draft, path);
	if (may_widen(draft, directory, closed))
		return directory;
	free(directory);
	return NULL;
}

static const char missing_tool[] =
	"was written to, but does not exist now: make the directory, and export again";

/* The program's own directory is missing: the one to make, once for all that goes into it. */
static bool note_missing_tool(struct draft *draft, const char *path)
{
	const char *why = NULL;
	_cleanup_free_ char *directory = widen_tool(draft, path, false, &why);

	if (!directory || draft_exists(draft, directory))
		return false;
	draft_note(draft, directory, missing_tool);
	return true;
}

static const char no_entry[] =
	"was written, but nothing can be listed for it: the directory to open would hold too much, "
	"or "
	"is sensitive or refused; make the file first, or name a directory by a rule";

/* Lists what lets `path` be written; `made`: it did not exist before. */
static void allow_path(struct draft *draft, const char *path, bool made, bool ruled, char *why,
		       const struct strings *closed)
{
	bool is_directory = draft_is_directory(draft, path);
	bool is_file = !is_directory && draft_exists(draft, path);
	_cleanup_free_ char *reason = why, *directory = NULL;

	if (!is_file || made || has_passing_name(path)) {
		_cleanup_free_ char *where = NULL;

		directory = directory_for(draft, path, is_directory, closed, &where);
		if (directory) {
			entries_add(&draft->allow_write, directory, true,
				    where ? xasprintf("%s; %s", reason, where) :
					    steal_ptr(&reason));
			return;
		}
	}
	if (!is_file || !draft_is_openable(draft, path) || !draft_may(draft, ACCESS_WRITE, path)) {
		if (!note_missing_tool(draft, path))
			draft_note(draft, path, no_entry);
		return;
	}
	if (made || has_passing_name(path))
		draft_note(
			draft, path,
			"was made by the program, but only the file can be listed: it must exist "
			"when the sandbox starts");
	else if (draft_hidden(draft, path))
		draft_note(draft, path,
			   "is listed alone in a hidden directory: files made beside it are lost");
	entries_add(&draft->allow_write, path, false, steal_ptr(&reason))->ruled = ruled;
}

static void allow_rule(struct draft *draft, const struct rule *rule, const struct strings *closed)
{
	const char *path = rule->pattern;
	const char *secret = draft_secret(draft, path);

	if (rule->scope != SCOPE_DIR) {
		if (draft_may(draft, ACCESS_WRITE, path) && !is_private_to_sandbox(path))
			allow_path(draft, path, false, true, draft_rule_reason(rule), closed);
		return;
	}
	if (is_home_or_above(draft->input, path)) {
		draft_note(draft, path,
			   "is allowed by a rule, but a whole home directory is never opened: what "
			   "was "
			   "written below it is listed");
		return;
	}
	if (is_private_to_sandbox(path) || is_refused_execution(draft, path) ||
	    evidence_word(&draft->evidence, ACCESS_WRITE, path, true, secret) != WORD_ALLOW)
		return;
	if (!draft_is_directory(draft, path) || !draft_is_openable(draft, path)) {
		draft_note(
			draft, path,
			"is allowed by a rule, but is missing or reached through a symbolic link: "
			"make the directory, or name the one it leads to");
		return;
	}
	entries_add(&draft->allow_write, path, true, draft_rule_reason(rule))->ruled = true;
}

static bool is_wanted(const struct draft *draft, const struct fact *fact)
{
	return fact->allowed && draft_may(draft, ACCESS_WRITE, fact->object) &&
	       !is_private_to_sandbox(fact->object);
}

/* Covered, and not hidden again by a mask in between. */
static bool is_opened(const struct draft *draft, const struct entries *open, const char *path)
{
	const struct entry *entry = entries_covering(open, path);
	const struct entry *denied = entries_above(&draft->deny_read, path);

	return entry && !(denied && path_is_strictly_below(denied->text, entry->text));
}

/* A cache is its tool's to arrange: the next run makes other names in it, beside what a person's
 * answers have named. */
static void allow_cache(struct draft *draft, const struct fact *fact, const struct strings *closed)
{
	const char *why = NULL;
	_cleanup_free_ char *cache = widen_tool(draft, fact->object, true, &why);

	if (cache && may_widen(draft, cache, closed))
		entries_add(&draft->allow_write, cache, true,
			    xasprintf("files were made in it; %s", why));
}

static void collect(struct draft *draft, const struct strings *closed)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_WRITE];
	struct widening widening = { draft, &draft->allow_write, may_widen, closed };
	struct entries ruled;
	bool needs_tmpdir = false;

	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict == VERDICT_ALLOW && rule->kind == ACCESS_WRITE &&
		    evidence_allow_holds(&draft->evidence, rule))
			allow_rule(draft, rule, closed);
	}
	entries_sort(&draft->allow_write);
	ruled = draft->allow_write;
	draft->allow_write = (struct entries)ENTRIES_EMPTY;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];

		if (!is_wanted(draft, fact))
			continue;
		if (is_opened(draft, &ruled, fact->object)) {
			if (fact->created)
				allow_cache(draft, fact, closed);
			continue;
		}
		if (path_is_below(fact->object, UPSTREAM_TMPDIR)) {
			needs_tmpdir = true;
			continue;
		}
		allow_path(draft, fact->object, fact->created, false,
			   draft_reason(ACCESS_WRITE, fact), closed);
	}
	entries_sort(&draft->allow_write);
	widen_shapes(&widening);
	widen_siblings(&widening, SIBLINGS_LEAST, true);
	if (needs_tmpdir)
		draft_note(draft, UPSTREAM_TMPDIR,
			   "upstream points TMPDIR there and lets it be written, but does not make "
			   "it");
	for (size_t i = 0; i < ruled.count; i++) {
		struct entry *entry = &ruled.items[i];

		entries_add(&draft->allow_write, entry->text, entry->tree, steal_ptr(&entry->why))
			->ruled = entry->ruled;
	}
	entries_free(&ruled);
	entries_sort(&draft->allow_write);
}

/* The directory in which the path would be open, though it is refused itself; NULL if it is none. */
static const struct entry *refused_inside(const struct draft *draft, const char *path)
{
	const struct entry *open = entries_covering(&draft->allow_write, path);

	return open && open->tree &&
			       evidence_judge(&draft->evidence, ACCESS_WRITE, path,
					      draft_secret(draft, path)) == JUDGED_REFUSED ?
		       open :
		       NULL;
}

/* The same where nothing else keeps it closed. What a rule denies has an entry of its own. */
static const struct entry *opened_by_guess(const struct draft *draft, const char *path)
{
	const struct entry *open = refused_inside(draft, path);
	const struct entry *denied = entries_covering(&draft->deny_read, path);

	if (!open ||
	    evidence_word(&draft->evidence, ACCESS_WRITE, path, false, NULL) == WORD_DENY)
		return NULL;
	/* Hidden, and so not writable. A mask needs something to lie over. */
	if (denied && path_is_below(denied->text, open->text) && draft_exists(draft, denied->text))
		return NULL;
	return open;
}

/* The objects that were written, as entries, to ask what lies below a directory. Also what may not be
 * any more: a deny that is added must not make room for a wider entry. */
static void list_written(const struct draft *draft, struct entries *written)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_WRITE];

	for (size_t i = 0; i < facts->count; i++)
		if (facts->items[i].allowed)
			entries_add(written, facts->items[i].object, false, NULL);
	entries_sort(written);
}

/* The path lies in what upstream lets be written, or such a directory lies in it. */
static bool meets_default(const struct draft *draft, const char *path)
{
	bool meets = path_is_below(path, UPSTREAM_TMPDIR) || path_is_below(UPSTREAM_TMPDIR, path);

	for (size_t i = 0; i < ARRAY_LENGTH(defaults_in_home) && !meets; i++) {
		_cleanup_free_ char *open = path_join(draft->input->home, defaults_in_home[i]);

		meets = path_is_below(path, open) || path_is_below(open, path);
	}
	return meets;
}

static const enum access_kind file_kinds[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC };

/* Adds to `closed` the directories that cannot be opened as a whole after all. */
static bool find_closed(const struct draft *draft, struct strings *closed)
{
	_cleanup_free_ size_t *refused = xcalloc(draft->allow_write.count + 1, sizeof(*refused));
	struct entries written = ENTRIES_EMPTY;
	size_t before = closed->count;

	list_written(draft, &written);
	for (size_t k = 0; k < ARRAY_LENGTH(file_kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[file_kinds[k]];

		for (size_t i = 0; i < facts->count; i++) {
			const char *path = facts->items[i].object;
			const struct entry *open = facts->items[i].denied ?
							   refused_inside(draft, path) :
							   NULL;
			size_t index = open ? (size_t)(open - draft->allow_write.items) : 0;

			if (!open || refused[index] > REFUSED_MOST)
				continue;
			if (entries_below(&written, path) ||
			    entries_below(&draft->allow_write, path)) {
				refused[index] = REFUSED_MOST + 1;
				continue;
			}
			if (!opened_by_guess(draft, path))
				continue;
			refused[index]++;
			if (!text_is_utf8(path) || strcmp(path, open->text) == 0)
				refused[index] = REFUSED_MOST + 1;
		}
	}
	/* A sensitive directory in it would be protected as a whole, with what may be written there. */
	for (size_t i = 0; i < draft->secrets.count; i++) {
		const char *path = draft->secrets.items[i].text;
		const struct entry *open = entries_above(&draft->allow_write, path);

		if (open && open->tree && !open->ruled && entries_below(&written, path) &&
		    evidence_word(&draft->evidence, ACCESS_WRITE, path, true, path) != WORD_ALLOW)
			refused[open - draft->allow_write.items] = REFUSED_MOST + 1;
	}
	for (size_t i = 0; i < draft->allow_write.count; i++)
		if (refused[i] > REFUSED_MOST &&
		    !strings_contain(closed, draft->allow_write.items[i].text))
			strings_add(closed, draft->allow_write.items[i].text);
	entries_free(&written);
	return closed->count > before;
}

/* What is answered by making a directory that is noted needs no note of its own: those above it. */
static void drop_answered_notes(struct draft *draft)
{
	struct entries *notes = &draft->notes, missing = ENTRIES_EMPTY;

	for (size_t i = 0; i < notes->count; i++)
		if (strcmp(notes->items[i].why, missing_tool) == 0)
			entries_add(&missing, notes->items[i].text, false, NULL);
	entries_sort(&missing);
	for (size_t i = notes->count; i-- > 0 && missing.count;)
		if (strcmp(notes->items[i].why, no_entry) == 0 &&
		    (entries_at(&missing, notes->items[i].text) ||
		     entries_below(&missing, notes->items[i].text)))
			entries_remove(notes, i);
	entries_free(&missing);
}

void writes_allow(struct draft *draft)
{
	_cleanup_strings_ struct strings closed = STRINGS_EMPTY;
	size_t notes = draft->notes.count;

	for (;;) {
		collect(draft, &closed);
		if (!find_closed(draft, &closed)) {
			drop_answered_notes(draft);
			return;
		}
		entries_free(&draft->allow_write);
		while (draft->notes.count > notes)
			entries_remove(&draft->notes, draft->notes.count - 1);
	}
}

/* --- denyWrite --- */

static void remove_below(struct draft *draft, const char *path)
{
	for (size_t i = draft->allow_write.count; i-- > 0;) {
		const char *text = draft->allow_write.items[i].text;

		if (!path_is_below(text, path))
			continue;
		draft_note(draft, text,
			   "is allowed, but lies in a directory that is denied in one that is "
			   "allowed: "
			   "it stays closed");
		entries_remove(&draft->allow_write, i);
	}
}

static bool has_entry_within(const struct draft *draft, const char *path)
{
	const struct entry *entry = entries_covering(&draft->allow_write, path);

	return entries_below(&draft->allow_write, path) ||
	       (entry && strcmp(entry->text, path) == 0);
}

/* What is denied for reading is hidden, and so not writable: if there is something to hide, and
 * upstream does not put a part of it back. */
static bool needs_deny_beside_mask(const struct draft *draft, const char *path)
{
	const struct entry *denied = entries_covering(&draft->deny_read, path);

	if (meets_default(draft, path))
		return true;
	return entries_above(&draft->allow_write, path) &&
	       !(denied && strcmp(denied->text, path) == 0 && draft_exists(draft, path));
}

/* A newer rule that allows a part of what is denied works only if the deny is left out, which is
 * right where nothing around it is open. */
static int deny_ruled(struct draft *draft, struct err *e)
{
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict != VERDICT_DENY || rule->kind == ACCESS_CONNECT ||
		    !evidence_deny_holds(&draft->evidence, rule, ACCESS_WRITE) ||
		    (rule->kind == ACCESS_READ && !needs_deny_beside_mask(draft, rule->pattern)))
			continue;
		/* A directory when it was denied, a file now, and the file is allowed. */
		if (rule->scope == SCOPE_DIR && draft_exists(draft, rule->pattern) &&
		    !draft_is_directory(draft, rule->pattern) &&
		    draft_may(draft, ACCESS_WRITE, rule->pattern))
			continue;
		if (rule->scope == SCOPE_DIR && has_entry_within(draft, rule->pattern)) {
			if (!entries_above(&draft->allow_write, rule->pattern) &&
			    !meets_default(draft, rule->pattern)) {
				draft_note(draft, rule->pattern,
					   "is denied by a rule, and a newer one allows a part: "
					   "only that "
					   "part is opened");
				continue;
			}
			remove_below(draft, rule->pattern);
		}
		if (!text_is_utf8(rule->pattern)) {
			if (!entries_above(&draft->allow_write, rule->pattern))
				continue;
			return err_set(
				e, "a path that a rule denies is not UTF-8, so no settings file "
				   "can keep it closed: rename it");
		}
		entries_add(&draft->deny_write, rule->pattern,
			    rule->scope == SCOPE_DIR || draft_is_directory(draft, rule->pattern),
			    draft_rule_reason(rule))
			->ruled = true;
	}
	return 0;
}

/* A directory: all below it. */
static bool may_write(const struct draft *draft, const struct entry *entry)
{
	if (entry->tree)
		return evidence_word(&draft->evidence, ACCESS_WRITE, entry->text, true,
				     draft_secret(draft, entry->text)) == WORD_ALLOW;
	return draft_may(draft, ACCESS_WRITE, entry->text);
}

/* Sensitive, allowed for reading, and in a directory that is writable. */
static int deny_secrets(struct draft *draft, struct err *e)
{
	for (size_t i = 0; i < draft->secrets.count; i++) {
		const struct entry *secret = &draft->secrets.items[i];
		const struct entry *denied = entries_covering(&draft->deny_read, secret->text);
		const struct entry *open = entries_above(&draft->allow_write, secret->text);

		if ((!open && !meets_default(draft, secret->text)) || may_write(draft, secret) ||
		    (denied && (!open || path_is_below(denied->text, open->text))))
			continue;
		if (!text_is_utf8(secret->text))
			return err_set(
				e, "a sensitive path is not UTF-8, so no settings file can keep "
				   "it from being written: rename it");
		remove_below(draft, secret->text);
		entries_add(&draft->deny_write, secret->text, secret->tree,
			    xstrdup("sensitive, and allowed for reading alone"));
	}
	return 0;
}

static bool refused_in_default(const struct draft *draft, const char *path)
{
	return meets_default(draft, path) && !draft_is_directory(draft, path) &&
	       evidence_judge(&draft->evidence, ACCESS_WRITE, path, draft_secret(draft, path)) ==
		       JUDGED_REFUSED;
}

static void deny_refused(struct draft *draft)
{
	for (size_t k = 0; k < ARRAY_LENGTH(file_kinds); k++) {
		const struct facts *facts = &draft->evidence.facts[file_kinds[k]];

		for (size_t i = 0; i < facts->count; i++) {
			const char *path = facts->items[i].object;

			if (facts->items[i].denied && text_is_utf8(path) &&
			    (opened_by_guess(draft, path) || refused_in_default(draft, path)))
				entries_add(&draft->deny_write, path,
					    draft_is_directory(draft, path),
					    xstrdup("refused when last tried"));
		}
	}
}

int writes_deny(struct draft *draft, struct err *e)
{
	if (deny_ruled(draft, e) < 0 || deny_secrets(draft, e) < 0)
		return -1;
	deny_refused(draft);
	entries_sort(&draft->deny_write);
	return 0;
}

void writes_protect(struct draft *draft)
{
	for (size_t i = 0; i < draft->allow_read.count; i++) {
		const struct entry *entry = &draft->allow_read.items[i];

		if ((entries_above(&draft->allow_write, entry->text) ||
		     meets_default(draft, entry->text)) &&
		    !may_write(draft, entry))
			entries_add(&draft->deny_write, entry->text, entry->tree,
				    xstrdup("put back for reading alone"));
	}
	entries_sort(&draft->deny_write);
	entries_fold(&draft->deny_write, NULL, NULL);
	entries_fold(&draft->allow_write, draft_masked_between, draft);
}
