/* SPDX-License-Identifier: MIT */
#include "core/net/stream.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"

/* What the loop holds on to, so that a stream can be moved. */
struct stream_watch {
	struct event readable, writable;
	event_callback_fn callback;
	void *arg;
};

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	const struct stream_watch *watch = arg;

	watch->callback(fd, what, watch->arg);
}

void stream_open(struct stream *stream, struct event_base *base, int fd,
		 event_callback_fn callback, void *arg)
{
	struct stream_watch *watch = xmalloc(sizeof(*watch));

	event_assign(&watch->readable, base, fd, EV_READ | EV_PERSIST, on_ready, watch);
	event_assign(&watch->writable, base, fd, EV_WRITE | EV_PERSIST, on_ready, watch);
	watch->callback = callback;
	watch->arg = arg;
	*stream = (struct stream){ .fd = fd, .watch = watch };
}

void stream_redirect(struct stream *stream, event_callback_fn callback, void *arg)
{
	stream->watch->callback = callback;
	stream->watch->arg = arg;
}

struct stream stream_take(struct stream *from)
{
	struct stream taken = *from;

	*from = (struct stream)STREAM_CLOSED;
	return taken;
}

void stream_close(struct stream *stream)
{
	if (stream->watch) {
		event_del(&stream->watch->readable);
		event_del(&stream->watch->writable);
		free(stream->watch);
	}
	close_fd(&stream->fd);
	*stream = (struct stream)STREAM_CLOSED;
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
	want(&stream->watch->readable, &stream->wants_read, read);
	want(&stream->watch->writable, &stream->wants_write, write);
}

bool stream_peer_is_gone(const struct stream *stream, bool also_half)
{
	struct pollfd p = { .fd = stream->fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) <= 0)
		return false;
	/* Not POLLHUP: that is also what two orderly ends of sending look like. */
	return (p.revents & POLLERR) || (also_half && (p.revents & POLLRDHUP));
}

/* `idle` seconds of silence, then `count` probes in vain, `interval` seconds each (tcp(7)). */
static void keep_alive(int fd, int idle, int interval, int count)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
#else
	(void)idle;
#endif
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

void stream_keep_urgent(int fd)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
}

void stream_set_near_options(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream_keep_urgent(fd);
	keep_alive(fd, 30, 10, 3);
#ifdef TCP_CONGESTION
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen("reno"));
#endif
}

void stream_probe_far(struct stream *stream)
{
	if (stream->fd < 0 || stream->is_probed)
		return;
	stream->is_probed = true;
	keep_alive(stream->fd, 120, 30, 6);
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

static ssize_t send_with(const struct stream *stream, const void *bytes, size_t length, int flags)
{
	ssize_t put;

	do {
		put = send(stream->fd, bytes, length, MSG_NOSIGNAL | flags);
	} while (put < 0 && errno == EINTR);
	return outcome(put);
}

ssize_t stream_send(const struct stream *stream, const void *bytes, size_t length)
{
	return send_with(stream, bytes, length, 0);
}

ssize_t stream_send_last(const struct stream *stream, const void *bytes, size_t length)
{
#ifdef MSG_MORE
	return send_with(stream, bytes, length, MSG_MORE);
#else
	return send_with(stream, bytes, length, 0);
#endif
}
