/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_DOMAIN_H
#define CORE_POLICY_DOMAIN_H

/*
 * Hosts and host patterns: upstream's grammar and matching. Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

#define HOST_TEXT_SIZE 256

/*
 * Canonical form of a host that a client named (WHATWG URL host): lower case, IDNA to punycode,
 * one trailing dot removed, IPv4 in any spelling to a dotted quad, IPv6 compressed without
 * brackets, IPv4-mapped IPv6 to IPv4. Accepts IPv6 with or without brackets. False where the host
 * is malformed (empty, over 255 bytes, '%', characters beyond [A-Za-z0-9._-] in a name, …).
 */
bool host_canonical(const char *host, char out[HOST_TEXT_SIZE]);
/* True for a canonical IPv4 or IPv6 literal. */
bool host_is_address(const char *canonical);

/* Entry grammar. NULL if valid, else a static sentence saying what is wrong. */
const char *domain_allow_entry_error(const char *entry);
const char *domain_deny_entry_error(const char *entry);
const char *domain_host_pattern_error(const char *pattern); /* no port */

/* The host pattern of an entry: without its port and brackets. Caller frees. */
char *domain_entry_host(const char *entry);

/* True if the entry (allow or deny list, with its optional port) matches. */
bool domain_entry_matches(const char *entry, const char *canonical_host, int port);

/* True if the entry, its port aside, matches every host that the host pattern matches. */
bool domain_entry_covers(const char *entry, const char *host_pattern);

enum domain_verdict { DOMAIN_ALLOWED, DOMAIN_DENIED, DOMAIN_NOT_LISTED };
/*
 * deniedDomains in order, then allowedDomains. *entry (may be NULL) gets the entry that
 * matched, borrowed.
 */
enum domain_verdict domain_lists_judge(const struct strings *allowed, const struct strings *denied,
				       const char *canonical_host, int port, const char **entry);

/* The parent that "*.parent" would cover: the host without its first label, or NULL where that is a
 * public suffix (libpsl), has fewer than two labels, or the host is an address. Borrowed from host.
 */
const char *domain_parent(const char *canonical_host);

/* "host:port" with IPv6 in brackets. */
void domain_format_endpoint(struct buf *out, const char *canonical_host, int port);
/* Splits what that wrote (or what a client sent as authority). False if malformed; host is not
 * canonicalised. */
bool domain_split_endpoint(const char *endpoint, char host[HOST_TEXT_SIZE], int *port);

#endif
