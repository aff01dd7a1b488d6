/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_HOST_H
#define CORE_POLICY_HOST_H

/* The host parser below host_canonical(), for those that need it without the check of names. */
#include <stdbool.h>
#include <stddef.h>

#include "core/policy/domain.h"

/*
 * The WHATWG host parser, after percent-decoding: as host_canonical() but a name may hold every
 * character that a URL may, and empty parts. False where a URL with this host would be invalid.
 */
bool host_parse(const char *host, char out[HOST_TEXT_SIZE]);

/*
 * The canonical host of the URL "http://<text>/", whatever else the text holds (a port, a user, a
 * path): what stands in the brackets of an entry is read so. False where that is no URL.
 */
bool host_of_authority(const char *text, size_t length, char out[HOST_TEXT_SIZE]);

/*
 * Whether a name is below a domain, compared byte for byte; *length gets the length of what stands
 * before ".domain", which is never 0.
 */
bool host_is_below(const char *name, const char *domain, size_t *length);
/* The same, or the domain itself. */
bool host_is_in(const char *name, const char *domain);

/* Lower case of ASCII alone, whatever the locale says. */
static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

#endif
