/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_BROKER_PROTOCOL_H
#define CORE_SANDBOX_BROKER_PROTOCOL_H

/* Datagrams between supervisor and broker: internal to broker*.c. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/sandbox/broker.h"

enum broker_message_type {
	BROKER_MESSAGE_PIN = 1,	  /* text: path */
	BROKER_MESSAGE_MAKE,	  /* text: name; parent; flag: type and mode */
	BROKER_MESSAGE_UNPIN,
	BROKER_MESSAGE_GRANT,	  /* with a memfd: see grant_text_*() */
	BROKER_MESSAGE_FETCH,
	BROKER_MESSAGE_LISTEN,	  /* flag: port */
	BROKER_MESSAGE_SOCKET,	  /* flag: family */
	BROKER_MESSAGE_NETWORK,	  /* flag: local DNS; pin: without veth */
	BROKER_MESSAGE_REVOKE,	  /* with a memfd as GRANT; flag: hidden; pin: of the grant */
	BROKER_MESSAGE_MASK,	  /* with a memfd as GRANT: what is below is to be covered */
	BROKER_MESSAGE_REPLY,	  /* to the supervisor */
};

struct broker_message {
	uint32_t type;
	uint32_t pin;
	uint32_t parent;
	uint32_t was_made;
	uint64_t serial;
	int32_t error;
	uint32_t reply_type;
	uint32_t flag; /* is_directory, writable, port, family, shares_ports */
	char text[PATH_MAX]; /* path or step */
};

/* One mount of a grant as read back by the broker. Strings borrowed from the text. */
struct grant_item {
	enum mount_type type;
	const char *source; /* "" for none */
	const char *target;
};

struct grant_order {
	const char *target;
	const char *mask; /* "" for none */
	const char *in_place; /* "" for none */
	const char *mask_place; /* not of the text: where masks are made that are seen, NULL = nowhere */
	struct grant_item *below; /* pins too, marked by GRANT_PIN as their type */
	size_t below_count;
};

#define BROKER_ORDER_MOST (4 * 1024 * 1024) /* bytes of its text */
#define GRANT_PIN ((enum mount_type)99)

/* An empty directory: of those that bwrap made, one that is to be covered. */
static inline bool broker_is_mask(const struct grant_item *item)
{
	return item->type == MOUNT_MASK_DIR || item->type == MOUNT_PLACEHOLDER_DIR;
}

/*
 * broker_network.c: makes the network in the sandbox's own and a further network namespace, in
 * which the process is afterwards. 0, or -1 with errno and *step.
 */
int broker_build_network(int sockets[BROKER_SOCKETS], int sandbox_namespace,
			 const struct broker_network *wanted, int *relay_namespace,
			 bool *shares_ports, const char **step);
/* A listening socket there. Descriptor, or -1 with errno. */
int broker_open_listener(int port);
int broker_open_socket_inside(int sandbox_namespace, int relay_namespace, int family);

/*
 * broker_masks.c: makes the file system that masks are directories of. The descriptor by which it is served,
 * and *context (fsopen(2)) to mount it by, or -1 with errno and *step.
 */
int broker_make_mask_files(const char *device, int *context, const char **step);
/* At `place` in the host's tree as the broker has it. 0, or -1 with errno. */
int broker_mount_mask_files(int context, const char *place);
/* A mask of it, detached and still to be written. Descriptor, or -1 with errno. */
int broker_make_mask(const char *place);
/* So many, each ready to be mounted. 0, or -1 with errno. */
int broker_make_masks(int *masks, size_t count, const char *place);
/* Covers the masks that bwrap made (among `below`) with them, and what is mounted in those with its like. 0 or errno, and *step. */
int broker_do_mask(const int *masks, int sandbox, const struct grant_order *order, const char **step);

/* What a grant left inside: descriptors of its own mounts, which keep their ids from being
 * given to others. -1 = none. */
struct grant_mounts {
	int tree;  /* what was moved to the place */
	int place; /* what turned writable where it was */
};

/* broker_mount.c: carries one grant out in a process of its own. 0 or errno, and step. */
int broker_do_grant(int pinned, int sandbox, bool writable, const struct grant_order *order,
		    struct grant_mounts *mounts, char step[64]);
/*
 * Takes it back. `order` says what is to lie below the place without it, `hidden` that the place
 * itself is not to be seen.
 */
int broker_do_revoke(int pinned, int sandbox, const struct grant_mounts *mounts, bool writable,
		     bool hidden, const struct grant_order *order, bool *covered, char step[64]);

#endif
