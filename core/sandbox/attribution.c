/* SPDX-License-Identifier: MIT */
#include "core/sandbox/attribution.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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

unsigned long socket_inode_by_port(pid_t init, enum socket_protocol protocol, int port)
{
	bool readable;
	unsigned long inode = find_inode(init, protocol == SOCKET_UDP ? "udp" : "tcp", port, &readable);

	return inode ? inode
		     : find_inode(init, protocol == SOCKET_UDP ? "udp6" : "tcp6", port, &readable);
}

bool socket_is_closed(pid_t init, int port)
{
	bool has_four, has_six;

	return !find_inode(init, "tcp", port, &has_four) && has_four &&
	       !find_inode(init, "tcp6", port, &has_six);
}
