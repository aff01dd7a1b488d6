/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_BASE64_H
#define CORE_BASE_BASE64_H

/* Base64 with padding (RFC 4648 section 4). */
#include "core/base/buf.h"

/* Appends the encoded bytes. */
void base64_add(struct buf *out, const void *bytes, size_t length);

#endif
