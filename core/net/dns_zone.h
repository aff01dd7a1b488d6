/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_DNS_ZONE_H
#define CORE_NET_DNS_ZONE_H

/*
 * What the names inside the sandbox stand for: every host name exists and has addresses of its own
 * (core/net/names.h), whatever the policy will say of it, so that the connection that follows can
 * be judged and reported by name and port. Nothing is asked of a real name server, and so nothing
 * gets out by asking. Pure but for the table of names.
 *
 * Not every name is a host's: those that RFC 6761, 7686 and 9476 keep out of the DNS are answered
 * as these say, and a name that could never be judged (host_canonical() refuses it) does not exist.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/net/dns_message.h"
#include "core/net/names.h"

struct dns_outcome {
	struct dns_answer answer;
	/* The name, in the table, where the session asks for it the first time; else NULL. */
	const char *first_asked;
	bool is_full; /* the table: there is no room for the name */
};

/* Answers a query whose rcode is DNS_NOERROR; others get theirs back. */
void dns_zone_answer(const struct dns_query *query, struct names *names,
		     struct dns_outcome *outcome);

#endif
