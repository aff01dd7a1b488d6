/* SPDX-License-Identifier: MIT */
#include "learn/merge.h"

#include <string.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/glob.h"
#include "core/policy/path.h"
#include "core/policy/settings.h"
#include "core/policy/settings_layout.h"

struct merger {
	struct buf *notes;
	const char *home, *cwd;
	const cJSON *old, *exported;
};

/* --- entries --- */

static const char *entry_text(const cJSON *entry)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(entry, "path");

	if (cJSON_IsString(entry))
		return entry->valuestring;
	return cJSON_IsString(path) ? path->valuestring : NULL;
}

/* What the entry is about, so that two spellings of it compare equal. NULL = nothing. Caller frees. */
static char *entry_object(const struct merger *merger, const cJSON *entry, bool is_path)
{
	const char *text = entry_text(entry);
	_cleanup_free_ char *path = NULL;

	if (!text)
		return NULL;
	if (!is_path)
		return xstrdup(text);
	path = path_absolute(text, merger->home, merger->cwd);
	return cJSON_IsString(entry) ? glob_strip(path) : xasprintf("literal:%s", path);
}

static bool list_has(const struct merger *merger, const cJSON *list, const char *object,
		     bool is_path)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, list)
	{
		_cleanup_free_ char *other = entry_object(merger, entry, is_path);

		if (other && strcmp(other, object) == 0)
			return true;
	}
	return false;
}

static const cJSON *find_list(const cJSON *settings, const char *section, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(settings, section), name);
}

static bool covers(const struct merger *merger, const cJSON *deny, const char *path)
{
	const char *text = entry_text(deny);
	_cleanup_free_ char *absolute = text ? path_absolute(text, merger->home, merger->cwd) : NULL;
	_cleanup_glob_ struct glob *glob = NULL;

	if (!absolute)
		return false;
	if (path_is_below(path, absolute))
		return true;
	if (!cJSON_IsString(deny) || !glob_has_characters(absolute))
		return false;
	glob = glob_compile(absolute);
	return !glob || glob_covers(glob, path);
}

/* The entry of the old file alone that keeps the path closed; NULL if there is none. */
static const char *denied_by_hand(const struct merger *merger, const char *list, const char *path)
{
	const cJSON *old = find_list(merger->old, "filesystem", list);
	const cJSON *exported = find_list(merger->exported, "filesystem", list);
	const cJSON *entry;

	cJSON_ArrayForEach(entry, old)
	{
		_cleanup_free_ char *object = entry_object(merger, entry, true);

		if (object && covers(merger, entry, path) &&
		    !list_has(merger, exported, object, true))
			return entry_text(entry);
	}
	return NULL;
}

static bool stays_closed(const struct merger *merger, const char *list, const cJSON *entry)
{
	const char *text = entry_text(entry), *deny = NULL;
	_cleanup_free_ char *path = text ? path_absolute(text, merger->home, merger->cwd) : NULL;

	if (!path || (strcmp(list, "allowRead") != 0 && strcmp(list, "allowWrite") != 0))
		return false;
	deny = denied_by_hand(merger, "denyRead", path);
	if (!deny && strcmp(list, "allowWrite") == 0)
		deny = denied_by_hand(merger, "denyWrite", path);
	if (!deny)
		return false;
	if (merger->notes) {
		buf_addf(merger->notes, "note: %s ", list);
		escape_text(merger->notes, text, strlen(text));
		buf_adds(merger->notes, ": is not added, because the file denies ");
		escape_text(merger->notes, deny, strlen(deny));
		buf_addc(merger->notes, '\n');
	}
	return true;
}

/* The list of the old file, made where it is missing. */
static cJSON *open_list(cJSON *settings, const char *section, const char *name)
{
	cJSON *object = cJSON_GetObjectItemCaseSensitive(settings, section);
	cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);

	return list ? list : cJSON_AddArrayToObject(object, name);
}

static void merge_list(const struct merger *merger, cJSON *result, const char *section,
		       const char *name)
{
	bool is_path = strcmp(section, "filesystem") == 0;
	const cJSON *added = find_list(merger->exported, section, name), *entry;

	cJSON_ArrayForEach(entry, added)
	{
		_cleanup_free_ char *object = entry_object(merger, entry, is_path);
		cJSON *list;

		if (!object || list_has(merger, find_list(result, section, name), object, is_path) ||
		    (is_path && stays_closed(merger, name, entry)))
			continue;
		list = open_list(result, section, name);
		cJSON_AddItemToArray(list, cJSON_Duplicate(entry, true));
	}
}

static int check(const char *text, struct err *e)
{
	struct settings *settings = NULL;

	if (settings_parse(&settings, text, strlen(text), e) < 0)
		return -1;
	settings_free(settings);
	return 0;
}

int settings_merge(struct buf *out, struct buf *notes, const char *old, const char *exported,
		   const char *home, const char *cwd, struct err *e)
{
	static const char *const lists[][2] = {
		{ "network", "allowedDomains" }, { "network", "deniedDomains" },
		{ "filesystem", "denyRead" },	 { "filesystem", "allowRead" },
		{ "filesystem", "allowWrite" },	 { "filesystem", "denyWrite" },
	};
	_cleanup_json_ cJSON *before = NULL, *added = NULL, *result = NULL;
	struct merger merger = { .notes = notes, .home = home, .cwd = cwd };

	if (check(old, e) < 0)
		return -1;
	before = json_read(old, strlen(old), e);
	added = json_read(exported, strlen(exported), e);
	if (!before || !added)
		return -1;
	result = cJSON_Duplicate(before, true);
	merger.old = before;
	merger.exported = added;
	for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
		merge_list(&merger, result, lists[i][0], lists[i][1]);
	settings_layout(out, result);
	return 0;
}
