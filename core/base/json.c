/* SPDX-License-Identifier: MIT */
/*
 * Reading goes through cJSON, which takes lone surrogates for an error, ends a string at \u0000,
 * keeps names that come twice, and lets raw control bytes pass. prepare() therefore walks over the
 * text first: it refuses what is not strict JSON in those respects and puts the raw byte in place
 * of each \udcXX escape, which cJSON then copies as it is.
 */
#include "core/base/json.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/escape.h"
#include "core/base/mem.h"

#define DEPTH_MOST 16
#define MEMBERS_MOST 64
#define TIME_MOST_MS INT64_C(253402300799999) /* the end of the year 9999 */

static void add_code(struct buf *out, uint32_t code)
{
	if (code == '"' || code == '\\')
		buf_addf(out, "\\%c", (char)code);
	else if (code == '\n')
		buf_adds(out, "\\n");
	else if (code == '\t')
		buf_adds(out, "\\t");
	else if (code >= 0x20 && code < 0x7f)
		buf_addc(out, (char)code);
	else if (code < 0x10000)
		buf_addf(out, "\\u%04x", (unsigned)code);
	else
		buf_addf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
			 (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
}

static void add_bytes(struct buf *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		size_t used = utf8_decode(bytes + i, length - i, &code);

		if (used) {
			add_code(out, code);
			i += used;
		} else {
			buf_addf(out, "\\udc%02x", (unsigned char)bytes[i]);
			i++;
		}
	}
}

void json_string(struct buf *out, const char *text)
{
	json_string_clipped(out, text, SIZE_MAX);
}

void json_string_clipped(struct buf *out, const char *text, size_t most)
{
	size_t length;

	if (!text) {
		buf_adds(out, "null");
		return;
	}
	length = strnlen(text, most);
	buf_addc(out, '"');
	if (length == most && text[length] != '\0') {
		/* Not in the middle of a character. */
		for (int i = 0; i < 3 && length && ((unsigned char)text[length] & 0xc0) == 0x80; i++)
			length--;
		add_bytes(out, text, length);
		add_code(out, 0x2026);
	} else {
		add_bytes(out, text, length);
	}
	buf_addc(out, '"');
}

void json_key(struct buf *out, const char *name)
{
	if (out->length && out->data[out->length - 1] != '{')
		buf_addc(out, ',');
	json_string(out, name);
	buf_addc(out, ':');
}

void json_member_string(struct buf *out, const char *name, const char *text)
{
	json_key(out, name);
	json_string(out, text);
}

void json_member_integer(struct buf *out, const char *name, int64_t value)
{
	if (value > JSON_INTEGER_MOST)
		value = JSON_INTEGER_MOST;
	if (value < -JSON_INTEGER_MOST)
		value = -JSON_INTEGER_MOST;
	json_key(out, name);
	buf_addf(out, "%lld", (long long)value);
}

void json_member_unsigned(struct buf *out, const char *name, uint64_t value)
{
	json_member_integer(out, name,
			    value > JSON_INTEGER_MOST ? JSON_INTEGER_MOST : (int64_t)value);
}

void json_member_bool(struct buf *out, const char *name, bool value)
{
	json_key(out, name);
	buf_adds(out, value ? "true" : "false");
}

void json_member_time(struct buf *out, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	json_key(out, name);
	if (wall_ms <= 0 || wall_ms > TIME_MOST_MS)
		buf_adds(out, "null");
	else
		json_string(out, clock_format(wall_ms, text));
}

void json_member_strings(struct buf *out, const char *name, const struct strings *strings)
{
	json_key(out, name);
	buf_addc(out, '[');
	for (size_t i = 0; i < strings->count; i++) {
		if (i)
			buf_addc(out, ',');
		json_string(out, strings->items[i]);
	}
	buf_addc(out, ']');
}

