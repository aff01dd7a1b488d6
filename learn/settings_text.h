/* SPDX-License-Identifier: MIT */
#ifndef LEARN_SETTINGS_TEXT_H
#define LEARN_SETTINGS_TEXT_H

/* The draft as the text of a settings file: two spaces an indentation, always the same order. */
#include "learn/draft.h"

void settings_text(struct buf *out, const struct draft *draft);
/* A line for each entry and each note. */
void settings_explain(struct buf *out, const struct draft *draft);
void settings_notes(struct buf *out, const struct draft *draft);

#endif
