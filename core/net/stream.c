/* SPDX-License-Identifier: MIT */
#include "core/net/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"

void stream_open(struct stream *stream, struct event_base *base, int fd,
		 event_callback_fn callback, void *arg)
{
	*stream = (struct stream){ .fd = fd };
	stream->readable = event_new(base, fd, EV_READ | EV_PERSIST, callback, arg);
	stream->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, callback, arg);
	if (!stream->readable || !stream->writable)
		abort(); /* out of memory */
}

int stream_detach(struct stream *stream)
{
	int fd = stream->fd;

	if (stream->readable)
		event_free(stream->readable);
	if (stream->writable)
		event_free(stream->writable);
	*stream = (struct stream)STREAM_CLOSED;
	return fd;
}

void stream_close(struct stream *stream)
{
	int fd = stream_detach(stream);

	close_fd(&fd);
}

void stream_abort(struct stream *stream)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (stream->fd >= 0)
		setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	stream_close(stream);
}

static void want(struct event *event, bool *wanted, bool on)
{
	if (*wanted == on)
		return;
	*wanted = on;
	if (on)
		event_add(event, NULL);
	else
		event_del(event);
}

void stream_want(struct stream *stream, bool read, bool write)
{
	if (stream->fd < 0)
		return;
	want(stream->readable, &stream->wants_read, read);
	want(stream->writable, &stream->wants_write, write);
}

bool stream_peer_is_gone(const struct stream *stream, bool also_half)
{
	struct pollfd p = { .fd = stream->fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) <= 0)
		return false;
	/* Not POLLHUP: that is also what two orderly ends of sending look like. */
	return (p.revents & POLLERR) || (also_half && (p.revents & POLLRDHUP));
}

static ssize_t outcome(ssize_t moved)
{
	if (moved >= 0)
		return moved;
	return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : STREAM_ERROR;
}

ssize_t stream_receive(const struct stream *stream, void *bytes, size_t size)
{
	ssize_t got;

	do {
		got = recv(stream->fd, bytes, size, 0);
	} while (got < 0 && errno == EINTR);
	return outcome(got);
}

ssize_t stream_send(const struct stream *stream, const void *bytes, size_t length)
{
	ssize_t put;

	do {
		put = send(stream->fd, bytes, length, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	return outcome(put);
}
