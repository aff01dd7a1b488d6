/* SPDX-License-Identifier: MIT */
#include "tui/export_review.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"

static const struct {
	const char *section, *name;
} lists[LIST_COUNT] = {
	[LIST_ALLOWED_DOMAINS] = { "network", "allowedDomains" },
	[LIST_DENIED_DOMAINS] = { "network", "deniedDomains" },
	[LIST_DENY_READ] = { "filesystem", "denyRead" },
	[LIST_ALLOW_READ] = { "filesystem", "allowRead" },
	[LIST_ALLOW_WRITE] = { "filesystem", "allowWrite" },
	[LIST_DENY_WRITE] = { "filesystem", "denyWrite" },
};

const char *export_list_name(enum export_list list)
{
	return lists[list].name;
}

static void forget_entries(struct export_review *review)
{
	for (size_t i = 0; i < review->count; i++) {
		free(review->items[i].text);
		free(review->items[i].why);
	}
	review->count = 0;
	strings_free(&review->notes);
	free(steal_ptr(&review->before));
	free(steal_ptr(&review->exported));
	free(steal_ptr(&review->trouble));
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

	export_review_free(review);
	review->server = name;
	review->path = file;
	review->wanted = true;
}

void export_review_failed(struct export_review *review, const char *why)
{
	forget_entries(review);
	review->trouble = xstrdup(why);
	review->wanted = false;
}

static const cJSON *list_of(const cJSON *settings, enum export_list list)
{
	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(settings, lists[list].section), lists[list].name);
}

static bool holds(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
			return true;
	return false;
}

/* "allowRead ~/x: read 3 times …" of the explanation. Caller frees. */
static char *reason_of(const struct export_entry *entry, const char *explain, const char *home)
{
	size_t length = strlen(home);
	bool below = length > 1 && strncmp(entry->text, home, length) == 0 &&
		     (entry->text[length] == '/' || entry->text[length] == '\0');
	_cleanup_free_ char *shortened =
		below ? xasprintf("~%s", entry->text + length) : xstrdup(entry->text);
	_cleanup_free_ char *escaped = escape_string(shortened);
	_cleanup_free_ char *head = xasprintf("%s %s: ", lists[entry->list].name, escaped);

	for (const char *line = explain; *line != '\0';) {
		size_t end = strcspn(line, "\n");

		if (strncmp(line, head, strlen(head)) == 0)
			return xstrndup(line + strlen(head), end - strlen(head));
		line += end + (line[end] == '\n');
	}
	return NULL;
}

static void add(struct export_review *review, enum export_list list, enum export_change change,
		const char *text, const char *explain, const char *home)
{
	struct export_entry entry = { .list = list,
				      .change = change,
				      /* What is there stays until a person says otherwise. */
				      .ticked = change == EXPORT_ADD,
				      .text = xstrdup(text) };

	if (change != EXPORT_REMOVE)
		entry.why = reason_of(&entry, explain, home);
	grow_array(review->items, review->count, review->capacity);
	review->items[review->count++] = entry;
}

static void compare_lists(struct export_review *review, enum export_list list, const cJSON *before,
			  const cJSON *after, const char *explain, const char *home)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, after)
		if (cJSON_IsString(item))
			add(review, list,
			    holds(before, item->valuestring) ? EXPORT_SAME : EXPORT_ADD,
			    item->valuestring, explain, home);
	cJSON_ArrayForEach(item, before)
		if (cJSON_IsString(item) && !holds(after, item->valuestring))
			add(review, list, EXPORT_REMOVE, item->valuestring, explain, home);
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

int export_review_take(struct export_review *review, const char *before, const char *exported,
		       const char *explain, const char *home, struct err *e)
{
	_cleanup_json_ cJSON *old = NULL, *new = json_read(exported, strlen(exported), e);

	forget_entries(review);
	review->wanted = false;
	if (new == NULL)
		return -1;
	if (before != NULL) {
		old = json_read(before, strlen(before), e);
		if (old == NULL || !cJSON_IsObject(old))
			return old == NULL ? -1 : err_set(e, "it is no settings file");
	}
	for (int list = 0; list < LIST_COUNT; list++)
		compare_lists(review, (enum export_list)list, list_of(old, (enum export_list)list),
			      list_of(new, (enum export_list)list), explain, home);
	if (review->count > 0)
		qsort(review->items, review->count, sizeof(*review->items), compare_entries);
	take_notes(review, explain);
	review->before = xstrdup(before);
	review->exported = xstrdup(exported);
	review->known = true;
	return 0;
}

/* The section, made where it is missing. */
static cJSON *section_of(cJSON *settings, const char *name)
{
	cJSON *section = cJSON_GetObjectItemCaseSensitive(settings, name);

	return section != NULL ? section : cJSON_AddObjectToObject(settings, name);
}

static int fill_list(cJSON *settings, const struct export_review *review, enum export_list list,
		     struct err *e)
{
	cJSON *section = section_of(settings, lists[list].section);
	cJSON *array = cJSON_CreateArray();
	bool there;

	if (!cJSON_IsObject(section) || array == NULL) {
		cJSON_Delete(array);
		return err_set(e, "\"%s\" is not an object", lists[list].section);
	}
	for (size_t i = 0; i < review->count; i++) {
		const struct export_entry *entry = &review->items[i];

		if (entry->list == list &&
		    (entry->change == EXPORT_SAME ||
		     entry->ticked == (entry->change == EXPORT_ADD)))
			cJSON_AddItemToArray(array, cJSON_CreateString(entry->text));
	}
	there = cJSON_GetObjectItemCaseSensitive(section, lists[list].name) != NULL;
	if (there)
		cJSON_ReplaceItemInObjectCaseSensitive(section, lists[list].name, array);
	else
		cJSON_AddItemToObject(section, lists[list].name, array);
	return 0;
}

int export_review_text(const struct export_review *review, struct buf *out, struct err *e)
{
	const char *base = review->before != NULL ? review->before : review->exported;
	_cleanup_json_ cJSON *settings = NULL;
	char *text;

	if (!review->known)
		return err_set(e, "there is nothing to write yet");
	settings = json_read(base, strlen(base), e);
	if (settings == NULL)
		return -1;
	for (int list = 0; list < LIST_COUNT; list++)
		if (fill_list(settings, review, (enum export_list)list, e) < 0)
			return -1;
	text = cJSON_Print(settings);
	if (text == NULL)
		return err_set(e, "the text cannot be made");
	/* Strings hold no tab as such: these are cJSON's, behind a colon or in front of a line. */
	for (const char *c = text; *c != '\0'; c++)
		if (*c == '\t')
			buf_adds(out, c > text && c[-1] == ':' ? " " : "  ");
		else
			buf_addc(out, *c);
	buf_addc(out, '\n');
	cJSON_free(text);
	return 0;
}

size_t export_review_ticked(const struct export_review *review)
{
	size_t ticked = 0;

	for (size_t i = 0; i < review->count; i++)
		ticked += review->items[i].change != EXPORT_SAME && review->items[i].ticked;
	return ticked;
}
