/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_PATH_TEXT_H
#define CORE_SANDBOX_PATH_TEXT_H

/*
 * Paths as a program inside writes them, in buffers of PATH_MAX and without an allocation: what
 * judging a call needs of their text. Pure. All paths are absolute.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Splits "/a/b" into "/a" and "b". False if there is no last name that could be made or removed. */
bool path_text_split(const char *path, char parent[PATH_MAX], const char **name);
/* False where it does not fit. */
bool path_text_join(char out[PATH_MAX], const char *parent, const char *name);
/* Puts `target` in the place of the first `used` bytes. False, and unchanged, where it does not fit. */
bool path_text_replace_start(char path[PATH_MAX], size_t used, const char *target);
/* No empty, "." or ".." component: without symlinks it is the object's own path. */
bool path_text_is_normal(const char *path);
/* Trees of the kernel: nothing in them is masked, much of it per process. */
bool path_text_is_special(const char *path);
/* How a path ends, which the kernel takes for more than where it leads (path_resolution(7)). */
enum path_end {
	PATH_END_NAME,
	PATH_END_SLASH, /* a name, and slashes behind it */
	PATH_END_DOTS,	/* "." or "..", or no name at all */
};
enum path_end path_text_end(const char *path);
/* Length of the directory's part. */
size_t path_text_parent_length(const char *path);
/* mkdir("a/") and the like: the last name counts, not the slashes behind it. */
void path_text_trim(char out[PATH_MAX], const char *path);

#endif
