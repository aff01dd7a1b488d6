/* SPDX-License-Identifier: MIT */
#ifndef CORE_POLICY_PUNYCODE_H
#define CORE_POLICY_PUNYCODE_H

/* Punycode (RFC 3492), without the "xn--" in front. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUNYCODE_MOST 64 /* characters of a label, and bytes of its encoding with NUL */

/* False where the result does not fit. */
bool punycode_encode(const uint32_t *codes, size_t count, char out[PUNYCODE_MOST]);
/* False where the text is malformed or longer than a label. */
bool punycode_decode(const char *text, uint32_t codes[PUNYCODE_MOST], size_t *count);

#endif
