/* SPDX-License-Identifier: MIT */
/*
 * One pass over the text in UTF-16 units, which is what an expression without flags is made of: a
 * character beyond them counts as two. The stack of open groups is an array, so that no expression
 * can exhaust the program's own stack. Names are looked at twice: whether \k is a reference at all
 * depends on whether some group, perhaps a later one, has a name.
 */
#include "core/policy/js_regex.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/escape.h"
#include "core/base/mem.h"

#define REPEAT_MOST INT32_MAX

enum group { GROUP_PLAIN, GROUP_NAMED, GROUP_LOOKBEHIND };

struct regex {
	uint16_t *units; /* ends in 0, which no text holds */
	size_t at, length;
	unsigned char *open; /* enum group of each */
	size_t depth, captures;
	bool has_names;
	struct strings open_names; /* of the named groups that are open */
	struct strings names, references;
	const char *fault;
};

static uint16_t *to_utf16(const char *text, size_t *length)
{
	size_t bytes = strlen(text);
	uint16_t *units = xcalloc(bytes + 1, sizeof(*units));

	*length = 0;
	for (size_t i = 0; i < bytes;) {
		uint32_t code = (unsigned char)text[i];
		size_t used = utf8_decode(text + i, bytes - i, &code);

		i += used ? used : 1;
		if (code >= 0x10000) {
			units[(*length)++] = (uint16_t)(0xd7c0 + (code >> 10));
			code = 0xdc00 + (code & 0x3ff);
		}
		units[(*length)++] = (uint16_t)code;
	}
	return units;
}

static bool fail(struct regex *r, const char *fault)
{
	r->fault = fault;
	return false;
}

static unsigned peek(const struct regex *r, size_t ahead)
{
	return r->at + ahead < r->length ? r->units[r->at + ahead] : 0;
}

static bool take(struct regex *r, char c)
{
	if (peek(r, 0) != (unsigned char)c)
		return false;
	r->at++;
	return true;
}

static bool is_digit(unsigned unit)
{
	return unit >= '0' && unit <= '9';
}

static bool is_letter(unsigned unit)
{
	return (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z');
}

static int hex_value(unsigned unit)
{
	if (is_digit(unit))
		return (int)(unit - '0');
	unit |= 0x20;
	return unit >= 'a' && unit <= 'f' ? (int)(unit - 'a' + 10) : -1;
}

/* Exactly `count` hexadecimal digits, or nothing is taken and -1 returned. */
static int take_hex(struct regex *r, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		int digit = hex_value(peek(r, i));

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	r->at += count;
	return value;
}

static int64_t take_number(struct regex *r)
{
	int64_t value = 0;

	for (; is_digit(peek(r, 0)); r->at++)
		if (value < REPEAT_MOST)
			value = value * 10 + (peek(r, 0) - '0');
	return value < REPEAT_MOST ? value : REPEAT_MOST;
}

/* {n}, {n,} or {n,m}: true if it is one; where it is not nothing is taken. */
static bool take_interval(struct regex *r)
{
	size_t start = r->at++;
	int64_t least, most;

	if (is_digit(peek(r, 0))) {
		least = most = take_number(r);
		if (take(r, ','))
			most = is_digit(peek(r, 0)) ? take_number(r) : REPEAT_MOST;
		if (take(r, '}')) {
			if (most < least)
				fail(r, "numbers out of order in {} quantifier");
			return true;
		}
	}
	r->at = start;
	return false;
}

/* `allowed`: what stands before may be repeated. */
static bool take_quantifier(struct regex *r, bool allowed)
{
	if (peek(r, 0) == '{') {
		if (!take_interval(r))
			return true;
	} else if (!take(r, '*') && !take(r, '+') && !take(r, '?')) {
		return true;
	}
	take(r, '?');
	if (!r->fault && !allowed)
		r->fault = "Invalid quantifier";
	return !r->fault;
}

/* One character of a name, which may be escaped; 0 if there is none. */
static uint32_t take_name_character(struct regex *r)
{
	uint32_t code = peek(r, 0), low;

	if (code == 0)
		return 0;
	r->at++;
	if (code == '\\') {
		int value;

		if (!take(r, 'u'))
			return 0;
		if (take(r, '{')) {
			for (code = 0; (value = hex_value(peek(r, 0))) >= 0; r->at++) {
				code = code << 4 | (uint32_t)value;
				if (code > 0x10ffff)
					return 0;
			}
			return take(r, '}') ? code : 0;
		}
		value = take_hex(r, 4);
		if (value < 0)
			return 0;
		code = (uint32_t)value;
		if (code >= 0xd800 && code <= 0xdbff && peek(r, 0) == '\\' && peek(r, 1) == 'u') {
			r->at += 2;
			value = take_hex(r, 4);
			if (value < 0xdc00 || value > 0xdfff)
				return 0;
			code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)value - 0xdc00);
		}
		return code;
	}
	low = peek(r, 0);
	if (code >= 0xd800 && code <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
		r->at++;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	return code;
}

