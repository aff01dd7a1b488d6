/* SPDX-License-Identifier: MIT */
#include "core/main/learned_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

#define NAMES_MOST 4096	   /* of one directory */
#define SURVEY_MOST 20000  /* entries of one survey */
#define DEPTH_MOST 32
#define LINKS_MOST 40
#define WORDS_MOST 64
#define SCRIPTS_MOST 256

static bool tree_exists(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return lstat(path, &st) == 0;
}

static bool tree_is_directory(void *tree, const char *path)
{
	struct stat st;

	(void)tree;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool tree_is_direct(void *tree, const char *path)
{
	(void)tree;
	return path_is_plain(path);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool tree_list(void *tree, const char *path, struct strings *names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	(void)tree;
	while (dir && names->count <= NAMES_MOST && (entry = readdir(dir)))
		if (!is_dots(entry->d_name))
			strings_add(names, entry->d_name);
	if (dir)
		closedir(dir);
	return dir && names->count <= NAMES_MOST;
}

/* --- walking --- */

struct walk {
	const char *home;
	size_t left; /* entries that may still be looked at */
	bool in_project; /* leaves out what other tools keep in a project */
	void (*found)(struct walk *walk, const char *path);
	struct survey *survey;
	struct strings *paths;
};

static void walk_directory(struct walk *walk, int parent, const char *name, const char *path,
			   int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	while (walk->left && (entry = readdir(dir))) {
		_cleanup_free_ char *child = NULL;
		struct stat st;
		bool directory = entry->d_type == DT_DIR;

		if (is_dots(entry->d_name))
			continue;
		walk->left--;
		if (entry->d_type == DT_UNKNOWN)
			directory = fstatat(dirfd(dir), entry->d_name, &st,
					    AT_SYMLINK_NOFOLLOW) == 0 &&
				    S_ISDIR(st.st_mode);
		if (directory && walk->in_project &&
		    (strcmp(entry->d_name, "node_modules") == 0 ||
		     strcmp(entry->d_name, ".git") == 0))
			continue;
		child = path_join(path, entry->d_name);
		if (!directory)
			walk->found(walk, child);
		else if (depth < DEPTH_MOST)
			walk_directory(walk, dirfd(dir), entry->d_name, child, depth + 1);
	}
	closedir(dir);
}

static void count_file(struct walk *walk, const char *path)
{
	walk->survey->files++;
	walk->survey->sensitive += sensitive_covers(walk->home, path);
}

static void tree_survey(void *tree, const char *path, struct survey *survey)
{
	struct walk walk = {
		.home = tree, .left = SURVEY_MOST, .found = count_file, .survey = survey
	};

	*survey = (struct survey){ 0 };
	walk_directory(&walk, AT_FDCWD, path, path, 0);
	survey->complete = walk.left > 0;
}

struct tree_view learned_tree(const char *home)
{
	return (struct tree_view){ .exists = tree_exists,
				   .is_directory = tree_is_directory,
				   .is_direct = tree_is_direct,
				   .list = tree_list,
				   .survey = tree_survey,
				   .tree = (void *)home };
}

static void add_sensitive(struct walk *walk, const char *path)
{
	if (sensitive_covers(walk->home, path) && path_is_plain(path) &&
	    !strings_contain(walk->paths, path))
		strings_add(walk->paths, path);
}

void sensitive_in_project(const char *home, const char *cwd, struct strings *paths)
{
	struct walk walk = { .home = home,
			     .left = SURVEY_MOST,
			     .in_project = true,
			     .found = add_sensitive,
			     .paths = paths };

	/* The home directory and what holds it are no project. */
	if (!path_is_below(home, cwd))
		walk_directory(&walk, AT_FDCWD, cwd, cwd, 0);
}

/* --- what a start needs --- */

void start_needs_free(struct start_needs *needs)
{
	for (size_t i = 0; i < needs->count; i++)
		free(needs->items[i].path);
	free(needs->items);
	*needs = (struct start_needs){ 0 };
}

static void add_need(struct start_needs *needs, const char *path, const char *why)
{
	for (size_t i = 0; i < needs->count; i++)
		if (strcmp(needs->items[i].path, path) == 0)
			return;
	grow_array(needs->items, needs->count, needs->capacity);
	needs->items[needs->count++] = (struct start_need){ xstrdup(path), why };
}

/* Where a link leads, with what follows it in the path. */
static char *replace_link(const char *link, const char *rest)
{
	_cleanup_free_ char *parent = path_parent(link);
	_cleanup_free_ char *joined = NULL, *whole = NULL;
	char target[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof(target) - 1);

	if (length <= 0)
		return NULL;
	target[length] = '\0';
	joined = target[0] == '/' ? xstrdup(target) : path_join(parent, target);
	whole = xasprintf("%s%s", joined, rest);
	return path_normalize(whole);
}

/* Every directory in which a link on the way lies. */
static void follow_links(struct start_needs *needs, const char *path, const char *why)
{
	_cleanup_free_ char *at = path_normalize(path);

	for (int links = 0; links < LINKS_MOST; links++) {
		char *next = NULL;

		for (const char *slash = strchr(at + 1, '/');; slash = strchr(slash + 1, '/')) {
			size_t length = slash ? (size_t)(slash - at) : strlen(at);
			_cleanup_free_ char *prefix = xstrndup(at, length);
			struct stat st;

			if (lstat(prefix, &st) < 0)
				return;
			if (S_ISLNK(st.st_mode)) {
				_cleanup_free_ char *holder = path_parent(prefix);

				add_need(needs, holder, why);
				next = replace_link(prefix, at + length);
				break;
			}
			if (!slash)
				return;
		}
		if (!next)
			return;
		free(at);
		at = next;
	}
}

static char *find_program(const char *name)
{
	const char *list = getenv("PATH");

	while (list && *list) {
		size_t length = strcspn(list, ":");
		_cleanup_free_ char *directory = xstrndup(list, length);
		_cleanup_free_ char *path = path_join(directory, name);

		if (directory[0] == '/' && access(path, X_OK) == 0)
			return steal_ptr(&path);
		list += length + (list[length] == ':');
	}
	return NULL;
}

static void need_words(struct start_needs *needs, const char *command, const char *cwd)
{
	for (int word = 0; *command && word < WORDS_MOST; word++) {
		size_t length = strcspn(command, " ");
		_cleanup_free_ char *text = xstrndup(command, length);
		_cleanup_free_ char *path = NULL;

		if (text[0] == '/')
			path = xstrdup(text);
		else if (word == 0 && *text && !strchr(text, '/'))
			path = find_program(text);
		else if (*text && text[0] != '-' && cwd)
			path = path_join(cwd, text);
		if (path)
			follow_links(needs, path, "a link in it leads to the command");
		command += length + (command[length] == ' ');
	}
}

static void need_interpreter(struct start_needs *needs, const char *script)
{
	_cleanup_close_ int fd = open(script, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char line[PATH_MAX];
	ssize_t length = fd >= 0 ? read(fd, line, sizeof(line) - 1) : 0;
	char *start, *real;

	if (length < 3 || line[0] != '#' || line[1] != '!')
		return;
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	start = line + 2 + strspn(line + 2, " \t");
	start[strcspn(start, " \t\r")] = '\0';
	if (start[0] != '/')
		return;
	follow_links(needs, start, "a link in it leads to an interpreter");
	real = path_real(start);
	if (real)
		add_need(needs, real, "the interpreter of a script");
	free(real);
}

/* Upstream's helper runs inside its sandbox. */
static void need_upstream(struct start_needs *needs)
{
	static const char package[] = "/sandbox-runtime/";
	_cleanup_free_ char *found = find_program("srt");
	_cleanup_free_ char *real = found ? path_real(found) : NULL;
	char *part = real ? strstr(real, package) : NULL;
	_cleanup_free_ char *helpers = NULL;

	if (!part)
		return;
	part[sizeof(package) - 2] = '\0';
	helpers = path_join(real, "vendor");
	add_need(needs, helpers, "upstream's own helper");
}

void start_needs_find(struct start_needs *needs, const char *command, const char *cwd,
		      const struct access_row *accesses, size_t count)
{
	size_t scripts = 0;

	if (command)
		need_words(needs, command, cwd);
	for (size_t i = 0; i < count && scripts < SCRIPTS_MOST; i++)
		if (accesses[i].kind == ACCESS_EXEC && accesses[i].verdict == VERDICT_ALLOW) {
			scripts++;
			need_interpreter(needs, accesses[i].object);
		}
	need_upstream(needs);
}
