/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_REMEMBER_EXPORT_H
#define CORE_MAIN_REMEMBER_EXPORT_H

#include "core/main/learned.h"

/*
 * Notes in the history what was exported, so that the next time tells what came after it. `file` NULL =
 * standard output. 0, or -1 with *e: history is never worth an export.
 */
int remember_export(struct db *db, const char *server, const char *file, const struct learned *learned,
		    const char *settings, struct err *e);

#endif
