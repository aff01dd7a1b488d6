/* SPDX-License-Identifier: MIT */
#include "core/sandbox/socket_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

#define LINK_SIZE 64 /* "socket:[…]"; what is longer is another thing */

static bool leads_to(int directory, const char *path, const char *wanted)
{
	char target[LINK_SIZE];
	ssize_t length = readlinkat(directory, path, target, sizeof(target) - 1);

	if (length <= 0)
		return false;
	target[length] = '\0';
	return strcmp(target, wanted) == 0;
}

/* The number of the descriptor that is the socket, or -1. */
static int find_descriptor(int process, const char *wanted)
{
	_cleanup_close_ int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int found = -1;

	if (!directory)
		return -1;
	fd = -1; /* the stream's now */
	while (found < 0 && (entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    leads_to(dirfd(directory), entry->d_name, wanted))
			found = atoi(entry->d_name);
	closedir(directory);
	return found;
}

static bool same_pid_namespace(int process, const struct stat *wanted)
{
	struct stat st;

	return fstatat(process, "ns/pid", &st, 0) == 0 && st.st_dev == wanted->st_dev &&
	       st.st_ino == wanted->st_ino;
}

/* Where it was the last time, or else anywhere in that process. */
static bool still_holds(struct socket_owner *owner, const char *wanted)
{
	char path[32];
	int descriptor;

	if (owner->directory < 0)
		return false;
	snprintf(path, sizeof(path), "fd/%d", owner->descriptor);
	if (leads_to(owner->directory, path, wanted))
		return true;
	descriptor = find_descriptor(owner->directory, wanted);
	if (descriptor < 0)
		return false;
	owner->descriptor = descriptor;
	return true;
}

/* Takes this one where it is the owner. */
static bool try_process(struct socket_owner *owner, int proc, const char *number,
			const struct stat *space, const char *wanted)
{
	_cleanup_close_ int process = openat(proc, number, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int descriptor;

	if (process < 0 || !same_pid_namespace(process, space))
		return false;
	descriptor = find_descriptor(process, wanted);
	if (descriptor < 0)
		return false;
	socket_owner_forget(owner);
	*owner = (struct socket_owner){ .pid = atoi(number),
					.directory = steal_fd(&process),
					.descriptor = descriptor };
	return true;
}

static bool search(struct socket_owner *owner, pid_t init, const char *wanted)
{
	char path[64];
	struct stat space;
	DIR *proc;
	const struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", init);
	if (stat(path, &space) < 0)
		return false;
	proc = opendir("/proc");
	if (!proc)
		return false;
	while (!found && (entry = readdir(proc)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			try_process(owner, dirfd(proc), entry->d_name, &space, wanted);
	closedir(proc);
	return found;
}

bool socket_owner_find(struct socket_owner *owner, pid_t init, unsigned long inode)
{
	char wanted[LINK_SIZE];

	if (!inode)
		return false;
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	return still_holds(owner, wanted) || search(owner, init, wanted);
}

char *socket_owner_executable(const struct socket_owner *owner)
{
	char path[4096];
	ssize_t length = owner->directory < 0
				 ? -1
				 : readlinkat(owner->directory, "exe", path, sizeof(path) - 1);

	return length > 0 ? xstrndup(path, (size_t)length) : NULL;
}

void socket_owner_forget(struct socket_owner *owner)
{
	close_fd(&owner->directory);
	*owner = (struct socket_owner)SOCKET_OWNER_NONE;
}
