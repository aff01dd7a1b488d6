/* SPDX-License-Identifier: MIT */
#include "core/session/server_name.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/mem.h"

#define NAME_MOST 128 /* bytes */

static const char *base_name(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash && slash[1] ? slash + 1 : word;
}

static bool is_runner(const char *name)
{
	static const char *const runners[] = { "npx",	 "npm",	   "pnpm",    "yarn",	 "bunx",
					       "bun",	 "deno",   "node",    "uvx",	 "uv",
					       "pipx",	 "python", "python3", "ruby",	 "perl",
					       "java",	 "sh",	   "bash",    "env",	 "docker" };

	for (size_t i = 0; i < ARRAY_LENGTH(runners); i++)
		if (strcmp(name, runners[i]) == 0)
			return true;
	return false;
}

/* Words between a runner and what it runs. */
static bool is_verb(const char *word)
{
	static const char *const verbs[] = { "run", "exec", "x", "dlx", "tool", "start" };

	for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++)
		if (strcmp(word, verbs[i]) == 0)
			return true;
	return false;
}

static void replace_strange(char *name, const char *more)
{
	for (char *c = name; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *c) &&
		    !strchr(more, *c))
			*c = '-';
}

/* Without a version ("name@1.2") and without what is no good in a name. */
static char *clean(const char *word)
{
	char *name = xstrdup(word);
	char *at = strchr(name + (name[0] != '\0'), '@');

	if (at)
		*at = '\0';
	replace_strange(name, "");
	return name;
}

char *server_name_plain(const char *name)
{
	char *plain = *name ? xstrndup(name, strnlen(name, NAME_MOST)) : xstrdup("-");

	replace_strange(plain, "@");
	return plain;
}

char *server_name_of(char *const *command)
{
	const char *name = base_name(command[0]);

	if (is_runner(name))
		for (char *const *word = command + 1; *word; word++) {
			/* A script given as text has no name. */
			if (strcmp(*word, "-c") == 0 || strcmp(*word, "-e") == 0)
				break;
			if ((*word)[0] == '-' || (*word)[0] == '\0' || is_verb(*word))
				continue;
			return clean(base_name(*word));
		}
	return clean(name);
}
