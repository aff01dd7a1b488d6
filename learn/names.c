/* SPDX-License-Identifier: MIT */
/*
 * A name is read from left to right; at each place the longest thing that is recognised is taken,
 * and letters before or after digits keep "utf8", "sha256" or "python3" from being anything.
 */
#include "learn/names.h"

#include <string.h>

#include "core/base/mem.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_alnum(char c)
{
	return is_digit(c) || is_lower(c) || is_upper(c);
}

static size_t span(const char *text, bool (*test)(char))
{
	size_t length = 0;

	while (test(text[length]))
		length++;
	return length;
}

static size_t uuid_length(const char *text)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(groups); i++) {
		if (i && text[at++] != '-')
			return 0;
		if (strnlen(text + at, groups[i]) < groups[i] || span(text + at, is_hex) < groups[i])
			return 0;
		at += groups[i];
	}
	return is_alnum(text[at]) ? 0 : at;
}

static int two_digits(const char *text)
{
	return is_digit(text[0]) && is_digit(text[1]) ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

/* 20240131 and 2024-01-31, also with _ or . between. */
static size_t date_length(const char *text)
{
	size_t gap, length;
	char separator;
	int month, day;

	if ((strncmp(text, "19", 2) != 0 && strncmp(text, "20", 2) != 0) ||
	    two_digits(text + 2) < 0)
		return 0;
	separator = text[4];
	gap = separator && strchr("-_.", separator) ? 1 : 0;
	month = two_digits(text + 4 + gap);
	if (month < 1 || month > 12 || (gap && text[7] != separator))
		return 0;
	day = two_digits(text + 6 + 2 * gap);
	length = 8 + 2 * gap;
	return day < 1 || day > 31 || is_digit(text[length]) ? 0 : length;
}

static size_t version_length(const char *text)
{
	size_t at = text[0] == 'v' || text[0] == 'V', parts = 0;

	for (;;) {
		size_t digits = span(text + at, is_digit);

		if (!digits || digits > 6)
			return 0;
		at += digits;
		parts++;
		if (text[at] != '.' || !is_digit(text[at + 1]))
			break;
		at++;
	}
	return parts < 2 || is_alnum(text[at]) ? 0 : at;
}

/* Changes between small, capital and digit that a word does not have. */
static bool looks_random(const char *text, size_t length)
{
	size_t changes = 0;
	bool digit = false;

	for (size_t i = 0; i < length; i++) {
		digit = digit || is_digit(text[i]);
		changes += i && (is_digit(text[i]) != is_digit(text[i - 1]) ||
				 (is_upper(text[i]) && is_lower(text[i - 1])));
	}
	return digit && changes >= 2 && length >= 6;
}

static enum name_part word_part(const char *text, size_t length)
{
	size_t leading = span(text, is_digit), hex = span(text, is_hex), digits = 0;

	for (size_t i = 0; i < length; i++)
		digits += is_digit(text[i]);
	if (leading == length)
		return (length == 10 || length == 13) && text[0] == '1' ? NAME_TIME : NAME_NUMBER;
	if (hex == length && length >= 8 && digits)
		return NAME_HASH;
	return looks_random(text, length) ? NAME_RANDOM : NAME_PLAIN;
}

static enum name_part part_at(const char *text, size_t *length)
{
	*length = uuid_length(text);
	if (*length)
		return NAME_UUID;
	*length = date_length(text);
	if (*length)
		return NAME_DATE;
	*length = version_length(text);
	if (*length)
		return NAME_VERSION;
	*length = span(text, is_alnum);
	if (!*length) {
		*length = 1;
		return NAME_PLAIN;
	}
	return word_part(text, *length);
}

static const char *const labels[] = {
	[NAME_NUMBER] = "{number}", [NAME_VERSION] = "{version}", [NAME_HASH] = "{hash}",
	[NAME_RANDOM] = "{random}", [NAME_TIME] = "{time}",	  [NAME_DATE] = "{date}",
	[NAME_UUID] = "{uuid}",
};

enum name_part name_examine(const char *name, struct buf *shape)
{
	enum name_part most = NAME_PLAIN;

	while (*name) {
		size_t length;
		enum name_part part = part_at(name, &length);

		if (shape && part == NAME_PLAIN)
			buf_add(shape, name, length);
		else if (shape)
			buf_adds(shape, labels[part]);
		most = part > most ? part : most;
		name += length;
	}
	return most;
}

const char *name_part_words(enum name_part part)
{
	static const char *const words[] = {
		[NAME_PLAIN] = "a plain name", [NAME_NUMBER] = "a number",
		[NAME_VERSION] = "a version",  [NAME_HASH] = "a hash",
		[NAME_RANDOM] = "random",      [NAME_TIME] = "a time",
		[NAME_DATE] = "a date",	       [NAME_UUID] = "a UUID",
	};

	return words[part];
}

bool name_part_passes(enum name_part part)
{
	return part >= NAME_RANDOM;
}

bool name_is_companion(const char *name)
{
	static const char *const endings[] = { "-journal", "-wal",  "-shm",  ".lock", ".lck",
					       ".tmp",	   ".swp",  ".part", ".pid",  "~" };
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_LENGTH(endings); i++) {
		size_t ending = strlen(endings[i]);

		if (length > ending && strcmp(name + length - ending, endings[i]) == 0)
			return true;
	}
	return false;
}
