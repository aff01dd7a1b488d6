/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_NOTIFY_PARTS_H
#define CORE_SANDBOX_NOTIFY_PARTS_H

/*
 * What the parts of notify.h share: notify.c (the thread), notify_paths.c (calls that name a path),
 * notify_calls.c (those that name none) and notify_answer.c. Nobody else includes this.
 */
#include <linux/seccomp.h>
#include <pthread.h>

#include "core/sandbox/access_table.h"
#include "core/sandbox/caller.h"
#include "core/sandbox/inspect.h"
#include "core/sandbox/listed.h"
#include "core/sandbox/notify.h"

struct notifier {
	int listener;
	int wake; /* eventfd: notices wait */
	const struct masks *masks;   /* atomic */
	struct inspector inspector; /* the thread's */
	struct caller_links links;  /* the same */
	struct path_call_index calls;
	struct listed *listed; /* the thread's; NULL: looks do not count */
	pthread_t thread;
	bool stopped;  /* the owner's: the thread was joined */
	bool stopping; /* atomic */
	pid_t rehearsing; /* atomic; 0 = nobody */
	bool spares_reads; /* the thread's: what is opened for reading need not count */
	bool unix_stubs;
	bool no_network; /* atomic */
	uint64_t programs; /* the thread's: begun inside, 0 = they are not seen */
	uint64_t listening[65536 / 64]; /* a bit a port, atomic */
	/*
	 * Each access is added by the thread without a lock: it takes the table out while it writes
	 * (then this is NULL), and the owner puts the empty one in its place when it wants the rows.
	 */
	struct access_table *accesses; /* atomic */
	struct access_table *spare;    /* the owner's, empty */
	struct notifier_counts counts; /* atomic, each */

	bool paused; /* atomic; changed under the lock; so is a listener that is -1 */
	pthread_cond_t resumed;
	pthread_mutex_t lock; /* all below */
	struct notice *first, **last;
};

/* Whether the call is one of the self-test's. */
static inline bool notifier_is_rehearsal(const struct notifier *n, pid_t pid)
{
	return __atomic_load_n(&n->rehearsing, __ATOMIC_ACQUIRE) == pid;
}

/* Paths are kept on it, several at the deepest; what is not used of it costs nothing. */
#define NOTIFIER_STACK_SIZE (512 * 1024)

/* notify.c: takes the notice over, for the owner; the call stays held. */
void notifier_hand_over(struct notifier *n, const struct seccomp_notif *call, struct notice *notice);
/* The same of any thread's, as it is. */
void notifier_add_notice(struct notifier *n, struct notice *notice);
/* While the owner changes mounts. */
void notifier_wait_while_paused(struct notifier *n);
/* What the calling thread finds out about files has to hold for the sandbox. */
void notifier_give_up_overrides(void);
/*
 * notify_paths.c, of any thread's: an open(2) or openat(2) that is held by a mask. The notice of it, NULL =
 * the sandbox does not refuse it, or the caller's memory is closed to us.
 */
struct notice *notifier_look_at_open(struct notifier *n, struct caller_links *links,
				     const struct seccomp_notif *call);
/* notify_paths.c: true if the call was handed over and stays held. */
bool notifier_look_at_path(struct notifier *n, const struct seccomp_notif *call,
			   const struct path_call *entry);
/*
 * notify_calls.c: connect(2) and bind(2). True if it stays held until somebody listens on the port.
 * What it was to connect to is decided when the connection comes out at the other side, whatever
 * this memory says by then.
 */
bool notifier_look_at_address(struct notifier *n, const struct seccomp_notif *call);
/* socket(2) of a family that needs a network, or tells of it. */
bool notifier_is_network_socket(const struct seccomp_notif *call);
/* Then: true if it stays held until there is a network. */
bool notifier_wants_network(struct notifier *n, const struct seccomp_notif *call);
/* True if the call was one of refused_calls, and was answered. */
bool notifier_refuse(struct notifier *n, const struct seccomp_notif *call);

#endif
