/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_EXTRACT_H
#define CORE_POLICY_EXTRACT_H

/*
 * `extract` of a credential: a regular expression in JavaScript's dialect (no flags but "g"),
 * whose first group is what is to be masked. Pure.
 */
#include <stddef.h>

#include "core/base/err.h"

struct extract;

/* One match: where it begins, and its first group. */
struct extract_match {
	size_t offset;
	size_t start, end; /* the group; both SIZE_MAX where it took no part in the match */
	size_t next;	   /* where to look for the next match */
};

/*
 * NULL with *e where the expression is none (js_regex.h says why), has no capturing group, or uses something that
 * cannot be carried over faithfully: it must never match less than its author expects.
 * Caller frees.
 */
struct extract *extract_new(const char *expression, struct err *e);
void extract_free(struct extract *extract);
static inline void extract_cleanup(struct extract **extract)
{
	extract_free(*extract);
}
#define _cleanup_extract_ __attribute__((cleanup(extract_cleanup)))

/*
 * Finds the first match at or behind `from`. 1 and *match, 0 where there is none, -1 with *e
 * where the search costs more than is reasonable. Bytes that are no UTF-8 match nothing.
 */
int extract_find(const struct extract *extract, const char *text, size_t length, size_t from,
		 struct extract_match *match, struct err *e);

#endif
