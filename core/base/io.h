/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_IO_H
#define CORE_BASE_IO_H

/* Small helpers over descriptors and files. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/err.h"

/*
 * Reads a whole regular file (or pipe) of at most `limit` bytes. *text is NUL-terminated,
 * caller frees; *length (may be NULL) tells of NUL bytes inside. On failure errno is kept
 * for the caller and *e says what happened, without the path.
 */
int read_small_file(char **text, size_t *length, const char *path, size_t limit, struct err *e);
/* Writes all bytes, through EINTR and short writes. Returns 0, or -1 with errno. */
int write_all(int fd, const void *bytes, size_t length);
/* Creates `path` and its missing parents, each 0700. Returns 0, or -1 with errno. */
int make_directories(const char *path);
/*
 * Checks (lstat) that `path` is a directory of this user with no rights for others.
 * Returns 0, or -1 with *e.
 */
int check_private_directory(const char *path, struct err *e);
/* Sends one datagram with up to 8 descriptors over a unix socket. Returns 0, or -1 with errno. */
int send_fds(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count);
/*
 * Receives one datagram and up to *fd_count descriptors (CLOEXEC); *fd_count tells how many
 * came. pid (may be NULL) gets the sender's pid where SO_PASSCRED is on, else 0.
 * Returns the length, 0 at end of file, or -1 with errno.
 */
ssize_t recv_fds(int socket, void *bytes, size_t size, int *fds, size_t *fd_count, pid_t *pid);
/* Sets or clears O_NONBLOCK. */
int set_nonblocking(int fd, bool on);

#endif
