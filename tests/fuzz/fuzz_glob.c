/* SPDX-License-Identifier: MIT */
/*
 * Two lines: a pattern and a path. The machine agrees with a plain matcher that tries everything
 * (on short texts, for which that ends), reading in pieces changes nothing, a pattern
 * matches its own text, and normal paths are fixed points.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/glob.h"
#include "core/policy/path.h"
#include "tests/lib/glob_matches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SHORT 12

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* 1 in the set, 0 not in it, -1 no set at all: its text is from..end without the brackets. */
static int in_set(const char *from, const char *end, char c)
{
	int found = from == end ? -1 : 0;

	while (from < end) {
		char low = *from++, high = low;

		if (end - from >= 2 && *from == '-') {
			high = from[1];
			from += 2;
		}
		if (low > high)
			return -1;
		found |= c >= low && c <= high;
	}
	return found;
}

static bool plainly(const char *pattern, const char *path)
{
	if (!*pattern)
		return !*path;
	if (*pattern == '*') {
		size_t stars = strspn(pattern, "*");
		bool directories = stars > 1 && pattern[stars] == '/';
		const char *rest = pattern + stars + directories;

		if (plainly(rest, path))
			return true;
		for (; *path && (stars > 1 || *path != '/'); path++)
			if ((!directories || *path == '/') && plainly(rest, path + 1))
				return true;
		return false;
	}
	if (*pattern == '[') {
		const char *end = strchr(pattern, ']');

		if (end) {
			size_t length = (size_t)(end - pattern) + 1;

			if (*path && in_set(pattern + 1, end, *path) == 1 && plainly(end + 1, path + 1))
				return true;
			return strncmp(pattern, path, length) == 0 && plainly(end + 1, path + length);
		}
	}
	if (!*path || (*pattern == '?' ? *path == '/' : *pattern != *path))
		return false;
	return plainly(pattern + 1, path + 1);
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return false;
	return true;
}

static bool matches_in_pieces(const struct glob *glob, const char *path)
{
	_cleanup_free_ uint64_t *state = xmalloc(glob_state_words(glob) * sizeof(*state));
	_cleanup_free_ char *copy = xstrdup(path);
	char *rest = copy, *piece;
	bool first = true;

	glob_start(glob, state);
	while ((piece = strsep(&rest, "/"))) {
		if (!first)
			glob_feed(glob, state, state, "/");
		glob_feed(glob, state, state, piece);
		first = false;
	}
	require(!glob_accepts(glob, state) || glob_alive(glob, state));
	return glob_accepts(glob, state);
}

static void check_pattern(const char *pattern, const char *path)
{
	_cleanup_glob_ struct glob *glob = glob_compile(pattern);
	bool matches;

	require((glob == NULL) == (strlen(pattern) > GLOB_PATTERN_MOST));
	if (!glob)
		return;
	matches = glob_matches(glob, path);
	require(matches == matches_in_pieces(glob, path));
	require(glob_matches(glob, pattern));
	if (!glob_has_characters(pattern))
		require(matches == (strcmp(pattern, path) == 0));
	if (strlen(pattern) <= SHORT && strlen(path) <= SHORT && is_ascii(pattern) && is_ascii(path))
		require(matches == plainly(pattern, path));
	if (matches && *path) {
		_cleanup_free_ char *below = xasprintf("%s/below", path);

		require(glob_covers(glob, path));
		require(glob_covers(glob, below));
	}
}

static void check_path(const char *text)
{
	_cleanup_free_ char *path = path_absolute(text, "/home/u", "/w");
	_cleanup_free_ char *again = path_normalize(path);
	_cleanup_free_ char *parent = path_parent(path);

	require(strcmp(path, again) == 0);
	require(path_is_below(path, "/") && path_is_below(path, path) && path_is_below(path, parent));
	require(strcmp(path, "/") == 0 || path_is_strictly_below(path, parent));
	require(strcmp(path, "/") == 0 ? path_depth(path) == 0 :
					 path_depth(path) == path_depth(parent) + 1);
	require(!strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size < 6000 ? size : 6000);
	char *path = strchr(text, '\n');
	char none[] = "";

	if (path)
		*path++ = '\0';
	else
		path = none;
	check_pattern(text, path);
	check_path(path);
	return 0;
}
