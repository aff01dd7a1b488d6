/* SPDX-License-Identifier: MIT */
#ifndef LEARN_ADJUST_H
#define LEARN_ADJUST_H

/*
 * The export, kept for a person who looks at it entry by entry: one entry a step wider or narrower. No step
 * opens what the export itself would not: nothing sensitive, refused or denied by a rule, no home directory
 * as a whole, no public suffix. Pure but for the questions to the tree.
 */
#include "learn/export.h"

/* The lists of which entries can be adjusted. */
enum adjust_list { ADJUST_READ, ADJUST_WRITE, ADJUST_HOST };

struct kept_export;

/* All that `input` points to is borrowed for as long as the export is kept. NULL with *e. */
struct kept_export *kept_export_new(const struct export_input *input, struct err *e);
void kept_export_free(struct kept_export *kept);
/* As export_settings() has it; each may be NULL. */
void kept_export_text(const struct kept_export *kept, struct buf *out, struct buf *explain,
		      struct buf *notes);

/*
 * Paths are absolute, hosts as a settings file has them. The directory that holds the file or directory; every
 * host below the parent domain. NULL with *e: why not. Caller frees.
 */
char *adjust_wider(struct kept_export *kept, enum adjust_list list, const char *entry, struct err *e);
/* What was needed of it, a level deeper; single hosts. 0 with at least one entry, or -1 with *e: why not. */
int adjust_narrower(struct kept_export *kept, enum adjust_list list, const char *entry,
		    struct strings *entries, struct err *e);

#endif