/* Letters beyond ASCII by blocks: the exact property of Unicode would be a table of its own. */
static bool is_wide_letter(uint32_t code)
{
	static const struct {
		uint32_t low, high;
	} others[] = {
		{ 0x80, 0xa9 },	    { 0xab, 0xb4 },	{ 0xb6, 0xb6 },	    { 0xb7, 0xb9 },
		{ 0xbb, 0xbf },	    { 0xd7, 0xd7 },	{ 0xf7, 0xf7 },	    { 0x2000, 0x206f },
		{ 0x2190, 0x2bff }, { 0x3000, 0x3004 }, { 0xd800, 0xf8ff }, { 0xfe00, 0xfe0f },
		{ 0xff00, 0xff20 }, { 0x1f000, 0x1ffff }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (code >= others[i].low && code <= others[i].high)
			return false;
	return true;
}

static bool fits_name(uint32_t code, bool first)
{
	if (code >= 0x80)
		return is_wide_letter(code) || (code == 0xb7 && !first);
	return is_letter(code) || code == '$' || code == '_' || (!first && is_digit(code));
}

/* "name>", added to the list. False if it is none. */
static bool take_name(struct regex *r, struct strings *list)
{
	struct buf name = BUF_EMPTY;

	while (peek(r, 0) != '>') {
		uint32_t code = take_name_character(r);

		if (code == 0 || !fits_name(code, !name.length)) {
			buf_free(&name);
			return false;
		}
		buf_addf(&name, "%x.", code);
	}
	r->at++;
	if (!name.length)
		return false;
	strings_take(list, buf_steal(&name));
	return true;
}

/* What follows "(". */
static bool open_group(struct regex *r)
{
	enum group group = GROUP_PLAIN;

	if (!take(r, '?')) {
		r->captures++;
	} else if (take(r, '<')) {
		if (peek(r, 0) == '=' || peek(r, 0) == '!') {
			r->at++;
			group = GROUP_LOOKBEHIND;
		} else {
			r->captures++;
			group = GROUP_NAMED;
			if (!take_name(r, &r->open_names))
				return fail(r, "Invalid capture group name");
		}
	} else if (!take(r, ':') && !take(r, '=') && !take(r, '!')) {
		return fail(r, "Invalid group");
	}
	r->open[r->depth++] = (unsigned char)group;
	return true;
}

/* Names count from here on: a group that is not closed is the greater fault. */
static bool close_name(struct regex *r)
{
	char *name = r->open_names.items[--r->open_names.count];

	r->open_names.items[r->open_names.count] = NULL;
	if (strings_contain(&r->names, name))
		r->fault = "Duplicate capture group name";
	strings_take(&r->names, name);
	return !r->fault;
}

static bool close_group(struct regex *r)
{
	enum group group;

	if (r->depth == 0)
		return fail(r, "Unmatched ')'");
	group = (enum group)r->open[--r->depth];
	if (group == GROUP_NAMED && !close_name(r))
		return false;
	/* Looking ahead may be repeated, which is an accident of history; looking behind not. */
	return take_quantifier(r, group != GROUP_LOOKBEHIND);
}

static int take_octal(struct regex *r)
{
	int value = 0;

	for (int i = 0; i < 3 && peek(r, 0) >= '0' && peek(r, 0) <= '7'; i++) {
		if (value * 8 + (int)(peek(r, 0) - '0') > 255)
			break;
		value = value * 8 + (int)(peek(r, 0) - '0');
		r->at++;
	}
	return value;
}

/* The character that an escape in a class stands for, its backslash read; -1: a class of its own,
 * -2: fault. */
static int take_class_escape(struct regex *r)
{
	static const char letters[] = "bfnrtv", values[] = "\b\f\n\r\t\v";
	unsigned unit = peek(r, 0);
	const char *found;
	int value;

	if (r->at == r->length) {
		fail(r, "\\ at end of pattern");
		return -2;
	}
	if (unit >= '0' && unit <= '7')
		return take_octal(r);
	if (unit == 'c') {
		unsigned next = peek(r, 1);

		if (!is_letter(next) && !is_digit(next) && next != '_')
			return '\\';
		r->at += 2;
		return (int)(next & 0x1f);
	}
	r->at++;
	if (unit < 0x80 && strchr("dDsSwW", (int)unit))
		return -1;
	if (unit == 'k' && r->has_names) {
		fail(r, "Invalid escape");
		return -2;
	}
	found = unit < 0x80 ? strchr(letters, (int)unit) : NULL;
	if (found)
		return values[found - letters];
	value = unit == 'x' ? take_hex(r, 2) : unit == 'u' ? take_hex(r, 4) : -1;
	return value >= 0 ? value : (int)unit;
}

static int take_class_atom(struct regex *r)
{
	unsigned unit = peek(r, 0);

	r->at++;
	return unit == '\\' ? take_class_escape(r) : (int)unit;
}

/* What follows "[". */
static bool take_class(struct regex *r)
{
	take(r, '^');
	while (r->at < r->length && peek(r, 0) != ']') {
		int low = take_class_atom(r), high;

		if (low == -2)
			return false;
		if (peek(r, 0) != '-' || r->at + 1 >= r->length || peek(r, 1) == ']')
			continue;
		r->at++;
		high = take_class_atom(r);
		if (high == -2)
			return false;
		if (low >= 0 && high >= 0 && low > high)
			return fail(r, "Range out of order in character class");
	}
	if (!take(r, ']'))
		return fail(r, "Unterminated character class");
	return take_quantifier(r, true);
}

/* What follows a backslash. */
static bool take_escape(struct regex *r)
{
	unsigned unit = peek(r, 0);

	if (r->at == r->length)
		return fail(r, "\\ at end of pattern");
	r->at++;
	if (unit == 'b' || unit == 'B')
		return true;
	if (unit == 'k' && r->has_names) {
		if (!take(r, '<'))
			return fail(r, "Invalid named reference");
		if (!take_name(r, &r->references))
			return fail(r, "Invalid capture group name");
	}
	if (unit == 'c' && !is_letter(peek(r, 0)))
		return take_quantifier(r, true);
	if (unit == 'c' || unit == 'x' || unit == 'u') {
		if (unit == 'c')
			r->at++;
		else
			take_hex(r, unit == 'x' ? 2 : 4);
	}
	return take_quantifier(r, true);
}

static bool take_term(struct regex *r)
{
	unsigned unit = peek(r, 0);

	if (unit == '{' && take_interval(r))
		return fail(r, "Nothing to repeat");
	r->at++;
	switch (unit) {
	case '|':
	case '^':
	case '$':
		return true;
	case '(':
		return open_group(r);
	case ')':
		return close_group(r);
	case '[':
		return take_class(r);
	case '\\':
		return take_escape(r);
	case '*':
	case '+':
	case '?':
		return fail(r, "Nothing to repeat");
	default:
		return take_quantifier(r, true);
	}
}

/* True if some group has a name, wherever it stands. */
static bool find_names(const struct regex *r)
{
	bool in_class = false;

	for (size_t i = 0; i < r->length; i++) {
		if (r->units[i] == '\\')
			i++;
		else if (in_class || r->units[i] == '[')
			in_class = r->units[i] != ']';
		else if (r->units[i] == '(' && r->units[i + 1] == '?' && r->units[i + 2] == '<' &&
			 r->units[i + 3] != '=' && r->units[i + 3] != '!')
			return true;
	}
	return false;
}

static void parse(struct regex *r)
{
	while (r->at < r->length)
		if (!take_term(r))
			return;
	if (r->depth) {
		r->fault = "Unterminated group";
		return;
	}
	for (size_t i = 0; i < r->references.count; i++)
		if (!strings_contain(&r->names, r->references.items[i]))
			r->fault = "Invalid named capture referenced";
}

const char *js_regex_fault(const char *text, size_t *groups)
{
	struct regex r = { .at = 0 };

	r.units = to_utf16(text, &r.length);
	r.open = xmalloc(r.length + 1);
	r.has_names = find_names(&r);
	parse(&r);
	*groups = r.captures;
	free(r.units);
	free(r.open);
	strings_free(&r.open_names);
	strings_free(&r.names);
	strings_free(&r.references);
	return r.fault;
}
