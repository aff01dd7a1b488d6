/* SPDX-License-Identifier: MIT */
#include "tui/lookup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#define STAT_MOST 4096
#define COMMAND_MOST 4096
#define CHILDREN_MOST 65536
#define MOUNTINFO_MOST (4 * 1024 * 1024)
#define TAIL_MOST (64 * 1024) /* bytes, and */
#define TAIL_LINES_MOST 2000 /* each is laid out anew for every painting */

/* At most `most` bytes of a file of /proc, whose size is not known before. Caller frees. */
static char *read_some(int directory, const char *path, size_t most, size_t *length)
{
	_cleanup_close_ int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	ssize_t got;

	*length = 0;
	if (fd < 0)
		return NULL;
	text = xmalloc(most + 1);
	while (*length < most && (got = read(fd, text + *length, most - *length)) > 0)
		*length += (size_t)got;
	text[*length] = '\0';
	return steal_ptr(&text);
}

/* The words, a blank between them. */
static char *read_command(int directory, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("%s/cmdline", pid);
	size_t length;
	char *text = read_some(directory, path, COMMAND_MOST, &length);

	while (length > 0 && text[length - 1] == '\0')
		length--;
	if (length == 0) {
		free(text);
		return NULL;
	}
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[length] = '\0';
	return text;
}

static bool add_process(struct processes *processes, int directory, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("%s/stat", pid);
	_cleanup_free_ char *text = NULL;
	struct process process;
	size_t length;

	text = read_some(directory, path, STAT_MOST, &length);
	if (text == NULL ||
	    !process_parse(&process, text, sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE)))
		return false;
	process.command = read_command(directory, pid);
	processes_add(processes, &process);
	return true;
}

static void add_all(struct processes *processes)
{
	DIR *directory = opendir("/proc");
	uid_t user = geteuid();
	struct dirent *entry;
	struct stat st;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (fstatat(dirfd(directory), entry->d_name, &st, 0) == 0 && st.st_uid == user)
			add_process(processes, dirfd(directory), entry->d_name);
	}
	if (directory != NULL)
		closedir(directory);
}

static void add_tree(struct processes *processes, int proc, const char *pid, int depth);

/* "12 34 ": what one thread has started. */
static void add_children(struct processes *processes, int proc, int tasks, const char *thread,
			 int depth)
{
	_cleanup_free_ char *path = xasprintf("%s/children", thread), *text = NULL;
	char *rest = NULL;
	size_t length;

	text = read_some(tasks, path, CHILDREN_MOST, &length);
	for (char *pid = text != NULL ? strtok_r(text, " \n", &rest) : NULL; pid != NULL;
	     pid = strtok_r(NULL, " \n", &rest))
		add_tree(processes, proc, pid, depth);
}

static void add_tree(struct processes *processes, int proc, const char *pid, int depth)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/task", pid);
	DIR *tasks;
	struct dirent *entry;

	if (processes->count >= LOOKUP_PROCESSES_MOST || depth == PROCESS_DEPTH_MOST ||
	    !add_process(processes, proc, pid))
		return;
	tasks = opendir(path);
	while (tasks != NULL && (entry = readdir(tasks)) != NULL)
		if (entry->d_name[0] != '.')
			add_children(processes, proc, dirfd(tasks), entry->d_name, depth + 1);
	if (tasks != NULL)
		closedir(tasks);
}

void lookup_processes(struct processes *processes, const pid_t *roots, size_t count)
{
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	processes_free(processes);
	if (proc >= 0 && access("/proc/thread-self/children", R_OK) < 0)
		add_all(processes);
	else
		for (size_t i = 0; proc >= 0 && i < count; i++) {
			_cleanup_free_ char *pid = xasprintf("%d", (int)roots[i]);

			if (roots[i] > 0)
				add_tree(processes, proc, pid, 0);
		}
	processes_sort(processes);
}

bool lookup_mounts(struct mount_rows *rows, pid_t pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/mountinfo", (int)pid);
	_cleanup_free_ char *text = NULL;
	size_t length;

	text = pid > 0 ? read_some(AT_FDCWD, path, MOUNTINFO_MOST, &length) : NULL;
	if (text == NULL)
		return false;
	mount_rows_read(rows, text);
	return true;
}

/* Where the last `most` lines begin. */
static char *last_lines(char *from, char *end, size_t most)
{
	/* The newline that ends the text ends a line, too. */
	for (char *at = end; at > from + 1; at--)
		if (at[-1] == '\n' && at < end && --most == 0)
			return at;
	return from;
}

bool lookup_tail(struct strings *lines, const char *path, int64_t since_ms)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t got;
	char *line, *rest;
	off_t from;

	strings_free(lines);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (int64_t)st.st_mtim.tv_sec * 1000 + 1000 < since_ms)
		return false;
	from = st.st_size > TAIL_MOST ? st.st_size - TAIL_MOST : 0;
	text = xmalloc(TAIL_MOST + 1);
	got = pread(fd, text, TAIL_MOST, from);
	if (got < 0)
		return false;
	text[got] = '\0';
	for (ssize_t i = 0; i < got; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	/* What the cut left of a line is no line. */
	line = from > 0 && strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : text;
	line = last_lines(line, text + got, TAIL_LINES_MOST);
	for (line = strtok_r(line, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		strings_add(lines, line);
	return true;
}
