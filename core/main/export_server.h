/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_EXPORT_SERVER_H
#define CORE_MAIN_EXPORT_SERVER_H

#include "db/db.h"

/* The settings file that a server needs by its history (`db` may be NULL: then nothing is known of
 * it; `without`: sessions that are left out, NULL = none), and to `explain` (may be NULL) a line
 * about each entry. 0, or -1 with *e. */
int export_server_settings(struct db *db, const char *server, const char *without,
			   struct buf *settings, struct buf *explain, struct err *e);

#endif
