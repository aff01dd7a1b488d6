/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_NAMES_H
#define CORE_NET_NAMES_H

/*
 * The names that programs in a session have asked for, each with addresses of its own. A program
 * connects to such an address and the name comes back out of it: what the policy judges and the
 * host dials is the name.
 *
 * An index is never given to a second name while the session lives: an address that a program
 * keeps for hours still means what it meant. So the table only grows, and is bounded.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All IPv4 addresses then lie in 198.18.0.0/16; 198.19.0.0/16 is free for links. */
#define NAMES_MOST 65535
#define NAMES_BYTES_MOST (4 * 1024 * 1024)

struct names;

/* At most so many names and bytes of text: 0 = the bounds above, which also cap it. */
struct names *names_new(uint32_t names_most, size_t bytes_most);
void names_free(struct names *names);

/*
 * The index of a name, from 1, allotted if it is new (*is_new, may be NULL). `canonical` comes
 * from host_canonical() and is no address. 0 where the table is full. Nothing is
 * allocated for a name that is there.
 */
uint32_t names_allot(struct names *names, const char *canonical, bool *is_new);
/* The name of an index, or NULL. Borrowed, valid and unchanged until names_free(). */
const char *names_at(const struct names *names, uint32_t index);


/* 198.18.0.0/15 + index (RFC 2544: a range that no network outside a laboratory uses). */
void names_ipv4(uint32_t index, struct in_addr *address);
/* fd00:5372:7400::/96 + index (RFC 4193). */
void names_ipv6(uint32_t index, struct in6_addr *address);

/*
 * The index in an address of either range, whether it is allotted or not: 0 is the range's own
 * address. -1 where the address lies outside, and is thus an address the program got elsewhere.
 * IPv4-mapped IPv6 (RFC 4291, 2.5.5.2) counts as IPv4.
 */
int64_t names_index_of_ipv4(struct in_addr address);
int64_t names_index_of_ipv6(const struct in6_addr *address);
/* The same of a socket address; -1 for other families. */
int64_t names_index_of(const struct sockaddr *address);

#endif
