/* SPDX-License-Identifier: MIT */
/*
 * Where a path leads on this machine. path_land() is realpath(3) that keeps its findings when
 * something is missing: it holds a resolved prefix and the text still to be followed, takes
 * one name at a time, and puts the text of a link in front of what is left.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

/* The kernel's own limits. */
#define LINKS_MOST 40
#define REST_MOST (PATH_MAX * 2)

char *path_real(const char *path)
{
	return realpath(path, NULL);
}

bool path_is_plain(const char *path)
{
	_cleanup_free_ char *real = path_real(path);

	return real && strcmp(real, path) == 0;
}

void path_landing_free(struct path_landing *landing)
{
	free(landing->at);
	landing->at = NULL;
}

static void land(struct path_landing *landing, enum path_fate fate, char *at, const char *rest)
{
	landing->fate = fate;
	landing->at = at;
	landing->more = rest[strspn(rest, "/")] != '\0';
}

/* Puts the link's text in front of the rest; "/" at its start means a fresh prefix. */
static bool follow_link(const char *link, char **prefix, char **rest)
{
	char text[PATH_MAX];
	ssize_t length = readlink(link, text, sizeof(text));
	char *joined;

	if (length <= 0 || (size_t)length >= sizeof(text) ||
	    (size_t)length + strlen(*rest) > REST_MOST)
		return false;
	text[length] = '\0';
	joined = xasprintf("%s/%s", text, *rest);
	free(*rest);
	*rest = joined;
	if (text[0] == '/') {
		free(*prefix);
		*prefix = xstrdup("/");
	}
	return true;
}

void path_land(struct path_landing *landing, const char *path)
{
	_cleanup_free_ char *prefix = xstrdup("/");
	_cleanup_free_ char *rest = xstrdup(path);
	unsigned links = 0;

	for (;;) {
		_cleanup_free_ char *name = NULL;
		_cleanup_free_ char *next = NULL;
		struct stat st;
		size_t skip = strspn(rest, "/");
		size_t length = strcspn(rest + skip, "/");

		if (!length) {
			land(landing, PATH_EXISTS, steal_ptr(&prefix), "");
			return;
		}
		name = xstrndup(rest + skip, length);
		memmove(rest, rest + skip + length, strlen(rest + skip + length) + 1);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			char *parent = path_parent(prefix);

			free(prefix);
			prefix = parent;
			continue;
		}
		next = path_join(prefix, name);
		if (lstat(next, &st) < 0) {
			if (errno == ENOENT)
				land(landing, PATH_MISSING, steal_ptr(&next), rest);
			else if (errno == EACCES)
				land(landing, PATH_HIDDEN, steal_ptr(&prefix), name);
			else
				land(landing, PATH_LOOP, steal_ptr(&next), rest);
			return;
		}
		if (S_ISLNK(st.st_mode)) {
			if (++links > LINKS_MOST || !follow_link(next, &prefix, &rest)) {
				land(landing, PATH_LOOP, steal_ptr(&next), rest);
				return;
			}
			continue;
		}
		if (!S_ISDIR(st.st_mode) && rest[strspn(rest, "/")]) {
			land(landing, PATH_BLOCKED, steal_ptr(&next), rest);
			return;
		}
		free(prefix);
		prefix = steal_ptr(&next);
	}
}
