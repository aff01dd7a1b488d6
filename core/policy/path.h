/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_PATH_H
#define CORE_POLICY_PATH_H

/*
 * Spelling of paths. The first half is pure: text in, text out. The second half asks the
 * kernel where a path leads and changes nothing.
 */
#include <stdbool.h>
#include <stddef.h>

/*
 * An entry as a settings file spells it, made absolute: `~` and `~/x` become the home directory,
 * anything else without a leading slash lies below cwd; then path_normalize(). Caller frees.
 */
char *path_absolute(const char *text, const char *home, const char *cwd);
/* Lexical: no empty, `.` or `..` component and no slash at the end. Caller frees. */
char *path_normalize(const char *absolute);
/* True if `path` is `ancestor` or lies below it, by whole components. Both normalized. */
bool path_is_below(const char *path, const char *ancestor);
/* The same without the ancestor itself. */
bool path_is_strictly_below(const char *path, const char *ancestor);
/* "/a/b" of "/a/b/c"; "/" of "/a" and of "/". Caller frees. */
char *path_parent(const char *path);
/* directory/name without a doubled slash. Caller frees. */
char *path_join(const char *directory, const char *name);
/* Number of components: 0 for "/". */
size_t path_depth(const char *path);
/* The path with the home directory written as `~`, for people. Caller frees. */
char *path_shorten(const char *path, const char *home);

/* realpath(3) as a new string, or NULL with errno. Caller frees. */
char *path_real(const char *path);
/* True if the path exists and no component of it is a symbolic link. */
bool path_is_plain(const char *path);

enum path_fate {
	PATH_EXISTS,  /* at: the object, fully resolved */
	PATH_MISSING, /* at: the first name on the way that does not exist; its parent does */
	PATH_BLOCKED, /* at: something that is no directory stands where one is needed */
	PATH_HIDDEN,  /* at: the last directory that this user can look at */
	PATH_LOOP,    /* at: a symbolic link that leads nowhere, or any other failure */
};

struct path_landing {
	enum path_fate fate;
	char *at;  /* resolved */
	bool more; /* names would follow below `at` */
};

/* Follows a normalized path, through dangling links too, to where an access to it would land. */
void path_land(struct path_landing *landing, const char *path);
void path_landing_free(struct path_landing *landing);
#define _cleanup_landing_ __attribute__((cleanup(path_landing_free)))

#endif
