/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_DIAL_H
#define CORE_NET_DIAL_H

/*
 * Connections outwards. TCP: to the first of several addresses that answers: in order, families in
 * turn, the next attempt joining after a short delay or as soon as one fails (RFC 8305).
 */
#include <event2/event.h>
#include <stddef.h>
#include <sys/socket.h>

#define DIAL_ADDRESSES_MOST 8

struct dial;

/* fd: connected, non-blocking, CLOEXEC, TCP_NODELAY; the callee's. Or -1 and an errno value. */
typedef void (*dial_done)(void *arg, int fd, int error);

/*
 * Addresses carry their port; those beyond DIAL_ADDRESSES_MOST are not tried. Where the connection is
 * made at once, as within this host, *fd is its socket, as above, and NULL is returned. Else *fd is -1,
 * and `done` is called once, never from within this call, unless cancelled.
 */
struct dial *dial_start(struct event_base *base, const struct sockaddr_storage *addresses,
			size_t count, int timeout_ms, int *fd, dial_done done, void *arg);
void dial_cancel(struct dial *dial);

/*
 * A unix socket, at once: it either listens or does not. Connected, non-blocking, CLOEXEC; or -1
 * with errno.
 */
int dial_unix(const char *path);

#endif
