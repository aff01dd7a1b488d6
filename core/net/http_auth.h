/* SPDX-License-Identifier: MIT */
#ifndef CORE_NET_HTTP_AUTH_H
#define CORE_NET_HTTP_AUTH_H

/* Proof that a client knows the session's token. Pure. */
#include <stdbool.h>
#include <stddef.h>

/*
 * A Proxy-Authorization value: "Basic base64(user:token)", scheme in any case, any user but an
 * empty one. False for NULL.
 */
bool http_auth_basic_is_valid(const char *value, const char *token);
/* Compares in time that does not depend on where they differ. */
bool auth_token_matches(const char *given, size_t length, const char *token);

#endif
