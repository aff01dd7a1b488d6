/* SPDX-License-Identifier: MIT */
/*
 * Files that other programs run or obey: never writable, whatever else is. In cwd they are
 * denied whether or not they exist. Below it what exists is searched for: files down to the
 * depth asked for, directories and repositories one level less, names in any case,
 * node_modules left out, no link followed. A search that does not end in time is an error.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/sandbox/mount_entries.h"

#define ENTRIES_MOST 4000000u
#define MILLISECONDS_MOST 10000

static const char *const protected_files[] = {
	".gitconfig", ".gitmodules", ".bashrc",	   ".bash_profile", ".zshrc",
	".zprofile",  ".profile",    ".ripgreprc", ".mcp.json",
};
static const char *const protected_directories[] = { ".vscode", ".idea" };
static const char *const claude_directories[] = { "commands", "agents" };

struct search {
	struct mount_entries *entries;
	const char *cwd;
	int depth;
	bool allow_git_config;
	size_t fixed; /* denials that were there before the search */
	size_t seen;
	int64_t deadline;
	struct err *e;
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void deny(struct mount_entries *entries, const char *cwd, const char *path, bool directory)
{
	mount_entries_add_write_denial(entries, xstrdup(path), directory, ORIGIN_MANDATORY,
				 xasprintf("mandatory %s",
					   path + strlen(cwd) + (strcmp(cwd, "/") != 0)));
}

static void deny_in(struct mount_entries *entries, const char *cwd, const char *name,
		    bool directory)
{
	_cleanup_free_ char *path = path_join(cwd, name);

	deny(entries, cwd, path, directory);
}

static void deny_in_cwd(struct mount_entries *entries, const char *cwd, bool allow_git_config)
{
	_cleanup_free_ char *git = path_join(cwd, ".git");
	struct stat st;

	for (size_t i = 0; i < ARRAY_LENGTH(protected_files); i++)
		deny_in(entries, cwd, protected_files[i], false);
	for (size_t i = 0; i < ARRAY_LENGTH(protected_directories); i++)
		deny_in(entries, cwd, protected_directories[i], true);
	for (size_t i = 0; i < ARRAY_LENGTH(claude_directories); i++) {
		_cleanup_free_ char *name = path_join(".claude", claude_directories[i]);

		deny_in(entries, cwd, name, true);
	}
	if (stat(git, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		deny_in(entries, cwd, ".git", false);
		return;
	}
	deny_in(entries, cwd, ".git/hooks", true);
	if (!allow_git_config)
		deny_in(entries, cwd, ".git/config", false);
}

static bool exists_in(int directory, const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void deny_found(struct search *search, const char *path, bool directory)
{
	/* The names in cwd itself are found again. */
	for (size_t i = 0; i < search->fixed; i++)
		if (search->entries->write_denials[i].origin == ORIGIN_MANDATORY &&
		    strcmp(search->entries->write_denials[i].path, path) == 0)
			return;
	deny(search->entries, search->cwd, path, directory);
}

/* `path` is a directory called .git in any case. */
static void deny_repository(struct search *search, int directory, const struct buf *path)
{
	bool has_config = exists_in(directory, "config");
	_cleanup_free_ char *hooks = NULL;
	_cleanup_free_ char *config = NULL;

	if (!has_config && !exists_in(directory, "HEAD") && !exists_in(directory, "hooks"))
		return;
	hooks = path_join(path->data, "hooks");
	deny_found(search, hooks, true);
	if (!has_config || search->allow_git_config)
		return;
	config = path_join(path->data, "config");
	deny_found(search, config, false);
}

/* Opens a directory below another; one of our own that cannot be read is denied whole. */
static int open_below(struct search *search, int directory, const char *name,
		      const struct buf *path)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 || errno != EACCES)
		return fd;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid == geteuid())
		deny_found(search, path->data, true);
	errno = EACCES;
	return -1;
}

static int search_directory(struct search *search, int directory, struct buf *path, int level,
			    bool in_claude);

/* `level` is the number of names from cwd to the entry. */
static int search_below(struct search *search, int directory, const char *name, struct buf *path,
			int level)
{
	bool protectable = level <= search->depth - 1;
	int fd;

	if (strcmp(name, "node_modules") == 0 || strcmp(path->data, "/proc") == 0 ||
	    strcmp(path->data, "/sys") == 0 || strcmp(path->data, "/dev") == 0)
		return 0;
	if (is_one_of(name, protected_directories, ARRAY_LENGTH(protected_directories))) {
		if (protectable)
			deny_found(search, path->data, true);
		return 0;
	}
	if (!protectable)
		return 0;
	fd = open_below(search, directory, name, path);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ?
			       err_errno(search->e, "searching %s", path->data) : 0;
	if (strcasecmp(name, ".git") == 0) {
		deny_repository(search, fd, path);
		close(fd);
		return 0;
	}
	return search_directory(search, fd, path, level, strcasecmp(name, ".claude") == 0);
}

