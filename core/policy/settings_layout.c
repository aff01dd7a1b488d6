/* SPDX-License-Identifier: MIT */
#include "core/policy/settings_layout.h"

#include <stdbool.h>

static void write_value(struct buf *out, const cJSON *value, int depth);

static void indent(struct buf *out, int depth)
{
	buf_addc(out, '\n');
	while (depth--)
		buf_adds(out, "  ");
}

static void write_members(struct buf *out, const cJSON *value, int depth, bool object)
{
	const cJSON *member;
	bool first = true;

	buf_addc(out, object ? '{' : '[');
	cJSON_ArrayForEach(member, value)
	{
		if (!first)
			buf_addc(out, ',');
		first = false;
		indent(out, depth + 1);
		if (object) {
			json_string(out, member->string);
			buf_adds(out, ": ");
		}
		write_value(out, member, depth + 1);
	}
	if (!first)
		indent(out, depth);
	buf_addc(out, object ? '}' : ']');
}

/* On one line, as settings_text() has it. */
static bool is_literal_path(const cJSON *value)
{
	return cJSON_GetArraySize(value) == 2 &&
	       cJSON_IsString(cJSON_GetObjectItemCaseSensitive(value, "path")) &&
	       cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(value, "literal"));
}

static void write_value(struct buf *out, const cJSON *value, int depth)
{
	if (cJSON_IsString(value)) {
		json_string(out, value->valuestring);
	} else if (cJSON_IsObject(value) && is_literal_path(value)) {
		buf_adds(out, "{ \"path\": ");
		json_string(out, cJSON_GetObjectItemCaseSensitive(value, "path")->valuestring);
		buf_adds(out, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(value, "literal")) ?
				      ", \"literal\": true }" :
				      ", \"literal\": false }");
	} else if (cJSON_IsObject(value) || cJSON_IsArray(value)) {
		write_members(out, value, depth, cJSON_IsObject(value));
	} else {
		char *text = cJSON_PrintUnformatted(value);

		buf_adds(out, text);
		cJSON_free(text);
	}
}

void settings_layout(struct buf *out, const cJSON *settings)
{
	write_value(out, settings, 0);
	buf_addc(out, '\n');
}
