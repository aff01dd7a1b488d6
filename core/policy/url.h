/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_URL_H
#define CORE_POLICY_URL_H

/* URLs as the WHATWG URL parser takes them, without a base. Pure. */
#include <stdbool.h>
#include <stddef.h>

#include "core/policy/domain.h"

/* NULL where the parser would take the text, else a static sentence. */
const char *url_error(const char *text);
/*
 * Decodes %XX in place; what only looks like it stays. False where that gives a NUL: the text is
 * then undefined.
 */
bool url_percent_decode(char *text);
/* Appends the bytes, as %XX those that are in `set`, no ASCII, or no character that is seen. */
void url_add_encoded(struct buf *out, const char *bytes, size_t length, const char *set);

/* A proxy's URL: "http://user:password@host:port". */
struct proxy_url {
	bool https;
	char host[HOST_TEXT_SIZE]; /* canonical, but for its characters: see host_parse() */
	int port;
	char *authorization; /* value of Proxy-Authorization; NULL = no credentials in the URL */
};

/*
 * Text without a "scheme://" in front counts as http. False for what is no URL and for other
 * schemes than http and https; *url is empty then. Caller frees.
 */
bool proxy_url_parse(struct proxy_url *url, const char *text);
void proxy_url_free(struct proxy_url *url);

#endif
