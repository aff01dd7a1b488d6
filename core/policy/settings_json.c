/* SPDX-License-Identifier: MIT */
/*
 * cJSON keeps names that come twice, ends strings at \u0000, skips a byte order mark, takes
 * control characters for white space and reads 01 as a number. Each of these would let two
 * programs read one file as two policies. So the text is first checked against the grammar here,
 * and cJSON builds the tree of a text that is known to be good.
 */
#include "core/policy/settings_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/escape.h"
#include "core/base/hex.h"
#include "core/base/mem.h"

#define DEPTH_MOST 64
#define VALUES_MOST 262144
#define NUMBER_MOST 63 /* what every version of cJSON takes */

struct scan {
	const char *start, *at, *end;
	unsigned depth;
	size_t values;
	const char *wrong; /* static */
};

static bool fail(struct scan *s, const char *wrong)
{
	s->wrong = wrong;
	return false;
}

/* The byte to read next; 0, which no valid text holds, at the end. */
static char peek(const struct scan *s)
{
	return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool unexpected(struct scan *s)
{
	return fail(s, s->at == s->end ? "unexpected end" : "unexpected character");
}

/* The four digits behind \u, or -1. */
static int32_t scan_hex4(struct scan *s)
{
	int32_t code = 0;

	if (s->end - s->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(s->at[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	s->at += 4;
	return code;
}

static bool scan_unicode_escape(struct scan *s)
{
	int32_t code = scan_hex4(s);

	if (code < 0)
		return fail(s, "malformed \\u escape");
	if (code == 0)
		return fail(s, "NUL in a string");
	if (code < 0xd800 || code > 0xdfff)
		return true;
	if (code <= 0xdbff && take(s, '\\') && take(s, 'u')) {
		code = scan_hex4(s);
		if (code >= 0xdc00 && code <= 0xdfff)
			return true;
	}
	return fail(s, "half of a surrogate pair");
}

static bool scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return unexpected(s);
	while (s->at < s->end && *s->at != '"') {
		uint32_t code = 0;
		size_t used = utf8_decode(s->at, (size_t)(s->end - s->at), &code);

		if (used == 0)
			return fail(s, "not UTF-8");
		if (code < 0x20)
			return fail(s, "control character in a string");
		s->at += used;
		if (code != '\\')
			continue;
		if (take(s, 'u')) {
			if (!scan_unicode_escape(s))
				return false;
		} else if (peek(s) && strchr("\"\\/bfnrt", peek(s))) {
			s->at++;
		} else {
			return unexpected(s);
		}
	}
	return take(s, '"') || unexpected(s);
}

static bool scan_digits(struct scan *s)
{
	if (peek(s) < '0' || peek(s) > '9')
		return unexpected(s);
	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return true;
}

static bool scan_number_parts(struct scan *s)
{
	take(s, '-');
	if (!take(s, '0') && !scan_digits(s))
		return unexpected(s);
	if (take(s, '.') && !scan_digits(s))
		return false;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		return scan_digits(s);
	}
	return true;
}

static bool scan_number(struct scan *s)
{
	const char *start = s->at;

	if (!scan_number_parts(s))
		return false;
	return s->at - start <= NUMBER_MOST || fail(s, "a number is too long");
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
		return unexpected(s);
	s->at += length;
	return true;
}

static bool scan_value(struct scan *s);

static bool scan_members(struct scan *s, bool named, char close)
{
	skip_space(s);
	if (take(s, close))
		return true;
	do {
		skip_space(s);
		if (named) {
			if (!scan_string(s))
				return false;
			skip_space(s);
			if (!take(s, ':'))
				return unexpected(s);
		}
		if (!scan_value(s))
			return false;
		skip_space(s);
	} while (take(s, ','));
	return take(s, close) || unexpected(s);
}

static bool scan_nested(struct scan *s, bool named, char close)
{
	bool good;

	if (s->depth == DEPTH_MOST)
		return fail(s, "nested too deeply");
	s->depth++;
	s->at++;
	good = scan_members(s, named, close);
	s->depth--;
	return good;
}

static bool scan_value(struct scan *s)
{
	if (++s->values > VALUES_MOST)
		return fail(s, "too many values");
	skip_space(s);
	switch (peek(s)) {
	case '{':
		return scan_nested(s, true, '}');
	case '[':
		return scan_nested(s, false, ']');
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

static bool scan_text(struct scan *s)
{
	if (s->end - s->at >= 3 && memcmp(s->at, "\xef\xbb\xbf", 3) == 0)
		return fail(s, "byte order mark");
	if (!scan_value(s))
		return false;
	skip_space(s);
	return s->at == s->end || fail(s, "text after the value");
}

static int explain(const struct scan *s, struct err *e)
{
	size_t line = 1, column = 1;

	for (const char *c = s->start; c < s->at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	return err_set(e, "%s at line %zu column %zu", s->wrong, line, column);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, not each against each: an object may have very many members. */
static int check_names(const cJSON *object, struct err *e)
{
	size_t count = (size_t)cJSON_GetArraySize(object), i = 0;
	_cleanup_free_ const char **names = xcalloc(count, sizeof(*names));
	const cJSON *member;

	cJSON_ArrayForEach(member, object)
		names[i++] = member->string;
	qsort(names, count, sizeof(*names), compare_names);
	for (i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0) {
			_cleanup_free_ char *shown = escape_string(names[i]);

			return err_set(e, "the key \"%s\" comes twice in one object", shown);
		}
	return 0;
}

static int check_all_names(const cJSON *value, struct err *e)
{
	const cJSON *child;

	if (cJSON_IsObject(value) && check_names(value, e) < 0)
		return -1;
	cJSON_ArrayForEach(child, value)
		if (check_all_names(child, e) < 0)
			return -1;
	return 0;
}

cJSON *settings_json_parse(const char *text, size_t length, struct err *e)
{
	struct scan s = { .start = text, .at = text, .end = text + length };
	cJSON *value;

	if (!scan_text(&s)) {
		explain(&s, e);
		return NULL;
	}
	value = cJSON_ParseWithLengthOpts(text, length, NULL, false);
	if (!value)
		err_set(e, "it cannot be parsed");
	else if (check_all_names(value, e) < 0) {
		cJSON_Delete(value);
		value = NULL;
	}
	return value;
}
