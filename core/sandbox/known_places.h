/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_KNOWN_PLACES_H
#define CORE_SANDBOX_KNOWN_PLACES_H

/*
 * Remembers for a second at most what was found out about paths that no program inside can change:
 * everything on the way to them is on read-only mounts (plan_tree_is_fixed()). One thread's; a
 * table of fixed size, in which a new path takes the place of an old one.
 */
#include <stddef.h>
#include <stdint.h>

enum known_place {
	KNOWN_NOTHING = 0,
	KNOWN_DIRECTORY = 1 << 0, /* without a symlink in its path, and not hidden */
	KNOWN_OBJECT = 1 << 1,	  /* the same, something that is no symlink */
	KNOWN_READABLE = 1 << 2,  /* the same, and may be read */
	KNOWN_MISSING = 1 << 3,	  /* not there, and not hidden */
	KNOWN_ALIAS = 1 << 4,	  /* it leads over symlinks to another path, which has none */
};

struct known_places;

struct known_places *known_places_new(void);
void known_places_free(struct known_places *places);
/* Forgets all where `now_s` or `plan` is another than before. */
void known_places_refresh(struct known_places *places, int64_t now_s, const void *plan);
/* What is known of the first `length` bytes of `path`: enum known_place, ored. */
unsigned known_places_find(const struct known_places *places, const char *path, size_t length);
void known_places_add(struct known_places *places, const char *path, size_t length, unsigned what);
void known_places_add_alias(struct known_places *places, const char *path, size_t length,
			    const char *target);
/* Of an alias; NULL where it is none. Valid until the next call that adds. */
const char *known_places_target(const struct known_places *places, const char *path, size_t length);

#endif
