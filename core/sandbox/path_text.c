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
