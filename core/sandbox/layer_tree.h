/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LAYER_TREE_H
#define CORE_SANDBOX_LAYER_TREE_H

/* Directories of a layer and of the host, entered without following a link and removed as trees. */

/* A descriptor, or -1 with errno. The first takes a whole path, in which no name is a link. */
int layer_open_exactly(const char *path);
int layer_open_below(int directory, const char *name);

/*
 * Whether all that is at the name may be removed from the host, where it is `path`: nothing in it is
 * protected. 0, or -1 with errno (EPERM: something is).
 */
int layer_tree_may_go(int directory, const char *name, const char *path, const char *home);
/* Removes it. 0, or -1 with errno. */
int layer_tree_remove(int directory, const char *name);
/* The same where the program may have closed directories to their owner: for a locked layer. */
int layer_tree_remove_closed(int directory, const char *name);

#endif
