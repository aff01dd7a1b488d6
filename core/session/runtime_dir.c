/* SPDX-License-Identifier: MIT */
#include "core/session/runtime_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"

/* More sockets than this are not looked at: nobody runs so many sessions. */
#define SOCKETS_MOST 4096

/* A variable that is set to something, else NULL. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

/* As the XDG specification wants it: a relative path counts as not set. */
static const char *absolute_variable(const char *name)
{
	const char *value = variable(name);

	return value && value[0] == '/' ? value : NULL;
}

/* The path without slashes at its end. */
static char *trimmed(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return xstrndup(path, length);
}

static char *absolute(const char *path)
{
	_cleanup_free_ char *here = NULL;
	_cleanup_free_ char *joined = NULL;

	if (path[0] == '/')
		return trimmed(path);
	here = getcwd(NULL, 0);
	joined = xasprintf("%s/%s", here ? here : "", path);
	return trimmed(joined);
}

char *home_dir(void)
{
	const char *home = absolute_variable("HOME");
	const struct passwd *entry;

	if (home)
		return trimmed(home);
	entry = getpwuid(geteuid());
	if (entry && entry->pw_dir && entry->pw_dir[0] == '/')
		return trimmed(entry->pw_dir);
	return xstrdup("/");
}

/* $variable/rest, else ~/fallback/rest. */
static char *below_base(const char *name, const char *fallback, const char *rest)
{
	const char *base = absolute_variable(name);
	_cleanup_free_ char *start = NULL;

	if (base) {
		start = trimmed(base);
	} else {
		_cleanup_free_ char *home = home_dir();

		start = xasprintf("%s/%s", strcmp(home, "/") == 0 ? "" : home, fallback);
	}
	return xasprintf("%s/%s", strcmp(start, "/") == 0 ? "" : start, rest);
}

char *config_dir(void)
{
	return below_base("XDG_CONFIG_HOME", ".config", "srt-top");
}

char *database_path(void)
{
	const char *chosen = variable("SRT_TOP_DB");

	if (chosen)
		return absolute(chosen);
	return below_base("XDG_STATE_HOME", ".local/state", "srt-top/srt-top.db");
}

char *layers_dir(void)
{
	return below_base("XDG_STATE_HOME", ".local/state", "srt-top/layers");
}

/*
 * After su or sudo the variable may still name another user's directory, or one that is gone:
 * a directory of ours in there would be in that user's way.
 */
static bool is_own_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static char *runtime_dir_path(void)
{
	const char *chosen = variable("SRT_TOP_RUNTIME_DIR");
	const char *base = absolute_variable("XDG_RUNTIME_DIR");

	if (chosen)
		return absolute(chosen);
	if (base && is_own_directory(base)) {
		_cleanup_free_ char *start = trimmed(base);

		return xasprintf("%s/srt-top", start);
	}
	return xasprintf("/tmp/srt-top-%u", (unsigned)geteuid());
}

char *runtime_dir(struct err *e)
{
	_cleanup_free_ char *path = runtime_dir_path();

	if (make_directories(path) < 0) {
		err_errno(e, "cannot make %s for the control sockets", path);
		return NULL;
	}
	if (check_private_directory(path, e) < 0) {
		err_wrap(e, "the directory of the control sockets");
		return NULL;
	}
	return steal_ptr(&path);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_socket_name(const char *name)
{
	static const char ending[] = ".sock";
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(ending) &&
	       strcmp(name + length - strlen(ending), ending) == 0;
}

int runtime_dir_sockets(struct strings *paths, struct err *e)
{
	_cleanup_free_ char *path = runtime_dir(e);
	size_t before = paths->count;
	const struct dirent *entry;
	DIR *directory;

	if (!path)
		return -1;
	directory = opendir(path);
	if (!directory)
		return err_errno(e, "cannot list %s", path);
	while (paths->count - before < SOCKETS_MOST && (entry = readdir(directory))) {
		struct stat st;

		if (is_socket_name(entry->d_name) &&
		    fstatat(dirfd(directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISSOCK(st.st_mode))
			strings_addf(paths, "%s/%s", path, entry->d_name);
	}
	closedir(directory);
	if (paths->count > before)
		qsort(paths->items + before, paths->count - before, sizeof(*paths->items),
		      compare_names);
	return 0;
}
