/* SPDX-License-Identifier: MIT */
#include "core/policy/settings_check.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/base/mem.h"

/* More than any error message holds. */
#define ISSUES_MOST_BYTES 16384
#define UNKNOWN_KEYS_MOST 1000
#define SHOWN_MOST 1024
#define EXACT_MOST 9007199254740992.0

static void add_place(struct buf *out, const struct place *at)
{
	if (!at)
		return;
	add_place(out, at->up);
	if (out->length)
		buf_addc(out, '.');
	if (at->key)
		buf_adds(out, at->key);
	else
		buf_addf(out, "%zu", at->index);
}

void check_issue(struct checker *c, const struct place *at, const char *format, ...)
{
	_cleanup_buf_ struct buf path = BUF_EMPTY;
	va_list arguments;

	if (c->issue_count++ && c->issues.length > ISSUES_MOST_BYTES)
		return;
	add_place(&path, at);
	if (c->issues.length)
		buf_adds(&c->issues, "; ");
	if (at)
		escape_message(&c->issues, buf_text(&path), path.length);
	else
		buf_adds(&c->issues, "(root)");
	buf_adds(&c->issues, ": ");
	va_start(arguments, format);
	buf_vaddf(&c->issues, format, arguments);
	va_end(arguments);
}

static const char *type_name(const cJSON *value)
{
	if (cJSON_IsString(value))
		return "string";
	if (cJSON_IsNumber(value))
		return "number";
	if (cJSON_IsBool(value))
		return "boolean";
	if (cJSON_IsArray(value))
		return "array";
	return cJSON_IsNull(value) ? "null" : "object";
}

/* "Expected <expected>, received <type>" or, where it is missing, "Required". */
static void wrong_type(struct checker *c, const struct place *at, const cJSON *value,
		       const char *expected)
{
	c->spoiled++;
	if (value)
		check_issue(c, at, "Expected %s, received %s", expected, type_name(value));
	else
		check_issue(c, at, "Required");
}

bool check_is_object(struct checker *c, const struct place *at, const cJSON *value)
{
	if (cJSON_IsObject(value))
		return true;
	wrong_type(c, at, value, "object");
	return false;
}

bool check_is_array(struct checker *c, const struct place *at, const cJSON *value)
{
	if (cJSON_IsArray(value))
		return true;
	wrong_type(c, at, value, "array");
	return false;
}

const char *check_string(struct checker *c, const struct place *at, const cJSON *value,
			 string_check *check)
{
	const char *error;

	if (!cJSON_IsString(value)) {
		wrong_type(c, at, value, "string");
		return NULL;
	}
	error = check ? check(value->valuestring) : NULL;
	if (error)
		check_issue(c, at, "%s", error);
	return value->valuestring;
}

static bool is_known(const char *const *known, const char *key)
{
	for (; *known; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

char *check_shown(const char *text)
{
	struct buf out = BUF_EMPTY;

	escape_message(&out, text, strnlen(text, SHOWN_MOST));
	return out.data ? buf_steal(&out) : xstrdup("");
}

size_t utf16_length(const char *text)
{
	size_t units = 0;

	/* A sequence of four bytes is a pair of surrogates. */
	for (; *text; text++)
		units += ((unsigned char)*text & 0xc0) != 0x80 ? 1 + ((unsigned char)*text >= 0xf0)
							       : 0;
	return units;
}

/* The number that a name is as an index of an array, or -1. */
static int64_t index_of(const char *name)
{
	int64_t number = 0;

	if (!*name || (name[0] == '0' && name[1]))
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || number > UINT32_MAX)
			return -1;
		number = number * 10 + (*name - '0');
	}
	return number < UINT32_MAX ? number : -1;
}

static int compare_indices(const void *a, const void *b)
{
	int64_t first = index_of((*(const cJSON *const *)a)->string);
	int64_t second = index_of((*(const cJSON *const *)b)->string);

	return (first > second) - (first < second);
}

const cJSON **check_members(const cJSON *object)
{
	size_t count = (size_t)cJSON_GetArraySize(object), indices = 0, rest;
	const cJSON **members = xcalloc(count + 1, sizeof(const cJSON *));
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
		if (index_of(member->string) >= 0)
			members[indices++] = member;
	if (indices)
		qsort(members, indices, sizeof(const cJSON *), compare_indices);
	rest = indices;
	cJSON_ArrayForEach(member, object)
		if (index_of(member->string) < 0)
			members[rest++] = member;
	return members;
}

void note_ignored(struct checker *c, const struct place *at, const cJSON *object, const char *key)
{
	struct place here = { .up = at, .key = key };
	struct buf path = BUF_EMPTY;

	if (!check_member(object, key))
		return;
	add_place(&path, &here);
	strings_take(&c->settings->ignored_fields, buf_steal(&path));
}

static void note_unknown(struct checker *c, const struct place *at, const char *key)
{
	struct place here = { .up = at, .key = key };
	struct buf path = BUF_EMPTY;

	if (c->settings->unknown_keys.count == UNKNOWN_KEYS_MOST)
		return;
	add_place(&path, &here);
	strings_take(&c->settings->unknown_keys, buf_steal(&path));
}

