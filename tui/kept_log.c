/* SPDX-License-Identifier: MIT */
#include "tui/kept_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#define BLOCK (64 * 1024)

/* Locked: what is written now is not removed as old (log_files.h). */
static int open_log(const char *path, int more)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | more, 0600);

	if (fd >= 0)
		flock(fd, LOCK_SH | LOCK_NB);
	return fd;
}

/* The last `keep` bytes of a file, from the start of a line on. */
static int copy_end(int to, int from, off_t size, size_t keep)
{
	off_t at = size > (off_t)keep ? size - (off_t)keep : 0;
	bool in_line = at > 0;
	char block[BLOCK];
	ssize_t got;

	while ((got = pread(from, block, sizeof(block), at)) > 0) {
		const char *start = block, *end;

		at += got;
		end = in_line ? memchr(block, '\n', (size_t)got) : NULL;
		if (in_line && end == NULL)
			continue;
		if (in_line)
			start = end + 1;
		in_line = false;
		if (write_all(to, start, (size_t)(block + got - start)) < 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

/* The new file takes the place of the old one as a whole. */
static void cut(int *fd, const char *path, off_t size, size_t keep)
{
	_cleanup_free_ char *fresh = xasprintf("%s.new", path);
	_cleanup_close_ int copy = -1;

	unlink(fresh);
	copy = open_log(fresh, O_EXCL);
	if (copy >= 0 && copy_end(copy, *fd, size, keep) == 0 && rename(fresh, path) == 0) {
		close_fd(fd);
		*fd = steal_fd(&copy);
		return;
	}
	/* A full disk, perhaps: the bound holds all the same. */
	unlink(fresh);
	if (ftruncate(*fd, 0) < 0)
		close_fd(fd);
}

int kept_log_run(int input, const char *path, size_t most)
{
	_cleanup_close_ int fd = open_log(path, 0);
	char block[BLOCK];
	struct stat st;

	if (fd < 0)
		return -1;
	for (;;) {
		ssize_t got = read(input, block, sizeof(block));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size + got > (off_t)most)
			cut(&fd, path, st.st_size, most / 2);
		if (fd >= 0 && write_all(fd, block, (size_t)got) < 0 && errno != ENOSPC)
			close_fd(&fd);
	}
}