/* The four digits of a \uXXXX escape that starts at text[0], or -1. */
static int32_t escape_code(const char *text, size_t length)
{
	int32_t code = 0;

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F' ? c - 'A' + 10 :
						   -1;

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* Copies one \uXXXX escape or surrogate pair. Returns the bytes used, 0 where it is refused. */
static size_t prepare_unicode_escape(struct buf *out, const char *text, size_t length)
{
	int32_t code = escape_code(text, length);

	if (code <= 0)
		return 0;
	if (code >= 0xdc80 && code <= 0xdcff) {
		buf_addc(out, (char)(code & 0xff));
		return 6;
	}
	if (code >= 0xdc00 && code <= 0xdfff)
		return 0;
	if (code >= 0xd800 && code <= 0xdbff) {
		int32_t low = escape_code(text + 6, length - 6);

		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		buf_add(out, text, 12);
		return 12;
	}
	buf_add(out, text, 6);
	return 6;
}

/* One step inside a string. Returns the bytes used, 0 where they are refused. */
static size_t prepare_in_string(struct buf *out, const char *text, size_t length)
{
	uint32_t code = 0;
	size_t used;

	if (text[0] == '\\') {
		if (length < 2 || (unsigned char)text[1] >= 0x7f || text[1] < 0x20)
			return 0;
		if (text[1] == 'u')
			return prepare_unicode_escape(out, text, length);
		buf_add(out, text, 2);
		return 2;
	}
	used = utf8_decode(text, length, &code);
	if (used && code < 0x20)
		return 0;
	buf_add(out, text, used);
	return used;
}

static int prepare(struct buf *out, const char *text, size_t length, struct err *e)
{
	bool in_string = false;
	int depth = 0;

	for (size_t i = 0; i < length;) {
		char c = text[i];

		if (in_string && c != '"') {
			size_t used = prepare_in_string(out, text + i, length - i);

			if (!used)
				return err_set(e, "not valid JSON: a string is malformed at byte %zu", i);
			i += used;
			continue;
		}
		if (c == '"')
			in_string = !in_string;
		else if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
			return err_set(e, "not valid JSON: stray byte at %zu", i);
		else if ((c == '{' || c == '[') && ++depth > DEPTH_MOST)
			return err_set(e, "not accepted: nested too deeply");
		else if (c == '}' || c == ']')
			depth--;
		buf_addc(out, c);
		i++;
	}
	return 0;
}

static int check_members(const cJSON *value, struct err *e)
{
	const cJSON *child, *other;
	size_t count = 0;

	cJSON_ArrayForEach(child, value) {
		if (cJSON_IsObject(value)) {
			if (++count > MEMBERS_MOST)
				return err_set(e, "not accepted: too many members in one object");
			for (other = value->child; other != child; other = other->next)
				if (strcmp(other->string, child->string) == 0)
					return err_set(e, "not accepted: a name comes twice");
		}
		if (check_members(child, e) < 0)
			return -1;
	}
	return 0;
}

cJSON *json_read(const char *text, size_t length, struct err *e)
{
	_cleanup_buf_ struct buf prepared = BUF_EMPTY;
	_cleanup_json_ cJSON *value = NULL;

	if (prepare(&prepared, text, length, e) < 0)
		return NULL;
	if (prepared.length == 0) {
		err_set(e, "not valid JSON: empty");
		return NULL;
	}
	value = cJSON_ParseWithLengthOpts(prepared.data, prepared.length + 1, NULL, true);
	if (!value) {
		err_set(e, "not valid JSON");
		return NULL;
	}
	if (check_members(value, e) < 0)
		return NULL;
	return steal_ptr(&value);
}

/* The member, or NULL where it is missing or null. */
static const cJSON *find_member(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNull(member) ? NULL : member;
}

int json_get_string(const cJSON *object, const char *name, char **value, struct err *e)
{
	const cJSON *member = find_member(object, name);

	*value = NULL;
	if (!member)
		return 0;
	if (!cJSON_IsString(member))
		return err_set(e, "\"%s\" is not a string", name);
	*value = xstrdup(member->valuestring);
	return 0;
}

int json_get_integer(const cJSON *object, const char *name, int64_t least, int64_t most,
		     int64_t absent, int64_t *value, struct err *e)
{
	const cJSON *member = find_member(object, name);

	*value = absent;
	if (!member)
		return 0;
	if (!cJSON_IsNumber(member))
		return err_set(e, "\"%s\" is not a number", name);
	/* Written so that a NaN is refused too. */
	if (!(member->valuedouble >= (double)least && member->valuedouble <= (double)most) ||
	    (double)(int64_t)member->valuedouble != member->valuedouble)
		return err_set(e, "\"%s\" is out of range", name);
	*value = (int64_t)member->valuedouble;
	return 0;
}

int json_get_bool(const cJSON *object, const char *name, bool *value, struct err *e)
{
	const cJSON *member = find_member(object, name);

	*value = false;
	if (!member)
		return 0;
	if (!cJSON_IsBool(member))
		return err_set(e, "\"%s\" is not true or false", name);
	*value = cJSON_IsTrue(member);
	return 0;
}

int json_get_time(const cJSON *object, const char *name, int64_t *wall_ms, struct err *e)
{
	const cJSON *member = find_member(object, name);

	*wall_ms = 0;
	if (!member)
		return 0;
	if (!cJSON_IsString(member) || clock_parse(member->valuestring, wall_ms) < 0 ||
	    *wall_ms < 0 || *wall_ms > TIME_MOST_MS) {
		*wall_ms = 0;
		return err_set(e, "\"%s\" is not a time", name);
	}
	return 0;
}
