/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_BROKER_SIDE_H
#define CORE_SANDBOX_BROKER_SIDE_H

/*
 * The broker's side of its socket: a loop over requests (broker_process.c), each carried out
 * (broker_requests.c) before the next is read, so replies come in the order of the requests. It never
 * decides anything: what may be granted was decided by the supervisor, which is the only one that can
 * reach this socket. The supervisor waits until a request is taken, so this side never waits until a
 * reply is: replies that find no room are kept (broker_replies.c). Internal to broker*.c.
 */
#include <stddef.h>

#include "core/sandbox/broker_protocol.h"

struct pin {
	uint32_t number;
	int fd;
};

/* A grant that was carried out. */
struct made {
	uint32_t number; /* its pin's */
	int pinned;
	bool writable;
	struct grant_mounts mounts;
};

struct kept_reply {
	struct kept_reply *next;
	int fd; /* our own copy, -1 = none */
	char message[offsetof(struct broker_message, text) + 64];
};

struct broker_side {
	int socket;
	struct kept_reply *first_kept, **last_kept;
	int sandbox;	      /* mount namespace to grant into */
	int network;	      /* the sandbox's network namespace */
	int relay;	      /* our own, -1 where no network was made */
	int error;	      /* nothing can be granted: why, and what failed */
	const char *failed_step;
	const char *mask_place; /* NULL = masks are not seen */
	int *masks;		/* made, and not mounted yet */
	size_t mask_count;
	struct pin *pins;
	size_t pin_count, pin_capacity;
	struct made *made;
	size_t made_count, made_capacity;
};

/* broker_process.c: what the forked process does. */
_Noreturn void broker_main(int socket, const struct broker_sandbox *where, pid_t parent);

/* broker_replies.c */
/* Waits for a request while what was kept goes out. False at the end. */
bool broker_wait_for_request(struct broker_side *side);
void broker_answer(struct broker_side *side, const struct broker_message *request,
		   enum broker_reply_type type, int error, const char *step, bool flag);
/* The same with a descriptor, of which a copy is kept where it has to be; -1 = none. */
void broker_answer_with(struct broker_side *side, const struct broker_message *request,
			enum broker_reply_type type, int error, const char *step, bool flag, int fd);
void broker_answer_made(struct broker_side *side, const struct broker_message *request,
			bool is_directory, bool was_made);
void broker_answer_network(struct broker_side *side, const int sockets[BROKER_SOCKETS],
			   bool shares_ports, int error, const char *step);

/* broker_requests.c */
/* `fd`: what came with it, -1 = nothing. */
void broker_handle(struct broker_side *side, const struct broker_message *request, int *fd);
/* Before the first request: the file system of the masks, which is told of, and then the masks. */
void broker_prepare_mask_files(struct broker_side *side, const struct broker_sandbox *sandbox);
void broker_prepare_masks(struct broker_side *side, size_t count);

#endif
