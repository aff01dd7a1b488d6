/* SPDX-License-Identifier: MIT */
#include "tui/export_review.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

static const char *const names[LIST_COUNT] = {
	[LIST_ALLOWED_DOMAINS] = "allowedDomains",
	[LIST_DENIED_DOMAINS] = "deniedDomains",
	[LIST_DENY_READ] = "denyRead",
	[LIST_ALLOW_READ] = "allowRead",
	[LIST_ALLOW_WRITE] = "allowWrite",
	[LIST_DENY_WRITE] = "denyWrite",
};

const char *export_list_name(enum export_list list)
{
	return names[list];
}

void export_made_free(struct export_made *made)
{
	buf_free(&made->settings);
	buf_free(&made->explain);
	free(made->before);
	free(made->home);
	free(made->cwd);
	memset(made, 0, sizeof(*made));
}

void export_figures_free(struct export_figures *figures)
{
	for (size_t i = 0; i < figures->count; i++) {
		free(figures->items[i].object);
		free(figures->items[i].why);
	}
	free(figures->items);
	free(figures->diff);
	memset(figures, 0, sizeof(*figures));
}

void export_entry_free(struct export_entry *entry)
{
	while (entry->steps != NULL) {
		struct export_step *step = entry->steps;

		entry->steps = step->before;
		free(step->text);
		free(step->why);
		free(step);
	}
	free(entry->text);
	free(entry->object);
	free(entry->why);
	free(entry->denied);
}

static void forget_shown(struct export_review *review)
{
	free(review->shown.text);
	free(review->shown.why);
	free(review->shown.trouble);
	access_rows_free(review->shown.rows, review->shown.count);
	memset(&review->shown, 0, sizeof(review->shown));
}

static void forget_entries(struct export_review *review)
{
	for (size_t i = 0; i < review->count; i++)
		export_entry_free(&review->items[i]);
	review->count = 0;
	strings_free(&review->notes);
	free(steal_ptr(&review->before));
	free(steal_ptr(&review->exported));
	free(steal_ptr(&review->home));
	free(steal_ptr(&review->cwd));
	free(steal_ptr(&review->trouble));
	free(steal_ptr(&review->replay_trouble));
	export_figures_free(&review->figures);
	forget_shown(review);
	review->known = review->replay_known = review->replay_wanted = false;
}

void export_review_free(struct export_review *review)
{
	forget_entries(review);
	free(review->items);
	free(review->server);
	free(review->path);
	memset(review, 0, sizeof(*review));
}

void export_review_open(struct export_review *review, const char *server, const char *path)
{
	char *name = xstrdup(server), *file = xstrdup(path);
	unsigned opened = review->opened;

	export_review_free(review);
	review->server = name;
	review->path = file;
	review->opened = opened + 1;
	review->wanted = true;
}

void export_review_failed(struct export_review *review, const char *why)
{
	forget_entries(review);
	review->trouble = xstrdup(why);
	review->wanted = false;
}

/* --- taking it over --- */

static const cJSON *list_of(const cJSON *settings, enum export_list list)
{
	const char *section = list <= LIST_DENIED_DOMAINS ? "network" : "filesystem";

	return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(settings, section),
						names[list]);
}

/* A text, or {"path": …, "literal": true}. NULL where it is neither. */
static const char *text_of(const cJSON *item, bool *literal)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");

	*literal = !cJSON_IsString(item) &&
		   cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "literal"));
	if (cJSON_IsString(item))
		return item->valuestring;
	return cJSON_IsString(path) ? path->valuestring : NULL;
}

static bool holds(const cJSON *list, const char *text, bool literal)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		bool other;
		const char *found = text_of(item, &other);

		if (found != NULL && other == literal && strcmp(found, text) == 0)
			return true;
	}
	return false;
}

/* "allowRead ~/x: read 3 times …" of the explanation. Caller frees. */
static char *reason_of(const struct export_entry *entry, const char *explain, const char *home)
{
	_cleanup_free_ char *shortened =
		entry->text[0] == '/' ? path_shorten(entry->text, home) : xstrdup(entry->text);
	_cleanup_free_ char *escaped = escape_string(shortened);
	_cleanup_free_ char *head = xasprintf("%s %s: ", names[entry->list], escaped);

	for (const char *line = explain; *line != '\0';) {
		size_t end = strcspn(line, "\n");

		if (strncmp(line, head, strlen(head)) == 0)
			return xstrndup(line + strlen(head), end - strlen(head));
		line += end + (line[end] == '\n');
	}
	return NULL;
}

