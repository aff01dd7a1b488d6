/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_STREAM_H
#define CORE_NET_STREAM_H

/* A connected, non-blocking socket on the event loop: which readiness is waited for, and I/O. */
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream_watch;

struct stream {
	int fd; /* -1 = closed */
	struct stream_watch *watch;
	bool wants_read, wants_write;
	bool is_probed; /* by stream_probe_far() */
};

#define STREAM_CLOSED { .fd = -1 }

/* Takes the descriptor over. `callback` is called with EV_READ or EV_WRITE, as wanted later. */
void stream_open(struct stream *stream, struct event_base *base, int fd,
		 event_callback_fn callback, void *arg);
/* Closes it; harmless where closed. */
void stream_close(struct stream *stream);
/* Closes with a reset, so that the peer cannot take what it got for the whole. */
void stream_abort(struct stream *stream);
/*
 * From now on `callback` is called. The structure may have been moved before, by assignment: what is
 * watched stays so, which spares the loop two system calls. An event that is due already is called as
 * well, though it may be one that is not wanted any more.
 */
void stream_redirect(struct stream *stream, event_callback_fn callback, void *arg);
/* Gives `from` away, leaving it closed. */
struct stream stream_take(struct stream *from);
void stream_want(struct stream *stream, bool read, bool write);
/* True where the connection is broken, or (`also_half`) the peer has ended its side. */
bool stream_peer_is_gone(const struct stream *stream, bool also_half);

/*
 * For a socket whose other end is on this host: a client of ours, or a server inside. To be set for a
 * listener: on Linux what it accepts inherits them, which spares the calls for each.
 *
 * Small messages go at once, and an end that has vanished is found within a minute. The congestion
 * control is the plain one: nothing is lost or congested on the way, and one that paces what it sends,
 * as BBR does, takes a third of the speed.
 */
void stream_set_near_options(int fd);
/* Urgent data passes as any other, without its mark, and is not lost (as RFC 6093, 4 says of others on the way). */
void stream_keep_urgent(int fd);

/*
 * For a connection to anywhere: an end that has vanished is found after five minutes of silence, which
 * outlasts most troubles of a network. To be called once the connection has lived for a while, since
 * most do not; harmless a second time.
 */
void stream_probe_far(struct stream *stream);

#define STREAM_AGAIN (-1)
#define STREAM_ERROR (-2)
/* Bytes moved, 0 at end of file (receive only), STREAM_AGAIN or STREAM_ERROR. Never a signal. */
ssize_t stream_receive(const struct stream *stream, void *bytes, size_t size);
ssize_t stream_send(const struct stream *stream, const void *bytes, size_t length);
/* The same, where the end of the sending follows at once: they may go as one. */
ssize_t stream_send_last(const struct stream *stream, const void *bytes, size_t length);

#endif
