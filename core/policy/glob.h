/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_GLOB_H
#define CORE_POLICY_GLOB_H

/*
 * Path patterns as upstream writes them: `*` any text without a slash, `**` any text, `**` with
 * a slash behind it zero or more directories, `?` one character but a slash, `[set]` one of
 * the set, with ranges; `!` and `^` do not negate, nothing escapes, and a set that nothing can
 * match is literal text. Brackets also match themselves, so that a pattern finds the file
 * that is called just so. A pattern that ends in a slash and two stars means what stands
 * before them. Matching takes time linear in pattern times path.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

#define GLOB_PATTERN_MOST 4096

struct glob;

/* True if the text holds any of the characters that make a pattern. */
bool glob_has_characters(const char *text);
/* The pattern without the slash and two stars that it may end in. Caller frees. */
char *glob_strip(const char *pattern);

/* NULL where the pattern is longer than GLOB_PATTERN_MOST. Free with glob_free(). */
struct glob *glob_compile(const char *pattern);
void glob_free(struct glob *glob);
static inline void glob_cleanup(struct glob **glob)
{
	if (*glob)
		glob_free(*glob);
}
#define _cleanup_glob_ __attribute__((cleanup(glob_cleanup)))

/* True if the path or one of the directories above it matches: what a deny speaks about. */
bool glob_covers(const struct glob *glob, const char *path);

/*
 * Matching piece by piece, for walks: a state is the set of places in the pattern where the
 * text read so far may stand, glob_state_words() words long.
 */
size_t glob_state_words(const struct glob *glob);
void glob_start(const struct glob *glob, uint64_t *state);
/* Reads more text. `from` and `to` may be the same. */
void glob_feed(const struct glob *glob, const uint64_t *from, uint64_t *to, const char *text);
/* True if some text could follow that matches, or none is needed. */
bool glob_alive(const struct glob *glob, const uint64_t *state);
bool glob_accepts(const struct glob *glob, const uint64_t *state);

/*
 * The existing files and directories that an absolute, normalized pattern matches, as spelled,
 * sorted. Links to directories are followed, but not upwards; of several spellings through
 * links one may stand for all. Directories that could hold matches and cannot be listed go to
 * `unlisted` (may be NULL). /proc and /dev are left out, and /sys unless the pattern names it.
 * -1 where the tree is too large to be sure of having found everything.
 */
int glob_expand(const char *pattern, struct strings *matches, struct strings *unlisted,
		struct err *e);

#endif
