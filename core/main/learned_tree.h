/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_LEARNED_TREE_H
#define CORE_MAIN_LEARNED_TREE_H

/* This machine's tree, as learn/ asks about it. Only looks. */
#include "learn/export.h"

/* `home` is borrowed for as long as the view is used. */
struct tree_view learned_tree(const char *home);

struct start_needs {
	struct start_need *items;
	size_t count, capacity;
};
void start_needs_free(struct start_needs *needs);

/*
 * What a start of the command needs and no access shows: directories with links that lead to it,
 * interpreters that the kernel opens for scripts, and upstream's own helper. `command` are words
 * joined by spaces (NULL = unknown).
 */
void start_needs_find(struct start_needs *needs, const char *command, const char *cwd,
		      const struct access_row *accesses, size_t count);

/* Files sensitive by their name in a project, beyond what sensitive_paths() finds at its top. */
void sensitive_in_project(const char *home, const char *cwd, struct strings *paths);

#endif
