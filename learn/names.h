/* SPDX-License-Identifier: MIT */
#ifndef LEARN_NAMES_H
#define LEARN_NAMES_H

/* Names that will be another one next time: pure, on one component of a path. */
#include <stdbool.h>

#include "core/base/buf.h"

enum name_part {
	NAME_PLAIN,
	NAME_NUMBER,  /* a process id, a counter */
	NAME_VERSION, /* 1.2.3 */
	NAME_HASH,    /* eight and more hexadecimal digits, of both sorts */
	NAME_RANDOM,  /* as mkstemp(3) makes them */
	NAME_TIME,    /* seconds or milliseconds since the epoch */
	NAME_DATE,
	NAME_UUID,
};

/*
 * The most telling part of the name. `shape` (may be NULL) gets the name with each such part
 * replaced by its kind in braces: what two names of one sort have in common.
 */
enum name_part name_examine(const char *name, struct buf *shape);
const char *name_part_words(enum name_part part); /* "a date" */

/* Sure to be different in the next run, whatever else was seen. The others are only where a second
 * name of that shape was seen: versions and hashes stay for a long time. */
bool name_part_passes(enum name_part part);
/* Made beside a file to replace or to guard it: x.db-journal, x.lock, x~. */
bool name_is_companion(const char *name);

#endif
