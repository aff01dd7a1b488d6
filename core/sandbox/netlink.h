/* SPDX-License-Identifier: MIT */
#ifndef CORE_SANDBOX_NETLINK_H
#define CORE_SANDBOX_NETLINK_H

/*
 * Requests to the kernel's routing family (rtnetlink(7)), for setting up a network namespace: a
 * batch is filled and sent at once, and each request is acknowledged.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define NETLINK_BATCH_BYTES 4096
#define NETLINK_BATCH_MOST 24

struct netlink_batch {
	_Alignas(struct nlmsghdr) char bytes[NETLINK_BATCH_BYTES];
	size_t length;
	size_t start; /* of the request being filled */
	unsigned count;
	const char *steps[NETLINK_BATCH_MOST];
	bool optional[NETLINK_BATCH_MOST]; /* its failure is no failure */
};

/* A route socket in the network namespace that the caller is in. Descriptor, or -1 with errno. */
int netlink_open(void);

/* Begins a request: `step` names it in errors, `body` is the family's header. */
void netlink_request(struct netlink_batch *batch, const char *step, bool optional, uint16_t type,
		     uint16_t flags, const void *body, size_t length);
/* Attributes of the request that was begun last. */
void netlink_attribute(struct netlink_batch *batch, uint16_t type, const void *value, size_t length);
size_t netlink_nest(struct netlink_batch *batch, uint16_t type);
/* The same for one whose content begins with a fixed part. */
size_t netlink_nest_with(struct netlink_batch *batch, uint16_t type, const void *body, size_t length);
void netlink_nest_end(struct netlink_batch *batch, size_t nest);

/* Sends what was filled and takes the acknowledgements. 0, or -1 with errno and *step. */
int netlink_send(int fd, struct netlink_batch *batch, const char **step);

/*
 * Waits until an interface sends what it is given, `ms` at most; `fd` is of its namespace and of no
 * use for netlink_send() afterwards. Of a pair, the end that was up first gets its carrier when the
 * other follows, but it drops all packets until a work queue of the kernel has seen that. (Linux 6.8
 * does it at once when it is asked; before, its notification tells.)
 */
void netlink_await_operational(int fd, int index, int ms);

#endif
