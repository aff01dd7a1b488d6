/* SPDX-License-Identifier: MIT */
/*
 * Reads closed: the home directory and every other place for people's data is hidden, and what was
 * needed of it is put back. Single files would be exact, and would not work: programs are found
 * through links, packages by looking around, and a directory that was listed has to be there. So a
 * wish becomes a directory where something says so, the outermost one that may be opened, and else
 * stays a file. Nothing is opened as a whole that holds, or lies in, what is sensitive, denied or
 * was refused, nor what holds a writable path: upstream would make that read-only.
 */
#include "learn/draft.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "learn/widen.h"

#define SIBLINGS_LEAST 4
#define ENTRIES_MANY 1000 /* each is three of the 9000 words that upstream has for all */
#define HOMES_MOST 16

/* --- what is hidden --- */

static bool is_system(const char *name)
{
	static const char *const names[] = { "bin", "boot", "dev", "etc", "gnu", "lib", "lib32",
					     "lib64", "libx32", "lost+found", "nix", "opt", "proc",
					     "run", "sbin", "snap", "sys", "tmp", "usr", "var",
					     "Applications", "Library", "System", "private" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void hide(struct draft *draft, const char *path, const char *why)
{
	const struct tree_view *tree = &draft->input->tree;

	/* The home directory of a service: nothing could start. */
	if (strcmp(path, "/") == 0 || (path_depth(path) == 1 && is_system(path + 1))) {
		draft_note(draft, path, "is the home directory, and is not hidden: the system is in it");
		return;
	}
	/* Somebody said that all of it may be read. */
	if (evidence_word(&draft->evidence, ACCESS_READ, path, true, NULL) == WORD_ALLOW)
		return;
	if (!draft_is_directory(draft, path) || !text_is_utf8(path) ||
	    (tree->is_direct && !tree->is_direct(tree->tree, path)))
		return;
	entries_add(&draft->deny_read, path, true, xstrdup(why))->root = true;
}

/* Other people's homes one by one, so that "~" says the same on another machine. */
static void hide_beside_home(struct draft *draft, const char *directory)
{
	const struct tree_view *tree = &draft->input->tree;
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	if (!tree->list || !tree->list(tree->tree, directory, &names) || names.count > HOMES_MOST)
		return;
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *path = path_join(directory, names.items[i]);

		if (!path_is_below(draft->input->home, path))
			hide(draft, path, "beside the home directory");
	}
}

void closed_deny(struct draft *draft)
{
	static const char *const others[] = { "/run/user", "/run/media", "/var/backups", "/var/log",
					      "/var/mail", "/var/spool", "/var/www",
					      /* where a system that is replaced as a whole has
					       * what others have in the root */
					      "/var/home", "/var/mnt", "/var/roothome", "/var/srv" };
	const struct tree_view *tree = &draft->input->tree;
	_cleanup_strings_ struct strings names = STRINGS_EMPTY;

	hide(draft, draft->input->home, "the home directory; what is needed of it is put back");
	if (tree->list && tree->list(tree->tree, "/", &names))
		for (size_t i = 0; i < names.count; i++) {
			_cleanup_free_ char *path = path_join("/", names.items[i]);

			if (is_system(names.items[i]))
				continue;
			if (!path_is_below(draft->input->home, path))
				hide(draft, path, "data, and not the system's");
			else if (strcmp(path, draft->input->home) != 0)
				hide_beside_home(draft, path);
		}
	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (!path_is_below(draft->input->home, others[i]))
			hide(draft, others[i], "records, mail and sessions");
}

/* --- what is put back --- */

static const struct entry *root_above(const struct draft *draft, const char *path)
{
	const struct entry *entry = entries_above(&draft->deny_read, path);

	return entry && entry->root ? entry : NULL;
}

static bool may_say(const struct draft *draft, const char *directory, enum access_kind kind)
{
	return evidence_word(&draft->evidence, kind, directory, true, NULL) != WORD_DENY;
}

/* `arg` is NULL, or says that the directory holds what was installed: names in there that look
 * sensitive are nobody's secret. */
static bool may_open(const struct draft *draft, const char *directory, const void *arg)
{
	if (path_depth(directory) < 2 || is_home_or_above(draft->input, directory) ||
	    is_shared_base(draft, directory) || !root_above(draft, directory) ||
	    !draft_is_directory(draft, directory) || !draft_is_openable(draft, directory))
		return false;
	if (draft_hidden(draft, directory) || entries_below(&draft->deny_read, directory) ||
	    entries_covering(&draft->refused, directory) ||
	    entries_below(&draft->refused, directory) || draft_secret(draft, directory) ||
	    entries_below(&draft->secrets, directory) ||
	    entries_below(&draft->written, directory))
		return false;
	if (!may_say(draft, directory, ACCESS_READ) || !may_say(draft, directory, ACCESS_EXEC))
		return false;
	return arg || draft_is_harmless(draft, directory);
}

bool closed_may_open(const struct draft *draft, const char *directory)
{
	return may_open(draft, directory, NULL);
}

/* The outermost directory from `from` down to the path that may be opened; NULL if there is none. */
static char *widest(const struct draft *draft, const char *from, const char *path, const void *arg)
{
	_cleanup_free_ char *directory = xstrdup(from);

	while (!may_open(draft, directory, arg)) {
		size_t end = strlen(directory) + 1;

		if (!path_is_strictly_below(path, directory))
			return NULL;
		end += strcspn(path + end, "/");
		free(directory);
		directory = xstrndup(path, end);
	}
	return steal_ptr(&directory);
}

static const char third_party[] = "packages";

static bool open_around(struct draft *draft, const char *from, const char *path, const char *why,
			const void *arg)
{
	_cleanup_free_ char *directory = from ? widest(draft, from, path, arg) : NULL;

	if (!directory)
		return false;
	entries_add(&draft->allow_read, directory, true, xstrdup(why));
	return true;
}

/* A directory for the wish, because of what it is called; false where it stays as it is. */
static bool open_by_place(struct draft *draft, const struct entry *wish)
{
	_cleanup_free_ char *packages = NULL, *tool = NULL;
	const char *why = NULL;
	bool foreign;

	packages = widen_packages(draft, wish->text, wish->scope == SCOPE_FILE, &foreign, &why);
	if (open_around(draft, packages, wish->text, why, foreign ? third_party : NULL))
		return true;
	tool = widen_tool(draft, wish->text, true, &why);
	return open_around(draft, tool, wish->text, why, NULL);
}

static void open_itself(struct draft *draft, struct entry *wish)
{
	if (!wish->tree || may_open(draft, wish->text, NULL))
		entries_add(&draft->allow_read, wish->text, wish->tree, steal_ptr(&wish->why));
}

/* The inner part of the list that was opened so far. */
static bool is_open(const struct draft *draft, const char *path)
{
	const struct entry *read = entries_covering(&draft->allow_read, path);
	const struct entry *write = entries_covering(&draft->allow_write, path);

	return read || (write && root_above(draft, write->text));
}

static void open_wishes(struct draft *draft, struct entries *wishes)
{
	struct entries opened = draft->allow_read;
	size_t last = 0;

	draft->allow_read = (struct entries)ENTRIES_EMPTY;
	for (size_t i = 0; i < wishes->count; i++) {
		struct entry *wish = &wishes->items[i];
		const struct entry *list = draft->allow_read.items;

		/* By text: what was opened last covers most of what follows. */
		if (last && list[last - 1].tree && path_is_below(wish->text, list[last - 1].text))
			continue;
		if (entries_covering(&opened, wish->text) || !draft_exists(draft, wish->text) ||
		    !draft_is_putable(draft, wish->text))
			continue;
		wish->tree = draft_is_directory(draft, wish->text);
		if (!open_by_place(draft, wish))
			open_itself(draft, wish);
		last = draft->allow_read.count;
	}
	for (size_t i = 0; i < opened.count; i++) {
		struct entry *entry = &opened.items[i];

		entries_add(&draft->allow_read, entry->text, entry->tree, steal_ptr(&entry->why))
			->ruled = entry->ruled;
	}
	entries_free(&opened);
	entries_sort(&draft->allow_read);
	entries_fold(&draft->allow_read, draft_masked_between, draft);
}

/* Something is put back in there, so the directory exists. */
static bool is_reached(const struct draft *draft, const char *directory)
{
	return is_open(draft, directory) || entries_below(&draft->allow_read, directory) ||
	       entries_below(&draft->allow_write, directory);
}

static void open_start(struct draft *draft)
{
	const struct export_input *input = draft->input;
	const char *cwd = input->cwd;

	for (size_t i = 0; i < input->need_count; i++) {
		const char *path = input->needs[i].path;
		bool tree = draft_is_directory(draft, path);

		if (!root_above(draft, path) || !draft_exists(draft, path) ||
		    is_open(draft, path))
			continue;
		if (tree ? may_open(draft, path, third_party) :
			   !draft_hidden(draft, path) && draft_is_openable(draft, path) &&
				   !entries_covering(&draft->refused, path))
			entries_add(&draft->allow_read, path, tree,
				    xstrdup(input->needs[i].why));
		else
			draft_note(draft, path,
				   "is needed for the start, but cannot be put back: it is hidden, "
				   "or something in it is");
		entries_sort(&draft->allow_read);
	}
	if (!cwd || !root_above(draft, cwd) || is_home_or_above(input, cwd) || is_reached(draft, cwd))
		return;
	if (may_open(draft, cwd, NULL)) {
		entries_add(&draft->allow_read, cwd, true,
			    xstrdup("the working directory, which has to be there"));
		entries_sort(&draft->allow_read);
	} else {
		draft_note(draft, cwd,
			   "is the working directory, and hidden: it cannot be put back as a "
			   "whole, and nothing of it was needed");
	}
}

static void note_listings(struct draft *draft, const struct entries *wishes)
{
	for (size_t i = 0; i < wishes->count; i++)
		if (wishes->items[i].tree && !is_open(draft, wishes->items[i].text))
			draft_note(draft, wishes->items[i].text,
				   "was listed, and shows only what is opened of it: it is too "
				   "wide, or something in it is sensitive, refused or writable");
}

static void list_written(struct draft *draft)
{
	const struct facts *facts = &draft->evidence.facts[ACCESS_WRITE];

	for (size_t i = 0; i < facts->count; i++)
		if (facts->items[i].allowed)
			entries_add(&draft->written, facts->items[i].object, false, NULL);
	for (size_t i = 0; i < draft->evidence.rule_count; i++) {
		const struct rule *rule = draft->evidence.rules[i];

		if (rule->verdict == VERDICT_ALLOW && rule->kind == ACCESS_WRITE)
			entries_add(&draft->written, rule->pattern, false, NULL);
	}
	for (size_t i = 0; i < draft->allow_write.count; i++)
		entries_add(&draft->written, draft->allow_write.items[i].text, false, NULL);
	entries_sort(&draft->written);
}

void closed_allow(struct draft *draft, struct entries *wishes)
{
	struct widening widening = { draft, &draft->allow_read, may_open, NULL };

	list_written(draft);
	entries_sort(wishes);
	open_wishes(draft, wishes);
	widen_shapes(&widening);
	widen_siblings(&widening, SIBLINGS_LEAST, true);
	if (draft->allow_read.count > ENTRIES_MANY)
		widen_siblings(&widening, 2, false);
	open_start(draft);
	note_listings(draft, wishes);
	if (draft->allow_read.count > ENTRIES_MANY * 2)
		draft_note(draft, draft->input->home,
			   "so much of it is put back that upstream may not take the list: allow "
			   "directories by rules");
}
