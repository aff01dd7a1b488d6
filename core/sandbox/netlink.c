/* SPDX-License-Identifier: MIT */
#include "core/sandbox/netlink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"

#define OPERATIONAL 6 /* IF_OPER_UP of linux/if.h, which does not go along with net/if.h */

int netlink_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* All requests are our own, of known size: one that does not fit is a mistake in this program. */
static char *room(struct netlink_batch *batch, size_t length)
{
	char *at = batch->bytes + batch->length;

	if (length > sizeof(batch->bytes) - batch->length)
		abort();
	memset(at, 0, length);
	batch->length += length;
	return at;
}

static struct nlmsghdr *current(struct netlink_batch *batch)
{
	return (struct nlmsghdr *)(void *)(batch->bytes + batch->start);
}

static void update(struct netlink_batch *batch)
{
	current(batch)->nlmsg_len = (uint32_t)(batch->length - batch->start);
}

void netlink_request(struct netlink_batch *batch, const char *step, bool optional, uint16_t type,
		     uint16_t flags, const void *body, size_t length)
{
	struct nlmsghdr *header;

	if (batch->count == NETLINK_BATCH_MOST)
		abort();
	batch->start = batch->length;
	header = (struct nlmsghdr *)(void *)room(batch, NLMSG_SPACE(length));
	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	header->nlmsg_seq = batch->count;
	memcpy(NLMSG_DATA(header), body, length);
	batch->steps[batch->count] = step;
	batch->optional[batch->count++] = optional;
	update(batch);
}

static size_t add(struct netlink_batch *batch, uint16_t type, const void *value, size_t length)
{
	size_t at = batch->length;
	struct rtattr *attribute = (struct rtattr *)(void *)room(batch, RTA_SPACE(length));

	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(length);
	if (length)
		memcpy(RTA_DATA(attribute), value, length);
	update(batch);
	return at;
}

void netlink_attribute(struct netlink_batch *batch, uint16_t type, const void *value, size_t length)
{
	add(batch, type, value, length);
}

size_t netlink_nest(struct netlink_batch *batch, uint16_t type)
{
	return add(batch, type, NULL, 0);
}

size_t netlink_nest_with(struct netlink_batch *batch, uint16_t type, const void *body, size_t length)
{
	return add(batch, type, body, length);
}

void netlink_nest_end(struct netlink_batch *batch, size_t nest)
{
	((struct rtattr *)(void *)(batch->bytes + nest))->rta_len = (uint16_t)(batch->length - nest);
}

/* One datagram of answers: counts them. */
static int take_answers(const struct netlink_batch *batch, const char *bytes, size_t length,
			unsigned *answered, const char **step)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)bytes;

	for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
		struct nlmsgerr answer;

		if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq >= batch->count)
			continue;
		memcpy(&answer, NLMSG_DATA(header), sizeof(answer));
		(*answered)++;
		if (answer.error && !batch->optional[header->nlmsg_seq]) {
			*step = batch->steps[header->nlmsg_seq];
			errno = -answer.error;
			return -1;
		}
	}
	return 0;
}

int netlink_send(int fd, struct netlink_batch *batch, const char **step)
{
	unsigned answered = 0;

	*step = "asking the kernel for a network";
	if (send(fd, batch->bytes, batch->length, 0) != (ssize_t)batch->length)
		return -1;
	while (answered < batch->count) {
		_Alignas(struct nlmsghdr) char bytes[8192];
		ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || take_answers(batch, bytes, (size_t)got, &answered, step) < 0)
			return -1;
	}
	batch->length = batch->count = 0;
	return 0;
}

/* Whether a datagram of messages about interfaces says that this one can send. */
static bool says_operational(const char *bytes, size_t length, int index)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)bytes;

	for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
		const struct ifinfomsg *body = NLMSG_DATA(header);
		const struct rtattr *attribute = IFLA_RTA(body);
		int left = (int)IFLA_PAYLOAD(header);

		if (header->nlmsg_type != RTM_NEWLINK || body->ifi_index != index)
			continue;
		for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
			if (attribute->rta_type == IFLA_OPERSTATE &&
			    *(const unsigned char *)RTA_DATA(attribute) == OPERATIONAL)
				return true;
	}
	return false;
}

void netlink_await_operational(int fd, int index, int ms)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg body;
	} question = {
		.header = { .nlmsg_len = sizeof(question),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST },
		.body = { .ifi_index = index },
	};
	const int64_t end = clock_mono_ms() + ms;
	int group = RTNLGRP_LINK;

	/* First listening, then asking: whichever of both tells first. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ||
	    send(fd, &question, sizeof(question), 0) < 0)
		return;
	for (;;) {
		_Alignas(struct nlmsghdr) char bytes[8192];
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_mono_ms();
		ssize_t got;

		if (left <= 0 || (poll(&ready, 1, (int)left) < 0 && errno != EINTR))
			return;
		got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got > 0 && says_operational(bytes, (size_t)got, index))
			return;
	}
}
