/* SPDX-License-Identifier: MIT */
/*
 * Entries made wider and narrower. Whether a step may be made at all is the learning layer's to
 * say; here it is held against the file that is there: what only the file denies nobody has
 * recorded.
 */
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/glob.h"
#include "core/policy/path.h"
#include "tui/export_review.h"

static bool is_host(enum export_list list)
{
	return list <= LIST_DENIED_DOMAINS;
}

static bool is_allow(enum export_list list)
{
	return list == LIST_ALLOWED_DOMAINS || list == LIST_ALLOW_READ || list == LIST_ALLOW_WRITE;
}

char *export_review_object(const struct export_review *review, enum export_list list,
			   const char *text, bool literal)
{
	const char *home = review->home != NULL ? review->home : "/";
	_cleanup_free_ char *path = NULL, *plain = NULL;

	if (is_host(list))
		return xstrdup(text);
	path = path_absolute(text, home, review->cwd != NULL ? review->cwd : home);
	if (literal)
		return steal_ptr(&path);
	plain = glob_strip(path);
	return glob_has_characters(plain) ? NULL : steal_ptr(&plain);
}

/* --- what stands against it --- */

/* Whether a deny of paths covers all of a path. */
static bool denies_path(const struct export_review *review, const struct export_entry *deny,
			const char *path)
{
	const char *home = review->home != NULL ? review->home : "/";
	_cleanup_free_ char *absolute = NULL;
	_cleanup_glob_ struct glob *glob = NULL;

	if (deny->object != NULL)
		return path_is_below(path, deny->object);
	absolute = path_absolute(deny->text, home, review->cwd != NULL ? review->cwd : home);
	glob = glob_compile(absolute);
	return glob == NULL || glob_covers(glob, path);
}

static bool denies_host(const char *deny, const char *allow)
{
	_cleanup_free_ char *allowed = domain_entry_host(allow);

	return allowed != NULL && domain_entry_covers(deny, allowed);
}

static bool is_deny_for(const struct export_entry *deny, enum export_list list)
{
	if (list == LIST_ALLOWED_DOMAINS)
		return deny->list == LIST_DENIED_DOMAINS;
	return deny->list == LIST_DENY_READ ||
	       (list == LIST_ALLOW_WRITE && deny->list == LIST_DENY_WRITE);
}

/* Of the file alone, and not about to go: a person wrote it. */
static const struct export_entry *find_deny(const struct export_review *review,
					    enum export_list list, const char *object)
{
	for (size_t i = 0; object != NULL && i < review->count; i++) {
		const struct export_entry *deny = &review->items[i];

		if (deny->change != EXPORT_REMOVE || deny->ticked || !is_deny_for(deny, list))
			continue;
		if (is_host(list) ? denies_host(deny->text, object)
				  : denies_path(review, deny, object))
			return deny;
	}
	return NULL;
}

/* An explicit deny in what would be opened, wherever it comes from. Denies of a whole place in
 * which single things are put back are around, and not in it. */
static const struct export_entry *find_deny_inside(const struct export_review *review,
						   enum export_list list, const char *object)
{
	for (size_t i = 0; i < review->count; i++) {
		const struct export_entry *deny = &review->items[i];

		if (is_allow(deny->list) || is_host(deny->list) != is_host(list))
			continue;
		if (is_host(list) ? denies_host(object, deny->text)
				  : deny->object == NULL || path_is_below(deny->object, object))
			return deny;
	}
	return NULL;
}

/* --- what is said twice --- */

/* "api.example.org" of "api.example.org:443" has to have the same port, or the wider one none. */
static bool same_port(const char *wider, const char *entry)
{
	_cleanup_free_ char *whole = domain_entry_host(wider), *host = domain_entry_host(entry);

	if (whole == NULL || host == NULL)
		return false;
	return strlen(wider) == strlen(whole) ||
	       strcmp(wider + strlen(whole), entry + strlen(host)) == 0;
}

/* What is hidden between the two needs the inner one to be put back. */
static bool is_hidden_between(const struct export_review *review, const char *outer,
			      const char *inner)
{
	for (size_t i = 0; i < review->count; i++) {
		const struct export_entry *deny = &review->items[i];

		if (deny->list == LIST_DENY_READ &&
		    (deny->object == NULL || (path_is_below(inner, deny->object) &&
					      path_is_strictly_below(deny->object, outer))))
			return true;
	}
	return false;
}

static bool is_covered(const struct export_review *review, const struct export_entry *entry)
{
	for (size_t i = 0; entry->object != NULL && i < review->count; i++) {
		const struct export_entry *wider = &review->items[i];

		if (wider == entry || wider->list != entry->list || wider->change != EXPORT_ADD ||
		    !wider->ticked || (wider->steps == NULL && !wider->made && !wider->beside) ||
		    wider->object == NULL)
			continue;
		if (is_host(entry->list)) {
			if (strcmp(wider->text, entry->text) != 0 &&
			    denies_host(wider->text, entry->text) &&
			    same_port(wider->text, entry->text))
				return true;
		} else if (path_is_strictly_below(entry->object, wider->object) &&
			   !is_hidden_between(review, wider->object, entry->object)) {
			return true;
		}
	}
	return false;
}

