/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_NEW_NEEDS_H
#define CORE_MAIN_NEW_NEEDS_H

#include "db/db.h"
#include "learn/drift.h"

/* What is new of a server since its last export. */
struct new_needs {
	struct export_row exported; /* time_ms 0: never, and nothing else is set */
	struct evidence_rows accesses;
	struct drift drift;
	struct strings changed; /* files of the program that are others now, in sentences */
};

/* 0, or -1 with *e. Free it in any case. */
int new_needs_find(struct new_needs *needs, struct db *db, const char *server, struct err *e);
void new_needs_free(struct new_needs *needs);
#define _cleanup_new_needs_ __attribute__((cleanup(new_needs_free)))

#endif
