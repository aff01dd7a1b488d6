/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_LISTED_H
#define CORE_SANDBOX_LISTED_H

/*
 * The directories that were opened to be listed. A program that looks at a file by name needs it;
 * one that looks at what a listing named needs the listing. One thread's; a set with a bound.
 */
#include <stdbool.h>

struct listed;

struct listed *listed_new(void);
void listed_free(struct listed *listed); /* NULL does nothing */
void listed_add(struct listed *listed, const char *directory);
/* Whether the directory that the object is in was listed. Beyond the bound it is said of all. */
bool listed_has_parent_of(struct listed *listed, const char *object);

#endif
