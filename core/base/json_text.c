/* SPDX-License-Identifier: MIT */
#include "core/base/json_text.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MOST 64

struct scan {
	const char *text;
	size_t at, end;
};

static char peek(const struct scan *scan)
{
	return scan->at < scan->end ? scan->text[scan->at] : '\0';
}

static bool accept(struct scan *scan, char c)
{
	if (scan->at >= scan->end || scan->text[scan->at] != c)
		return false;
	scan->at++;
	return true;
}

static bool skip_comment(struct scan *scan)
{
	const char *begin = scan->text + scan->at, *found;
	size_t left = scan->end - scan->at;

	if (left < 2 || begin[0] != '/')
		return false;
	if (begin[1] == '/') {
		found = memchr(begin, '\n', left);
		scan->at = found ? (size_t)(found - scan->text) : scan->end;
		return true;
	}
	found = begin[1] == '*' ? memmem(begin + 2, left - 2, "*/", 2) : NULL;
	if (!found)
		return false;
	scan->at = (size_t)(found + 2 - scan->text);
	return true;
}

static void skip_blanks(struct scan *scan)
{
	do {
		while (scan->at < scan->end && memchr(" \t\r\n", scan->text[scan->at], 4))
			scan->at++;
	} while (skip_comment(scan));
}

/* Ends are looked for, contents are not judged: whoever decodes a string does that. */
static bool skip_string(struct scan *scan)
{
	if (!accept(scan, '"'))
		return false;
	while (scan->at < scan->end) {
		unsigned char c = (unsigned char)scan->text[scan->at++];

		if (c == '"')
			return true;
		if (c < 0x20)
			return false;
		if (c == '\\' && scan->at < scan->end)
			scan->at++;
	}
	return false;
}

/* A number or a word. */
static bool skip_bare(struct scan *scan)
{
	size_t from = scan->at;

	while (scan->at < scan->end &&
	       memchr("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		      scan->text[scan->at], 65))
		scan->at++;
	return scan->at > from;
}

static bool skip_value(struct scan *scan, int depth);

/* Up to and with the closing bracket. */
static bool skip_items(struct scan *scan, bool object, int depth)
{
	char close = object ? '}' : ']';

	skip_blanks(scan);
	while (!accept(scan, close)) {
		if (object) {
			if (!skip_string(scan))
				return false;
			skip_blanks(scan);
			if (!accept(scan, ':'))
				return false;
			skip_blanks(scan);
		}
		if (!skip_value(scan, depth))
			return false;
		skip_blanks(scan);
		if (!accept(scan, ',') && peek(scan) != close)
			return false;
		skip_blanks(scan);
	}
	return true;
}

static bool skip_value(struct scan *scan, int depth)
{
	switch (peek(scan)) {
	case '{':
	case '[': {
		bool object = scan->text[scan->at++] == '{';

		return depth < DEPTH_MOST && skip_items(scan, object, depth + 1);
	}
	case '"':
		return skip_string(scan);
	default:
		return skip_bare(scan);
	}
}

static int line_of(const struct scan *scan)
{
	int line = 1;

	for (size_t i = 0; i < scan->at && i < scan->end; i++)
		line += scan->text[i] == '\n';
	return line;
}

int json_text_check(const char *text, size_t length, struct json_span *value, struct err *e)
{
	struct scan scan = { text, 0, length };

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		scan.at = 3;
	skip_blanks(&scan);
	value->from = scan.at;
	if (!skip_value(&scan, 0))
		return err_set(e, "not valid JSON: line %d", line_of(&scan));
	value->to = scan.at;
	skip_blanks(&scan);
	if (scan.at != length)
		return err_set(e, "not valid JSON: line %d", line_of(&scan));
	return 0;
}

bool json_text_next(const char *text, struct json_span container, size_t *at, struct json_item *item)
{
	struct scan scan = { text, *at ? *at : container.from + 1, container.to - 1 };

	skip_blanks(&scan);
	if (accept(&scan, ','))
		skip_blanks(&scan);
	if (scan.at >= scan.end)
		return false;
	*item = (struct json_item){ .key = { scan.at, scan.at } };
	if (text[container.from] == '{') {
		skip_string(&scan);
		item->key.to = scan.at;
		skip_blanks(&scan);
		accept(&scan, ':');
		skip_blanks(&scan);
	}
	item->value.from = scan.at;
	if (!skip_value(&scan, 0))
		return false;
	item->value.to = *at = scan.at;
	return true;
}
