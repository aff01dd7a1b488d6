/* SPDX-License-Identifier: MIT */
/* The settings file as it would be: all that was there in its order, without what goes, and then
 * what is added. */
#include <string.h>

#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/settings_layout.h"
#include "tui/export_review.h"

static const char *section_of(enum export_list list)
{
	return list <= LIST_DENIED_DOMAINS ? "network" : "filesystem";
}

static bool is_entry(const struct export_entry *entry, const cJSON *item)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
	bool literal = !cJSON_IsString(item) &&
		       cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "literal"));
	const char *text = cJSON_IsString(item)	  ? item->valuestring
			   : cJSON_IsString(path) ? path->valuestring
						  : NULL;

	return text != NULL && entry->literal == literal && strcmp(entry->text, text) == 0;
}

static bool goes(const struct export_review *review, enum export_list list, const cJSON *item)
{
	for (size_t i = 0; i < review->count; i++) {
		const struct export_entry *entry = &review->items[i];

		if (entry->list == list && entry->change == EXPORT_REMOVE && entry->ticked &&
		    is_entry(entry, item))
			return true;
	}
	return false;
}

static void remove_entries(cJSON *array, const struct export_review *review, enum export_list list)
{
	for (int i = cJSON_GetArraySize(array); i-- > 0;)
		if (goes(review, list, cJSON_GetArrayItem(array, i)))
			cJSON_DeleteItemFromArray(array, i);
}

static void add_entry(cJSON *array, const struct export_entry *entry)
{
	cJSON *object;

	if (!entry->literal) {
		cJSON_AddItemToArray(array, cJSON_CreateString(entry->text));
		return;
	}
	object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "path", entry->text);
	cJSON_AddTrueToObject(object, "literal");
	cJSON_AddItemToArray(array, object);
}

/* The list, made where it is missing: a valid file has nearly all of them. 0, or -1 with *e. */
static int find_list(cJSON **array, cJSON *settings, enum export_list list, struct err *e)
{
	cJSON *section = cJSON_GetObjectItemCaseSensitive(settings, section_of(list));

	if (section == NULL)
		section = cJSON_AddObjectToObject(settings, section_of(list));
	if (!cJSON_IsObject(section))
		return err_set(e, "\"%s\" is not an object", section_of(list));
	*array = cJSON_GetObjectItemCaseSensitive(section, export_list_name(list));
	if (*array == NULL)
		*array = cJSON_AddArrayToObject(section, export_list_name(list));
	if (!cJSON_IsArray(*array))
		return err_set(e, "\"%s.%s\" is not a list", section_of(list),
			       export_list_name(list));
	return 0;
}

static bool is_added(const struct export_entry *entry, enum export_list list)
{
	return entry->list == list && entry->change == EXPORT_ADD && entry->ticked &&
	       !entry->covered;
}

static int fill_list(cJSON *settings, const struct export_review *review, enum export_list list,
		     struct err *e)
{
	cJSON *array = NULL;

	if (find_list(&array, settings, list, e) < 0)
		return -1;
	/* Of a new file every entry is an addition. */
	while (review->before == NULL && cJSON_GetArraySize(array) > 0)
		cJSON_DeleteItemFromArray(array, 0);
	remove_entries(array, review, list);
	for (size_t i = 0; i < review->count; i++)
		if (is_added(&review->items[i], list))
			add_entry(array, &review->items[i]);
	return 0;
}

int export_review_text(const struct export_review *review, struct buf *out, struct err *e)
{
	const char *base = review->before != NULL ? review->before : review->exported;
	_cleanup_json_ cJSON *settings = NULL;

	if (!review->known)
		return err_set(e, "there is nothing to write yet");
	settings = json_read(base, strlen(base), e);
	if (settings == NULL)
		return -1;
	for (int list = 0; list < LIST_COUNT; list++)
		if (fill_list(settings, review, (enum export_list)list, e) < 0)
			return -1;
	settings_layout(out, settings);
	return 0;
}
