/* SPDX-License-Identifier: MIT */
#include "tui/preferences.h"

#include <errno.h>
#include <string.h>

#include "core/base/io.h"
#include "core/base/json.h"
#include "core/base/mem.h"

#define HOLD_MOST 86400

void preferences_default(struct preferences *preferences)
{
	memset(preferences, 0, sizeof(*preferences));
	preferences->mouse = true;
	preferences->scope = SCOPE_EXACT;
	preferences->duration = DURATION_SESSION;
	preferences->bell = true;
	preferences->hold_seconds = -1;
	preferences->columns = session_columns_default;
}

struct member {
	const char *name;
	int (*read)(struct preferences *p, const cJSON *value, const char *path, struct err *e);
};

static int wrong(struct err *e, const char *path, const char *wanted)
{
	return err_set(e, "%s: has to be %s", path, wanted);
}

/* Every member has to be known; which one it is names the place. */
static int read_object(struct preferences *p, const cJSON *object, const char *path,
		       const struct member *members, size_t count, struct err *e)
{
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return wrong(e, path[0] ? path : "the file", "an object");
	cJSON_ArrayForEach(item, object) {
		_cleanup_free_ char *where =
			xasprintf("%s%s%.100s", path, path[0] ? "." : "", item->string);
		size_t i = 0;

		while (i < count && strcmp(members[i].name, item->string) != 0)
			i++;
		if (i == count)
			return err_set(e, "%s: there is no such setting", where);
		if (members[i].read(p, item, where, e) < 0)
			return -1;
	}
	return 0;
}

static int read_bool(bool *to, const cJSON *value, const char *path, struct err *e)
{
	if (!cJSON_IsBool(value))
		return wrong(e, path, "true or false");
	*to = cJSON_IsTrue(value);
	return 0;
}

static int read_theme(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	static const char *const names[THEME_COUNT] = { "auto", "colour", "dark", "monochrome" };

	for (int i = 0; cJSON_IsString(value) && i < THEME_COUNT; i++)
		if (strcmp(value->valuestring, names[i]) == 0) {
			p->theme = (enum theme)i;
			return 0;
		}
	return wrong(e, path, "\"auto\", \"colour\", \"dark\" or \"monochrome\"");
}

static int read_ascii(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	return read_bool(&p->ascii, value, path, e);
}

static int read_mouse(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	return read_bool(&p->mouse, value, path, e);
}

static int read_hold(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	double number = cJSON_IsNumber(value) ? value->valuedouble : -1;

	if (!(number >= 0 && number <= HOLD_MOST) || number != (int)number)
		return wrong(e, path, "a whole number of seconds from 0 to 86400");
	p->hold_seconds = (int)number;
	return 0;
}

static int read_scope(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	if (!cJSON_IsString(value) || !scope_parse(value->valuestring, &p->scope))
		return wrong(e, path, "\"exact\", \"file\", \"dir\", \"host\" or \"domain\"");
	return 0;
}

static int read_duration(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	/* What is kept for ever is chosen each time. */
	if (!cJSON_IsString(value) || !duration_parse(value->valuestring, &p->duration) ||
	    p->duration == DURATION_ALWAYS)
		return wrong(e, path, "\"once\" or \"session\"");
	return 0;
}

static int read_bell(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	return read_bool(&p->bell, value, path, e);
}

static int read_terminal(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	return read_bool(&p->terminal_notice, value, path, e);
}

static int read_desktop(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	return read_bool(&p->desktop_notice, value, path, e);
}

static int read_question(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	static const struct member members[] = { { "scope", read_scope },
						 { "for", read_duration } };

	return read_object(p, value, path, members, ARRAY_LENGTH(members), e);
}

static int read_notify(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	static const struct member members[] = { { "bell", read_bell },
						 { "terminal", read_terminal },
						 { "desktop", read_desktop } };

	return read_object(p, value, path, members, ARRAY_LENGTH(members), e);
}

static int read_column(struct session_columns *columns, const cJSON *item, const char *path,
		       struct err *e)
{
	enum session_column column;

	if (!cJSON_IsString(item) || !session_column_parse(item->valuestring, &column))
		return wrong(e, path,
			     "one of number, server, up, pid, activity, allow, deny, ask, net, "
			     "state, command");
	for (size_t i = 0; i < columns->count; i++)
		if (columns->items[i] == column)
			return err_set(e, "%s: that column is there already", path);
	columns->items[columns->count++] = column;
	return 0;
}

static int read_columns(struct preferences *p, const cJSON *value, const char *path, struct err *e)
{
	struct session_columns columns = { .count = 0 };
	const cJSON *item;
	size_t index = 0;
	bool server = false;

	if (!cJSON_IsArray(value))
		return wrong(e, path, "a list of columns");
	cJSON_ArrayForEach(item, value) {
		_cleanup_free_ char *where = xasprintf("%s[%zu]", path, index++);

		if (read_column(&columns, item, where, e) < 0)
			return -1;
		server |= columns.items[columns.count - 1] == COLUMN_SERVER;
	}
	if (!server)
		return err_set(e, "%s: \"server\" has to be among them", path);
	p->columns = columns;
	return 0;
}

int preferences_parse(struct preferences *preferences, const char *text, size_t length,
		      struct err *e)
{
	static const struct member members[] = {
		{ "theme", read_theme },       { "ascii", read_ascii },
		{ "mouse", read_mouse },       { "hold", read_hold },
		{ "question", read_question }, { "notify", read_notify },
		{ "columns", read_columns },
	};
	_cleanup_json_ cJSON *object = json_read(text, length, e);

	preferences_default(preferences);
	if (object == NULL)
		return -1;
	return read_object(preferences, object, "", members, ARRAY_LENGTH(members), e);
}

int preferences_load(struct preferences *preferences, const char *path, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t length;

	preferences_default(preferences);
	if (read_small_file(&text, &length, path, PREFERENCES_MOST, e) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return err_wrap(e, "%s", path);
	}
	if (preferences_parse(preferences, text, length, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}
