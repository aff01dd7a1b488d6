/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_BROKER_H
#define CORE_SANDBOX_BROKER_H

/*
 * The broker: a single-threaded process forked from the supervisor before anything else.
 * It owns the user namespace above the sandbox's and the network namespace that the
 * sandbox runs in, makes sockets there, and changes the sandbox's mounts when a person
 * grants something. Its socket is the only way in.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/sandbox/mounts.h"

struct broker;

/* What the broker made. Descriptors are owned by whoever holds the struct, -1 = none. */
struct broker_ready {
	int user_namespace;
	int network_namespace;
	int http_listener;  /* listening on port 3128 inside */
	int socks_listener; /* listening on port 1080 inside */
};

/* Forks the broker. Call while the process has one thread. 0, or -1 with *e. */
int broker_start(struct broker **broker, struct err *e);
/* Waits until the namespaces are made. 0 and *ready, or -1 with *e (ERR_UNSUPPORTED with the fix). */
int broker_wait_ready(struct broker *broker, struct broker_ready *ready, struct err *e);
void broker_ready_close(struct broker_ready *ready);
/* Closes the socket, which ends the broker. Does not wait for it. */
void broker_free(struct broker *broker);
pid_t broker_pid(const struct broker *broker);
/* Readable when a reply waits. */
int broker_fd(const struct broker *broker);

/* Tells which mount namespace grants go to; the descriptor is not taken. */
int broker_set_sandbox(struct broker *broker, int mount_namespace, struct err *e);

/*
 * Pins the object at a resolved path, seen from the host's tree: it is found now, without
 * following any symlink, and a later grant uses this very object whatever the path says then.
 * The reply has `serial` and tells whether it is a directory.
 */
int broker_pin(struct broker *broker, uint64_t serial, uint32_t pin, const char *path,
	       struct err *e);
void broker_unpin(struct broker *broker, uint32_t pin);

struct broker_grant {
	uint32_t pin;		/* the object */
	const char *target;	/* where it appears inside */
	bool writable;
	const char *mask;	/* the masked directory that the target lies below, or NULL */
	const struct mount *below; /* what must lie on top of the tree, in order: targets below `target` */
	size_t below_count;
	const struct mount *pins;  /* directories below that must not be renamed or removed */
	size_t pin_count;
	/* A read-only mount at or below `target` that processes stand in (their working
	 * directory): it turns writable itself, since they would not see another one. NULL = none. */
	const char *in_place;
};
int broker_grant(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		 struct err *e);

/* Asks for the pinned object itself: the reply carries a descriptor (O_PATH). */
int broker_fetch(struct broker *broker, uint64_t serial, uint32_t pin, struct err *e);

enum broker_reply_type { BROKER_PINNED, BROKER_GRANTED, BROKER_FETCHED };
struct broker_reply {
	enum broker_reply_type type;
	uint64_t serial;
	bool is_directory;	/* PINNED */
	int fd;			/* FETCHED: the taker closes it; else -1 */
	int error;		/* 0 = done */
	char step[64];		/* what failed */
};
/* Takes one reply without blocking: 1, 0 if there is none, -1 if the broker is gone. */
int broker_read(struct broker *broker, struct broker_reply *reply);

#endif
