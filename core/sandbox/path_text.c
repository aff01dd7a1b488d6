/* SPDX-License-Identifier: MIT */
#include "core/sandbox/path_text.h"

#include <stdio.h>
#include <string.h>

#include "core/policy/path.h"

bool path_text_split(const char *path, char parent[PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t length;

	if (!slash || !slash[1] || strcmp(slash + 1, ".") == 0 || strcmp(slash + 1, "..") == 0)
		return false;
	length = slash == path ? 1 : (size_t)(slash - path);
	memcpy(parent, path, length);
	parent[length] = '\0';
	*name = slash + 1;
	return true;
}

bool path_text_join(char out[PATH_MAX], const char *parent, const char *name)
{
	return snprintf(out, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "", name) < PATH_MAX;
}

bool path_text_replace_start(char path[PATH_MAX], size_t used, const char *target)
{
	size_t length = strlen(target), rest = strlen(path + used);

	if (length + rest >= PATH_MAX)
		return false;
	memmove(path + length, path + used, rest + 1);
	memcpy(path, target, length);
	return true;
}

bool path_text_is_normal(const char *path)
{
	for (const char *c = path; *c; c++)
		if (*c == '/' &&
		    (c[1] == '/' || (c[1] == '\0' && c != path) ||
		     (c[1] == '.' && (c[2] == '/' || c[2] == '\0' ||
				      (c[2] == '.' && (c[3] == '/' || c[3] == '\0'))))))
			return false;
	return true;
}

bool path_text_is_special(const char *path)
{
	return path_is_below(path, "/proc") || path_is_below(path, "/sys") ||
	       path_is_below(path, "/dev");
}

enum path_end path_text_end(const char *path)
{
	size_t length = strlen(path), name;
	bool has_slash = length && path[length - 1] == '/';

	while (length && path[length - 1] == '/')
		length--;
	for (name = length; name && path[name - 1] != '/';)
		name--;
	length -= name;
	if (length == 0 || (length == 1 && path[name] == '.') ||
	    (length == 2 && path[name] == '.' && path[name + 1] == '.'))
		return PATH_END_DOTS;
	return has_slash ? PATH_END_SLASH : PATH_END_NAME;
}

size_t path_text_parent_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? 1 : (size_t)(slash - path);
}

void path_text_trim(char out[PATH_MAX], const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	memcpy(out, path, length);
	out[length] = '\0';
}
