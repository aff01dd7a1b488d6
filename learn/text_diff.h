/* SPDX-License-Identifier: MIT */
#ifndef LEARN_TEXT_DIFF_H
#define LEARN_TEXT_DIFF_H

#include "core/base/buf.h"

/*
 * What changes from one text to another, line by line, as "diff -u" shows it but without its head: lines
 * that begin with a space, "-" or "+", and "@@" between places. Nothing where they are the same.
 * Texts with very many changed lines are shown as removed and added in whole.
 */
void text_diff(struct buf *out, const char *old, const char *new);

#endif
