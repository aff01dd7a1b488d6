/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_SHELL_QUOTE_H
#define CORE_BASE_SHELL_QUOTE_H

/* Words for a POSIX shell: each comes out of it byte for byte as it went in. */
#include "core/base/buf.h"

/* Appends one word, quoted where a shell would change it. */
void shell_quote(struct buf *out, const char *word);
/* Appends the words, separated by a space. */
void shell_join(struct buf *out, char *const *words, size_t count);

#endif
