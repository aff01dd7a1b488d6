/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_HTTP_TARGET_H
#define CORE_NET_HTTP_TARGET_H

/* What a request asks for: absolute-form and authority-form targets (RFC 9112, 3.2). Pure. */
#include <stdbool.h>

struct http_target {
	bool https;
	char *host; /* as spelled, IPv6 in its brackets; may be empty or malformed */
	int port;
	char *path; /* normalised path and query, begins with '/'; NULL for an authority */
};

void http_target_free(struct http_target *target);
/*
 * "http://…" or "https://…" as a WHATWG URL parser reads it: user information and fragment
 * dropped, backslash as slash, dot segments removed, unusual characters percent-encoded.
 * False for any other form and for a bad port. *target is empty then.
 */
bool http_target_parse_absolute(struct http_target *target, const char *text);
/* "host:port" or "[v6]:port", port 1 to 65535. */
bool http_target_parse_authority(struct http_target *target, const char *text);

#endif