void export_review_settle(struct export_review *review)
{
	for (size_t i = 0; i < review->count; i++) {
		struct export_entry *entry = &review->items[i];
		const struct export_entry *deny = NULL;

		if (entry->change != EXPORT_ADD || !is_allow(entry->list))
			continue;
		deny = find_deny(review, entry->list, entry->object);
		free(entry->denied);
		entry->denied =
			deny != NULL ? xasprintf("%s %s", export_list_name(deny->list), deny->text)
				     : NULL;
		if (deny != NULL)
			entry->ticked = false;
	}
	for (size_t i = 0; i < review->count; i++)
		review->items[i].covered = review->items[i].change == EXPORT_ADD &&
					   is_covered(review, &review->items[i]);
	review->replay_wanted = true;
}

/* --- steps --- */

const char *export_review_may_adjust(const struct export_review *review, size_t index, bool wider)
{
	const struct export_entry *entry = &review->items[index];

	if (index >= review->count)
		return "There is nothing to change.";
	if (review->busy)
		return "One moment: something else is being done.";
	if (!is_allow(entry->list))
		return "What is denied is made neither wider nor narrower here.";
	if (entry->change == EXPORT_REMOVE)
		return "Nothing that was recorded needs it.";
	if (entry->covered)
		return "A wider entry says it too.";
	if (wider && entry->denied != NULL)
		return "The file denies it.";
	return NULL;
}

static void set_text(const struct export_review *review, struct export_entry *entry, char *text,
		     char *why)
{
	entry->text = text;
	entry->why = why;
	entry->literal = false;
	free(entry->object);
	entry->object = export_review_object(review, entry->list, text, false);
}

static void insert(struct export_review *review, size_t at, struct export_entry *entry)
{
	grow_array(review->items, review->count, review->capacity);
	memmove(&review->items[at + 1], &review->items[at],
		(review->count - at) * sizeof(*review->items));
	review->items[at] = *entry;
	review->count++;
}

static void drop(struct export_review *review, size_t at)
{
	export_entry_free(&review->items[at]);
	review->count--;
	memmove(&review->items[at], &review->items[at + 1],
		(review->count - at) * sizeof(*review->items));
}

bool export_review_step_back(struct export_review *review, size_t index)
{
	struct export_entry *entry = &review->items[index];
	struct export_step *step = entry->steps;

	if (step != NULL) {
		free(entry->text);
		free(entry->why);
		set_text(review, entry, step->text, step->why);
		entry->steps = step->before;
		free(step);
	} else if (entry->beside) {
		drop(review, index);
	} else {
		return false;
	}
	export_review_settle(review);
	return true;
}

static char *make_wider(struct export_review *review, size_t index, const char *text)
{
	struct export_entry *entry = &review->items[index];
	_cleanup_free_ char *object = export_review_object(review, entry->list, text, false);
	const struct export_entry *deny = NULL;
	char *why = xasprintf("wider by hand than %s", entry->text);

	if (object != NULL)
		deny = find_deny_inside(review, entry->list, object);
	if (object == NULL || deny != NULL) {
		free(why);
		return deny != NULL ? xasprintf("not wider, %s %s is in it: %s",
						export_list_name(deny->list), deny->text, text)
				    : xasprintf("not wider, it is a pattern: %s", text);
	}
	if (entry->change == EXPORT_SAME) {
		struct export_entry made = {
			.list = entry->list, .change = EXPORT_ADD, .ticked = true, .beside = true
		};

		set_text(review, &made, xstrdup(text), why);
		insert(review, index + 1, &made);
	} else {
		struct export_step *step = xcalloc(1, sizeof(*step));

		*step = (struct export_step){ entry->text, entry->why, entry->steps };
		entry->steps = step;
		set_text(review, entry, xstrdup(text), why);
		entry->ticked = true;
	}
	return NULL;
}

static bool is_listed(const struct export_review *review, enum export_list list, const char *text)
{
	for (size_t i = 0; i < review->count; i++)
		if (review->items[i].list == list && review->items[i].change != EXPORT_REMOVE &&
		    strcmp(review->items[i].text, text) == 0)
			return true;
	return false;
}

static void make_narrower(struct export_review *review, size_t index, const struct strings *entries)
{
	_cleanup_free_ char *whole = xstrdup(review->items[index].text);
	enum export_list list = review->items[index].list;
	size_t at = index;

	if (review->items[index].change == EXPORT_SAME) {
		review->items[index].change = EXPORT_REMOVE;
		review->items[index].ticked = true;
		at++;
	} else {
		drop(review, index);
	}
	for (size_t i = 0; i < entries->count; i++) {
		struct export_entry made = {
			.list = list, .change = EXPORT_ADD, .ticked = true, .made = true
		};

		if (is_listed(review, list, entries->items[i]))
			continue;
		set_text(review, &made, xstrdup(entries->items[i]),
			 xasprintf("needed of %s", whole));
		insert(review, at++, &made);
	}
}

char *export_review_adjust(struct export_review *review, size_t index, bool wider,
			   const struct strings *entries)
{
	char *why = NULL;

	if (wider)
		why = make_wider(review, index, entries->items[0]);
	else
		make_narrower(review, index, entries);
	export_review_settle(review);
	return why;
}