void check_keys(struct checker *c, const struct place *at, const cJSON *object,
		const char *const *known, bool strict)
{
	_cleanup_buf_ struct buf refused = BUF_EMPTY;
	_cleanup_free_ const cJSON **members = check_members(object);

	for (const cJSON **member = members; *member; member++) {
		if (is_known(known, (*member)->string))
			continue;
		if (!strict) {
			note_unknown(c, at, (*member)->string);
		} else if (refused.length < ISSUES_MOST_BYTES) {
			_cleanup_free_ char *key = check_shown((*member)->string);

			buf_addf(&refused, "%s'%s'", refused.length ? ", " : "", key);
		}
	}
	if (refused.length)
		check_issue(c, at, "Unrecognized key(s) in object: %s", refused.data);
}

const cJSON *check_member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

void read_bool(struct checker *c, const struct place *at, const cJSON *object, const char *key,
	       bool *out)
{
	const cJSON *value = check_member(object, key);
	struct place here = { .up = at, .key = key };

	if (!value)
		return;
	if (cJSON_IsBool(value))
		*out = cJSON_IsTrue(value);
	else
		wrong_type(c, &here, value, "boolean");
}

/* As JavaScript has it: beyond 2^53 every finite number is an integer. */
static bool is_integer(double number)
{
	if (number > EXACT_MOST || number < -EXACT_MOST)
		return number <= DBL_MAX && number >= -DBL_MAX;
	return (double)(int64_t)number == number;
}

bool check_integer(struct checker *c, const struct place *at, const cJSON *value, double least,
		   double most, int *out)
{
	size_t issues = c->issue_count;

	if (!cJSON_IsNumber(value)) {
		wrong_type(c, at, value, "number");
		return false;
	}
	if (!is_integer(value->valuedouble))
		check_issue(c, at, "Expected integer, received float");
	if (value->valuedouble < least)
		check_issue(c, at, "Number must be greater than or equal to %.0f", least);
	if (value->valuedouble > most)
		check_issue(c, at, "Number must be less than or equal to %.0f", most);
	if (c->issue_count != issues)
		return false;
	if (out)
		*out = (int)value->valuedouble;
	return true;
}

void read_integer(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		  int least, int most, int *out)
{
	const cJSON *value = check_member(object, key);
	struct place here = { .up = at, .key = key };

	if (value)
		check_integer(c, &here, value, least, most, out);
}

void read_string(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		 enum presence presence, string_check *check, char **out)
{
	const cJSON *value = check_member(object, key);
	struct place here = { .up = at, .key = key };
	const char *text;

	if (!value && presence == OPTIONAL)
		return;
	text = check_string(c, &here, value, check);
	if (!text || !out)
		return;
	free(*out);
	*out = xstrdup(text);
}

size_t read_strings(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		    enum presence presence, string_check *check, struct strings *out)
{
	const cJSON *value = check_member(object, key), *item;
	struct place here = { .up = at, .key = key };
	struct place there = { .up = &here };

	if (!value && presence == OPTIONAL)
		return 0;
	if (!check_is_array(c, &here, value))
		return 0;
	cJSON_ArrayForEach(item, value) {
		const char *text = check_string(c, &there, item, check);

		if (text && out)
			strings_add(out, text);
		there.index++;
	}
	return there.index;
}

static void wrong_choice(struct checker *c, const struct place *at, const cJSON *value,
			 const char *const *names)
{
	_cleanup_buf_ struct buf choices = BUF_EMPTY;

	for (size_t i = 0; names[i]; i++)
		buf_addf(&choices, "%s'%s'", i ? " | " : "", names[i]);
	if (cJSON_IsString(value)) {
		_cleanup_free_ char *received = check_shown(value->valuestring);

		check_spoiled(c, at, "Invalid enum value. Expected %s, received '%s'", choices.data,
			    received);
	} else {
		wrong_type(c, at, value, choices.data);
	}
}

bool read_choice(struct checker *c, const struct place *at, const cJSON *object, const char *key,
		 enum presence presence, const char *const *names, unsigned *out)
{
	const cJSON *value = check_member(object, key);
	struct place here = { .up = at, .key = key };

	if (!value && presence == OPTIONAL)
		return false;
	for (unsigned i = 0; cJSON_IsString(value) && names[i]; i++)
		if (strcmp(names[i], value->valuestring) == 0) {
			if (out)
				*out = i;
			return true;
		}
	wrong_choice(c, &here, value, names);
	return false;
}

const cJSON *read_object(struct checker *c, const struct place *at, const cJSON *object,
			 const char *key, enum presence presence)
{
	const cJSON *value = check_member(object, key);
	struct place here = { .up = at, .key = key };

	if (!value && presence == OPTIONAL)
		return NULL;
	return check_is_object(c, &here, value) ? value : NULL;
}

const char *non_empty_error(const char *text)
{
	return *text ? NULL : "String must contain at least 1 character(s)";
}

const char *path_error(const char *text)
{
	return *text ? NULL : "Path cannot be empty";
}

const char *absolute_path_error(const char *text)
{
	return *text == '/' ? NULL : "Binary path must be absolute";
}
