/* SPDX-License-Identifier: MIT */
#include "tui/log_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

struct log_file {
	char *name;
	int64_t time_s;
};

struct log_files {
	struct log_file *items;
	size_t count, capacity;
};

/* "1234.log", and what a cut of it may have left. */
static bool is_log(const char *name)
{
	size_t digits = strspn(name, "0123456789");

	return digits > 0 &&
	       (strcmp(name + digits, ".log") == 0 || strcmp(name + digits, ".log.new") == 0);
}

static int newest_first(const void *a, const void *b)
{
	const struct log_file *left = a, *right = b;

	if (left->time_s != right->time_s)
		return left->time_s > right->time_s ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Whoever writes a log holds a lock on it. */
static bool is_written(int directory, const char *name)
{
	_cleanup_close_ int fd =
		openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0;
}

static void collect(struct log_files *files, DIR *listing)
{
	struct dirent *entry;
	struct stat st;

	while ((entry = readdir(listing)) != NULL) {
		if (!is_log(entry->d_name) ||
		    fstatat(dirfd(listing), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode) || is_written(dirfd(listing), entry->d_name))
			continue;
		grow_array(files->items, files->count, files->capacity);
		files->items[files->count++] =
			(struct log_file){ xstrdup(entry->d_name), (int64_t)st.st_mtim.tv_sec };
	}
}

size_t log_files_prune(const char *directory, size_t most, int64_t oldest_s)
{
	DIR *listing = opendir(directory);
	struct log_files files = { 0 };
	size_t removed = 0;

	if (listing == NULL)
		return 0;
	collect(&files, listing);
	if (files.count > 0)
		qsort(files.items, files.count, sizeof(*files.items), newest_first);
	for (size_t i = 0; i < files.count; i++) {
		if (i >= most || files.items[i].time_s < oldest_s)
			removed += unlinkat(dirfd(listing), files.items[i].name, 0) == 0;
		free(files.items[i].name);
	}
	free(files.items);
	closedir(listing);
	return removed;
}
