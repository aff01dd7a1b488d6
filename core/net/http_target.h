/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_HTTP_TARGET_H
#define CORE_NET_HTTP_TARGET_H

/* What a request asks for: absolute-form and authority-form targets (RFC 9112, 3.2). Pure. */
#include <stdbool.h>

struct http_target {
	bool https;
	char *host; /* as spelled but decoded, IPv6 in its brackets; may be malformed */
	int port;
	char *path; /* normalised path and query, begins with '/'; NULL for an authority */
};

void http_target_free(struct http_target *target);
/* False for what is not even the beginning of a target of some form: "http:x", "mailto:x", "x". */
bool http_target_has_form(const char *text);
/*
 * "http://…" or "https://…" as a WHATWG URL parser reads it: user information and fragment
 * dropped, backslash as slash, dot segments removed, unusual characters percent-encoded, port 0
 * to 65535. False for any other form and for a host or port that no URL can have. *target is
 * empty then.
 */
bool http_target_parse_absolute(struct http_target *target, const char *text);
/* "host:port" or "[v6]:port", port 1 to 65535. */
bool http_target_parse_authority(struct http_target *target, const char *text);

/*
 * Whether a Host field's value names this canonical host and port as they are: in any case of its
 * letters, with the port unless it is the default one, IPv6 in brackets and nothing else in them.
 */
bool http_host_names(const char *value, const char *canonical_host, int port, int default_port);

#endif
