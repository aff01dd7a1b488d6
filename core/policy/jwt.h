/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_JWT_H
#define CORE_POLICY_JWT_H

/*
 * JSON Web Tokens (RFC 7519, compact form) as far as masking needs them: telling one, and
 * making one that looks the same and proves nothing. Pure; signatures are never checked.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"

/* Where tokens are looked for without `extract`. */
extern const char jwt_expression[];

/* Three parts, the first two JSON, and the first an object that says "alg". */
bool jwt_is_valid(const char *token, size_t length);

/* Appends a token whose subject is `name`, with a signature that no verifier takes. */
void jwt_add_fake(struct buf *out, const char *name);

/*
 * Appends the token with these claims of its payload replaced, where they are strings, by what
 * `replace` gives (borrowed until the next call), and with a useless signature. Returns how many
 * there were; with 0 nothing was appended.
 */
typedef const char *(*jwt_replace)(void *arg, const char *claim, const char *value);
size_t jwt_add_masked(struct buf *out, const char *token, size_t length,
		      const struct strings *claims, jwt_replace replace, void *arg);

#endif
