/* SPDX-License-Identifier: MIT */
/*
 * The other end may have the same open file description, so it is never made non-blocking: one
 * read() is made whenever the loop says that it will not block. What cannot be waited for (a
 * regular file) is read through at once.
 */
#include "core/session/policy_updates.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

#define LINE_MOST (8 * 1024 * 1024)
#define READ_SIZE 65536

struct policy_updates {
	int fd;
	struct event *readable; /* NULL once it ended */
	const struct policy_update_callbacks *callbacks;
	void *owner;
	struct buf line;
	bool is_too_long; /* the line that is being read is thrown away */
	bool any;	  /* a line came */
};

/* As libuv says it: "EBADF: bad file descriptor, read". */
static void describe(char *out, size_t size, int error)
{
	static const struct {
		int error;
		const char *words;
	} known[] = {
		{ EBADF, "bad file descriptor" },
		{ EINVAL, "invalid argument" },
		{ EISDIR, "illegal operation on a directory" },
		{ EIO, "i/o error" },
	};
	const char *words = strerror(error);

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
		if (known[i].error == error)
			words = known[i].words;
	snprintf(out, size, "%s: %s, read", strerrorname_np(error), words);
}

int policy_updates_probe(int fd, struct err *e)
{
	char nothing, words[128];

	if (read(fd, &nothing, 0) >= 0 || errno == EAGAIN)
		return 0;
	describe(words, sizeof(words), errno);
	return err_set(e,
		       "--control-fd %d is not usable: %s. Refusing to run the command without the "
		       "control channel it asks for.", fd, words);
}

static bool is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isspace((unsigned char)text[i]))
			return false;
	return true;
}

static void complain(const struct policy_updates *u)
{
	dprintf(STDERR_FILENO,
		"Invalid config on control fd %d: ignored, previous config still in force\n", u->fd);
}

static void finish_line(struct policy_updates *u)
{
	struct settings *settings = NULL;

	if (u->is_too_long) {
		u->any = true;
		complain(u);
	} else if (!is_blank(buf_text(&u->line), u->line.length)) {
		u->any = true;
		if (settings_parse(&settings, buf_text(&u->line), u->line.length, NULL) == 0)
			u->callbacks->policy(u->owner, settings);
		else
			complain(u);
	}
	buf_clear(&u->line);
	u->is_too_long = false;
}

/* A line ends with LF, CR or both: behind the CR the other is a blank line, which says nothing. */
static const char *find_line_end(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] == '\n' || bytes[i] == '\r')
			return bytes + i;
	return NULL;
}

static void take(struct policy_updates *u, const char *bytes, size_t length)
{
	while (length) {
		const char *newline = find_line_end(bytes, length);
		size_t part = newline ? (size_t)(newline - bytes) : length;

		if (u->line.length + part > LINE_MOST)
			u->is_too_long = true;
		if (!u->is_too_long)
			buf_add(&u->line, bytes, part);
		if (newline)
			finish_line(u);
		bytes += part + (newline != NULL);
		length -= part + (newline != NULL);
	}
}

/* False where no more will come. */
static bool read_once(struct policy_updates *u)
{
	char bytes[READ_SIZE], words[128];
	_cleanup_free_ char *whole = NULL;
	ssize_t got = read(u->fd, bytes, sizeof(bytes));

	if (got > 0) {
		take(u, bytes, (size_t)got);
		return true;
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got == 0) {
		/* The last line may lack its end. */
		finish_line(u);
		return false;
	}
	describe(words, sizeof(words), errno);
	whole = xasprintf(u->any ? "control fd %d failed: %s" :
				   "control fd %d failed before delivering an update: %s",
			  u->fd, words);
	u->callbacks->failed(u->owner, whole, !u->any);
	return false;
}

static void stop(struct policy_updates *u)
{
	if (u->readable)
		event_free(u->readable);
	u->readable = NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct policy_updates *u = arg;

	(void)fd;
	(void)what;
	if (!read_once(u))
		stop(u);
}

/* epoll(7) refuses these. */
static bool can_be_waited_for(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

struct policy_updates *policy_updates_start(struct event_base *base, int fd,
					    const struct policy_update_callbacks *callbacks,
					    void *owner)
{
	struct policy_updates *u = xcalloc(1, sizeof(*u));

	*u = (struct policy_updates){ .fd = fd, .callbacks = callbacks, .owner = owner };
	if (can_be_waited_for(fd))
		u->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, u);
	if (!u->readable || event_add(u->readable, NULL) < 0) {
		stop(u);
		while (read_once(u))
			continue;
	}
	return u;
}

void policy_updates_free(struct policy_updates *updates)
{
	if (!updates)
		return;
	stop(updates);
	buf_free(&updates->line);
	free(updates);
}
