/* SPDX-License-Identifier: MIT */
#include "core/main/program_marks.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/policy/path.h"

#define MARKS_MOST 16
#define WORDS_MOST 64
#define PACKAGE_MOST (256 * 1024)
#define VERSION_MOST 64

/* What is written in package.json, kept to letters, digits and a few marks; "-" if there is none. */
static char *read_version(const char *path)
{
	_cleanup_free_ char *text = NULL, *version = NULL;
	_cleanup_json_ cJSON *json = NULL;
	const char *slash = strrchr(path, '/');
	size_t length = 0;

	if (!slash || strcmp(slash, "/package.json") != 0 ||
	    read_small_file(&text, &length, path, PACKAGE_MOST, NULL) < 0)
		return xstrdup("-");
	json = json_read(text, length, NULL);
	if (!json || json_get_string(json, "version", &version, NULL) < 0 || !version ||
	    !*version || strlen(version) > VERSION_MOST ||
	    version[strspn(version, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789.+-_")])
		return xstrdup("-");
	return steal_ptr(&version);
}

static char *mark_of(const char *path)
{
	_cleanup_free_ char *version = NULL;
	struct stat st;

	if (strchr(path, '\n') || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	version = read_version(path);
	return xasprintf("%lld.%09ld %lld %s %s", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			 (long long)st.st_size, version, path);
}

static void add_mark(struct strings *marks, const char *path)
{
	_cleanup_free_ char *real = path_real(path);
	_cleanup_free_ char *mark = real ? mark_of(real) : NULL;

	if (mark && marks->count < MARKS_MOST && !strings_contain(marks, mark))
		strings_take(marks, steal_ptr(&mark));
}

static void mark_words(struct strings *marks, const char *command, const char *cwd)
{
	for (int word = 0; *command && word < WORDS_MOST; word++) {
		size_t length = strcspn(command, " ");
		_cleanup_free_ char *text = xstrndup(command, length);
		_cleanup_free_ char *path = NULL;

		if (text[0] == '/')
			path = xstrdup(text);
		else if (*text && text[0] != '-' && strchr(text, '/') && cwd)
			path = path_join(cwd, text);
		if (path)
			add_mark(marks, path);
		command += length + (command[length] == ' ');
	}
}

/* "…/node_modules/NAME/package.json", where the command names NAME: npx NAME, or a path in it. */
static bool is_named_package(const char *path, const char *command)
{
	static const char modules[] = "/node_modules/", file[] = "/package.json";
	const char *name = NULL, *next = strstr(path, modules);
	_cleanup_free_ char *package = NULL;
	size_t length;

	for (; next; next = strstr(name, modules))
		name = next + sizeof(modules) - 1;
	length = name ? strlen(name) : 0;
	if (length < sizeof(file) || strcmp(name + length - (sizeof(file) - 1), file) != 0)
		return false;
	package = xstrndup(name, length - (sizeof(file) - 1));
	/* Its own one, not that of a directory inside. */
	if (strchr(package[0] == '@' ? package + strcspn(package, "/") + 1 : package, '/'))
		return false;
	return strstr(command, package) != NULL;
}

char *program_marks(const char *command, const char *cwd, const struct access_row *rows,
		    size_t count)
{
	_cleanup_strings_ struct strings marks = STRINGS_EMPTY;
	struct buf text = BUF_EMPTY;

	if (!command)
		return NULL;
	mark_words(&marks, command, cwd);
	for (size_t i = 0; i < count && marks.count < MARKS_MOST; i++)
		if (rows[i].kind == ACCESS_READ && rows[i].verdict == VERDICT_ALLOW &&
		    is_named_package(rows[i].object, command))
			add_mark(&marks, rows[i].object);
	for (size_t i = 0; i < marks.count; i++)
		buf_addf(&text, "%s\n", marks.items[i]);
	return marks.count ? buf_steal(&text) : NULL;
}

/* The third of the words. Caller frees. */
static char *version_in(const char *mark)
{
	for (int word = 0; word < 2; word++) {
		mark += strcspn(mark, " ");
		mark += *mark == ' ';
	}
	return xstrndup(mark, strcspn(mark, " "));
}

static void compare_mark(const char *mark, struct strings *changed)
{
	const char *path = strchr(mark, '/');
	_cleanup_free_ char *now = path ? mark_of(path) : NULL;
	_cleanup_free_ char *before = NULL, *after = NULL;

	if (!path || (now && strcmp(now, mark) == 0))
		return;
	if (!now) {
		strings_addf(changed, "%s is gone", path);
		return;
	}
	before = version_in(mark);
	after = version_in(now);
	if (strcmp(before, after) != 0)
		strings_addf(changed, "%s is version %s, and was %s", path, after, before);
	else
		strings_addf(changed, "%s has changed", path);
}

void program_marks_compare(const char *marks, struct strings *changed)
{
	while (*marks) {
		size_t length = strcspn(marks, "\n");
		_cleanup_free_ char *mark = xstrndup(marks, length);

		compare_mark(mark, changed);
		marks += length + (marks[length] == '\n');
	}
}
