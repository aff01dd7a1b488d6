/* SPDX-License-Identifier: MIT */
#ifndef LEARN_WIDEN_H
#define LEARN_WIDEN_H

/*
 * When single objects stand for a directory. Every function here only proposes; whether a directory
 * may be opened at all is the caller's question, asked through `may_open`.
 */
#include "learn/draft.h"

struct widening {
	const struct draft *draft;
	struct entries *list; /* sorted */
	bool (*may_open)(const struct draft *draft, const char *directory, const void *arg);
	const void *arg;
};

/* Directories of which so many entries are listed, and at least half of all there are if `half`,
 * are listed themselves instead. */
void widen_siblings(struct widening *widening, size_t least, bool half);
/* Directories with several names of one shape in them: there will be others. */
void widen_shapes(struct widening *widening);

/* Of the path's own tool: "~/.cache/app". `caches` leaves out directories for data and state. NULL if
 * it lies in none. Caller frees the result. */
char *widen_tool(const struct draft *draft, const char *path, bool caches, const char **why);
/* Where packages are kept of which one is used: "node_modules", a virtual environment, and for what
 * was executed the directory of programs. *foreign: what is in there was installed, and a name
 * that looks sensitive is nobody's secret. NULL if it lies in none. Caller frees. */
char *widen_packages(const struct draft *draft, const char *path, bool executed, bool *foreign,
		     const char **why);

/* "~/.cache", "~/.config" and their kind, which belong to all programs. */
bool is_shared_base(const struct draft *draft, const char *path);

#endif