static void add(struct export_review *review, enum export_list list, enum export_change change,
		const char *text, bool literal, const char *explain)
{
	struct export_entry entry = { .list = list,
				      .change = change,
				      /* What is there stays until a person says otherwise. */
				      .ticked = change == EXPORT_ADD,
				      .text = xstrdup(text),
				      .literal = literal };

	entry.object = export_review_object(review, list, text, literal);
	if (change != EXPORT_REMOVE)
		entry.why = reason_of(&entry, explain, review->home);
	grow_array(review->items, review->count, review->capacity);
	review->items[review->count++] = entry;
}

static void compare_lists(struct export_review *review, enum export_list list, const cJSON *before,
			  const cJSON *after, const char *explain)
{
	const cJSON *item;
	const char *text;
	bool literal;

	cJSON_ArrayForEach(item, after) if ((text = text_of(item, &literal)) != NULL)
		add(review, list, holds(before, text, literal) ? EXPORT_SAME : EXPORT_ADD, text,
		    literal, explain);
	cJSON_ArrayForEach(item, before) if ((text = text_of(item, &literal)) != NULL &&
					     !holds(after, text, literal))
		add(review, list, EXPORT_REMOVE, text, literal, explain);
}

static int compare_entries(const void *a, const void *b)
{
	const struct export_entry *left = a, *right = b;

	if (left->list != right->list)
		return left->list < right->list ? -1 : 1;
	return strcmp(left->text, right->text);
}

static void take_notes(struct export_review *review, const char *explain)
{
	for (const char *line = explain; *line != '\0';) {
		size_t end = strcspn(line, "\n");

		if (strncmp(line, "note: ", 6) == 0)
			strings_take(&review->notes, xstrndup(line + 6, end - 6));
		line += end + (line[end] == '\n');
	}
}

int export_review_take(struct export_review *review, struct export_made *made, struct err *e)
{
	const char *exported = buf_text(&made->settings), *explain = buf_text(&made->explain);
	_cleanup_json_ cJSON *old = NULL, *new = json_read(exported, strlen(exported), e);

	forget_entries(review);
	review->wanted = false;
	if (new == NULL)
		return -1;
	if (made->before != NULL) {
		old = json_read(made->before, strlen(made->before), e);
		if (old == NULL || !cJSON_IsObject(old))
			return old == NULL ? -1 : err_set(e, "it is no settings file");
	}
	review->home = steal_ptr(&made->home);
	review->cwd = steal_ptr(&made->cwd);
	review->before = steal_ptr(&made->before);
	for (int list = 0; list < LIST_COUNT; list++)
		compare_lists(review, (enum export_list)list, list_of(old, (enum export_list)list),
			      list_of(new, (enum export_list)list), explain);
	if (review->count > 0)
		qsort(review->items, review->count, sizeof(*review->items), compare_entries);
	take_notes(review, explain);
	review->exported = xstrdup(exported);
	review->known = true;
	export_review_settle(review);
	return 0;
}

/* --- ticking --- */

size_t export_review_changes(const struct export_review *review)
{
	size_t changes = 0;

	for (size_t i = 0; i < review->count; i++)
		changes += review->items[i].change != EXPORT_SAME && !review->items[i].covered;
	return changes;
}

size_t export_review_ticked(const struct export_review *review)
{
	size_t ticked = 0;

	for (size_t i = 0; i < review->count; i++)
		ticked += review->items[i].change != EXPORT_SAME && review->items[i].ticked &&
			  !review->items[i].covered;
	return ticked;
}

const char *export_review_tick(struct export_review *review, size_t index)
{
	struct export_entry *entry = &review->items[index];

	if (index >= review->count)
		return "There is nothing to tick.";
	if (review->busy)
		return "One moment: something else is being done.";
	if (entry->change == EXPORT_SAME)
		return "It is in the file and needed: there is nothing to change.";
	if (entry->covered)
		return "A wider entry says it too.";
	if (entry->denied != NULL && !entry->ticked)
		return "The file denies it: first tick that the deny goes.";
	entry->ticked = !entry->ticked;
	export_review_settle(review);
	return NULL;
}

/* --- results --- */

void export_review_take_figures(struct export_review *review, struct export_figures *figures)
{
	export_figures_free(&review->figures);
	free(steal_ptr(&review->replay_trouble));
	review->figures = *figures;
	memset(figures, 0, sizeof(*figures));
	review->replay_known = true;
}

void export_review_show(struct export_review *review, size_t index)
{
	const struct export_entry *entry = &review->items[index];
	unsigned opened = review->shown.opened;

	forget_shown(review);
	review->shown.opened = opened + 1;
	review->shown.text = xstrdup(entry->text);
	review->shown.why = xstrdup(entry->why);
	review->shown.list = entry->list;
	review->shown.change = entry->change;
	review->shown.wanted = true;
}

void export_review_take_evidence(struct export_review *review, struct access_row *rows,
				 size_t count, bool more)
{
	access_rows_free(review->shown.rows, review->shown.count);
	review->shown.rows = rows;
	review->shown.count = count;
	review->shown.more = more;
	review->shown.known = true;
}
