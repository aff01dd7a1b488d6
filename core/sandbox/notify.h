/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_NOTIFY_H
#define CORE_SANDBOX_NOTIFY_H

/*
 * The thread that receives seccomp notifications. What the sandbox does not refuse is let
 * on at once and added up; what it refuses is handed to the owner as a notice, the call
 * still held.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/policy/access.h"
#include "core/sandbox/masks.h"

struct notifier;

enum notice_type {
	NOTICE_FILE,	/* a path that the mounts refuse: held */
	NOTICE_CONNECT, /* a connection to a TCP port that nobody listens on yet: held */
	NOTICE_NETWORK, /* a socket for a network that is not there yet: held */
	NOTICE_UNIX,	/* a connection to, or the binding of, a unix socket: held */
	NOTICE_REFUSED, /* a call of refused_calls: answered already */
};

/* One of them. Owned by whoever took it: notice_free(). */
struct notice {
	enum notice_type type;
	struct notice *next;
	bool rehearsed;	   /* the self-test's, and answered */
	uint64_t id;	   /* of the notification: see notifier_continue() */
	uint64_t masked;   /* FILE: no notification, but an open that a mask holds (mask_server.h); else 0 */
	pid_t pid;	   /* the calling thread */
	uint64_t programs; /* that were begun inside before it; 0 = nobody counts them */
	enum access_kind kind;
	char *object;
	char *place;
	const char *syscall; /* static */
	bool is_open;	     /* open(2) and its kin, with these flags */
	uint64_t open_flags;
	int error;
	bool is_directory;
	bool by_parent;
	/* FILE: S_IFDIR or S_IFREG with the mode that it asks for: it makes that, by_parent; else 0. */
	mode_t makes;
	bool no_grant; /* refused by the border of a mount: no grant changes that */
	enum mount_origin origin; /* of the mask; ORIGIN_BASE = a read-only place */
	char *rule;		  /* of the mask, NULL = none */
	char *mask;		  /* the masked path that the place lies at or below, NULL = none */
	bool mask_is_directory;
	int port;		  /* CONNECT */
	int descriptor;		  /* UNIX: the caller's */
	char *exe;		  /* REFUSED: of the caller, who may be gone; NULL = unknown */
};

void notice_free(struct notice *notice);
/*
 * Takes its caller's umask off what it makes, while the call is held: nothing is left of a file that its
 * maker could not open again, nor where the umask is unknown. Costs more than all else that is read of a
 * caller (/proc/PID/status, proc(5)).
 */
void notice_apply_umask(struct notice *notice);

struct notifier_counts {
	uint64_t received;
	uint64_t unreadable; /* the caller's memory could not be read: let on unseen */
};

struct notifier_request {
	int listener, root;	   /* of the sandbox; borrowed, like the next, while it lives */
	const struct masks *masks;
	/*
	 * socket(AF_UNIX) gets a stub in place of an error: an end of a pair, which the kernel lets
	 * connect nowhere. What it is to be connected to comes as NOTICE_UNIX.
	 */
	bool unix_stubs;
	/* Files that are looked at by name count as read, but for those of a directory that was listed. */
	bool looks;
	/* What is opened for reading need not count: where it cannot be refused it is not looked at. */
	bool spares_reads;
	bool sees_exec; /* every exec is notified */
	bool no_network; /* what would use one comes as NOTICE_NETWORK, until notifier_has_network() */
};

/* Starts the thread, which waits for notifier_watch(): it takes a while to come up. */
int notifier_start(struct notifier **notifier, struct err *e);
void notifier_watch(struct notifier *notifier, const struct notifier_request *request);
/* The network is there: nothing waits for it any more. */
void notifier_has_network(struct notifier *notifier);
/* From now on these are the masks. Both old and new have to stay until the notifier is freed. */
void notifier_set_masks(struct notifier *notifier, const struct masks *masks);
/*
 * While mounts are being changed no call is looked at: what is found half-way is neither the old state
 * nor the new one, and a refusal would go unseen. Calls wait.
 */
void notifier_set_paused(struct notifier *notifier, bool paused);
/*
 * Ends the thread: notifier_take() and notifier_take_accesses() have all there is from now on, and held
 * calls can still be answered. Calls that nobody answers wait until the listener is closed.
 */
void notifier_stop(struct notifier *notifier);
/* Stops it if that is still to be done. Notices that were not taken are lost. */
void notifier_free(struct notifier *notifier);
/* Readable when notices wait. */
int notifier_fd(const struct notifier *notifier);
/* Takes all waiting notices, oldest first. NULL = none. */
struct notice *notifier_take(struct notifier *notifier);
/*
 * Takes what was added up since the last call. Caller: access_rows_free(). Returns how many accesses
 * there was no room for.
 */
uint64_t notifier_take_accesses(struct notifier *notifier, struct access_row **rows, size_t *count);
struct notifier_counts notifier_counts(struct notifier *notifier);

/* From now on somebody listens on this port: connections to it are let on at once. */
void notifier_set_listening(struct notifier *notifier, int port);
/* Nobody does any more: the next one is a notice again. */
void notifier_clear_listening(struct notifier *notifier, int port);
bool notifier_has_listening(const struct notifier *notifier, int port);

/* Answers the held call with success: it was done in its stead. -1: the caller is gone. */
int notifier_succeed(struct notifier *notifier, uint64_t id);

/*
 * Calls of this process (0 = of none) that would be held are handed over like any other, but were
 * answered already, with the sandbox's refusal. What it may do is not counted as an access.
 */
void notifier_rehearse(struct notifier *notifier, pid_t pid);

/* Answers the held call with an error. */
int notifier_fail(struct notifier *notifier, uint64_t id, int error);
/*
 * Answers a held call that would have returned 0: `file` takes the place of the caller's
 * `descriptor` first. -1 with errno: not done.
 */
int notifier_replace(struct notifier *notifier, uint64_t id, int file, int descriptor,
		     bool close_on_exec);

/* Lets the held call on: the kernel then does what the mounts say. -1: the caller is gone. */
int notifier_continue(struct notifier *notifier, uint64_t id);
/*
 * Answers a held open with a descriptor of `file`, and nothing else is opened (Linux 5.14).
 * `close_on_exec` as the caller wanted. -1 with errno: not done, the call is still held.
 */
int notifier_inject(struct notifier *notifier, uint64_t id, int file, bool close_on_exec);
/* Whether the call is still waiting. */
bool notifier_is_waiting(struct notifier *notifier, uint64_t id);

#endif
