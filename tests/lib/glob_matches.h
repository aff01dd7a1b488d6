/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LIB_GLOB_MATCHES_H
#define TESTS_LIB_GLOB_MATCHES_H

#include "core/base/mem.h"
#include "core/policy/glob.h"

/* True if the whole path matches, read in one piece. */
static inline bool glob_matches(const struct glob *glob, const char *path)
{
	_cleanup_free_ uint64_t *state = xmalloc(glob_state_words(glob) * sizeof(*state));

	glob_start(glob, state);
	glob_feed(glob, state, state, path);
	return glob_accepts(glob, state);
}

#endif
