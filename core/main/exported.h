/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIN_EXPORTED_H
#define CORE_MAIN_EXPORTED_H

#include "core/policy/settings.h"
#include "core/sandbox/mounts.h"
#include "db/db.h"

/* An export as it decides here and now. */
struct exported {
	struct settings *settings;
	struct mount_plan plan; /* of the settings */
};

/* 0, or -1 with *e. Free it in any case. */
int exported_read(struct exported *exported, const struct export_row *row, struct err *e);
void exported_free(struct exported *exported);
#define _cleanup_exported_ __attribute__((cleanup(exported_free)))

#endif
