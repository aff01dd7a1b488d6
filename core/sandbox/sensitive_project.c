/* SPDX-License-Identifier: MIT */
/*
 * Environment files (`.env`) of what a command works on: in the working directory's project and in the
 * directories that the command names, as an MCP server is told what it may serve. Those below are
 * searched a few levels deep, the shallow ones first; a search that would take long ends early, and
 * what a directory holds itself was looked at by then.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/policy/path.h"
#include "core/sandbox/mounts.h"

#define DEPTH_MOST 3
#define ENTRIES_MOST 20000
#define FILES_MOST 256

/* Where nobody keeps projects, and much else is. */
static const char *const system_places[] = {
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/nix", "/proc", "/run", "/sbin", "/sys", "/usr",
};

static const char *const skipped[] = { ".git", "node_modules" };

struct place {
	char *path;
	int depth;
};

struct search {
	const char *home;
	struct strings *found;
	struct place *queue;
	size_t count, capacity;
	size_t left; /* entries */
};

/* Takes the path. */
static void enqueue(struct search *search, char *path, int depth)
{
	for (size_t i = 0; i < search->count; i++) {
		if (search->queue[i].depth <= depth && strcmp(search->queue[i].path, path) == 0) {
			free(path);
			return;
		}
	}
	grow_array(search->queue, search->count, search->capacity);
	search->queue[search->count++] = (struct place){ path, depth };
}

static bool is_skipped(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(skipped); i++)
		if (strcmp(name, skipped[i]) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void look_at(struct search *search, int directory, const char *parent, int depth, const struct dirent *entry)
{
	bool named_so = sensitive_environment_name(entry->d_name);
	unsigned char type = entry->d_type;
	struct stat st;

	if (is_skipped(entry->d_name) || (type == DT_REG && !named_so))
		return;
	if ((type == DT_UNKNOWN || named_so) && fstatat(directory, entry->d_name, &st, 0) < 0)
		return;
	/* A directory called .env is a virtual environment, not a file of secrets. */
	if (named_so && !S_ISDIR(st.st_mode)) {
		_cleanup_free_ char *path = path_join(parent, entry->d_name);

		sensitive_add_existing(search->found, search->home, path);
		return;
	}
	/* No link is followed: open() refuses one that had no type. */
	if (depth < DEPTH_MOST && (type == DT_DIR || (type == DT_UNKNOWN && S_ISDIR(st.st_mode))))
		enqueue(search, path_join(parent, entry->d_name), depth + 1);
}

static void search_place(struct search *search, const struct place *place)
{
	int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		close_fd(&fd);
		return;
	}
	while (search->left && search->found->count < FILES_MOST && (entry = readdir(directory))) {
		search->left--;
		look_at(search, dirfd(directory), place->path, place->depth, entry);
	}
	closedir(directory);
}

static bool is_system_place(const char *path)
{
	for (size_t i = 0; i < ARRAY_LENGTH(system_places); i++)
		if (path_is_below(path, system_places[i]))
			return true;
	return false;
}

/* `text` as the command has it, an option's value too. */
static void add_named(struct search *search, const char *text, const char *cwd)
{
	const char *value = text[0] == '-' ? strchr(text, '=') : NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *real = NULL;
	struct stat st;

	text = value ? value + 1 : text;
	if (!text[0] || text[0] == '-' || strlen(text) >= PATH_MAX)
		return;
	path = text[0] == '/' ? xstrdup(text) : path_join(cwd, text);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	real = path_real(path);
	/* The home directory and what holds it are no project: themselves they are looked at. */
	if (real && !is_system_place(real) && strcmp(real, "/") != 0)
		enqueue(search, steal_ptr(&real), path_is_below(search->home, real) ? DEPTH_MOST : 0);
}

void project_environment_files(const char *home, const char *cwd, const struct strings *command,
			       struct strings *paths)
{
	struct search search = { .home = home, .found = paths, .left = ENTRIES_MOST };
	_cleanup_free_ char *real = path_real(home);

	if (!real)
		return;
	search.home = real;
	add_named(&search, cwd, cwd);
	/* What a program that starts in a part of a project takes from the whole. */
	for (char *at = path_is_strictly_below(cwd, real) ? path_parent(cwd) : NULL; at;) {
		char *next = strcmp(at, real) == 0 ? NULL : path_parent(at);

		enqueue(&search, at, DEPTH_MOST);
		at = next;
	}
	for (size_t i = 0; i < command->count; i++)
		add_named(&search, command->items[i], cwd);
	for (size_t i = 0; i < search.count; i++) {
		/* The queue may move while it grows. */
		struct place place = search.queue[i];

		search_place(&search, &place);
	}
	for (size_t i = 0; i < search.count; i++)
		free(search.queue[i].path);
	free(search.queue);
}
