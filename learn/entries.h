/* SPDX-License-Identifier: MIT */
#ifndef LEARN_ENTRIES_H
#define LEARN_ENTRIES_H

/* The entries of one list of a settings file while it is made: paths or hosts, with the reason. */
#include "core/base/buf.h"
#include "core/policy/access.h"

struct entry {
	char *text; /* absolute path, or host entry */
	bool tree;  /* a directory: covers what lies below */
	bool ruled; /* a person's rule asks for it */
	bool root;  /* denyRead: hidden because reads are closed, not because of what it is */
	enum scope scope; /* hosts: exact, host or domain */
	char *pattern;	  /* hosts: as in struct rule */
	char *why;
};

struct entries {
	struct entry *items;
	size_t count;
	size_t capacity;
};

#define ENTRIES_EMPTY { NULL, 0, 0 }

void entries_free(struct entries *entries);
/* Adds at the end; `why` is taken over. The new entry is borrowed until the next change. */
struct entry *entries_add(struct entries *entries, const char *text, bool tree, char *why);
void entries_remove(struct entries *entries, size_t index);
/* By text; of entries with the same text the ruled one stays, else one that is a tree. */
void entries_sort(struct entries *entries);

/* --- over sorted entries that are paths --- */

/* The entry with this text; NULL if there is none. */
const struct entry *entries_at(const struct entries *sorted, const char *text);
/* Adds one in its place. */
void entries_insert(struct entries *sorted, const char *text, bool tree);
/* The innermost entry that is `path` or a tree above it; NULL if there is none. */
const struct entry *entries_covering(const struct entries *sorted, const char *path);
/* The same without an entry that is `path` itself. */
const struct entry *entries_above(const struct entries *sorted, const char *path);
/* Whether an entry lies strictly below the path. */
bool entries_below(const struct entries *sorted, const char *path);
/* Removes what another entry covers, unless keep() says that this one is needed beside it. */
void entries_fold(struct entries *sorted,
		  bool (*keep)(const void *arg, const struct entry *entry,
			       const struct entry *cover),
		  const void *arg);

/* Absolute and in its one spelling: no empty, "." or ".." component, no slash at the end. */
bool path_is_spelled_plainly(const char *path);
bool text_is_utf8(const char *text);

#endif
