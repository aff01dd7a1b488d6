/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_BROKER_H
#define CORE_SANDBOX_BROKER_H

/*
 * The broker: a single-threaded process that changes the sandbox's mounts when a person grants
 * something. It is forked when it is first needed, joins the user namespace that owns the
 * sandbox's mounts, and keeps a copy of the host's tree there. Its socket is the only way in.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/sandbox/mounts.h"

struct broker;

/* Where the sandbox is; the descriptors are not taken. */
struct broker_sandbox {
	int mount_namespace;
	int network_namespace;
	/*
	 * Make a file system for masks that are seen (mask_server.h) by this FUSE device, at a directory
	 * that is never granted. NULL = none is wanted.
	 */
	const char *mask_device;
	const char *mask_place;
	size_t mask_count; /* so many are made at once, for broker_mask() */
};

/* The network that leads to the supervisor. */
struct broker_network {
	bool with_local_dns; /* listen for names on the loopback addresses inside, too */
	bool without_veth;   /* as on a kernel that has none */
};

/*
 * Forks the broker. The process may have threads. 0, or -1 with *e. What it cannot do is said in
 * its replies; the first is BROKER_MASKS where they were asked for.
 */
int broker_start(struct broker **broker, const struct broker_sandbox *sandbox, struct err *e);
/* Makes the network, once. The reply is BROKER_NETWORK. */
int broker_make_network(struct broker *broker, const struct broker_network *network, struct err *e);
/* Closes the socket, which ends the broker. Does not wait for it. */
void broker_free(struct broker *broker);
/* Readable when a reply waits. */
int broker_fd(const struct broker *broker);

/*
 * Pins the object at a resolved path, seen from the host's tree: it is found now, without
 * following any symlink, and a later grant uses this very object whatever the path says then.
 * The reply has `serial` and tells whether it is a directory.
 */
int broker_pin(struct broker *broker, uint64_t serial, uint32_t pin, const char *path,
	       struct err *e);
/*
 * Makes a directory or file (`makes`: S_IFDIR or S_IFREG with the mode, of which no umask takes
 * anything) in the directory that is pinned as `parent`, and pins it. Where it is there already, as
 * the same type, it is just pinned. The reply is BROKER_PINNED and tells whether it was made.
 */
int broker_make(struct broker *broker, uint64_t serial, uint32_t pin, uint32_t parent,
		const char *name, mode_t makes, struct err *e);
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

/*
 * Takes back the grant that was made with this pin (a pin grants once). `grant` says how the place
 * is to be without it: what lies below it, and `hidden`. What has been opened before stays open. A
 * mount that has nothing mounted in it is unmounted; any other is covered, since unmounting it
 * would uncover what lies below for processes that stand in it.
 */
int broker_revoke(struct broker *broker, uint64_t serial, const struct broker_grant *grant,
		  bool hidden, struct err *e);

/*
 * Covers the masked directories of the sandbox (mask_count of `mounts`) with masks that are seen; `mounts`
 * has whatever is mounted in them, too, in the plan's order. From then on every new mask is one, too. The file system has to be served by then: the broker waits for it.
 */
int broker_mask(struct broker *broker, const struct mount *mounts, size_t count, struct err *e);

/* Asks for the pinned object itself: the reply carries a descriptor (O_PATH). */
int broker_fetch(struct broker *broker, uint64_t serial, uint32_t pin, struct err *e);

/* Sockets of the network; all non-blocking. */
enum broker_socket {
	BROKER_DNS_UDP, /* of any address that the program may ask */
	BROKER_DNS_TCP,
	BROKER_TAP, /* AF_PACKET, Ethernet frames of at most BROKER_TAP_BYTES: what nothing serves */
	BROKER_LOCAL_DNS_UDP, /* the same inside, with_local_dns */
	BROKER_LOCAL_DNS_TCP,
	BROKER_SOCKETS
};
#define BROKER_TAP_BYTES 128
/* Where the program finds the supervisor; any other address does as well. */
#define BROKER_RELAY_ADDRESS "198.19.255.1"

/* Asks for a socket that listens on a TCP port, of any address outside of the sandbox. */
int broker_listen(struct broker *broker, uint64_t serial, int port, struct err *e);
/* Asks for an unconnected TCP socket of the sandbox's own network. */
int broker_socket_inside(struct broker *broker, uint64_t serial, int family, struct err *e);

/* In this process's user namespace: whether masks that are seen could be made by this device. 0 or errno. */
int broker_try_masks(const char *device);

enum broker_reply_type {
	BROKER_PINNED,
	BROKER_GRANTED,
	BROKER_FETCHED,
	BROKER_NETWORK,
	BROKER_LISTENING,
	BROKER_SOCKET,
	BROKER_REVOKED,
	BROKER_MASKS,
	BROKER_MASKED,
};
struct broker_reply {
	enum broker_reply_type type;
	uint64_t serial;
	bool is_directory;	/* PINNED */
	bool was_made;		/* PINNED: it was not there before */
	bool covered;		/* REVOKED: not unmounted, another mount lies on it */
	int fd;			/* FETCHED, LISTENING, SOCKET, MASKS: the taker closes it; else -1 */
	int sockets[BROKER_SOCKETS]; /* NETWORK: the same, -1 = none */
	bool shares_ports;	/* NETWORK: no veth, so a port cannot be the program's and ours */
	int error;		/* 0 = done */
	char step[64];		/* what failed */
};
/* Waits for the next reply. 0, or -1 where the broker is gone. */
int broker_wait(struct broker *broker, struct broker_reply *reply);
/* Takes one reply without blocking: 1, 0 if there is none, -1 if the broker is gone. */
int broker_read(struct broker *broker, struct broker_reply *reply);

#endif