static int search_entry(struct search *search, int directory, const struct dirent *entry,
			struct buf *path, int level, bool in_claude)
{
	const char *name = entry->d_name;
	int type = entry->d_type;

	if (type == DT_UNKNOWN) {
		struct stat st;

		if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return 0;
		type = S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG : DT_LNK;
	}
	if (type == DT_REG && name[0] == '.') {
		bool is_git = strcasecmp(name, ".git") == 0 && level <= search->depth - 1;

		if (!is_git && !is_one_of(name, protected_files, ARRAY_LENGTH(protected_files)))
			return 0;
	} else if (type == DT_REG)
		return 0;
	if (type != DT_REG && type != DT_DIR)
		return 0;
	buf_addc(path, '/');
	buf_adds(path, name);
	if (type == DT_REG) {
		deny_found(search, path->data, false);
		return 0;
	}
	if (in_claude && is_one_of(name, claude_directories, ARRAY_LENGTH(claude_directories))) {
		deny_found(search, path->data, true);
		return 0;
	}
	return search_below(search, directory, name, path, level);
}

/* Takes the descriptor. The path is the directory's, empty for "/". */
static int search_directory(struct search *search, int directory, struct buf *path, int level,
			    bool in_claude)
{
	DIR *dir = fdopendir(directory);
	size_t length = path->length;
	struct dirent *entry;
	int result = 0;

	if (!dir) {
		close(directory);
		return err_errno(search->e, "searching %s", buf_text(path));
	}
	while (result == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
			continue;
		if (++search->seen > ENTRIES_MOST ||
		    ((search->seen & 1023) == 0 && clock_mono_ms() > search->deadline)) {
			result = err_set(search->e,
					 "the search for protected files below %s does not end: "
					 "lower mandatoryDenySearchDepth or start in a smaller "
					 "directory", search->cwd);
			break;
		}
		result = search_entry(search, dirfd(dir), entry, path, level + 1, in_claude);
		path->length = length;
		if (path->data)
			path->data[length] = '\0';
	}
	closedir(dir);
	return result;
}

/* The order of a directory is nobody's: the plan shall not depend on it. */
static int compare_denials(const void *left, const void *right)
{
	const struct write_denial *a = left, *b = right;

	return strcmp(a->path, b->path);
}

static int search_all(struct mount_entries *entries, const char *cwd, int depth,
		      bool allow_git_config, struct err *e)
{
	struct search search = { .entries = entries,
				 .cwd = cwd,
				 .depth = depth,
				 .allow_git_config = allow_git_config,
				 .deadline = clock_mono_ms() + MILLISECONDS_MOST,
				 .e = e };
	_cleanup_buf_ struct buf path = BUF_EMPTY;
	int fd;

	search.fixed = entries->write_denial_count;
	fd = open(cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (strcmp(cwd, "/") != 0)
		buf_adds(&path, cwd);
	if (search_directory(&search, fd, &path, 0, false) < 0)
		return -1;
	qsort(entries->write_denials + search.fixed, entries->write_denial_count - search.fixed,
	      sizeof(*entries->write_denials), compare_denials);
	return 0;
}

int mandatory_denials(struct mount_entries *entries, const char *cwd, int depth,
		      bool allow_git_config, struct err *e)
{
	deny_in_cwd(entries, cwd, allow_git_config);
	return search_all(entries, cwd, depth, allow_git_config, e);
}

int mandatory_denials_found(struct mount_entries *entries, const char *root, int depth,
			    bool allow_git_config, struct err *e)
{
	return search_all(entries, root, depth, allow_git_config, e);
}

static bool follows(const char *const *parts, size_t count, size_t at, const char *first,
		    const char *second)
{
	return at + 1 < count && strcasecmp(parts[at], first) == 0 &&
	       strcasecmp(parts[at + 1], second) == 0;
}

bool mandatory_covers(const char *path, bool is_directory)
{
	_cleanup_free_ char *text = xstrdup(path);
	_cleanup_free_ const char **parts = NULL;
	size_t count = 0, capacity = 0;
	char *save = NULL;

	for (char *part = strtok_r(text, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		grow_array(parts, count, capacity);
		parts[count++] = part;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_one_of(parts[i], protected_directories, ARRAY_LENGTH(protected_directories)) ||
		    is_one_of(parts[i], protected_files, ARRAY_LENGTH(protected_files)) ||
		    follows(parts, count, i, ".git", "hooks") ||
		    follows(parts, count, i, ".git", "config"))
			return true;
		for (size_t c = 0; c < ARRAY_LENGTH(claude_directories); c++)
			if (follows(parts, count, i, ".claude", claude_directories[c]))
				return true;
	}
	return count && strcasecmp(parts[count - 1], ".git") == 0 && !is_directory;
}
