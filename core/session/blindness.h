/* SPDX-License-Identifier: MIT */
#ifndef CORE_SESSION_BLINDNESS_H
#define CORE_SESSION_BLINDNESS_H

/* What a session does not see, or sees at a price, in short sentences. Pure. */
#include <stdbool.h>
#include <stdint.h>

struct blindness {
	unsigned tested, seen;	/* enum shim_test: the calls that were made, and those that were noticed */
	bool no_tap_connect, no_tap_datagram; /* their packets were not seen at the other end */
	bool no_masks;		/* that see reads, though there could be some: opens are notified */
	bool shares_ports;	/* no veth devices */
	bool slow_notices;	/* no SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP */
	bool interruptible;	/* no SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
	uint64_t unreadable;	/* calls of programs whose memory could not be read */
};

/* Sentences, each with its full stop, separated by a space; NULL = there is none. Caller frees. */
char *blindness_text(const struct blindness *blindness);

#endif
