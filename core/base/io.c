/* SPDX-License-Identifier: MIT */
#include "core/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

#define FDS_MOST 8

int read_small_file(char **text, size_t *length, const char *path, size_t limit, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_free_ char *data = NULL;
	size_t used = 0, capacity = 4096;

	if (fd < 0)
		return err_errno(e, "cannot open");
	data = xmalloc(capacity + 1);
	for (;;) {
		ssize_t got = read(fd, data + used, capacity - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "cannot read");
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > limit) {
			errno = EFBIG;
			return err_set(e, "larger than %zu bytes", limit);
		}
		if (used == capacity) {
			capacity *= 2;
			data = xrealloc(data, capacity + 1, 1);
		}
	}
	data[used] = '\0';
	if (length)
		*length = used;
	*text = steal_ptr(&data);
	return 0;
}

int write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t put = write(fd, at, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		at += put;
		length -= (size_t)put;
	}
	return 0;
}

int make_directories(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return -1;
		*slash = '/';
	}
	if (mkdir(copy, 0700) < 0 && errno != EEXIST)
		return -1;
	return 0;
}

int check_private_directory(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return err_errno(e, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, "%s is not a directory", path);
	if (st.st_uid != geteuid())
		return err_set(e, "%s belongs to another user", path);
	if (st.st_mode & 077)
		return err_set(e, "%s is open to other users (mode %04o; chmod 700 it)", path,
			       (unsigned)(st.st_mode & 07777));
	return 0;
}

int send_fds(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDS_MOST * sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd_count > FDS_MOST) {
		errno = E2BIG;
		return -1;
	}
	if (fd_count) {
		struct cmsghdr *header;

		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
	}
	do {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

ssize_t recv_fds(int socket, void *bytes, size_t size, int *fds, size_t *fd_count, pid_t *pid)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FDS_MOST * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.space,
				  .msg_controllen = sizeof(control.space) };
	size_t most = fd_count ? *fd_count : 0;
	size_t taken = 0;
	ssize_t got;

	if (pid)
		*pid = 0;
	do {
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
		if (h->cmsg_level != SOL_SOCKET)
			continue;
		if (h->cmsg_type == SCM_CREDENTIALS && pid) {
			struct ucred who;

			memcpy(&who, CMSG_DATA(h), sizeof(who));
			*pid = who.pid;
		}
		if (h->cmsg_type == SCM_RIGHTS) {
			size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

			for (size_t i = 0; i < count; i++) {
				int fd;

				memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
				if (taken < most)
					fds[taken++] = fd;
				else
					close(fd);
			}
		}
	}
	if (fd_count)
		*fd_count = taken;
	return got;
}

int set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}
