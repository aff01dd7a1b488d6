/* SPDX-License-Identifier: MIT */
#include "core/policy/path.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

char *path_normalize(const char *absolute)
{
	struct buf out = BUF_EMPTY;
	const char *at = absolute;

	while (*at) {
		size_t length;

		at += strspn(at, "/");
		length = strcspn(at, "/");
		if (length == 2 && at[0] == '.' && at[1] == '.') {
			while (out.length && out.data[--out.length] != '/')
				;
			if (out.data)
				out.data[out.length] = '\0';
		} else if (length && !(length == 1 && at[0] == '.')) {
			buf_addc(&out, '/');
			buf_add(&out, at, length);
		}
		at += length;
	}
	if (!out.length)
		buf_addc(&out, '/');
	return buf_steal(&out);
}

char *path_absolute(const char *text, const char *home, const char *cwd)
{
	_cleanup_free_ char *whole = NULL;

	if (text[0] == '~' && (text[1] == '\0' || text[1] == '/'))
		whole = path_join(home, text + 1);
	else if (text[0] == '/')
		return path_normalize(text);
	else
		whole = path_join(cwd, text);
	return path_normalize(whole);
}

bool path_is_below(const char *path, const char *ancestor)
{
	size_t length = strlen(ancestor);

	if (length == 1 && ancestor[0] == '/')
		return path[0] == '/';
	return strncmp(path, ancestor, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool path_is_strictly_below(const char *path, const char *ancestor)
{
	return path_is_below(path, ancestor) && strcmp(path, ancestor) != 0;
}

char *path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}

char *path_join(const char *directory, const char *name)
{
	size_t length = strlen(directory), name_length, separator;
	char *joined;

	name += strspn(name, "/");
	if (!*name)
		return xstrdup(directory);
	separator = !length || directory[length - 1] != '/';
	name_length = strlen(name);
	/* Not xasprintf(): a plan joins hundreds of names before the program can start. */
	joined = xmalloc(length + separator + name_length + 1);
	memcpy(joined, directory, length);
	joined[length] = '/';
	memcpy(joined + length + separator, name, name_length + 1);
	return joined;
}

size_t path_depth(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		if (path[0] == '/' && path[1] != '\0' && path[1] != '/')
			depth++;
	return depth;
}

char *path_shorten(const char *path, const char *home)
{
	if (strcmp(home, "/") != 0 && path_is_below(path, home))
		return xasprintf("~%s", path + strlen(home));
	return xstrdup(path);
}
