/* SPDX-License-Identifier: MIT */
#include "core/sandbox/attribution.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

#define COMMAND_LINE_MOST 4096
#define CHAIN_MOST 8

char *process_executable(pid_t pid)
{
	char link[64], path[4096];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	length = readlink(link, path, sizeof(path) - 1);
	return length > 0 ? xstrndup(path, (size_t)length) : NULL;
}

char *process_command_line(pid_t pid)
{
	char path[64], words[COMMAND_LINE_MOST];
	_cleanup_close_ int fd = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, words, sizeof(words));
	if (length <= 0)
		return NULL;
	if (words[length - 1] == '\0')
		length--;
	for (ssize_t i = 0; i < length; i++)
		if (words[i] == '\0')
			words[i] = ' ';
	return xstrndup(words, (size_t)length);
}

/* A number of /proc/PID/status, as printed in this base; -1 unknown. */
static int status_number(pid_t pid, const char *field, int base)
{
	char path[64], text[4096];
	_cleanup_close_ int fd = -1;
	const char *line;
	ssize_t length;
	char *end;
	long number;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	/* The name, on the first line, cannot hold a newline: the kernel escapes it. */
	line = strstr(text, field);
	if (!line)
		return -1;
	line += strlen(field);
	number = strtol(line, &end, base);
	return end == line ? -1 : (int)number;
}

static void add_link(struct buf *chain, pid_t pid)
{
	_cleanup_free_ char *exe = process_executable(pid);

	for (char *c = exe; c && *c; c++)
		if (*c == '\n')
			*c = '?';
	buf_addf(chain, "%s%s", chain->length ? "\n" : "", exe ? exe : "?");
}

char *process_chain(pid_t pid, pid_t init)
{
	struct buf chain = BUF_EMPTY;

	for (size_t i = 0; i < CHAIN_MOST && pid > 1 && pid != init; i++) {
		int parent = status_number(pid, "\nPPid:", 10);

		if (parent < 0)
			break;
		add_link(&chain, pid);
		pid = parent;
	}
	return chain.length ? buf_steal(&chain) : NULL;
}

int process_umask(pid_t thread)
{
	return status_number(thread, "\nUmask:", 8);
}

pid_t process_of_thread(pid_t thread)
{
	int pid = status_number(thread, "\nTgid:", 10);

	return pid > 0 ? pid : thread;
}

/*
 * The inode of the socket with this local port, from a /proc/PID/net/tcp table; 0 where there is
 * none, or nobody holds it. *readable: the table could be read.
 */
static unsigned long find_inode(pid_t init, const char *table, int port, bool *readable)
{
	char path[64], line[512];
	FILE *file;
	unsigned long found = 0;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", init, table);
	file = fopen(path, "re");
	*readable = file != NULL;
	if (!file)
		return 0;
	while (!found && fgets(line, sizeof(line), file)) {
		unsigned local, state;
		unsigned long inode;

		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
			   &local, &state, &inode) == 3 &&
		    local == (unsigned)port && inode)
			found = inode;
	}
	fclose(file);
	return found;
}

static bool holds_socket(pid_t pid, unsigned long inode)
{
	char path[64], wanted[64];
	DIR *directory;
	const struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	directory = opendir(path);
	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		char target[64];
		ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

		if (length > 0) {
			target[length] = '\0';
			found = strcmp(target, wanted) == 0;
		}
	}
	closedir(directory);
	return found;
}

static bool same_pid_namespace(pid_t pid, const struct stat *wanted)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

pid_t process_by_port(pid_t init, enum socket_protocol protocol, int port)
{
	return process_by_port_near(init, protocol, port, 0);
}

bool socket_is_closed(pid_t init, int port)
{
	bool has_four, has_six;

	return !find_inode(init, "tcp", port, &has_four) && has_four &&
	       !find_inode(init, "tcp6", port, &has_six);
}

pid_t process_by_port_near(pid_t init, enum socket_protocol protocol, int port, pid_t likely)
{
	bool readable;
	unsigned long inode = find_inode(init, protocol == SOCKET_UDP ? "udp" : "tcp", port, &readable);

	if (!inode)
		inode = find_inode(init, protocol == SOCKET_UDP ? "udp6" : "tcp6", port, &readable);
	return process_by_inode(init, inode, likely);
}

pid_t process_by_inode(pid_t init, unsigned long inode, pid_t likely)
{
	char path[64];
	struct stat space;
	DIR *directory;
	const struct dirent *entry;
	pid_t found = 0;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", init);
	if (!inode || stat(path, &space) < 0)
		return 0;
	if (likely && same_pid_namespace(likely, &space) && holds_socket(likely, inode))
		return likely;
	directory = opendir("/proc");
	while (directory && !found && (entry = readdir(directory))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		if (pid && same_pid_namespace(pid, &space) && holds_socket(pid, inode))
			found = pid;
	}
	if (directory)
		closedir(directory);
	return found;
}
