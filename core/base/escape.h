/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_ESCAPE_H
#define CORE_BASE_ESCAPE_H

/*
 * The one place that makes text from inside a sandbox fit to be shown on a
 * terminal. Printable UTF-8 stays; C0 and C1 controls, DEL, bidirectional and
 * zero-width formatting characters, line and paragraph separators, tags,
 * surrogates, noncharacters and bytes that are not UTF-8 become \n-style, \xHH
 * or \u{HHHH} escapes, and a backslash becomes two.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

void escape_text(struct buf *out, const char *bytes, size_t length);
/* The same for a message that is upstream's byte for byte where its bytes do no harm: a backslash stays
 * one. */
void escape_message(struct buf *out, const char *bytes, size_t length);
/* As escape_text() for a C string, as a new string. Caller frees. */
char *escape_string(const char *text);
/*
 * Decodes one UTF-8 sequence (RFC 3629) from bytes[0..length). Returns its length and
 * sets *code, or 0 where the bytes are not well-formed (take one byte then).
 */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);
/* Whether all of it is well-formed. */
bool utf8_is_valid(const char *bytes, size_t length);

#endif
