/* SPDX-License-Identifier: MIT */
#ifndef LEARN_MERGE_H
#define LEARN_MERGE_H

/* A settings file that is there already, and one that was exported. Pure: texts in, text out. */
#include "core/base/buf.h"
#include "core/base/err.h"

/*
 * Adds the entries of `exported` to `old`: what the old file says stays, in its order, with keys
 * that this program does not know; entries that it has already are not added again. An entry that
 * would open something at or below what the old file denies, and the exported one does not, is left
 * out and told in `notes`, a line each. Paths are compared as they are spelled out by `home` and
 * `cwd`. The result has two spaces an indentation. -1 with *e where the old text is no settings
 * file.
 */
int settings_merge(struct buf *out, struct buf *notes, const char *old, const char *exported,
		   const char *home, const char *cwd, struct err *e);

#endif
