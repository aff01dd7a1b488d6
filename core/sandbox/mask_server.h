/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_MASK_SERVER_H
#define CORE_SANDBOX_MASK_SERVER_H

/*
 * Serves the masks of a session (mask_files.h), so that reads of what they hide are seen without a
 * notification of every read. One thread answers the kernel and never touches a mask itself; another
 * looks at the opens that are held, as the notifier does with the calls that it is told of, and hands
 * those that are refused over to it as notices.
 */
#include "core/sandbox/filter.h"
#include "core/sandbox/notify.h"

struct mask_server;

/*
 * Serves the connection (/dev/fuse; taken). What `filter` (copied) has notified is the notifier's to see.
 * 0, or -1 with *e.
 */
int mask_server_start(struct mask_server **server, int device, const struct filter_request *filter,
		      struct err *e);
/* From now on opens are looked at; until then they wait. */
void mask_server_watch(struct mask_server *server, struct notifier *notifier);
/*
 * Ends it: every call that waits fails, and so does everything below the masks. The notifier has to be
 * stopped before, and freed after.
 */
void mask_server_free(struct mask_server *server);

/*
 * Lets a held open go on (struct notice, `masked`): allowed, it looks its path up anew, and meets the
 * mounts as they are now; else it is refused. A call does that once: allowed again, it ends with EINTR.
 */
void mask_server_answer(struct mask_server *server, uint64_t masked, bool allow);
/* Whether it still waits. One that is to die is let go. */
bool mask_server_is_waiting(struct mask_server *server, uint64_t masked);
/*
 * Answers it with an open of `file` (taken), which it finds at `place` below `mask` this once. -1: not done, the
 * call is still held.
 */
int mask_server_open_once(struct mask_server *server, uint64_t masked, const char *mask,
			  const char *place, int file);

#endif
