/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_ADDRESS_CHECK_H
#define CORE_NET_ADDRESS_CHECK_H

/*
 * The resolved-address check: which of the addresses that a permitted name resolves to may be
 * dialled. It keeps a name that an outsider controls from pointing at this machine, at its
 * neighbours on the link or at a cloud's metadata service. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/base/buf.h"

/* In the order in which they are named to the client. */
enum address_class {
	ADDRESS_PERMITTED,
	ADDRESS_DENY_LISTED,
	ADDRESS_NOT_LOOPBACK, /* of a name that must be loopback: localhost */
	ADDRESS_LOOPBACK,
	ADDRESS_UNSPECIFIED,
	ADDRESS_LINK_LOCAL,
	ADDRESS_MULTICAST,
	ADDRESS_BROADCAST,
	ADDRESS_METADATA,
	ADDRESS_LISTED,
	ADDRESS_OWN,
	ADDRESS_CLASS_COUNT
};

/* "a loopback address". */
const char *address_class_words(enum address_class class);

struct address_rules {
	const struct strings *allowed;	     /* allowedDomains, may be NULL */
	const struct strings *denied;	     /* deniedDomains, may be NULL */
	const struct strings *denied_addresses; /* deniedResolvedAddresses, may be NULL */
	const struct sockaddr_storage *own;  /* addresses of this host's interfaces */
	size_t own_count;
	bool allow_local; /* loopback and this host's own addresses were allowed on purpose */
};

/* Judges one address (AF_INET or AF_INET6) that the canonical name resolved to. */
enum address_class address_check(const struct address_rules *rules, const char *name, int port,
				 const struct sockaddr *address);

/*
 * True where an address is one of the public internet's: none that the registries of special-purpose
 * addresses (RFC 6890) keep for private, local, shared, translated or documentation use, and no
 * cloud's metadata service. Whether it is this host's own is not looked at.
 */
bool address_is_public(const struct sockaddr *address);

/* "resolved to a loopback address / a listed address" for a set of classes (bit 1 << class). */
void address_refusal_words(struct buf *out, unsigned classes);

#endif
